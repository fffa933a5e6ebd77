"""What is proved about reduced models, and what survives rounding."""

import re

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import OrderError, ToleranceError
from dlnbalance.gramians.base import HINF_ERROR, ErrorBounds, Gramians, GramianStrategy
from dlnbalance.linalg.arrays import EPS
from dlnbalance.networks.factor_pairs import FactorPair
from dlnbalance.norms.accuracy import projection_rounding
from dlnbalance.norms.frequencies import telling_frequencies
from dlnbalance.plotting import bode, hankel
from dlnbalance.report.page import cautions, write_report
from dlnbalance.summary import document, rows

from ..forty_digits import distance, hankel_values
from ..models import random_matrix, random_system

METHODS = ["truncate", "residualize"]


def true_error(model):
    """Largest ‖G − G_r‖₂ in 40 digits, at the frequencies where it is likely to be large."""
    full, reduced = model.full, dln.as_system(model.system)
    omega = np.union1d(telling_frequencies(full), telling_frequencies(reduced) if reduced.nstates else [0.0])
    peak = model.error().frequency
    omega = np.append(omega, [peak] if np.isfinite(peak) else [])
    coarse = la.norm(dln.frequency_response(full, omega) - dln.frequency_response(reduced, omega), 2, axis=(1, 2))
    suspects = {omega[-1], *omega[np.argsort(coarse)[-4:]]}
    at_infinity = 0.0 if full.is_discrete else la.norm(full.D - reduced.D, 2)
    return max(at_infinity, *(distance(full, reduced, w) for w in suspects))


# -- the bound, and rounding ------------------------------------------------------------------------------------------


@pytest.fixture
def near_the_circle():
    """A pole 1e-10 inside the unit circle: rounding reaches errors of 1e4, and the error of order 1 is 6."""
    return dln.LinearSystem(np.diag([1 - 1e-10, 0.5]), [[1.0], [1.0]], [[1.0, 1.0]], dt=1)


def test_what_rounding_refutes_is_not_called_proved(near_the_circle):
    """2σ_2 = 2.667 in exact arithmetic, for the balanced truncation; measured is 6, for the one that is computed."""
    model = dln.reduce(near_the_circle, order=1)
    assert model.exact_bounds.upper == pytest.approx(8 / 3, rel=1e-4)
    assert true_error(model) <= model.bound
    assert float(model.error()) <= model.bound
    assert model.lower_bound == 0
    assert model.error().rounding < model.bound
    words = repr(model)
    [proved] = [line for line in words.splitlines() if "proved" in line]
    assert "at least" not in proved
    assert f"{model.rounding:.1e} of it for rounding" in proved
    assert "2.667" not in words
    assert "(rounding: up to" in str(model.error())


def test_rounding_adds_up_from_data_gramians_and_projection(rng):
    system = random_system(rng, 5, 2, 2)
    model, network = dln.reduce(system, 3), dln.Lyapunov()(system)
    parts = (
        dln.accuracy_floor(system),
        network.accuracy_floor,
        projection_rounding(system, model.system, model.left, model.right),
    )
    assert min(parts) > 0
    assert model.rounding == pytest.approx(4 * sum(parts), rel=1e-6, abs=0)
    assert model.bound == pytest.approx(2 * model.hsv[3:].sum() + model.rounding, rel=1e-14, abs=0)


def test_bounds_of_well_conditioned_models_are_printed_without_rounding():
    model = dln.reduce(dln.examples.get("heat-rod"), 2)
    assert "rounding" not in model.proved()
    assert model.rounding < 1e-3 * model.bound


@pytest.fixture(scope="module")
def beam():
    return dln.examples.get("beam")


def test_a_tolerance_below_rounding_is_refused_with_one_that_can_be_met(beam):
    """2Σσ falls below 1e-11 at order 48, but rounding reaches 6e-9."""
    with pytest.raises(ToleranceError, match="the least that is proved in double precision") as refusal:
        dln.reduce(beam, tol=1e-11)
    least = float(re.search(r"at least (\S+), the least", str(refusal.value)).group(1))
    assert least > 1e-9
    model = dln.reduce(beam, tol=least)
    assert float(model.error()) <= model.bound <= least
    with pytest.raises(ToleranceError):
        dln.reduce(beam, tol=0.97 * least)


@pytest.mark.parametrize("request_name", ["tol", "rtol"])
def test_the_tolerance_that_is_named_can_be_met(rng, request_name):
    for _ in range(10):
        system = random_system(rng, 6, 2, 2, discrete=rng.random() < 0.5)
        with pytest.raises(ToleranceError) as refusal:
            dln.reduce(system, **{request_name: 1e-25})
        assert refusal.value.argument == request_name
        least = float(re.search(r"at least (\S+),", str(refusal.value)).group(1))
        model = dln.reduce(system, **{request_name: least})
        assert model.bound <= least * (model.hsv[0] if request_name == "rtol" else 1.0)
        with pytest.raises(ToleranceError):
            dln.reduce(system, **{request_name: 0.97 * least})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_full_order_is_no_proof_of_an_error_of_zero(rng, method, discrete, descriptor):
    system = random_system(rng, 5, 2, 2, discrete=discrete, descriptor=descriptor)
    model = dln.reduce(system, 5, method=method)
    assert model.exact_bounds.upper == 0
    assert 0 < true_error(model) <= model.bound
    assert "proved: at most" in repr(model)


def badly_conditioned(rng, *, discrete):
    """A system in coordinates of condition 1e6, with poles over two decades."""
    n = 6
    poles = -(10.0 ** rng.uniform(-1, 1, n))
    left, right = (la.qr(random_matrix(rng, n, n))[0] for _ in range(2))
    T = (left * 10.0 ** np.linspace(-3, 3, n)) @ right
    A, dt = (np.diag(np.exp(poles)), 1.0) if discrete else (np.diag(poles), 0)
    return dln.LinearSystem(la.solve(T, A @ T), la.solve(T, np.ones((n, 2))), np.ones((1, n)) @ T, dt=dt)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("discrete", [False, True])
def test_errors_of_badly_conditioned_models_stay_below_their_bounds(rng, method, discrete):
    widened = 0
    for _ in range(8):
        system = badly_conditioned(rng, discrete=discrete)
        for order in range(1, dln.Lyapunov()(system).rank + 1):
            model = dln.reduce(system, order, method=method)
            if not model.stable:
                continue
            truth = true_error(model)
            assert truth <= model.bound
            assert truth >= model.lower_bound
            assert abs(truth - float(model.error())) <= model.error().rounding + 1e-6 * truth
            widened += truth > model.exact_bounds.upper
    assert widened  # the bound of exact arithmetic would have been wrong


def test_values_that_agree_count_once_where_rounding_can_make_them_equal(rng):
    """Two copies of a system whose gains differ by 1e-13: σ_2 − σ_1 is 1e-13, and the step costs δ/eps floors."""
    bounds = dln.Lyapunov().error_bounds(np.array([1.0, 1.0 - 1e-13, 0.25]), 0, 1e-12)
    merging = 1e-13 / EPS * 1e-12
    assert bounds.upper - 2 * (1 + 0.25) == pytest.approx(2 * merging, rel=1e-2)
    equal = dln.Lyapunov().error_bounds(np.array([1.0, 1.0, 0.25]), 0, 1e-12)
    assert equal.upper == pytest.approx(2.5, rel=1e-15)
    useless = dln.Lyapunov().error_bounds(np.array([1.0, 1.0 - 1e-9]), 0, 1e-3)  # dearer than the value itself
    assert useless.upper == pytest.approx(4.0, rel=1e-8)


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_the_mismatch_at_frequency_zero_is_stated_with_its_rounding(rng, complex_entries, discrete, method):
    for _ in range(4):
        system = random_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete)
        model = dln.reduce(system, 3, method=method)
        truth = distance(system, model.system, 0.0)
        assert abs(truth - model.dc_mismatch) <= model.dc_rounding
        assert model.dc_rounding <= 1e3 * EPS * la.norm(system.dcgain()) * np.linalg.cond(
            system.A - system.dc_point * np.eye(6)
        )
        said = dict(rows(model.summary()))["DC mismatch"]
        assert ("rounding" in said) == (model.dc_rounding > 1e-3 * model.dc_mismatch)


def test_the_mismatch_of_a_residualized_stiff_model():
    system = dln.LinearSystem(-np.diag([1e-6, 1.0, 1e3]), np.ones((3, 1)), np.ones((1, 3)))
    model = dln.reduce(system, 1, method="residualize")
    truth = distance(system, model.system, 0.0)
    assert truth <= model.dc_mismatch + model.dc_rounding
    assert 1e-11 < model.dc_rounding < 1e-8
    assert f"rounding: up to {model.dc_rounding:.1e}" in repr(model)


# -- order 0, and several orders --------------------------------------------------------------------------------------


G = dln.LinearSystem([[-1.0, 2.0], [-3.0, -4.0]], np.ones((2, 1)), np.ones((1, 2)), [[3.0]])
STATIC = {
    "B = 0": (G.with_matrices(G.A, 0 * G.B, G.C), 3.0),
    "C = 0": (G.with_matrices(G.A, G.B, 0 * G.C), 3.0),
    "G − G": (G - G, 0.0),
    "no states": (dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[3.0]]), 3.0),
    "A/A": (dln.LinearSystem([[-2.0, -3.0], [1.0, 0.0]], [[1.0], [0.0]], [[0.0, 0.0]], [[1.0]]), 1.0),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("system", "gain"), STATIC.values(), ids=STATIC)
def test_constant_gains_reduce_to_their_feedthrough(system, gain, method):
    for model in (dln.reduce(system, 0, method=method), dln.reduce(system, tol=1e-3, method=method)):
        assert (model.order, model.system.nstates, model.stable) == (0, 0, True)
        assert model.system.D.item() == pytest.approx(gain, rel=1e-14, abs=8 * EPS)
        assert float(model.error()) <= model.bound + model.error().rounding
        assert model.bound <= 100 * EPS
        assert "0 of" in repr(model)
    with pytest.raises(OrderError, match="order 0" if system.nstates else "order"):
        dln.reduce(system, 1, method=method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("discrete", [False, True])
def test_order_zero_is_the_static_model_with_its_error_and_bound(rng, method, discrete):
    system = random_system(rng, 4, 2, 2, discrete=discrete)
    model = dln.reduce(system, 0, method=method)
    expected = system.D if method == "truncate" else system.dcgain()
    np.testing.assert_allclose(model.system.D, expected, rtol=0, atol=1e-12)
    assert model.bound == pytest.approx(2 * model.hsv.sum(), rel=1e-9)
    assert model.lower_bound == pytest.approx(model.hsv[0], rel=1e-9)
    static = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((2, 0)), expected, dt=system.dt)
    assert float(model.error()) == pytest.approx(float(dln.hinf_norm(system - static)), rel=1e-9)


def test_a_tolerance_that_the_feedthrough_meets_keeps_no_state(rng):
    system = random_system(rng, 4, 1, 1)
    bound = 2 * dln.hankel_singular_values(system).sum()
    assert dln.reduce(system, tol=1.001 * bound).order == 0
    assert dln.reduce(system, tol=0.999 * bound).order == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("orders", [[4, 8, 12], (12, 4), range(0, 6, 2), [3]])
def test_several_orders_come_from_one_factorization(rng, monkeypatch, method, orders):
    system, factorizations = random_system(rng, 14, 2, 2), []
    from dlnbalance.linalg import pencils
    from dlnbalance.systems import coordinates

    def counted(A, *arguments):
        if len(A) == 14:
            factorizations.append(A)
        return pencils.schur_form(A, *arguments)

    monkeypatch.setattr(coordinates, "schur_form", counted)
    models = dln.reduce(system, orders, method=method)
    assert [model.order for model in models] == list(orders)
    assert len(factorizations) == 1
    for model in models:
        alone = dln.reduce(dln.LinearSystem(*system.to_tuple()[:4]), model.order, method=method)
        omega = np.geomspace(0.01, 100, 30)
        difference = dln.frequency_response(model.system, omega) - dln.frequency_response(alone.system, omega)
        assert np.abs(difference).max() <= 1e-10
        assert float(model.error()) <= model.bound == pytest.approx(alone.bound, rel=1e-6)


def test_the_order_at_fault_is_named(rng):
    with pytest.raises(OrderError, match=r"order\[1\]"):
        dln.reduce(random_system(rng, 4, 1, 1), [2, 9])


# -- other Gramians ---------------------------------------------------------------------------------------------------


class Modal(GramianStrategy):
    """Weights of the modes of a diagonal system in place of Gramians; what their tail proves is for `bounds` to say."""

    name = "modal-weights"
    description = "weights of the modes"
    values_name = "weights of the modes"

    def __init__(self, weights, bounds):
        self.weights, self.bounds = np.sqrt(weights), bounds

    def solve(self, system):
        assert system.nstates == self.weights.size
        return Gramians(network=FactorPair([np.diag(self.weights), np.diag(self.weights)]), how="weights")

    def error_bounds(self, values, order, floor):
        assert floor >= 0
        return self.bounds(2 * values[order:].sum())


BOUNDS = {
    "another measure": lambda tail: ErrorBounds(None, float(tail), "weighted error"),
    "another measure, both sides": lambda tail: ErrorBounds(float(tail) / 8, float(tail), "weighted error"),
    "nothing": lambda _: ErrorBounds(None, None),
}


@pytest.fixture(params=BOUNDS)
def weighted(request):
    """5/(s + 1) + 1/(s + 2), with the first mode weighted down to nothing."""
    system = dln.LinearSystem(-np.diag([1.0, 2.0]), [[5.0], [1.0]], [[1.0, 1.0]])
    return dln.reduce(system, 1, gramians=Modal([7.75e-4, 1.0], BOUNDS[request.param]))


def test_the_error_of_weighted_gramians_is_the_true_one(weighted):
    """Twice the weight that was dropped is 0.00155, and the error is 5."""
    peak = weighted.error()
    assert peak.value == pytest.approx(5.0, rel=1e-12)
    assert peak.frequency == pytest.approx(0.0, abs=1e-6)
    assert weighted.bound is None or weighted.bound == pytest.approx(0.00155, rel=1e-12)


def test_no_truncation_stands_in_for_the_system_where_its_tail_proves_nothing():
    """The mode weighted down to 1e-20 peaks at frequency zero, what else is dropped at the Nyquist frequency."""
    poles = np.array([0.9, 0.2, -0.9])
    system = dln.LinearSystem(np.diag(poles), [[0.5], [1.0], [1e-3]], np.ones((1, 3)), dt=1.0)
    model = dln.reduce(system, 1, gramians=Modal([1e-20, 1.0, 1e-3], BOUNDS["another measure"]))
    assert float(model.error()) == pytest.approx(0.5 / 0.1 + 1e-3 / 1.9, rel=1e-9)


def test_nothing_says_that_the_error_of_weighted_gramians_is_proved(weighted, tmp_path):
    weighted.error()
    said, shown = document(weighted.summary()), dict(rows(weighted.summary()))
    page = write_report(weighted, tmp_path / "r.html").read_text(encoding="utf-8")
    for text in (repr(weighted), " ".join(shown), page):
        assert not re.search(r"H∞ error[:,] proved", text)
        assert "Hankel singular" not in text
        assert "weights of the modes" in text.lower()
    assert "‖∞ ≤" not in page
    assert "For every input signal" not in page
    assert "with the proved bound" not in page
    assert said["values"] == "weights of the modes"
    if weighted.bound is None:
        assert said["bound"] is None
        assert "No bound for the error is proved" in page
        assert "proved" not in repr(weighted)
    else:
        assert said["bounded"] == weighted.measure == "weighted error"
        assert "  weighted error, proved: " in repr(weighted)
        assert shown["Weighted error, proved"].endswith("at most 0.00155, in exact arithmetic")
        assert "The weighted error is at most 0.00155" in page
        assert weighted.rounding > 0  # which would be that of another measure
        assert weighted.bound == weighted.exact_bounds.upper
    labels = [line.get_label() for line in bode(weighted).axes[0].get_lines()]
    assert not any("bound" in label for label in labels)
    [axes] = hankel(weighted).axes
    assert axes.get_title() == "Weights of the modes: 1 of 2 kept"
    assert axes.get_ylabel() == "Weights of the modes σᵢ"


def test_cautions_about_the_error_are_about_the_error():
    """A tail below the accuracy floor is a caution where it bounds the H∞ error, and none where it does not."""
    system = dln.LinearSystem(-np.diag([1.0, 2.0]), [[5.0], [1.0]], [[1.0, 1.0]])
    for measure, count in ((HINF_ERROR, 1), ("weighted error", 0)):
        strategy = Modal([1.0, 1e-20], lambda tail, measure=measure: ErrorBounds(None, float(tail), measure))
        assert len(cautions(dln.reduce(system, 1, gramians=strategy))) == count


def test_tolerances_are_for_what_the_gramians_bound():
    system = dln.LinearSystem(-np.diag([1.0, 2.0]), [[5.0], [1.0]], [[1.0, 1.0]])
    model = dln.reduce(system, tol=0.01, gramians=Modal([1e-3, 1.0], BOUNDS["another measure"]))
    assert (model.order, model.measure) == (1, "weighted error")
    with pytest.raises(ToleranceError, match="prove no error bound"):
        dln.reduce(system, tol=0.01, gramians=Modal([1e-3, 1.0], BOUNDS["nothing"]))


def test_names_of_the_values():
    assert dln.Lyapunov().values_name == dln.LowRank().values_name == "Hankel singular values"
    assert Modal([1.0], None).values_name == "weights of the modes"
    assert GramianStrategy.values_name == "singular values of the Gramian factors"


def test_bounds_name_their_measure():
    assert ErrorBounds(1.0, 2.0).measure == HINF_ERROR == "H∞ error"
    assert dln.Lyapunov().error_bounds(np.ones(2), 1, 0.0).measure == HINF_ERROR


@pytest.mark.parametrize("discrete", [False, True])
def test_bounds_hold_in_forty_digits(rng, discrete):
    """The values, the true error between its bounds, and the measured error within its rounding."""
    for _ in range(5):
        system = random_system(rng, 5, 1, 2, discrete=discrete)
        exact = hankel_values(system)
        model = dln.reduce(system, 2)
        truth = true_error(model)
        assert np.abs(model.hsv - exact).max() <= 10 * model.accuracy_floor
        assert exact[2] - model.rounding <= truth <= 2 * exact[2:].sum() + model.rounding
        assert model.lower_bound <= exact[2]
        assert abs(truth - float(model.error())) <= model.error().rounding + 1e-8 * truth


def test_the_measured_error_is_what_the_resonances_show_where_rounding_hides_the_search():
    """beam at order 52: the balanced truncation that is searched differs from the beam by more than the error."""
    beam = dln.examples.get("beam")
    model = dln.reduce(beam, 52)
    omega = telling_frequencies(beam)
    shown = np.abs(dln.frequency_response(beam, omega) - dln.frequency_response(model.system, omega)).max()
    measured = model.error()
    assert measured.value >= shown * (1 - 1e-12)
    assert measured.value <= model.bound
