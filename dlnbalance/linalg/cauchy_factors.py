r"""Factors of Cauchy-like Gramians, and how accurate each entry of them is.

A diagonal system has the Gramian

.. math:: P_{ij} = \frac{b_i b_j^*}{w_{ij}}, \qquad
    w_{ij} = -(λ_i + \bar λ_j) \text{ in continuous, } 1 - λ_i \bar λ_j \text{ in discrete time,}

b_i being the rows of B. Its Schur complements have the same form, with b_i multiplied by Blaschke–Potapov factors. So
with one input elimination subtracts nothing but poles from poles.
"""

from typing import NamedTuple

import numpy as np

from .arrays import EPS, Array
from .powers_of_two import TINY

__all__ = ["CauchyFactor", "cauchy_factor"]

# Rounding errors in units of eps: of an entry that is multiplied by a quotient of computed numbers, which may be
# complex; and of one that is reflected, besides one for each input.
_QUOTIENT, _REFLECTION = 2, 2


class CauchyFactor(NamedTuple):
    """A factor Z of a Gramian ZZ*.

    Attributes
    ----------
    entries : (n, r) array
        Z, its columns descending.
    errors : (n, r) array
        First-order bounds of the rounding errors in the entries.
    """

    entries: Array
    errors: Array


def cauchy_factor(numerators: Array, sums: Array, differences: Array, scales: Array) -> CauchyFactor:
    r"""Factor the Cauchy-like matrix (b_i b_j* / w_ij) by elimination with complete pivoting.

    Parameters
    ----------
    numerators : (n, m) array
        Rows b_i.
    sums : (n, n) array
        w, Hermitian and with a positive diagonal: see the head of the module.
    differences : (n, n) array
        λ_i − λ_j, multiplied by factors of modulus one or by those by which w_ij is multiplied.
    scales : (n,) array
        Positive. Pivots are the largest of scales · Z, which the result does not otherwise depend on.

    Returns
    -------
    CauchyFactor
        Lower triangular with its rows permuted. Fewer columns than rows where poles are equal, numerators are zero, or
        what is left is below the range of numbers.

    Notes
    -----
    Complete pivoting is that on the diagonal. Eliminating state k leaves, with the unit vector u along b_k*,

    .. math:: P_{ij} - \frac{P_{ik} P_{kj}}{P_{kk}} = \frac{b_i' b_j'^*}{w_{ij}}, \qquad
        b_i' = b_i (I - u u^*) + \frac{λ_i - λ_k}{w_{ik}} b_i u u^*,

    so that column k of Z is b_i u √w_kk / w_ik with the b that is left then: the coordinates of (s − λ_i)⁻¹ b_i in
    Takenaka–Malmquist functions. A reflection of the inputs turns u into the first of them. With one input there is
    nothing to turn: all is products and quotients, in which no digits cancel, and every entry is accurate relative to
    itself. With more the reflections err relative to the norms of the rows; what becomes of these errors is followed by
    their m×m second moments, from which the bounds come. n² (m² + 10) operations, in n steps.

    References
    ----------
    .. [1] J. Demmel, "Accurate singular value decompositions of structured matrices", SIAM J. Matrix Anal. Appl. 21
       (1999) 562-580.
    .. [2] T. S. Haut, G. Beylkin, "Fast and accurate con-eigenvalue algorithm for optimal rational approximations",
       SIAM J. Matrix Anal. Appl. 33 (2012) 1101-1125.
    .. [3] T. Kailath, A. H. Sayed, "Displacement structure: theory and applications", SIAM Review 37 (1995) 297-386.

    Examples
    --------
    >>> poles = np.array([-1.0, -3.0])
    >>> Z = cauchy_factor(np.ones((2, 1)), -(poles[:, None] + poles), poles[:, None] - poles, np.ones(2)).entries
    >>> (Z @ Z.T).round(12).tolist()  # 1/(1 + 1), 1/(1 + 3), 1/(3 + 3)
    [[0.5, 0.25], [0.25, 0.166666666667]]
    """
    n, m = numerators.shape
    left = np.array(numerators, dtype=np.result_type(numerators, sums))
    roots = np.sqrt(sums.diagonal().real)
    moments = np.zeros((n, m, m), left.dtype)  # of the errors in the rows that are left, in units of eps
    entries, errors = np.zeros((n, n), left.dtype), np.zeros((n, n))
    for k in range(n):
        lengths = np.abs(left[:, 0]) if m == 1 else np.sqrt(np.sum(np.abs(left) ** 2, axis=1))
        sizes = lengths * scales / roots
        pivot = int(np.argmax(sizes))
        if sizes[pivot] == 0:
            return CauchyFactor(entries[:, :k], errors[:, :k])
        if m > 1:
            left, moments = _reflected(left, moments, left[pivot].conj() / lengths[pivot])
            left[pivot, 1:] = 0
            moments += (((_REFLECTION + m) * lengths) ** 2 + TINY)[:, None, None] * np.eye(m)
        weights = roots[pivot] / sums[:, pivot]
        entries[:, k] = left[:, 0] * weights
        # Errors of up to 2 (k + 1) roundings add up to at most the root of their number times the root of their moment.
        turned = np.sqrt(2 * (k + 1) * np.abs(moments[:, 0, 0])) * np.abs(weights)
        errors[:, k] = EPS * (_QUOTIENT * (k + 1) * np.abs(entries[:, k]) + turned)
        factor = differences[:, pivot] / sums[:, pivot]
        left[:, 0] *= factor
        moments[:, 0, :] *= factor[:, None]
        moments[:, :, 0] *= factor.conj()[:, None]
    return CauchyFactor(entries, errors)


def _reflected(left: Array, moments: Array, u: Array) -> tuple[Array, Array]:
    """Rows b H and moments H* M H, with the reflection H whose first column is u but for its phase."""
    v = u.copy()
    v[0] += u[0] / abs(u[0]) if u[0] else 1.0
    scaled = v.conj() * (2 / np.vdot(v, v).real)
    moments = moments - np.multiply.outer(moments @ v, scaled)
    moments = moments - scaled.conj()[None, :, None] * (v.conj() @ moments)[:, None, :]
    return left - np.multiply.outer(left @ v, scaled), moments
