"""Systems from zeros and poles, sections of second order and gains; scipy and closed forms as oracles."""

import mpmath as mp
import numpy as np
import pytest
import scipy.signal

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arrays import EPS
from dlnbalance.systems.linear_system import LinearSystem
from dlnbalance.systems.parallel_sections import residues_of
from dlnbalance.systems.rational import Factored


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


class TestPolesAndResidues:
    @pytest.mark.parametrize(
        "poles, residues, direct",
        [
            ([-1.0, -2.0], [3.0, -1.0], 0.0),
            ([-1 + 5j, -3.0, -1 - 5j], [2 + 1j, 4.0, 2 - 1j], 7.0),
            ([-1 + 5j, -1 + 4j], [2 + 1j, 2.0], 0.0),
            ([-1.0], [1j], 0.0),
            ([-1.0], [1.0], 1j),
            ([-1 + 5j, -1 - 5j], [2 + 1j, 3 - 1j], 0.0),
            ([], [], 2.0),
        ],
    )
    @pytest.mark.parametrize("dt", [0, 0.1])
    def test_response(self, poles, residues, direct, dt):
        system = LinearSystem.from_residues(poles, residues, direct, dt, inputs="in", outputs="out", name="sum")
        assert (system.dt, system.inputs, system.outputs, system.name) == (dt, ("in",), ("out",), "sum")
        for point in (0.3 + 1j, 1e4j):
            expected = direct + np.sum(np.asarray(residues) / (point - np.asarray(poles)))
            assert system(point).item() == pytest.approx(expected, rel=1e-13)
        terms = [(-2.0, 3.0), (-1 + 5j, 2 + 1j), (-1 - 5j, 2 - 1j)]
        assert not LinearSystem.from_residues(*zip(*terms, strict=True)).is_complex
        assert LinearSystem.from_residues(*zip(*terms[:2], strict=True)).is_complex

    @pytest.mark.parametrize("analog", [False, True])
    @pytest.mark.parametrize("order", [1, 4, 9])
    def test_filters_of_scipy_in_parallel(self, order, analog):
        z, p, k = scipy.signal.ellip(order, 1, 40, 0.3, output="zpk", analog=analog)
        system = LinearSystem.from_zpk(z, p, k, 0 if analog else True, form="parallel", name="filter")
        assert not system.is_complex
        assert system.name == "filter"
        for omega in (0.01, 0.3, 2.0):
            point = 1j * omega if analog else np.exp(1j * omega)
            assert system(point).item() == pytest.approx(value(z, p, k, point), rel=1e-11, abs=1e-13)

    @pytest.mark.parametrize("complex_entries", [False, True])
    def test_residues_are_accurate_relative_to_themselves(self, complex_entries):
        """Of 12 poles that lie 1e-3 apart: residues of 1e30 that cancel."""
        poles = -1 - 1e-3 * np.arange(12.0) * (1j if complex_entries else 1.0)
        found = residues_of(Factored(np.array([-1.0005]), poles, 2.0))[1]
        with mp.workdps(60):
            for p, residue in zip(poles.tolist(), found, strict=True):
                others = [mp.mpmathify(p) - q for q in poles.tolist() if q != p]
                exact = complex(2 * (mp.mpmathify(p) + mp.mpf(1.0005)) / mp.fprod(others))
                assert abs(residue - exact) <= 30 * EPS * abs(exact)

    @pytest.mark.parametrize(
        "arguments, message",
        [
            (([-1.0], [1.0, 2.0]), "residues: expected one for each pole, got 2 for 1 poles"),
            (([-1.0], [np.inf]), "residues: expected finite"),
            (([-1.0], [1.0], [1.0, 2.0]), "direct: expected a number"),
        ],
    )
    def test_refusals(self, arguments, message):
        with pytest.raises(InvalidArgumentError, match=message):
            LinearSystem.from_residues(*arguments)

    def test_refusals_in_parallel(self):
        with pytest.raises(InvalidArgumentError, match="poles that differ"):
            LinearSystem.from_zpk([], [-1.0, -1.0], 1.0, form="parallel")
        with pytest.raises(InvalidArgumentError, match="degree 2 over degree 1"):
            LinearSystem.from_zpk([1, 2], [-1.0], 1.0, form="parallel")
        with pytest.raises(InvalidArgumentError, match="form"):
            LinearSystem.from_zpk([], [-1.0], 1.0, form="series")


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
