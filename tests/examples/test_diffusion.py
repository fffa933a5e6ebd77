"""Heat and convection against closed forms, published files and an assembly node by node."""

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnbalance import examples
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import dense

from ..models import assert_small


class TestHeatRod:
    @given(n=st.integers(1, 60))
    @settings(max_examples=20, deadline=None)
    def test_poles_in_closed_form(self, n):
        k = np.arange(1, n + 1)
        expected = -4 * (n + 1) ** 2 * np.sin(k * np.pi / (2 * (n + 1))) ** 2
        poles = np.sort(examples.heat_rod(n).poles().real)
        assert_small(np.abs(poles - np.sort(expected)).max(), 4.0 * (n + 1) ** 2, 100)

    def test_default_nodes(self):
        rod = examples.heat_rod()
        assert (np.flatnonzero(rod.B), np.flatnonzero(rod.C)) == (9, 19)

    @pytest.mark.parametrize("n", [1, 2, 3, 4])
    def test_smallest_rods_have_their_nodes(self, n):
        rod = examples.heat_rod(n)
        assert rod.B.sum() == rod.C.sum() == 1

    def test_static_gain_is_greens_function(self):
        # −T'' = δ_i/h has T(s_j) = s_i (1 − s_j) for j ≥ i, exactly so for second differences.
        rod = examples.heat_rod(40, 7, 31)
        assert rod.dcgain().item() == pytest.approx(7 / 41 * (1 - 31 / 41) / 41, rel=1e-12)

    def test_sparse_and_dense_agree(self):
        sparse = examples.heat_rod(9, sparse=True)
        assert sparse.is_sparse
        assert np.array_equal(dense(sparse.A), examples.heat_rod(9).A)
        assert examples.heat_rod(1, sparse=True).A.toarray() == [[-8.0]]

    def test_slicot_heat_equation(self, data):
        stored = scipy.io.loadmat(data / "heat-cont.mat", mat_dtype=True)
        rod = examples.heat_rod(200)
        # There the diffusivity is 0.01, and the nodes are those next to 1/3 and 2/3.
        assert_small(np.abs(0.01 * rod.A - stored["A"].toarray()).max(), 2 * 201**2 * 0.01, 2)
        assert np.array_equal(rod.B, stored["B"].toarray())
        assert np.array_equal(rod.C, stored["C"].toarray())


class TestConvectionDiffusion:
    def assembled(self, n0, c1, c2):
        """The operator node by node."""
        h = 1 / (n0 + 1)
        A = np.zeros((n0, n0, n0, n0))
        for j in range(n0):
            for i in range(n0):
                fx, fy = c1 * (i + 1) * h, c2 * (j + 1) * h
                A[j, i, j, i] = -4 / h**2
                for dj, di, velocity in [(0, 1, fx), (0, -1, -fx), (1, 0, fy), (-1, 0, -fy)]:
                    if 0 <= j + dj < n0 and 0 <= i + di < n0:
                        A[j, i, j + dj, i + di] = 1 / h**2 - velocity / (2 * h)
        return A.reshape(n0 * n0, n0 * n0)

    @pytest.mark.parametrize("n0", [3, 4, 9])
    def test_matches_an_assembly_by_nodes(self, n0):
        system = examples.convection_diffusion(n0, (10, 100))
        assert_small(np.abs(system.A.toarray() - self.assembled(n0, 10, 100)).max(), 4 * (n0 + 1) ** 2, 4)

    @pytest.mark.parametrize("n0", [3, 7])
    def test_poles_of_pure_diffusion(self, n0):
        halves = np.sin(np.arange(1, n0 + 1) * np.pi / (2 * (n0 + 1))) ** 2
        expected = np.sort((-4 * (n0 + 1) ** 2 * np.add.outer(halves, halves)).ravel())
        poles = np.sort(examples.convection_diffusion(n0, (0, 0)).poles().real)
        assert_small(np.abs(poles - expected).max(), 8 * (n0 + 1) ** 2, 50)

    def test_second_order_consistency(self):
        errors = []
        for n0 in (39, 79, 159):
            s = np.arange(1, n0 + 1) / (n0 + 1)
            x, y = s[None, :], s[:, None]
            T = np.sin(np.pi * x) * np.sin(2 * np.pi * y)
            exact = -5 * np.pi**2 * T - 10 * x * np.pi * np.cos(np.pi * x) * np.sin(2 * np.pi * y)
            exact -= 100 * y * 2 * np.pi * np.sin(np.pi * x) * np.cos(2 * np.pi * y)
            errors.append(np.abs(examples.convection_diffusion(n0).A @ T.ravel() - exact.ravel()).max())
        assert np.abs(np.log2(np.divide(errors[:-1], errors[1:])) - 2).max() < 0.05

    @pytest.mark.parametrize("n0", [3, 5, 9, 19])
    def test_strips(self, n0):
        system = examples.convection_diffusion(n0)
        # In tenths of n0 + 1, so that the ends of the strips are whole numbers (n0 = 9, 19 have nodes on them).
        heated = [i for i in range(1, n0 + 1) if n0 + 1 < 10 * i <= 3 * (n0 + 1)]
        measured = [i for i in range(1, n0 + 1) if 7 * (n0 + 1) < 10 * i <= 9 * (n0 + 1)]
        B, C = system.B.reshape(n0, n0), system.C.reshape(n0, n0)
        assert all(set(np.flatnonzero(row) + 1) == set(heated) for row in B)
        assert all(set(np.flatnonzero(row) + 1) == set(measured) for row in C)
        assert set(B[B != 0]) == {1.0}
        assert C.sum() == pytest.approx(1.0, rel=1e-14)

    @given(n0=st.integers(3, 9), c1=st.floats(-1e3, 1e3), c2=st.floats(-1e3, 1e3))
    @settings(max_examples=40, deadline=None)
    def test_stable_on_coarse_grids(self, n0, c1, c2):
        assert examples.convection_diffusion(n0, (c1, c2)).poles().real.max() < 0

    def test_stays_sparse(self):
        system = examples.convection_diffusion(60)
        assert system.is_sparse
        assert system.A.nnz == 5 * 60**2 - 4 * 60


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "argument"),
        [
            (lambda: examples.heat_rod(-3), "n"),
            (lambda: examples.heat_rod("30"), "n"),
            (lambda: examples.heat_rod(5, 0), "input_node"),
            (lambda: examples.heat_rod(5, 1, 6), "output_node"),
            (lambda: examples.convection_diffusion(2), "n0"),
            (lambda: examples.convection_diffusion(5, 10.0), "convection"),
            (lambda: examples.convection_diffusion(5, (1.0, np.nan)), "convection"),
            (lambda: examples.convection_diffusion(5, (1.0, 2j)), "convection"),
        ],
    )
    def test_names_the_argument(self, call, argument):
        with pytest.raises(InvalidArgumentError) as caught:
            call()
        assert caught.value.argument == argument

    @pytest.mark.parametrize("size", [np.int64(4), np.uint8(4)])
    def test_numpy_integers_are_integers(self, size):
        assert examples.heat_rod(size).nstates == 4
