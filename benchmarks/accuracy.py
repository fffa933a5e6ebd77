"""Accuracy on reference models: Hankel singular values, norms, error bounds, balanced sampled models.

    DLNBALANCE_DATA=<folder of reference models> python benchmarks/accuracy.py

prints one table a claim. Without the folder only the models by formula are measured.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import scipy.io
import scipy.linalg as la
import scipy.signal
from rich.console import Console
from rich.table import Table

import dlnbalance as dln

MODELS = ("build", "pde", "heat-cont", "CDplayer", "iss", "beam", "fom")
PUBLISHED_NORMS = {
    "build": (0.00527633, 5.20608),
    "pde": (10.8358, 0.0),
    "CDplayer": (2.31982e6, 22.5682),
    "iss": (0.115887, 0.775093),
    "beam": (4554.87, 0.104575),
}
console = Console(width=120)


def table(title, *columns):
    shown = Table(title=title, title_justify="left")
    for column in columns:
        shown.add_column(column)
    return shown


def hankel_singular_values(models, folder):
    """Differences relative to σ_1 from the stored values and from SLICOT's AB09AD."""
    import slycot

    shown = table("Hankel singular values", "model", "n", "from stored", "from AB09AD", "accuracy floor", "seconds")
    for name, system in models.items():
        A, B, C = system.to_tuple()[:3]
        start = time.perf_counter()
        values = dln.hankel_singular_values(dln.LinearSystem(A, B, C))
        seconds = time.perf_counter() - start
        stored = scipy.io.loadmat(folder / f"{name}.mat").get("hsv")
        theirs = slycot.ab09ad("C", "B", "N", A.shape[0], B.shape[1], C.shape[0], A, B, C, nr=2)[4]
        distance = "–" if stored is None else f"{np.abs(values - np.sort(stored.ravel())[::-1]).max() / values[0]:.1e}"
        shown.add_row(
            name,
            str(len(A)),
            distance,
            f"{np.abs(values - theirs).max() / values[0]:.1e}",
            f"{dln.accuracy_floor(system) / values[0]:.1e}",
            f"{seconds:.3f}",
        )
    console.print(shown)


def norms(models):
    """Published L∞ norms."""
    shown = table("H∞ norms", "model", "published", "at rad/s", "measured", "at rad/s", "seconds")
    for name, (value, frequency) in PUBLISHED_NORMS.items():
        start = time.perf_counter()
        peak = dln.hinf_norm(models[name])
        seconds = time.perf_counter() - start
        shown.add_row(
            name, f"{value:.6g}", f"{frequency:.6g}", f"{peak.value:.6g}", f"{peak.frequency:.6g}", f"{seconds:.2f}"
        )
    console.print(shown)


def error_bounds(models):
    """σ_{r+1} ≤ error ≤ bound at the orders 2, 4, …, 30 that the rounding of the values allows."""
    shown = table(
        "Error bounds at orders 2, 4, …, 30 (violations in units of σ_1)",
        "model",
        "orders",
        "below the lower bound by",
        "above the bound by",
        "accuracy floor",
        "error / lower bound",
        "seconds",
    )
    for name, system in models.items():
        below = above = 0.0
        ratios = []
        start = time.perf_counter()
        rank = dln.Lyapunov()(system).rank
        for order in range(2, min(30, rank) + 1, 2):
            model = dln.reduce(system, order)
            error, scale = float(model.error()), model.hsv[0]
            below = max(below, (model.lower_bound - error) / scale)
            above = max(above, (error - model.bound) / scale)
            ratios.append(error / model.exact_bounds.lower)
        seconds = time.perf_counter() - start
        shown.add_row(
            name,
            str(len(ratios)),
            f"{below:.1e}",
            f"{above:.1e}",
            f"{model.accuracy_floor / scale:.1e}",
            f"{min(ratios):.2f} … {max(ratios):.2f}",
            f"{seconds:.1f}",
        )
    console.print(shown)


def balanced_sampled_models(models):
    """Gramians of balanced sampled models against diag(σ), by SciPy's own solver."""
    shown = table(
        "Balanced models: ‖Gramian − diag(σ)‖ / σ_1, by scipy.linalg.solve_*_lyapunov",
        "model",
        "dt",
        "states kept",
        "P",
        "Q",
    )
    for name in ("build", "pde", "CDplayer"):
        A, B, C, D, _ = models[name].to_tuple()
        for dt in (0, 0.1 / np.abs(la.eigvals(A)).max() ** 0.5, 1 / np.abs(la.eigvals(A)).max()):
            sampled = scipy.signal.cont2discrete((A, B, C, D), dt)[:4] if dt else (A, B, C, D)
            balanced = dln.balance((*sampled, dt))
            P, Q = (_gramian(*pair, discrete=dt > 0) for pair in _pairs(balanced.system))
            sigma = np.diag(balanced.hsv[: balanced.order])
            shown.add_row(
                name,
                f"{dt:.3g}",
                f"{balanced.order} of {balanced.full_order}",
                f"{la.norm(P - sigma, 2) / sigma[0, 0]:.1e}",
                f"{la.norm(Q - sigma, 2) / sigma[0, 0]:.1e}",
            )
    console.print(shown)


def _pairs(system):
    return (system.A, system.B), (system.A.T, system.C.T)


def _gramian(A, B, *, discrete):
    return la.solve_discrete_lyapunov(A, B @ B.T) if discrete else la.solve_continuous_lyapunov(A, -B @ B.T)


def start_time():
    """Wall time of ``dlnbalance --help``, warm."""
    command = [sys.executable, "-m", "dlnbalance", "--help"]
    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - start)
    console.print(f"dlnbalance --help: {np.median(seconds[1:]):.2f} s (median of 5, warm)")


def main():
    folder = os.environ.get("DLNBALANCE_DATA")
    if folder:
        models = {name: dln.load(Path(folder) / f"{name}.mat") for name in MODELS}
        hankel_singular_values(models, Path(folder))
        norms(models)
        error_bounds(models)
        balanced_sampled_models(models)
    else:
        console.print("DLNBALANCE_DATA does not name a folder of reference models; measuring the start time only")
    start_time()


if __name__ == "__main__":
    main()
