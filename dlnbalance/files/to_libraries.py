"""Systems to other libraries: back to the kind of object that a model came as."""

import sys
import traceback
import warnings
from collections.abc import Callable
from itertools import takewhile
from typing import Any

import numpy as np

from ..errors import ConversionWarning, NumericalError
from ..systems.dyadic import Scaled
from ..systems.linear_system import LinearSystem
from ..systems.state_matrices import Realization
from ..systems.transfer_functions import factored_entries, polynomial_entries
from .from_libraries import library_of

__all__ = ["restore_type"]


def restore_type(system: LinearSystem, like: Any) -> Any:
    """Return `system` as the kind of object that `like` is.

    python-control and scipy.signal objects give back objects of the same class; everything else (tuples, paths,
    LinearSystem) gives the LinearSystem itself.

    Warns
    -----
    ConversionWarning
        When `like` is a transfer function, and no transfer function in double precision has the response of `system`
        to 1e-8 of its norm: then its state space is returned.

    See Also
    --------
    dlnbalance.as_system : turn anything that describes a linear system into a LinearSystem.
    dlnbalance.ConversionWarning : a result comes in another form than what was passed in.

    Examples
    --------
    >>> import control
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> isinstance(restore_type(system, control.ss(-2, 1, 1, 0)), control.StateSpace)
    True
    """
    library = library_of(like)
    if library == "control":
        import control

        is_transfer_function = isinstance(like, control.TransferFunction)
        return _or_state_space(system.to_transfer_function, system.to_control, is_transfer_function)
    if library == "scipy":
        return _to_scipy_kind(system, like)
    return system


def _or_state_space(to_kind: Callable[[], Any], to_state_space: Callable[[], Any], is_transfer_function: bool) -> Any:
    """The transfer function that is wanted, or the state space and the reason."""
    if is_transfer_function:
        try:
            return to_kind()
        except NumericalError as error:
            warnings.warn(f"returned in state space: {error}", ConversionWarning, stacklevel=_calls_inside() + 1)
    return to_state_space()


def _calls_inside() -> int:
    """Number of calls between the caller and whoever called the library, so that a warning names a line of theirs."""
    inside = {__name__.partition(".")[0], "functools"}  # the latter dispatches on types
    names = (frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_stack(sys._getframe(1)))
    return sum(1 for _ in takewhile(lambda name: name.partition(".")[0] in inside, names))


def _to_scipy_kind(system: LinearSystem, like: Any) -> Any:
    import scipy.signal

    if isinstance(like, scipy.signal.TransferFunction):
        return _or_state_space(lambda: _scipy_quotient(system), system.to_scipy, True)
    is_factored = isinstance(like, scipy.signal.ZerosPolesGain)
    return _or_state_space(lambda: _scipy_factors(system), system.to_scipy, is_factored)


def _scipy_factors(system: LinearSystem) -> Any:
    import scipy.signal

    if (system.ninputs, system.noutputs) != (1, 1):
        raise NumericalError(
            "system", "one input and one output (scipy holds no others)", "several", "keep the state-space model"
        )
    entry = factored_entries(_matrices(system), discrete=bool(system.dt))[0][0]
    gain = Scaled(np.array(entry.gain), np.array(entry.exponent)).value.item()
    if not np.isfinite(gain) or (gain == 0) != (entry.gain == 0):
        raise NumericalError("system", "a gain that is a double", f"2^{entry.exponent}", "keep the state-space model")
    return scipy.signal.ZerosPolesGain(entry.zeros, entry.poles, gain, **_sampling(system))


def _scipy_quotient(system: LinearSystem) -> Any:
    import scipy.signal

    entries = [row[0] for row in polynomial_entries(_matrices(system), discrete=bool(system.dt))]
    below = entries[0].denominator
    if system.ninputs > 1 or not all(np.array_equal(entry.denominator, below) for entry in entries):
        raise NumericalError(
            "system", "one input and one denominator (scipy holds no others)", "several", "use to_transfer_function"
        )
    rows = [np.pad(entry.numerator, (below.size - entry.numerator.size, 0)) for entry in entries]
    result = scipy.signal.TransferFunction([1.0], [1.0], **_sampling(system))
    # Set after the fact: the constructor takes coefficients below 1e-14 for rounding and drops them.
    result.num, result.den = (np.vstack(rows) if len(rows) > 1 else entries[0].numerator), below
    return result


def _matrices(system: LinearSystem) -> Realization:
    return Realization(*system.to_tuple()[:4])


def _sampling(system: LinearSystem) -> dict[str, Any]:
    return {"dt": system.dt} if system.is_discrete else {}
