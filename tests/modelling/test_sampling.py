"""c2d and d2c: python-control, scipy and the step response as oracles; round trips; refusals."""

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.files.conversion import as_system
from dlnbalance.modelling.sampling import c2d, d2c
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, grid_system
from ..systems.models import dense_system, transfer

H = 0.3
CIRCLE = np.exp(1j * np.array([0.0, 0.01, 0.4, 1.7, 3.0, np.pi]))


@pytest.fixture
def system(rng, complex_entries, descriptor):
    return dense_system(rng, 5, 2, 3, complex_entries=complex_entries, descriptor=descriptor)


def differences(first, second, points=CIRCLE):
    """Distance of two responses, and their size."""
    values = np.array([[transfer(first, z), transfer(second, z)] for z in points])
    return np.abs(values[:, 0] - values[:, 1]).max(), np.abs(values).max()


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
