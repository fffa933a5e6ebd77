"""Integrals of resolvents over bands, against quadrature and against each other."""

import numpy as np
import pytest
import scipy.linalg as la
from scipy.integrate import quad_vec

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.band_integrals import resolvent_integral
from dlnbalance.linalg.input_normal_forms import input_normal_form

from ..models import assert_small, random_matrix, random_pencil


def form_of(rng, discrete, n=6):
    A, _ = random_pencil(rng, n, complex_entries=True, discrete=discrete)
    return input_normal_form(la.schur(A, output="complex")[0], random_matrix(rng, n, 2), discrete=discrete)


def share(form, bands, discrete):
    S = resolvent_integral(form.A, bands, discrete=discrete)
    return S + adjoint(S)


@pytest.mark.parametrize("bands", [[(0.3, 0.9)], [(-2.0, -1.0), (0.5, 2.5)], [(0.4, 0.4001)]])
def test_against_quadrature(rng, discrete, bands):
    form = form_of(rng, discrete)

    def integrand(nu):
        point = np.exp(1j * nu) if discrete else 1j * nu
        X = la.solve(point * np.eye(6) - form.A, form.B)
        return X @ adjoint(X) / (2 * np.pi)

    wanted = sum(quad_vec(integrand, *band, epsrel=1e-13, epsabs=1e-16)[0] for band in bands)
    assert_small(la.norm(share(form, bands, discrete) - wanted), la.norm(wanted), 1e3)


def test_shares_of_all_frequencies_add_up_to_one(rng):
    for discrete, bands in (
        (False, [(-np.inf, -1.0), (-1.0, 0.5), (0.5, np.inf)]),
        (True, [(-np.pi, 0.3), (0.3, 2.0), (2.0, np.pi)]),
    ):
        form = form_of(rng, discrete)
        parts = [share(form, [band], discrete) for band in bands]
        assert_small(la.norm(sum(parts) - np.eye(6)), 1.0, 1e3)
        for part in parts:
            values = la.eigvalsh(part)
            assert_small(max(-values.min(), values.max() - 1, 0.0), 1.0, 100)
    assert_small(la.norm(share(form_of(rng, False), [(-np.inf, np.inf)], False) - np.eye(6)), 1.0, 10)
