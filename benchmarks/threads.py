"""One BLAS thread or two: what small work gains from the second one, on idle cores and beside busy processes.

    python benchmarks/threads.py            # beside nothing but what the machine does anyway
    python benchmarks/threads.py --busy 1   # beside a process that computes all the time

prints, for every size, the least and the largest time on the clock and the least time of the processor with one
thread, with two, and by default, where models of up to 600 states are kept on one of two (docs/threads.md).
"""

import argparse
import os
import subprocess
import sys
from contextlib import contextmanager

import models
from measuring import Times, blas_threads, machine, machine_in_words, timed
from rich.console import Console
from rich.table import Table

import dlnbalance as dln
from dlnbalance.linalg.threads import threads_as_chosen

SIZES = (20, 50, 100, 200, 400, 600, 1000)
LARGEST_PEAK = 400  # states of hinf_norm


@contextmanager
def busy(count):
    """So many processes beside this one that do nothing but count."""
    script = (
        "import os\nwhile os.getppid() == int(os.sys.argv[1]): pass"  # and ends with this process, however that ends
    )
    others = [subprocess.Popen([sys.executable, "-c", script, str(os.getpid())]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def computations(sizes):
    for n in sizes:
        given = models.random(n)
        yield "reduce", "random", n, lambda given=given: dln.reduce(given.system(), 4)
        if n <= LARGEST_PEAK:
            yield "hinf_norm", "random", n, lambda given=given: dln.hinf_norm(given.system())
    if models.folder() is not None:
        given = models.stored("iss")
        yield "reduce and error()", "iss", given.n, lambda: dln.reduce(given.system(), 20).error()


def compared(run, rounds):
    """Times in turn: with one thread, with two, and by default."""
    found = {"1": [], "2": [], "default": []}
    for k in range(rounds + 1):  # the first round loads what is loaded on first use
        for name, times in found.items():
            with blas_threads(1 if name == "1" else 2):
                if name == "default":
                    one = timed(run)
                else:
                    with threads_as_chosen():
                        one = timed(run)
            if k:
                times.append(one)
    return found


def shown(times: list[Times]):
    wall = [one.wall for one in times]
    return f"{1e3 * min(wall):.3g} … {1e3 * max(wall):.3g}", f"{1e3 * min(one.cpu for one in times):.3g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--busy", type=int, default=0, help="processes that compute beside this one")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if os.environ.get("DLNBALANCE_ONE_THREAD"):
        parser.error("DLNBALANCE_ONE_THREAD is set: unset it to see what happens by default")
    table = Table(title=f"Milliseconds beside {options.busy} busy processes", title_justify="left")
    for column in ("computation", "model", "n"):
        table.add_column(column)
    for threads in ("1 thread", "2 threads", "default"):
        table.add_column(f"{threads}: wall", justify="right")
        table.add_column("CPU", justify="right")
    facts = machine("threadpoolctl")
    with busy(options.busy):
        for computation, model, n, run in computations(options.sizes):
            cells = [cell for times in compared(run, options.rounds).values() for cell in shown(times)]
            table.add_row(computation, model, f"{n}", *cells)
    Console(width=130).print(table)
    print(machine_in_words(facts))


if __name__ == "__main__":
    main()
