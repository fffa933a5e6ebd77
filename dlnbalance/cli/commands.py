"""The command line: ``dlnbalance reduce``, ``sweep``, ``balance``, ``compare``, ``info`` and ``examples``.

Exit status: 0 done; 1 a stated requirement (``--max-error``) is not met, or a model of a sweep could not be reduced;
2 bad input, with one line on standard error that says what to do; 130 interrupted.

Numerical libraries are imported inside the commands, so that ``dlnbalance --help`` answers at once.
"""

import math
import os
import signal
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import FileFormatError, InvalidArgumentError
from ..files.writing import check_targets
from .terminal import INTERRUPTED, UNMET, Program, busy, plain, progress_bar, say, screen, show, show_table, write_json

if TYPE_CHECKING:
    from ..networks.network import DeepLinearNetwork
    from ..norms.peaks import PeakGain
    from ..reduction.truncation import ReducedModel
    from ..sweeps.sweep import Sweep
    from ..sweeps.sweep_folders import SweepFolder
    from ..systems.linear_system import LinearSystem

__all__ = ["app", "main"]

_DEFAULT_RTOL = 1e-3  # what `reduce` aims at when nothing is asked for
_EXAMPLE = "example:"
_INTERRUPTED = "interrupted"
_SUFFIXES = {
    "--output": (".mat", ".npz", ".mtx"),
    "network": (".npz",),
    "--report": (".html",),
    "--plot": (".pdf", ".png", ".svg"),
}

# -- options ------------------------------------------------------------------------------------------------------

app = typer.Typer(
    cls=Program,
    name="dlnbalance",
    help="Balance and reduce linear models, with a proof of how good the result is.",
    epilog="SOURCE is the file of a model or of a network, or example:NAME (see dlnbalance examples).",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class _Method(StrEnum):
    truncate = "truncate"
    residualize = "residualize"


class _Flow(StrEnum):
    regularizing = "regularizing"
    kirwan_ness = "kirwan-ness"
    helmke_moore = "helmke-moore"


class _Form(StrEnum):
    balanced = "balanced"
    input_normal = "input-normal"
    output_normal = "output-normal"


_Order = Annotated[int | None, typer.Option(metavar="R", help="Number of states to keep.")]
_Tol = Annotated[float | None, typer.Option(metavar="T", help="Largest error bound, in units of the gain.")]
_Rtol = Annotated[
    float | None,
    typer.Option(
        metavar="T", help=f"The same, relative to the largest Hankel singular value (default {_DEFAULT_RTOL:g})."
    ),
]
_ReductionMethod = Annotated[
    _Method, typer.Option(help="Keep the gain at high frequencies (truncate) or at frequency zero (residualize).")
]
_NoError = Annotated[bool, typer.Option("--no-error", help="Do not measure the H-infinity error.")]
_Source = Annotated[str, typer.Argument(metavar="SOURCE", help="File, or example:NAME.", show_default=False)]
_Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="OUT", help="Write the result to this file.")]
_Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
_IgnoreE = Annotated[
    bool, typer.Option("--ignore-E", help="Do not read E from files, where it is no descriptor matrix.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def main() -> None:
    """Run the program on the arguments of the process."""
    if hasattr(signal, "SIGPIPE"):  # end like other programs, silently, when the reader of a pipe goes away
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    app(prog_name="dlnbalance")


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from .. import __version__

        typer.echo(f"dlnbalance {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


# -- commands -----------------------------------------------------------------------------------------------------


@app.command("reduce")
def _reduce(
    source: _Source,
    order: _Order = None,
    tol: _Tol = None,
    rtol: _Rtol = None,
    method: _ReductionMethod = _Method.truncate,
    output: _Output = None,
    report: Annotated[Path | None, typer.Option(metavar="OUT.html", help="Write a report with pictures.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="OUT.png", help="Write the pictures (.png, .svg, .pdf).")] = None,
    max_error: Annotated[
        float | None,
        typer.Option(metavar="X", help="If the measured error is larger, write nothing and exit with status 1."),
    ] = None,
    no_error: _NoError = False,
    force: _Force = False,
    ignore_e: _IgnoreE = False,
    as_json: _Json = False,
) -> None:
    """Reduce a model by balanced truncation, or the hidden widths of a network, and measure the error."""
    request = _checked_request(order, tol, rtol)
    _check_max_error(max_error, no_error)
    targets = {"--output": output, "--report": report, "--plot": plot}
    _check_targets(targets, force)
    subject = _load(source, ignore_e)
    if _is_network(subject):
        _check_network_options({"--report": report, "--plot": plot, "--method": method is not _Method.truncate})
        _check_targets({"--output": output}, force, network=True)
        _reduce_network(source, subject, request, max_error, no_error, output, force, as_json)
        return
    from ..reduction.truncation import reduce
    from ..report.page import check_available, facts, measured_error
    from ..report.summaries import reduction_document

    if report is not None:
        check_available()
    with busy("reducing"):
        model = reduce(subject, method=method.value, **request)
    error = None
    if not no_error:
        with busy("measuring the error"):
            error = measured_error(model)
    met = max_error is None or (error is not None and error.value <= max_error)
    written = []
    if met:
        with busy("writing"):
            written = _write_reduction(model, error, targets, force)
    document = {
        "source": source,
        "requested": request,
        **reduction_document(model, error),
        "max_error": max_error,
        "requirement_met": met,
    }
    asked = _asked(request, given=any(value is not None for value in (order, tol, rtol)))
    show(f"Reduction of {source}", [("Asked for", asked), *facts(model, error)], document, written, as_json)
    _exit_unmet(met, max_error)


def _reduce_network(
    source: str,
    network: "DeepLinearNetwork",
    request: dict[str, Any],
    max_error: float | None,
    no_error: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    from ..report.summaries import reduce_network

    with busy("reducing"):
        model, rows, document = reduce_network(network, request, measure=not no_error)
    met = max_error is None or model.error() <= max_error
    written = []
    if met and output is not None:
        from ..files.models import save

        save(model, output, overwrite=force)
        written = [output]
    document = {"source": source, "requested": request, **document, "max_error": max_error, "requirement_met": met}
    show(f"Reduction of {source}", [("Asked for", _asked(request)), *rows], document, written, as_json)
    _exit_unmet(met, max_error)


def _asked(request: dict[str, Any], *, given: bool = True) -> str:
    [(name, value)] = request.items()
    return f"{name} {value:g}" + ("" if given else " (the default; choose with --order, --tol or --rtol)")


def _exit_unmet(met: bool, max_error: float | None) -> None:
    if not met:
        say(f"the measured error exceeds --max-error {max_error:g}; nothing was written")
        raise typer.Exit(UNMET)


def _check_network_options(options: Mapping[str, Any]) -> None:
    """Refuse the options that say nothing about a network."""
    for name, value in options.items():
        if value:
            raise InvalidArgumentError(name, "a linear model", "a deep linear network", "leave this option out")


@app.command("sweep")
def _sweep(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Files, or example:NAME.", show_default=False)
    ],
    order: _Order = None,
    tol: _Tol = None,
    rtol: _Rtol = None,
    method: _ReductionMethod = _Method.truncate,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", metavar="N", min=1, help="Number of processes (default: all cores).")
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the reduced models there, under the same names.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a sweep that was cut short: keep its results in FOLDER.")
    ] = False,
    no_error: _NoError = False,
    force: _Force = False,
    ignore_e: _IgnoreE = False,
    as_json: _Json = False,
) -> None:
    """Reduce many models in parallel; those that fail are reported and do not stop the others.

    Models are written as they come, and noted in FOLDER/sweep.jsonl.
    """
    request = _checked_request(order, tol, rtol)
    options: Any = {"method": method.value, "measure": not no_error, "descriptor": not ignore_e, **request}
    folder = _sweep_folder(sources, output_dir, options, force, resume)
    from ..report.summaries import sweep_document, sweep_rows

    left = [source for source in sources if folder is None or source not in folder.known]
    sweep, stop = _run_sweep(left, folder, jobs, options)
    if folder is not None:
        sweep = folder.completed(sweep, left)
    written = [] if folder is None else folder.written
    document: dict[str, Any] = {"requested": request, "results": sweep_document(sweep, sources)}
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
    from ..sweeps.sweep import SweepInterrupted, reduce_many
    from ..sweeps.workers import processes

    def receive(index: int, result: Any) -> None:
        if folder is not None:
            folder.write(sources[index], *result)

    systems = [_named_system(source) for source in sources]
    count = min(jobs or os.cpu_count() or 1, max(len(sources), 1))
    try:
        with processes(count) as workers, progress_bar("reducing") as progress:
            sweep = reduce_many(
                systems, workers, keep=swept, threads=None, receive=receive, progress=progress, **options
            )
            return sweep, None
    except ExecutorError as stop:
        return stop.sweep, stop.received
    except SweepInterrupted as stop:
        return stop.sweep, _INTERRUPTED


@app.command("balance")
def _balance(
    source: _Source,
    form: Annotated[_Form | None, typer.Option(help="Which Gramians become what (default balanced).")] = None,
    output: _Output = None,
    force: _Force = False,
    ignore_e: _IgnoreE = False,
    as_json: _Json = False,
) -> None:
    """Balance a model (equal, diagonal Gramians) or a deep linear network (equal moments)."""
    subject = _load(source, ignore_e)
    network = _is_network(subject)
    _check_targets({"--output": output}, force, network=network)
    if network and form is not None:
        raise InvalidArgumentError("--form", "a model", "a deep linear network", "leave this option out")
    with busy("balancing"):
        from ..report.summaries import balance_model, balance_network

        if network:
            result, rows, document = balance_network(subject)
        else:
            result, rows, document = balance_model(subject, (form or _Form.balanced).value)
    written = []
    if output is not None:
        from ..files.models import save

        save(result, output, overwrite=force)
        written = [output]
    show(f"Balancing of {source}", rows, {"source": source, **document}, written, as_json)


@app.command("compare")
def _compare(
    source: _Source,
    order: Annotated[int | None, typer.Option(metavar="R", help="Order of the reduced models.")] = None,
    realizations: Annotated[
        bool,
        typer.Option(
            "--realizations",
            help="Compare the Gramian-balanced with the norm-balanced realization (with --order: reduced first).",
        ),
    ] = False,
    bits: Annotated[
        list[int] | None,
        typer.Option(metavar="B", help="Word length of coefficients; may be repeated (default 8, 12 and 16)."),
    ] = None,
    draws: Annotated[
        int | None, typer.Option(metavar="K", help="Random coordinates over which rounding is averaged (default 20).")
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="OUT.png", help="Write a picture (.png, .svg, .pdf).")] = None,
    force: _Force = False,
    ignore_e: _IgnoreE = False,
    as_json: _Json = False,
) -> None:
    """Compare with python-control and SLICOT, two realizations, or the notions of balanced on a network."""
    subject = _load(source, ignore_e)
    _check_targets({"--plot": plot}, force)
    if realizations:
        comparison = _compare_realizations(source, subject, order, bits, draws)
    else:
        for option, value in (("--bits", bits), ("--draws", draws)):
            if value is not None:
                raise InvalidArgumentError(option, "--realizations beside it", "this option alone", "add or drop one")
        with busy("comparing"):
            from ..comparison.comparing import compare

            comparison = compare(subject, order)
    if plot is not None:
        from ..plotting import comparison as picture
        from ..plotting import write_figure

        write_figure(picture(comparison), plot, overwrite=force)
    if as_json:
        written = {"written": [str(plot)]} if plot is not None else {}
        write_json({"source": source, **comparison.to_dict(), **written})
        return
    console = screen()
    for part in comparison.parts():
        console.print(plain(part.title), style="bold")
        header, rows = part.texts()
        show_table(header, rows)
        for remark in part.remarks:
            console.print(plain(f"- {remark}"))
    if plot is not None:
        console.print(plain(f"Written: {plot}"))


def _compare_realizations(
    source: str, subject: Any, order: int | None, bits: Sequence[int] | None, draws: int | None
) -> Any:
    from ..comparison.comparing import compare_realizations
    from ..reduction.truncation import reduce

    system = _checked_model(source, subject)
    with progress_bar("rounding") as progress:
        return compare_realizations(
            system if order is None else reduce(system, order).system,
            bits=bits or (8, 12, 16),
            draws=20 if draws is None else draws,
            progress=progress,
        )


@app.command("info")
def _info(source: _Source, ignore_e: _IgnoreE = False, as_json: _Json = False) -> None:
    """Describe a model (poles, stability, Hankel singular values, norm) or a deep linear network."""
    subject = _load(source, ignore_e)
    with busy("looking"):
        from ..report.summaries import model_summary, network_summary

        rows, document = network_summary(subject) if _is_network(subject) else model_summary(subject)
    show(source, rows, {"source": source, **document}, None, as_json)


@app.command("flow")
def _flow(
    source: _Source,
    kind: Annotated[_Flow, typer.Option(help="Which flow on the gauge orbit.")] = _Flow.regularizing,
    time: Annotated[
        float, typer.Option("--time", "-t", metavar="T", help="Time to follow it (inf: to its end).")
    ] = 10.0,
    output: _Output = None,
    plot: Annotated[Path | None, typer.Option(metavar="OUT.png", help="Write a picture (.png, .svg, .pdf).")] = None,
    force: _Force = False,
    ignore_e: _IgnoreE = False,
    as_json: _Json = False,
) -> None:
    """Follow a balancing flow of a network or a model; what the gauge group leaves alone is conserved."""
    subject = _load(source, ignore_e)
    _check_targets({"--output": output}, force, network=_is_network(subject))
    _check_targets({"--plot": plot}, force)
    from ..report.summaries import flow_summary, follow_flow

    with progress_bar(f"{kind.value} flow") as progress:
        path = follow_flow(subject, kind.value, time, progress)
    rows, document = flow_summary(path, kind.value)
    written = []
    if output is not None:
        from ..files.models import save

        save(path.states[-1], output, overwrite=force)
        written.append(output)
    if plot is not None:
        from ..plotting import trajectory, write_figure

        write_figure(trajectory(path), plot, overwrite=force)
        written.append(plot)
    show(f"Flow from {source}", rows, {"source": source, **document}, written, as_json)


@app.command("examples")
def _examples(as_json: _Json = False) -> None:
    """List the models that example:NAME stands for."""
    from .. import examples

    documents: list[dict[str, Any]] = []
    for name in examples.names():
        system = examples.get(name)
        sizes = {"states": system.nstates, "inputs": system.ninputs, "outputs": system.noutputs}
        documents.append({"name": name, **sizes, "description": examples.describe(name)})
    if as_json:
        write_json({"examples": documents})
        return
    show_table(list(documents[0]), [[str(value) for value in document.values()] for document in documents])


# -- what commands check before the long work ---------------------------------------------------------------------


def _checked_request(order: int | None, tol: float | None, rtol: float | None) -> dict[str, Any]:
    """Return the one thing that was asked for, as an argument of `reduce`."""
    asked = {"order": order, "tol": tol, "rtol": rtol}
    given = {name: value for name, value in asked.items() if value is not None}
    if len(given) > 1:
        names = " and ".join(f"--{name}" for name in given)
        raise InvalidArgumentError(names, "only one of --order, --tol and --rtol", f"{len(given)} of them", "drop one")
    for name in ("tol", "rtol"):
        if name in given and not 0 < given[name] < math.inf:
            raise InvalidArgumentError(f"--{name}", "a positive number", f"{given[name]}", "it bounds the error")
    return given or {"rtol": _DEFAULT_RTOL}


def _check_max_error(max_error: float | None, no_error: bool) -> None:
    if max_error is None:
        return
    if no_error:
        raise InvalidArgumentError("--max-error", "a measured error", "--no-error", "drop one of the two")
    if not 0 <= max_error < math.inf:
        raise InvalidArgumentError("--max-error", "a number that is not negative", f"{max_error}", "see reduce --help")


def _check_targets(targets: Mapping[str, Path | None], force: bool, *, network: bool = False) -> None:
    """Refuse files that could not be written, before anything is computed."""
    given = {option: path for option, path in targets.items() if path is not None}
    if len({path.resolve() for path in given.values()}) < len(given):
        raise FileFormatError(" and ".join(given), "different files", "the same one twice", "choose other names")
    for option, path in given.items():
        _check_target(path, _SUFFIXES["network" if network else option], force)


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
            _check_target(path, _SUFFIXES["--output"], force, permission)
    return results


def _sweep_targets(sources: Sequence[str], folder: Path) -> dict[str, Path]:
    """Return the file for each reduced model: the name of its source, in `folder`."""
    targets = []
    for source in sources:
        name = Path(source.removeprefix(_EXAMPLE))
        suffix = name.suffix if name.suffix.lower() in _SUFFIXES["--output"] else ".npz"
        targets.append(folder / f"{name.stem}{suffix}")
    twice = next((path.name for i, path in enumerate(targets) if path in targets[:i]), None)
    if twice is not None:
        raise FileFormatError("--output-dir", "sources of different names", f"{twice} twice", "reduce them separately")
    return dict(zip(sources, targets, strict=True))


def _check_target(path: Path, suffixes: Sequence[str], force: bool, permission: str = "add --force") -> None:
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        received = repr(suffix) if suffix else "no suffix"
        raise FileFormatError(str(path), f"a name that ends in {' or '.join(suffixes)}", received, "rename it")
    files = [path]
    if suffix == ".mtx":
        from ..files.models import targets

        files = targets(path)
    check_targets(path, files, overwrite=force, permission=permission)


# -- loading and writing ------------------------------------------------------------------------------------------


def _load(source: str, ignore_e: bool) -> Any:
    """Read what SOURCE names: a LinearSystem or a DeepLinearNetwork."""
    with busy("reading"):
        if source.startswith(_EXAMPLE):
            from .. import examples

            return examples.get(source.removeprefix(_EXAMPLE))
        from ..files.models import load

        return load(source, descriptor=not ignore_e)


def _checked_model(source: str, subject: Any) -> "LinearSystem":
    if _is_network(subject):
        raise InvalidArgumentError(
            source, "a linear model", "a deep linear network", "use dlnbalance balance, compare or info with it"
        )
    return subject


def _named_system(source: str) -> Any:
    """What a sweep takes for SOURCE: an example, or a path that a worker reads."""
    if source.startswith(_EXAMPLE):
        from .. import examples

        return examples.get(source.removeprefix(_EXAMPLE))
    return Path(source)


def _is_network(subject: Any) -> bool:
    from ..networks.network import DeepLinearNetwork

    return isinstance(subject, DeepLinearNetwork)


def _write_reduction(
    model: "ReducedModel", error: "PeakGain | None", targets: Mapping[str, Path | None], force: bool
) -> list[Path]:
    output, report, plot = targets["--output"], targets["--report"], targets["--plot"]
    if output is not None:
        from ..files.models import save

        save(model.system, output, overwrite=force)
    if report is not None:
        from ..report.page import write_report

        write_report(model, report, measure=error is not None, overwrite=force)
    if plot is not None:
        from ..plotting import overview, write_figure

        peak = error if error is not None and math.isfinite(error.value) else None
        write_figure(overview(model, peak=peak), plot, overwrite=force)
    return [path for path in targets.values() if path is not None]
