"""Matched zeros and poles: gains, poles, integrators."""

import numpy as np
import pytest

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.modelling.sampling import c2d
from dlnbalance.systems.linear_system import LinearSystem

from .responses import H


class TestMatched:
    def test_dc_gain_and_poles(self):
        G = LinearSystem.from_zpk([-3.0], [-1, -0.5 + 2j, -0.5 - 2j], 2.5)
        sampled = c2d(G, H, "matched")
        assert sampled.dcgain().item() == pytest.approx(G.dcgain().item(), rel=1e-13)
        found, expected = (np.sort_complex(p) for p in (sampled.poles(), np.exp(H * G.poles())))
        assert found == pytest.approx(expected, rel=1e-12)

    def test_an_integrator_keeps_its_slope(self):
        G = LinearSystem.from_zpk([], [0.0, -2.0], 3.0)  # 1.5/s
        z = np.exp(1e-6 * H)
        assert c2d(G, H, "matched")(z).item().real * 1e-6 == pytest.approx(1.5, rel=1e-5)

    def test_several_outputs(self):
        with pytest.raises(InvalidArgumentError, match="method: expected 'zoh', 'foh' or 'tustin'"):
            c2d(LinearSystem(-1, 1, [[1], [1]]), H, "matched")

    def test_overflow(self):
        with pytest.raises(NumericalError, match="shorter dt"):
            c2d(LinearSystem(1.0, 1, 1), 1e4, "matched")
