"""``dlnbalance sweep``: many models by many processes."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import FileFormatError, InvalidArgumentError
from .completing import complete_source
from .documents import heading
from .logs import LOG
from .options import (
    Force,
    GramianKind,
    IgnoreE,
    Json,
    Kept,
    Method,
    NoError,
    Offset,
    Order,
    ReductionMethod,
    Rtol,
    Tol,
    UnstablePoles,
    checked_gramians,
    checked_request,
)
from .sources import EXAMPLE, named_system
from .targets import MODEL_SUFFIXES, check_target
from .terminal import INTERRUPTED, UNMET, progress_bar, say, show

if TYPE_CHECKING:
    from ..sweeps.results import Sweep
    from ..sweeps.sweep_folders import SweepFolder

__all__ = ["sweep_sources"]

_INTERRUPTED = "interrupted"


def sweep_sources(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...", help="Files, or example:NAME.", show_default=False, autocompletion=complete_source
        ),
    ],
    order: Order = None,
    tol: Tol = None,
    rtol: Rtol = None,
    gramians: GramianKind = None,
    method: ReductionMethod = Method.truncate,
    unstable: Kept = UnstablePoles.keep,
    offset: Offset = 0.0,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", metavar="N", min=1, help="Number of processes (default: all cores).")
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the reduced models there, under the same names.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a sweep that was cut short: keep its results in FOLDER.")
    ] = False,
    no_error: NoError = False,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Reduce many models in parallel; those that fail are reported and do not stop the others.

    Models are written as they come, and noted in FOLDER/sweep.jsonl.
    """
    request = checked_request(order, tol, rtol)
    kind = checked_gramians(gramians)
    options: Any = {
        "gramians": kind,
        "method": method.value,
        "unstable": unstable.value,
        "offset": offset,
        "measure": not no_error,
        "descriptor": not ignore_e,
        **request,
    }
    folder = _sweep_folder(sources, output_dir, options, force, resume)
    from ..report.summaries import sweep_document, sweep_rows

    left = [source for source in sources if folder is None or source not in folder.known]
    sweep, stop = _run_sweep(left, folder, jobs, options)
    if folder is not None:
        sweep = folder.completed(sweep, left)
    written = [] if folder is None else folder.written
    document: dict[str, Any] = {**heading("sweep"), "requested": request, "results": sweep_document(sweep, sources)}
    rows = sweep_rows(sweep, sources)
    if resume and folder is not None:
        document["resumed"] = list(folder.known)
        rows.append(("Resumed", f"{len(folder.known)} of {len(sources)} results were there"))
    show(f"Reduction of {len(sources)} model{'s' * (len(sources) > 1)}", rows, document, written, as_json)
    missing = len(sources) - sum(model is not None for model in sweep)
    if stop is not None:
        say(stop)
    if missing:
        say(f"{missing} of {len(sources)} models could not be reduced")
        raise typer.Exit(INTERRUPTED if stop == _INTERRUPTED else UNMET)


def _run_sweep(
    sources: Sequence[str], folder: "SweepFolder | None", jobs: int | None, options: dict[str, Any]
) -> tuple["Sweep", str | None]:
    """Reduce the sources; return the results, and what ended the sweep early, if anything did."""
    from ..errors import ExecutorError
    from ..report.summaries import swept
    from ..sweeps.results import SweepInterrupted
    from ..sweeps.sweep import reduce_many
    from ..sweeps.workers import processes

    reduced: list[str] = []

    def receive(index: int, result: Any) -> None:
        reduced.append(sources[index])
        LOG.info("%s: reduced", sources[index])
        if folder is not None:
            folder.write(sources[index], *result)

    systems = [named_system(source) for source in sources]
    count = min(jobs or os.cpu_count() or 1, max(len(sources), 1))
    try:
        with processes(count) as workers, progress_bar("reducing") as tell:

            def progress(share: float) -> None:
                failed = round(share * len(sources)) - len(reduced)
                tell(share, f"{len(reduced)} done, {failed} failed")

            sweep = reduce_many(
                systems, workers, keep=swept, threads=None, receive=receive, progress=progress, **options
            )
            return sweep, None
    except ExecutorError as stop:
        return stop.sweep, stop.received
    except SweepInterrupted as stop:
        return stop.sweep, _INTERRUPTED


def _sweep_folder(
    sources: Sequence[str], folder: Path | None, options: dict[str, Any], force: bool, resume: bool
) -> "SweepFolder | None":
    """Return the folder for the results, where one is named, after a look at what is there."""
    if folder is None:
        if resume:
            raise InvalidArgumentError(
                "--resume", "--output-dir beside it", "this option alone", "name the folder that has the results so far"
            )
        return None
    outputs = _sweep_targets(sources, folder)
    from ..sweeps.sweep_folders import SweepFolder

    results = SweepFolder(folder, outputs, options, overwrite=force)
    permission = "add --force, or --resume to go on with a sweep that was cut short"
    if resume:
        results.resume()
        permission = "add --force: no sweep with the same options and the same source wrote this file"
    for source, path in outputs.items():
        if source not in results.known:
            check_target(path, MODEL_SUFFIXES, force, permission)
    return results


def _sweep_targets(sources: Sequence[str], folder: Path) -> dict[str, Path]:
    """Return the file for each reduced model: the name of its source, in `folder`."""
    targets = []
    for source in sources:
        name = Path(source.removeprefix(EXAMPLE))
        suffix = name.suffix if name.suffix.lower() in MODEL_SUFFIXES else ".npz"
        targets.append(folder / f"{name.stem}{suffix}")
    twice = next((path.name for i, path in enumerate(targets) if path in targets[:i]), None)
    if twice is not None:
        raise FileFormatError("--output-dir", "sources of different names", f"{twice} twice", "reduce them separately")
    return dict(zip(sources, targets, strict=True))
