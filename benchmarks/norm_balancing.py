"""Norm-balanced realizations: cost and accuracy.

    DLNBALANCE_DATA=<folder of reference models> python benchmarks/norm_balancing.py

Random modal systems in state coordinates scaled over 1e±6, and the reference models where the folder is given.
"""

import os
from pathlib import Path

import numpy as np
from measuring import measured
from rich.console import Console
from rich.table import Table

import dlnbalance as dln


def scaled_system(n):
    """Random stable system, its states scaled over twelve decades."""
    rng = np.random.default_rng(n)
    system = dln.examples.random_stable(n, 2, 2, rng=rng)
    scale = 10 ** rng.uniform(-6, 6, n)
    return dln.LinearSystem(scale[:, None] * system.A / scale, scale[:, None] * system.B, system.C / scale)


def row(name, system, rtol):
    run = measured(lambda: dln.minimize(system.representation, rtol=rtol))
    result = run.result
    B, C, A = result.representation.matrices
    omega = dln.frequency_grid(system, points=50)
    before = dln.frequency_response(system, omega)
    after = dln.frequency_response(system.with_matrices(A, B, C), omega)
    return (
        name,
        str(system.nstates),
        f"{result.moment_norms[0]:.1e} → {result.moment_norms[-1]:.1e}",
        f"{result.energies[0] / result.energies[-1] - 1:.1e}",
        f"{result.steps}, {result.linear_iterations}",
        f"{np.abs(after - before).max() / np.abs(before).max():.1e}",
        f"{dln.quiver.NormCertificate.compare(system.representation, result.representation).relative_gap:.1e}",
        result.status,
        f"{run.seconds:.1f}",
        run.mebibytes,
    )


def main():
    table = Table(title="Least norm of (A, B, C) over all changes of coordinates", title_justify="left")
    columns = ("model", "n", "relative moment (after scaling)", "energy saved by Newton", "Newton, CG steps")
    for column in (*columns, "response moved", "gap at most", "status", "seconds", "peak MiB"):
        table.add_column(column)
    for n in (10, 20, 50, 100, 200, 400):
        table.add_row(*row("random, 1e±6", scaled_system(n), 1e-12))
    folder = os.environ.get("DLNBALANCE_DATA")
    for name in ("build", "pde", "heat-cont", "CDplayer", "iss") if folder else ():
        table.add_row(*row(name, dln.load(Path(folder) / f"{name}.mat"), 1e-10))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
