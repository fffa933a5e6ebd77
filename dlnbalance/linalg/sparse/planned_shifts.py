r"""Shifts for poles that are known beforehand, the least damped first, and how many of them it takes.

A step with the shift α multiplies the part of the residual factor along an eigenvector of λ by
:math:`(λ - \bar α)/(λ + α)`. To take the point of largest remaining part as the next shift, again and again, is the
choice of Leja and Bagby points: it spreads them over a continuum as evenly as its logarithmic capacity asks, and meets
separate poles one by one [1]_, [2]_.

References
----------
.. [1] T. Penzl, "A cyclic low-rank Smith method for large sparse Lyapunov equations", SIAM J. Sci. Comput. 21 (2000)
   1401-1418.
.. [2] G. Starke, "Near-circularity for the rational Zolotarev problem in the complex plane", J. Approx. Theory 70
   (1992) 115-130.
"""

import numpy as np

from ..arrays import Array
from .shifts import History, next_shift

__all__ = ["PlannedShifts"]

_TOGETHER = 1.0  # logarithm by which the parts of points have to be below the residual: a few of them add up


class PlannedShifts:
    """The parts of the residual factor along poles that are known, and the next shift for them.

    Parameters
    ----------
    points : (k,) complex array
        Poles in the left half plane; for real data those of the upper half plane are enough.
    weights : (k,) array
        Logarithms of the parts that the right-hand sides have along them, relative to their norms.
    history : History
        Shifts used so far.

    Examples
    --------
    >>> plan = PlannedShifts(np.array([-1.0 + 9j, -2.0 + 0j]), np.zeros(2), History([], [], paired=True))
    >>> plan.foreseen(1e-10), plan.shift()
    (2, (-1-9j))
    """

    def __init__(self, points: Array, weights: Array, history: History):
        self._points, self._paired = points, history.paired
        self._levels = weights + history.damping(points)

    def shift(self) -> complex:
        """The shift for the point that matters most."""
        return next_shift(self._points, self._levels, History([], [], paired=self._paired))

    def take(self, alpha: complex, steps: int) -> None:
        """Note that a shift was used."""
        self._levels = self._levels + History([alpha], [steps], paired=self._paired).damping(self._points)

    def is_done(self, tol: float) -> bool:
        """Whether all parts that are known are below a relative residual."""
        return bool(self._levels.max() <= np.log(tol) / 2 - _TOGETHER)

    def foreseen(self, tol: float, most: int = 10**4) -> int:
        """Number of further shifts until then, one step each; `most` where it takes more. O(k) for each."""
        trial = PlannedShifts(self._points, self._levels, History([], [], paired=self._paired))
        for count in range(most):
            if trial.is_done(tol):
                return count
            trial.take(trial.shift(), 1)
        return most
