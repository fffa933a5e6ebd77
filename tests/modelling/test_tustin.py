"""Tustin's map: its definition, prewarping, Gramians, sparse and singular pencils."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import NumericalError
from dlnbalance.modelling.sampling import c2d, d2c
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, grid_system
from ..systems.models import dense_system, transfer
from .responses import CIRCLE, H, differences


@pytest.fixture
def system(rng, complex_entries, descriptor):
    return dense_system(rng, 5, 2, 3, complex_entries=complex_entries, descriptor=descriptor)


class TestTustin:
    def test_definition(self, system):
        for prewarp, alpha in ((None, 2 / H), (4.0, 4.0 / np.tan(2 * H))):
            sampled = c2d(system, H, "tustin", prewarp)
            assert (sampled.E is not None) == (system.E is not None)
            for z in CIRCLE[:-1]:
                value = transfer(system, alpha * (z - 1) / (z + 1))
                assert_small(la.norm(transfer(sampled, z) - value), la.norm(value), 400)

    def test_prewarped_frequency(self, system):
        for omega in (0.1, 2.0, 9.0):
            sampled = c2d(system, H, "tustin", omega)
            value = transfer(system, 1j * omega)
            assert_small(la.norm(transfer(sampled, np.exp(1j * omega * H)) - value), la.norm(value), 400)

    def test_gramians_stay(self, rng, descriptor):
        G = dense_system(rng, 4, 2, 2, descriptor=descriptor)
        sampled = c2d(G, H, "tustin").explicit()
        explicit = G.explicit()
        P = la.solve_continuous_lyapunov(explicit.A, -explicit.B @ explicit.B.T)
        residual = sampled.A @ P @ sampled.A.T - P + sampled.B @ sampled.B.T
        assert_small(la.norm(residual), la.norm(P) * np.linalg.cond(G.descriptor), 100)

    def test_sparse(self, rng, complex_entries, descriptor):
        G = grid_system(rng, complex_entries=complex_entries, descriptor=descriptor)
        sampled = c2d(G, H, "tustin")
        assert sampled.is_sparse
        assert sp.issparse(sampled.E)
        dense = c2d(LinearSystem(G.A.toarray(), G.B, G.C, E=G.descriptor), H, "tustin")
        assert_small(*differences(sampled, dense, CIRCLE[:-1]), 200)
        assert_small(*differences(d2c(sampled, "tustin"), G, [1j, 5j, 30j]), 1000)

    def test_singular_descriptor(self):
        """x1' = -x1 + u, 0 = -x2 + u: the response is mapped though E has no inverse."""
        G = LinearSystem(-np.eye(2), np.ones((2, 1)), [[1, 2]], E=np.diag([1.0, 0.0]))
        for A, E in ((G.A, G.E), (sp.csc_array(G.A), sp.csc_array(G.E))):
            sampled = c2d(G.replaced(A=A, E=E), 0.5, "tustin")
            assert np.linalg.cond(sampled.descriptor) < 10
            for z in (1.0, 1j):
                s = 4 * (z - 1) / (z + 1)
                assert sampled(z).item() == pytest.approx(1 / (s + 1) + 2, rel=1e-14)

    def test_units_of_a_sparse_model_do_not_matter(self):
        rows = np.geomspace(1e-30, 1e30, 5)
        G = LinearSystem(sp.diags_array(-rows), rows[:, None], np.ones((1, 5)), E=sp.diags_array(rows))
        assert c2d(G, H, "tustin")(1.0).item() == pytest.approx(5.0, rel=1e-14)

    @pytest.mark.parametrize("side", ["equations", "states"])
    def test_units_of_a_sparse_model_with_many_couplings(self, rng, side):
        G = grid_system(rng, descriptor=True)
        units = np.exp2(np.linspace(-90, 90, 81).round())
        scale = sp.diags_array(units)
        if side == "equations":
            scaled = G.replaced(A=scale @ G.A, B=scale @ G.B, E=scale @ G.E)
        else:
            scaled = G.replaced(A=G.A @ scale, C=G.C @ scale, E=G.E @ scale)
        plain, other = c2d(G, H, "tustin"), c2d(scaled, H, "tustin")
        assert_small(la.norm(other.D - plain.D), la.norm(plain.D), 100)

    @pytest.mark.parametrize("sparse", [False, True])
    def test_poles_that_would_go_to_infinity(self, sparse):
        fast = LinearSystem(sp.csc_array([[4.0]]) if sparse else 4.0, 1, 1)
        with pytest.raises(NumericalError, match="choose another dt"):
            c2d(fast, 0.5, "tustin")
        with pytest.raises(NumericalError, match="a pole at z = -1"):
            d2c(LinearSystem(sp.csc_array([[-1.0]]) if sparse else -1.0, 1, 1, dt=0.5), "tustin")

    def test_overflow(self):
        with pytest.raises(NumericalError, match="range of double precision"):
            c2d(LinearSystem(-1e300, 1, 1), 1e20, "tustin")
