"""Reports: a reduced model, what is proved and what was measured about it, on one self-contained HTML page."""

import base64
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UnstableSystemError
from ..files.writing import check_targets, write_file
from ..gramians.base import HINF_ERROR
from ..layout import capitalized
from ..linalg.arguments import as_path, flag, instance, text
from ..norms.measured import Measured
from ..reduction.network_reduction import ReducedNetwork
from ..reduction.other_orders import models_of_orders
from ..reduction.projected_model import ProjectedModel
from ..reduction.reduced_model import ReducedModel
from ..summary import headline, rows
from .bundles import check_available, data_text, packed_library, policy, scripts
from .page_numbers import order_rows, page_numbers
from .words import assumptions, guarantee, lead

__all__ = ["cautions", "check_available", "measured_error", "rendered_page", "write_report"]


def write_report(
    model: ProjectedModel,
    path: str | Path,
    *,
    title: str | None = None,
    source: str | None = None,
    command: str | None = None,
    measure: bool = True,
    overwrite: bool = False,
) -> Path:
    """Write a report on a reduced model as one HTML file: of a linear system a page on which the order can be chosen.

    The file needs nothing beside it, asks no server for anything, and runs no script but its own. Of a linear system
    it has the reduced models of all orders up to sixty, from the Gramian factors that the result has already
    (:func:`~dlnbalance.reduction.other_orders.models_of_orders`): responses, steps, poles, bounds and matrices follow
    a slider. Other models have pictures of the order that they were reduced to.

    Parameters
    ----------
    model : ProjectedModel
        What is reported.
    path : str or Path
        File to write; it appears complete or not at all.
    title : str, optional
        Headline; made from the name of the system when left out.
    source, command : str, optional
        Where the full model came from and what was asked for, for the heading.
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
        When jinja2 or plotly is not installed.
    FileFormatError
        When the file exists and `overwrite` is false, or its folder does not exist.

    Notes
    -----
    The date in the heading is that of the environment variable SOURCE_DATE_EPOCH, where there is one; then two reports
    on the same model are equal byte for byte. A page takes 2 MB for the plots and 1 to 2 MB for sixty orders.

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
    path = as_path("path", path)
    options = {"title": title, "source": source, "command": command, "measure": measure}
    _checked_options(model, **options)
    check_targets(path, overwrite=flag("overwrite", overwrite))
    return write_file(path, rendered_page(model, **options).encode(), overwrite=overwrite)


def rendered_page(
    model: ProjectedModel,
    *,
    title: str | None = None,
    source: str | None = None,
    command: str | None = None,
    measure: bool = True,
) -> str:
    """The page that :func:`write_report` writes, as text.

    Parameters
    ----------
    model, title, source, command, measure
        As there.

    Raises
    ------
    InvalidArgumentError
        When jinja2 is not installed, with the command that installs it.

    See Also
    --------
    dlnbalance.write_report : write a report on a reduced model.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> rendered_page(dln.reduce(dln.examples.get("heat-rod"), order=4))[:15]
    '<!DOCTYPE html>'
    """
    _checked_options(model, title, source, command, measure)
    check_available()
    error = measured_error(model) if measure else None
    page = _orders_page(model, error) if isinstance(model, ReducedModel) else _still_page(model)
    return _filled_in(model, page, title=title, source=source, command=command)


def _checked_options(model: Any, title: str | None, source: str | None, command: str | None, measure: bool) -> None:
    _check(model)
    for name, value in (("title", title), ("source", source), ("command", command)):
        if value is not None:
            text(name, value)
    flag("measure", measure)


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


def _filled_in(model: ProjectedModel, page: dict[str, Any], *, title: str | None, **origin: Any) -> str:
    """Fill in a template with what all pages say and with what this one does."""
    import jinja2

    from .. import __version__

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dlnbalance.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    name = getattr(model.full, "name", None) or origin["source"]
    known = {"Source": origin["source"], "Model": headline(model.full), "Command": origin["command"]}
    return environment.get_template(page["template"]).render(
        title=title or (f"Reduced model of {name}" if name else "Reduced model"),
        summary=lead(model),
        origin=[(label, value) for label, value in (known | _today() | {"dlnbalance": __version__}).items() if value],
        cautions=cautions(model),
        facts=rows(model.summary()),
        guarantee=guarantee(model),
        assumptions=assumptions(model),
        version=__version__,
        **page,
    )


def _today() -> dict[str, str]:
    """The date; that of reproducible builds where one is set."""
    stamp = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.now().astimezone() if stamp is None else datetime.fromtimestamp(int(stamp), tz=UTC)
    return {"Date": f"{now:%Y-%m-%d}"}


def _orders_page(model: ReducedModel, error: Any) -> dict[str, Any]:
    """What the page says of all orders."""
    from markupsafe import Markup

    models = models_of_orders(model)
    numbers = page_numbers(model, models, cautions)
    own, highest = scripts(), models[-1].order
    return {
        "template": "orders.html.j2",
        "policy": policy(own),
        "scripts": [Markup(script) for script in own],
        "library": packed_library(),
        "numbers": Markup(data_text(numbers)),
        "rows": order_rows(models, numbers),
        "chosen": numbers["chosen"],
        "order": model.order,
        "full_order": model.full_order,
        "values_title": capitalized(model.values_name),
        "values_name": model.values_name,
        "measure": model.measure,
        "bound_note": "" if model.measure == HINF_ERROR else f" of the {model.measure}",
        "measured": "" if error is None or not np.isfinite(error.value) else f"{error}",
        "left_out": _left_out(model, highest),
    }


def _left_out(model: ReducedModel, highest: int) -> str:
    """Which orders the page does not have, and how to get them."""
    if model.method == "irka":
        return "The iteration starts anew for every order: ask reduce for others."
    if highest < model.full_order:
        return f"Orders above {highest} are left out, or below the accuracy floor: ask reduce for them."
    return ""


def _still_page(model: ProjectedModel) -> dict[str, Any]:
    """Pictures of one order, drawn beforehand."""
    from ..plotting import bode, hankel, rendered
    from ..plotting.subjects import has_response

    figures = {f"{capitalized(model.values_name)}: kept, dropped, and the accuracy floor": hankel(model)}
    if has_response(model):
        figures = {"Gain of the full and of the reduced model": bode(model)} | figures
    return {
        "template": "still.html.j2",
        "policy": policy(),
        "figures": {name: base64.b64encode(rendered(figure, "svg")).decode() for name, figure in figures.items()},
    }
