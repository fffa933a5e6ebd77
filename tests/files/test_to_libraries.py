"""Systems back to the kind of object that they came as."""

import importlib.util
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal

import dlnbalance as dln
from dlnbalance.errors import ConversionWarning, InvalidArgumentError, NumericalError
from dlnbalance.files.conversion import as_system
from dlnbalance.files.to_libraries import restore_type
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small
from ..systems.models import POINTS, TIME_BASES, assert_same_dt, named_system, transfer


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


class TestControl:
    @pytest.mark.parametrize("dt", TIME_BASES)
    def test_state_space_there_and_back(self, rng, dt):
        system = named_system(rng, dt)
        other = system.to_control()
        assert isinstance(other, control.StateSpace)
        assert_same_dt(other.dt, dt)
        assert (other.input_labels, other.output_labels) == (["force", "torque"], ["x", "v", "a"])
        assert (other.state_labels, other.name) == (["p", "q", "r", "s"], "arm")
        for point in POINTS:
            assert_small(la.norm(other(point) - transfer(system, point)), la.norm(other(point)), 20)  # observed 3
        back = as_system(other)
        assert_same_dt(back.dt, dt)
        assert (back.inputs, back.outputs) == (system.inputs, system.outputs)
        assert (back.states, back.name) == (system.states, "arm")
        for name in "ABCD":
            assert np.array_equal(getattr(back, name), getattr(system, name))

    def test_descriptor_is_made_explicit(self, rng):
        system = named_system(rng, 0, descriptor=True)
        other = system.to_control()
        for point in POINTS:
            assert_small(la.norm(other(point) - transfer(system, point)), la.norm(other(point)), 20)  # observed 3.5

    def test_useless_states_are_not_dropped(self, monkeypatch):
        """Not even where python-control is told to drop states without dynamics."""
        monkeypatch.setitem(control.config.defaults, "statesp.remove_useless_states", True)
        other = LinearSystem(np.diag([-1, 0]), [[1], [0]], [[1, 0]]).to_control()
        assert other.nstates == 2

    def test_complex_is_refused(self):
        with pytest.raises(InvalidArgumentError, match="real matrices"):
            LinearSystem(-1j, 1, 1).to_control()

    @pytest.mark.parametrize("dt", [0, 0.1, True])
    def test_transfer_function_there_and_back(self, dt):
        other = control.tf([2.0, 1.0, 1.0], [1.0, 0.5, 0.06], dt, inputs="throttle", outputs="speed", name="car")
        system = as_system(other)
        assert_same_dt(system.dt, dt)
        assert (system.inputs, system.outputs, system.name) == (("throttle",), ("speed",), "car")
        assert system.nstates == 2
        assert system.D.item() == pytest.approx(2)
        back = restore_type(system, other)
        assert isinstance(back, control.TransferFunction)
        assert_same_dt(back.dt, dt)
        assert (back.input_labels, back.output_labels) == (["throttle"], ["speed"])
        for point in POINTS:
            assert_small(abs(system(point).item() - other(point)), abs(other(point)), 5)  # observed 0.92
            assert_small(abs(back(point) - other(point)), abs(other(point)), 5)  # observed 0.92

    def test_matrix_of_transfer_functions(self):
        one = [1.0]
        other = control.tf([[one, [2.0]], [one, one]], [[[1.0, 1.0], [1.0, 2.0]], [[1.0, 3.0], [1.0, 4.0]]])
        system = as_system(other)
        back = restore_type(system, other)
        for point in POINTS:
            assert_small(la.norm(system(point) - other(point)), la.norm(other(point)), 15)  # observed 2.4
            assert_small(la.norm(back(point) - other(point)), la.norm(other(point)), 30)  # observed 5.1

    def test_static_gain_has_no_time_base(self):
        system = as_system(control.tf([2.0], [1.0]))
        assert system.nstates == 0
        assert system.D.item() == 2
        assert system.dt is None


class TestScipy:
    @pytest.mark.parametrize("dt", [0, 0.1, True])
    def test_state_space_there_and_back(self, rng, dt):
        system = named_system(rng, dt)
        other = system.to_scipy()
        assert isinstance(other, scipy.signal.dlti if dt else scipy.signal.lti)
        assert_same_dt(other.dt, dt or None)
        back = as_system(other)
        assert_same_dt(back.dt, dt)
        for name in "ABCD":
            assert np.array_equal(getattr(other, name), getattr(system, name))
            assert np.array_equal(getattr(back, name), getattr(system, name))
        assert type(restore_type(system, other)) is type(other)

    @pytest.mark.filterwarnings("ignore:Badly conditioned")  # scipy, of the zero that leads every numerator
    @pytest.mark.parametrize("dt", [0, 0.1, True])
    @pytest.mark.parametrize("kind", ["TransferFunction", "ZerosPolesGain", "StateSpace"])
    def test_every_kind(self, dt, kind):
        options = {"dt": dt} if dt else {}
        zeros, poles, gain = [-3.0, 0.5], [-0.2, -0.3, 0.1], 2.0
        original = scipy.signal.ZerosPolesGain(zeros, poles, gain, **options)
        to = {"TransferFunction": "to_tf", "ZerosPolesGain": "to_zpk", "StateSpace": "to_ss"}[kind]
        other = getattr(original, to)()
        system = as_system(other)
        back = restore_type(system, other)
        assert type(back) is type(other)
        assert_same_dt(back.dt, dt or None)
        assert_same_dt(system.dt, dt)
        again = as_system(back)
        for point in POINTS:
            value = gain * np.prod(point - np.array(zeros)) / np.prod(point - np.array(poles))
            assert_small(abs(system(point).item() - value), abs(value), 5)  # observed 0.94
            assert_small(abs(again(point).item() - value), abs(value), 20)  # observed 3.8

    def test_unspecified_time_base_is_refused(self):
        with pytest.raises(InvalidArgumentError, match="dt: expected a stated time base"):
            LinearSystem(0.5, 1, 1, dt=None).to_scipy()

    def test_complex_survives(self):
        other = LinearSystem([[-1 + 1j]], 1, 1j).to_scipy()
        assert other.A.tolist() == [[-1 + 1j]]
        assert as_system(other).is_complex


class TestTransferFunctionsOfOtherLibraries:
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
        # Two equal singular values of 5e-11 leave balanced coordinates to chance, and with them what is minimal of an
        # entry; what a transfer function is held to is 1e-8 of the norm.
        for back, tolerance in ((restore_type(as_system(given), given), 1e-12), (dln.balance(given).system, 1e-9)):
            assert [[n.size for n in row] for row in back.num_list] == [[1, 1], [1, 1]]
            assert np.abs(back(0) - given(0)).max() < tolerance
            for point in (1j, 1e5j, 1e10j):
                assert np.abs(back(point) - given(point)).max() < max(tolerance, 1e-10)

    def test_entries_that_are_zero_stay_zero(self):
        given = control.tf([[[1.0], [0.0]], [[0.0], [1.0]]], [[[1.0, 4.0], [1.0]], [[1.0], [1.0, 1.0, 2.0]]])
        back = dln.balance(given).system
        assert back.num_list[0][1].tolist() == back.num_list[1][0].tolist() == [0]

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
