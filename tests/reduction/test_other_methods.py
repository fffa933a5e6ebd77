"""Other methods than projection along Gramians behind `reduce`: bounds, refusals, and what results say."""

import pickle

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.reduction.other_methods import OTHER_METHODS

from ..models import random_system


def test_hankel_errors_are_within_their_bounds(rng, complex_entries, discrete, descriptor):
    entries = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    system = random_system(rng, 9, 2, 2, **entries)
    for order in (0, 3, 6):
        model = dln.reduce(system, order, method="hankel")
        truncated = dln.reduce(system, order)
        assert model.order == order
        assert model.stable
        assert model.lower_bound <= float(model.error()) <= model.bound
        assert model.hankel_error == pytest.approx(model.hsv[order], rel=1e-6)
        assert model.bound == pytest.approx(truncated.bound / 2, rel=1e-6)


def test_a_tolerance_takes_the_smaller_bound(rng):
    system = random_system(rng, 12, 1, 1)
    models = [dln.reduce(system, rtol=1e-2, method=method) for method in ("hankel", "truncate")]
    assert models[0].order <= models[1].order
    assert float(models[0].error()) <= models[0].bound <= 1e-2 * models[0].hsv[0]


@pytest.mark.parametrize("method", OTHER_METHODS)
def test_unstable_poles_and_algebraic_equations_are_kept_beside(rng, method):
    stable = random_system(rng, 6, 1, 1)
    A, B, C, D, _ = (stable + dln.LinearSystem([[2.0]], [[1.0]], [[1.0]])).to_tuple()
    E = np.diag([1.0] * 7 + [0.0])
    A, B, C = np.pad(A, (0, 1)), np.vstack([B, [[1.0]]]), np.hstack([C, [[1.0]]])
    A[7, 7] = -1.0
    system = dln.LinearSystem(A, B, C, D, E=E)
    model = dln.reduce(system, 4, method=method)
    np.testing.assert_allclose(model.kept.poles, [2.0], rtol=1e-9)
    assert model.order == 4
    assert model.lower_bound <= float(model.error())


@pytest.mark.parametrize("method", OTHER_METHODS)
def test_results_print_pickle_and_have_no_certificate(rng, method):
    model = dln.reduce(random_system(rng, 6, 1, 2), 3, method=method)
    model.error()
    text = repr(model)
    assert model.certificate is None
    assert "certificate" not in text
    assert repr(pickle.loads(pickle.dumps(model))) == text
    assert ("the least for this order" in text) is (method == "hankel")
    assert ("defect of the H2 conditions" in text) is (method == "irka")
    assert dln.plotting.overview(model).axes


@pytest.mark.parametrize("method", OTHER_METHODS)
def test_all_orders_up_to_the_full_one(method):
    system = dln.LinearSystem(np.diag([-0.1, -1.0, -10.0]), [[3.0], [1.0], [5.0]], np.ones((1, 3)))
    for model in dln.reduce(system, [0, 1, 3], method=method):
        assert model.order in (0, 1, 3)
    assert float(dln.hinf_norm(system - model.linear)) < 1e-9 * model.hsv[0]


@pytest.mark.parametrize("method", OTHER_METHODS)
def test_what_it_cannot_do_is_refused(rng, method):
    system = random_system(rng, 5, 1, 1)
    for options, words in [
        ({"gramians": dln.Coprime()}, "gramians: expected Lyapunov"),
        ({"gramians": dln.LowRank()}, "gramians: expected Lyapunov"),
        ({"keep": ["x[0]"]}, "method: expected 'truncate' or 'residualize' to keep states"),
    ]:
        with pytest.raises(dln.errors.InvalidArgumentError, match=words):
            dln.reduce(system, 3, method=method, **options)
    with pytest.raises(dln.errors.InvalidArgumentError, match="'truncate' for this kind of model"):
        dln.reduce(dln.SystemFamily([system, system]), 3, method=method)
    if method != "modal":
        with pytest.raises(dln.errors.OrderError):
            dln.reduce(dln.append(system, system), 1, method=method)


def test_modal_truncation_keeps_the_dominant_poles_and_its_bound_holds(rng, complex_entries, discrete, descriptor):
    entries = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    system = random_system(rng, 9, 2, 2, **entries)
    poles = system.poles()
    for order in range(10):
        try:
            model = dln.reduce(system, order, method="modal")
        except dln.errors.OrderError:  # between the two of a pair
            assert not complex_entries
            continue
        found = model.linear.poles()
        assert all(np.abs(poles - pole).min() < 1e-9 * np.abs(poles).max() for pole in found)
        assert model.lower_bound <= float(model.error()) <= model.bound
        np.testing.assert_allclose(
            model.left.conj().T @ (system.E if descriptor else np.eye(9)) @ model.right, np.eye(order), atol=1e-8
        )


def test_modal_truncation_in_closed_form():
    """Terms 1/(s + 1), 3/(s + 10) and 1/(s + 0.1) have the peaks 1, 0.3 and 10."""
    system = dln.LinearSystem(np.diag([-1.0, -10.0, -0.1]), np.ones((3, 1)), [[1.0, 3.0, 1.0]])
    model = dln.reduce(system, 1, method="modal")
    np.testing.assert_allclose(model.linear.poles(), [-0.1], rtol=1e-12)
    assert model.bound == pytest.approx(1.3, rel=1e-9)
    assert float(model.error()) == pytest.approx(1.3, rel=1e-9)
    assert dln.reduce(system, tol=0.5, method="modal").order == 2
