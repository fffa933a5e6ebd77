"""Many small systems: `reduce_many` in batches, one by one, on processes, and what plain NumPy takes for it.

    python benchmarks/batches.py                  # 10,000 systems of ten states, two minutes
    python benchmarks/batches.py --count 1000 --orders 2 4 20

prints a row for each kind of systems: CPU microseconds a system in the calling process, by order and by tolerance (set
OMP_NUM_THREADS=1 for one BLAS thread), wall time on processes, the share of systems that was decided in stacks, and how
far singular values are from those of the Schur form at most, in units of σ_1.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from rich.console import Console
from rich.table import Table

import dlnbalance as dln
from dlnbalance.reduction.stacked_reduction import reduce_stacked

ONE_BY_ONE = 300  # systems that are timed one by one
RTOL = 1e-3  # tolerance of those that are reduced by one
console = Console(width=130)


def shifted(rng, count, n):
    """Random matrices, moved to the left until they are stable."""
    A = rng.standard_normal((count, n, n))
    return A - (np.linalg.eigvals(A).real.max(axis=1) + 0.3)[:, None, None] * np.eye(n)


def contracted(rng, count, n):
    """Random matrices of spectral radius 0.95."""
    A = rng.standard_normal((count, n, n))
    return A * (0.95 / np.abs(np.linalg.eigvals(A)).max(axis=1))[:, None, None]


def oscillators(rng, count, n):
    """Oscillators of one decade, of damping ratios from 0.02 to 0.1, in orthogonal coordinates; n is even."""
    frequency, damping = np.geomspace(1, 10, n // 2), rng.uniform(0.02, 0.1, (count, n // 2))
    A, even = np.zeros((count, n, n)), np.arange(0, n, 2)
    A[:, even, even] = A[:, even + 1, even + 1] = -damping * frequency
    A[:, even, even + 1] = np.sqrt(1 - damping**2) * frequency
    A[:, even + 1, even] = -A[:, even, even + 1]
    Q = np.linalg.qr(rng.standard_normal((count, n, n)))[0]
    return Q @ A @ Q.swapaxes(1, 2)


KINDS = {
    "random, continuous": (shifted, 0),
    "random, discrete": (contracted, True),
    "oscillators": (oscillators, 0),
}


def plain_numpy(A, B, C, order, *, discrete):
    """Square roots of Gramians by eigenvalues, nothing checked: small singular values lose half of their digits."""
    values, X = np.linalg.eig(A)
    b, c = np.linalg.solve(X, B), C @ X
    if discrete:
        cauchy = 1 / (1 - values[:, :, None] * values.conj()[:, None, :])
    else:
        cauchy = -1 / (values[:, :, None] + values.conj()[:, None, :])
    Y = np.linalg.inv(X)
    P = (X @ (b @ b.conj().swapaxes(1, 2) * cauchy) @ X.conj().swapaxes(1, 2)).real
    Q = (Y.conj().swapaxes(1, 2) @ (c.conj().swapaxes(1, 2) @ c * cauchy.conj()) @ Y).real
    (p, U), (q, V) = np.linalg.eigh(P), np.linalg.eigh(Q)
    reach, observe = U * np.sqrt(np.abs(p))[:, None, :], V * np.sqrt(np.abs(q))[:, None, :]
    left, sigma, right = np.linalg.svd(observe.swapaxes(1, 2) @ reach)
    roots = np.sqrt(sigma[:, :order])
    T = (observe @ left[:, :, :order] / roots[:, None, :]).swapaxes(1, 2)
    S = reach @ right.swapaxes(1, 2)[:, :, :order] / roots[:, None, :]
    return T @ A @ S, T @ B, C @ S, sigma


def timed(run, clock=time.process_time):
    start = clock()
    result = run()
    return result, clock() - start


def rows(name, n, count, pool):
    make, dt = KINDS[name]
    rng, order = np.random.default_rng(n), max(n // 3, 1)
    A, B, C = make(rng, count, n), rng.standard_normal((count, n, 1)), rng.standard_normal((count, 1, n))
    systems = [dln.LinearSystem(a, b, c, dt=dt) for a, b, c in zip(A, B, C, strict=True)]
    dln.reduce_many(systems[:300], order=order)  # loads what is loaded on first use
    _, plain = timed(lambda: plain_numpy(A, B, C, order, discrete=bool(dt)))
    sweep, ours = timed(lambda: dln.reduce_many(systems, order=order))
    _, constructed = timed(lambda: [dln.LinearSystem(*matrices) for matrices in zip(A, B, C, strict=True)])
    few = systems[:ONE_BY_ONE]
    single, alone = timed(lambda: dln.reduce_many(few, order=order, batch=1))
    _, tolerated = timed(lambda: dln.reduce_many(systems, rtol=RTOL))
    _, values = timed(lambda: dln.hankel_singular_values((A, B, C, None, dt)))
    _, sent = timed(lambda: dln.reduce_many(systems, pool, order=order), time.perf_counter)
    stacked = len(reduce_stacked(few, order=order)) / len(few)
    pairs = [(one, two) for one, two in zip(sweep, single, strict=False) if one is not None and two is not None]
    error = max(np.abs(one.hsv - two.hsv).max() / two.hsv[0] for one, two in pairs)
    each = [1e6 * seconds / count for seconds in (ours, tolerated, values, plain, constructed, sent)]
    return [
        f"{each[0]:.0f}",
        f"{count / ours:.0f}",
        f"{1e6 * alone / len(few):.0f}",
        *(f"{value:.0f}" for value in each[1:]),
        f"{stacked:.0%}",
        f"{error:.1e}",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--orders", type=int, nargs="+", default=(10,))
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    table = Table(title=f"{options.count} systems, microseconds a system", title_justify="left")
    columns = ("batches", "a second", "one by one", f"rtol = {RTOL:g}", "values", "NumPy", "constructor")
    for column in ("systems", "n", *columns, f"{options.processes} processes", "in stacks", "HSVs differ"):
        table.add_column(column, justify="left" if column == "systems" else "right")
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        for n in options.orders:
            for name in KINDS:
                table.add_row(name, f"{n}", *rows(name, n, options.count, pool))
    console.print(table)


if __name__ == "__main__":
    main()
