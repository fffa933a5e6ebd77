"""Holds: step and ramp responses in closed form, scales, and what has no logarithm."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.modelling.sampling import c2d, d2c
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, grid_system
from ..systems.models import dense_system
from .responses import CIRCLE, H, differences


@pytest.fixture
def system(rng, complex_entries, descriptor):
    return dense_system(rng, 5, 2, 3, complex_entries=complex_entries, descriptor=descriptor)


class TestHolds:
    def test_step_response_of_zoh(self, system):
        """x(h) for a constant input, from the exponential of the closed form: the definition."""
        sampled, explicit = c2d(system, H), system.explicit()
        u = np.array([[1.0], [-2.0]])
        force = np.linalg.solve(explicit.A, explicit.B @ u)  # x' = A (x + force)
        x = np.zeros((5, 1))
        for _ in range(4):
            x = sampled.A @ x + sampled.B @ u
        exact = la.expm(4 * H * explicit.A) @ force - force
        assert_small(la.norm(x - exact), la.norm(force) * np.linalg.cond(explicit.A), 50)
        assert sampled.E is None

    def test_ramp_response_of_foh(self, system):
        """The output at the samples for u = t, in closed form."""
        sampled, explicit = c2d(system, H, "foh"), system.explicit()
        u = np.array([[1.0], [-2.0]])
        b = np.linalg.solve(explicit.A, explicit.B @ u)
        c = np.linalg.solve(explicit.A, b)
        x, y = np.zeros((5, 1)), []
        for k in range(5):
            y.append(sampled.C @ x + sampled.D @ (k * H * u))
            x = sampled.A @ x + sampled.B @ (k * H * u)
        for k in range(1, 5):
            t = k * H
            exact = explicit.C @ (la.expm(t * explicit.A) @ c - c - t * b) + explicit.D @ (t * u)
            assert_small(la.norm(y[k] - exact), la.norm(explicit.C) * la.norm(c) * np.linalg.cond(explicit.A), 100)

    def test_integrators(self):
        double = LinearSystem([[0, 1], [0, 0]], [[0], [1]], [[1, 0]])
        sampled = c2d(double, 0.5)
        assert sampled.A.tolist() == [[1, 0.5], [0, 1]]
        assert pytest.approx(np.array([[0.125], [0.5]]), rel=1e-15) == sampled.B
        for method in ("zoh", "foh", "tustin"):
            back = d2c(c2d(double, 0.5, method), method)
            for s in (1.0, 3j):
                assert back(s).item() == pytest.approx(1 / s**2, rel=1e-12)

    def test_badly_scaled_states_and_inputs(self, rng):
        """Powers of two on states and inputs change nothing at all."""
        G = dense_system(rng, 4, 2, 2)
        d, u = 2.0 ** np.array([200, -100, 30, -250]), 2.0 ** np.array([120, -90])
        scaled = LinearSystem(G.A * d / d[:, None], G.B * u / d[:, None], G.C * d, G.D * u)
        plain, other = c2d(G, H, "foh"), c2d(scaled, H, "foh")
        for z in CIRCLE:
            here = other.D + (other.C / d) @ np.linalg.solve(
                z * np.eye(4) - other.A * d[:, None] / d, other.B * d[:, None]
            )
            assert_small(la.norm(here / u - plain(z)), la.norm(plain(z)), 400)

    def test_fast_modes(self):
        assert c2d(LinearSystem(-1e6, 1e6, 1), 1.0)(1.0).item() == pytest.approx(1.0, rel=1e-14)

    def test_small_sparse_systems_become_dense(self, rng):
        G = grid_system(rng, side=4)
        sampled = c2d(G, 1e-3)
        assert not sampled.is_sparse
        assert_small(*differences(sampled, c2d(G.replaced(A=G.A.toarray()), 1e-3)), 50)

    def test_large_sparse_systems_are_referred_to_tustin(self):
        n = 1600
        G = LinearSystem(-sp.eye_array(n), np.ones((n, 1)), np.ones((1, n)))
        with pytest.raises(InvalidArgumentError, match="method: expected 'tustin'"):
            c2d(G, H)
        sampled = c2d(G, H, "tustin")
        assert sampled.is_sparse
        with pytest.raises(InvalidArgumentError, match="method: expected 'tustin'"):
            d2c(sampled)
        back = d2c(sampled, "tustin")
        assert back.is_sparse
        assert back(1.0).item() == pytest.approx(n / 2, rel=1e-13)

    def test_overflow(self):
        with pytest.raises(NumericalError, match="shorter sampling time"):
            c2d(LinearSystem(1.0, 1, 1), 1e3)
