"""Norm-balanced realizations (Helmke): least Euclidean norm of (A, B, C) over all changes of coordinates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la

from .arrays import Array, factorized, frozen
from .certificates import NormCertificate
from .errors import NumericalError
from .kempf_ness import Minimum, minimize
from .systems import as_system, restore_type

__all__ = ["NormBalancedRealization", "balance_norm"]


@dataclass(frozen=True, kw_only=True, eq=False)
class NormBalancedRealization:
    """A realization of least norm, with the bound that proves it.

    Attributes
    ----------
    system : same type as what was passed in
        The realization (TAT⁻¹, TB, CT⁻¹, D); descriptor systems come out with E = I.
    transform, inverse : (n, n) array
        T and T⁻¹ of z = T x.
    certificate : NormCertificate
        Squared norm before and after, and how much it can still lose at most.
    minimum : Minimum
        How the solver got there.
    """

    system: Any
    transform: Array
    inverse: Array
    certificate: NormCertificate
    minimum: Minimum

    def __repr__(self) -> str:
        work = f"{self.minimum.steps} Newton steps, {self.minimum.linear_iterations} of conjugate gradients"
        return (
            f"NormBalancedRealization: {self.transform.shape[0]} states\n"
            f"  certificate: {self.certificate}\n"
            f"  solver: {work}, relative moment {self.minimum.moment_norms[-1]:.1e}\n"
            f"  {self.minimum.status}: {self.minimum.advice}"
        )


def balance_norm(system: Any, *, rtol: float = 1e-12, max_steps: int = 60) -> NormBalancedRealization:
    r"""Balance a realization in norm: the smallest coefficients that realize its transfer function.

    .. math:: \min_T ‖TAT^{-1}‖^2 + ‖TB‖^2 + ‖CT^{-1}‖^2, \qquad [A, A^*] + BB^* = C^*C \text{ at the minimum.}

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Continuous or discrete, stable or not, real or complex, E nonsingular. A system that is not minimal has no
        least norm: the result comes close to the infimum, and its status says "diverging".
    rtol : float
        ‖μ‖ relative to the squared norm at which the solver ends, unless rounding ends it before.
    max_steps : int
        Newton steps at most.

    Returns
    -------
    NormBalancedRealization
        Unique up to unitary changes of coordinates.

    Raises
    ------
    NumericalError
        When more steps are needed.
    SingularDescriptorError
        When E is singular.

    Notes
    -----
    See :func:`dlnbalance.kempf_ness.minimize`; O(n³) a step.

    References
    ----------
    .. [1] U. Helmke, "Balanced realizations for linear systems: a variational approach", SIAM J. Control Optim. 31
       (1993) 1-15.

    Examples
    --------
    >>> result = balance_norm(([[-1.0]], [[4.0]], [[1.0]]))
    >>> result.system.B.round(9).item(), result.minimum.status
    (2.0, 'converged')
    """
    explicit = as_system(system).explicit()
    start = explicit.representation
    minimum = minimize(start, rtol=rtol, max_steps=max_steps)
    if minimum.status == "steps":
        raise NumericalError(
            "system",
            "a realization whose norm can be minimized",
            f"a search that ends {minimum.status!r} after {minimum.steps} Newton steps",
            "raise max_steps, or balance the minimal part (dlnbalance.balance) first",
        )
    B, C, A = minimum.representation.matrices
    (T,) = minimum.gauge
    return NormBalancedRealization(
        system=restore_type(explicit.with_matrices(A, B, C), system),
        transform=frozen(np.array(T)),
        inverse=frozen(la.lu_solve(factorized(T)[0], np.eye(T.shape[0]))),
        certificate=NormCertificate.compare(start, minimum.representation),
        minimum=minimum,
    )
