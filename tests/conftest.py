"""Fixtures that every test module may use."""

import os
from pathlib import Path

# Before NumPy loads its BLAS: the matrices here are small, and threads that nobody asked for spend the time of a busy
# machine on waiting for each other. Set the variable to test with more.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

import dlnbalance as dln

from .benchmark_models import FORMULAS


@pytest.fixture
def rng():
    """The same stream of random numbers for every test."""
    return np.random.default_rng(20251101)


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    """Whether matrices are complex: a test that asks for it runs for both."""
    return request.param


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of reference models and published numbers, which are not part of the project."""
    folder = os.environ.get("DLNBALANCE_DATA")
    if not folder:
        pytest.skip("DLNBALANCE_DATA does not name the folder of reference data")
    if not Path(folder).is_dir():
        pytest.fail(f"DLNBALANCE_DATA names {folder!r}, which is not a folder")
    return Path(folder)


@pytest.fixture(scope="session")
def reference_model(request):
    """Benchmark models by name; those that no formula gives are read from the folder of reference data."""
    models = {}

    def cached(name):
        if name not in models:
            make = FORMULAS.get(name)
            models[name] = make() if make else dln.load(request.getfixturevalue("data") / f"{name}.mat")
        return models[name]

    return cached
