"""Fixtures of several test modules of comparisons."""

import pytest

from ..models import random_network


@pytest.fixture
def square(rng, complex_entries):
    """A network of four square layers."""
    return random_network(rng, (3, 3, 3, 3, 3), complex_entries=complex_entries)
