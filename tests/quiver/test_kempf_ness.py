"""Least norm on a gauge orbit, and norm-balanced realizations."""

import control
import mpmath
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance import bridge
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.quiver.certificates import weight_margin
from dlnbalance.quiver.kempf_ness import minimize

from ..models import QUIVERS, random_gauge, random_matrix, random_network, random_representation, random_system


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    return request.param


@pytest.mark.parametrize("widths", [(4, 3, 4), (3, 3, 3, 3), (5, 2, 2, 2, 4)])
def test_least_norm_of_a_network_is_that_of_its_center(rng, widths, complex_entries):
    network = random_network(rng, widths, complex_entries=complex_entries)
    result = minimize(network.representation)
    assert result.status == "converged"
    assert 2 * result.energies[-1] == pytest.approx(network.center().norm ** 2, rel=1e-12)


@pytest.mark.parametrize("quiver", QUIVERS)
def test_every_quiver_descends_and_stays_on_its_orbit(rng, quiver, complex_entries):
    model = random_representation(rng, quiver, complex_entries=complex_entries)
    result = minimize(model, max_steps=30)
    assert (np.diff(result.energies) <= 1e-12 * result.energies[0]).all()
    moved = model.act(result.gauge)
    assert moved.energy == pytest.approx(result.representation.energy, rel=1e-6)


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("decades", [0, 3, 6])
def test_systems_in_bad_coordinates(rng, complex_entries, discrete, decades):
    system = random_system(rng, 20, 2, 3, complex_entries=complex_entries, discrete=discrete)
    scale = 10 ** rng.uniform(-decades, decades, 20)
    scaled = dln.LinearSystem(
        scale[:, None] * system.A / scale, scale[:, None] * system.B, system.C / scale, dt=system.dt
    )
    result = dln.balance(scaled, form="norm")
    assert result.minimum.status == "converged"
    assert result.minimum.steps <= 40
    assert result.minimum.moment_norms[-1] <= 1e-12
    omega = np.linspace(-10, 10, 21)
    before = dln.frequency_response(system, omega) - system.D
    after = dln.frequency_response(result.system, omega)
    assert np.abs(after - before).max() <= 1e-9 * np.abs(before).max()
    direct = dln.balance(dln.LinearSystem(system.A, system.B, system.C, dt=system.dt), form="norm")
    assert result.certificate.after == pytest.approx(direct.certificate.after, rel=1e-10)


def test_norm_balanced_moment_vanishes(rng):
    result = dln.balance(random_system(rng, 8, 2, 2), form="norm")
    A, B, C = result.system.A, result.system.B, result.system.C
    moment = A @ A.T - A.T @ A + B @ B.T - C.T @ C
    assert la.norm(moment) <= 1e-11 * result.certificate.after
    assert la.norm(result.transform @ result.inverse - np.eye(8)) < 1e-10


def test_no_change_of_coordinates_has_a_smaller_norm(rng, complex_entries):
    result = dln.balance(random_system(rng, 6, 2, 2, complex_entries=complex_entries), form="norm")
    representation = result.system.representation
    for _ in range(50):
        T = random_gauge(rng, 6, complex_entries=complex_entries)
        assert 2 * representation.act([T]).energy >= result.certificate.after * (1 - 1e-12)


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
            certificate = dln.NormCertificate.compare(near, near)
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
        certificate = dln.NormCertificate.compare(near, near)
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
    certificate = dln.NormCertificate.compare(system.representation, system.representation)
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
        certificate = dln.NormCertificate.compare(near, near)
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


@pytest.mark.parametrize("widths", [(3, 3, 3, 3), (4, 2, 2, 3)])
def test_delay_line_norm_balanced_is_the_balanced_network(rng, widths, complex_entries):
    """Up to block-unitary gauge: the same norm, and the same Gramian-like blocks W W* at every layer."""
    network = random_network(rng, widths, complex_entries=complex_entries)
    result = dln.balance(bridge.network_to_system(network), form="norm")
    center = bridge.network_to_system(dln.balance(network).network)
    assert result.certificate.after == pytest.approx(2 * center.representation.energy, rel=1e-10)
    for left, right in (("B", lambda M: adjoint(M) @ M), ("C", lambda M: M @ adjoint(M))):
        ours, theirs = right(getattr(result.system, left)), right(getattr(center, left))
        assert la.norm(ours - theirs) <= 1e-9 * la.norm(theirs)
    ours, theirs = (np.sort(la.svdvals(system.A)) for system in (result.system, center))
    np.testing.assert_allclose(ours, theirs, atol=1e-10 * theirs.max())


def test_unstable_systems_have_a_least_norm_too():
    result = dln.balance(([[2.0, 1.0], [0.0, 1.0]], [[1.0], [3.0]], [[1.0, 0.1]]), form="norm")
    assert result.minimum.status == "converged"


def test_control_state_space_comes_back(rng):
    A, B, C, D, _ = random_system(rng, 4, 1, 1).to_tuple()
    plant = control.ss(A, B, C, D, inputs=["u"], outputs=["y"], name="plant")
    balanced = dln.balance(plant, form="norm").system
    assert isinstance(balanced, control.StateSpace)
    assert balanced.name == "plant"
    np.testing.assert_array_equal(balanced.D, D)


def test_non_minimal_systems_are_said_to_have_no_least_norm():
    """The unreachable state can be scaled away: the infimum is the norm of the minimal part and A of the rest."""
    system = dln.LinearSystem(np.diag([-1.0, -2.0]), [[3.0], [0.0]], [[1.0, 1.0]])
    result = dln.balance(system, form="norm")
    assert result.minimum.status == "diverging"
    assert "not reached" in repr(result)
    assert result.certificate.after == pytest.approx(1 + 4 + 2 * 3, rel=1e-6)


def test_descriptor_systems_are_made_explicit(rng):
    system = random_system(rng, 5, 1, 2, descriptor=True)
    result = dln.balance(system, form="norm")
    assert result.system.E is None
    assert result.certificate.after == pytest.approx(
        dln.balance(system.explicit(), form="norm").certificate.after, rel=1e-9
    )


def test_limits_and_arguments(rng):
    representation = random_system(rng, 6, 2, 2).representation
    short = minimize(representation, max_steps=1)
    assert short.status == "steps"
    assert "max_steps" in repr(short)
    for rtol in (0.0, 1.5, "small", True):
        with pytest.raises(InvalidArgumentError, match="rtol"):
            minimize(representation, rtol=rtol)
    for steps in (-1, 2.0, True):
        with pytest.raises(InvalidArgumentError, match="max_steps"):
            minimize(representation, max_steps=steps)


def test_progress_and_trivial_representations(rng):
    seen = []
    result = minimize(random_system(rng, 6, 2, 2).representation, progress=seen.append)
    assert len(seen) == result.steps > 1
    assert all(0 < share <= 1 for share in seen)
    assert seen[-1] > 0.5 > seen[0]
    assert minimize(random_network(rng, (3, 2)).representation).status == "converged"


@pytest.mark.parametrize("name", ["build", "pde", "CDplayer", "iss", "heat-cont"])
def test_reference_models(reference_model, name):
    system = reference_model(name)
    result = minimize(system.representation, rtol=1e-10)
    assert result.status in ("converged", "diverging")  # iss is not minimal to rounding
    assert result.moment_norms[-1] <= 1e-10
    moved = system.with_matrices(*[result.representation.matrices[k] for k in (2, 0, 1)])
    omega = np.geomspace(1e-2, 1e3, 30)
    before, after = dln.frequency_response(system, omega), dln.frequency_response(moved, omega)
    assert np.abs(after - before).max() <= 1e-7 * np.abs(before).max()
