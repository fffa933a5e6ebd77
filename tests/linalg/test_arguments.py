"""Checks of what callers pass, and what the messages say to do."""

from fractions import Fraction
from pathlib import PurePosixPath

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arguments import as_path, flag, items, one_of, positive_number, real_number, shown
from dlnbalance.linalg.arrays import as_array, in_range, real_vector
from dlnbalance.networks.network import DeepLinearNetwork, as_network, representable_values
from dlnbalance.systems.linear_system import LinearSystem

LAG = LinearSystem([[-1.0, 0.0], [0.0, -2.0]], [[1.0], [1.0]], [[1.0, 1.0]])


@pytest.mark.parametrize(
    "value",
    ["1e-3", b"1", True, np.True_, None, 1j, np.nan, np.inf, 10**400, Fraction(1, 2), np.timedelta64(1, "s"), [1]],
)
def test_what_is_no_finite_real_number_is_refused(value):
    for check in (real_number, positive_number):
        with pytest.raises(InvalidArgumentError, match=r"^rtol: expected a "):
            check("rtol", value)


def test_numbers_of_any_type_come_back_as_float():
    for value in (1, np.int8(1), np.float32(1), np.longdouble(1)):
        assert type(positive_number("tol", value)) is float
    assert positive_number("kappa", 0, or_zero=True) == 0
    for value in (0, -1):
        with pytest.raises(InvalidArgumentError, match="positive"):
            positive_number("tol", value)


@pytest.mark.parametrize(
    "value", [["balanced"], np.array(["balanced"]), None, "Balanced", b"balanced", {"balanced": 1}]
)
def test_names_are_texts_among_the_choices(value):
    with pytest.raises(InvalidArgumentError, match="form: expected 'balanced' or 'norm', got"):
        one_of("form", value, ("balanced", "norm"))


def test_only_booleans_are_switches():
    assert flag("sparse", np.False_) is False
    for value in (0, 1, None, "False", np.array([True, False])):
        with pytest.raises(InvalidArgumentError, match="True or False"):
            flag("sparse", value)


def test_paths_are_texts_or_path_like():
    assert as_path("path", PurePosixPath("a/b.npz")).name == "b.npz"
    for value in (None, 3, b"a.npz", "a\0b", ["a.npz"]):
        with pytest.raises(InvalidArgumentError, match="the path of a file"):
            as_path("path", value)


def test_texts_sets_and_mappings_are_no_sequences():
    assert items("widths", np.arange(2), "widths") == [0, 1]
    for value in ("abc", b"abc", {1, 2}, {"a": 1}, np.array(3), 3):
        with pytest.raises(InvalidArgumentError, match="widths: expected all widths"):
            items("widths", value, "all widths")


def test_values_are_shown_on_one_short_line():
    assert shown(np.eye(50)).endswith("…")
    assert "\n" not in shown(np.eye(3))
    assert len(shown("x" * 5000)) <= 100
    assert shown(10**5000) == "an int"


def test_vectors_are_real():
    for value in ([1, 1j], [np.nan], [[1.0]], "x", [True], [[1.0], [1.0, 2.0]], bytearray(b"12"), {1.0}):
        with pytest.raises(InvalidArgumentError, match=r"^t: expected "):
            real_vector("t", value)
    with pytest.raises(InvalidArgumentError, match="got inf"):
        real_vector("t", [0.0, np.inf])
    assert np.isinf(real_vector("t", [0.0, np.inf], infinite=True)[1])
    with pytest.raises(InvalidArgumentError, match="masked"):
        as_array("t", np.ma.masked_invalid([np.nan]))


def test_results_out_of_range_name_the_argument():
    with pytest.raises(NumericalError, match="X: expected a volume within the range of double precision"):
        in_range("X", np.array([1.0, np.inf]), "a volume")


def test_networks_are_told_how_to_be_made():
    for value in ([np.eye(2)], LAG, {"0.weight": np.eye(2)}, DeepLinearNetwork):
        with pytest.raises(InvalidArgumentError, match="from_state_dict"):
            as_network("network", value)


@pytest.mark.parametrize(("size", "word"), [(1e200, "overflow"), (1e-200, "underflow")])
def test_singular_values_that_no_number_holds_are_refused(size, word):
    with pytest.raises(NumericalError, match=word):
        representable_values("network", DeepLinearNetwork([size * np.eye(2), size * np.eye(2)]))


@pytest.mark.parametrize("gramians", ["lyapunov", dln.Lyapunov, None, lambda system: system])
def test_gramians_that_are_no_strategy_name_the_classes(gramians):
    for call in (
        lambda: dln.reduce(LAG, 1, gramians=gramians),
        lambda: dln.balance(LAG, gramians=gramians),
        lambda: dln.hankel_singular_values(LAG, gramians=gramians),
        lambda: dln.bridge.system_to_network(LAG, gramians=gramians),
    ):
        with pytest.raises(InvalidArgumentError, match=r"gramians: expected .*Lyapunov\(\)"):
            call()


def test_the_least_norm_takes_no_gramians():
    for gramians in (dln.LowRank(), dln.Lyapunov()):
        with pytest.raises(InvalidArgumentError, match="the least norm needs no Gramians"):
            dln.balance(LAG, gramians=gramians, form="norm")


def test_norms_take_what_as_system_takes():
    theirs = control.ss(LAG.A, LAG.B, LAG.C, LAG.D)
    assert float(dln.hinf_norm(theirs)) == pytest.approx(1.5, rel=1e-12)  # G(0) = 1 + ½
    assert dln.h2_norm((LAG.A, LAG.B, LAG.C)) == pytest.approx((1 / 2 + 2 / 3 + 1 / 4) ** 0.5, rel=1e-12)
    assert dln.hankel_norm(theirs) == pytest.approx(dln.hankel_singular_values(LAG)[0], rel=1e-12)
    assert dln.frequency_response(theirs, 0.0).item() == pytest.approx(1.5, rel=1e-12)
    assert dln.accuracy_floor(theirs) == pytest.approx(dln.accuracy_floor(LAG), rel=1e-12)


def test_a_grid_has_two_ends():
    for points in (0, 1, 2.0):
        with pytest.raises(InvalidArgumentError, match="points: expected a whole number of at least 2"):
            dln.frequency_grid(LAG, points=points)
    assert dln.frequency_grid(LAG, points=2).size >= 2


def test_factors_of_another_system_are_refused():
    with pytest.raises(InvalidArgumentError, match="Gramian factors of 2 states"):
        dln.accuracy_floor(LAG, DeepLinearNetwork([np.eye(3), np.eye(3)]))


def test_a_pole_on_the_boundary_is_refused_by_its_frequency():
    undamped = LinearSystem([[0.0, 2.0], [-2.0, 0.0]], [[1.0], [0.0]], [[1.0, 0.0]])  # s / (s² + 4)
    beside = abs(dln.frequency_response(undamped, [1.0, 3.0])).ravel()
    np.testing.assert_allclose(beside, [1 / 3, 3 / 5], rtol=1e-12)
    for call in (dln.frequency_response, dln.norms.accuracy.rounding_at):
        with pytest.raises(NumericalError, match=r"no pole at .* got one at the frequency 2;"):
            call(undamped, [1.0, 2.0, 3.0])


@pytest.mark.parametrize(("pole", "dt"), [(0.0, 0), (1.0, True)])
def test_an_integrator_is_refused_by_its_frequency(pole, dt):
    integrator = LinearSystem([[pole]], [[1.0]], [[1.0]], dt=dt)
    for call in (
        lambda: dln.frequency_response(integrator, [0.0, 1.0]),
        lambda: dln.accuracy_floor(integrator),
        lambda: dln.norms.accuracy.rounding_near(integrator, 0.0),
        lambda: dln.norms.peak_gain(lambda omega: np.ones((omega.size, 1, 1)), integrator),
    ):
        with pytest.raises(NumericalError, match=r"no pole at .* got one at the frequency 0;"):
            call()


def test_orders_are_whole_numbers_before_anything_is_computed():
    assert [model.order for model in dln.reduce(LAG, (order for order in (0, 1)))] == [0, 1]
    for order in ([1, 1.0], "1", {1}, [True], np.ones((1, 1), dtype=int), 1.0, [[1]]):
        with pytest.raises(InvalidArgumentError, match=r"^order.*whole number"):
            dln.reduce(LAG, order)
    for order in ([1], 1.0, "1"):
        with pytest.raises(InvalidArgumentError, match=r"order: expected a whole number, .* one order at a time"):
            dln.compare(LAG, order)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gramians": "lyapunov"},
        {"gramians": dln.Lyapunov},
        {"method": np.array(["truncate"])},
        {"method": None},
        {"measure": 1},
        {"descriptor": "no"},
        {"keep": "system"},
        {"receive": []},
        {"progress": True},
        {"order": 1.0},
        {"order": ["1"]},
    ],
)
def test_sweeps_refuse_arguments_before_a_system_is_read(wrong):
    def systems():
        raise AssertionError("a system was asked for")
        yield LAG

    with pytest.raises(InvalidArgumentError, match=f"^{next(iter(wrong))}"):
        dln.reduce_many(systems(), **({"order": 1} | wrong))


def test_sweeps_refuse_what_holds_no_systems(tmp_path):
    (tmp_path / "names.txt").write_text("a.npz\n")
    with (tmp_path / "names.txt").open() as file:
        for systems in (file, np.array(1.0), LAG, "a.npz", b"a.npz", {"a": LAG}, None):
            with pytest.raises(InvalidArgumentError, match="systems: expected an iterable of systems"):
                dln.reduce_many(systems, order=1)
    with pytest.raises(InvalidArgumentError, match="systems: expected an iterable of systems"):
        dln.reduce_many(file, order=1)  # closed


def test_a_sweep_measures_every_order_that_it_was_asked_for():
    [models] = dln.reduce_many([LAG], order=[0, 1], measure=True).raise_failures()
    assert [model.order for model in models] == [0, 1]
    for model in models:
        assert float(model.measured) == pytest.approx(float(dln.reduce(LAG, model.order).error()), rel=1e-12)


def test_the_rounding_of_a_projection_wants_its_bases():
    with pytest.raises(InvalidArgumentError, match=r"left: expected shape \(2, 1\), got shape \(2, 2\)"):
        dln.norms.accuracy.projection_rounding(LAG, dln.reduce(LAG, 1).system, np.eye(2), np.eye(2)[:, :1])
    with pytest.raises(InvalidArgumentError, match="frequency: expected a real number"):
        dln.norms.accuracy.rounding_near(LAG, np.nan)
    assert dln.norms.accuracy.rounding_near(LAG, np.inf) <= 0  # D is zero
