"""Factors of the solutions of both Riccati equations: thin ones of large sparse systems against the dense ones."""

import numpy as np
import pytest
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.gramians import riccati_factors as module
from dlnbalance.gramians.riccati_factors import riccati_factors
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.systems.linear_system import LinearSystem

from ..models import grid_system, random_matrix


class Large(LinearSystem):
    """A system that sparse methods have to take, however small it is."""

    is_large = True


def large(rng, *, moved=0.0, affordable=True, **kinds):
    """A grid with a direct term, moved to the right."""
    given = grid_system(rng, **kinds)
    E = sp.eye_array(given.nstates) if given.E is None else given.E
    D = random_matrix(rng, 3, 2)
    system = Large(sp.csc_array(given.A + moved * E), given.B, given.C, D, E=given.E, dt=given.dt)
    if not affordable:
        system.__class__ = type("Huge", (Large,), {"dense_is_affordable": False})
    return system


def dense_copy(system):
    E = None if system.E is None else system.E.toarray()
    return LinearSystem(system.A.toarray(), system.B, system.C, system.D, E=E, dt=system.dt)


@pytest.mark.parametrize("unstable", [False, True])
def test_thin_factors_have_the_values_of_dense_ones(rng, complex_entries, discrete, descriptor, unstable):
    moved = (0.1 if discrete else 60.0) * unstable
    system = large(rng, moved=moved, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    found, expected = riccati_factors(system), riccati_factors(dense_copy(system))
    values, exact = found.pair().singular_values, expected.pair().singular_values
    count = min(values.size, exact.size)
    assert np.abs(values[:count] - exact[:count]).max() <= 1e-8 * exact[0]
    assert found.accuracy.startswith("low rank, residuals of the Riccati equations")
    assert (found.complete, expected.complete) == (False, True)


@pytest.mark.parametrize("side", ["right", "left"])
def test_coprime_factors_of_large_systems(rng, complex_entries, discrete, side):
    system = large(rng, complex_entries=complex_entries, discrete=discrete)
    kind = dln.Coprime(side)
    found, expected = kind(system), kind(dense_copy(system))
    count = min(found.widths)
    assert np.abs(found.singular_values[:count] - expected.singular_values[:count]).max() <= 1e-8
    for k in (0, 1):  # the Gramians themselves
        P, Q = (pair.weights[k] if k == 0 else adjoint(pair.weights[k]) for pair in (found, expected))
        assert np.linalg.norm(P @ adjoint(P) - Q @ adjoint(Q)) <= 1e-7 * np.linalg.norm(Q @ adjoint(Q))


def test_a_scale_is_that_of_the_transfer_function(rng, discrete):
    system = large(rng, discrete=discrete)
    scaled = Large(system.A, 0.25 * system.B, system.C, 0.25 * system.D, E=system.E, dt=system.dt)
    values = [each.pair().singular_values[:8] for each in (riccati_factors(system, 0.25), riccati_factors(scaled))]
    assert np.abs(values[0] - values[1]).max() <= 1e-8 * values[0][0]


def test_a_reduced_model_of_a_large_system_is_within_its_bound(rng, discrete):
    system = large(rng, discrete=discrete)
    for kind in (dln.LQG(), dln.HInfinity(50.0), dln.Coprime()):
        model = dln.reduce(system, 4, gramians=kind)
        assert not model.hsv_complete
        error = model.error()
        exact = dln.reduce(dense_copy(system), 4, gramians=kind).error()
        assert error.value <= model.bound + 1e-8
        assert abs(error.value - exact.value) <= error.uncertainty + 1e-7
        assert error.uncertainty <= 1e-6


def test_the_dense_way_takes_over_where_it_can(rng, monkeypatch):
    monkeypatch.setattr(module, "_BEFORE_DENSE", 1)
    assert riccati_factors(large(rng)).complete
    monkeypatch.setattr(module, "_FACTORIZATIONS", 1)
    with pytest.raises(NumericalError, match="after 1 factorizations"):
        riccati_factors(large(rng, affordable=False))


def test_a_pole_at_minus_one_is_refused_or_left_to_the_dense_way():
    A = sp.diags_array([-1.0, *np.linspace(-0.5, 0.5, 20)], format="csc")
    B = np.ones((21, 1))
    system = Large(A, B, B.T, dt=1.0)
    assert riccati_factors(system).complete
    system.__class__ = type("Huge", (Large,), {"dense_is_affordable": False})
    with pytest.raises(NumericalError, match="z = −1"):
        riccati_factors(system)
