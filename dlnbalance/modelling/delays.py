r"""Delays: exactly in discrete time, by Padé approximation in continuous time.

.. math:: y(t) = u(t - τ), \quad G(s) = e^{-sτ} ≈ \frac{P_N(-sτ)}{P_N(sτ)}; \qquad y_t = u_{t-k}, \quad G(z) = z^{-k}.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..files.to_libraries import restore_type
from ..linalg.arguments import shown
from ..linalg.arrays import Array, in_range, real_vector, whole_number
from ..systems.linear_system import LinearSystem
from .connections import append

__all__ = ["delay_line", "delayed", "pade"]

# Of a number of samples, up to which a delay counts as a whole number of them: seconds that were divided and multiplied
# carry a few roundings, and a thousandth of a millionth of a sample is less than any clock keeps.
_WHOLE = 1e-9
_LONG = 1500  # states up to which full matrices are formed unasked, as elsewhere


def pade(delay: float, order: int) -> LinearSystem:
    r"""Padé approximation of a delay, in balanced coordinates.

    Parameters
    ----------
    delay : float
        τ ≥ 0, in seconds.
    order : int
        N, the number of states: numerator and denominator have this degree.

    Returns
    -------
    LinearSystem
        All-pass, with both Gramians equal to the identity. Its response at iω differs from that of the delay by less
        than 0.04 up to ωτ = N from N = 2 on, by less than 0.03 up to ωτ = 1.5 N from N = 10 on, and by O(1) beyond 2N.

    Raises
    ------
    InvalidArgumentError
        For a negative delay, and an order below 1.

    Notes
    -----
    Lambert's continued fraction of tanh(sτ/2) [1]_ is a lossless ladder with the elements 2, 6, 10, …, 4N − 2: a
    tridiagonal matrix that is skew but for one entry. Closed by a unit resistance it is the approximation, and its
    inverse is -A. No polynomial is formed, whose coefficients span (2N)!/N!: the order may be in the hundreds. O(N³).

    References
    ----------
    .. [1] G. A. Baker, P. Graves-Morris, "Padé Approximants", 2nd ed., Cambridge University Press 1996, section 4.2.

    See Also
    --------
    dlnbalance.modelling.delayed : a system whose inputs and outputs are delayed.
    dlnbalance.modelling.delay_line : a delay of some samples, exactly.

    Examples
    --------
    >>> system = pade(0.5, 4)
    >>> f"{abs(system(3j).item() - np.exp(-1.5j)):.1e}"
    '1.4e-06'
    """
    (seconds,) = _seconds("delay", delay, 1)
    n = whole_number("order", order)
    if not seconds:
        return LinearSystem.static(1, 0)
    elements = np.sqrt(4.0 * np.arange(n) + 2)
    links = 1 / (elements[:-1] * elements[1:])
    ladder = np.diag(links, 1) - np.diag(links, -1)
    ladder[0, 0] = 0.5
    first = np.eye(n, 1) / elements[0]
    A = -la.solve(ladder, np.eye(n))
    B, C = la.solve(ladder, first), la.solve(ladder.T, first).T
    D = 1 - 2 * (first.T @ B)
    with np.errstate(over="ignore"):
        A, root = A / seconds, np.sqrt(2 / seconds)
    in_range("delay", np.append(A, root), "rates of 1/delay", "leave out a delay this short")
    return LinearSystem(A, root * B, root * C, np.round(D))  # D is 1 or -1


def delay_line(steps: int, dt: float | bool | None = True) -> LinearSystem:
    r"""A delay of some samples: a shift register, G(z) = z⁻ᵏ.

    Parameters
    ----------
    steps : int
        k ≥ 0, the number of states.
    dt : float or True
        Sampling time; True where it is not specified.

    Returns
    -------
    LinearSystem
        Sparse from 1501 steps on.

    Raises
    ------
    InvalidArgumentError
        For a negative number of steps, and a time base that is not discrete.

    See Also
    --------
    dlnbalance.modelling.delayed : a system whose inputs and outputs are delayed.
    dlnbalance.modelling.pade : Padé approximation of a delay, in balanced coordinates.

    Examples
    --------
    >>> delay_line(3, 0.1)(2.0).item()
    0.125
    """
    k = whole_number("steps", steps, 0)
    if not k:
        gain = LinearSystem.static(1, dt)
        _check_discrete(gain)
        return gain
    last = np.zeros((1, k))
    last[0, -1] = 1
    shift = sp.eye_array(k, k=-1) if k > _LONG else np.eye(k, k=-1)
    line = LinearSystem(shift, np.eye(k, 1), last, dt=dt)
    _check_discrete(line)
    return line


def _check_discrete(line: LinearSystem) -> None:
    if line.dt is None or not line.is_discrete:
        raise InvalidArgumentError("dt", "a sampling time or True", f"{line.dt}", "use pade in continuous time")


def delayed(system: Any, *, input_delays: Any = None, output_delays: Any = None, order: int | None = None) -> Any:
    r"""A system whose inputs and outputs are delayed.

    .. math:: G_τ(s) = \mathrm{diag}(e^{-s τ_i}) \, G(s) \, \mathrm{diag}(e^{-s τ_j}).

    Parameters
    ----------
    system : system
        Whatever :func:`~dlnbalance.as_system` reads.
    input_delays, output_delays : float or sequence of float, optional
        Seconds, one number for all or one for each signal. In discrete time multiples of the sampling time (with
        ``dt=True``, numbers of samples).
    order : int, optional
        Order of the Padé approximation of each delay; only in continuous time, and needed there.

    Returns
    -------
    system
        Of the kind of `system`, with its signal names and its name; sparse where it is, with its E.

    Raises
    ------
    InvalidArgumentError
        For negative delays, the wrong number of them, delays between samples, and a missing order.

    See Also
    --------
    pade, delay_line : The systems that are put in series.

    Examples
    --------
    >>> lag = LinearSystem(0.5, 1, 1, dt=0.1)
    >>> delayed(lag, input_delays=0.2).nstates, delayed(lag, input_delays=0.2)(2.0).item() == lag(2.0).item() / 4
    (3, True)
    """
    plant = as_system(system)
    before = _delays("input_delays", input_delays, plant.ninputs, plant, order)
    after = _delays("output_delays", output_delays, plant.noutputs, plant, order)
    result = plant
    if before is not None:
        result = result * before
    if after is not None:
        result = after * result
    result = result.replaced(inputs=plant.inputs, outputs=plant.outputs, name=plant.name)
    return restore_type(result, system)


def _delays(argument: str, delays: Any, count: int, plant: LinearSystem, order: int | None) -> LinearSystem | None:
    """The delays of all inputs, or all outputs, side by side; None where there are none."""
    if delays is None:
        return None
    seconds = _seconds(argument, delays, count)
    if not seconds.any():
        return None
    if plant.is_discrete:
        return append(*(delay_line(k, plant.dt) for k in _steps(argument, seconds, plant)))
    if order is None:
        raise InvalidArgumentError(
            "order",
            "the order of the Padé approximation of a delay in continuous time",
            "none",
            "choose one: it follows the delay up to about ω delay = 1.5 order",
        )
    return append(*(pade(tau, order) for tau in seconds.tolist()))


def _steps(argument: str, seconds: Array, plant: LinearSystem) -> Sequence[int]:
    samples = seconds / plant.sampling_time
    steps = np.round(samples)
    if (np.abs(samples - steps) > _WHOLE * np.maximum(steps, 1)).any():
        raise InvalidArgumentError(
            argument,
            f"multiples of the sampling time {plant.sampling_time:g}",
            shown(seconds.tolist()),
            "round them, or delay the continuous system and sample that (modelling.c2d)",
        )
    return [int(step) for step in steps]


def _seconds(argument: str, delays: Any, count: int) -> Array:
    values = real_vector(argument, delays, "delays in seconds")
    if values.size not in (1, count) or (values < 0).any():
        expected = f"{count} delays that are not negative" if count > 1 else "a delay that is not negative"
        raise InvalidArgumentError(argument, expected, shown(delays), "pass one for each signal, or one for all")
    return np.broadcast_to(values, (count,))
