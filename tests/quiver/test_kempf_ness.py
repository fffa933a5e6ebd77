"""Least norm on a gauge orbit, and norm-balanced realizations."""

from itertools import pairwise

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance import bridge
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.quiver.kempf_ness import minimize

from ..models import QUIVERS, random_gauge, random_network, random_representation, random_system


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


def test_a_looser_tolerance_does_not_cost_more(rng):
    scale = 10 ** rng.uniform(-3, 3, 12)
    A, B, C, *_ = random_system(rng, 12, 2, 2).to_tuple()
    start = dln.LinearSystem(scale[:, None] * A / scale, scale[:, None] * B, C / scale).representation
    found = [minimize(start, rtol=rtol) for rtol in (1e-1, 1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13)]
    for looser, tighter in pairwise(found):
        assert looser.linear_iterations <= tighter.linear_iterations
        assert looser.steps <= tighter.steps
    assert found[-1].energies[-1] == pytest.approx(found[2].energies[-1], rel=1e-9)
