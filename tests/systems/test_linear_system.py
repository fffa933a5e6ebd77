"""LinearSystem: construction, time base, algebra, projection, and conversion to other libraries."""

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal
import scipy.sparse as sp

from dlnbalance.balancing.balanced_forms import hankel_singular_values
from dlnbalance.errors import InvalidArgumentError, SingularDescriptorError
from dlnbalance.files.conversion import as_system
from dlnbalance.files.to_libraries import restore_type
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, norm, random_gauge, random_matrix, random_pencil

#: Points of the complex plane off the spectrum of every model below, for both time bases.
POINTS = [2.0, 0.3 + 3j, -0.2 - 4j, 25.0 + 1j, 1.7j]


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["continuous", "discrete"])
def discrete(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["explicit", "descriptor"])
def descriptor(request):
    return request.param


@pytest.fixture
def system(rng, complex_entries, discrete, descriptor):
    return random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)


def random_system(rng, n, m, p, *, complex_entries=False, discrete=False, descriptor=False, **names):
    A, E = random_pencil(rng, n, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    B, C, D = (random_matrix(rng, *shape, complex_entries=complex_entries) for shape in [(n, m), (p, n), (p, m)])
    return LinearSystem(A, B, C, D, E=E, dt=0.25 if discrete else 0, **names)


def transfer(system, point):
    """D + C (zE − A)⁻¹ B from the definition."""
    A, E = (M.toarray() if sp.issparse(M) else M for M in (system.A, system.descriptor))
    return system.D + system.C @ np.linalg.inv(point * E - A) @ system.B


def assert_same_transfer(first, second):
    for point in POINTS:
        value = transfer(first, point)
        assert_small(la.norm(transfer(second, point) - value), la.norm(value), 60)  # observed 11


class TestConstruction:
    def test_matrices_are_kept(self, rng):
        A, B, C, D = (random_matrix(rng, *shape) for shape in [(3, 3), (3, 2), (1, 3), (1, 2)])
        system = LinearSystem(A, B, C, D, name="plant")
        for kept, given in zip((system.A, system.B, system.C, system.D), (A, B, C, D), strict=True):
            assert np.array_equal(kept, given)
            assert not np.shares_memory(kept, given)
            assert not kept.flags.writeable
        assert (system.nstates, system.ninputs, system.noutputs) == (3, 2, 1)
        assert system.name == "plant"
        assert system.E is None
        assert np.array_equal(system.descriptor, np.eye(3))

    def test_vectors_are_one_input_and_one_output(self):
        system = LinearSystem(np.diag([-1, -2]), [1, 2], [3, 4])
        assert system.B.tolist() == [[1], [2]]
        assert system.C.tolist() == [[3, 4]]
        assert system.D.tolist() == [[0]]

    def test_scalars_are_one_state(self):
        system = LinearSystem(-1, 2, 3, 4, E=5)
        assert system(1.0).item() == pytest.approx(4 + 3 * 2 / (5 + 1), rel=1e-14)

    def test_feedthrough_is_zero_where_left_out(self):
        system = LinearSystem(-np.eye(2), np.ones((2, 3)), np.ones((4, 2)))
        assert system.D.shape == (4, 3)
        assert not system.D.any()

    def test_integers_are_cast(self):
        system = LinearSystem([[-1]], [[1]], [[1]], [[0]])
        assert all(M.dtype == float for M in (system.A, system.B, system.C, system.D))

    @pytest.mark.parametrize("place", ["A", "B", "C", "D", "E"])
    def test_one_complex_matrix_makes_a_complex_system(self, place):
        matrices = dict.fromkeys("ABCDE", np.array([[-1.0]]))
        assert not LinearSystem(**matrices).is_complex
        assert LinearSystem(**{**matrices, place: np.array([[1j]])}).is_complex

    @pytest.mark.parametrize(
        "arguments, message",
        [
            ({"A": np.ones((2, 3))}, "A: expected a square matrix"),
            ({"A": [1.0, 2.0]}, "A: expected a two-dimensional array"),
            ({"B": np.ones((3, 1))}, r"B: expected shape \(2, any\), got shape \(3, 1\)"),
            ({"B": [1.0, 2.0, 3.0]}, r"B: expected a two-dimensional array, got shape \(3,\)"),
            ({"C": np.ones((1, 3))}, r"C: expected shape \(any, 2\), got shape \(1, 3\)"),
            ({"D": np.ones((1, 2))}, r"D: expected shape \(1, 1\), got shape \(1, 2\)"),
            ({"E": np.eye(3)}, r"E: expected shape \(2, 2\), got shape \(3, 3\)"),
            ({"B": np.ones((2, 0))}, "B: expected at least one input"),
            ({"C": np.ones((0, 2))}, "C: expected at least one input and one output, got 1 inputs and 0"),
            ({"A": [[np.nan, 0], [0, 1]]}, "A: expected finite numbers, got NaN"),
            ({"A": sp.diags_array([1.0, np.inf])}, "A: expected finite numbers, got infinite"),
            ({"B": [[np.inf], [0]]}, "B: expected finite numbers"),
            ({"C": [["a", "b"]]}, "C: expected a numeric matrix"),
            ({"D": np.nan}, "D: expected finite numbers"),
            ({"E": [[np.nan, 0], [0, 1]]}, "E: expected finite numbers"),
            ({"inputs": ["u", "v"]}, "inputs: expected 1 different names, got"),
            ({"inputs": []}, "inputs: expected 1 different names"),
            ({"outputs": ["y", "y"]}, "outputs: expected 1 different names"),
            ({"states": ["x", "x"]}, "states: expected 2 different names"),
            ({"states": "position"}, "states: expected 2 different names"),
        ],
    )
    def test_refusals_name_the_argument(self, arguments, message):
        valid = {"A": -np.eye(2), "B": np.ones((2, 1)), "C": np.ones((1, 2))}
        LinearSystem(**valid)
        with pytest.raises(InvalidArgumentError, match=f"^{message}"):
            LinearSystem(**{**valid, **arguments})

    def test_names_are_kept_or_numbered(self):
        named = LinearSystem(-np.eye(2), np.eye(2), np.eye(2), inputs=["F", "M"], outputs=("x", "φ"), states=["p", "q"])
        assert (named.inputs, named.outputs, named.states) == (("F", "M"), ("x", "φ"), ("p", "q"))
        default = LinearSystem(-np.eye(2), np.eye(2), np.ones((1, 2)))
        assert (default.inputs, default.outputs) == (("u[0]", "u[1]"), ("y[0]",))
        assert default.states == ("x[0]", "x[1]")
        assert LinearSystem(-1, 1, 1, inputs="force").inputs == ("force",)

    def test_vector_of_outputs_of_one_state(self):
        """As B = [1, 2, 3] is read as three inputs of one state, so may C be as three outputs."""
        assert LinearSystem(-1, [1, 2, 3], 1).B.shape == (1, 3)
        assert LinearSystem(-1, 1, [1, 2, 3]).C.shape == (3, 1)


class TestTimeBase:
    @pytest.mark.parametrize(
        "dt, is_discrete, sampling_time",
        [(0, False, 0.0), (0.0, False, 0.0), (0.5, True, 0.5), (1, True, 1.0), (True, True, 1.0)],
    )
    def test_as_in_python_control(self, dt, is_discrete, sampling_time):
        system = LinearSystem(0.5, 1, 1, dt=dt)
        assert system.is_discrete is is_discrete
        assert system.sampling_time == sampling_time
        assert system.dt == dt
        assert (system.dt is True) == (dt is True)

    @pytest.mark.parametrize("dt", [np.float64(0.5), np.float32(0.5), np.int64(2)])
    def test_numpy_numbers_are_sampling_times(self, dt):
        system = LinearSystem(0.5, 1, 1, dt=dt)
        assert system.dt == dt
        assert type(system.dt) is float

    @pytest.mark.parametrize("dt", [-1, -1e-300, np.inf, np.nan, False, "0", 1j, [0.1]])
    def test_impossible_ones_are_refused(self, dt):
        with pytest.raises(InvalidArgumentError, match=r"^dt: expected 0.*positive"):
            LinearSystem(0.5, 1, 1, dt=dt)

    def test_unspecified_one_is_kept_but_not_computed_with(self):
        system = LinearSystem(0.5, 1, 1, dt=None)
        assert system.dt is None
        assert system(2.0).item() == pytest.approx(1 / 1.5)
        for question in ("is_discrete", "sampling_time"):
            with pytest.raises(InvalidArgumentError, match="dt: expected a stated time base, got None"):
                getattr(system, question)
        with pytest.raises(InvalidArgumentError, match="dt: expected a stated time base"):
            system.dcgain()

    def test_dc_gain_is_at_zero_or_at_one(self):
        assert LinearSystem(-2, 1, 1, dt=0).dcgain().item() == 0.5
        assert LinearSystem(0.5, 1, 1, dt=0.1).dcgain().item() == 2
        assert LinearSystem(0.5, 1, 1, dt=True).dcgain().item() == 2


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
        system = random_system(
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
        system = random_system(rng, 4, 2, 3, complex_entries=complex_entries)
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
        system = random_system(
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
        G = random_system(rng, 4, 2, 3, descriptor=descriptor, **options)
        H = random_system(rng, 3, 2, 3, **options)
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

    @pytest.mark.parametrize("first, second", [(0, 1), (0.1, 0.2), (True, 1), (True, 0), (None, 0)])
    def test_systems_with_other_time_bases_are_not_added(self, first, second):
        G, H = LinearSystem(0.5, 1, 1, dt=first), LinearSystem(0.5, 1, 1, dt=second)
        for left, right in [(G, H), (H, G)]:
            with pytest.raises(InvalidArgumentError, match="other: expected dt = "):
                left - right

    @pytest.mark.parametrize("other", [3, "G", None, np.eye(1)])
    def test_other_objects_are_not_added(self, other):
        with pytest.raises(TypeError):
            LinearSystem(-1, 1, 1) + other

    @pytest.mark.parametrize(
        "other",
        [
            None,
            [1],
            LinearSystem(-1, 1, 1),
            np.eye(2),
            "2",
        ],
    )
    def test_only_scalars_multiply(self, other):
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


TIME_BASES = [0, 0.1, True, None]


def named_system(rng, dt, **options):
    names = {"inputs": ["force", "torque"], "outputs": ["x", "v", "a"], "name": "arm"}
    A, E = random_pencil(rng, 4, discrete=bool(dt), **options)
    B, C, D = (random_matrix(rng, *shape) for shape in [(4, 2), (3, 4), (3, 2)])
    return LinearSystem(A, B, C, D, E=E, dt=dt, states=["p", "q", "r", "s"], **names)


def assert_same_dt(first, second):
    assert first == second
    assert (first is True) == (second is True)
    assert (first is None) == (second is None)


class TestControl:
    @pytest.mark.parametrize("dt", TIME_BASES)
    def test_state_space_there_and_back(self, rng, dt):
        system = named_system(rng, dt)
        other = system.to_control()
        assert isinstance(other, control.StateSpace)
        assert_same_dt(other.dt, dt)
        assert (other.input_labels, other.output_labels) == (["force", "torque"], ["x", "v", "a"])
        assert (other.state_labels, other.name) == (["p", "q", "r", "s"], "arm")
        for point in POINTS:
            assert_small(la.norm(other(point) - transfer(system, point)), la.norm(other(point)), 20)  # observed 3
        back = as_system(other)
        assert_same_dt(back.dt, dt)
        assert (back.inputs, back.outputs) == (system.inputs, system.outputs)
        assert (back.states, back.name) == (system.states, "arm")
        for name in "ABCD":
            assert np.array_equal(getattr(back, name), getattr(system, name))

    def test_descriptor_is_made_explicit(self, rng):
        system = named_system(rng, 0, descriptor=True)
        other = system.to_control()
        for point in POINTS:
            assert_small(la.norm(other(point) - transfer(system, point)), la.norm(other(point)), 20)  # observed 3.5

    def test_useless_states_are_not_dropped(self, monkeypatch):
        """Not even where python-control is told to drop states without dynamics."""
        monkeypatch.setitem(control.config.defaults, "statesp.remove_useless_states", True)
        other = LinearSystem(np.diag([-1, 0]), [[1], [0]], [[1, 0]]).to_control()
        assert other.nstates == 2

    def test_complex_is_refused(self):
        with pytest.raises(InvalidArgumentError, match="real matrices"):
            LinearSystem(-1j, 1, 1).to_control()

    @pytest.mark.parametrize("dt", [0, 0.1, True])
    def test_transfer_function_there_and_back(self, dt):
        other = control.tf([2.0, 1.0, 1.0], [1.0, 0.5, 0.06], dt, inputs="throttle", outputs="speed", name="car")
        system = as_system(other)
        assert_same_dt(system.dt, dt)
        assert (system.inputs, system.outputs, system.name) == (("throttle",), ("speed",), "car")
        assert system.nstates == 2
        assert system.D.item() == pytest.approx(2)
        back = restore_type(system, other)
        assert isinstance(back, control.TransferFunction)
        assert_same_dt(back.dt, dt)
        assert (back.input_labels, back.output_labels) == (["throttle"], ["speed"])
        for point in POINTS:
            assert_small(abs(system(point).item() - other(point)), abs(other(point)), 5)  # observed 0.92
            assert_small(abs(back(point) - other(point)), abs(other(point)), 5)  # observed 0.92

    def test_matrix_of_transfer_functions(self):
        one = [1.0]
        other = control.tf([[one, [2.0]], [one, one]], [[[1.0, 1.0], [1.0, 2.0]], [[1.0, 3.0], [1.0, 4.0]]])
        system = as_system(other)
        back = restore_type(system, other)
        for point in POINTS:
            assert_small(la.norm(system(point) - other(point)), la.norm(other(point)), 15)  # observed 2.4
            assert_small(la.norm(back(point) - other(point)), la.norm(other(point)), 30)  # observed 5.1

    def test_static_gain_has_no_time_base(self):
        system = as_system(control.tf([2.0], [1.0]))
        assert system.nstates == 0
        assert system.D.item() == 2
        assert system.dt is None

    def test_improper_transfer_function_is_refused(self):
        with pytest.raises(InvalidArgumentError, match="system: expected a proper transfer function"):
            as_system(control.tf([1.0, 0.0, 0.0], [1.0, 1.0]))

    def test_other_control_objects_are_refused(self):
        with pytest.raises(InvalidArgumentError, match="got FrequencyResponseData"):
            as_system(control.frd([1.0, 2.0], [1.0, 2.0]))

    def test_subclass_of_state_space(self):
        class Plant(control.StateSpace):
            pass

        assert as_system(Plant([[-1]], [[1]], [[1]], [[0]])).nstates == 1


class TestScipy:
    @pytest.mark.parametrize("dt", [0, 0.1, True])
    def test_state_space_there_and_back(self, rng, dt):
        system = named_system(rng, dt)
        other = system.to_scipy()
        assert isinstance(other, scipy.signal.dlti if dt else scipy.signal.lti)
        assert_same_dt(other.dt, dt or None)
        back = as_system(other)
        assert_same_dt(back.dt, dt)
        for name in "ABCD":
            assert np.array_equal(getattr(other, name), getattr(system, name))
            assert np.array_equal(getattr(back, name), getattr(system, name))
        assert type(restore_type(system, other)) is type(other)

    @pytest.mark.filterwarnings("ignore:Badly conditioned")  # scipy, of the zero that leads every numerator
    @pytest.mark.parametrize("dt", [0, 0.1, True])
    @pytest.mark.parametrize("kind", ["TransferFunction", "ZerosPolesGain", "StateSpace"])
    def test_every_kind(self, dt, kind):
        options = {"dt": dt} if dt else {}
        zeros, poles, gain = [-3.0, 0.5], [-0.2, -0.3, 0.1], 2.0
        original = scipy.signal.ZerosPolesGain(zeros, poles, gain, **options)
        to = {"TransferFunction": "to_tf", "ZerosPolesGain": "to_zpk", "StateSpace": "to_ss"}[kind]
        other = getattr(original, to)()
        system = as_system(other)
        back = restore_type(system, other)
        assert type(back) is type(other)
        assert_same_dt(back.dt, dt or None)
        assert_same_dt(system.dt, dt)
        again = as_system(back)
        for point in POINTS:
            value = gain * np.prod(point - np.array(zeros)) / np.prod(point - np.array(poles))
            assert_small(abs(system(point).item() - value), abs(value), 5)  # observed 0.94
            assert_small(abs(again(point).item() - value), abs(value), 20)  # observed 3.8

    def test_unspecified_time_base_is_refused(self):
        with pytest.raises(InvalidArgumentError, match="dt: expected a stated time base"):
            LinearSystem(0.5, 1, 1, dt=None).to_scipy()

    def test_complex_survives(self):
        other = LinearSystem([[-1 + 1j]], 1, 1j).to_scipy()
        assert other.A.tolist() == [[-1 + 1j]]
        assert as_system(other).is_complex

    def test_improper_transfer_function_is_refused(self):
        with pytest.raises(InvalidArgumentError):
            as_system(scipy.signal.TransferFunction([1.0, 0.0, 0.0], [1.0, 1.0]))


class TestTuplesAndTheRest:
    def test_tuple_there_and_back(self, system):
        A, B, C, D, dt = system.to_tuple()
        assert isinstance(A, np.ndarray)
        back = as_system((A, B, C, D, dt))
        assert back.dt == system.dt
        assert_same_transfer(system, back)

    @pytest.mark.parametrize("length", [3, 4, 5])
    @pytest.mark.parametrize("kind", [tuple, list])
    def test_lengths(self, length, kind):
        system = as_system(kind([[[0.5]], [[1.0]], [[2.0]], [[3.0]], 0.1][:length]))
        assert system.D.item() == (3 if length > 3 else 0)
        assert system.dt == (0.1 if length > 4 else 0)

    @pytest.mark.parametrize("length", [0, 1, 2, 6])
    def test_other_lengths_are_refused(self, length):
        with pytest.raises(InvalidArgumentError, match=f"system: expected .* got {length} items"):
            as_system((1.0,) * length)

    def test_sparse_in_a_tuple(self):
        assert as_system((-sp.eye_array(2), np.ones((2, 1)), np.ones((1, 2)))).is_sparse

    def test_linear_system_is_itself(self):
        system = LinearSystem(-1, 1, 1)
        assert as_system(system) is system
        assert restore_type(system, (1, 2, 3)) is system
        assert restore_type(system, "plant.mat") is system
        assert restore_type(system, LinearSystem(-2, 1, 1)) is system

    @pytest.mark.parametrize("other", [None, 3.0, np.eye(3), {"A": 1}, sp.eye_array(2)])
    def test_everything_else_is_refused_by_its_type(self, other):
        with pytest.raises(InvalidArgumentError, match=r"system: expected a LinearSystem, .*; convert it"):
            as_system(other)


class TestRepr:
    def test_says_what_it_is(self, system, discrete, complex_entries, descriptor):
        first, inputs, outputs = repr(system).split("\n")
        assert "6 states, 2 inputs, 3 outputs" in first
        assert ("discrete (dt = 0.25)" if discrete else "continuous (dt = 0)") in first
        assert ("dense complex" if complex_entries else "dense real") in first
        assert ("descriptor E" in first) == descriptor
        assert inputs == "  inputs:  u[0], u[1]"
        assert outputs == "  outputs: y[0], y[1], y[2]"

    @pytest.mark.parametrize("dt, text", [(True, "discrete (dt = True)"), (None, "time base unspecified (dt = None)")])
    def test_time_bases_without_a_number(self, dt, text):
        assert text in repr(LinearSystem(0.5, 1, 1, dt=dt))

    def test_long_lists_of_names_are_abridged(self):
        many = LinearSystem(-1, np.ones((1, 40)), 1, name="bus")
        assert repr(many).startswith("LinearSystem 'bus': 1 state, 40 inputs, 1 output,")
        assert "u[5], …, u[39]" in repr(many)
        assert max(map(len, repr(many).split("\n"))) < 100

    def test_sparse(self):
        assert "sparse real" in repr(LinearSystem(-sp.eye_array(2), np.ones((2, 1)), np.ones((1, 2))))
