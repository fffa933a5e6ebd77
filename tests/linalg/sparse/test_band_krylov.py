"""Rational Krylov spaces for bands: against dense Gramians, at the ends of the axis, and where they give up."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import NumericalError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.sparse.band_krylov import band_factors
from dlnbalance.linalg.sparse.pencils import SparsePencil

from ...limited import band_gramians
from ...models import grid_system, mass_chain


def factors_of(system, bands, tol=1e-10, most=200):
    pencil, unit = system.sparse_pencil, system.sampling_time or 1.0
    found = band_factors(
        pencil,
        pencil.permute(system.B),
        pencil.permute(adjoint(system.C)),
        [(low * unit, high * unit) for low, high in bands],
        lambda nu: system.boundary_points(nu / unit),
        tol=tol,
        most=most,
    )
    reach, observe = pencil.unpermute(found.reach), pencil.unpermute(found.observe)
    return found, reach, observe if system.E is None else adjoint(system.E) @ observe


@pytest.mark.parametrize("tol", [1e-4, 1e-10])
def test_against_quadrature(rng, complex_entries, discrete, descriptor, tol):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    system = grid_system(rng, side=5, **options)
    found, reach, observe = factors_of(system, [(0.5, 10.0)], tol)
    assert found.residual <= tol
    assert np.iscomplexobj(reach) == complex_entries
    for factor, wanted in zip((reach, observe), band_gramians(system, [(0.5, 10.0)]), strict=True):
        assert la.norm(factor @ adjoint(factor) - wanted) <= 10 * tol * la.norm(wanted)


def test_infinite_bands(rng, descriptor):
    system = grid_system(rng, side=5, descriptor=descriptor)
    _, reach, _ = factors_of(system, [(50.0, np.inf)])
    wanted = band_gramians(system, [(50.0, 1e6)])[0]
    assert la.norm(reach @ reach.T - wanted) < 1e-3 * la.norm(wanted)


def test_resonances_cost_about_two_shifts_each():
    chain, band = mass_chain(200, damping=1e-3), (0.2, 0.3)
    frequencies = np.abs(chain.poles().imag)
    inside = np.count_nonzero((frequencies > band[0]) & (frequencies < band[1])) / 2
    found, *_ = factors_of(chain, [band])
    assert found.factorizations <= 3 * inside + 10


def test_nothing_to_reach():
    pencil = SparsePencil(sp.diags_array([-1.0, -2.0]))
    found = band_factors(pencil, np.zeros((2, 1)), np.ones((2, 1)), [(0.0, 1.0)], lambda nu: 1j * nu, tol=1e-8, most=9)
    assert not found.reach.any()
    assert found.observe.any()


def test_giving_up(rng):
    with pytest.raises(NumericalError, match="after 2 sparse factorizations"):
        factors_of(mass_chain(100, damping=1e-3), [(0.1, 1.5)], most=2)
