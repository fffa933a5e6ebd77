"""Reduction of models with poles that are not stable, or that are to be kept."""

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError, UnstableSystemError

from ..models import assert_small, random_matrix, random_system
from ..plants import PLANTS


@pytest.mark.parametrize("method", ["truncate", "residualize"])
@pytest.mark.parametrize("name", PLANTS)
def test_plants_are_reduced_with_their_unstable_poles(name, method):
    system, kept = PLANTS[name]
    least = dln.split(system).antistable.nstates
    order = least + (system.nstates - least) // 2
    model = dln.reduce(system, order, method=method)
    assert model.order == model.system.nstates == order
    assert not model.stable
    poles = np.array(model.kept.poles)
    if kept is not None:
        # a double pole at zero splits by the root of the rounding of its matrix, here and in any other computation
        assert np.abs(np.sort_complex(poles) - np.sort_complex(np.array(kept))).max() < (
            1e-7 if "beam" in name else 1e-12
        )
    reduced_poles = model.linear.poles()
    for pole in poles:
        assert np.abs(reduced_poles - pole).min() <= 1e-12 * max(1, np.abs(poles).max()) + 1e-12
    assert model.error().value <= model.bound
    assert model.error().value >= model.lower_bound
    points = system.boundary_points(np.array([0.37, 1.9, 11.0]))
    difference = max(np.linalg.norm(system(point) - model.linear(point), 2) for point in points)
    size = max(np.linalg.norm(system(point), 2) for point in points)
    assert difference <= model.error().value * (1 + 1e-9) + 1e-12 * size


def test_bases_are_those_of_the_whole_projection(rng, complex_entries, discrete, descriptor):
    system = random_system(rng, 8, 2, 2, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    slowest = np.sort(np.abs(system.poles()) if discrete else system.poles().real)[-1]
    offset = (-np.log(slowest) / 0.1 if discrete else -slowest) * 1.01
    model = dln.reduce(system, 5, offset=offset)
    assert 1 <= model.kept.poles.size <= 2
    W, V = model.left, model.right
    scale = np.linalg.norm(W) * np.linalg.norm(V)
    assert_small(np.linalg.norm(W.conj().T @ system.descriptor @ V - np.eye(5)), scale * 5, 100)
    projected = system.project(W, V)
    for omega in (0.1, 1.0, 7.0):
        [point] = system.boundary_points(np.array([omega]))
        gap = np.linalg.norm(projected(point) - model.linear(point))
        assert_small(gap, scale * 5 * np.linalg.norm(system(point)) / np.abs(point - model.linear.poles()).min(), 200)
    assert model.error().value <= model.bound


@pytest.mark.parametrize("order", [0, 1])
def test_an_order_below_what_is_kept_has_an_error_of_its_own(order):
    with pytest.raises(OrderError, match=r"at least the 2 states that are kept \(2 poles: 0, 0\)") as refusal:
        dln.reduce(PLANTS["integrators and lags"][0], order)
    assert "dlnbalance.split" in str(refusal.value)


def test_orders_in_messages_count_all_states():
    system = PLANTS["integrators and lags"][0]
    with pytest.raises(OrderError, match="an order from 2 to 4"):
        dln.reduce(system, 5)
    models = dln.reduce(system, [2, 3, 4])
    assert [model.order for model in models] == [2, 3, 4]
    with pytest.raises(OrderError, match=r"order\[1\]"):
        dln.reduce(system, [2, 1])
    assert dln.reduce(system, rtol=0.05).order == 3
    with pytest.raises(dln.errors.ToleranceError, match="order=4"):
        dln.reduce(system, tol=1e-30)


def test_equal_values_are_not_parted_beside_what_is_kept():
    """Two equal lags beside an integrator: order 2 would be an arbitrary choice."""
    system = dln.LinearSystem(np.diag([0.0, -1.0, -1.0]), np.eye(3), np.eye(3))
    with pytest.raises(OrderError, match=r"choose 3"):
        dln.reduce(system, 2)


def test_unstable_models_can_be_refused():
    with pytest.raises(UnstableSystemError, match=r"dlnbalance\.split"):
        dln.reduce(PLANTS["one unstable pole"][0], 2, unstable="refuse")
    with pytest.raises(InvalidArgumentError, match="unstable"):
        dln.reduce(PLANTS["one unstable pole"][0], 2, unstable="drop")


def test_a_stable_model_is_reduced_as_ever(rng):
    system = random_system(rng, 6, 1, 1)
    model = dln.reduce(system, 3)
    assert model.kept is None
    assert model.balanced.full is model.full
    assert model.balanced.reduced is model.linear


def test_offset_keeps_slow_poles():
    system = dln.LinearSystem(np.diag([-0.1, -2.0, -3.0]), np.ones((3, 1)), np.ones((1, 3)))
    assert dln.reduce(system, 2, offset=1.0).kept.poles.real == pytest.approx([-0.1])
    sampled = dln.LinearSystem(np.exp(0.1 * np.diag([-0.1, -2.0, -3.0])) * np.eye(3), system.B, system.C, dt=0.1)
    assert dln.reduce(sampled, 2, offset=1.0).kept.poles.real == pytest.approx([np.exp(-0.01)])
    with pytest.raises(InvalidArgumentError, match="offset"):
        dln.reduce(system, 2, offset=-1.0)


def test_named_poles_are_kept():
    system = dln.LinearSystem(np.diag([-0.1, -2.0, -3.0]), np.ones((3, 1)), np.ones((1, 3)))
    model = dln.reduce(system, 2, keep=[-3.0])
    assert model.kept.poles.real == pytest.approx([-3.0])
    assert model.stable
    assert np.abs(model.linear.poles() + 3).min() < 1e-12
    with pytest.raises(InvalidArgumentError, match=r"keep\[0\].*nearest"):
        dln.reduce(system, 2, keep=[-4.0])
    with pytest.raises(InvalidArgumentError, match="not both"):
        dln.reduce(system, 2, keep=[-3.0, "x[0]"])


def test_other_models_keep_nothing(rng):
    family = dln.SystemFamily([random_system(rng, 3, 1, 1)])
    network = dln.networks.DeepLinearNetwork([random_matrix(rng, 3, 2), random_matrix(rng, 2, 3)])
    for model in (family, network):
        with pytest.raises(InvalidArgumentError, match="offset"):
            dln.reduce(model, 1, offset=1.0)
        with pytest.raises(InvalidArgumentError, match="keep"):
            dln.reduce(model, 1, keep=[-1.0])


def test_hidden_poles_that_are_not_stable_go():
    """What no input reaches and what no output reads, at zero and on the right."""
    A = np.diag([2.0, 0.0, 0.5, -1.0, -2.0])
    system = dln.LinearSystem(A, [[0.0], [0.0], [1.0], [1.0], [1.0]], [[1.0, 1.0, 0.0, 1.0, 1.0]])
    model = dln.reduce(system, 1)
    assert model.stable
    assert model.kept.poles.size == 0
    np.testing.assert_allclose(np.sort(model.kept.hidden.real), [0.0, 0.5, 2.0], atol=1e-12)
    assert "do not see them" in repr(model)
    assert model.error().value <= model.bound
    assert repr(model.kept) == "Kept: none"


def test_a_polynomial_part_is_kept_exactly(discrete):
    """A stable pole, one that is not, and 3 s² − 4 s + 5, or the same in z."""
    finite = np.diag([-0.5, 1.0]) + discrete * np.eye(2)
    nilpotent = np.eye(3, k=1)
    system = dln.LinearSystem(
        np.block([[finite, np.zeros((2, 3))], [np.zeros((3, 2)), np.eye(3)]]),
        [[1.0], [1.0], [0.0], [0.0], [1.0]],
        [[1.0, 1.0, -3.0, 4.0, -5.0]],
        E=np.block([[np.eye(2), np.zeros((2, 3))], [np.zeros((3, 2)), nilpotent]]),
        dt=float(discrete),
    )
    model = dln.reduce(system, 4)
    assert model.descriptor.index == 3
    assert [D.round(9).tolist() for D in model.descriptor.polynomial] == [[[-4.0]], [[3.0]]]
    assert np.abs(model.linear(1e3j) / system(1e3j) - 1).item() < 1e-6
    assert model.error().value <= model.bound
    with pytest.raises(OrderError, match="polynomial part"):
        dln.reduce(system, 3)
    with pytest.raises(InvalidArgumentError, match="polynomial part"):
        dln.reduce(system, 4, gramians=dln.Coprime())


def test_everything_may_be_kept():
    model = dln.reduce(PLANTS["double integrator"][0], 2)
    assert model.error().value == pytest.approx(0, abs=1e-300)
    assert model.bound == pytest.approx(0, abs=1e-14)
    with pytest.raises(OrderError):
        dln.reduce(PLANTS["double integrator"][0], 3)


def test_the_result_says_what_is_kept():
    model = dln.reduce(PLANTS["one unstable pole"][0], 2)
    facts = {fact.key: fact for fact in model.summary()}
    assert facts["kept_poles"].value == [[pytest.approx(1.0), 0.0]]
    assert "1 pole: 1" in repr(model)
    assert "not stable, by what is kept" in repr(model)
    assert "infinite" not in repr(model)


def test_names_types_and_time_survive():
    plant = control.ss(np.diag([0.5, -2.0]), np.ones((2, 1)), np.ones((1, 2)), 0, inputs=["u"], outputs=["y"], name="g")
    reduced = dln.reduce(plant, 1).system
    assert isinstance(reduced, control.StateSpace)
    assert (reduced.input_labels, reduced.output_labels, reduced.name) == (["u"], ["y"], "g")


def test_duality(rng):
    """The adjoint reduces to the adjoint."""
    system = PLANTS["pendulum on a cart"][0]
    model, dual = (
        dln.reduce(each, 4) for each in (system, dln.LinearSystem(system.A.T, system.C.T, system.B.T, system.D.T))
    )
    np.testing.assert_allclose(dual.hsv, model.hsv, rtol=1e-9, atol=1e-13 * model.hsv[0])
    for omega in (0.5, 3.0, 40.0):
        np.testing.assert_allclose(dual.linear(1j * omega).T, model.linear(1j * omega), rtol=1e-8, atol=1e-10)


def test_pickles_and_pictures(tmp_path):
    import pickle

    model = dln.reduce(PLANTS["pendulum on a cart"][0], 4)
    again = pickle.loads(pickle.dumps(model))
    assert again.error().value == pytest.approx(model.error().value)
    figure = dln.plotting.overview(model)
    assert figure.axes
    page = dln.write_report(model, tmp_path / "r.html")
    assert "Kept as they are" in page.read_text(encoding="utf-8")
