"""Every computation beside its peers: one table, as text, as JSON, or as the README's.

    python benchmarks/run.py --quick                      # under two minutes on two cores
    python benchmarks/run.py --json figures.json          # n = 2 … 2,000, one and two threads: hours; keeps the figures
    python benchmarks/run.py --only reduce hinf_norm --sizes 20 200 --threads 1
    python benchmarks/run.py --markdown                   # the README's table, one thread, some minutes
    python benchmarks/run.py --markdown --read figures.json   # the same from kept figures

Times are the least of several calls in turn in one process, of the processor (all threads together) and on the clock.
Ratios are peer / here: below one this library takes longer. What computes nothing says why. With DLNBALANCE_DATA the
models of the SLICOT collection are among the cases. On more than one thread this library keeps BLAS on one for models
of up to 600 states, unless DLNBALANCE_ONE_THREAD=0 (docs/threads.md).
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

from cases import COMPUTATIONS
from measuring import blas_threads, fastest, machine, machine_in_words
from peers import LIBRARIES
from rich.console import Console
from rich.table import Table

SIZES = (2, 4, 10, 20, 50, 100, 200, 400, 1000, 2000)
QUICK = (4, 20, 100)
README = (10, 50, 200, 1000)
README_COMPUTATIONS = (
    "reduce",
    "hinf_norm",
    "factors",
    "hankel_singular_values",
    "h2_norm",
    "minreal",
    "frequency_response",
    "reduce_many",
)
README_LEAVES_OUT = ("oscillators, discrete", "lightly damped")  # which tell nothing new
SECONDS, QUICK_SECONDS = 2.0, 0.1  # of every case and peer


def measured(names, sizes, threads, seconds, progress=None):
    """The rows of the table, as dictionaries: one for every case, number of threads and peer."""
    rows = []
    for number in threads:
        with warnings.catch_warnings(action="ignore"), blas_threads(number):  # peers warn of what they return
            for name in names:
                for case in COMPUTATIONS[name](sizes):
                    if progress is not None:
                        progress(f"{number} thread(s): {case.computation}, {case.model}, n = {case.n}")
                    rows.extend(_rows(case, number, fastest(case.runs, seconds)))
    return rows


def _rows(case, threads, times):
    """One row for each peer; of a case without peers one for itself."""
    here = times["here"]

    def shown(value):
        return None if value is None or value != value else value  # no number in JSON where there is none

    common = {
        "computation": case.computation,
        "model": case.model,
        "n": case.n,
        "threads": threads,
        "cpu": shown(here.cpu),
        "wall": shown(here.wall),
        "failed": here.failed,
    }
    for peer in list(times)[1:] or [None]:
        other = times.get(peer)
        yield {
            **common,
            "peer": peer,
            "peer_cpu": other and shown(other.cpu),
            "peer_wall": other and shown(other.wall),
            "peer_failed": other and other.failed,
            "ratio": other and shown(other.cpu / here.cpu),
            "wall_ratio": other and shown(other.wall / here.wall),
        }


def seconds_in_words(value, failed=""):
    if failed:
        return "failed"
    if value is None:
        return ""
    for unit, name in ((1, "s"), (1e-3, "ms")):
        if value >= unit:
            return f"{value / unit:.3g} {name}"
    return f"{1e6 * value:.0f} μs"


def ratio_in_words(value):
    return "" if value is None else f"{value:.2g}" if value < 99.5 else f"{value:.0f}"


def table(rows):
    """All rows, with the times here once a case."""
    shown = Table(title="Least times of the processor and on the clock; ratios are peer / here", title_justify="left")
    for column in ("computation", "model", "n", "threads", "CPU", "wall", "peer", "CPU", "wall", "ratio", "of wall"):
        left = column in ("computation", "model", "peer")
        shown.add_column(column, justify="left" if left else "right", no_wrap=True)
    last = None
    for row in rows:
        case = [row["computation"], row["model"], f"{row['n']}", f"{row['threads']}"]
        times = [seconds_in_words(row[key], row["failed"]) for key in ("cpu", "wall")]
        peer = [seconds_in_words(row[key], row["peer_failed"]) for key in ("peer_cpu", "peer_wall")]
        ratios = [ratio_in_words(row[key]) for key in ("ratio", "wall_ratio")]
        shown.add_row(*([""] * 6 if case == last else [*case, *times]), row["peer"] or "–", *peer, *ratios)
        last = case
    return shown


def failures(rows):
    """What computed nothing, and why; once each."""
    found = {}
    for row in rows:
        where = f"{row['computation']}, {row['model']}, n = {row['n']}"
        found |= {f"here: {where}": row["failed"]} if row["failed"] else {}
        found |= {f"{row['peer']}: {where}": row["peer_failed"]} if row["peer_failed"] else {}
    return [f"{where}: {reason}" for where, reason in found.items()]


def markdown(rows, sizes):
    """The README's table: CPU times here with the ratio to the first peer, by computation, model and size."""
    header = ["computation", "model", "beside", *(f"n = {n:,}" for n in sizes)]
    lines = ["| " + " | ".join(header) + " |", "| --- | --- | --- |" + " ---: |" * len(sizes)]
    cells = {}
    for row in rows:
        key = row["computation"], row["model"]
        if row["threads"] == 1 and row["peer"] and row["n"] in sizes and row["model"] not in README_LEAVES_OUT:
            beside, found = cells.setdefault(key, (row["peer"], {}))
            if row["peer"] == beside:
                ratio = ratio_in_words(row["ratio"]) or "–"
                found[row["n"]] = f"{seconds_in_words(row['cpu'], row['failed'])} ({ratio})"
    for (computation, model), (beside, found) in cells.items():
        name, _, rest = computation.partition(", ")
        words = f"`{name}`" if name.isidentifier() else name
        words += f", {rest}" if rest else ""
        lines.append("| " + " | ".join([words, model, beside, *(found.get(n, "–") for n in sizes)]) + " |")
    return "\n".join(lines)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few sizes, short repetitions")
    parser.add_argument("--only", nargs="+", choices=COMPUTATIONS, metavar="COMPUTATION", help=", ".join(COMPUTATIONS))
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of states, even")
    parser.add_argument("--threads", type=int, nargs="+", help="numbers of BLAS threads (1 2)")
    parser.add_argument("--seconds", type=float, help="for the repetitions of each call")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures, too")
    parser.add_argument("--read", type=Path, metavar="FILE", help="figures that were kept, instead of measuring")
    parser.add_argument("--markdown", action="store_true", help="print the README's table")
    return parser


def main(arguments=None):
    parser = options()
    given = parser.parse_args(arguments)
    if any(size < 2 or size % 2 for size in given.sizes or ()):
        parser.error("--sizes: even numbers of states are needed")
    sizes = given.sizes or (README if given.markdown else QUICK if given.quick else SIZES)
    if given.read:
        document = json.loads(given.read.read_text(encoding="utf-8"))
    else:
        names = given.only or (README_COMPUTATIONS if given.markdown else COMPUTATIONS)
        threads = given.threads or ((1,) if given.markdown else (1, 2))
        seconds = given.seconds or (QUICK_SECONDS if given.quick else SECONDS)
        facts = machine(*LIBRARIES.values())
        progress = Console(stderr=True)
        with progress.status("") as status:
            rows = measured(names, sizes, threads, seconds, status.update if progress.is_terminal else None)
        document = {"machine": facts, "threads": list(threads), "rows": rows}
    if given.json:
        given.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console = Console(width=None if sys.stdout.isatty() else 190)
    if given.markdown:
        print(markdown(document["rows"], sizes))
    else:
        console.print(table(document["rows"]))
    print(machine_in_words(document["machine"]))
    for line in failures(document["rows"]):
        print(line)


if __name__ == "__main__":
    main()
