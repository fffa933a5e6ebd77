r"""Two notions of balanced on one system: what Gramian-balanced and norm-balanced coordinates are good for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ..balancing.balanced_forms import balance
from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..gramians.lyapunov import Lyapunov
from ..linalg.arguments import is_integer, items
from ..linalg.arrays import Array, adjoint, as_generator, dense, whole_number
from ..norms.rounding import (
    RoundingErrors,
    Sensitivity,
    has_stable_poles,
    peak_difference,
    rounding_errors,
    sensitivity,
)
from ..quiver.integration import Progress, checked_progress
from ..systems.linear_system import LinearSystem
from .charts import Chart
from .comparison_tables import Comparison
from .figures import IMBALANCE, NORM_FIGURES, cut_orders, errors_by_order, imbalance, norm_figures, nothing_to_balance

__all__ = ["compare_realizations"]

_ORDERS = 40  # of truncation that are tried: enough for a curve
_WORDS = (2, 52)  # bits of a coefficient: a sign and a digit at least, and fewer than double precision has itself
_SAME = 1e-6  # share to which two figures count as equal: realizations that only a unitary gauge parts differ by less

_NORM_LABELS = NORM_FIGURES | {"gramian_trace": "tr P + tr Q", "imbalance": IMBALANCE}
_SENSITIVITY_LABELS = {
    "pole_condition": "pole condition, largest",
    "pole_condition_mean": "mean",
    "absolute_sensitivity": "sensitivity, absolute",
    "relative_sensitivity": "relative",
}
_ROUNDING_LABELS = {
    "error": "H∞ error / peak gain",
    "standard_error": "standard error",
    "first_order": "first order",
    "own_coordinates": "own coordinates",
    "pole_shift": "pole moves",
}
_TRUNCATION_LABELS = {
    "next_value": "next σ",
    "gramian_balanced": "Gramian-balanced",
    "norm_balanced": "norm-balanced",
    "bound": "bound 2Σσ",
}


def compare_realizations(
    system: Any,
    *,
    bits: Sequence[int] = (8, 12, 16),
    draws: int = 20,
    rng: np.random.Generator | int = 0,
    progress: Progress | None = None,
) -> Comparison:
    r"""Compare the Gramian-balanced, the norm-balanced and the given realization of one transfer function.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Stable, continuous or discrete, real or complex, E nonsingular. Its minimal part is balanced.
    bits : sequence of int
        Lengths of the words, sign included, to which coefficients are rounded.
    draws : int
        Random unitary changes of coordinates over which the errors of rounding are averaged. Both notions of
        balanced leave them free, so that the averages belong to the notion and not to one of its points.
    rng : numpy.random.Generator or int
        Source of randomness, or its seed.
    progress : callable, optional
        Called with the finished share of the work, from 0 to 1.

    Returns
    -------
    Comparison
        Four tables. *What each minimizes*: ‖A‖² + ‖B‖² + ‖C‖² with its moment, tr P + tr Q with its moment P − Q.
        *Poles and sensitivity*: condition numbers of the poles, and what small changes of coefficients do to the
        transfer function. *Rounding*: each of A, B, C is stored in fixed point with b bits and a binary point of
        its own; the H∞ error in units of the peak gain, averaged over the draws that stay stable, the share of draws
        that do not, the first-order prediction, the same in the coordinates of the realization itself, and the
        largest move of a pole in units of the spectral radius. *Truncation*: the H∞ error of the leading r states.

    Raises
    ------
    UnstableSystemError, SingularDescriptorError, OrderError
        As :func:`balance`.
    InvalidArgumentError
        For word lengths that are not from 2 to 52, or a number of draws below 1.

    Notes
    -----
    *Sensitivity.* With F = C(zI − A)⁻¹ and E = (zI − A)⁻¹B a change of coefficients moves the transfer function by
    F δA E + F δB + δC E. `absolute_sensitivity` is max_ω ‖F‖_F ‖E‖_F, what a change of A of unit size does at most.
    The mean of ‖F‖_F ‖E‖_F over the axis is at most (tr P tr Q)^½, and of all realizations the Gramian-balanced ones
    have the least such bound [1]_. `relative_sensitivity` is max_ω (‖A‖²‖F‖²‖E‖² + ‖B‖²‖F‖² + ‖C‖²‖E‖²)^½ over the
    peak gain: what relative changes do. Coefficients count there by their size, which norm balancing makes small [2]_.

    *Rounding.* Fixed point with one scale a matrix is how coefficients are stored in signal processors; the scales
    make the result independent of the units of input and output. D is the same in all realizations and is left alone.

    *H∞ errors* are the largest gain on a grid with the resonances of both models
    (:func:`~dlnbalance.norms.responses.frequency_grid`): lower bounds, a few tenths of a percent from the norm.

    *Truncation.* A norm-balanced realization is free up to a unitary change of coordinates and has no order of states:
    it is turned to the principal axes of P/tr P + Q/tr Q, and states are ordered by (P_ii Q_ii)^½.

    Costs: one norm balancing, then draws · bits · (25 n³ + 8 K m n²) flops for K frequencies, for each realization.

    References
    ----------
    .. [1] L. Thiele, "On the sensitivity of linear state-space systems", IEEE Trans. Circuits Syst. 33 (1986) 502-510.
    .. [2] U. Helmke, J. B. Moore, "Optimization and Dynamical Systems", Springer 1994, chapters 7-9.

    See Also
    --------
    dlnbalance.compare : compare this library with python-control and SLICOT, or the notions of balanced on a network.
    dlnbalance.balance_norm : the smallest coefficients that realize a transfer function.

    Examples
    --------
    >>> from dlnbalance import examples
    >>> comparison = compare_realizations(examples.mass_spring_damper(3), bits=(10,), draws=3)
    >>> [row["realization"] for row in comparison.rows]
    ['Gramian-balanced', 'norm-balanced', 'as given']
    >>> [part.title.partition(":")[0] for part in comparison.parts()]
    ['What each minimizes', 'Poles and sensitivity', 'Rounding', 'Truncation']
    """
    words = _checked_words(bits)
    whole_number("draws", draws, remedy="pass for example 20")
    generator, progress = as_generator(rng), checked_progress(progress)
    explicit = as_system(system).explicit()
    given = explicit.with_matrices(dense(explicit.A), explicit.B, explicit.C)
    balanced = balance(given)
    if not balanced.order:
        raise nothing_to_balance()
    norm = balance(balanced.system, form="norm")
    realizations = {"Gramian-balanced": balanced.system, "norm-balanced": norm.system, "as given": given}
    stretches, least = la.svdvals(norm.transform), norm.certificate.relative_gap
    condition, distance = stretches[0] / stretches[-1], np.abs(stretches - 1).max()
    transform = (
        f"change of coordinates from Gramian-balanced to norm-balanced: condition number {condition:.3g}, at distance"
        f" {distance:.3g} from the unitary ones"
    )
    remarks = [
        transform,
        f"norm balancing: {norm.minimum.status}, squared norm at most {least:.1e} (relative) above the least",
    ]
    if not balanced.is_minimal:
        remarks.append(
            f"{balanced.order} of {balanced.full_order} states are balanced: the minimal part to working precision"
        )
    studies = {name: _Study.of(realization) for name, realization in realizations.items()}
    return Comparison(
        title=f"What each minimizes: realizations of {_named(given)}",
        rows=tuple({"realization": name, **_norms(realization)} for name, realization in realizations.items()),
        remarks=tuple(remarks),
        labels=_NORM_LABELS,
        sections=(
            _poles_and_sensitivity(studies),
            _rounding(studies, words, draws, rng=generator, progress=progress),
            _truncation(balanced.system, norm.system, balanced.hsv, balanced.accuracy_floor),
        ),
    )


class _Study(NamedTuple):
    """A realization, and what a small change of its coefficients does."""

    system: LinearSystem
    sensitivity: Sensitivity

    @classmethod
    def of(cls, system: LinearSystem) -> "_Study":
        return cls(system, sensitivity(system))


def _checked_words(bits: Sequence[int]) -> list[int]:
    low, high = _WORDS
    expected, remedy = f"whole numbers from {low} to {high}", "pass for example (8, 16)"
    words = [bits] if is_integer(bits) else items("bits", bits, expected, remedy=remedy)
    if not words:
        raise InvalidArgumentError("bits", expected, "none", remedy)
    return sorted({whole_number("bits", b, low, high, remedy=remedy) for b in words})


def _named(system: LinearSystem) -> str:
    kind = "discrete" if system.is_discrete else "continuous"
    return f"{system.name or 'a system'} ({system.nstates} states, {kind} time)"


def _norms(system: LinearSystem) -> dict[str, Any]:
    pair = Lyapunov()(system)
    return {**norm_figures(system), "gramian_trace": pair.norm**2, "imbalance": imbalance(pair)}


# -- poles, sensitivity, rounding -----------------------------------------------------------------------------------


def _poles_and_sensitivity(studies: dict[str, _Study]) -> Comparison:
    rows = []
    for name, (system, measure) in studies.items():
        conditions = _pole_conditions(system)
        rows.append(
            {
                "realization": name,
                "pole_condition": float(conditions.max()),
                "pole_condition_mean": float(conditions.mean()),
                "absolute_sensitivity": measure.absolute,
                "relative_sensitivity": measure.relative,
            }
        )
    best = [_least(rows, key) for key in ("absolute_sensitivity", "relative_sensitivity")]
    remark = f"least sensitive to changes of unit size: {best[0]}; to relative changes: {best[1]}"
    return Comparison(
        title="Poles and sensitivity: what small changes of coefficients do, to first order",
        rows=tuple(rows),
        remarks=(remark,),
        labels=_SENSITIVITY_LABELS,
    )


def _least(rows: list[dict[str, Any]], key: str) -> str:
    """The first realization whose figure is the least, to rounding."""
    least = min(row[key] for row in rows)
    return next(row["realization"] for row in rows if row[key] <= (1 + _SAME) * least)


def _pole_conditions(system: LinearSystem) -> Array:
    """1/|y*x| for left and right eigenvectors of unit length: how far a pole moves per change of A."""
    _, left, right = la.eig(system.A, left=True, right=True, check_finite=False)
    with np.errstate(divide="ignore"):
        return 1 / np.abs(np.sum(left.conj() * right, axis=0))


def _rounding(
    studies: dict[str, _Study], words: list[int], draws: int, *, rng: np.random.Generator, progress: Progress | None
) -> Comparison:
    rows = []
    for done, (name, (system, measure)) in enumerate(studies.items()):

        def report(share: float, done: int = done) -> None:
            if progress is not None:
                progress((done + share) / len(studies))

        for b, errors in zip(
            words, rounding_errors(system, measure, words, draws, rng=rng, report=report), strict=True
        ):
            rows.append({"bits": b, "realization": name, **_rounding_row(errors)})
    rows.sort(key=lambda row: row["bits"])
    return Comparison(
        title=f"Rounding: coefficients in fixed point, mean over {draws} random unitary changes of coordinates",
        rows=tuple(rows),
        remarks=tuple(_verdict(rows, b) for b in words),
        chart=Chart(
            x="bits",
            y=("error",),
            ylabel=_ROUNDING_LABELS["error"],
            logarithmic=True,
            by="realization",
            missing="not stable",
        ),
        labels=_ROUNDING_LABELS,
    )


def _rounding_row(errors: RoundingErrors) -> dict[str, Any]:
    return {
        "error": errors.mean,
        "standard_error": errors.standard_error,
        "first_order": errors.predicted,
        "own_coordinates": errors.own,
        "pole_shift": errors.pole_shift,
        "unstable": f"{errors.unstable} of {errors.draws}",
    }


def _verdict(rows: list[dict[str, Any]], b: int) -> str:
    """Which realization has the least error at one word length, and which ones are indistinguishable from it."""
    known = [row for row in rows if row["bits"] == b and row["error"] is not None]
    if not known:
        return f"{b} bits: no realization stays stable"
    best = min(known, key=lambda row: row["error"])
    texts = [f"{b} bits: least error for {best['realization']}"]
    for row in known:
        if row is best:
            continue
        excess = row["error"] - best["error"]
        spread = np.hypot(row["standard_error"] or 0, best["standard_error"] or 0)
        if excess <= 2 * spread:
            texts.append(f"{row['realization']} indistinguishable from it")
        elif best["error"] > 0:
            ratio = row["error"] / best["error"]
            texts.append(f"{row['realization']} {ratio:.3g} times as large")
    return ", ".join(texts)


# -- truncation -----------------------------------------------------------------------------------------------------


def _truncation(gramian: LinearSystem, norm: LinearSystem, values: Array, floor: float) -> Comparison:
    aligned = _ordered(norm)
    n = gramian.nstates
    rows = []
    for r in cut_orders(values, floor, end=n, count=_ORDERS):
        bound = Lyapunov().error_bounds(values, r, floor).upper
        errors = [_truncation_error(gramian, realization, r) for realization in (gramian, aligned)]
        rows.append(
            {
                "order": r,
                "next_value": float(values[r]),
                "gramian_balanced": errors[0],
                "norm_balanced": errors[1],
                "bound": bound,
            }
        )
    if not rows:
        rows = [{"order": n, **dict.fromkeys(_TRUNCATION_LABELS, 0.0)}]
    pairs = [(row["gramian_balanced"], row["norm_balanced"]) for row in rows]
    lost = sum(norm_error is None for _, norm_error in pairs)
    ratios = [norm_error / error for error, norm_error in pairs if error and norm_error is not None]
    remark = f"of {len(rows)} truncations in norm-balanced coordinates {lost} are unstable"
    if ratios:
        remark += (
            f"; the errors of the others are {min(ratios):.3g} to {max(ratios):.3g} times the Gramian-balanced ones"
        )
    return errors_by_order("Truncation: H∞ error of the leading r states", rows, remark, _TRUNCATION_LABELS)


def _ordered(system: LinearSystem) -> LinearSystem:
    """Turn to the principal axes of P/tr P + Q/tr Q, most important states first."""
    first, second = Lyapunov()(system).weights
    stacked = np.vstack([adjoint(first) / la.norm(first), second / la.norm(second)])
    axes = adjoint(la.svd(stacked, full_matrices=False)[2])
    weight = la.norm(adjoint(axes) @ first, axis=1) * la.norm(second @ axes, axis=0)
    axes = axes[:, np.argsort(-weight, kind="stable")]
    return system.with_matrices(adjoint(axes) @ system.A @ axes, adjoint(axes) @ system.B, system.C @ axes)


def _truncation_error(full: LinearSystem, realization: LinearSystem, r: int) -> float | None:
    """H∞ error of the leading r states; None where they are unstable."""
    reduced = realization.with_matrices(realization.A[:r, :r], realization.B[:r], realization.C[:, :r])
    return peak_difference(full, reduced) if has_stable_poles(reduced) else None
