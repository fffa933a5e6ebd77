"""Families of systems in common coordinates."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError, ToleranceError, UnstableSystemError
from dlnbalance.gramians import is_stable
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.structured.families import SystemFamily

from ..models import assert_small, random_gauge, random_representation, random_system

GRID = np.linspace(0.0, 3.0, 9)


def random_family(rng, members=3, n=6, *, complex_entries=False, discrete=False):
    """Members with different numbers of inputs and outputs."""
    systems = [
        random_system(rng, n, 1 + i, 2 + i % 2, complex_entries=complex_entries, discrete=discrete)
        for i in range(members)
    ]
    return SystemFamily(
        [
            dln.LinearSystem(s.A, s.B, s.C, s.D, dt=s.dt, inputs=[f"q{k}" for k in range(s.ninputs)], name=f"point {i}")
            for i, s in enumerate(systems)
        ]
    )


@pytest.fixture(params=[(False, False), (True, False), (False, True), (True, True)], ids=str)
def family(rng, request):
    return random_family(rng, complex_entries=request.param[0], discrete=request.param[1])


def summed_gramians(family):
    """Sums of dense solutions."""
    P, Q = 0, 0
    for member in family:
        A, B, C, _, _ = member.to_tuple()
        if member.is_discrete:
            P = P + la.solve_discrete_lyapunov(A, B @ adjoint(B))
            Q = Q + la.solve_discrete_lyapunov(adjoint(A), adjoint(C) @ C)
        else:
            P = P + la.solve_continuous_lyapunov(A, -B @ adjoint(B))
            Q = Q + la.solve_continuous_lyapunov(adjoint(A), -adjoint(C) @ C)
    return P, Q


def assert_same_responses(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        difference = dln.frequency_response(one, GRID) - dln.frequency_response(other, GRID)
        assert np.abs(difference).max() < 1e-10


def test_factors_are_those_of_the_summed_gramians(family):
    P, Q = summed_gramians(family)
    network = family.factor_pairs()[0]
    assert network.widths == (6, 6, 6)  # compressed
    reach, observe = network.weights
    assert_small(la.norm(reach @ adjoint(reach) - P), la.norm(P), 1e4)
    assert_small(la.norm(adjoint(observe) @ observe - Q), la.norm(Q), 1e4)


@pytest.mark.parametrize("form", ["balanced", "input-normal", "output-normal"])
def test_balanced_sums_are_diagonal(family, form):
    result = dln.balance(family, form=form)
    powers = {"balanced": (1, 1), "input-normal": (0, 2), "output-normal": (2, 0)}[form]
    for gramian, power in zip(summed_gramians(result.system), powers, strict=True):
        assert la.norm(gramian - np.diag(result.hsv**power)) < 1e-9 * (1 + result.hsv[0]) ** 2
    assert_same_responses(result.system, family)
    assert abs(result.certificate.relative_gap) < 1e-13
    assert [member.name for member in result.system] == ["point 0", "point 1", "point 2"]
    assert result.system[2].inputs == ("q0", "q1", "q2")


def test_gauges_and_norm_balancing_leave_every_response_alone(rng, family):
    gauge = random_gauge(rng, 6, complex_entries=family[0].is_complex)
    moved = family.with_representation(family.representation.act([gauge]))
    assert_same_responses(moved, family)
    result = dln.balance(family, form="norm")
    assert result.minimum.status == "converged"
    assert_same_responses(result.system, family)
    moments = sum(
        s.A @ adjoint(s.A) - adjoint(s.A) @ s.A + s.B @ adjoint(s.B) - adjoint(s.C) @ s.C for s in result.system
    )
    assert la.norm(moments) < 1e-10 * family.representation.energy
    assert isinstance(result.system, SystemFamily)
    assert result.system[1].name == "point 1"
    with pytest.raises(InvalidArgumentError, match="representation"):
        family.with_representation(random_representation(rng, "chain"))


def test_family_of_one_is_the_system(rng):
    for discrete in (False, True):
        plant = random_system(rng, 5, 2, 2, discrete=discrete)
        single = SystemFamily([plant])
        ours, theirs = dln.balance(single), dln.balance(plant)
        assert_small(la.norm(ours.hsv - theirs.hsv), theirs.hsv[0], 20)
        assert_same_responses(ours.system, [plant])
        mine, reference = dln.reduce(single, 3), dln.reduce(plant, 3)
        assert float(mine.error()) == pytest.approx(float(reference.error()), rel=1e-6)
        assert_same_responses(mine.system, [reference.system])


def test_reduction_measures_every_member_and_proves_nothing(family):
    model = dln.reduce(family, 4)
    assert (model.order, model.full_order, model.bound) == (4, 6, None)
    assert ("no bound" in repr(model)) == model.stable
    assert "measured" not in repr(model)
    assert la.norm(adjoint(model.left) @ model.right - np.eye(4)) < 1e-10
    errors = []
    for member, reduced in zip(family, model.system, strict=True):
        assert (reduced.nstates, reduced.name) == (4, member.name)
        if not is_stable(reduced):
            errors.append(np.inf)
            continue
        errors.append(float(dln.hinf_norm(member - reduced)))
        sampled = dln.frequency_response(member, GRID) - dln.frequency_response(reduced, GRID)
        assert errors[-1] >= np.linalg.norm(sampled, 2, axis=(1, 2)).max() * (1 - 1e-9)
    assert float(model.error()) == max(errors)
    assert model.error().place.startswith(f"member {np.argmax(errors)}")
    assert "measured" in repr(model)
    assert len(repr(model).splitlines()) <= 8
    exact = dln.reduce(family, 6)
    assert float(exact.error()) < 1e-10


def test_an_unstable_reduced_member_is_said_to_be():
    """Summed Gramians do not keep the members stable: found by a search over random families."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        model = dln.reduce(random_family(rng, 2, 3), 2)
        if not model.stable:
            break
    else:
        pytest.fail("no such family among 200")
    assert "NOT STABLE" in repr(model)
    stable = [member.poles().real.max() < 0 for member in model.system]
    assert [is_stable(member) for member in model.system] == stable
    assert not all(stable)
    assert float(model.error()) == np.inf
    assert model.error().place == f"member {stable.index(False)}"


def test_it_is_a_sequence_of_systems(family):
    assert len(family) == 3
    assert family[1] is family.systems[1]
    assert family[-1] is family.systems[2]
    assert isinstance(family[1:], SystemFamily)
    assert [member.name for member in family[1:]] == ["point 1", "point 2"]
    assert list(family) == list(family.systems)
    assert "3 members, 6 states" in repr(family)
    with pytest.raises(IndexError):
        _ = family[3]


def test_unreachable_states_common_to_all_are_dropped(rng):
    members = []
    for _ in range(2):
        s = random_system(rng, 3, 1, 1)
        B = np.vstack([s.B, np.zeros((1, 1))])
        members.append(dln.LinearSystem(la.block_diag(s.A, -1.0), B, np.hstack([s.C, np.ones((1, 1))])))
    result = dln.balance(SystemFamily(members))
    assert (result.order, result.is_minimal) == (3, False)
    silent = SystemFamily([dln.LinearSystem([[-1.0]], [[0.0]], [[1.0]])])
    nothing = dln.balance(silent)
    assert (nothing.order, nothing.system.nstates) == (0, 0)


def test_refusals(rng, family):
    plant = random_system(rng, 4, 1, 1)
    with pytest.raises(InvalidArgumentError, match=r"systems\[1\].*4 states"):
        SystemFamily([plant, random_system(rng, 3, 1, 1)])
    with pytest.raises(InvalidArgumentError, match=r"systems\[1\].*dt"):
        SystemFamily([plant, random_system(rng, 4, 1, 1, discrete=True)])
    with pytest.raises(InvalidArgumentError, match=r"systems\[0\].*explicit"):
        SystemFamily([random_system(rng, 4, 1, 1, descriptor=True)])
    for wrong in ([], plant, 3, "model.mat"):
        with pytest.raises(InvalidArgumentError, match="systems"):
            SystemFamily(wrong)
    unstable = SystemFamily([plant, -1 * dln.LinearSystem(-plant.A, plant.B, plant.C)])
    with pytest.raises(UnstableSystemError, match=r"systems\[1\]"):
        dln.balance(unstable)
    with pytest.raises(ToleranceError, match="no tolerance"):
        dln.reduce(family, tol=0.1)
    with pytest.raises(OrderError):
        dln.reduce(family, 7)
    with pytest.raises(InvalidArgumentError, match="method"):
        dln.reduce(family, 2, method="residualize")
