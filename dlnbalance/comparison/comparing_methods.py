"""The ways to reduce one model, side by side over several orders, and which of them to take."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import scipy.linalg as la

from ..errors import DlnBalanceError, InvalidArgumentError
from ..files.conversion import as_system
from ..gramians.base import HINF_ERROR, GramianStrategy, checked_strategy
from ..gramians.coprime import Coprime
from ..gramians.lyapunov import Lyapunov
from ..gramians.stability import is_stable
from ..gramians.weighted import Weighted
from ..linalg.arguments import is_integer, items, one_of, shown
from ..linalg.arrays import Array, whole_number
from ..norms.frequencies import telling_frequencies
from ..norms.responses import frequency_grid, frequency_response
from ..reduction.kept import checked_wish
from ..reduction.orders import suggested_orders
from ..reduction.projected_model import METHODS, Method
from ..reduction.truncation import reduce, selection_of
from ..systems.linear_system import LinearSystem
from .charts import Chart
from .comparison_tables import Comparison

__all__ = ["Way", "compare_methods"]

Criterion = Literal["absolute", "relative", "dc", "weighted"]

#: What is measured: in words, and as a column is headed.
_CRITERIA: dict[str, tuple[str, str]] = {
    "absolute": ("largest error", "error"),
    "relative": ("largest error relative to the gain", "relative"),
    "dc": ("error at frequency zero", "at zero"),
    "weighted": ("largest error between the weights", "weighted"),
}

# A way that is better by less than this is not worth leaving balanced truncation for, whose bound is proved.
_WORTHWHILE = 0.1
_ANY_TOLERANCE = 0.5  # relative; the singular values are asked for, and any model has them
_AT_A_POLE = 1e-10  # distance of a frequency from a pole, relative to it, below which there is no gain to compare
_POINTS = 200  # of the logarithmic grid on which errors are sampled, before resonances are added


class Way(NamedTuple):
    """A kind of Gramians and a method.

    Attributes
    ----------
    gramians : GramianStrategy
        Which Gramians.
    method : str
        What becomes of the states that are dropped, as for :func:`~dlnbalance.reduction.truncation.reduce`.

    See Also
    --------
    dlnbalance.compare_methods : reduce a model in every way that applies, over several orders, and recommend one.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> extra = {"low rank": dln.comparison.Way(dln.LowRank(), "residualize")}
    >>> table = dln.compare_methods(dln.examples.get("heat-rod"), [2], ways=extra)
    >>> "low rank" in {row["way"] for row in table.rows}
    True
    """

    gramians: GramianStrategy = Lyapunov()
    method: Method = "truncate"


#: Ways that need nothing but the model; the first is what others are measured against.
_PLAIN: dict[str, Way] = {
    "balanced truncation": Way(),
    "residualization": Way(method="residualize"),
    "Hankel-norm": Way(method="hankel"),
    "dominant modes": Way(method="modal"),
    "IRKA": Way(method="irka"),
}


def compare_methods(
    system: Any,
    orders: Sequence[int] | None = None,
    *,
    criterion: Criterion = "absolute",
    input: Any = None,  # noqa: A002 - as Weighted calls it
    output: Any = None,
    ways: Mapping[str, Way] | None = None,
) -> Comparison:
    r"""Reduce a model in every way that applies, over several orders, and recommend one.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Dense, continuous or discrete, with any E of a regular pencil. Poles that are not stable are kept by all ways
        but coprime factors.
    orders : sequence of int, optional
        Numbers of states; by default up to four at which the singular values fall most.
    criterion : {"absolute", "relative", "dc", "weighted"}
        What the recommendation is for: the largest error, the largest error relative to the gain at the same frequency,
        the error at frequency zero, or the largest error between the weights.
    input, output : system or path, optional
        Weights V and W, see :class:`~dlnbalance.gramians.weighted.Weighted`; then frequency-weighted balancing takes
        part.
    ways : mapping of str to Way, optional
        Further ways by name.

    Returns
    -------
    Comparison
        A row for every way and order: max σ(G − G_r), max σ(G − G_r)/σ(G), σ(G − G_r) at zero, max σ(W(G − G_r)V), what
        is proved about the first, and whether the reduced model is stable. Ways that do not apply are named in the
        remarks with their reason; the last remark recommends one.

    Raises
    ------
    InvalidArgumentError
        For orders that are none; for the criterion "weighted" without weights.

    Notes
    -----
    Errors are sampled at the frequencies of :func:`~dlnbalance.norms.responses.frequency_grid`, where the poles of the
    model are refined, and so are lower bounds of the norms; `reduce(…).error()` measures one model with certainty. The
    Schur form of the system is shared by all ways.

    See Also
    --------
    dlnbalance.compare : this library beside python-control and SLICOT.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> comparison = compare_methods(dln.examples.get("heat-rod"), [2, 4])
    >>> sorted({row["way"] for row in comparison.rows})
    ['Hankel-norm', 'IRKA', 'balanced truncation', 'dominant modes', 'residualization']
    >>> all(row["absolute"] <= row["bound"] for row in comparison.rows if row["bound"] is not None)
    True
    """
    one_of("criterion", criterion, get_args(Criterion))
    given = as_system(system)
    weighted = Weighted(input=input, output=output) if input is not None or output is not None else None
    if criterion == "weighted" and weighted is None:
        remedy = "pass input= or output=, or another criterion"
        raise InvalidArgumentError("criterion", "a weight for the criterion 'weighted'", "none", remedy)
    candidates = _candidates(given, weighted) | _checked_ways(ways)
    measured = _Measured(given, weighted)
    if criterion == "dc" and 0 not in measured.omega:
        raise InvalidArgumentError("criterion", "a finite gain at frequency zero", "an integrator", "take another one")
    tried = _orders(given, orders)
    rows, refused = [], {}
    for name, way in candidates.items():
        found, reason = _reduced(given, way, tried, measured)
        rows += [{"order": order, "way": name, **figures} for order, figures in found]
        if reason:
            refused[name] = f"{name}{reason}"
    if not rows:
        raise InvalidArgumentError("system", "a model that some way reduces", "; ".join(refused.values()), "see reduce")
    rows.sort(key=lambda row: row["order"])
    return Comparison(
        title=f"Ways to reduce {given.nstates} states",
        rows=tuple(rows),
        remarks=(*refused.values(), *_best(rows), _recommendation(rows, criterion)),
        chart=Chart(x="order", y=(criterion,), ylabel=_CRITERIA[criterion][0], logarithmic=True, by="way"),
        labels={name: heading for name, (_, heading) in _CRITERIA.items()},
    )


def _reduced(
    system: LinearSystem, way: Way, orders: Sequence[int], measured: "_Measured"
) -> tuple[list[tuple[int, dict[str, Any]]], str]:
    """Solve once, and judge the model of every order; with the first reason why there is none, empty for no reason."""
    found, reason = [], ""
    try:
        selection = selection_of(system, way.gramians, way.method, checked_wish("keep", 0.0))
    except DlnBalanceError as error:
        return found, f": {error}"
    for order in orders:
        try:
            model = selection.of_order(order, "order")
            with np.errstate(over="ignore", invalid="ignore"):  # what leaves the range of numbers is not recommended
                found.append((order, measured.errors(model.linear) | _proved(model)))
        except DlnBalanceError as error:
            reason = reason or f", order {order}: {error}"
    return found, reason


def _candidates(system: LinearSystem, weighted: Weighted | None) -> dict[str, Way]:
    """All ways that may apply."""
    found = dict(_PLAIN)
    if weighted is not None:
        found |= {
            "frequency-weighted": Way(weighted),
            "frequency-weighted, residualized": Way(weighted, "residualize"),
        }
    if not is_stable(system.finite_form):
        found["coprime factors"] = Way(Coprime())
    return found


def _checked_ways(ways: Any) -> dict[str, Way]:
    if ways is None:
        return {}
    if not isinstance(ways, Mapping):
        remedy = 'pass {"name": comparing_methods.Way(gramians, method)}'
        raise InvalidArgumentError("ways", "a dictionary of names and ways", shown(ways), remedy)
    found = {}
    for name, way in ways.items():
        gramians, method = way if isinstance(way, tuple) and len(way) == 2 else (way, "truncate")
        found[str(name)] = Way(checked_strategy(gramians), one_of("ways", method, METHODS))
    return found


def _orders(system: LinearSystem, orders: Any) -> list[int]:
    if orders is not None:
        listed = [orders] if is_integer(orders) else items("orders", orders, "numbers of states")
        return sorted({whole_number("orders", order, 0, remedy="pass numbers of states") for order in listed})
    model = reduce(system, rtol=_ANY_TOLERANCE)
    kept = model.order - model.balanced_order
    return [kept + order for order in suggested_orders(model.hsv, model.accuracy_floor)]


class _Measured:
    """Errors of reduced models of a system, sampled at frequencies that show its response."""

    def __init__(self, system: LinearSystem, weighted: Weighted | None):
        self.system = system
        omega = np.concatenate([telling_frequencies(system), frequency_grid(system, points=_POINTS)])
        omega = np.unique(np.concatenate([omega, -omega]) if system.is_complex else omega)
        distances = np.abs(system.boundary_points(omega)[:, None] - system.poles())
        self.omega = omega[(distances > _AT_A_POLE * np.abs(system.poles())).all(axis=1) & (distances > 0).all(axis=1)]
        self.response = frequency_response(system, self.omega)
        self.gains = la.norm(self.response, 2, axis=(1, 2))
        self.weights = (None, None) if weighted is None else weighted.weights_of(system)

    def errors(self, reduced: LinearSystem) -> dict[str, float | None]:
        """Every criterion, by its name."""
        gaps = self.response - frequency_response(reduced, self.omega)
        sizes = la.norm(gaps, 2, axis=(1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = sizes / self.gains
        found: dict[str, float | None] = {
            "absolute": _most(sizes),
            "relative": _most(relative),
            "dc": self._at_zero(sizes),
        }
        before, after = self.weights
        if before is not None:
            gaps = gaps @ frequency_response(before, self.omega)
        if after is not None:
            gaps = frequency_response(after, self.omega) @ gaps
        if before is not None or after is not None:
            found["weighted"] = _most(la.norm(gaps, 2, axis=(1, 2)))
        return found

    def _at_zero(self, sizes: Array) -> float | None:
        """The error at frequency zero; None for an integrator."""
        return float(sizes[self.omega == 0][0]) if (self.omega == 0).any() else None


def _most(sizes: Array) -> float:
    return float(np.max(sizes[~np.isnan(sizes)], initial=0.0))


def _proved(model: Any) -> dict[str, Any]:
    """The bound, where it is one of the H∞ error, and whether the model is stable, but for what is kept."""
    stable = "yes" if model.stable else "but for what is kept" if model.kept and model.error_is_finite else "no"
    return {"bound": model.bound if model.measure == HINF_ERROR else None, "stable": stable}


def _usable(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of stable models, where there are any: one that became unstable is no model."""
    return [row for row in rows if row["stable"] != "no"] or list(rows)


def _best(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Which way is best at the largest order, by every criterion."""
    last = _usable([row for row in rows if row["order"] == rows[-1]["order"]])
    for criterion in (name for name in _CRITERIA if rows[0].get(name) is not None):
        best = min(last, key=lambda row: row[criterion])
        yield f"{_CRITERIA[criterion][0]}, order {best['order']}: least by {best['way']}, {best[criterion]:.3g}"


def _recommendation(rows: Sequence[dict[str, Any]], criterion: str) -> str:
    """Which way to take for a criterion, and why."""
    orders = sorted({row["order"] for row in rows})
    shares: dict[str, list[float]] = {}
    for order in orders:
        here = [row for row in _usable([row for row in rows if row["order"] == order]) if np.isfinite(row[criterion])]
        if not here:
            return "no recommendation: errors leave the range of numbers"
        least = min(row[criterion] for row in here)
        for row in here:
            shares.setdefault(row["way"], []).append(row[criterion] / least if least > 0 else 1.0)
    typical = {way: float(np.exp(np.mean(np.log(s)))) for way, s in shares.items() if len(s) == len(orders)}
    typical = typical or {way: float(np.exp(np.mean(np.log(s)))) for way, s in shares.items()}
    best, first = min(typical, key=lambda way: typical[way]), next(iter(_PLAIN))
    what = _CRITERIA[criterion][0]
    if first in typical and typical[first] <= (1 + _WORTHWHILE) * typical[best]:
        near = (
            "no other way is better"
            if best == first
            else f"the error of {best} is {_less(typical[first] / typical[best])}"
        )
        return f"recommended for {what}: {first}; {near}, and its bound is proved"
    gain = f", {_less(typical[first] / typical[best])} than {first}" if first in typical else ""
    return f"recommended for {what}: {best}, the least over these orders in the mean{gain}"


def _less(ratio: float) -> str:
    return f"{100 * (1 - 1 / ratio):.0f} % less" if ratio < 2 else f"{ratio:.3g} times less"
