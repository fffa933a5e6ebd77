"""Systems from zeros and poles, sections of second order and gains; scipy and closed forms as oracles."""

import numpy as np
import pytest
import scipy.signal

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.systems.linear_system import LinearSystem


def value(zeros, poles, gain, point):
    return gain * np.prod(point - np.asarray(zeros)) / np.prod(point - np.asarray(poles))


class TestZerosAndPoles:
    @pytest.mark.parametrize(
        "zeros, poles, gain, dt",
        [
            ([], [-1.0], 2.0, 0),
            ([-1.0], [-2.0], -3.0, 0),
            ([1j, -1j], [-0.1 + 2j, -0.1 - 2j, -5.0], 0.5, 0),
            ([0.0], [0.0, 0.0, -1.0], 1.0, 0),
            ([0.5], [0.9, -0.2], 4.0, 0.1),
            ([0.5], [0.9, -0.2], 4.0, True),
            ([], np.full(12, -1.0), 1.0, 0),
            ([-1e-3, -1e5], [-1e-6, -1.0, -1e6], 1e9, 0),
            ([1j], [-1 + 1j], 1 + 2j, 0),
            ([], [], 7.0, 0),
            ([2.0], [3.0], 0.0, 0),
        ],
    )
    def test_response(self, zeros, poles, gain, dt):
        system = LinearSystem.from_zpk(zeros, poles, gain, dt, inputs="in", outputs="out", name="filter")
        assert system.dt == dt
        assert (system.inputs, system.outputs, system.name) == (("in",), ("out",), "filter")
        for point in (0.3 + 1j, 1.5, 2j, 1e4j):
            assert system(point).item() == pytest.approx(value(zeros, poles, gain, point), rel=1e-11)

    def test_real_and_complex(self):
        assert not LinearSystem.from_zpk([], [-1 + 1j, -1 - 1j], 1).is_complex
        assert LinearSystem.from_zpk([], [-1 + 1j], 1).is_complex
        assert LinearSystem.from_zpk([], [-1.0], 1j).is_complex

    def test_an_order_no_polynomial_holds(self):
        """A Butterworth filter of order 40, whose coefficients span sixty decades."""
        zeros, poles, gain = scipy.signal.butter(40, 1e-2, output="zpk")
        system = LinearSystem.from_zpk(zeros, poles, gain, True)
        expected = scipy.signal.freqz_zpk(zeros, poles, gain, worN=[0.005, 0.0314, 0.05])[1]
        found = [system(np.exp(1j * omega)).item() for omega in (0.005, 0.0314, 0.05)]
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-10)

    @pytest.mark.parametrize(
        "arguments, message",
        [
            (([1, 2], [-1], 1), "degree 2 over degree 1"),
            (([np.nan], [-1], 1), "zeros: expected finite"),
            (([], [[-1]], 1), "poles: expected a sequence"),
            (([], ["a"], 1), "poles: expected"),
            (([], [-1], [1, 2]), "gain: expected a number"),
            (([], [-1], True), "gain: expected a number"),
            (([], [-1], None), "gain: expected"),
            (([], [-1e200], 1), "poles: expected numbers with moduli between"),
            (([], [-1], 1, -1), "dt: expected"),
        ],
    )
    def test_refusals(self, arguments, message):
        with pytest.raises(InvalidArgumentError, match=message):
            LinearSystem.from_zpk(*arguments)


class TestSections:
    @pytest.mark.parametrize("order", [1, 2, 7, 20])
    @pytest.mark.parametrize("analog", [False, True])
    def test_filters_of_scipy(self, order, analog):
        options = {"btype": "lowpass", "analog": analog}
        z, p, k = scipy.signal.cheby1(order, 1, 0.2, output="zpk", **options)
        sos = scipy.signal.zpk2sos(z, p, k, analog=analog)
        system = LinearSystem.from_sos(sos, 0 if analog else True, inputs="in", name="filter")
        assert order <= system.nstates <= order + order % 2  # scipy completes a pair by a pole and a zero at the origin
        assert (system.inputs, system.name) == (("in",), "filter")
        for omega in (0.01, 0.1, 0.5, 2.0):
            point = 1j * omega if analog else np.exp(1j * omega)
            assert system(point).item() == pytest.approx(value(z, p, k, point), rel=1e-9, abs=1e-12)

    def test_complex_sections(self):
        system = LinearSystem.from_sos([[1, 1j, 0, 1, -0.5j, 0], [0, 0, 2, 0, 1, 0.5]], 0.1)
        z = 0.3 + 1j
        assert system(z).item() == pytest.approx((z + 1j) / (z - 0.5j) * 2 / (z + 0.5), rel=1e-14)
        assert system.is_complex
        assert system.nstates == 2

    @pytest.mark.parametrize(
        "sections, message",
        [
            ([[1, 0, 0, 0, 0, 0]], "denominators that are not zero"),
            ([[1, 0, 0, 0, 1, 1]], "proper"),
            (np.zeros((0, 6)), "at least one section"),
            (np.ones((2, 5)), "sections: expected"),
            ([[1, 0, np.inf, 0, 1, 1]], "sections: expected finite"),
        ],
    )
    def test_refusals(self, sections, message):
        with pytest.raises(InvalidArgumentError, match=message):
            LinearSystem.from_sos(sections, True)


class TestStatic:
    def test_it_goes_with_any_time_base(self):
        gain = LinearSystem.static([[1.0, 2.0]], inputs=["a", "b"], outputs="sum", name="adder")
        assert (gain.nstates, gain.dt, gain.inputs, gain.outputs, gain.name) == (0, None, ("a", "b"), ("sum",), "adder")
        for dt in (0, 0.1, True):
            assert (gain * LinearSystem(0.5, 1, [[1], [1]], dt=dt)).dt is not None
        assert LinearSystem.static(2, 0.5).dcgain().item() == 2

    @pytest.mark.parametrize("D", [None, "2", [[np.nan]], np.zeros((0, 2)), np.ones((2, 2, 2))])
    def test_refusals(self, D):
        with pytest.raises((InvalidArgumentError, NumericalError)):
            LinearSystem.static(D)
