"""Closed loops of a plant and a controller: whether they are stable, and how far they are from not being so."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError, UnstableSystemError
from ..files.conversion import as_system
from ..gramians.stability import is_stable
from ..linalg.arguments import real_number
from ..linalg.immutable import Immutable
from ..modelling.connections import append, feedback
from ..systems.linear_system import LinearSystem
from .peaks import PeakGain
from .system_norms import hinf_norm

__all__ = ["Loop", "stability_margin"]


@dataclass(frozen=True, eq=False)
class Loop(Immutable):
    r"""A plant G and a controller K in a loop: y_m = G u + d_y, u = d_u ± K y_m.

    Parameters
    ----------
    plant, controller : LinearSystem
        G with m inputs and p outputs, and K with p inputs and m outputs.
    sign : float
        -1 for negative feedback, 1 for positive.

    See Also
    --------
    dlnbalance.stability_margin : what uncertainty a loop bears.
    dlnbalance.reduce_controller : reduce a controller so that its loop with a plant stays stable and changes little.

    Examples
    --------
    >>> loop = Loop(LinearSystem(1, 1, 1), LinearSystem.static(3.0))
    >>> loop.stable, loop.sensitivity.poles().real.round(12).tolist()
    (True, [-2.0])
    """

    plant: LinearSystem
    controller: LinearSystem
    sign: float = -1.0

    @cached_property
    def closed(self) -> LinearSystem:
        """From the disturbances (d_y, d_u) to what the controller gets and gives, (y_m, K y_m)."""
        p, m = self.plant.D.shape
        # append(G, K) has the inputs (u, y_m) and the outputs (y, K y_m).
        around = np.block([[np.zeros((m, p)), self.sign * np.eye(m)], [np.eye(p), np.zeros((p, m))]])
        loop = feedback(append(self.plant, self.controller), around, sign=1)
        output_first = np.eye(m + p)[:, np.r_[m : m + p, :m]]
        return loop * output_first + np.eye(p + m) * (np.arange(p + m) < p)

    @cached_property
    def stable(self) -> bool:
        """Whether the loop is internally stable beyond rounding."""
        return is_stable(self.closed)

    @property
    def sensitivity(self) -> LinearSystem:
        """(I ∓ GK)⁻¹, from d_y to y_m."""
        p = self.plant.noutputs
        return np.eye(p, self.closed.noutputs) * self.closed * np.eye(self.closed.ninputs, p)

    @property
    def disturbed(self) -> LinearSystem:
        """(I ∓ GK)⁻¹G, from d_u to y_m."""
        p = self.plant.noutputs
        return np.eye(p, self.closed.noutputs) * self.closed * np.eye(self.closed.ninputs)[:, p:]

    @cached_property
    def norm(self) -> PeakGain:
        """Largest gain of `closed`; at least 1."""
        return hinf_norm(self.closed)

    @property
    def margin(self) -> float:
        """Vinnicombe's stability margin, see :func:`stability_margin`."""
        return 1 / self.norm.value if self.stable else 0.0


def loop_of(plant: Any, controller: Any, sign: Any) -> Loop:
    """Return the loop of anything that :func:`as_system` reads, refused where signals or time bases do not fit."""
    direction = real_number("sign", sign, "-1 or 1", lambda s: s in (-1.0, 1.0), remedy="-1 is negative feedback")
    system, back = as_system(plant), as_system(controller)
    p, m = system.noutputs, system.ninputs
    if (back.ninputs, back.noutputs) != (p, m):
        raise InvalidArgumentError(
            "controller",
            f"{p} inputs and {m} outputs, as many as the plant has outputs and inputs",
            f"{back.ninputs} and {back.noutputs}",
            "choose signals by matrices: K * controller * L",
        )
    loop = Loop(system, back, direction)
    try:
        _ = loop.closed
    except InvalidArgumentError as error:
        raise type(error)("controller", error.expected, error.received, error.remedy) from None
    return loop


def check_stabilizes(loop: Loop) -> None:
    """Refuse a controller that does not stabilize the plant; say so where it does with the other sign."""
    if loop.stable:
        return
    other = Loop(loop.plant, loop.controller, -loop.sign)
    remedy = "pass a controller that stabilizes the plant"
    if other.stable:
        remedy = f"pass sign={-loop.sign:g}: then the loop is stable"
    received = f"a loop that is not stable with sign={loop.sign:g}"
    raise UnstableSystemError("controller", "a controller that stabilizes the plant", received, remedy)


def stability_margin(plant: Any, controller: Any, sign: float = -1) -> float:
    r"""Vinnicombe's stability margin of a loop, the size of coprime factor uncertainty that it bears.

    .. math:: b_{G,K} = \left\| \begin{pmatrix} I \\ K \end{pmatrix} (I \mp GK)^{-1}
              \begin{pmatrix} I & G \end{pmatrix} \right\|_\infty^{-1}, \qquad 0 \le b_{G,K} \le 1 .

    A controller with this margin stabilizes every plant G' with :math:`δ_ν(G, G') < b_{G,K}`, and every controller K'
    with :math:`δ_ν(K, K') < b_{G,K}` stabilizes the plant [1]_.

    Parameters
    ----------
    plant, controller : LinearSystem or anything :func:`as_system` reads
        G and K, stable or not, with the same time base.
    sign : {-1, 1}
        -1 for negative feedback.

    Returns
    -------
    float
        The margin, 0 for a loop that is not stable.

    Raises
    ------
    InvalidArgumentError
        When the signals or time bases do not fit.
    NumericalError
        When the loop is not well posed.

    Notes
    -----
    One H∞ norm of the closed loop, which has as many states as plant and controller together. The units of the signals
    matter: a gain of one is where the margin tells most.

    References
    ----------
    .. [1] G. Vinnicombe, "Frequency domain uncertainty and the graph topology", IEEE Trans. Automat. Control 38 (1993)
       1371-1383, Theorem 4.5.

    See Also
    --------
    dlnbalance.norms.gaps.nu_gap : the distance it is compared with.
    dlnbalance.reduction.controllers.reduce_controller : controllers of lower order.

    Examples
    --------
    For G = 1/(s − 1) and K = 3 the norm is 3.16 at high frequencies, √(1 + K²), and 2.24 at low ones.

    >>> round(stability_margin(LinearSystem(1, 1, 1), LinearSystem.static(3.0)), 9)
    0.316227766
    >>> stability_margin(LinearSystem(1, 1, 1), LinearSystem.static(0.5))
    0.0
    """
    return loop_of(plant, controller, sign).margin
