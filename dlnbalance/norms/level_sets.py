"""Frequencies where the gain of a system may cross a level: eigenvalues of a Hamiltonian matrix."""

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint, norm
from ..systems.linear_system import LinearSystem

__all__ = ["LevelSets", "to_continuous"]

# Distance from the imaginary axis, in units of ‖H‖, within which an eigenvalue is taken for one that rounding may have
# moved off it: two that meet move by (eps κ)^½ ‖H‖, and this allows for a condition κ of 5e5. One too many only costs a
# gain.
_ON_THE_AXIS = 1e-5


class LevelSets:
    r"""Frequencies at which some singular value of a transfer matrix may equal a given level.

    Parameters
    ----------
    model : LinearSystem
        With a stated time base, and without poles on the stability boundary.

    Notes
    -----
    γ > ‖D‖ is a singular value of G(iω) exactly where iω is an eigenvalue of

    .. math:: H = \begin{pmatrix} A + B R^{-1} D^*C & B R^{-1} B^* \\ -C^*(I + D R^{-1} D^*)C & -(A + B R^{-1} D^*C)^*
        \end{pmatrix}, \quad R = γ^2 I - D^*D

    [1]_, here with B and C divided by γ^½ and D by γ. Discrete systems are mapped to continuous ones. O((2n)³) a level.

    References
    ----------
    .. [1] S. Boyd, V. Balakrishnan, P. Kabamba, "A bisection method for computing the H∞ norm of a transfer matrix and
       related problems", Math. Control Signals Systems 2 (1989) 207-219.

    Examples
    --------
    >>> LevelSets(LinearSystem([[-1.0]], [[1.0]], [[1.0]]))(0.5).round(3)  # |1/(1 + iω)| = ½ at √3
    array([0.   , 0.866, 1.732])
    """

    def __init__(self, model: LinearSystem):
        self._real = not model.is_complex
        self._step = model.sampling_time
        here = model.explicit().coordinates  # so that neither units nor the size of B and C matter
        self._unit = here.unit
        matrices = here.A, here.B, here.C, model.D
        self._matrices = to_continuous(*matrices) if model.is_discrete else matrices
        self._largest_feedthrough = float(la.norm(self._matrices[3], 2)) if self._matrices[3].any() else 0.0

    def __call__(self, level: float) -> Array:
        """Candidates at `level` in ascending order: wherever the gain exceeds it, it does so at one of them.

        Where it does so at the end of the axis, that is the only one. Otherwise they are the imaginary parts of the
        eigenvalues that rounding may have moved off the axis, and the midpoints between them, so that no small
        tolerance decides which are on it; of a real system those that are not negative.
        """
        if level <= self._largest_feedthrough:
            return np.array([np.pi / self._step if self._step else np.inf])
        return self.crossings(level)

    def crossings(self, level: float) -> Array:
        """The same for a level that may be below the gain at the end of the axis, but no singular value of it."""
        hamiltonian = self._hamiltonian(level)
        size = norm(hamiltonian)
        values = la.eigvals(hamiltonian, check_finite=False, overwrite_a=True)
        axis = self._unit * values.imag[np.abs(values.real) <= _ON_THE_AXIS * size]
        if self._step:
            axis = 2 * np.arctan(axis) / self._step
        axis = np.unique(np.append(np.abs(axis), 0.0) if self._real and axis.size else axis)
        return np.unique(np.concatenate([axis, (axis[1:] + axis[:-1]) / 2]))

    def _hamiltonian(self, level: float) -> Array:
        A, B, C, D = self._matrices
        n, root = A.shape[0], np.sqrt(level)
        B, C = B / root, C / root
        closed, output, inputs = A, C, adjoint(B)
        if self._largest_feedthrough:
            D = D / level
            R = np.eye(D.shape[1]) - adjoint(D) @ D
            feedback = la.solve(R, np.hstack([adjoint(D) @ C, inputs]), assume_a="her")
            closed, output, inputs = A + B @ feedback[:, :n], C + D @ feedback[:, :n], feedback[:, n:]
        hamiltonian = np.empty((2 * n, 2 * n), dtype=np.result_type(closed, B, C), order="F")
        hamiltonian[:n, :n], hamiltonian[n:, n:] = closed, -adjoint(closed)
        hamiltonian[:n, n:], hamiltonian[n:, :n] = B @ inputs, -(adjoint(C) @ output)
        return hamiltonian


def to_continuous(A: Array, B: Array, C: Array, D: Array) -> tuple[Array, Array, Array, Array]:
    """Map z = (1 + s)/(1 − s): the unit circle becomes the imaginary axis, ω dt = 2 arctan of the frequency."""
    n = A.shape[0]
    unit = np.eye(n)
    factors = la.lu_factor(A + unit)
    B_new = np.sqrt(2) * la.lu_solve(factors, B)
    C_new = np.sqrt(2) * adjoint(la.lu_solve(factors, adjoint(C), trans=2))
    return la.lu_solve(factors, A - unit), B_new, C_new, D - C @ B_new / np.sqrt(2)
