"""What a sweep comes to: reduced models, failures, and what was not finished."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from ..drawable import Drawable
from ..reduction.projected_model import ProjectedModel
from ..summary import headline

__all__ = ["Sweep", "SweepInterrupted"]

# A sweep prints as much as one screen holds: this many of its first systems, as many failures beyond them, each on
# one row of this many characters.
_ROWS = 8
_WIDTH = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep(Drawable):
    """Results of many reductions, in the order of the systems; iterating gives the `models`.

    Attributes
    ----------
    models : tuple
        One entry a system: a ReducedModel (or what `keep` made of it), None where there is none.
    failures : dict of int to Exception
        Why there is none, by the index of the system.
    unfinished : tuple of int
        Indices of the systems that were begun and not finished; empty unless the sweep was cut short.
    labels : tuple of str
        Path or name of each system, "" where it has none.

    See Also
    --------
    dlnbalance.reduce_many : reduce many systems, each as dlnbalance.reduce would, on the workers of an executor.
    dlnbalance.sweeps.SweepInterrupted : a sweep was interrupted from the keyboard.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> sweep = dln.reduce_many([dln.examples.get("heat-rod"), dln.examples.get("random")], order=2)
    >>> [model.order for model in sweep], sweep.failures
    ([2, 2], {})
    """

    models: tuple[Any, ...]
    failures: dict[int, Exception]
    unfinished: tuple[int, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.models)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.models)

    def raise_failures(self) -> Self:
        """Return the sweep itself when no system failed.

        Raises
        ------
        ExceptionGroup
            With all failures; each has a note that names its system.
        """
        if self.failures:
            message = f"{len(self.failures)} of {len(self)} systems could not be reduced"
            raise ExceptionGroup(message, list(self.failures.values()))
        return self

    def __repr__(self) -> str:
        reduced = len(self) - len(self.failures) - len(self.unfinished)
        counts = [f"{reduced} reduced", f"{len(self.failures)} failed"]
        if self.unfinished:
            counts.append(f"{len(self.unfinished)} unfinished")
        shown = [*range(min(len(self), _ROWS)), *[i for i in self.failures if i >= _ROWS][:_ROWS]]
        lines = [f"Sweep of {len(self)} systems: {', '.join(counts)}", *map(self._row, shown)]
        if len(shown) < len(self):
            lines.append(f"  and {len(self) - len(shown)} more")
        return "\n".join(lines)

    def _row(self, index: int) -> str:
        if index in self.failures:
            error = self.failures[index]
            text = f"FAILED, {type(error).__name__}: {error}"
        elif index in self.unfinished:
            text = "unfinished"
        else:
            text = _brief(self.models[index])
        label = f"{self.labels[index]}: " if self.labels[index] else ""
        line = " ".join(f"  {index:>3}  {label}{text}".splitlines())
        return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


class SweepInterrupted(KeyboardInterrupt):
    """A sweep was interrupted from the keyboard; `sweep` holds the results so far.

    Attributes
    ----------
    sweep : Sweep
        In an interactive session it is ``sys.last_value.sweep``.

    See Also
    --------
    dlnbalance.reduce_many : reduce many systems, each as dlnbalance.reduce would, on the workers of an executor.
    dlnbalance.Sweep : results of many reductions, in the order of the systems.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> issubclass(dln.sweeps.SweepInterrupted, KeyboardInterrupt)
    True
    """

    def __init__(self, sweep: Sweep):
        super().__init__(sweep)
        self.sweep = sweep

    def __str__(self) -> str:
        return f"interrupted, {len(self.sweep.unfinished)} of {len(self.sweep)} systems are unfinished"


def _brief(result: Any) -> str:
    """One line about what was kept."""
    if not isinstance(result, ProjectedModel):
        return headline(result)
    text = result.order_facts()[0].text
    if not result.error_is_finite:
        return f"{text}, NOT STABLE beyond rounding"
    if result.measured is not None:
        return f"{text}, {result.error_name} {result.measured}"
    return text if result.bound is None else f"{text}, {result.measure} at most {result.bound:.4g}"
