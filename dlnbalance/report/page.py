"""Reports: a reduced model, what is proved and what was measured about it, on one self-contained HTML page."""

import base64
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError, UnstableSystemError
from ..files.writing import check_targets, write_file
from ..gramians.base import HINF_ERROR
from ..layout import capitalized
from ..linalg.arguments import as_path, flag, instance, text
from ..norms.measured import Measured
from ..norms.peaks import PeakGain
from ..reduction.network_reduction import ReducedNetwork
from ..reduction.projected_model import METHODS, ProjectedModel
from ..reduction.reduced_model import ReducedModel
from ..summary import rows

__all__ = ["cautions", "check_available", "measured_error", "write_report"]


def write_report(
    model: ProjectedModel,
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
    model : ProjectedModel
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

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.plotting.overview : both pictures of a reduced model side by side.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import dlnbalance as dln
    >>> model = dln.reduce(dln.examples.get("heat-rod"), order=4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(model, Path(folder) / "report.html").name
    'report.html'
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

    See Also
    --------
    dlnbalance.write_report : write a report on a reduced model.

    Examples
    --------
    >>> check_available()
    """
    try:
        import jinja2  # noqa: F401
    except ImportError:
        raise InvalidArgumentError(
            "report", "jinja2, which fills in the page", "no such module", "pip install 'dlnbalance[report]'"
        ) from None


# -- texts and figures ---------------------------------------------------------------------------------------------


def measured_error(model: ProjectedModel | ReducedNetwork) -> Any:
    """Measured error, with its value; infinite for a reduced model that is not stable.

    See Also
    --------
    dlnbalance.write_report : write a report on a reduced model.
    dlnbalance.ReducedModel : a reduced model with what is proved and what was measured about it.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> model = dln.reduce(dln.examples.get("heat-rod"), order=4)
    >>> measured_error(model).value <= model.bound
    True
    """
    if not isinstance(model, ReducedNetwork):
        _check(model)
    try:
        return model.error()
    except UnstableSystemError:
        return Measured(value=np.inf, norm=model.measure)


def cautions(model: ProjectedModel) -> list[str]:
    """What stands in the way of using a reduced model; mostly nothing.

    See Also
    --------
    dlnbalance.write_report : write a report on a reduced model.
    dlnbalance.ReducedModel : a reduced model with what is proved and what was measured about it.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> cautions(dln.reduce(dln.examples.get("heat-rod"), order=4))
    []
    """
    found = []
    if not _check(model).error_is_finite:
        found.append("The reduced model is not stable beyond rounding: its error is infinite, and no bound applies.")
    upper = model.exact_bounds.upper
    if (
        isinstance(model, ReducedModel)
        and upper is not None
        and model.measure == HINF_ERROR
        and upper < model.accuracy_floor
    ):
        found.append(
            f"In exact arithmetic the error would be at most {upper:.2g}, which lies below the accuracy floor: rounding"
            " in the data of the full model may change its transfer function by more than the reduction does."
        )
    return found


def _check(model: Any) -> ProjectedModel:
    return instance("model", model, ProjectedModel, "what reduce returned for a model", "networks have no report")


# -- how it is said -----------------------------------------------------------------------------------------------


def _render(model: ProjectedModel, title: str | None, error: Any) -> str:
    check_available()
    import jinja2

    from .. import __version__
    from ..plotting import bode, hankel, rendered
    from ..plotting.subjects import has_response

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dlnbalance.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    peak = error if isinstance(error, PeakGain) and np.isfinite(error.value) else None
    named = capitalized(model.values_name)
    bounded = ", with the proved bound" if model.bound and model.measure == HINF_ERROR else ""
    figures = {f"{named}: kept, dropped, and the accuracy floor": hankel(model)}
    if has_response(model):
        figures = {
            f"Gain of the full and of the reduced model{_difference(model)}{bounded}": bode(model, peak=peak)
        } | figures
    name = getattr(model.full, "name", None)
    return environment.get_template("report.html.j2").render(
        title=title or (f"Reduced model of {name}" if name else "Reduced model"),
        summary=_lead(model, error),
        cautions=cautions(model),
        facts=rows(model.summary()),
        order=model.order,
        bound=None if model.bound is None or not model.error_is_finite else f"{model.bound:.4g}",
        is_hinf=isinstance(model, ReducedModel) and model.measure == HINF_ERROR,
        measure=model.measure,
        values_name=model.values_name,
        rounding=f"{model.rounding:.1e}" if isinstance(model, ReducedModel) else "",
        lower_bound=f"{model.lower_bound or 0:.4g}",
        accuracy_floor=f"{np.max(model.accuracy_floor):.1e}",
        figures={caption: base64.b64encode(rendered(figure, "svg")).decode() for caption, figure in figures.items()},
        version=__version__,
    )


def _difference(model: ProjectedModel) -> str:
    return " and of their difference" if isinstance(model, ReducedModel) else ""


def _lead(model: ProjectedModel, error: Any) -> str:
    """The result in a sentence or two."""
    order, *_ = model.order_facts()
    done = f"{order.text} were kept by {METHODS[model.method]}."
    if error is None or not np.isfinite(error.value):
        return done
    if not isinstance(model, ReducedModel):
        return f"{done} {capitalized(error.norm)}, measured: {error}."
    return (
        f"{done} The largest difference between the two transfer functions, over all frequencies, is"
        f" {error.value:.4g}{_relative(error.value, model)}."
    )


def _relative(error: float, model: ProjectedModel) -> str:
    largest = float(model.hsv[:1].sum())
    if not largest:
        return ""
    return f": {error / largest:.2g} times the largest of the {model.values_name}"
