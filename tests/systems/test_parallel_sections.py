"""Sections side by side: nothing is rounded, and real systems stay real; responses are tested with the constructors."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.systems.parallel_sections import parallel, residues_of
from dlnbalance.systems.rational import Factored

from ..forty_digits import hankel_values


def test_entries_are_the_numbers_given(rng):
    poles = np.concatenate([-rng.random(2), -rng.random(3) + 1j * rng.random(3)])
    poles = np.append(poles, poles[2:].conj())
    residues = np.concatenate([rng.standard_normal(2), rng.standard_normal(3) + 1j * rng.standard_normal(3)])
    residues = np.append(residues, residues[2:].conj())
    order = rng.permutation(8)
    A, B, C, D = parallel(poles[order], residues[order], 0.25)
    assert {A.dtype, B.dtype, C.dtype, D.dtype} == {np.dtype(float)}
    assert D.item() == 0.25
    upper = np.unique(poles[2:5])
    assert set(np.diag(A)) == set(poles.real)
    assert {abs(x) for x in A[~np.eye(8, dtype=bool)]} == {0.0, *upper.imag}
    power = B.max() / 2  # the only rounding is none: a power of two
    first = np.concatenate([residues[:2].real, residues[2:5].real, residues[2:5].imag])
    assert {abs(x) for x in (C * power).ravel()} == {*abs(first)}


def test_values_of_a_bandpass_to_all_digits():
    """Narrow resonances: Hankel singular values down to 1e-11 of the first."""
    zeros, poles, gain = [-0.5], [-1e-6 + 1j, -1e-6 - 1j, -2 + 3j, -2 - 3j, -7.0, -9.0, -300.0], 5.0
    system = dln.LinearSystem.from_zpk(zeros, poles, gain, form="parallel")
    known = dln.hankel_singular_values(system, digits=True)
    exact = hankel_values(system, 100)
    assert (np.abs(known.values - exact) <= known.errors).all()
    assert known.digits.min() >= 10
    cascade = dln.LinearSystem.from_zpk(zeros, poles, gain)
    np.testing.assert_allclose(hankel_values(cascade, 100)[0], exact[0], rtol=1e-8)


def test_equal_poles_are_refused():
    with pytest.raises(InvalidArgumentError, match="cascade holds equal poles"):
        residues_of(Factored(np.array([]), np.array([-1.0, -1.0]), 1.0))


def test_gains_beyond_the_range_of_numbers():
    """2^1100 over distances whose product is 2^1099."""
    poles = -np.ldexp(1.0, np.array([0, 1100]) - 550)
    found = residues_of(Factored(np.array([]), poles + 0j, 1.0, 550))[1]
    np.testing.assert_allclose(found, [1.0, -1.0], rtol=1e-12)
