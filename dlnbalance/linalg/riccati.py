r"""The Riccati equations of normalized coprime factors, solved for a feedback and for a factor of the solution.

The feedback u = F x that minimizes the energy of inputs and outputs together,

.. math:: Σ_t ‖u‖^2 + ‖Cx + Du‖^2 = x_0^* X x_0

(in continuous time the integral), is found by doubling, or where that fails from the invariant subspace of a
Hamiltonian matrix or symplectic pencil, and refined by Newton's method, every step of which solves a Lyapunov equation
for a factor of X.
"""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint, factorized, norm, product
from .doubling import DualSolutions, doubled
from .lyapunov import gramian_factor
from .pencils import schur_form

__all__ = ["Feedback", "energy_feedback", "energy_feedbacks"]

_STEPS = 6  # of Newton's method: the first is the rule, each further one doubles the digits of a poor start
_CONVERGED = 1e-8  # relative change of the feedback whose square, the error left, is below rounding


class Feedback(NamedTuple):
    r"""Feedback u = F x + N v that leaves a system inner from v to (u, y).

    Attributes
    ----------
    gain : (m, n) array
        F.
    root : (m, m) array
        N, Hermitian positive definite: the inverse root of I + D*D, in discrete time of I + D*D + B*XB.
    half : (n, n) array
        A factor H of the solution, X = H*H.
    correction : float
        Change of F in the last step of Newton's method, relative to F; what is left of it is about its square.
    residual : float
        Norm of what is left of the Riccati equation at X, relative to the sum of the norms of its terms.
    """

    gain: Array
    root: Array
    half: Array
    correction: float = 0.0
    residual: float = 0.0


def energy_feedback(A: Array, B: Array, C: Array, D: Array, *, discrete: bool) -> Feedback:
    r"""Find the stabilizing feedback of least energy of inputs and outputs.

    .. math:: A_F^*X + XA_F + F^*F + C_F^*C_F = 0, \quad F = -(I + D^*D)^{-1}(D^*C + B^*X) \quad\text{(continuous)},
    .. math:: A_F^*XA_F - X + F^*F + C_F^*C_F = 0, \quad F = -(I + D^*D + B^*XB)^{-1}(D^*C + B^*XA)
              \quad\text{(discrete)},

    with A_F = A + BF and C_F = C + DF.

    Parameters
    ----------
    A, B, C, D : array
        In coordinates where orthogonal transformations lose nothing.
    discrete : bool
        Whether time is discrete.

    Raises
    ------
    numpy.linalg.LinAlgError
        When no feedback is found that stabilizes: there is none, or rounding hides it.

    Notes
    -----
    Newton's method starts from the doublings of :mod:`dlnbalance.linalg.doubling`, some ten of them at 15 n³ flops
    each, and takes 30 n³ a step, most often one. Where it does not converge from there, it starts from an ordered Schur
    form of order 2n, about 30 (2n)³ flops, in discrete time a generalized one of 80 (2n)³.

    References
    ----------
    .. [1] A. J. Laub, "A Schur method for solving algebraic Riccati equations", IEEE Trans. Automat. Control 24 (1979)
       913-921.
    .. [2] T. Pappas, A. J. Laub, N. R. Sandell, IEEE Trans. Automat. Control 25 (1980) 631-641 (discrete time).
    .. [3] D. L. Kleinman, IEEE Trans. Automat. Control 13 (1968) 114-115; G. A. Hewer, ibid. 16 (1971) 382-384.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> feedback = energy_feedback(one, one, one, 0 * one, discrete=False)  # 2X − X² + 1 = 0, X = 1 + √2 = −F
    >>> feedback.gain.round(12).item(), feedback.root.item()
    (-2.414213562373, 1.0)
    """
    problem = _Problem(A, B, C, D, discrete=discrete)
    start = problem.doubled()
    return problem.solved(None if start is None else start.X)


def energy_feedbacks(A: Array, B: Array, C: Array, D: Array, *, discrete: bool) -> tuple[Feedback, Feedback]:
    """The feedbacks of least energy of a system and of its adjoint (A*, C*, B*, D*), from the same doublings.

    Parameters, errors and cost are those of :func:`energy_feedback`, with Newton's method for each of the two.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> [round(abs(each.half.item()) ** 2, 12) for each in energy_feedbacks(one, one, one, 0 * one, discrete=False)]
    [2.414213562373, 2.414213562373]
    """
    problem = _Problem(A, B, C, D, discrete=discrete)
    dual = _Problem(adjoint(A), adjoint(C), adjoint(B), adjoint(D), discrete=discrete)
    start = problem.doubled()
    if start is None:
        return problem.solved(None), dual.solved(None)
    return problem.solved(start.X), dual.solved(start.Y)


class _Problem:
    """Minimize the energy of inputs and outputs of one system."""

    def __init__(self, A: Array, B: Array, C: Array, D: Array, *, discrete: bool):
        self.A, self.B, self.C, self.D = A, B, C, D
        self.discrete = discrete

    def solved(self, start: Array | None) -> Feedback:
        """The stabilizing feedback, by Newton's method from an approximate solution."""
        if self.A.shape[0] == 0:
            return self.feedback(np.zeros((0, 0)))
        if start is not None:
            try:
                found = self.refined(start)
            except np.linalg.LinAlgError:  # the doublings have not led to the solution that stabilizes
                found = None
            if found is not None and found.correction <= _CONVERGED:
                return found
        return self.refined(self.subspace_solution())

    def refined(self, start: Array) -> Feedback:
        """The feedback at the end of Newton's method."""
        current, correction = self.feedback(_half(start)), np.inf
        for _ in range(_STEPS):
            better = self.feedback(self.energy_factor(current.gain))
            last, correction = correction, norm(better.gain - current.gain) / (norm(better.gain) or 1.0)
            current = better
            if correction <= _CONVERGED or not correction < last:
                break
        return current._replace(correction=correction, residual=self.residual(current))

    def doubled(self) -> DualSolutions | None:
        """The solutions of this problem and of its dual, approximately; None where doubling does not find them."""
        A, B, C = self.without_feedthrough()
        return doubled(A, product(B, adjoint(B)), product(adjoint(C), C), discrete=self.discrete)

    def feedback(self, half: Array) -> Feedback:
        """The feedback that is best when the energy still to come is ‖half x‖²; by one SVD, nothing is squared."""
        m, n = adjoint(self.B).shape
        inputs, states = np.vstack([np.eye(m), self.D]), np.vstack([np.zeros((m, n)), self.C])
        if self.discrete:
            inputs, states = np.vstack([inputs, half @ self.B]), np.vstack([states, half @ self.A])
        U, sizes, V = la.svd(inputs, full_matrices=False, check_finite=False)
        gain = adjoint(U) @ states
        if not self.discrete:
            gain = gain + (V @ adjoint(self.B) @ adjoint(half) @ half) / sizes[:, None]
        inverse_root = adjoint(V) / sizes
        return Feedback(-inverse_root @ gain, inverse_root @ V, half)

    def energy_factor(self, gain: Array) -> Array:
        """A matrix H for which ‖Hx‖² is the energy that a feedback leaves to come."""
        closed, outputs = self.A + self.B @ gain, np.vstack([gain, self.C + self.D @ gain])
        schur = schur_form(closed)
        margins = 1 - np.abs(schur.eigenvalues) if self.discrete else -schur.eigenvalues.real
        if not (margins > 0).all():
            raise np.linalg.LinAlgError("the feedback does not stabilize")
        dual = schur.adjoint
        return adjoint(dual.Z @ gramian_factor(dual, adjoint(outputs), discrete=self.discrete))

    def residual(self, feedback: Feedback) -> float:
        """What is left of the equation, relative to the sum of its terms."""
        closed = self.A + product(self.B, feedback.gain)
        outputs = np.vstack([feedback.gain, self.C + product(self.D, feedback.gain)])
        energy = product(adjoint(outputs), outputs)
        if self.discrete:
            later = product(feedback.half, closed)
            terms = [product(adjoint(later), later), -product(adjoint(feedback.half), feedback.half), energy]
        else:
            change = product(product(adjoint(feedback.half), feedback.half), closed)
            terms = [change, adjoint(change), energy]
        return norm(terms[0] + terms[1] + terms[2]) / (sum(map(norm, terms)) or 1.0)

    def without_feedthrough(self) -> tuple[Array, Array, Array]:
        """(A − BR⁻¹D*C, BR^{-1/2}, R̃^{-1/2}C) with R = I + D*D and R̃ = I + DD*, which has the same solution."""
        U, sizes, V = la.svd(self.D, check_finite=False)
        squares = np.zeros(U.shape[0]), np.zeros(V.shape[0])
        for square in squares:
            square[: sizes.size] = sizes**2
        B, C = self.B @ adjoint(V) / np.hypot(1, np.sqrt(squares[1])), adjoint(U) @ self.C
        C = C / np.hypot(1, np.sqrt(squares[0]))[:, None]
        feedthrough = np.zeros((B.shape[1], C.shape[0]))
        np.fill_diagonal(feedthrough, sizes)
        return self.A - B @ feedthrough @ C, B, C

    def subspace_solution(self) -> Array:
        """The solution X = U₂U₁⁻¹ from the stable invariant subspace, the range of (U₁, U₂)."""
        n = self.A.shape[0]
        A, B, C = self.without_feedthrough()
        G, Q = B @ adjoint(B), adjoint(C) @ C
        basis = _stable_symplectic(A, G, Q) if self.discrete else _stable_hamiltonian(A, G, Q)
        factors, rcond = factorized(basis[:n])
        if rcond == 0:
            raise np.linalg.LinAlgError("no feedback stabilizes")
        X = adjoint(la.lu_solve(factors, adjoint(basis[n:]), trans=2, check_finite=False))
        return (X + adjoint(X)) / 2


def _half(X: Array) -> Array:
    """A matrix H with H*H = X for a positive semidefinite X."""
    values, vectors = la.eigh(X)
    return np.sqrt(np.maximum(values, 0))[:, None] * adjoint(vectors)


def _stable_hamiltonian(A: Array, G: Array, Q: Array) -> Array:
    """Basis of the stable invariant subspace of the Hamiltonian matrix [[A, −G], [−Q, −A*]]."""
    hamiltonian = np.block([[A, -G], [-Q, -adjoint(A)]])
    output = "complex" if np.iscomplexobj(hamiltonian) else "real"
    _, Z, count = la.schur(hamiltonian, output=output, sort="lhp", check_finite=False)
    return _half_of(Z, count)


def _stable_symplectic(A: Array, G: Array, Q: Array) -> Array:
    """Basis of the stable deflating subspace of the symplectic pencil [[A, 0], [−Q, I]] − λ [[I, G], [0, A*]]."""
    unit, zero = np.eye(A.shape[0]), np.zeros(A.shape)
    left, right = np.block([[A, zero], [-Q, unit]]), np.block([[unit, G], [zero, adjoint(A)]])
    output = "complex" if np.iscomplexobj(left) or np.iscomplexobj(right) else "real"
    *_, alpha, beta, _, Z = la.ordqz(left, right, sort="iuc", output=output, check_finite=False)
    return _half_of(Z, int(np.count_nonzero(np.abs(alpha) < np.abs(beta))))


def _half_of(basis: Array, count: int) -> Array:
    """The leading half of the columns, when as many belong to stable eigenvalues."""
    n = basis.shape[0] // 2
    if count != n:
        raise np.linalg.LinAlgError("eigenvalues on the stability boundary")
    return basis[:, :n]
