"""Balanced truncation of large sparse models: this library, pyMOR's low-rank BTReductor, and the floor.

python benchmarks/sparse.py                         # convection–diffusion, n = 10⁴, 4·10⁴, 1.6·10⁵, and rail_1357
python benchmarks/sparse.py --grid 100 --repetitions 5
python benchmarks/sparse.py --million               # n = 10⁶, this library alone
python benchmarks/sparse.py --grid chain-1000-0.1 chain-1000-0.01 chain-4000-0.1 signals-100-60

chain-N-c is a chain of N masses with dampers c between neighbours (ground-N-c: to the ground), signals-g-m the grid of
g² nodes with m inputs and outputs. pyMOR gives up after 500 steps: see the residuals.

Every run is a process of its own, so that its peak memory (ru_maxrss) is its own; the two libraries alternate. Both
solve to a relative residual of 1e-10 and reduce to the same order. The floor is the time of the sparse LU
factorizations alone: one, with the ordering that is used here, times the number of shifts. One BLAS thread by default:
complex factorizations by SuperLU slow down, several times over, with two threads on cores that others use, too, which
would flatter this library, where these threads are limited to one.

Needs pymor, and pymetis for the ordering by nested dissection (pip install 'dlnbalance[large]' pymor).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

TOLERANCE = 1e-10
ORDER = 8


def model(name):
    import dlnbalance as dln

    if name.isdigit():
        return dln.examples.convection_diffusion(int(name))
    kind, *numbers = name.split("-")
    if kind in ("chain", "ground"):
        return chain(int(numbers[0]), float(numbers[1]), between=kind == "chain")
    if kind == "signals":
        return with_many_signals(dln.examples.convection_diffusion(int(numbers[0])), int(numbers[1]))
    return dln.load(Path(os.environ["DLNBALANCE_DATA"]) / f"{name}.mat")


def chain(masses, damping, *, between):
    """Unit masses and springs; the force acts on the first mass, and the velocity of the last one is measured."""
    import numpy as np
    import scipy.sparse as sp

    import dlnbalance as dln

    off, one = -np.ones(masses - 1), sp.eye_array(masses)
    K = sp.diags_array([np.full(masses, 2.0), off, off], offsets=[0, 1, -1])
    A = sp.block_array([[None, one], [-K, -damping * (K if between else one)]]).tocsc()
    B, C = np.zeros((2 * masses, 1)), np.zeros((1, 2 * masses))
    B[masses], C[0, -1] = 1, 1
    return dln.LinearSystem(A, B, C)


def with_many_signals(system, count):
    """As many inputs and outputs, each at five nodes."""
    import numpy as np

    import dlnbalance as dln

    rng, n = np.random.default_rng(0), system.nstates
    B, C = np.zeros((n, count)), np.zeros((count, n))
    for j in range(count):
        B[rng.choice(n, 5), j], C[j, rng.choice(n, 5)] = 1, 1
    return dln.LinearSystem(system.A, B, C)


def run_ours(name):
    import dlnbalance as dln

    seen = []
    system = model(name)
    strategy, reduce = dln.LowRank(tol=TOLERANCE, progress=seen.append), dln.reduce
    base = peak_memory()
    start = time.perf_counter()
    reduced = reduce(system, order=ORDER, gramians=strategy)
    seconds = time.perf_counter() - start
    memory = peak_memory()
    start = time.perf_counter()
    error = reduced.error()
    return {
        "seconds": seconds,
        "factorizations": seen[-1].factorizations,
        "complex": sum(state.shift.imag != 0 for state in seen),
        "columns": seen[-1].columns,
        "residuals": strategy_residuals(reduced),
        "hsv": reduced.hsv[:ORDER].tolist(),
        "memory": memory,
        "base": base,
        "error": float(error),
        "error_seconds": time.perf_counter() - start,
        "error_uncertainty": error.uncertainty,
    }


def strategy_residuals(reduced):
    words = reduced.how.split("residuals ")[1].split(" by ")[0].split(" and ")
    return [float(word) for word in words]


def run_pymor(name):
    import numpy as np
    import scipy.sparse as sp
    from pymor.core.logger import set_log_levels
    from pymor.models.iosys import LTIModel
    from pymor.reductors.bt import BTReductor

    set_log_levels({"pymor": "ERROR"})
    system = model(name)
    E = None if system.E is None else sp.csc_matrix(system.E)
    full = LTIModel.from_matrices(sp.csc_matrix(system.A), np.array(system.B), np.array(system.C), E=E)
    base = peak_memory()
    start = time.perf_counter()
    reductor = BTReductor(full)  # its low-rank ADI stops at a relative residual of 1e-10 by default
    reduced = reductor.reduce(ORDER)
    seconds = time.perf_counter() - start
    memory = peak_memory()
    factors = [full.gramian(kind).to_numpy() for kind in ("c_lr", "o_lr")]
    return {
        "seconds": seconds,
        "columns": [factor.shape[1] for factor in factors],
        "residuals": [confirmed(system, factors[0], dual=False), confirmed(system, factors[1], dual=True)],
        "hsv": reductor._hankel_svd()[1][:ORDER].tolist(),
        "memory": memory,
        "base": base,
        "error": error_of(system, reduced),
    }


def confirmed(system, Z, *, dual):
    """Relative residual by the power method, from the equation."""
    import numpy as np

    A, E = system.A, system.descriptor_or_identity()
    right = system.C.T if dual else system.B
    A, E = (A.T, E.T) if dual else (A, E)
    x = np.random.default_rng(0).standard_normal((A.shape[0], 2 + right.shape[1]))
    for _ in range(12):
        x = np.linalg.qr(x)[0]
        x = A @ (Z @ (Z.T @ (E.T @ x))) + E @ (Z @ (Z.T @ (A.T @ x))) + right @ (right.T @ x)
    return float(np.linalg.norm(x, 2) / np.linalg.norm(right.T @ right, 2))


def error_of(system, reduced):
    """Largest error over the frequencies that `dln.reduce` confirms its own at."""
    import numpy as np

    import dlnbalance as dln

    A, B, C = (np.asarray(M) for M in reduced.to_matrices()[:3])
    E = reduced.to_matrices()[4]
    theirs = dln.LinearSystem(A, B, C, E=None if E is None else np.asarray(E))
    omega = dln.frequency_grid(theirs, points=4)[:6]
    omega = np.append(omega, dln.reduce(system, order=ORDER).error().frequency)
    difference = dln.frequency_response(system, omega) - dln.frequency_response(theirs, omega)
    return float(np.linalg.norm(difference, 2, axis=(1, 2)).max())


def run_floor(name):
    """One factorization of A + αE with a real and one with a complex α, best of three, the ordering not counted."""
    system = model(name)
    pencil = system.sparse_pencil
    scale = abs(system.A).max() / 1e3
    result = {}
    for kind, alpha in (("real", -scale), ("complex", scale * (-1 + 1j))):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            pencil.factorized(1.0, alpha)
            times.append(time.perf_counter() - start)
        result[kind] = min(times)
    return result


def peak_memory():
    """Peak resident size of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


RUNS = {"ours": run_ours, "pymor": run_pymor, "floor": run_floor}


def separately(kind, name, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-W", "ignore", __file__, "--worker", kind, "--grid", name]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{kind} on {name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compared(name, repetitions, threads):
    from statistics import median

    floor = separately("floor", name, threads)
    ours, theirs = [], []
    for _ in range(repetitions):
        ours.append(separately("ours", name, threads))
        theirs.append(separately("pymor", name, threads))
    first, other = ours[0], theirs[0]
    seconds, pymor = (median(run["seconds"] for run in runs) for runs in (ours, theirs))
    memory, pymor_memory = (median(run["memory"] for run in runs) for runs in (ours, theirs))
    least = floor["real"] * (first["factorizations"] - first["complex"]) + floor["complex"] * first["complex"]
    distance = max(abs(a - b) for a, b in zip(first["hsv"], other["hsv"], strict=True)) / first["hsv"][0]
    return [
        f"{name}² nodes" if name.isdigit() else name,
        f"{seconds:.2f}",
        f"{pymor:.2f}",
        f"{pymor / seconds:.1f}",
        f"{least:.2f}",
        f"{seconds / least:.1f}",
        f"{first['factorizations']} ({first['complex']})",
        "/".join(map(str, first["columns"])) + " | " + "/".join(map(str, other["columns"])),
        f"{max(first['residuals']):.0e} | {max(other['residuals']):.0e}",
        f"{distance:.0e}",
        f"{first['error']:.2e} | {other['error']:.2e}",
        f"{memory:.0f} | {pymor_memory:.0f}",
        f"{memory - first['base']:.0f} | {pymor_memory - other['base']:.0f}",
    ]


COLUMNS = (
    "model",
    "here s",
    "pyMOR s",
    "ratio",
    "floor s",
    "to floor",
    "LUs (complex)",
    "columns",
    "residual",
    "Δσ/σ_1",
    f"error at r={ORDER}",
    "peak MiB",
    "above loading",
)


def million(threads):
    start = time.perf_counter()
    result = separately("ours", "1000", threads)
    print(f"n = 10⁶: reduced in {result['seconds']:.0f} s ({time.perf_counter() - start:.0f} s in all)")
    for key in ("factorizations", "complex", "columns", "residuals", "hsv", "memory", "error", "error_uncertainty"):
        print(f"  {key}: {result[key]}")
    print(f"  peak memory: {result['memory'] / 1024:.1f} GiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grid", nargs="*", help="nodes a side of the square, or names of models")
    parser.add_argument("--repetitions", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="BLAS threads of every run")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--worker", choices=RUNS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(RUNS[options.worker](options.grid[0])))
        return
    if options.million:
        million(options.threads)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"Sparse balanced truncation: here | pyMOR, residual {TOLERANCE:g}, {options.threads} BLAS thread(s)",
        title_justify="left",
    )
    for column in COLUMNS:
        table.add_column(column)
    names = options.grid or ["100", "200", "400"] + (["rail_1357"] if "DLNBALANCE_DATA" in os.environ else [])
    for name in names:
        table.add_row(*compared(name, options.repetitions, options.threads))
    Console(width=200).print(table)


if __name__ == "__main__":
    main()
