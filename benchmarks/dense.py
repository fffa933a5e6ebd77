"""Dense balanced truncation beside SLICOT, python-control and pyMOR, and above the floor of one Schur form.

    python benchmarks/dense.py                    # n = 10 … 2000, about half an hour
    python benchmarks/dense.py --sizes 400 1000   # some of them
    python benchmarks/dense.py --stages 1000      # what the time of one reduction is spent on

prints one table: medians of alternating repetitions in one process, BLAS limited to two threads (--threads), the
accuracy of what came out, and the peak memory of each tool, measured in a process of its own. The system has n/2
oscillators with frequencies from 0.1 to 1000 rad/s and damping ratios from 0.02 to 0.12, in random orthogonal
coordinates, with two random inputs and outputs; it is reduced to 20 states (n/2 at most).
"""

import argparse
import importlib.util
import subprocess
import sys

import models
import numpy as np
import peers
import scipy.linalg as la
from measuring import alternating, blas_threads, measured
from rich.console import Console
from rich.table import Table

import dlnbalance as dln

SIZES = (10, 20, 50, 100, 200, 400, 600, 1000, 1500, 2000)
PYMOR_LIMIT = 600  # states; beyond it pyMOR's dense solvers take minutes
MEMORY_FROM = 400  # states; below it n×n doubles are small beside everything else
console = Console(width=140)


def with_dlnbalance(given, order):
    model = dln.reduce(given.system(), order)
    return model.system.to_tuple()[:4], model.hsv


def schur(given, _order):
    return la.schur(given.A)


TOOLS = {
    "dlnbalance.reduce": (with_dlnbalance, "dlnbalance"),
    "slycot.ab09ad": (peers.ab09ad, "slycot"),
    "control.balanced_reduction": (peers.control_reduction, "slycot"),  # which does the work
    "pymor BTReductor": (peers.pymor_reduction, "pymor"),
    "scipy.linalg.schur": (schur, "scipy"),
}


def available(n):
    """Tools that are installed and are measured at this size."""
    found = {name: tool for name, (tool, package) in TOOLS.items() if importlib.util.find_spec(package)}
    if n > PYMOR_LIMIT:
        found.pop("pymor BTReductor", None)
    return found


def noise(given, order, hsv):
    """How far SLICOT's HSVs move when the states are only put in another order: what rounding does to any tool."""
    p = np.random.default_rng(1).permutation(given.n)
    permuted = given._replace(A=given.A[np.ix_(p, p)], B=given.B[p], C=given.C[:, p])
    return largest(peers.ab09ad(permuted, order)[1] - hsv) / hsv[0]


def accuracy(runs, given, order):
    """Of each tool: HSVs against the reference, the response against the reference, the error on a grid; all / σ_1."""
    results = {name: run() for name, run in runs.items() if name != "scipy.linalg.schur"}
    reference, reference_hsv = results.get("slycot.ab09ad", results["dlnbalance.reduce"])
    omega, scale = np.geomspace(0.01, 1e4, 300), reference_hsv[0]
    responses = {name: response(model, omega) for name, (model, _) in results.items()}
    full, expected = response(given[:3], omega), response(reference, omega)
    shown = {}
    for name, (_, hsv) in results.items():
        values = "–" if hsv is None else f"{largest(hsv[: len(reference_hsv)] - reference_hsv[: len(hsv)]) / scale:.1e}"
        shown[name] = (
            values,
            f"{largest(responses[name] - expected) / scale:.1e}",
            f"{largest(responses[name] - full) / scale:.6f}",
        )
    if "slycot.ab09ad" in shown:
        shown["slycot.ab09ad"] = (f"{noise(given, order, reference_hsv):.1e}", *shown["slycot.ab09ad"][1:])
    return shown


def response(matrices, omega):
    A, B, C, *D = (np.asarray(M, dtype=float) for M in matrices if M is not None)
    return dln.frequency_response(dln.LinearSystem(A, B, C, *D), omega)


def largest(difference):
    """Largest entry of a vector, or largest gain of a stack of matrices."""
    if difference.ndim == 1:
        return np.abs(difference).max()
    return np.linalg.svd(difference, compute_uv=False).max()


def measured_memory(name, n, threads):
    """Peak memory of one tool in n×n doubles, from a fresh process."""
    if n < MEMORY_FROM:
        return "–"
    command = [sys.executable, __file__, "--memory", name, "--sizes", str(n), "--threads", str(threads)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return output.splitlines()[-1]


def print_memory(name, n):
    tool, given = TOOLS[name][0], models.oscillators(n)
    tool(models.oscillators(60), 10)  # loads libraries and starts threads
    peak = measured(lambda: tool(given, 20)).peak
    print("–" if peak is None else f"{peak / (8 * n**2):.1f}")


def rows(n, repetitions, threads):
    given, order = models.oscillators(n), min(20, n // 2)
    runs = {name: (lambda tool=tool: tool(given, order)) for name, tool in available(n).items()}
    seconds = alternating(runs, repetitions)
    quality = accuracy(runs, given, order)
    ours = seconds["dlnbalance.reduce"]
    for name, value in seconds.items():
        yield (
            f"{n}",
            name,
            f"{1e3 * value:.2f} ms" if value < 0.1 else f"{value:.3f} s",
            f"{value / ours:.2f}",
            f"{value / seconds['scipy.linalg.schur']:.2f}",
            *quality.get(name, ("", "", "")),
            measured_memory(name, n, threads),
        )


def stages(n):
    """Milliseconds of every stage of a reduction, each run by itself, and of the whole."""
    from dlnbalance.gramians.lyapunov import Lyapunov
    from dlnbalance.gramians.stability import check_stable
    from dlnbalance.linalg.band_form import BandForm
    from dlnbalance.linalg.lyapunov import gramian_factor
    from dlnbalance.linalg.pencils import flipped, schur_form

    A, B, C = models.oscillators(n)[:3]
    system = dln.LinearSystem(A, B, C)
    schur = system.schur
    pair = Lyapunov()(system)
    form, triples = pair._band_form, pair.triples(20)
    runs = {
        "checking and scaling the matrices": lambda: dln.LinearSystem(A, B, C).coordinates,
        "Schur form": lambda: schur_form(A),
        "stability beyond rounding": lambda: check_stable(system),
        "factor of P": lambda: gramian_factor(schur, B, discrete=False),
        "factor of Q": lambda: flipped(gramian_factor(schur.adjoint, C.T, discrete=False)),
        "product of the factors": pair._formed_matrix,
        "its band form": lambda: BandForm(pair._formed_matrix()),  # the product is taken off below
        "all singular values": lambda: type(form).values.func(form),
        "20 singular vectors on either side": lambda: form.leading(20),
        "bases of the projection": lambda: (
            pair.last_layer_rows(triples.left),
            pair.first_layer_columns(triples.right),
        ),
        "the whole reduction": lambda: dln.reduce(dln.LinearSystem(A, B, C), 20),
        "scipy.linalg.schur": lambda: la.schur(A),
    }
    seconds = alternating(runs)
    seconds["its band form"] -= seconds["product of the factors"]
    table = Table(title=f"Where the time goes, n = {n}", title_justify="left")
    table.add_column("stage")
    table.add_column("ms", justify="right")
    for name, value in seconds.items():
        table.add_row(name, f"{1e3 * value:.1f}")
    console.print(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--stages", type=int, metavar="N", help="print the times of the stages for N > 100 states")
    parser.add_argument("--memory", choices=TOOLS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name, (_, package) in TOOLS.items():
        if not importlib.util.find_spec(package):
            console.print(f"{name} is skipped: {package} is not installed")
    blas_threads(options.threads)
    if options.memory:
        print_memory(options.memory, *options.sizes)
        return
    if options.stages is not None:
        if options.stages <= 100:
            parser.error("--stages: N > 100 is needed; smaller reductions have other stages")
        stages(options.stages)
        return
    table = Table(title=f"Balanced truncation to 20 states, {options.threads} BLAS threads", title_justify="left")
    for column in (
        "n",
        "tool",
        "median",
        "/ dlnbalance",
        "/ Schur form",
        "HSVs differ by",
        "response differs by",
        "error on a grid",
        "memory (n×n)",
    ):
        table.add_column(column, justify="left" if column == "tool" else "right", no_wrap=column == "tool")
    for n in options.sizes:
        for row in rows(n, options.repetitions, options.threads):
            table.add_row(*row)
        table.add_section()
    console.print(table)
    console.print(
        "Differences are from SLICOT's results (dlnbalance's own without it); all accuracies in units of σ_1."
        " For SLICOT's own HSVs: how far they move when the states are put in another order."
    )


if __name__ == "__main__":
    main()
