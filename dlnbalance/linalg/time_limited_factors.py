r"""Factors of Gramians over a finite time, by doubling it: positive terms only, whether the system is stable or not.

.. math:: P(2t) = P(t) + e^{At} P(t) e^{A^*t}, \qquad P(t) = Z Z^* \;⟹\; P(2t) = (Z, e^{At} Z)(Z, e^{At} Z)^* .
"""

import math
from collections.abc import Sequence

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, norm, product
from .pencils import flipped

__all__ = ["TimeLimitedSum", "time_limited_sums"]

# The first interval h has ‖A‖h ≤ 1: there a rule of 12 nodes is exact to 2 (‖A‖h/4)^12/12! < 3e-16 in the factor, and
# 19 terms of the exponential series leave 1/20!.
_NODES = 12
_TERMS = 19
_BLOCK = 4  # powers of the matrix that the series shares
_PANEL = 32  # columns of a structured QR factorization that are updated together


class TimeLimitedSum:
    r"""A growing factor Z of :math:`\int_0^t e^{Sτ} R R^* e^{S^*τ} dτ` or :math:`\sum_{k<t} S^k R R^* S^{*k}`.

    Attributes
    ----------
    right : (n, m) array
        R.
    factor : (n, k) array
        Z, upper triangular from n columns on.
    moved : (n, m) array
        What became of R after the time t: :math:`e^{St} R` or :math:`S^t R`.
    """

    def __init__(self, right: Array, factor: Array, moved: Array):
        self.right, self.factor, self.moved = right, factor, moved
        self._is_triangular = False
        self._compress()

    def double(self, move: Array, plus: float) -> bool:
        """Double the time by the matrix move + plus I, of Hessenberg form; whether that added more than rounding."""
        added = self._moved(move, plus)
        if not norm(added) > EPS * norm(self.factor):
            self.moved = np.zeros_like(self.moved)
            return False
        self.moved = plus * self.moved + product(move, self.moved)
        if self._is_triangular:
            self.factor = _stacked_triangle(self.factor, added)
        else:
            self.factor = np.hstack([self.factor, added])
            self._compress()
        return True

    def _moved(self, move: Array, plus: float) -> Array:
        if not self._is_triangular:
            return plus * self.factor + product(move, self.factor)
        (trmm,) = la.blas.get_blas_funcs(("trmm",), (move, self.factor))
        return plus * self.factor + trmm(1.0, self.factor, move, side=1)

    def step(self, move: Array) -> None:
        """Put one step of discrete time before those that there are."""
        self.factor, self._is_triangular = np.hstack([self.right, product(move, self.factor)]), False
        self.moved = product(move, self.moved)
        self._compress()

    def _compress(self) -> None:
        """Bring a factor of n or more columns to triangular form."""
        if self.factor.shape[1] >= len(self.factor):
            self.factor, self._is_triangular = self.triangle, True

    @property
    def triangle(self) -> Array:
        """The factor as an upper triangular matrix of order n."""
        n, columns = self.factor.shape
        if self._is_triangular or n == 0:
            return self.factor[:, :n]
        rows = np.zeros((max(n, columns), n), dtype=self.factor.dtype)
        rows[:columns] = adjoint(self.factor[::-1])
        return flipped(la.qr(rows, mode="r", check_finite=False)[0][:n])


def _stacked_triangle(first: Array, second: Array) -> Array:
    """Upper triangular F with FF* = MM* + NN*, for an upper triangular M and an upper Hessenberg N."""
    n = first.shape[0]
    (tpqrt,) = la.lapack.get_lapack_funcs(("tpqrt",), (first, second))
    R, *_ = tpqrt(max(n - 1, 0), min(_PANEL, n), flipped(first), flipped(second), overwrite_a=True, overwrite_b=True)
    return flipped(np.triu(R))


def time_limited_sums(S: Array, rights: Sequence[Array], time: float, *, discrete: bool) -> tuple[TimeLimitedSum, ...]:
    r"""Factors for S and the first right-hand side, and for the flipped adjoint J S* J and the second one.

    Parameters
    ----------
    S : (n, n) array
        Upper triangular or quasi-triangular, with eigenvalues anywhere.
    rights : two (n, m) arrays
        Right-hand sides, the second with the states in reversed order.
    time : float
        The time t > 0; in discrete time a whole number of steps.
    discrete : bool
        Whether sums are meant.

    Returns
    -------
    tuple of TimeLimitedSum
        With non-finite entries where the range of numbers is left.

    Notes
    -----
    In continuous time the first interval is t/2^k, with ‖S‖t ≤ 2^k; a Gauss-Legendre rule gives its factor, and the
    series that of e^{St} − I, which doubles as X ← 2X + X² without cancellation for slow modes. A doubling takes 2 n³
    flops for this and 2 n³ for every side, in structured QR factorizations of a triangle on a triangle. It ends early
    where nothing but rounding is added. In discrete time by the binary digits of t.

    References
    ----------
    .. [1] W. Gawronski, J.-N. Juang, Int. J. Systems Sci. 21 (1990) 349-376.
    .. [2] R. A. Smith, "Matrix equation XA + BX = C", SIAM J. Appl. Math. 16 (1968) 198-201 (doubling).

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> sums = time_limited_sums(0 * one, [one, one], 4.0, discrete=False)  # ∫_0^4 dt
    >>> (sums[0].factor @ sums[0].factor.T).round(12).tolist()
    [[4.0]]
    """
    if discrete:
        return _over_steps(S, rights, int(time))
    return _over_time(S, rights, time)


def _over_time(S: Array, rights: Sequence[Array], time: float) -> tuple[TimeLimitedSum, ...]:
    size = min(norm(S), norm(S, "1"), norm(S, "I"))
    doublings = max(math.ceil(math.log2(size * time)), 0) if size * time > 0 else 0
    interval = math.ldexp(time, -doublings)
    X = _series(interval * S)
    sums = tuple(
        TimeLimitedSum(right, _first_factor(interval * M, right, interval), right + product(N, right))
        for M, N, right in zip(_both(S), _both(X), rights, strict=True)
    )
    for _ in range(doublings):
        if not _doubled(sums, X, plus=1.0):
            break
        X = 2 * X + product(X, X)
    return sums


def _over_steps(S: Array, rights: Sequence[Array], steps: int) -> tuple[TimeLimitedSum, ...]:
    sums = tuple(TimeLimitedSum(right, right, product(M, right)) for M, right in zip(_both(S), rights, strict=True))
    power = S
    for digit in bin(steps)[3:]:
        told = _doubled(sums, power, plus=0.0)
        if not told:
            break
        power = product(power, power)
        if digit == "1":
            for sum_, M in zip(sums, _both(S), strict=True):
                sum_.step(M)
            power = product(S, power)
    return sums


def _both(M: Array) -> tuple[Array, Array]:
    return M, flipped(M)


def _doubled(sums: Sequence[TimeLimitedSum], M: Array, plus: float) -> bool:
    """Double the time by the matrix M + plus I that moves states through it; whether that told on any side."""
    told = [sum_.double(N, plus) for sum_, N in zip(sums, _both(M), strict=True)]
    return any(told)


def _first_factor(M: Array, right: Array, interval: float) -> Array:
    """Factor of the Gramian over a short interval, for M = interval S, by a Gauss-Legendre rule."""
    terms = [right]
    for k in range(1, _TERMS + 1):
        terms.append(product(M, terms[-1]) / k)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    powers = np.vander((1 + nodes) / 2, _TERMS + 1, increasing=True)
    combined = np.tensordot(powers * np.sqrt(interval * weights / 2)[:, None], np.array(terms), axes=(1, 0))
    return np.concatenate(list(combined), axis=1)


def _series(M: Array) -> Array:
    """The matrix e^M − I for ‖M‖ ≤ 1, its series in powers of M⁴ (Paterson and Stockmeyer)."""
    powers = [np.eye(len(M), dtype=M.dtype), M]
    while len(powers) <= _BLOCK:
        powers.append(product(M, powers[-1]))
    coefficients = [0.0] + [1 / math.factorial(k) for k in range(1, _TERMS + 1)]
    result = np.zeros_like(M)
    for start in range(_TERMS + 1 - _BLOCK, -1, -_BLOCK):
        part = sum(c * power for c, power in zip(coefficients[start : start + _BLOCK], powers, strict=False))
        result = part + product(powers[_BLOCK], result)
    return result
