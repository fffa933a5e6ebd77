"""The sum of two systems that a system is divided into by its poles."""

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.decompositions import Band, Decaying
from dlnbalance.errors import DlnBalanceError, InvalidArgumentError, NumericalError

from ..models import assert_small, random_matrix


def mixed_system(rng, n, *, complex_entries, discrete, descriptor):
    """A system with poles on both sides of the boundary."""
    A = random_matrix(rng, n, n, complex_entries=complex_entries)
    if discrete:
        A = A * 1.5 / np.abs(np.linalg.eigvals(A)).max()
    E = None
    if descriptor:
        E = np.eye(n) + 0.3 * random_matrix(rng, n, n, complex_entries=complex_entries)
        A = E @ A
    B, C = random_matrix(rng, n, 2, complex_entries=complex_entries), random_matrix(rng, 3, n)
    return dln.LinearSystem(A, B, C, random_matrix(rng, 3, 2), E=E, dt=0.1 if discrete else 0)


def gains(system, omega):
    return np.array([system(point) for point in system.boundary_points(omega)])


@pytest.mark.parametrize("n", [1, 2, 12, 40])
def test_the_parts_add_up_and_have_the_poles(rng, n, complex_entries, discrete, descriptor):
    system = mixed_system(rng, n, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    parts = dln.split(system)
    omega = np.linspace(0.01, 30, 40)
    whole = gains(system, omega)
    total = gains(parts.stable, omega) + gains(parts.antistable, omega)
    # the largest seen was 40
    assert_small(np.abs(total - whole).max(), parts.condition * np.abs(whole).max() * np.sqrt(n), 400)
    assert parts.stable.nstates + parts.antistable.nstates == n
    assert dln.gramians.is_stable(parts.stable)
    poles = np.concatenate([parts.stable.poles(), parts.antistable.poles()])
    for pole in system.poles():
        assert np.abs(poles - pole).min() <= 1e-9 * (1 + abs(pole))
    assert parts.stable.is_complex == parts.antistable.is_complex == complex_entries


def test_feedthrough_goes_where_it_is_wanted(rng):
    system = mixed_system(rng, 6, complex_entries=False, discrete=False, descriptor=False)
    for side, other in (("inside", "outside"), ("outside", "inside")):
        parts = dln.split(system, Decaying(0.3), feedthrough=side)
        assert np.abs(getattr(parts, side).D - system.D).max() == pytest.approx(0)
        assert not getattr(parts, other).D.any()


def test_slow_and_fast_parts_of_a_stiff_system():
    system = dln.LinearSystem(
        [[-1e-6, 1.0, 0.0], [0.0, -1.0, 1.0], [0.0, 0.0, -1e9]], [[0.0], [0.0], [1e9]], [[1.0, 0.0, 0.0]]
    )
    parts = dln.split(system, Band(0, 1e-3))
    assert parts.poles_inside.real == pytest.approx([-1e-6], rel=1e-12)
    exact = 1 / ((1e-6j + 1e-6) * (1e-6j + 1) * (1e-15j + 1))
    assert abs(parts.inside(1e-6j).item() + parts.outside(1e-6j).item() - exact) < 1e-12 * abs(exact)


@pytest.mark.parametrize("dt", [0, 0.1])
def test_types_and_signals_survive(rng, dt):
    plant = control.ss(np.diag([0.5, -2.0]), np.ones((2, 1)), np.ones((1, 2)), 0, dt, inputs=["u"], outputs=["y"])
    parts = dln.split(plant)
    for part in (parts.inside, parts.outside):
        assert isinstance(part, control.StateSpace)
        assert (part.input_labels, part.output_labels, part.dt) == (["u"], ["y"], dt)
    assert isinstance(dln.split(control.tf([1.0], [1.0, 0.0, -1.0])).stable, control.TransferFunction)


def test_against_python_control_modal_form(rng):
    system = mixed_system(rng, 8, complex_entries=False, discrete=False, descriptor=False)
    stable, unstable = dln.split(system).stable, dln.split(system).antistable
    modal, _ = control.modal_form(system.to_control())
    omega = np.linspace(0.1, 5, 9)
    total = gains(stable, omega) + gains(unstable, omega)
    np.testing.assert_allclose(np.moveaxis(modal(1j * omega), -1, 0), total, atol=1e-11 * np.abs(total).max())


def test_a_similarity_and_a_permutation_change_nothing(rng, discrete):
    system = mixed_system(rng, 9, complex_entries=False, discrete=discrete, descriptor=False)
    omega = np.linspace(0.1, 20, 9)
    expected = gains(dln.split(system).stable, omega)
    for T in (np.eye(9)[rng.permutation(9)], la.expm(0.2 * random_matrix(rng, 9, 9))):
        turned = dln.LinearSystem(T @ system.A @ la.inv(T), T @ system.B, system.C @ la.inv(T), system.D, dt=system.dt)
        np.testing.assert_allclose(
            gains(dln.split(turned).stable, omega), expected, atol=1e-11 * np.abs(expected).max()
        )


def test_integrators_and_undamped_modes_are_outside():
    double = dln.split(control.tf([1.0], [1.0, 3.0, 2.0, 0.0, 0.0]))
    assert dln.as_system(double.antistable).nstates == 2
    oscillator = dln.split(([[0.0, 1.0], [-1.0, 0.0]], [[0.0], [1.0]], [[1.0, 0.0]]))
    assert oscillator.antistable.nstates == 2
    assert oscillator.stable.nstates == 0


def test_a_cut_through_a_cluster_is_refused_with_the_nearest_good_one(rng):
    chain = np.diag([0.0, 0.0, 0.0, -1.0]) + np.eye(4, k=1)
    T = rng.standard_normal((4, 4))
    system = dln.LinearSystem(np.linalg.solve(T, chain @ T), rng.standard_normal((4, 1)), rng.standard_normal((1, 4)))
    rightmost = system.poles().real.max()
    with pytest.raises(NumericalError, match="nearest good cut") as refusal:
        dln.split(system, lambda poles: poles.real < rightmost - 1e-9)
    assert "without" in str(refusal.value)
    names = [pole for pole in system.poles() if abs(pole + 1) < 1e-3]  # the cut that the message names
    assert dln.split(system, names).inside.nstates == 1


def test_results_of_other_regions_have_no_stable_part():
    parts = dln.split(dln.examples.get("heat-rod"), Decaying(1.0))
    with pytest.raises(InvalidArgumentError, match=r"\.inside"):
        _ = parts.stable
    with pytest.raises(InvalidArgumentError, match=r"\.outside"):
        _ = parts.antistable


def test_no_states_and_only_one_part():
    static = dln.split(dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]]))
    assert (static.inside.nstates, static.outside.nstates) == (0, 0)
    assert static.inside.D.item() == pytest.approx(2)
    stable = dln.split(dln.examples.get("heat-rod"))
    assert stable.antistable.nstates == 0


def test_what_is_no_system_is_refused():
    with pytest.raises(DlnBalanceError, match="dt"):
        dln.split(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], dt=None))
    with pytest.raises(DlnBalanceError, match="feedthrough"):
        dln.split(dln.examples.get("heat-rod"), feedthrough="both")


def test_summary_and_repr_fit_a_screen():
    parts = dln.split(control.tf([1.0], [1.0, 3.0, 2.0, 0.0, 0.0]))
    text = repr(parts)
    assert "outside: 2 poles: 0, 0" in text
    assert max(map(len, text.splitlines())) <= 100


def test_sparse_systems_are_split_densely_where_that_is_affordable():
    rod = dln.examples.convection_diffusion(30)  # 900 states
    parts = dln.split(rod, Band(0, 200.0))
    assert parts.inside.nstates + parts.outside.nstates == 900
    large = dln.examples.convection_diffusion(80)
    with pytest.raises(InvalidArgumentError, match="5000 states"):
        dln.split(large)
