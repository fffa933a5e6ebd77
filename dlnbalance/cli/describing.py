"""``dlnbalance info`` and ``dlnbalance examples``: what a model is like, and which ones there are by formula."""

from contextlib import suppress
from typing import Annotated, Any

import typer

from .documents import heading
from .options import Force, IgnoreE, Json, Plot, Source
from .sources import is_system, load, write_picture
from .targets import check_targets
from .terminal import busy, show, show_table, write_json

__all__ = ["describe_source", "list_examples"]


_PACKAGES = ("dlnbalance", "numpy", "scipy", "control", "slycot", "pymetis", "threadpoolctl")


def _show_versions(wanted: bool) -> None:
    """Say what is installed, and end."""
    if not wanted:
        return
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from ..linalg import compiled

    found = [["python", platform.python_version()]]
    for name in _PACKAGES:
        try:
            found.append([name, version(name)])
        except PackageNotFoundError:
            found.append([name, "not installed"])
    show_table(["package", "version"], [*found, ["recursions", compiled.in_words()]])
    raise typer.Exit


Versions = Annotated[
    bool,
    typer.Option(
        "--versions",
        help="Show what is installed, and whether the recursions are compiled; no SOURCE is wanted.",
        is_eager=True,
        callback=_show_versions,
    ),
]


def describe_source(
    source: Source,
    plot: Plot = None,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
    versions: Versions = False,
) -> None:
    """Describe a model (poles, stability, Hankel singular values, norm) or a deep linear network."""
    del versions  # of which the option itself takes care
    check_targets({"--plot": plot}, force)
    subject = load(source, ignore_e)
    with busy("looking"):
        from ..report.summaries import model_summary
        from ..summary import document, rows

        said = model_summary(subject)
    written = write_picture(lambda: _picture(subject), plot, force)
    show(source, rows(said), {**heading("info"), "source": source, **document(said)}, written or None, as_json)


def _picture(subject: Any) -> Any:
    """Of a linear system what to choose an order by, where it has Gramians; of all else what it draws itself."""
    from ..errors import DlnBalanceError
    from ..plotting import model_overview

    if is_system(subject):
        with suppress(DlnBalanceError):  # without Gramians there is still the response
            return model_overview(subject)
    return subject.plot()


def list_examples(as_json: Json = False) -> None:
    """List the models that example:NAME stands for."""
    from .. import examples

    documents: list[dict[str, Any]] = []
    for name in examples.names():
        system = examples.get(name)
        sizes = {"states": system.nstates, "inputs": system.ninputs, "outputs": system.noutputs}
        documents.append({"name": name, **sizes, "description": examples.describe(name)})
    if as_json:
        write_json({**heading("examples"), "examples": documents})
        return
    show_table(list(documents[0]), [[str(value) for value in document.values()] for document in documents])
