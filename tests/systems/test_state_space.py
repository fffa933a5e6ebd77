"""What a system is: matrices, names, storage, and how it prints."""

import numpy as np
import pytest
import scipy.sparse as sp

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.systems.linear_system import LinearSystem

from ..models import random_matrix
from .models import dense_system


@pytest.fixture
def system(rng, complex_entries, discrete, descriptor):
    return dense_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)


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
