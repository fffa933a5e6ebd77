"""What a picture is of: systems with their names, channels and units."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import is_integer, items, shown, text
from ..reduction.projected_model import ProjectedModel
from ..reduction.reduced_model import ReducedModel
from ..structured.model import Model
from ..systems.linear_system import LinearSystem
from .looks import plain

__all__ = [
    "Channel",
    "Subjects",
    "all_channels",
    "checked_labels",
    "chosen_channels",
    "gain_unit",
    "has_response",
    "subjects_of",
    "unit_of",
]

_MOST_CHANNELS = 36  # panels of one picture that can still be read
_UNIT = re.compile(r"\s*[\[(]\s*([^\[\]()]*[^\[\]()\d\s][^\[\]()]*)[\])]\s*$")  # in brackets, and no number as in u[0]


class Subjects(NamedTuple):
    """The systems of a picture, their names in the legend, and its title."""

    models: list[LinearSystem]
    names: list[str]
    title: str


class Channel(NamedTuple):
    """One entry of a transfer matrix: row and column, and the names of its signals."""

    row: int
    column: int
    output: str
    input: str

    @property
    def title(self) -> str:
        """From which signal to which."""
        return f"{plain(self.input)} → {plain(self.output)}"


def subjects_of(systems: Any, labels: Sequence[str] | None, what: str = "response") -> Subjects:
    """Systems to draw, their names in the legend, and the title; `what` is drawn of them."""
    if isinstance(systems, ReducedModel):
        models = [systems.full, systems.linear]
        names = [f"full, n = {systems.full_order}", f"reduced, r = {systems.order}"]
        name = systems.full.name
        of = f"{plain(name)}: {what}" if name else what.capitalize()
        found = Subjects(models, names, f"{of}, r = {systems.order} of {systems.full_order}")
    elif isinstance(systems, ProjectedModel | Model):
        found = Subjects(*_shown_by(systems), what.capitalize())
    else:
        models = [as_system(system) for system in (systems if isinstance(systems, list) else [systems])]
        if not models:
            raise InvalidArgumentError("systems", "at least one system", "an empty list", "pass what is to be drawn")
        name = models[0].name if len(models) == 1 else None
        found = Subjects(models, _names(models), f"{plain(name)}: {what}" if name else what.capitalize())
    return found if labels is None else found._replace(names=checked_labels(labels, len(found.models)))


def _names(models: Sequence[LinearSystem]) -> list[str]:
    """Names of systems in a legend: their own; else the number of states, and which it is where that is not enough."""
    names = [model.name or f"n = {model.nstates}" for model in models]
    return [f"{name} ({k + 1} of {len(names)})" if names.count(name) > 1 else name for k, name in enumerate(names)]


def checked_labels(labels: Any, count: int) -> list[str]:
    """Names of curves as they were given; refuse other than one for each."""
    given = [text("labels", label, "names that are texts") for label in items("labels", labels, "a sequence of names")]
    if len(given) != count:
        raise InvalidArgumentError("labels", f"{count} names", f"{len(given)}", "give every curve one")
    return given


def _shown_by(subject: ProjectedModel | Model) -> tuple[list[LinearSystem], list[str]]:
    """Linear systems whose responses show a model of another class, or two such models."""
    if isinstance(subject, Model):
        named = subject.linear_systems()
    else:
        models = {"full": subject.full, "reduced": subject.system}
        named = {f"{which}, {name}": s for which, model in models.items() for name, s in model.linear_systems().items()}
    if not named:
        what = type(subject).__name__
        remedy = "draw its singular values with hankel"
        raise InvalidArgumentError("systems", "a model with a frequency response", f"a {what} without one", remedy)
    return list(named.values()), list(named)


def has_response(model: ProjectedModel) -> bool:
    """Whether there is a frequency response to draw of a reduced model."""
    return isinstance(model, ReducedModel) or bool(model.full.linear_systems())


def all_channels(model: LinearSystem) -> list[Channel]:
    """Every channel of a system, row by row."""
    return [Channel(i, j, y, u) for i, y in enumerate(model.outputs) for j, u in enumerate(model.inputs)]


def chosen_channels(models: Sequence[LinearSystem], channels: Any) -> list[Channel]:
    """The channels that were asked for: all for True, or (output, input) by names or indices.

    Raises
    ------
    InvalidArgumentError
        For names that are not there, systems with different numbers of signals, and more channels than can be read.
    """
    first = models[0]
    if any((model.noutputs, model.ninputs) != (first.noutputs, first.ninputs) for model in models):
        sizes = ", ".join(f"{model.noutputs} × {model.ninputs}" for model in models)
        raise InvalidArgumentError("systems", "the same numbers of signals", sizes, "draw these apart")
    every = all_channels(first)
    found = every if channels is True else [_channel(first, each) for each in _pairs(channels)]
    if not 0 < len(found) <= _MOST_CHANNELS:
        expected = f"1 to {_MOST_CHANNELS} channels"
        raise InvalidArgumentError("channels", expected, f"{len(found)}", "name some: [(output, input), …]")
    return found


def _pairs(channels: Any) -> list[Any]:
    expected = "True, or pairs (output, input) of names"
    return list(items("channels", channels, expected, remedy="pass for example [('y[0]', 'u[0]')]"))


def _channel(model: LinearSystem, pair: Any) -> Channel:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        raise InvalidArgumentError("channels", "pairs (output, input)", shown(pair), "pass [('y[0]', 'u[0]')]")
    row, column = _index(pair[0], model.outputs, "outputs"), _index(pair[1], model.inputs, "inputs")
    return Channel(row, column, model.outputs[row], model.inputs[column])


def _index(signal: Any, names: Sequence[str], kind: str) -> int:
    if is_integer(signal) and 0 <= signal < len(names):
        return int(signal)
    if isinstance(signal, str) and signal in names:
        return names.index(signal)
    raise InvalidArgumentError("channels", f"one of the {kind}", shown(signal), f"they are {', '.join(names[:8])}")


def unit_of(name: str) -> str:
    """The unit that a signal names in brackets at its end; empty for none.

    Examples
    --------
    >>> unit_of("force [N]"), unit_of("speed (m/s)"), unit_of("u[0]")
    ('N', 'm/s', '')
    """
    found = _UNIT.search(name)
    return found[1].strip() if found else ""


def gain_unit(model: LinearSystem, channel: Channel | None = None) -> str:
    """Unit of a gain by the names of the signals: of a channel, or of a whole system whose signals have the same.

    Examples
    --------
    >>> gain_unit(LinearSystem([[-1.0]], [[1.0]], [[1.0]], inputs=["force [N]"], outputs=["way [m]"]))
    'm per N'
    """
    outputs = model.outputs if channel is None else [channel.output]
    inputs = model.inputs if channel is None else [channel.input]
    units = [{unit_of(name) for name in names} for names in (outputs, inputs)]
    if any(len(each) != 1 or "" in each for each in units):
        return ""
    return " per ".join(each.pop() for each in units)
