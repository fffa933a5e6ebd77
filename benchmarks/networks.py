"""Deep linear networks: cost and accuracy of centers, gaps and whole balancings.

python benchmarks/networks.py            # about three minutes
"""

from itertools import pairwise

import mpmath
import numpy as np
import scipy.linalg as la
from measuring import alternating, measured
from rich.console import Console
from rich.table import Table

import dlnbalance as dln
from dlnbalance.linalg.formed_product import formed_svd, multiplied
from dlnbalance.linalg.product_svd import product_svd

console = Console(width=120)


def gaussian(rng, depth, width):
    return dln.DeepLinearNetwork([rng.standard_normal((width, width)) / np.sqrt(width) for _ in range(depth)])


def formed(weights):
    """Center and gap by the product of the layers and one SVD, as if rounding in it did not matter."""
    X = weights[0]
    for weight in weights[1:]:
        X = weight @ X
    left, values, right = la.svd(X, full_matrices=False)
    roots = values ** (1 / len(weights))
    layers = [roots[:, None] * right, *[np.diag(roots)] * (len(weights) - 2), left * roots]
    center = dln.DeepLinearNetwork(layers)
    return center, sum(la.norm(weight) ** 2 for weight in weights) - len(weights) * np.sum(roots**2)


def ours(weights):
    network = dln.DeepLinearNetwork(weights)
    return network.center(), network.balancing_gap()


def centers(cases, repetitions=5):
    """Center and gap together, beside the plain way."""
    table = Table(title="Center and gap of Gaussian layers, beside their product and one SVD", title_justify="left")
    for column in (
        "depth, width",
        "way",
        "here",
        "product and SVD",
        "ratio",
        "peak MiB",
        "gap off by, there",
        "σ_d/σ_1",
    ):
        table.add_column(column)
    for depth, width in cases:
        weights = gaussian(np.random.default_rng(1), depth, width).weights
        seconds = alternating(
            {"here": lambda weights=weights: ours(weights), "plain": lambda weights=weights: formed(weights)},
            repetitions,
        )
        network = dln.DeepLinearNetwork(weights)
        gap, plain = network.balancing_gap(), formed(weights)[1]
        svd = network.decomposition
        span = np.log10(svd.mantissas[-1] / svd.mantissas[0]) + (svd.exponents[-1] - svd.exponents[0]) * np.log10(2)
        table.add_row(
            f"{depth}, {width}",
            "layers" if formed_svd(weights, multiplied(weights)) is None else "product",
            f"{1e3 * seconds['here']:.4g} ms",
            f"{1e3 * seconds['plain']:.4g} ms",
            f"{seconds['here'] / seconds['plain']:.2f}",
            measured(lambda weights=weights: ours(weights)).mebibytes,
            f"{abs(gap - plain) / network.squared_norm:.0e} ‖W‖²",
            f"1e{span:.0f}",
        )
    console.print(table)


def whole(cases, repetitions=3):
    """dln.balance: center, ranks of all partial products, gauge and certificate."""
    table = Table(title="Balancing with gauge, ranks and certificate", title_justify="left")
    for column in ("depth, width", "seconds", "rank", "a gauge leads there"):
        table.add_column(column)
    for depth, width in cases:
        weights = gaussian(np.random.default_rng(1), depth, width).weights
        seconds = alternating({"balance": lambda w=weights: dln.balance(dln.DeepLinearNetwork(w))}, repetitions)
        result = dln.balance(dln.DeepLinearNetwork(weights))
        table.add_row(
            f"{depth}, {width}",
            f"{seconds['balance']:.3g}",
            str(result.ranks.rank),
            "yes" if result.gauge is not None else "no",
        )
    console.print(table)


def adapters(widths=(1024, 4096), rank=16):
    """Pairs (d×r)(r×d), beside one thin QR factorization of each factor."""
    table = Table(title=f"Low-rank pairs, r = {rank}: milliseconds", title_justify="left")
    for column in ("d", "gap", "balance", "reduce to r/2", "QR of both factors", "balance / QR"):
        table.add_column(column)
    for d in widths:
        rng = np.random.default_rng(1)
        weights = [rng.standard_normal((rank, d)) / np.sqrt(d), rng.standard_normal((d, rank)) / np.sqrt(rank)]
        seconds = alternating(
            {
                "gap": lambda w=weights: dln.DeepLinearNetwork(w).balancing_gap(),
                "balance": lambda w=weights: dln.balance(dln.DeepLinearNetwork(w)),
                "reduce": lambda w=weights: dln.reduce(dln.DeepLinearNetwork(w), rank // 2),
                "qr": lambda w=weights: [la.qr(tall, mode="economic") for tall in (w[0].T, w[1])],
            }
        )
        shown = [f"{1e3 * seconds[name]:.3g}" for name in ("gap", "balance", "reduce", "qr")]
        table.add_row(str(d), *shown, f"{seconds['balance'] / seconds['qr']:.1f}")
    console.print(table)


def accuracy(depths=(2, 8, 30, 60, 200), width=5):
    """Largest relative error of a singular value of X, in exact arithmetic."""
    table = Table(title=f"Relative error of the worst singular value, d = {width}", title_justify="left")
    for column in (
        "depth",
        "orthogonal",
        "Gaussian",
        "graded, 1 to 1e-4 a layer",
        "Gaussian, complex",
        "product, Gaussian",
    ):
        table.add_column(column)
    for depth in depths:
        rng = np.random.default_rng(3)
        frames = [la.qr(rng.standard_normal((width, width)))[0] for _ in range(depth + 1)]
        graded = [(after * 10.0 ** -np.arange(width)) @ before.T for before, after in pairwise(frames)]
        plain = [rng.standard_normal((width, width)) / np.sqrt(width) for _ in range(depth)]
        mixed = [layer + 1j * rng.standard_normal((width, width)) / np.sqrt(width) for layer in plain]
        kinds = [frames[:-1], plain, graded, mixed]
        found = [_worst(product_svd(layers), _exact(layers)) for layers in kinds]
        X = np.linalg.multi_dot(plain[::-1])
        formed = max(
            float(abs(mpmath.mpf(float(a)) / b - 1)) for a, b in zip(la.svdvals(X), _exact(plain), strict=True)
        )
        table.add_row(str(depth), *(f"{error:.1e}" for error in found), f"{formed:.1e}")
    console.print(table)


def _exact(layers):
    with mpmath.workdps(60 + 5 * len(layers)):
        X = mpmath.matrix(layers[0].tolist())
        for layer in layers[1:]:
            X = mpmath.matrix(layer.tolist()) * X
        solve = mpmath.svd_c if np.iscomplexobj(layers[0]) else mpmath.svd_r
        return sorted(solve(X, compute_uv=False), reverse=True)


def _worst(svd, exact):
    computed = [
        mpmath.mpf(float(m)) * mpmath.mpf(2) ** int(e) for m, e in zip(svd.mantissas, svd.exponents, strict=True)
    ]
    return max(float(abs(one / other - 1)) for one, other in zip(computed, exact, strict=True))


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
    accuracy()
    balanced()
    centers([(2, 10), (3, 10), (6, 10), (2, 64), (3, 64), (4, 64), (6, 64), (3, 256), (4, 256), (3, 512)])
    centers([(16, 64), (200, 64), (8, 512)], repetitions=3)
    whole([(60, 2), (16, 64), (200, 64), (8, 512)])
    adapters()


if __name__ == "__main__":
    main()
