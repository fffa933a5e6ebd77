r"""Hankel singular values of systems in diagonal form, each accurate relative to itself, and how accurate each is."""

from dataclasses import dataclass

import numpy as np

from ..linalg.accurate_differences import cross_products
from ..linalg.arrays import EPS, Array, adjoint
from ..linalg.cauchy_factors import cauchy_factor, compressed
from ..linalg.graded_svd import doubly_graded_svd
from ..linalg.powers_of_two import TINY, as_numbers
from ..systems.coordinates import out_of_range
from ..systems.diagonal_forms import DiagonalForm

__all__ = ["diagonal_values"]

# Units of eps by which an entry of a factor errs in every step of the elimination: a difference, a quotient and a
# product. Further ones for the roots, and where there are few steps.
_ROUNDINGS, _FURTHER = 2, 2
# Exponents of two between which values keep their digits (see `gramians.base`).
_EXPONENTS = -1010, 1023


@dataclass(frozen=True, eq=False)
class _Side:
    """A Gramian factor: as it was computed, entry by entry, and with as few columns as there are states."""

    entries: Array
    short: Array
    basis: Array | None

    def uncertainty(self, others: Array, vectors: Array) -> Array:
        """Σ of others · |Z| · |v|, for Z as computed and for what it was compressed to: what relative errors do."""
        total = np.sum(others * (np.abs(self.short) @ np.abs(vectors)).T, axis=1)
        if self.basis is not None:
            total += np.sum(others * (np.abs(self.entries) @ np.abs(self.basis @ vectors)).T, axis=1)
        return total


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
    Each input has a Cauchy-like Gramian, whose factor comes out with a small relative error in *every entry*
    (:func:`~dlnbalance.linalg.cauchy_factors.cauchy_factor`). Those of several inputs stand side by side,

    .. math:: P = Σ_q Z_q Z_q^* = [Z_1 ⋯ Z_m] [Z_1 ⋯ Z_m]^*,

    and a QR factorization that errs relative to each column alone makes them one factor of n columns. The product
    Z_o*Z_c is graded by rows and columns and has its singular values taken by
    :func:`~dlnbalance.linalg.graded_svd.doubly_graded_svd`.

    A relative error ε in every entry of the factors moves σ_k = u_k* Z_o* Z_c v_k, to first order, by at most

    .. math:: 2 ε \, |u_k|^* |Z_o^*| |Z_c| |v_k| ,

    which is computed, with ε = 2 (n + 2) eps; each compression adds a term of this kind. With one input and one output
    it is a small multiple of n eps σ_k in general, and large only where residues cancel. With several, the sums of
    Gramians cancel where two inputs act on the modes alike to many digits: then values are determined to fewer digits
    by B, and the bound says so. That all values have high relative accuracy is proved with one input and one output
    (with the constants of the bound); with several it is the computed bound that says how many digits there are.

    Cost: n² operations an input and output, and some 100 n³ flops.

    References
    ----------
    .. [1] J. Demmel, "Accurate singular value decompositions of structured matrices", SIAM J. Matrix Anal. Appl. 21
       (1999) 562-580.
    .. [2] T. S. Haut, G. Beylkin, "Fast and accurate con-eigenvalue algorithm for optimal rational approximations",
       SIAM J. Matrix Anal. Appl. 33 (2012) 1101-1125.

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


def _values_of(form: DiagonalForm, acting: Array) -> tuple[Array, Array]:
    """Values and bounds of the states that inputs reach and outputs see."""
    a, e, B, C = form.a[acting], form.e[acting], form.B[acting], form.C[:, acting]
    sums, differences = _sums_and_differences(a, e, discrete=form.is_discrete)
    C = C * e
    # Pivots regardless of the units of the states; no norms, whose squares may leave the range of numbers.
    scales = np.sqrt(np.abs(C).max(axis=0)) / np.sqrt(np.abs(B).max(axis=1))
    reach = _side(B, sums, differences, scales)
    observe = _side(adjoint(C), sums.conj(), differences.conj(), 1 / scales)
    U, values, V = doubly_graded_svd(adjoint(observe.short) @ reach.short)
    seen, reached = np.abs(U).T @ np.abs(observe.short).T, (np.abs(reach.short) @ np.abs(V)).T
    total = reach.uncertainty(seen, V) + observe.uncertainty(reached, U)
    return values, _ROUNDINGS * (a.size + _FURTHER) * EPS * total


def _side(numerators: Array, sums: Array, differences: Array, scales: Array) -> _Side:
    """The factor of a Gramian whose numerators are the product of a matrix with its adjoint."""
    parts = [cauchy_factor(column, sums, differences, scales) for column in numerators.T]
    if len(parts) == 1:
        return _Side(parts[0], parts[0], None)
    entries = np.hstack(parts)
    return _Side(entries, *compressed(entries, scales))


def _sums_and_differences(a: Array, e: Array, *, discrete: bool) -> tuple[Array, Array]:
    """−(λ_i + conj λ_j), in discrete time 1 − λ_i conj λ_j, and λ_i − λ_j, times entries of E, without cancellation."""
    explicit = bool((e == 1).all())
    differences = a[:, None] - a if explicit else cross_products((a, e), (e, a))
    if discrete:
        return cross_products((e, a), (e.conj(), a.conj())), differences
    if explicit:
        return -(a[:, None] + a.conj()), differences
    return cross_products((-a, e), (e.conj(), a.conj())), differences
