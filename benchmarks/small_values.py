"""Small Hankel singular values of models in diagonal form, against mpmath.

    python benchmarks/small_values.py [--seed 0]

Printed are the largest relative errors over all values of a model: of the square-root method, which knows values to a
multiple of eps σ_1, and of `hankel_singular_values`, beside what that claims; and the seconds both take. The truth
comes from the closed forms of both Gramians in 400 digits. Needs mpmath.
"""

import argparse
import time

import mpmath as mp
import numpy as np
from rich.console import Console
from rich.table import Table

import dlnbalance as dln

DIGITS = 400


def truth(system):
    """Cholesky's factor of one Gramian and the spectrum of L*QL."""
    poles = np.diag(system.A)
    with mp.workdps(DIGITS):
        points = [mp.mpmathify(p) for p in poles.tolist()]
        B, C = mp.matrix(system.B.tolist()), mp.matrix(system.C.tolist())
        inner, outer, n = B * B.H, C.H * C, len(points)
        P, Q = mp.matrix(n, n), mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                w = -(points[i] + mp.conj(points[j]))
                w = 1 - points[i] * mp.conj(points[j]) if system.is_discrete else w
                P[i, j], Q[i, j] = inner[i, j] / w, outer[i, j] / mp.conj(w)
        L = mp.cholesky((P + P.H) / 2)
        M = L.H * Q * L
        solve = mp.eighe if np.iscomplexobj(poles) or system.is_complex else mp.eigsy
        return sorted((mp.sqrt(abs(x)) for x in solve((M + M.H) / 2, eigvals_only=True)), reverse=True)


def models(rng):
    """Models of many kinds, with up to 60 states."""

    def made(poles, m=1, p=1, *, dt=0, complex_entries=False):
        B, C = rng.standard_normal((poles.size, m)), rng.standard_normal((p, poles.size))
        if complex_entries:
            B, C = B + 1j * rng.standard_normal(B.shape), C + 1j * rng.standard_normal(C.shape)
        return dln.LinearSystem(np.diag(poles), B, C, dt=dt)

    def spread(decades, n):
        return -(10 ** rng.uniform(-decades / 2, decades / 2, n))

    n = np.arange(1.0, 11)
    yield "rates 1 … 10, residues 1", dln.LinearSystem(np.diag(-n), np.ones((10, 1)), np.ones((1, 10)))
    yield "2 decades", made(spread(2, 20))
    yield "12 decades", made(spread(12, 20))
    yield "12 decades", made(spread(12, 60))
    yield "cluster of width 1e-3", made(-1 - 1e-3 * rng.random(8))
    yield "discrete, 1e-12 … 1 from the circle", made(1 + 0.9 * spread(12, 16) / 1e6, dt=True)
    frequencies = 10 ** rng.uniform(-1, 1, 10)
    yield "damping 1e-9, complex", made(frequencies * (-1e-9 + 1j), complex_entries=True)
    yield "2 decades, 2 inputs and outputs", made(spread(2, 20), 2, 2)
    yield "12 decades, 3 inputs, 2 outputs", made(spread(12, 40), 3, 2)


def timed(function):
    start = time.perf_counter()
    return function(), time.perf_counter() - start


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description="Small Hankel singular values against mpmath.")
    parser.add_argument("--seed", type=int, default=0)
    table = Table(title="Largest relative errors of Hankel singular values", title_justify="left")
    for column in ("poles", "n", "least/first", "square root", "here", "claimed", "digits", "s (root)", "s (here)"):
        table.add_column(column)
    for name, system in models(np.random.default_rng(parser.parse_args().seed)):
        exact = truth(system)
        again = system.with_matrices(system.A, system.B, system.C)  # without the Schur form
        rooted, before = timed(lambda system=system: dln.Lyapunov()(system).singular_values)
        known, after = timed(lambda again=again: dln.hankel_singular_values(again, digits=True))
        errors = [max(float(abs(x / y - 1)) for x, y in zip(v, exact, strict=True)) for v in (rooted, known.values)]
        table.add_row(
            name,
            str(system.nstates),
            mp.nstr(exact[-1] / exact[0], 2),
            *(f"{error:.1e}" for error in errors),
            f"{known.relative_errors.max():.1e}",
            str(known.digits.min()),
            f"{before:.4f}",
            f"{after:.4f}",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
