"""Reports: a reduced model, what is proved and what was measured about it, on one self-contained HTML page."""

import base64
from pathlib import Path
from typing import Any

import numpy as np

from ..balancing.balanced_forms import listed
from ..errors import InvalidArgumentError, UnstableSystemError
from ..files.conversion import as_system
from ..files.writing import check_targets, write_file
from ..gramians.base import HINF_ERROR, values_name
from ..layout import capitalized
from ..linalg.arguments import as_path, flag, instance, text
from ..norms.peaks import PeakGain, checked_peak
from ..reduction.reduced_model import ReducedModel

__all__ = ["cautions", "check_available", "describe_peak", "facts", "measured_error", "write_report"]

_METHODS = {
    "truncate": "balanced truncation",
    "residualize": "residualization (singular perturbation, keeps the DC gain)",
}


def write_report(
    model: ReducedModel,
    path: str | Path,
    *,
    title: str | None = None,
    measure: bool = True,
    overwrite: bool = False,
) -> Path:
    """Write a report on a reduced model: facts, guarantee and pictures in one HTML file.

    The file needs nothing beside it: pictures are embedded, and there are no scripts. Two reports on the same model
    are equal byte for byte.

    Parameters
    ----------
    model : ReducedModel
        What is reported.
    path : str or Path
        File to write; it appears complete or not at all.
    title : str, optional
        Headline; made from the name of the system when left out.
    measure : bool
        Measure the H∞ error, if that was not done before, and report it. O(n³).
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    Path
        The path as given.

    Raises
    ------
    InvalidArgumentError
        When jinja2 is not installed.
    FileFormatError
        When the file exists and `overwrite` is false, or its folder does not exist.
    """
    _check(model)
    path, title = as_path("path", path), None if title is None else text("title", title)
    flag("measure", measure)
    check_targets(path, overwrite=flag("overwrite", overwrite))
    page = _render(model, title, measured_error(model) if measure else None)
    return write_file(path, page.encode(), overwrite=overwrite)


def check_available() -> None:
    """Refuse early, before a long computation, when reports cannot be written.

    Raises
    ------
    InvalidArgumentError
        When jinja2 is not installed, with the command that installs it.
    """
    try:
        import jinja2  # noqa: F401
    except ImportError:
        raise InvalidArgumentError(
            "report", "jinja2, which fills in the page", "no such module", "pip install 'dlnbalance[report]'"
        ) from None


# -- what there is to say -----------------------------------------------------------------------------------------


def measured_error(model: ReducedModel) -> PeakGain:
    """Measured H∞ error; infinite for a reduced model that is not stable."""
    _check(model)
    try:
        return model.error()
    except UnstableSystemError:
        return PeakGain(value=np.inf, frequency=np.nan)


def facts(model: ReducedModel, error: PeakGain | None) -> list[tuple[str, str]]:
    """What a person wants to know about a reduced model, as pairs of label and text.

    Parameters
    ----------
    model : ReducedModel
        The result.
    error : PeakGain or None
        Its measured error (see :func:`measured_error`), or None when it was not measured.
    """
    _check(model)
    reduced = as_system(model.system)
    rows = [
        ("System", repr(model.full).partition("\n")[0]),
        ("Method", _METHODS[model.method]),
        ("Order", f"{model.order} of {model.full_order} states"),
        (capitalized(values_name(model.gramians)), f"kept {listed(model.hsv[: model.order], 6) or 'none'}"),
        ("", f"dropped {listed(model.hsv[model.order :], 3) or 'none'}"),
    ]
    if model.stable and model.bound is not None:
        rows.append((f"{capitalized(model.measure)}, proved", f"at most {model.proved_upper(6)}"))
        if model.lower_bound:
            rows.append(("", f"at least {model.lower_bound:.6g}, for any model of this order"))
    if error is not None:
        rows.append((f"{HINF_ERROR}, measured", describe_peak(error, reduced.dt)))
    return [
        *rows,
        ("DC mismatch", model.dc_statement),
        ("Stability", "stable" if model.stable else "NOT STABLE beyond rounding"),
        ("Certificate", str(model.certificate)),
        ("Accuracy floor", f"{model.accuracy_floor:.1e}, the error that rounding in the data can cause"),
    ]


def describe_peak(peak: PeakGain, dt: float | bool | None) -> str:
    """Say how large a peak gain is and where it is reached, in the units of the time base `dt`."""
    checked_peak("peak", peak)
    if not np.isfinite(peak.value):
        return "infinite"
    if not np.isfinite(peak.frequency):
        return f"{peak.value:.6g}, approached at high frequencies{peak.doubt}"
    unit = "rad/sample" if dt is True else "rad/s"
    return f"{peak.value:.6g} at {peak.frequency:.6g} {unit}{peak.doubt}"


def cautions(model: ReducedModel) -> list[str]:
    """What stands in the way of using a reduced model; mostly nothing."""
    found = []
    if not _check(model).stable:
        found.append("The reduced model is not stable beyond rounding: its error is infinite, and no bound applies.")
    upper = model.exact_bounds.upper
    if upper is not None and model.measure == HINF_ERROR and upper < model.accuracy_floor:
        found.append(
            f"In exact arithmetic the error would be at most {upper:.2g}, which lies below the accuracy floor: rounding"
            " in the data of the full model may change its transfer function by more than the reduction does."
        )
    return found


def _check(model: Any) -> ReducedModel:
    return instance("model", model, ReducedModel, "a ReducedModel of a linear system", "pass what reduce returned")


# -- how it is said -----------------------------------------------------------------------------------------------


def _render(model: ReducedModel, title: str | None, error: PeakGain | None) -> str:
    check_available()
    import jinja2

    from .. import __version__
    from ..plotting import bode, hankel, rendered

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dlnbalance.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    peak = error if error is not None and np.isfinite(error.value) else None
    named = capitalized(values_name(model.gramians))
    bounded = ", with the proved bound" if model.bound and model.measure == HINF_ERROR else ""
    figures = {
        f"Gain of the full and of the reduced model and of their difference{bounded}": bode(model, peak=peak),
        f"{named}: kept, dropped, and the level that rounding reaches": hankel(model),
    }
    name = model.full.name
    return environment.get_template("report.html.j2").render(
        title=title or (f"Reduced model of {name}" if name else "Reduced model"),
        summary=_summary(model, peak),
        cautions=cautions(model),
        facts=facts(model, error),
        order=model.order,
        bound=None if model.bound is None or not model.stable else f"{model.bound:.4g}",
        is_hinf=model.measure == HINF_ERROR,
        measure=model.measure,
        values_name=values_name(model.gramians),
        rounding=f"{model.rounding:.1e}",
        lower_bound=f"{model.lower_bound or 0:.4g}",
        accuracy_floor=f"{model.accuracy_floor:.1e}",
        figures={caption: base64.b64encode(rendered(figure, "svg")).decode() for caption, figure in figures.items()},
        version=__version__,
    )


def _summary(model: ReducedModel, error: PeakGain | None) -> str:
    done = f"{model.full_order} states were reduced to {model.order} by {_METHODS[model.method]}."
    if error is None:
        return done
    return (
        f"{done} The largest difference between the two transfer functions, over all frequencies, is"
        f" {error.value:.4g}{_relative(error.value, model)}."
    )


def _relative(error: float, model: ReducedModel) -> str:
    largest = float(model.hsv[:1].sum())
    if not largest:
        return ""
    return f": {error / largest:.2g} times the largest of the {values_name(model.gramians)}"
