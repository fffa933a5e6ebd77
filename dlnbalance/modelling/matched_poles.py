r"""Zeros and poles mapped by z = exp(s h), and back; the gain at zero frequency stays."""

import numpy as np

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arrays import Array
from ..systems.dyadic import Scaled, scaled_product
from ..systems.linear_system import LinearSystem
from ..systems.rational import Factored
from ..systems.realizations import realize
from ..systems.state_matrices import Realization
from ..systems.transfer_functions import factored_entries

__all__ = ["matched", "unmatched"]


def matched(system: LinearSystem, h: float) -> LinearSystem:
    r"""The discrete system whose finite zeros and poles are exp(z_i h) and exp(p_i h).

    .. math:: G_d(z) = g_d \prod_i (z - e^{z_i h}) / \prod_i (z - e^{p_i h}), \qquad
        \lim_{z → 1} G_d(z) / ((z - 1)/h)^k = \lim_{s → 0} G(s) / s^k.

    Zeros at infinity stay there, as in python-control. The limits agree whatever number k of zeros (or poles, k < 0)
    lies at the origin; for k = 0 they are the DC gains.

    Parameters
    ----------
    system : LinearSystem
        Continuous, with one input and one output; its minimal part counts.
    h : float
        Sampling time.

    Raises
    ------
    InvalidArgumentError
        For several inputs or outputs.
    NumericalError
        When there are no zeros and poles with this response in double precision, or exp leaves the range of numbers.

    Examples
    --------
    >>> matched(LinearSystem(0, 3, 1), 0.1)(1.5).item().real
    0.6
    """
    function = _function(system, discrete=False)
    with np.errstate(over="ignore", invalid="ignore"):
        zeros, poles = np.exp(function.zeros * h), np.exp(function.poles * h)
    return _realized(system, zeros, poles, _gain(function, function.zeros, function.poles, h), h)


def unmatched(system: LinearSystem, h: float) -> LinearSystem:
    """The continuous system of which :func:`matched` makes this one.

    Parameters
    ----------
    system : LinearSystem
        Discrete, with one input and one output.
    h : float
        Sampling time.

    Raises
    ------
    InvalidArgumentError
        For several inputs or outputs, and zeros or poles at 0 or on the negative real axis.
    NumericalError
        When there are no zeros and poles with this response in double precision.

    Examples
    --------
    >>> unmatched(matched(LinearSystem(-2, 3, 1), 0.1), 0.1).dcgain().round(12).item()
    1.5
    """
    function = _function(system, discrete=True)
    for what, values in (("zeros", function.zeros), ("poles", function.poles)):
        wrong = values[(values.imag == 0) & (values.real <= 0)]
        if wrong.size:
            raise InvalidArgumentError(
                "system",
                f"{what} off the negative real axis and the origin, which are no images of finite ones",
                f"{wrong[0].real:.3g}",
                "use method='tustin'",
            )
    zeros, poles = np.log(function.zeros) / h, np.log(function.poles) / h
    return _realized(system, zeros, poles, _gain(function, poles, zeros, h), 0)


def _function(system: LinearSystem, *, discrete: bool) -> Factored:
    if (system.ninputs, system.noutputs) != (1, 1):
        raise InvalidArgumentError(
            "method",
            "'zoh', 'foh' or 'tustin' for several inputs or outputs",
            "'matched'",
            "choose one of these, or sample every entry by itself",
        )
    return factored_entries(Realization(*system.to_tuple()[:4]), discrete=discrete)[0][0]


def _gain(function: Factored, above: Array, below: Array, h: float) -> Scaled:
    r"""The gain times Π s/(exp(s h) − 1) over the values above, divided by that over those below."""
    gain = function.gain if function.is_real else complex(function.gain)
    up, down = (scaled_product([np.array(_share(s, h)) for s in values], 1.0 + 0j) for values in (above, below))
    ratio = up / down
    mantissa = ratio.mantissa.real if function.is_real else ratio.mantissa
    return Scaled(gain * mantissa, ratio.exponent + function.exponent)


def _share(s: complex, h: float) -> complex:
    with np.errstate(all="ignore"):
        return complex(s / np.expm1(s * h)) if s else 1 / h


def _realized(system: LinearSystem, zeros: Array, poles: Array, gain: Scaled, dt: float) -> LinearSystem:
    mantissa = gain.mantissa.item()
    if not all(np.isfinite(values).all() for values in (zeros, poles, np.array(mantissa))):
        raise NumericalError(
            "dt", "exponentials of zeros and poles within the range of numbers", "overflow", "choose a shorter dt"
        )
    function = Factored(zeros, poles, mantissa, int(gain.exponent))
    A, B, C, D = realize([[function]], discrete=dt > 0)
    return system.replaced(A=A, B=B, C=C, D=D, E=None, dt=dt, states=None)
