"""Arithmetic of systems: what the operators do to transfer functions, time bases, names and storage."""

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, grid_system
from .models import POINTS, assert_same_dt, dense_system, transfer


def is_transfer(system, expected, factor=40):
    """Whether a system has the transfer function `expected`, in units of its own size."""
    for point in POINTS:
        value, size = expected(point)
        assert_small(la.norm(system(point) - value), size, factor)


@pytest.fixture
def pair(rng, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete}
    return (
        dense_system(rng, 4, 2, 3, descriptor=descriptor, **options),
        dense_system(rng, 3, 4, 2, **options),
    )


class TestProducts:
    def test_series(self, pair):
        G, H = pair
        product = G * H
        assert (product.nstates, product.noutputs, product.ninputs) == (7, 3, 4)

        def expected(point):
            g, h = transfer(G, point), transfer(H, point)
            return g @ h, la.norm(g) * la.norm(h)

        is_transfer(product, expected, 60)  # observed 6

    def test_sparse_stays_sparse(self, rng, descriptor):
        G = grid_system(rng, descriptor=descriptor, m=2, p=2)
        for result in (G * G, G + G, G - G, -G, G / 3, G + np.eye(2), G * np.eye(2), (G + np.eye(2)) ** -1):
            assert result.is_sparse
            assert (result.E is not None) == descriptor
            assert descriptor == sp.issparse(result.E)
        point = 0.3 + 2j
        g = G(point)
        assert_small(la.norm((G * G)(point) - g @ g), la.norm(g) ** 2, 200)
        assert_small(la.norm((G - G)(point)), la.norm(g), 200)
        assert_small(la.norm((G + np.eye(2))(point) @ ((G + np.eye(2)) ** -1)(point) - np.eye(2)), 1 + la.norm(g), 400)

    def test_sparse_with_dense(self, rng):
        G, H = grid_system(rng, m=2, p=2), dense_system(rng, 3, 2, 2)
        for result in (G + H, H + G, G * H, H * G):
            assert result.is_sparse
        assert_small(la.norm((G * H)(2j) - G(2j) @ H(2j)), la.norm(G(2j)) * la.norm(H(2j)), 100)

    def test_matrices(self, pair, rng):
        G, _ = pair
        K, L = rng.standard_normal((5, 3)), rng.standard_normal((2, 1))
        is_transfer(K * G, lambda z: (K @ transfer(G, z), la.norm(K) * la.norm(transfer(G, z))))
        is_transfer(G * L, lambda z: (transfer(G, z) @ L, la.norm(L) * la.norm(transfer(G, z))))
        gain = rng.standard_normal((3, 2))
        for total, sign in ((G + gain, 1), (gain + G, 1), (G - gain, -1)):
            is_transfer(total, lambda z, sign=sign: (transfer(G, z) + sign * gain, la.norm(transfer(G, z)) + 10))
        is_transfer(gain - G, lambda z: (gain - transfer(G, z), la.norm(transfer(G, z)) + 10))
        is_transfer(-(G - sp.csc_array(gain)), lambda z: (gain - transfer(G, z), la.norm(transfer(G, z)) + 10))

    def test_numbers(self, pair):
        G, _ = pair
        for total, factor, constant in (
            (-G, -1, 0),
            (G / 4, 0.25, 0),
            (G + 2, 1, 2),
            (2 - G, -1, 2),
            (G - 1.5, 1, -1.5),
            (np.float64(2) + G, 1, 2),
        ):
            is_transfer(
                total,
                lambda z, f=factor, c=constant: (f * transfer(G, z) + c, la.norm(transfer(G, z)) + 10),
            )

    def test_integers_without_a_sign(self):
        difference = LinearSystem(-1, 1, 1) - np.array([[3]], dtype=np.uint8)
        assert difference.D.tolist() == [[-3]]
        assert (np.array([[True]]) - LinearSystem(-1, 1, 1)).D.tolist() == [[1]]

    def test_powers(self, rng, complex_entries, discrete, descriptor):
        G = dense_system(rng, 4, 2, 2, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
        is_transfer(G**3, lambda z: (np.linalg.matrix_power(transfer(G, z), 3), la.norm(transfer(G, z)) ** 3), 60)
        is_transfer(G**0, lambda _: (np.eye(2), 1))
        for z in POINTS:
            inverse = np.linalg.inv(transfer(G, z))
            size = la.norm(inverse) ** 2 * la.norm(transfer(G, z)) * (1 + np.linalg.cond(G.D))
            assert_small(la.norm((G**-1)(z) - inverse), size, 100)
        assert (G**1) is G


class TestSignals:
    def test_names_of_a_series(self):
        G = LinearSystem(-1, 1, 1, inputs="u", outputs="speed", states="v", name="car")
        H = LinearSystem(-2, 1, 1, inputs="throttle", outputs="u", states="e", name="engine")
        product = G * H
        assert (product.inputs, product.outputs, product.states) == (("throttle",), ("speed",), ("v", "e"))
        assert (G * G).states == ("x[0]", "x[1]")
        assert (G * G.replaced(name="truck")).states == ("car_v", "truck_v")

    def test_names_beside_matrices(self):
        G = LinearSystem(-1, [[1, 1]], 1, inputs=["a", "b"], outputs="y", states="v")
        assert (G * np.ones((2, 1))).inputs == ("u[0]",)
        assert (np.ones((3, 1)) * G).outputs == ("y[0]", "y[1]", "y[2]")
        assert (np.ones((3, 1)) * G).states == ("v",)

    @pytest.mark.parametrize(
        "first, second, common",
        [(None, 0, 0), (None, 0.1, 0.1), (True, 0.1, 0.1), (None, True, True), (True, True, True), (None, None, None)],
    )
    def test_time_bases_agree_as_in_python_control(self, first, second, common):
        for one, two in ((first, second), (second, first)):
            G, H = LinearSystem(0.5, 1, 1, dt=one), LinearSystem(0.5, 1, 1, dt=two)
            for result in (G + H, G * H, G - H):
                assert_same_dt(result.dt, common)
            assert_same_dt(control.common_timebase(one, two), common)

    def test_time_bases_that_differ(self):
        with pytest.raises(InvalidArgumentError, match="c2d and d2c"):
            LinearSystem(-1, 1, 1) * LinearSystem(0.5, 1, 1, dt=0.1)


class TestRefusals:
    def test_shapes(self, rng):
        G = dense_system(rng, 2, 2, 3)
        with pytest.raises(InvalidArgumentError, match="2 outputs, one for each input"):
            G * G
        with pytest.raises(InvalidArgumentError, match="other: expected shape"):
            G + np.eye(2)
        with pytest.raises(InvalidArgumentError, match="as many inputs as outputs"):
            G**2

    def test_no_inverse_without_feedthrough(self):
        with pytest.raises(NumericalError, match="improper"):
            LinearSystem(-1, 1, 1) ** -1

    def test_division_by_zero(self):
        with pytest.raises(InvalidArgumentError, match="not zero"):
            LinearSystem(-1, 1, 1) / 0

    @pytest.mark.parametrize("other", ["2", None, [2.0], True])
    def test_other_objects(self, other):
        G = LinearSystem(-1, 1, 1)
        for operation in (lambda: G / other, lambda: G - other, lambda: other * G, lambda: other - G):
            with pytest.raises(TypeError):
                operation()
        with pytest.raises(TypeError):
            G**0.5

    def test_overflow(self):
        huge = LinearSystem(-1, 1e200, 1e200)
        with pytest.raises(NumericalError, match="range of double precision"):
            huge * huge
        with pytest.raises(NumericalError, match="range of double precision"):
            huge * 1e200


def test_without_states():
    gain = LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((2, 0)), [[1, 2], [3, 4]])
    assert (gain * gain)(1j).tolist() == [[7, 10], [15, 22]]
    assert (gain**-1 * gain)(1j) == pytest.approx(np.eye(2), abs=1e-15)
    sparse = LinearSystem(sp.csc_array((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), 2)
    assert (sparse * sparse)(1j).item() == 4
