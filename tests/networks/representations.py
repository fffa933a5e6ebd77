"""Networks of given intervals, and gauge orbits of all kinds."""

from itertools import pairwise

import numpy as np
import scipy.linalg as la
from hypothesis import settings
from hypothesis import strategies as st

from dlnbalance.networks.network import DeepLinearNetwork

from ..models import (
    random_gauge,
)

#: Widths, the rank of the first layer where it is limited, and whether the orbit of Gaussian layers is closed.
ORBITS = {
    "one layer": ((4, 3), None, True),
    "square": ((4, 4, 4, 4), None, True),
    "square, deficient": ((4, 4, 4, 4), 2, False),
    "factor pair, wide": ((3, 6, 3), None, True),
    "factor pair, narrow": ((6, 4, 5), None, True),
    "bottleneck": ((3, 2, 1, 2, 3), None, False),
    "wide inside": ((3, 5, 4, 6, 3), None, False),
    "vectors": ((1, 5, 1), None, True),
    "eight layers": ((5,) * 9, None, True),
    "eight layers, uneven": ((2, 4, 3, 5, 3, 4, 2, 3, 2), None, False),
}


bounded = settings(max_examples=100, derandomize=True, deadline=None)


def residual(source, target, gauge):
    """Largest relative distance of a layer of A·W from that of V."""
    moved = source.gauge(gauge).weights
    return max(la.norm(a - b) / (la.norm(b) or 1) for a, b in zip(moved, target.weights, strict=True))


def network_of_intervals(rng, n, *, complex_entries=False):
    """A network that is a sum of n[i, j] intervals [i..j], in random coordinates; None where a width is zero."""
    size = n.shape[0]
    kinds = [(i, j) for (i, j), count in np.ndenumerate(n) for _ in range(count)]
    members = [[c for c, (i, j) in enumerate(kinds) if i <= v <= j] for v in range(size)]
    if not all(members):
        return None
    T = [random_gauge(rng, len(m), complex_entries=complex_entries) for m in members]
    layers = [np.equal.outer(after, before).astype(float) for before, after in pairwise(members)]
    return DeepLinearNetwork([b @ layer @ la.inv(a) for layer, (a, b) in zip(layers, pairwise(T), strict=True)])


@st.composite
def interval_counts(draw, longest=6):
    depth = draw(st.integers(1, longest))
    counts = draw(st.lists(st.integers(0, 2), min_size=(depth + 1) ** 2, max_size=(depth + 1) ** 2))
    return np.triu(np.array(counts).reshape(depth + 1, depth + 1))
