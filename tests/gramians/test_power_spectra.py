"""Power spectra, and errors in units of them."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.gramians.power_spectra import adjoint_system, power_spectrum, relative_to_spectrum
from dlnbalance.linalg.arrays import adjoint

from ..models import assert_small, random_system


@pytest.mark.parametrize("floor", [0.0, 0.5])
def test_the_spectrum_is_that_of_the_response(rng, complex_entries, discrete, floor):
    system = random_system(rng, 5, 3, 2, complex_entries=complex_entries, discrete=discrete)
    density = power_spectrum(system.A, system.B, system.C, system.D, floor, discrete=discrete)
    omega = np.linspace(-3, 3, 7)
    points = np.exp(1j * omega) if discrete else 1j * omega
    for point, values in zip(points, density.eigenvalues(points), strict=True):
        G = system(point)
        expected = la.eigvalsh(G @ adjoint(G) + floor**2 * np.eye(2))
        assert_small(la.norm(values - expected), la.norm(expected), 1e4)


@pytest.mark.parametrize("floor", [0.0, 0.5])
def test_errors_in_units_of_the_spectrum(rng, complex_entries, discrete, floor):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": True}
    system, other = random_system(rng, 5, 3, 2, **options), random_system(rng, 2, 3, 2, **options)
    ratio = relative_to_spectrum(system, other, floor)
    assert ratio.nstates == 7
    for omega in np.linspace(-3, 3, 7):
        point = np.exp(1j * omega) if discrete else 1j * omega
        G = system(point)
        root = la.cholesky(G @ adjoint(G) + floor**2 * np.eye(2), lower=True)
        expected = la.svdvals(la.solve(root, G - other(point)))
        np.testing.assert_allclose(la.svdvals(ratio(point)), expected, rtol=1e-9)


def test_the_response_of_the_adjoint_system(rng, complex_entries, discrete):
    system = random_system(rng, 4, 3, 2, complex_entries=complex_entries, discrete=discrete, descriptor=True)
    point = np.exp(0.3j) if discrete else 0.3j
    G = adjoint(system(np.conj(point)))
    assert_small(la.norm(adjoint_system(system)(point) - G), la.norm(G), 1e3)
