r"""Tangential interpolation at the mirror images of its own poles (IRKA): the first-order conditions of the H2 norm.

A reduced model with the poles λ_i and the residues c_i b_i^* that is a local minimum of ‖G − G_r‖_2 satisfies

.. math:: G(μ_i) b_i = G_r(μ_i) b_i, \quad c_i^* G(μ_i) = c_i^* G_r(μ_i), \quad c_i^* G'(μ_i) b_i = c_i^* G_r'(μ_i) b_i,
          \qquad μ_i = -\bar λ_i \;(1/\bar λ_i \text{ in discrete time}).
"""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..gramians.stability import is_stable
from ..linalg.arrays import Array, adjoint, dense
from ..linalg.shifted_solves import adjoint_solutions, solutions
from ..systems.linear_system import LinearSystem

__all__ = ["Interpolation", "interpolated"]

_STEPS = 200  # of the fixed-point iteration, which converges linearly and takes ten to fifty where it does
_CONVERGED = 1e-12  # defect of the conditions from which on rounding decides


class Interpolation(NamedTuple):
    """A reduced model that interpolates, how well it satisfies the conditions, and how it was found.

    Attributes
    ----------
    system : LinearSystem
        G_r, with D of the system.
    left, right : (n, r) array
        W and V with W*V = I, of the explicit system.
    residual : float
        Largest defect of the conditions, relative to the sizes of what is compared.
    steps : int
        Steps taken.
    """

    system: LinearSystem
    left: Array
    right: Array
    residual: float
    steps: int


def interpolated(system: LinearSystem, start: LinearSystem) -> Interpolation:
    r"""Iterate from a reduced model to one that interpolates at the mirror images of its own poles.

    .. math:: V = \mathrm{span}\{(μ_i I - A)^{-1} B b_i\}, \qquad W = \mathrm{span}\{(μ_i I - A)^{-*} C^* c_i\} .

    Parameters
    ----------
    system : LinearSystem
        Stable, dense, E = I; n states.
    start : LinearSystem
        Stable, of the order r that is wanted.

    Returns
    -------
    Interpolation
        The step of least residual; nothing makes the iteration converge.

    Notes
    -----
    2r shifted solves a step, by one Schur form: O(n²) each.

    References
    ----------
    .. [1] S. Gugercin, A. C. Antoulas, C. Beattie, "H2 model reduction for large-scale linear dynamical systems", SIAM
       J. Matrix Anal. Appl. 30 (2008) 609-638.
    .. [2] A. Bunse-Gerstner, D. Kubalińska, G. Vossen, D. Wilczek, "h2-norm optimal model reduction for large scale
       discrete dynamical MIMO systems", J. Comput. Appl. Math. 233 (2010) 1202-1216 (discrete time).

    Examples
    --------
    >>> system = LinearSystem(np.diag([-1.0, -3.0]), [[1.0], [1.0]], [[1.0, 1.0]])
    >>> found = interpolated(system, LinearSystem(-1.0, 1.0, 2.0))
    >>> mu = -found.system.poles().real
    >>> abs(system(mu[0]) - found.system(mu[0])).item() < 1e-9, found.residual < 1e-9
    (True, True)
    """
    reduced, best = start, None
    left, right = np.zeros((0, 0)), np.zeros((0, 0))
    for step in range(_STEPS + 1):
        modes = _Modes.of(reduced)
        solved = _solved(system, modes)
        if step and is_stable(reduced):
            residual = _residual(system, reduced, modes, solved)
            if best is None or residual < best.residual:
                best = Interpolation(reduced, left, right, residual, step)
            if residual <= _CONVERGED:
                break
        left, right = _bases(system, modes, solved)
        reduced = system.project(left, right)
    if best is None:
        raise NumericalError(
            "order",
            "a stable model among those that interpolate",
            f"none in {_STEPS} steps",
            "take method='truncate', or another order",
        )
    return best


class _Modes(NamedTuple):
    """Interpolation points μ_i with directions b_i and c_i, those of poles and residues of a reduced model."""

    points: Array
    inputs: Array
    outputs: Array

    @classmethod
    def of(cls, reduced: LinearSystem) -> "_Modes":
        poles, vectors = la.eig(dense(reduced.A), check_finite=False)
        inputs, outputs = la.solve(vectors, reduced.B + 0j), reduced.C @ vectors
        unstable = np.abs(poles) > 1 if reduced.is_discrete else poles.real > 0
        poles = np.where(unstable, 1 / poles.conj() if reduced.is_discrete else -poles.conj(), poles)
        points = 1 / poles.conj() if reduced.is_discrete else -poles.conj()
        return cls(points, _unit_rows(inputs).conj(), _unit_rows(outputs.T))


def _unit_rows(M: Array) -> Array:
    sizes = la.norm(M, axis=1, keepdims=True)
    return M / np.where(sizes > 0, sizes, 1.0)


class _Solved(NamedTuple):
    """Columns x_i = (μ_i I − A)⁻¹ B b_i and y_i = (μ_i I − A)⁻* C* c_i."""

    reach: Array
    observe: Array


def _solved(system: LinearSystem, modes: _Modes) -> _Solved:
    here, schur = system.coordinates, system.schur
    points, root = modes.points / here.unit, np.sqrt(here.unit)
    reach = solutions(schur, points, adjoint(schur.Q) @ here.B)
    observe = adjoint_solutions(schur, points, adjoint(here.C @ schur.Z))
    return _Solved(
        here.states[:, None] * (schur.Z @ np.einsum("nkm,km->nk", reach, modes.inputs)) / root,
        (schur.Q @ np.einsum("nkp,kp->nk", observe, modes.outputs)) / here.states[:, None] / root,
    )


def _bases(system: LinearSystem, modes: _Modes, solved: _Solved) -> tuple[Array, Array]:
    """W and V with W*V = I: orthonormal bases, real for real systems, then one solve for W."""
    V, W = (la.qr(_real(M, modes.points) if not system.is_complex else M, mode="economic")[0] for M in solved)
    return W @ la.solve(adjoint(V) @ W, np.eye(V.shape[1]), check_finite=False), V


def _real(M: Array, points: Array) -> Array:
    """Real columns with the span of columns that come in conjugate pairs."""
    upper = points.imag > 0
    return np.hstack([M[:, points.imag == 0].real, M[:, upper].real, M[:, upper].imag])


def _residual(system: LinearSystem, reduced: LinearSystem, modes: _Modes, solved: _Solved) -> float:
    """Largest defect of the conditions, each relative to the largest of its kind."""
    small = _solved(reduced, modes)
    of_reach = system.C @ solved.reach, reduced.C @ small.reach
    of_observe = adjoint(system.B) @ solved.observe, adjoint(reduced.B) @ small.observe
    slopes = tuple(np.einsum("nk,nk->k", one.observe.conj(), one.reach)[None] for one in (solved, small))
    pairs = of_reach, of_observe, slopes
    return max(float(la.norm(full - own, axis=0).max(initial=0.0) / (la.norm(full) or 1.0)) for full, own in pairs)
