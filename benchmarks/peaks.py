"""H∞ norms and errors of reduced models beside SLICOT's AB13DD and the time of the reduction itself.

    DLNBALANCE_DATA=<folder of reference models> OMP_NUM_THREADS=1 python benchmarks/peaks.py
    OMP_NUM_THREADS=1 python benchmarks/peaks.py --sizes 5 20 50

prints one table: CPU milliseconds (medians of alternating repetitions in one process), the ratios AB13DD / hinf_norm
and reduce / error(), where below one this library takes longer, and by how much the two norms differ. Random systems
are Gaussian, shifted or scaled to be stable, with two inputs and two outputs; with the folder of reference models some
of those follow. AB13DD runs with the tolerance 1e-9, which is what the level sets here certify.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import scipy.linalg as la
import slycot
from rich.console import Console
from rich.table import Table

import dlnbalance as dln

SIZES = (5, 20, 50, 100, 200)
MODELS = ("build", "pde", "CDplayer", "heat-cont", "iss")
ORDER = 4  # of the reduced models
LEAST_SECONDS = 0.1  # that every call is repeated for, in each round
console = Console(width=120)


def random_system(n, *, discrete, seed=0):
    """A stable system with Gaussian entries."""
    rng = np.random.default_rng(seed)
    A, B, C = rng.standard_normal((n, n)), rng.standard_normal((n, 2)), rng.standard_normal((2, n))
    poles = la.eigvals(A)
    if discrete:
        return dln.LinearSystem(0.95 / np.abs(poles).max() * A, B, C, dt=True)
    return dln.LinearSystem(A - (poles.real.max() + 0.1 * np.sqrt(n)) * np.eye(n), B, C)


def systems(sizes):
    """All systems with their names."""
    for discrete in (False, True):
        for n in sizes:
            yield f"random, {'discrete' if discrete else 'continuous'}", random_system(n, discrete=discrete)
    folder = os.environ.get("DLNBALANCE_DATA")
    if folder:
        for name in MODELS:
            A, B, C, D, dt = dln.load(Path(folder) / f"{name}.mat").to_tuple()
            yield name, dln.LinearSystem(A, B, C, D, dt=dt)
    else:
        console.print("DLNBALANCE_DATA does not name a folder of reference models; random systems only")


def fresh(system):
    """The same system without what it has computed before."""
    A, B, C, D, dt = system.to_tuple()
    return dln.LinearSystem(A, B, C, D, dt=dt)


def slicot_norm(system):
    A, B, C, D, dt = system.to_tuple()
    n, (p, m) = len(A), D.shape
    kind = "D" if dt else "C"
    return slycot.ab13dd(kind, "I", "S", "D", n, m, p, A, np.eye(n), B, C, D, tol=1e-9)[0]


def cpu_seconds(run):
    """CPU time of one call, from as many as fill `LEAST_SECONDS`."""
    start, count = time.process_time(), 0
    while time.process_time() - start < LEAST_SECONDS or count == 0:
        run()
        count += 1
    return (time.process_time() - start) / count


def error_seconds(system):
    """CPU time of the error of a reduced model, without that of the reduction."""
    model = dln.reduce(fresh(system), min(ORDER, system.nstates - 1))
    start = time.process_time()
    model.error()
    return time.process_time() - start


def measured(system, repetitions):
    """Median CPU seconds of hinf_norm, AB13DD, reduce and error(), in turn."""
    runs = {
        "hinf_norm": lambda: cpu_seconds(lambda: dln.hinf_norm(fresh(system))),
        "AB13DD": lambda: cpu_seconds(lambda: slicot_norm(system)),
        "reduce": lambda: cpu_seconds(lambda: dln.reduce(fresh(system), min(ORDER, system.nstates - 1))),
        "error()": lambda: np.median([error_seconds(system) for _ in range(3)]),
    }
    seconds = {name: [] for name in runs}
    for _ in range(repetitions + 1):  # the first round loads and warms up
        for name, run in runs.items():
            seconds[name].append(run())
    return {name: float(np.median(values[1:])) for name, values in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    table = Table(title="H∞ norms and errors, CPU milliseconds", title_justify="left")
    for column in ("system", "n", "hinf_norm", "AB13DD", "ratio", "reduce", "error()", "ratio", "norms differ by"):
        table.add_column(column, justify="left" if column == "system" else "right", no_wrap=True)
    for name, system in systems(options.sizes):
        seconds = measured(system, options.repetitions)
        difference = float(dln.hinf_norm(system)) / slicot_norm(system) - 1
        norm, slicot, reduction, error = (f"{1e3 * value:.2f}" for value in seconds.values())
        ratios = seconds["AB13DD"] / seconds["hinf_norm"], seconds["reduce"] / seconds["error()"]
        values = (norm, slicot, f"{ratios[0]:.2f}", reduction, error, f"{ratios[1]:.2f}", f"{difference:.1e}")
        table.add_row(name, str(system.nstates), *values)
    console.print(table)


if __name__ == "__main__":
    main()
