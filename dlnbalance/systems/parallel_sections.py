r"""Parallel sections of first order: realizations with the poles on the diagonal, from poles and residues.

.. math:: G(s) = d + Σ_i \frac{ρ_i}{s - p_i}.
"""

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arrays import EPS, Array, Indices
from .dyadic import Scaled, scaled, scaled_product
from .rational import Factored, paired
from .state_matrices import Realization, in_seconds

__all__ = ["parallel", "residues_of"]

_PAIRED = 1e-12  # relative distance of residues of conjugate poles that rounding explains, as of the poles themselves


def parallel(poles: Array, residues: Array, direct: complex) -> Realization:
    r"""Sections of first order side by side; conjugate pairs p = a ± iω in blocks [[a, ω], [−ω, a]] of a real system.

    Parameters
    ----------
    poles, residues : (n,) complex array
        p and ρ.
    direct : complex
        d.

    Returns
    -------
    Realization
        B is 1 for every pole (2 and 0 for a pair) and C has the residues, up to one power of two in each.

    Examples
    --------
    >>> system = parallel(np.array([-1 + 5j, -1 - 5j]), np.array([3 + 2j, 3 - 2j]), 0.0)
    >>> system.A.tolist(), (system.C * system.B[0]).tolist()
    ([[-1.0, 5.0], [-5.0, -1.0]], [[6.0, 4.0]])
    """
    order = _real_order(poles, residues) if np.imag(direct) == 0 else None
    if order is None:
        B = np.ones((poles.size, 1), complex)
        return in_seconds(Realization(np.diag(poles), B, residues[None].astype(complex), np.array([[direct]])), 0)
    real, upper = order
    n = real.size + 2 * upper.size
    A, B, C = np.zeros((n, n)), np.zeros((n, 1)), np.zeros((1, n))
    alone, first = np.arange(real.size), np.arange(real.size, n, 2)
    A[alone, alone], B[alone, 0], C[0, alone] = poles[real].real, 1.0, residues[real].real
    A[first, first] = A[first + 1, first + 1] = poles[upper].real
    A[first, first + 1], A[first + 1, first] = poles[upper].imag, -poles[upper].imag
    B[first, 0], C[0, first], C[0, first + 1] = 2.0, residues[upper].real, residues[upper].imag
    return in_seconds(Realization(A, B, C, np.array([[np.real(direct)]])), 0)


def residues_of(function: Factored) -> tuple[Array, Array]:
    r"""Poles and residues of a function given by its zeros and poles, each residue to a few eps of itself.

    .. math:: ρ_i = g \, \frac{\prod_j (p_i - z_j)}{\prod_{j ≠ i} (p_i - p_j)}.

    Raises
    ------
    InvalidArgumentError
        For poles that are equal.

    Examples
    --------
    >>> residues_of(Factored(np.array([]), np.array([-1.0, -3.0]), 4.0))[1].real.tolist()
    [2.0, -2.0]
    """
    zeros, poles = function.zeros, function.poles
    if function.is_real:  # in exact pairs, so that residues are, too
        zeros, poles = (found for found in map(paired, (zeros, poles)) if found is not None)
    if np.unique(poles).size < poles.size:
        expected, remedy = "poles that differ from each other", "leave form='parallel' out: a cascade holds equal poles"
        raise InvalidArgumentError("poles", expected, "some that are equal", remedy)
    above = scaled_product([poles - zero for zero in zeros], np.full(poles.shape, function.gain, complex))
    gaps = poles - poles[:, None]
    np.fill_diagonal(gaps, 1.0)
    quotient = above / scaled_product(list(gaps), np.ones(poles.shape, complex))
    residues = scaled(quotient.mantissa, quotient.exponent + function.exponent)
    return poles, Scaled(residues.mantissa, residues.exponent).value


def _real_order(poles: Array, residues: Array) -> tuple[Indices, Indices] | None:
    """Indices of the real poles, and of those of pairs that lie in the upper half-plane; None for complex systems."""
    real = np.flatnonzero(poles.imag == 0)
    upper, lower = np.flatnonzero(poles.imag > 0), list(np.flatnonzero(poles.imag < 0))
    if (np.abs(residues[real].imag) > 4 * EPS * np.abs(residues[real].real)).any() or upper.size != len(lower):
        return None
    for index in upper:
        partner = int(np.argmin(np.abs(poles[lower].conj() - poles[index])))
        other = lower.pop(partner)
        if poles[other] != poles[index].conj():
            return None
        if abs(residues[other].conj() - residues[index]) > _PAIRED * abs(residues[index]):
            return None
    return real, upper
