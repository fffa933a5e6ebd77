r"""Integrals of the resolvent over bands of frequencies: logarithms of quotients of a triangular matrix."""

from collections.abc import Sequence

import numpy as np
import scipy.linalg as la

from .arrays import Array
from .triangular_logarithms import logarithm_of_sum

__all__ = ["Band", "resolvent_integral"]

#: A band of frequencies, its ends in rad/s or, in discrete time, in rad/sample; infinite ends only in continuous time.
Band = tuple[float, float]


def resolvent_integral(A: Array, bands: Sequence[Band], *, discrete: bool) -> Array:
    r"""The matrix S for which the Gramian P of any inputs B gives S P + P S* over the bands.

    .. math:: S P + P S^* = \frac{1}{2π} \int_Ω (iν - A)^{-1} B B^* (iν - A)^{-*} dν, \qquad
              S = \frac{1}{2π} \int_Ω (iν - A)^{-1} dν,
    .. math:: S = \frac{1}{4π} \int_Ω (e^{iθ} - A)^{-1} (e^{iθ} + A) \, dθ \qquad (\text{discrete}),

    up to an imaginary multiple of I, which S P + P S* does not see.

    Parameters
    ----------
    A : (n, n) array
        Upper triangular, its eigenvalues in the open left half plane (the open unit disc).
    bands : sequence of (low, high)
        Disjoint; in discrete time within an interval of length 2π.
    discrete : bool
        Whether time is discrete.

    Returns
    -------
    (n, n) complex array
        Upper triangular.

    Notes
    -----
    One logarithm a band, of a quotient, so that a narrow band has an integral with all its digits:

    .. math:: S = \frac{1}{2πi} \log\big((ib - A)(ia - A)^{-1}\big), \qquad
              S = \frac{1}{2πi} \log\big((I - e^{-ib}A)(I - e^{-ia}A)^{-1}\big) + \frac{b - a}{4π} I
              \quad (\text{discrete}).

    The principal logarithm is the right one, since ib − A has its eigenvalues in the right half plane: arguments of the
    quotients stay within π. A half-infinite band has :math:`\frac{1}{4} I - \frac{1}{2πi} \log(ia - A)`.

    References
    ----------
    .. [1] W. Gawronski, J.-N. Juang, "Model reduction in limited time and frequency intervals", Int. J. Systems Sci. 21
       (1990) 349-376.
    .. [2] D. Petersson, J. Löfberg, "Model reduction using a frequency-limited H2-cost", Syst. Control Lett. 67 (2014)
       32-39 (the logarithms).

    Examples
    --------
    >>> S = resolvent_integral(np.array([[-1.0]]), [(-1.0, 1.0)], discrete=False)  # arctan(1)/π
    >>> S.round(12).tolist()
    [[(0.25+0j)]]
    """
    total = np.zeros(A.shape, dtype=complex)
    for low, high in bands:
        total += _on_circle(A, low, high) if discrete else _on_axis(A, low, high)
    return total


def _on_axis(A: Array, low: float, high: float) -> Array:
    unit = np.eye(len(A))
    if np.isinf(low) and np.isinf(high):
        return unit / 2 + 0j
    if np.isinf(high):
        return unit / 4 - _logarithm_at(A, low)
    if np.isinf(low):
        return unit / 4 + _logarithm_at(A, high)
    if abs(low) > abs(high):  # the quotient is I + X: no large edge may hide what is next to a small one
        return -_logarithm(1j * (low - high) * unit, 1j * high * unit - A)
    return _logarithm(1j * (high - low) * unit, 1j * low * unit - A)


def _logarithm_at(A: Array, end: float) -> Array:
    """log(i·end − A)/(2πi), up to an imaginary multiple of I: by the number that brings eigenvalues nearest to one."""
    X = 1j * end * np.eye(len(A)) - A
    sizes = np.abs(X.diagonal())
    X = X / np.sqrt(sizes.min(initial=np.inf) * sizes.max(initial=0.0)) if sizes.size else X
    return logarithm_of_sum(X - np.eye(len(A))) / (2j * np.pi)


def _on_circle(A: Array, low: float, high: float) -> Array:
    unit = np.eye(len(A))
    start = np.exp(-1j * low)
    change = -np.expm1(-1j * (high - low)) * start  # e^{−ia} − e^{−ib}
    return _logarithm(change * A, unit - start * A) + (high - low) / (4 * np.pi) * unit


def _logarithm(difference: Array, denominator: Array) -> Array:
    """log(I + difference denominator⁻¹)/(2πi), the two of them commuting."""
    return logarithm_of_sum(np.triu(la.solve_triangular(denominator, difference))) / (2j * np.pi)
