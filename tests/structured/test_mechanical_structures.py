"""Mechanical models by formula against their closed forms."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.structured import chain_of_masses, free_beam


def frequencies(system):
    M, K = (X.toarray() if system.is_sparse else X for X in (system.M, system.K))
    return np.sqrt(np.maximum(la.eigh(K, M, eigvals_only=True), 0))


@pytest.mark.parametrize("sparse", [False, True])
def test_frequencies_of_a_chain(sparse):
    N, ratio = 9, np.sqrt(5.0 / 2.0)
    fixed = chain_of_masses(N, mass=2.0, stiffness=5.0, sparse=sparse)
    j = np.arange(1, N + 1)
    assert np.abs(frequencies(fixed) - 2 * ratio * np.sin(j * np.pi / (2 * N + 2))).max() < 1e-13
    free = chain_of_masses(N, mass=2.0, stiffness=5.0, fixed="none", sparse=sparse)
    assert np.abs(frequencies(free)[1:] - 2 * ratio * np.sin(j[:-1] * np.pi / (2 * N))).max() < 1e-13
    assert fixed.is_sparse is sparse
    assert fixed.dcgain().item() == pytest.approx(N / (N + 1) / 5.0, rel=1e-13)


def test_frequencies_of_a_free_beam():
    beam = free_beam(20, length=2.0, bending_stiffness=3.0, mass_per_length=5.0)
    expected = (np.array([4.730041, 7.853205, 10.995608]) / 2.0) ** 2 * np.sqrt(3.0 / 5.0)
    assert np.abs(frequencies(beam)[2:5] / expected - 1).max() < 1e-4
    assert beam.is_symmetric
    assert beam.collocated == "position"


@pytest.mark.parametrize(
    "call", [lambda: chain_of_masses(1), lambda: free_beam(0), lambda: chain_of_masses(fixed="first")]
)
def test_what_is_refused(call):
    with pytest.raises(InvalidArgumentError):
        call()
