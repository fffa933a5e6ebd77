"""Deep linear networks: cost and accuracy of centers and of the regularizing flow.

python benchmarks/networks.py            # about three minutes
python benchmarks/networks.py --long     # adds the flow of (N, d) = (8, 64), which takes much longer
"""

import sys

import numpy as np
import scipy.linalg as la
from measuring import alternating, measured
from rich.console import Console
from rich.table import Table

import dlnbalance as dln

console = Console(width=120)


def gaussian(rng, depth, width):
    return dln.DeepLinearNetwork([rng.standard_normal((width, width)) / np.sqrt(width) for _ in range(depth)])


def flows(cases):
    """Regularizing flow from Gaussian layers to t = 10."""
    table = Table(title="Regularizing flow from Gaussian layers to t = 10 (errors relative)", title_justify="left")
    for column in ("depth, width", "moment error", "drift of X", "right-hand sides", "CG steps", "seconds", "peak MiB"):
        table.add_column(column)
    for depth, width in cases:
        network = gaussian(np.random.default_rng(0), depth, width)
        rtol = 1e-3 if depth * width > 500 else 1e-8
        run = measured(
            lambda network=network, rtol=rtol: dln.flows.regularizing(network, [0.0, 0.1, 1.0, 3.0, 10.0], rtol=rtol)
        )
        path = run.result
        table.add_row(
            f"{depth}, {width}",
            f"{path.moment_errors.max():.1e}",
            f"{path.drifts.max():.1e}",
            str(path.evaluations),
            str(path.linear_iterations),
            f"{run.seconds:.1f}",
            run.mebibytes,
        )
    console.print(table)


def centers(depth=8, width=512, repetitions=5):
    """Center of a network against one SVD of the same size plus the products that form X, alternating."""
    weights = gaussian(np.random.default_rng(1), depth, width).weights
    runs = {
        "center": lambda: dln.DeepLinearNetwork(weights).center(),
        "floor": lambda: la.svd(np.linalg.multi_dot(weights[::-1])),
    }
    seconds = alternating(runs, repetitions)
    memory = {name: measured(run).mebibytes for name, run in runs.items()}
    console.print(
        f"center, N = {depth}, d = {width}: {seconds['center']:.2f} s, {memory['center']} MiB;"
        f" products and one SVD: {seconds['floor']:.2f} s, {memory['floor']} MiB;"
        f" ratio {seconds['center'] / seconds['floor']:.2f}"
    )


def balanced(depth=8, width=64, spread=1e6):
    """Accuracy of the center for badly scaled layers over an X of wide spectrum."""
    rng = np.random.default_rng(2)
    left, right = (la.qr(rng.standard_normal((width, width)))[0] for _ in range(2))
    X = (left * np.geomspace(1, 1 / spread, width)) @ right
    gauges = [np.eye(width) + 0.3 * rng.standard_normal((width, width)) / np.sqrt(width) for _ in range(depth - 1)]
    start = dln.DeepLinearNetwork([X, *[np.eye(width)] * (depth - 1)]).gauge(gauges)
    center = start.center()
    least = depth * np.sum(start.singular_values ** (2 / depth))
    gap, moved = abs(center.balancing_gap()) / least, la.norm(center.end_to_end - start.end_to_end) / la.norm(X)
    console.print(
        f"center, N = {depth}, d = {width}, σ from 1 to {1 / spread:g}: relative gap {gap:.1e}, X moved by {moved:.1e}"
    )


def main():
    balanced()
    centers()
    flows([(2, 64), (3, 64), (5, 32), (8, 16)] + ([(8, 64)] if "--long" in sys.argv else []))


if __name__ == "__main__":
    main()
