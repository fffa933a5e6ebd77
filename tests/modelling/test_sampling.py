"""c2d and d2c: python-control as oracle, round trips, names, refusals."""

import control
import numpy as np
import pytest

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.files.conversion import as_system
from dlnbalance.modelling.sampling import c2d, d2c
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small
from ..systems.models import dense_system
from .responses import CIRCLE, H, differences


@pytest.fixture
def system(rng, complex_entries, descriptor):
    return dense_system(rng, 5, 2, 3, complex_entries=complex_entries, descriptor=descriptor)


class TestAgainstControl:
    @pytest.mark.parametrize("method", ["zoh", "foh"])
    def test_holds(self, rng, method):
        G = dense_system(rng, 5, 2, 3).to_control()
        found, expected = c2d(G, H, method), control.sample_system(G, H, method)
        assert isinstance(found, control.StateSpace)
        assert found.dt == H
        assert_small(*differences(as_system(found), as_system(expected)), 100)

    @pytest.mark.parametrize("prewarp", [None, 2.5])
    def test_tustin(self, rng, prewarp):
        G = dense_system(rng, 5, 2, 3).to_control()
        options = {} if prewarp is None else {"prewarp_frequency": prewarp}
        found, expected = c2d(G, H, "tustin", prewarp), control.sample_system(G, H, "tustin", **options)
        assert_small(*differences(as_system(found), as_system(expected)), 100)

    def test_matched(self):
        G = control.tf([2.0, 1.0], [1.0, 1.6, 4.0, 3.0])
        found, expected = c2d(G, H, "matched"), control.sample_system(G, H, "matched")
        assert isinstance(found, control.TransferFunction)
        value = expected(CIRCLE)
        assert_small(np.abs(found(CIRCLE) - value).max(), np.abs(value).max(), 200)


class TestBack:
    @pytest.mark.parametrize("method", ["zoh", "foh", "tustin"])
    def test_round_trip(self, system, method):
        back = d2c(c2d(system, H, method), method)
        assert back.dt == 0
        assert_small(*differences(back, system, [0.1j, 1j, 5j, 2.0]), 4000)

    def test_prewarped_round_trip(self, system):
        back = d2c(c2d(system, H, "tustin", 3.0), "tustin", 3.0)
        assert_small(*differences(back, system, [0.1j, 1j, 5j, 2.0]), 1000)

    def test_matched_round_trip(self):
        for zeros, poles in (([-3.0], [-1, -0.5 + 2j, -0.5 - 2j]), ([0.0], [-1, -2.0]), ([], [0.0, 0.0, -1.0])):
            G = LinearSystem.from_zpk(zeros, poles, 2.5)
            back = d2c(c2d(G, H, "matched"), "matched")
            for s in (0.5j, 2.0):
                assert back(s).item() == pytest.approx(G(s).item(), rel=1e-10)

    @pytest.mark.parametrize("method", ["zoh", "foh"])
    @pytest.mark.parametrize("pole", [-0.5, 0.0])
    def test_poles_without_a_logarithm(self, method, pole):
        A = np.array([[0.5, 1.0], [0.0, pole]])
        with pytest.raises(InvalidArgumentError, match=f"a pole at {pole:.3g}; use method='tustin'"):
            d2c(LinearSystem(A, np.ones((2, 1)), np.ones((1, 2)), dt=H), method)

    def test_matched_needs_positive_zeros(self):
        with pytest.raises(InvalidArgumentError, match="zeros off the negative real axis"):
            d2c(LinearSystem.from_zpk([-0.5], [0.5, 0.2], 1.0, H), "matched")

    def test_continuous_and_unspecified(self):
        for dt in (0, True):
            with pytest.raises(InvalidArgumentError, match="stated sampling time"):
                d2c(LinearSystem(0.5, 1, 1, dt=dt))
        with pytest.raises(InvalidArgumentError, match="time base"):
            d2c(LinearSystem(0.5, 1, 1, dt=None))


@pytest.mark.parametrize("method", ["zoh", "foh", "tustin", "matched"])
def test_names_and_static_gains(method):
    G = LinearSystem(-1, 1, 1, inputs="u", outputs="speed", states="v", name="car")
    for result in (c2d(G, H, method), d2c(c2d(G, H, method), method)):
        assert (result.inputs, result.outputs, result.name) == (("u",), ("speed",), "car")
        assert method == "matched" or result.states == ("v",)
    gain = LinearSystem.static(3, 0)
    assert c2d(gain, H, method).dt == H
    assert d2c(c2d(gain, H, method), method).dcgain().item() == 3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"dt": 0}, "dt: expected"),
        ({"dt": -1}, "dt: expected"),
        ({"dt": True}, "dt: expected"),
        ({"method": "euler"}, "method: expected 'zoh'"),
        ({"prewarp": 1.0}, "prewarp: expected none without"),
        ({"method": "tustin", "prewarp": 1e3}, "prewarp: expected a frequency between 0 and"),
        ({"method": "tustin", "prewarp": 0}, "prewarp: expected a frequency between 0 and"),
        ({"system": LinearSystem(0.5, 1, 1, dt=0.1)}, "use modelling.d2c first"),
        ({"system": LinearSystem(0.5, 1, 1, dt=None)}, "time base"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        c2d(**{"system": LinearSystem(-1, 1, 1), "dt": H, **arguments})
