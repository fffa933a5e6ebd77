r"""Hankel singular values of systems in diagonal form, each accurate relative to itself, and how accurate each is."""

import numpy as np

from ..linalg.accurate_differences import cross_products
from ..linalg.arrays import EPS, Array, Indices, adjoint
from ..linalg.cauchy_factors import cauchy_factor
from ..linalg.graded_svd import doubly_graded_svd
from ..linalg.powers_of_two import TINY, as_numbers
from ..systems.coordinates import out_of_range
from ..systems.diagonal_forms import DiagonalForm

__all__ = ["diagonal_values"]

# Exponents of two between which values keep their digits (see `gramians.base`).
_EXPONENTS = -1010, 1023


def diagonal_values(form: DiagonalForm) -> tuple[Array, Array]:
    r"""Hankel singular values of a stable diagonal system, and first-order bounds of their rounding errors.

    Parameters
    ----------
    form : DiagonalForm
        With n states, m inputs and p outputs; all poles stable.

    Returns
    -------
    values : (n,) array
        σ_1 ≥ … ≥ σ_n.
    errors : (n,) array
        Bounds of the rounding errors, absolute. Poles count as given, B and C as known to one rounding an entry.

    Raises
    ------
    NumericalError
        When the Hankel norm is out of the range of numbers.

    Notes
    -----
    The Gramians are Cauchy-like; factors Z_c and Z_o with a bound of the error of *every entry* come from
    :func:`~dlnbalance.linalg.cauchy_factors.cauchy_factor`. Their product Z_o*Z_c is graded by rows and columns, and
    its singular values are taken by :func:`~dlnbalance.linalg.graded_svd.doubly_graded_svd`. Errors F_c and F_o in the
    factors move σ_k = u_k* Z_o* Z_c v_k, to first order, by at most

    .. math:: |u_k^* Z_o^*| F_c |v_k| + |u_k|^* F_o^* |Z_c v_k| ,

    and those of the product by n eps |u_k|*|Z_o*||Z_c||v_k|. Both are computed. With one input and one output the
    entries of the factors have been proved accurate relative to themselves, and the bound is large only where residues
    cancel. With several it measures what inputs that act on the modes alike to many digits, and clusters of poles,
    have cost; usually eleven digits or more are left.

    Cost: n² operations a squared number of inputs and outputs, and some 100 n³ flops.

    References
    ----------
    .. [1] J. Demmel, "Accurate singular value decompositions of structured matrices", SIAM J. Matrix Anal. Appl. 21
       (1999) 562-580.
    .. [2] T. S. Haut, G. Beylkin, "Fast and accurate con-eigenvalue algorithm for optimal rational approximations",
       SIAM J. Matrix Anal. Appl. 33 (2012) 1101-1125.
    .. [3] Z. Drmač, "Accurate computation of the product-induced singular value decomposition with applications", SIAM
       J. Numer. Anal. 35 (1998) 1969-1994.

    Examples
    --------
    >>> from dlnbalance import LinearSystem
    >>> from dlnbalance.systems.diagonal_forms import diagonal_form
    >>> near = 2.0**-20
    >>> form = diagonal_form(LinearSystem(np.diag([-1.0, -1.0 - near]), [1.0, 1.0], [1.0, 1.0]))
    >>> values, errors = diagonal_values(form)
    >>> d = 2 + near  # of both modes together: σ_1 σ_2 = near²/(2 (2 + 2 near) d²)
    >>> bool(abs(values.prod() * 4 * (1 + near) * d**2 / near**2 - 1) < 1e-14), bool((errors < 1e-13 * values).all())
    (True, True)
    """
    n = form.a.size
    acting = form.B.any(axis=1) & form.C.any(axis=0)
    values, errors = np.zeros(n), np.zeros(n)
    if acting.any():
        found, bounds = _values_of(form, np.flatnonzero(acting))
        values[: found.size], errors[: found.size] = found, bounds
    errors += TINY  # what lies below the range of numbers is lost
    if values[:1].any() and not _EXPONENTS[0] <= np.frexp(values[0])[1] + form.exponent <= _EXPONENTS[1]:
        raise out_of_range("Hankel norm")
    exponents = np.full(n, form.exponent)
    return as_numbers(values, exponents), as_numbers(errors, exponents)


def _values_of(form: DiagonalForm, acting: Indices) -> tuple[Array, Array]:
    """Values and bounds of the states that inputs reach and outputs see."""
    a, e, B, C = form.a[acting], form.e[acting], form.B[acting], form.C[:, acting]
    sums, differences = _sums_and_differences(a, e, discrete=form.is_discrete)
    C = C * e
    # Pivots regardless of the units of the states; no norms, whose squares may leave the range of numbers.
    scales = np.sqrt(np.abs(C).max(axis=0)) / np.sqrt(np.abs(B).max(axis=1))
    reach, reach_errors = cauchy_factor(B, sums, differences, scales)
    observe, observe_errors = cauchy_factor(adjoint(C), sums.conj(), differences.conj(), 1 / scales)
    U, values, V = doubly_graded_svd(adjoint(observe) @ reach)
    seen, reached = np.abs(observe @ U), np.abs(reach @ V)
    sizes = np.abs(observe) @ np.abs(U), np.abs(reach) @ np.abs(V)
    bounds = (
        seen * (reach_errors @ np.abs(V)) + reached * (observe_errors @ np.abs(U)) + a.size * EPS * sizes[0] * sizes[1]
    )
    return values, bounds.sum(axis=0)


def _sums_and_differences(a: Array, e: Array, *, discrete: bool) -> tuple[Array, Array]:
    """−(λ_i + conj λ_j), in discrete time 1 − λ_i conj λ_j, and λ_i − λ_j, times entries of E, without cancellation."""
    explicit = bool((e == 1).all())
    differences = a[:, None] - a if explicit else cross_products((a, e), (e, a))
    if discrete:
        return cross_products((e, a), (e.conj(), a.conj())), differences
    if explicit:
        return -(a[:, None] + a.conj()), differences
    return cross_products((-a, e), (e.conj(), a.conj())), differences
