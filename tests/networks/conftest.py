"""Fixtures of several test modules of networks."""

import pytest

from ..models import random_matrix, random_network
from .matrices import SHAPES
from .representations import ORBITS


@pytest.fixture(params=SHAPES)
def X(request, rng, complex_entries):
    """End-to-end matrices of all shapes and ranks."""
    (rows, columns), rank = SHAPES[request.param]
    if rank is None:
        return random_matrix(rng, rows, columns, complex_entries=complex_entries)
    left = random_matrix(rng, rows, rank, complex_entries=complex_entries)
    return left @ random_matrix(rng, rank, columns, complex_entries=complex_entries)


@pytest.fixture(params=ORBITS)
def shape(request):
    """Widths, rank of the first layer, whether the orbit is closed."""
    return ORBITS[request.param]


@pytest.fixture
def network(rng, shape, complex_entries):
    """A Gaussian network of this shape."""
    return random_network(rng, shape[0], complex_entries=complex_entries, rank=shape[1])
