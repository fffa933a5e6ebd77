"""LinearSystem: transfer function, explicit form, projection, algebra."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.balancing.balanced_forms import hankel_singular_values
from dlnbalance.errors import InvalidArgumentError, SingularDescriptorError
from dlnbalance.files.conversion import as_system
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, norm, random_gauge, random_matrix
from .models import POINTS, assert_same_transfer, dense_system, transfer


@pytest.fixture
def system(rng, complex_entries, discrete, descriptor):
    return dense_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)


class TestTransferFunction:
    def test_from_the_definition(self, system):
        for point in POINTS:
            expected = transfer(system, point)
            assert_small(la.norm(system(point) - expected), la.norm(expected), 15)  # observed 3

    def test_dc_gain(self, system, discrete, complex_entries):
        gain = system.dcgain()
        expected = transfer(system, 1.0 if discrete else 0.0)
        assert_small(la.norm(gain - expected), la.norm(expected), 20)  # observed 3
        assert np.iscomplexobj(gain) == complex_entries

    def test_poles_are_generalized_eigenvalues(self, system):
        expected = la.eigvals(system.A, system.descriptor)
        distances = np.abs(system.poles()[:, None] - expected)
        assert_small(distances.min(axis=0).max(), np.abs(expected).max(), 80)  # observed 15
        assert_small(distances.min(axis=1).max(), np.abs(expected).max(), 80)  # observed 15

    def test_sparse(self, rng, complex_entries):
        A = sp.diags_array([-np.arange(1.0, 9.0), np.ones(7)], offsets=[0, 1])
        E = sp.diags_array(np.linspace(1, 2, 8))
        B, C = (random_matrix(rng, *s, complex_entries=complex_entries) for s in [(8, 2), (3, 8)])
        for sparse_A, sparse_E in [(A, None), (A, E), (A.toarray(), E), (A, E.toarray())]:
            system = LinearSystem(sparse_A, B, C, E=sparse_E)
            dense_E = None if sparse_E is None else E.toarray()
            assert system.is_sparse
            assert_same_transfer(LinearSystem(A.toarray(), B, C, E=dense_E), system)
            for point in POINTS:
                value = transfer(system, point)
                assert_small(la.norm(system(point) - value), la.norm(value), 15)  # observed 2
            assert np.iscomplexobj(system.dcgain()) == complex_entries

    def test_sparse_is_kept_as_csc(self):
        system = LinearSystem(sp.coo_array(-np.eye(3)), np.ones((3, 1)), np.ones((1, 3)), E=sp.eye(3).tocsr())
        assert isinstance(system.A, sp.csc_array)
        assert isinstance(system.E, sp.csc_array)
        assert isinstance(system.B, np.ndarray)
        assert isinstance(system.explicit().A, np.ndarray)

    @pytest.mark.filterwarnings("ignore:Matrix is exactly singular")
    @pytest.mark.parametrize("convert", [np.asarray, sp.csc_array])
    def test_value_at_a_pole_is_refused(self, convert):
        with pytest.raises(ArithmeticError):
            LinearSystem(convert(np.eye(2)), np.ones((2, 1)), np.ones((1, 2)))(1.0)


class TestExplicit:
    def test_same_transfer_function(self, system, descriptor):
        explicit = system.explicit()
        assert explicit.E is None
        assert (explicit is system) == (not descriptor)
        assert_same_transfer(system, explicit)

    def test_left_basis(self, system, rng, complex_entries):
        """W*E = T."""
        T = random_matrix(rng, 4, 6, complex_entries=complex_entries)
        W = system.left_basis(T)
        assert W.shape == (6, 4)
        assert_small(la.norm(W.conj().T @ system.descriptor - T), la.norm(T), 10)  # observed 1.9

    def test_signals_stay(self, rng):
        system = dense_system(
            rng, 3, 1, 1, descriptor=True, inputs="u", outputs="y", states=["p", "q", "r"], name="plant"
        )
        explicit = system.explicit()
        assert (explicit.inputs, explicit.outputs) == (("u",), ("y",))
        assert (explicit.states, explicit.name) == (("p", "q", "r"), "plant")

    @pytest.mark.parametrize(
        "E",
        [
            np.diag([1.0, 0.0]),
            np.array([[1.0, 1.0], [1.0, 1.0 + 2e-16]]),
            np.diag([1.0, 1e-9]) @ np.array([[1.0, 1.0], [1.0, 1.0 + 2e-16]]) @ np.diag([1e12, 1.0]),
        ],
        ids=["singular", "to rounding", "to rounding and badly scaled"],
    )
    def test_singular_descriptor_is_refused(self, E):
        system = LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=E)
        with pytest.raises(SingularDescriptorError, match="E: expected a nonsingular descriptor matrix"):
            system.explicit()
        with pytest.raises(SingularDescriptorError):
            system.left_basis(np.eye(2))
        with pytest.raises(SingularDescriptorError):
            system.check_descriptor()

    def test_a_descriptor_that_is_only_badly_scaled_is_not_singular(self):
        system = LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 1e-17]))
        system.check_descriptor()
        np.testing.assert_array_equal(system.explicit().A, np.diag([-1.0, -1 / 1e-17]))  # quotients of diagonal entries
        np.testing.assert_array_equal(system.left_basis(np.eye(2)), np.diag([1.0, 1 / 1e-17]))
        assert hankel_singular_values(system) == pytest.approx([0.5, 0.5], rel=1e-8)

    def test_quiver_of_a_system(self, rng, complex_entries):
        system = dense_system(rng, 4, 2, 3, complex_entries=complex_entries)
        A, B, C = system.A, system.B, system.C
        squares = la.norm(A) ** 2 + la.norm(B) ** 2 + la.norm(C) ** 2
        assert_small(abs(2 * system.representation.energy - squares), squares, 8)  # observed 1.5
        Ah, Bh, Ch = (M.conj().T for M in (A, B, C))
        (moment,) = system.representation.moment_map()
        assert_small(la.norm(moment - (A @ Ah - Ah @ A + B @ Bh - Ch @ C)), squares, 2)  # observed 0.26

    def test_descriptor_has_no_quiver(self):
        with pytest.raises(InvalidArgumentError, match=r"E: expected an explicit system.*call \.explicit"):
            _ = LinearSystem(-1, 1, 1, E=2).representation

    def test_schur_form_is_computed_once(self, system):
        assert system.schur is system.schur


class TestProjection:
    def test_onto_everything_is_a_change_of_state(self, system, rng, complex_entries):
        """W*EV = I with square W and V: the same transfer function."""
        V = random_gauge(rng, 6, complex_entries=complex_entries)
        W = la.inv(system.descriptor @ V).conj().T
        projected = system.project(W, V)
        assert projected.E is None
        assert_same_transfer(system, projected)

    def test_formula_and_signals(self, rng, complex_entries):
        system = dense_system(
            rng, 5, 2, 2, complex_entries=complex_entries, inputs=["a", "b"], outputs=["c", "d"], name="plant"
        )
        W, V = (random_matrix(rng, 5, 3, complex_entries=complex_entries) for _ in "WV")
        small = system.project(W, V)
        assert norm([small.A - W.conj().T @ system.A @ V]) < 1e-13
        assert norm([small.B - W.conj().T @ system.B, small.C - system.C @ V]) < 1e-13
        assert np.array_equal(small.D, system.D)
        assert (small.inputs, small.outputs) == (("a", "b"), ("c", "d"))
        assert (small.name, small.dt, small.nstates) == ("plant", system.dt, 3)

    def test_of_sparse(self):
        A = sp.diags_array(-np.arange(1.0, 6.0))
        system = LinearSystem(A, np.ones((5, 1)), np.ones((1, 5)), dt=0.1)
        V = np.eye(5)[:, :2]
        assert system.project(V, V).A.tolist() == [[-1, 0], [0, -2]]
        assert system.project(V, V).dt == 0.1

    def test_to_no_state_leaves_the_feedthrough(self, system):
        empty = system.project(np.zeros((6, 0)), np.zeros((6, 0)))
        assert empty.nstates == 0
        assert np.array_equal(empty(1j), system.D)


class TestAlgebra:
    def test_sum_difference_and_multiples(self, rng, complex_entries, discrete, descriptor):
        options = {"complex_entries": complex_entries, "discrete": discrete}
        G = dense_system(rng, 4, 2, 3, descriptor=descriptor, **options)
        H = dense_system(rng, 3, 2, 3, **options)
        for point in POINTS:
            g, h = transfer(G, point), transfer(H, point)
            scale = la.norm(g) + la.norm(h)
            assert_small(la.norm((G + H)(point) - (g + h)), scale, 8)  # observed 1.5
            assert_small(la.norm((H + G)(point) - (g + h)), scale, 10)  # observed 1.6
            assert_small(la.norm((G - H)(point) - (g - h)), scale, 8)  # observed 1.3
            assert_small(la.norm((3 * G)(point) - 3 * g), 3 * la.norm(g), 15)  # observed 2.1
            assert_small(la.norm((G * 2j)(point) - 2j * g), 2 * la.norm(g), 15)  # observed 2.1
            assert_small(la.norm((G - G)(point)), scale, 8)  # observed 1.3
        assert (G + H).nstates == 7
        assert (G + H).dt == G.dt
        assert ((G + H).E is not None) == descriptor

    def test_names(self):
        G = LinearSystem(-1, 1, 1, inputs="force", outputs="position", states="x", name="plant")
        double = 2 * G
        assert (double.inputs, double.outputs, double.states) == (G.inputs, G.outputs, G.states)
        assert double.name == "plant"
        assert ((G + G).inputs, (G + G).outputs) == (G.inputs, G.outputs)
        assert (G + G).states == ("x[0]", "x[1]")

    def test_numpy_scalars_multiply_from_both_sides(self):
        G = LinearSystem(-1, 1, 1)
        for product in (np.float64(3) * G, G * np.float64(3), np.int32(3) * G):
            assert isinstance(product, LinearSystem)
            assert product(1.0).item() == 1.5

    def test_sparse_is_kept_by_multiples(self):
        G = LinearSystem(-sp.eye_array(3), np.ones((3, 1)), np.ones((1, 3)))
        assert (2 * G).is_sparse

    @pytest.mark.parametrize("other", [LinearSystem(-1, [[1, 1]], 1), LinearSystem(-1, 1, np.ones((2, 1)))])
    def test_systems_with_other_signals_are_not_added(self, other):
        with pytest.raises(InvalidArgumentError, match="other: expected 1 inputs and 1 outputs, got"):
            LinearSystem(-1, 1, 1) + other

    @pytest.mark.parametrize("first, second", [(0, 1), (0.1, 0.2), (True, 0)])
    def test_systems_with_other_time_bases_are_not_added(self, first, second):
        G, H = LinearSystem(0.5, 1, 1, dt=first), LinearSystem(0.5, 1, 1, dt=second)
        for left, right in [(G, H), (H, G)]:
            with pytest.raises(InvalidArgumentError, match="other: expected dt = "):
                left - right

    @pytest.mark.parametrize("other", ["G", None, [1.0], True])
    def test_other_objects_are_not_added(self, other):
        with pytest.raises(TypeError):
            LinearSystem(-1, 1, 1) + other

    @pytest.mark.parametrize("other", [None, [1], "2", True])
    def test_only_systems_numbers_and_matrices_multiply(self, other):
        with pytest.raises(TypeError):
            LinearSystem(-1, 1, 1) * other


class TestNoStates:
    """A static gain is a system with n = 0."""

    gain = LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((1, 0)), [[1, 2]], name="gain")

    def test_transfer_function(self):
        assert self.gain.nstates == 0
        assert self.gain(1j).tolist() == self.gain.dcgain().tolist() == [[1, 2]]
        assert self.gain.poles().shape == (0,)
        assert self.gain.explicit() is self.gain
        assert self.gain.representation.energy == 0

    def test_algebra(self):
        dynamic = LinearSystem(-1, [[1, 1]], 1)
        for total in (self.gain + dynamic, dynamic + self.gain):
            assert total.nstates == 1
            assert total(1.0).tolist() == [[1.5, 2.5]]
        assert (3 * self.gain).dcgain().tolist() == [[3, 6]]

    def test_other_libraries(self):
        for other in (self.gain.to_control(), self.gain.to_scipy(), self.gain.to_tuple()):
            back = as_system(other)
            assert back.nstates == 0
            assert back.dcgain().tolist() == [[1, 2]]

    def test_repr(self):
        assert repr(self.gain).startswith("LinearSystem 'gain': 0 states, 2 inputs, 1 output, continuous")

    def test_descriptor(self):
        system = LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), 3, E=np.zeros((0, 0)))
        assert system.explicit().dcgain().item() == 3
