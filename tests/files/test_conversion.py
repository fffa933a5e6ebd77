"""Realizations of transfer functions and zeros, poles, gain; the way back; networks where systems are wanted."""

import importlib.util
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import control
import numpy as np
import pytest
import scipy.signal

import dlnbalance as dln
from dlnbalance.errors import ConversionWarning, InvalidArgumentError, NumericalError
from dlnbalance.files.conversion import as_system, recognized
from dlnbalance.files.to_libraries import restore_type
from dlnbalance.systems.cascades import cascade
from dlnbalance.systems.companion_forms import companion
from dlnbalance.systems.dyadic import DyadicPolynomial, expanded, residual, scaled_product
from dlnbalance.systems.linear_system import LinearSystem
from dlnbalance.systems.rational import Factored, Quotient, boundary, paired, relative_error, roots
from dlnbalance.systems.realizations import realize
from dlnbalance.systems.state_matrices import Realization
from dlnbalance.systems.transfer_functions import factored_entries, polynomial_entries

from ..models import random_matrix, random_system


def quotient(above, below):
    return Quotient.of(np.array(above), np.array(below))


def gain(obj, point):
    """Response of a transfer function in exact arithmetic at a point whose parts are doubles."""
    z = (Fraction(complex(point).real), Fraction(complex(point).imag))

    def value(polynomial):
        re, im = Fraction(0), Fraction(0)
        for c in polynomial:
            re, im = re * z[0] - im * z[1] + Fraction(float(c)), re * z[1] + im * z[0]
        return re, im

    (a, b), (c, d) = (value(np.ravel(polynomial)) for polynomial in (obj.num[0][0], obj.den[0][0]))
    size = c * c + d * d
    return complex(float((a * c + b * d) / size), float((b * c - a * d) / size))


class TestExactArithmetic:
    def test_polynomials_are_evaluated_to_the_last_bit(self, rng):
        coefficients = random_matrix(rng, 1, 12)[0] * 10.0 ** rng.integers(-200, 200, 12)
        for point in (1e-20, -3.7, 1e15):
            exact = sum(Fraction(float(c)) * Fraction(point) ** k for k, c in enumerate(coefficients[::-1]))
            found = DyadicPolynomial(coefficients)(np.array([point + 0j]))
            share = Fraction(found.mantissa[0].real) * Fraction(2) ** int(found.exponent[0]) / exact
            assert abs(share - 1) < Fraction(1, 2**52)

    def test_derivative_and_complex_coefficients(self):
        polynomial = DyadicPolynomial([1j, 2.0, 3 - 1j])
        point = 0.5 - 0.25j
        assert polynomial(np.array([point])).value[0] == pytest.approx(1j * point**2 + 2 * point + 3 - 1j, rel=1e-15)
        assert polynomial.derivative()(np.array([point])).value[0] == pytest.approx(2j * point + 2, rel=1e-15)

    def test_residual_sees_what_double_precision_does_not(self):
        A, b = np.array([[-1.0, 2.0], [0.5, -3.0]]), np.array([[1.0], [1.0]])
        exact = [Fraction(5, 1), Fraction(7, 2)]  # (I − A) x = b times its determinant, 7
        x = np.array([[float(value / 7)] for value in exact])
        M = [[Fraction(2), Fraction(-2)], [Fraction(-1, 2), Fraction(4)]]
        wanted = [1 - sum(m * Fraction(v) for m, v in zip(row, x[:, 0].tolist(), strict=True)) for row in M]
        found = residual(A, 1.0, x, b)[:, 0]
        assert max(map(abs, wanted)) > 0
        assert np.allclose(found, [float(w) for w in wanted], rtol=1e-12, atol=0)

    def test_products_beyond_the_range_of_doubles(self):
        huge = scaled_product([np.array([1e300, -1e-300])] * 5)
        assert (huge.mantissa.real * huge.exponent < 0).tolist() == [False, False] or huge.exponent[1] < -4900
        assert huge.exponent[0] == pytest.approx(1500 * np.log2(10), abs=2)

    def test_expansion_is_exact(self):
        assert [c for c, _ in expanded(np.array([-3.0] * 3))] == [1, 9, 27, 27]


class TestRoots:
    @pytest.mark.parametrize("decades", [0.3, 4, 8])
    def test_are_those_of_the_rounded_polynomial(self, rng, decades):
        wanted = -(10.0 ** np.linspace(-decades, 0, 10)) * rng.uniform(0.95, 1.05, 10)
        coefficients = np.array([float(c) for c, _ in expanded(wanted)])
        found = roots(coefficients)
        polynomial = DyadicPolynomial(coefficients)
        steps = (polynomial(found) / polynomial.derivative()(found)).value
        assert (np.abs(steps) < 1e-14 * np.abs(found)).all()

    def test_two_real_roots_that_begin_as_a_conjugate_pair(self):
        found = np.sort(roots(np.array([1.0, 2.0, 1.0 - 2.0**-50])).real)
        assert found == pytest.approx([-1 - 2.0**-25, -1 + 2.0**-25], rel=1e-15)

    def test_at_zero_and_multiple(self):
        assert roots(np.array([2.0, 2.0, 0.0, 0.0])).tolist() == [-1, 0, 0]
        found = roots(np.array([1.0, 3.0, 3.0, 1.0]))
        assert paired(found) is not None
        assert np.abs(found + 1).max() < 1e-4

    def test_of_extreme_coefficients(self):
        assert roots(np.array([1e-300, 1e-300, 1e300])).imag == pytest.approx([1e300, -1e300])


def rates(rng, count, decades, discrete):
    found = []
    while len(found) < count:
        size = 10.0 ** rng.uniform(-decades, 0)
        if count - len(found) > 1 and rng.random() < 0.5:
            root = size * np.exp(1j * rng.uniform(1.62, np.pi))
            found += [root, root.conjugate()]
        else:
            found.append(-size)
    found = np.array(found, dtype=complex)
    return np.exp(found) if discrete else found


class TestRealizations:
    @pytest.mark.parametrize("decades", [0, 4, 8])
    @pytest.mark.parametrize("order", [1, 2, 5, 12, 20])
    def test_of_zeros_poles_and_gain(self, rng, order, decades):
        for discrete in (False, True):
            for zeros in (0, order // 2, order):
                poles = rates(rng, order, decades, discrete)
                function = Factored(rates(rng, zeros, decades, discrete), poles, 2.5)
                system = LinearSystem(*realize([[function]], discrete=discrete))
                left = list(system.poles())
                for pole in poles:
                    nearest = min(left, key=lambda other, pole=pole: abs(other - pole))
                    assert abs(nearest - pole) <= 1e-10 * abs(pole)
                    left.remove(nearest)
                points = boundary(poles, function.zeros, discrete=discrete, is_real=True)
                found = np.array([system(point).item() for point in points])
                assert relative_error(found, function(points)) < 2.5e-9

    def test_of_complex_functions(self, rng):
        poles = -rng.uniform(0.5, 1, 7) + 1j * rng.standard_normal(7)
        function = Factored(1j * rng.standard_normal(7), poles, 1 - 2j)
        system = LinearSystem(*realize([[function]], discrete=False))
        assert np.abs(np.sort_complex(system.poles()) - np.sort_complex(poles)).max() < 1e-14
        for point in (0, 2j, -3j, 1e3):
            assert system(point).item() == pytest.approx(function(np.array([point])).value[0], rel=1e-12)

    def test_sections_may_repeat_cancel_or_lie_at_zero(self):
        for function in (
            Factored(np.array([]), np.array([-1.0 + 0j] * 6), 3.0),
            Factored(np.array([-1.0, 0]), np.array([-1.0, -2.0, 0.0]), 1.0),
            Factored(np.array([1j, -1j] * 2), np.array([-1, -2, -3, -4, -5.0]), 1.0),
            Factored(np.array([2 + 1j, 2 - 1j, -3]), np.array([-1 + 5j, -1 - 5j, -1e-3]), -1.0),
        ):
            system = LinearSystem(*cascade(function, discrete=False))
            for point in (0.3j, 1 + 1j, 40.0):
                value = function(np.array([point])).value[0]
                assert system(point).item() == pytest.approx(value, rel=1e-12)

    def test_companion_of_the_textbook(self):
        system = companion([quotient([1.0, 0.0, 5.0], [2.0, 6.0, 4.0])])
        assert (system.A[0].tolist(), system.D.item()) == ([-3, -2], 0.5)
        assert np.allclose(system.C @ system.B, -1.5)

    def test_equal_denominators_share_their_states_and_nearly_equal_ones_do_not(self):
        near = 1 + 2.0**-40
        column = [[quotient([1.0], [1.0, 3.0, 2.0])], [quotient([2.0, 1.0], [2.0, 6.0, 4.0])]]
        assert realize(column, discrete=False).A.shape == (2, 2)
        assert realize([[*column[0], *column[1]]], discrete=False).A.shape == (2, 2)
        other = [[*column[0]], [quotient([2.0, 1.0], [1.0, 3.0 * near, 2.0])]]
        assert realize(other, discrete=False).A.shape == (4, 4)

    def test_improper_entries_are_named(self):
        with pytest.raises(InvalidArgumentError, match="degree 2 over degree 1 from input 1 to output 0"):
            realize([[quotient([1.0], [1.0, 1.0]), quotient([1.0, 0, 0], [1.0, 1.0])]], discrete=False)

    def test_what_no_double_can_be_is_refused(self):
        with pytest.raises(NumericalError, match="conversion of its polynomials to state space; pass state-space"):
            as_system(control.tf([1e300], [1e-300, 1e-300]))
        with pytest.raises(NumericalError, match="conversion of its zeros, poles and gain"):
            as_system(scipy.signal.ZerosPolesGain([], [-1e-200, -1e-200], 1.0))


class TestTransferFunctionsOfOtherLibraries:
    def test_slow_third_order_lag(self):
        system = as_system(control.tf([1e-18], [1, 3e-6, 3e-12, 1e-18]))
        assert system.nstates == 3
        assert system.dcgain().item() == pytest.approx(1, rel=1e-12)
        assert dln.hankel_singular_values(system) == pytest.approx([0.660999, 0.177633, 0.016634], abs=1e-6)

    def test_twenty_lags(self):
        system = as_system(scipy.signal.ZerosPolesGain([], -1 / np.arange(1, 21), 1))
        # 40-digit arithmetic
        assert dln.hankel_singular_values(system)[0] == pytest.approx(2.0804658e18, rel=1e-7)

    @pytest.mark.parametrize(
        "above, below",
        [
            ([0.0], [1.0, 1.0]),
            ([3.0], [2.0]),
            ([0.0, 0.0, 1.0], [0.0, 1.0, 1.0]),
            ([1e300], [1e300, 1e300]),
            ([1e-300], [1e-300, 1e-300]),
            ([1e-300], [1.0, 1e-300]),
            ([1.0, 2.0], [1.0, -3.0, 2.0]),
            ([1.0, -12.0, 60.0, -120.0], [1.0, 12.0, 60.0, 120.0]),
            ([1.0], [1.0, 0.0, 2.0]),
            ([1.0], [1.0, -1.0, 1.0]),
            ([1.0], [1.0, 0.0, 0.0, 0.0]),
            ([1.0, 2.0], [1.0, 3.0, 0.0, 0.0]),
        ],
    )
    @pytest.mark.parametrize("dt", [0, 0.1, True, None])
    def test_there_and_back(self, above, below, dt):
        given = control.tf(above, below, dt, inputs="u", outputs="y", name="plant")
        system = as_system(given)
        assert (system.inputs, system.outputs, system.name) == (("u",), ("y",), "plant")
        back = restore_type(system, given)
        assert isinstance(back, control.TransferFunction)
        assert (back.dt is given.dt, back.name) == (True, "plant")
        for point in (1.75, 0.5 + 3j, -0.25 - 4j):
            value = gain(given, point)
            assert gain(back, point) == pytest.approx(value, rel=1e-12)
            assert system(point).item() == pytest.approx(value, rel=1e-12)

    @pytest.mark.parametrize("below", [[1e-10, 1.0, 1.0], [1.0, 2e-13, 1.0], [1.0, 2e-6, 2.0], [1e60, 1.0, 1e-60]])
    def test_stiff_and_hardly_damped(self, below):
        given = control.tf([1.0], below)
        system = as_system(given)
        back = restore_type(system, given)
        for point in (0.5 + 3j, 2.0**-20 * 1j, 1e9j):
            value = gain(given, point)
            assert gain(back, point) == pytest.approx(value, rel=1e-12)
            assert system(point).item() == pytest.approx(value, rel=1e-12)

    def test_numerators_have_their_degree(self):
        balanced = dln.balance(control.tf([1], [1, 3, 2])).system
        assert balanced.num[0][0].size == 1
        assert balanced.den[0][0] == pytest.approx([1, 3, 2])

    def test_entries_on_different_scales(self):
        slow, fast = [1.0, 4.0], [1e-10, 1.0, 1.0]
        given = control.tf([[[1.0], [1.0]], [[1.0], [1.0]]], [[slow, fast], [fast, slow]])
        for back in (restore_type(as_system(given), given), dln.balance(given).system):
            assert [[n.size for n in row] for row in back.num_list] == [[1, 1], [1, 1]]
            assert np.abs(back(0) - given(0)).max() < 1e-12
            for point in (1j, 1e5j, 1e10j):
                assert np.abs(back(point) - given(point)).max() < 1e-10

    def test_entries_that_are_zero_stay_zero(self):
        given = control.tf([[[1.0], [0.0]], [[0.0], [1.0]]], [[[1.0, 4.0], [1.0]], [[1.0], [1.0, 1.0, 2.0]]])
        back = dln.balance(given).system
        assert back.num_list[0][1].tolist() == back.num_list[1][0].tolist() == [0]

    @pytest.mark.parametrize("complex_entries", [False, True])
    def test_of_full_matrices(self, rng, complex_entries):
        for discrete in (False, True):
            system = random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=True)
            entries = factored_entries(Realization(*system.to_tuple()[:4]), discrete=discrete)
            for point in (0.3 + 2j, -1.5j, 7.0):
                found = np.array([[entry(np.array([point])).value[0] for entry in row] for row in entries])
                assert np.abs(found - system(point)).max() < 1e-9 * np.abs(system(point)).max()

    def test_what_cancels_is_left_out(self, rng):
        T = random_matrix(rng, 4, 4)
        A, B, C = np.diag([-1.0, -2.0, -3.0, -4.0]), np.array([[1.0], [1.0], [0.0], [1.0]]), np.array([[1.0, 0, 1, 1]])
        [[entry]] = polynomial_entries(
            Realization(T @ A @ np.linalg.inv(T), T @ B, C @ np.linalg.inv(T), np.zeros((1, 1))), discrete=False
        )
        assert entry.denominator == pytest.approx([1, 5, 4])
        assert entry.numerator == pytest.approx([2, 5])

    def test_polynomials_that_cannot_hold_the_response(self):
        clustered = np.diag(1 - 1e-6 * np.arange(1.0, 9)) + np.diag(np.full(7, 1e-6), -1)
        system = LinearSystem(clustered, np.eye(8, 1), np.eye(1, 8)[:, ::-1], dt=0.1)
        with pytest.raises(NumericalError, match=r"polynomials in double precision.*keep the state-space model"):
            system.to_transfer_function()
        for like, kind in (
            (control.tf([1], [1, 0.5], 0.1), control.StateSpace),
            (scipy.signal.TransferFunction([1.0], [1.0, 0.5], dt=0.1), scipy.signal.StateSpace),
        ):
            with pytest.warns(
                ConversionWarning, match="returned in state space: system: expected a response"
            ) as caught:
                assert isinstance(restore_type(system, like), kind)
            assert caught[0].filename == __file__

    def test_orders_that_no_transfer_function_has(self):
        system = LinearSystem(np.diag(-np.arange(1.0, 121)), np.ones((120, 1)), np.ones((1, 120)))
        with pytest.raises(NumericalError, match=r"at most 100 states from input 0 to output 0.*reduce it first"):
            system.to_transfer_function()

    def test_scipy_keeps_small_coefficients(self):
        like = scipy.signal.TransferFunction([1.0], [1.0, 1.0])
        system = as_system(control.tf([1e-18, 1e-12], [1, 3e-6, 3e-12, 1e-18]))
        assert restore_type(system, like).num == pytest.approx([1e-18, 1e-12], rel=1e-9)

    def test_one_input_and_several_outputs_in_scipy(self):
        given = scipy.signal.TransferFunction([[1.0, 5.0], [0.0, 1.0]], [1.0, 3.0, 2.0])
        system = as_system(given)
        assert (system.nstates, system.noutputs) == (2, 2)
        back = restore_type(system, given)
        assert back.num[:, -2:] == pytest.approx(given.num, abs=1e-12)
        assert np.abs(back.num[:, :-2]).max(initial=0.0) < 1e-12
        assert back.den == pytest.approx(given.den)

    def test_complex_objects_of_scipy(self):
        for given in (
            scipy.signal.ZerosPolesGain([1j], [-1 + 2j, -3], 1 + 1j),
            scipy.signal.TransferFunction([1j, 2.0], [1.0, 3 - 2j, 1.0]),
        ):
            back = as_system(restore_type(as_system(given), given))
            for point in (1j, 2.0):
                assert back(point).item() == pytest.approx(as_system(given)(point).item(), rel=1e-12)

    @pytest.mark.parametrize(
        "given, message",
        [
            (control.frd([1.0, 2.0], [1.0, 2.0]), "got FrequencyResponseData; .*fit a model"),
            (control.tf([np.nan], [1.0, 1.0]), "finite coefficients"),
            (scipy.signal.ZerosPolesGain([np.inf], [-1.0, -2.0], 1.0), "finite zeros, poles and gain"),
        ],
    )
    def test_refusals(self, given, message):
        with pytest.raises(InvalidArgumentError, match=message):
            as_system(given)


def test_matrices_of_transfer_functions_need_no_slycot():
    code = (
        "import sys; sys.modules['slycot'] = None\n"
        "import control, dlnbalance as dln\n"
        "lag, fast = [1.0, 1.0], [1.0, 20.0]\n"
        "plant = control.tf([[[1.0], [2.0]], [[3.0], [4.0]]], [[lag, fast], [fast, lag]])\n"
        "print(abs(dln.balance(plant).system(1j) - plant(1j)).max() < 1e-12)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_python_control_does_not_take_a_system_for_a_nonlinear_one():
    system = LinearSystem(-1, 1, 1)
    with pytest.raises(InvalidArgumentError, match=r"pass system\.to_control\(\)"):
        control.ss(system)
    assert callable(system)
    assert system(1.0).item() == 0.5
    assert control.ss(system.to_control()).nstates == 1


LAYERS = {"encoder.weight": [[3.0, 0.0], [0.0, 1.0]], "decoder.weight": [[1.0, 0.0]]}


class TestNetworks:
    def test_state_dicts_and_files_are_reduced_and_balanced(self, tmp_path):
        path = tmp_path / "layers.npz"
        np.savez(path, W1=LAYERS["encoder.weight"], W2=LAYERS["decoder.weight"])
        for source in (LAYERS, path, str(path)):
            assert dln.reduce(source, 1).network.widths == (2, 1, 1)
            assert dln.balance(source).network.widths == (2, 2, 1)

    def test_torch_modules(self, monkeypatch):
        torch = ModuleType("torch")
        torch.nn = ModuleType("torch.nn")
        torch.nn.Module = type("Module", (), {})
        torch.nn.Linear = type("Linear", (torch.nn.Module,), {"weight": np.array([[2.0, 1.0]]), "bias": None})
        torch.nn.Sequential = type("Sequential", (torch.nn.Module,), {})
        torch.nn.Identity = type("Identity", (torch.nn.Module,), {})
        monkeypatch.setitem(sys.modules, "torch", torch)
        assert recognized(torch.nn.Linear()).widths == (2, 1)
        with pytest.raises(InvalidArgumentError, match=r"got a network \(Linear\); .*from_torch"):
            as_system(torch.nn.Linear())

    def test_doors_for_systems_name_the_ones_for_networks(self):
        for network in (dln.DeepLinearNetwork([[[1.0]]]), LAYERS):
            with pytest.raises(InvalidArgumentError, match=r"reduce and balance .* bridge\.network_to_system"):
                as_system(network)

    def test_files_of_systems_are_systems(self, tmp_path):
        path = dln.save(LinearSystem(np.diag([-1.0, -2.0]), np.ones((2, 1)), np.ones((1, 2))), tmp_path / "plant.npz")
        assert dln.reduce(path, 1).full.nstates == 2


def test_conversions_of_the_benchmark(monkeypatch):
    """A part of benchmarks/conversions.py: responses with 40 digits."""
    path = Path(__file__).parents[2] / "benchmarks" / "conversions.py"
    spec = importlib.util.spec_from_file_location("conversions", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "conversions", module)
    spec.loader.exec_module(module)
    tallies = module.run(seed=1, orders=(1, 4, 11, 20), decades=(0, 3, 8), repetitions=1)
    for (kind, discrete, order), tally in tallies.items():
        assert tally.there < 1e-8, (kind, discrete, order)
        assert tally.back < 1e-8, (kind, discrete, order)
        assert tally.poles < 1e-10, (kind, discrete, order)
        if kind == "scipy zpk" or not discrete:
            assert tally.refused[0] == 0, (kind, discrete, order)
