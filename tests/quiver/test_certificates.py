"""Certificates are never violated, and sharp where they should be."""

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.quiver.certificates import weight_margin
from dlnbalance.quiver.kempf_ness import minimize

from ..models import random_matrix, random_network, random_representation, random_system


def nearby(rng, quiver, decades):
    """A point of least norm on the orbit of a random representation, and another point of the orbit."""
    complex_entries = bool(rng.integers(2))
    least = minimize(random_representation(rng, quiver, complex_entries=complex_entries)).representation
    length = 10 ** rng.uniform(*decades)
    gauge = [
        la.expm(length * random_matrix(rng, n, n, complex_entries=complex_entries) / np.sqrt(n))
        for n in least.dimensions
    ]
    return least, least.act(gauge)


def test_certificates_are_never_violated_on_systems():
    """2000 points of similarity orbits with n ≤ 8: gap ≤ linear bound, and ≤ quadratic bound where there is one."""
    rng = np.random.default_rng(3)
    applied = 0
    for trial in range(400):
        n, m, p = rng.integers(1, 9), rng.integers(1, 3), rng.integers(1, 3)
        complex_entries = bool(trial % 2)
        system = random_system(rng, int(n), int(m), int(p), complex_entries=complex_entries, feedthrough=False)
        result = minimize(system.representation)
        least = result.representation
        assert result.status == "converged"
        for decade in range(-5, 0):
            gauge = la.expm(
                10.0 ** (decade + rng.uniform()) * random_matrix(rng, n, n, complex_entries=complex_entries)
            )
            near = least.act([gauge])
            certificate = dln.quiver.NormCertificate.compare(near, near)
            gap, rounding = 2 * (near.energy - least.energy), 1e-11 * near.energy
            assert gap <= certificate.linear_bound + rounding
            if certificate.quadratic_bound is not None:
                applied += 1
                assert certificate.curvature_proved
                assert gap <= certificate.quadratic_bound + rounding
    assert applied > 500


@pytest.mark.parametrize("quiver", ["chain", "factor pair", "several loops", "cycle"])
def test_certificates_are_never_violated_on_quivers(quiver):
    rng = np.random.default_rng(4)
    for _ in range(60):
        least, near = nearby(rng, quiver, (-5, 0))
        certificate = dln.quiver.NormCertificate.compare(near, near)
        gap, rounding = 2 * (near.energy - least.energy), 1e-11 * near.energy
        assert gap <= certificate.linear_bound + rounding
        if certificate.quadratic_bound is not None:
            assert gap <= certificate.quadratic_bound + rounding


def test_quadratic_certificate_is_sharp_to_second_order(rng):
    """Next to the minimum it exceeds the gap, known in high precision, by what the spread of curvatures allows."""
    with mpmath.workdps(60):
        b, c = mpmath.mpf(3), mpmath.mpf(3) + mpmath.mpf(10) ** -9
        least = 1 + 2 * b * c  # A = −1: the norm of B and C is least where they are equal
        exact = float(1 + b**2 + c**2 - least)
    system = dln.LinearSystem([[-1.0]], [[3.0]], [[3.0 + 1e-9]])
    certificate = dln.quiver.NormCertificate.compare(system.representation, system.representation)
    assert 0 < exact <= certificate.quadratic_bound * (1 + 1e-6)
    assert certificate.quadratic_bound <= 2.01 * exact


@pytest.mark.parametrize("quiver", ["factor pair", "state space", "several loops", "square chain"])
def test_quadratic_bound_is_the_stated_formula(rng, quiver):
    """κ/(2N²) [r + (1 − r) log(1 − r)], r = 2N‖μ‖/κ < 1, in 40 digits."""
    network = random_network(rng, (3, 3, 3, 3)).representation
    least = minimize(network if quiver == "square chain" else random_representation(rng, quiver)).representation
    # the weights are e_head − e_tail without the ends that are not gauged, and a loop has two different entries
    squared = max((a.head in least.gauged) + (a.tail in least.gauged) for a in least.arrows)
    assert squared == (1 if quiver == "factor pair" else 2)
    applied = 0
    for length in 10.0 ** -np.arange(1, 7):
        near = least.act([la.expm(length * random_matrix(rng, n, n) / np.sqrt(n)) for n in least.dimensions])
        certificate = dln.quiver.NormCertificate.compare(near, near)
        with mpmath.workdps(40):
            N, moment, curvature = mpmath.sqrt(squared), certificate.moment, certificate.curvature
            r = 2 * N * moment / curvature
            if not r < 1:
                assert certificate.quadratic_bound is None
                continue
            expected = float(curvature / (2 * squared) * (r + (1 - r) * mpmath.log(1 - r)))
        assert certificate.quadratic_bound == pytest.approx(expected, rel=1e-7)
        applied += 1
    assert applied >= 4


def test_weight_margin_of_chains_and_systems(rng):
    network = random_network(rng, (3, 2, 4, 3))
    assert weight_margin(network.representation) ** -2 == pytest.approx(4 * (2**2 + 2**2))
    system = random_system(rng, 3, 1, 1)
    assert weight_margin(system.representation) ** -2 == pytest.approx(3 * 4 * 7 / 6)
