"""Executors of every kind, and systems of every kind."""

import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from ..models import random_system


@pytest.fixture(scope="package")
def processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="package")
def dask_executor():
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the event loop and of ports that are taken, as versions differ
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        )
        client = distributed.Client(cluster)
    yield client.get_executor()
    client.close()
    cluster.close()


@pytest.fixture(params=["none", "threads", "processes", "dask"])
def executor(request):
    if request.param == "none":
        yield None
    elif request.param == "threads":
        with ThreadPoolExecutor(3) as pool:
            yield pool
    else:
        yield request.getfixturevalue("processes" if request.param == "processes" else "dask_executor")


@pytest.fixture
def systems(rng):
    """Real and complex, continuous and discrete, with and without E, of different orders."""
    kinds = [(c, d, e) for c in (False, True) for d in (False, True) for e in (False, True)]
    return [
        random_system(rng, 5 + i, 2, 1, complex_entries=c, discrete=d, descriptor=e)
        for i, (c, d, e) in enumerate(kinds)
    ]
