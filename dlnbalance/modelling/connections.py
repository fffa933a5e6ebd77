r"""Systems connected to systems: in series, in parallel, in loops, side by side, and by the names of their signals.

.. math:: y = G_2 (G_1 u), \quad y = G_1 u + G_2 u, \quad y = G_1 (u ± G_2 y), \quad
    \mathrm{diag}(G_1, G_2, …).
"""

import difflib
from collections.abc import Callable, Sequence
from functools import reduce
from numbers import Number
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..files.to_libraries import restore_type
from ..linalg.arguments import items, real_number, shown, text
from ..linalg.arrays import is_sparse
from ..systems.interconnections import Wiring, interconnected
from ..systems.linear_system import LinearSystem
from ..systems.signals import common_time_base, joined_names

__all__ = ["append", "connect", "feedback", "parallel", "series"]


def series(*systems: Any) -> Any:
    r"""Systems one behind the other: y = G_k ⋯ G_2 G_1 u.

    Parameters
    ----------
    *systems : system, number or matrix
        Whatever :func:`~dlnbalance.as_system` reads, the first one next to the input, as in python-control; numbers and
        arrays are constant gains. There has to be a system among them.

    Returns
    -------
    system
        Of the kind of the first system, with the inputs of the first and the outputs of the last one; sparse where one
        of them is, with E where one has an E. The states of the last system come first: A is block triangular.

    Raises
    ------
    InvalidArgumentError
        When a system does not have as many inputs as the one before it has outputs, and for time bases that differ
        (None goes with any, True with any sampling time).
    NumericalError
        When matrices leave the range of numbers.

    See Also
    --------
    dlnbalance.LinearSystem : ``G2 * G1`` is ``series(G1, G2)``.

    Examples
    --------
    >>> from dlnbalance import LinearSystem
    >>> float(series(LinearSystem(-1, 1, 1), LinearSystem(-2, 1, 1), 4).dcgain().item())
    2.0
    """
    return _combined(systems, lambda first, second: second * first)


def parallel(*systems: Any) -> Any:
    r"""Systems beside each other with one input and the sum of their outputs: y = G_1 u + G_2 u + ⋯.

    Parameters
    ----------
    *systems : system, number or matrix
        As in :func:`series`; a number is added to every entry.

    Returns
    -------
    system
        Of the kind of the first system, with its signal names.

    Raises
    ------
    InvalidArgumentError
        When numbers of signals or time bases differ.

    See Also
    --------
    dlnbalance.LinearSystem : ``G1 + G2`` is ``parallel(G1, G2)``.

    Examples
    --------
    >>> from dlnbalance import LinearSystem
    >>> float(parallel(LinearSystem(-1, 1, 1), LinearSystem(-2, 1, 1)).dcgain().item())
    1.5
    """
    return _combined(systems, lambda first, second: first + second)


def _combined(systems: Sequence[Any], operation: Callable[[Any, Any], Any]) -> Any:
    operands, like = _operands(systems)
    pairs = zip(systems, operands, strict=True)
    return restore_type(reduce(operation, (s if isinstance(s, Number) else operand for s, operand in pairs)), like)


def feedback(system: Any, other: Any = 1, sign: float = -1) -> Any:
    r"""The closed loop of two systems.

    .. math:: y = G_1 (u ± G_2 y) = (I ∓ G_1 G_2)^{-1} G_1 u.

    Parameters
    ----------
    system : system
        G₁, in the forward path.
    other : system, number or matrix
        G₂, in the return path; a number k stands for k I.
    sign : {-1, 1}
        -1 for negative feedback.

    Returns
    -------
    system
        Of the kind of `system`, with its inputs and outputs.

    Raises
    ------
    InvalidArgumentError
        When the signals or time bases do not fit.
    NumericalError
        When I ∓ D₁D₂ is singular to working precision: an algebraic loop without a solution.

    Notes
    -----
    One LU factorization of the order of the number of signals; E and sparse matrices are not inverted or filled beyond
    the products B_i (…) C_j of what is connected.

    See Also
    --------
    dlnbalance.connect : systems connected wherever an output and an input have the same name.
    dlnbalance.series : systems one behind the other.
    dlnbalance.stability_margin : what uncertainty a loop bears.

    Examples
    --------
    >>> from dlnbalance import LinearSystem
    >>> feedback(LinearSystem(0, 1, 1), 4.0).poles().real
    array([-4.])
    >>> feedback(LinearSystem(0, 1, 1, 1.0), 1, sign=1)
    Traceback (most recent call last):
        ...
    dlnbalance.errors.NumericalError: system: expected a well-posed loop: I − D₁D₂ of the feedthroughs around it (signs included) nonsingular, got an algebraic loop whose reciprocal condition number is 0.0e+00; change a feedthrough or the sign, or put a fast lag or a delay into the loop
    """  # noqa: E501 - the message is one line
    forward = as_system(system)
    direction = real_number("sign", sign, "-1 or 1", lambda s: s in (-1.0, 1.0), remedy="-1 is negative feedback")
    back = _return_path(other, forward)
    m, p = forward.ninputs, forward.noutputs
    if (back.ninputs, back.noutputs) != (p, m):
        raise InvalidArgumentError(
            "other",
            f"{p} inputs and {m} outputs, as many as the system has outputs and inputs",
            f"{back.ninputs} and {back.noutputs}",
            "choose signals by matrices: feedback(system, K * other * L)",
        )
    wiring = Wiring(
        feedback=np.block([[np.zeros((m, p)), direction * np.eye(m)], [np.eye(p), np.zeros((p, m))]]),
        entering=np.eye(m + p, m),
        leaving=np.eye(p, p + m),
    )
    return restore_type(_whole([forward, back], wiring, forward.inputs, forward.outputs), system)


def append(*systems: Any) -> Any:
    r"""Systems side by side that share no signal: diag(G_1, G_2, …).

    Parameters
    ----------
    *systems : system, number or matrix
        As in :func:`series`.

    Returns
    -------
    system
        Of the kind of the first system. Signals keep their names where these differ; where they do not, the names of
        the systems precede them, and where systems have none, signals are counted.

    Raises
    ------
    InvalidArgumentError
        When time bases differ.

    See Also
    --------
    dlnbalance.series : systems one behind the other.
    dlnbalance.parallel : systems beside each other with one input and the sum of their outputs.
    dlnbalance.connect : systems connected wherever an output and an input have the same name.

    Examples
    --------
    >>> from dlnbalance import LinearSystem
    >>> append(LinearSystem(-1, 1, 1, outputs=["speed"]), LinearSystem(-2, 1, 1, outputs=["current"])).outputs
    ('speed', 'current')
    """
    operands, like = _operands(systems)
    m, p = sum(s.ninputs for s in operands), sum(s.noutputs for s in operands)
    names = [system.name for system in operands]
    inputs, outputs = (joined_names([getattr(s, kind) for s in operands], names) for kind in ("inputs", "outputs"))
    return restore_type(_whole(operands, Wiring(np.zeros((m, p)), np.eye(m), np.eye(p)), inputs, outputs), like)


def connect(systems: Sequence[Any], inputs: Sequence[str], outputs: Sequence[str]) -> Any:
    """Systems connected wherever an output and an input have the same name.

    Parameters
    ----------
    systems : sequence of systems
        What :func:`~dlnbalance.as_system` reads. Signals are added and subtracted by constant gains with names, such as
        ``LinearSystem.static([[1, -1]], inputs=["reference", "speed"], outputs=["error"])``, or by
        ``control.summing_junction``.
    inputs : sequence of str
        Signals that come from outside: names of inputs, each of which may belong to several systems.
    outputs : sequence of str
        Signals that are read: names of outputs.

    Returns
    -------
    system
        Of the kind of the first system.

    Raises
    ------
    InvalidArgumentError
        For a name that no signal has (the nearest ones are named), two outputs with the same name, an input that
        nothing drives, a signal that is driven from outside and from inside, and time bases that differ.
    NumericalError
        For an algebraic loop without a solution.

    See Also
    --------
    dlnbalance.feedback : the closed loop of two systems.
    dlnbalance.append : systems side by side that share no signal.

    Examples
    --------
    >>> from dlnbalance import LinearSystem
    >>> motor = LinearSystem(-1, 1, 1, inputs=["voltage"], outputs=["speed"])
    >>> controller = LinearSystem(0, 1, 2, 3, inputs=["error"], outputs=["voltage"])
    >>> difference = LinearSystem.static([[1, -1]], inputs=["reference", "speed"], outputs=["error"])
    >>> loop = connect([motor, controller, difference], inputs=["reference"], outputs=["speed"])
    >>> loop.nstates, round(loop.dcgain().item(), 12)
    (2, 1.0)
    """
    given = items("systems", systems, "a sequence of systems")
    if not given:
        raise InvalidArgumentError("systems", "at least one system", "none", "pass what is to be connected")
    parts = [as_system(system) for system in given]
    entering, leaving = (
        [text(argument, name, "names of signals") for name in _listed(argument, names)]
        for argument, names in (("inputs", inputs), ("outputs", outputs))
    )
    heads = [name for part in parts for name in part.inputs]
    tails = [name for part in parts for name in part.outputs]
    _check_signals(heads, tails, entering, leaving)
    wiring = Wiring(
        feedback=np.array([[float(head == tail) for tail in tails] for head in heads]),
        entering=np.array([[float(head == name) for name in entering] for head in heads]),
        leaving=np.array([[float(tail == name) for tail in tails] for name in leaving]),
    )
    return restore_type(_whole(parts, wiring, tuple(entering), tuple(leaving)), given[0])


def _listed(argument: str, names: Any) -> list[Any]:
    found = [names] if isinstance(names, str) else items(argument, names, "a sequence of names")
    if not found:
        raise InvalidArgumentError(argument, "at least one name", "none", "name the signals of the whole")
    return found


def _check_signals(heads: list[str], tails: list[str], entering: list[str], leaving: list[str]) -> None:
    for argument, names, known, kind in (("inputs", entering, heads, "input"), ("outputs", leaving, tails, "output")):
        for name in names:
            if name not in known:
                raise InvalidArgumentError(
                    argument, f"names of an {kind} of a system", f"{name!r}", _nearest(name, known)
                )
    twice = next((name for name in tails if tails.count(name) > 1), None)
    if twice is not None:
        raise InvalidArgumentError(
            "systems",
            "outputs with different names",
            f"{twice!r} twice",
            "rename one by .replaced(outputs=…), and add the two by LinearSystem.static with names",
        )
    both = next((name for name in entering if name in tails), None)
    if both is not None:
        raise InvalidArgumentError(
            "inputs",
            "signals that no system puts out",
            repr(both),
            "rename the signal from outside, and add the two by LinearSystem.static with names",
        )
    open_input = next((name for name in heads if name not in tails and name not in entering), None)
    if open_input is not None:
        raise InvalidArgumentError(
            "inputs",
            f"what drives {open_input!r}",
            "no output of that name, and no input from outside",
            f"list it among the inputs, or {_nearest(open_input, tails)}",
        )


def _nearest(name: str, known: Sequence[str]) -> str:
    near = [repr(match) for match in difflib.get_close_matches(name, known, n=3)]
    return f"did you mean {' or '.join(near)}?" if near else f"the names are {shown(list(dict.fromkeys(known)))}"


# -- operands -------------------------------------------------------------------------------------------------------


def _operands(values: Sequence[Any]) -> tuple[list[LinearSystem], Any]:
    """Systems and constant gains as systems, and the first that is a system: a result comes back in its form."""
    systems = [value for value in values if not _is_gain(value)]
    if not systems:
        raise InvalidArgumentError(
            "systems", "a system among them", shown(list(values)), "pass LinearSystem.static(D) for a constant gain"
        )
    return [LinearSystem.static(value) if _is_gain(value) else as_system(value) for value in values], systems[0]


def _is_gain(value: Any) -> bool:
    return (isinstance(value, Number | np.ndarray) and not isinstance(value, bool)) or is_sparse(value)


def _return_path(other: Any, forward: LinearSystem) -> LinearSystem:
    if not _is_gain(other):
        return as_system(other)
    gain = LinearSystem.static(other)
    if isinstance(other, Number) and forward.ninputs == forward.noutputs:
        return LinearSystem.static(gain.D * np.eye(forward.ninputs))
    return gain


def _whole(
    systems: Sequence[LinearSystem],
    wiring: Wiring,
    inputs: tuple[str, ...] | None,
    outputs: tuple[str, ...] | None,
) -> LinearSystem:
    dt = reduce(common_time_base, (system.dt for system in systems))
    states = joined_names([s.states for s in systems], [s.name for s in systems])
    blocks = interconnected(systems, wiring)._asdict()
    return LinearSystem(**blocks, dt=dt, inputs=inputs, outputs=outputs, states=states)
