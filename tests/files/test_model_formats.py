"""How a format holds a model: variables, details, layers."""

import io
import zipfile

import numpy as np
import pytest
import scipy.sparse as sp

from dlnbalance.errors import FileFormatError
from dlnbalance.files.model_formats import format_of
from dlnbalance.files.models import load, load_network, load_system, save
from dlnbalance.systems.linear_system import LinearSystem

from ..models import random_system
from .models import FORMATS, assert_same, matlab, numpy_archive, refused


@pytest.fixture
def system(rng):
    return random_system(rng, 4, 2, 3)


#: What is wrong with a set of variables, and what the error must say.
BAD_VARIABLES = {
    "nothing": ({"x": 1.0}, "variables x"),
    "no B": ({"A": np.eye(2), "C": np.ones((1, 2))}, "in B"),
    "no C": ({"A": np.eye(2), "B": np.ones((2, 1))}, "in C"),
    "cases mixed": ({"A": np.eye(2), "b": np.ones((2, 1)), "c": np.ones((1, 2))}, "in B"),
    "A not square": ({"A": np.ones((2, 3)), "B": np.ones((2, 1)), "C": np.ones((1, 2))}, "a square matrix in A"),
    "B too short": ({"A": np.eye(2), "B": np.ones((3, 1)), "C": np.ones((1, 2))}, "in B"),
    "C too wide": ({"A": np.eye(2), "B": np.ones((2, 1)), "C": np.ones((1, 3))}, "in C"),
    "D of another shape": ({"A": np.eye(2), "B": np.ones((2, 1)), "C": np.ones((1, 2)), "D": np.ones((2, 2))}, "in D"),
    "E of another shape": ({"A": np.eye(2), "B": np.ones((2, 1)), "C": np.ones((1, 2)), "E": np.eye(3)}, "in E"),
    "NaN": ({"A": np.diag([1, np.nan]), "B": np.ones((2, 1)), "C": np.ones((1, 2))}, "finite numbers in A"),
    "infinity": ({"A": np.eye(2), "B": np.full((2, 1), np.inf), "C": np.ones((1, 2))}, "finite numbers in B"),
    "text": ({"A": np.eye(2), "B": np.ones((2, 1)), "C": np.array(["one", "two"])}, "numeric matrix in C"),
    "three dimensions": ({"A": np.ones((2, 2, 2)), "B": np.ones((2, 1)), "C": np.ones((1, 2))}, "in A"),
    "negative dt": ({"A": 1.0, "B": 1.0, "C": 1.0, "dt": -1.0}, "in dt"),
    "dt a vector": ({"A": 1.0, "B": 1.0, "C": 1.0, "dt": [0.1, 0.2]}, "in dt"),
    "dt text": ({"A": 1.0, "B": 1.0, "C": 1.0, "dt": "fast"}, "in dt"),
    "too few names": ({"A": 1.0, "B": np.ones((1, 2)), "C": 1.0, "inputs": ["u"]}, "in inputs"),
    "numbers for names": ({"A": 1.0, "B": 1.0, "C": 1.0, "outputs": 3.0}, "text in outputs"),
    "a number for a name": ({"A": 1.0, "B": 1.0, "C": 1.0, "name": 3.0}, "text in name"),
}


@pytest.mark.parametrize("case", BAD_VARIABLES)
@pytest.mark.parametrize("write", [matlab, numpy_archive])
def test_bad_variables_are_named(tmp_path, write, case):
    variables, fragment = BAD_VARIABLES[case]
    refused(write(tmp_path / ("m.mat" if write is matlab else "m.npz"), **variables), fragment)


@pytest.mark.parametrize("write", [matlab, numpy_archive])
class TestVariables:
    def path(self, tmp_path, write):
        return tmp_path / ("m.mat" if write is matlab else "m.npz")

    def test_a_plain_file_is_a_continuous_system(self, tmp_path, write):
        path = write(self.path(tmp_path, write), A=-np.eye(2), B=np.ones((2, 1)), C=np.ones((1, 2)))
        assert_same(load(path), LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2))))

    def test_lower_case(self, tmp_path, write):
        path = write(self.path(tmp_path, write), a=-1.0, b=2.0, c=3.0, d=4.0, e=5.0)
        assert [getattr(load_system(path), letter).item() for letter in "ABCDE"] == [-1, 2, 3, 4, 5]

    def test_upper_case_goes_first(self, tmp_path, write):
        path = write(self.path(tmp_path, write), A=-1.0, B=2.0, C=3.0, a=np.ones((5, 2)), d=7.0, e=[1.0, 2.0])
        assert_same(load(path), LinearSystem(-1.0, 2.0, 3.0))

    def test_other_variables_are_ignored(self, tmp_path, write):
        path = write(
            self.path(tmp_path, write),
            A=-1.0,
            B=2.0,
            C=3.0,
            hsv=[3.0, 1.0],
            S="text",
            w=np.array([{"cell": 1}, 2.0], dtype=object),
        )
        assert_same(load(path), LinearSystem(-1.0, 2.0, 3.0))

    @pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int64, np.float32, bool])
    def test_other_number_types_are_cast(self, tmp_path, write, dtype):
        A, B, C = np.array([[0, 1], [1, 1]], dtype), np.ones((2, 1), dtype), np.ones((1, 2), dtype)
        system = load_system(write(self.path(tmp_path, write), A=A, B=B, C=C))
        assert_same(system, LinearSystem(A.astype(float), B.astype(float), C.astype(float)))

    def test_empty_D_and_E_are_absent(self, tmp_path, write):
        path = write(self.path(tmp_path, write), A=-1.0, B=2.0, C=3.0, D=np.zeros((0, 0)), E=np.zeros((0, 0)))
        assert_same(load(path), LinearSystem(-1.0, 2.0, 3.0))

    def test_a_logical_time_base_is_true(self, tmp_path, write):
        path = self.path(tmp_path, write)
        assert load_system(write(path, A=0.5, B=1.0, C=1.0, dt=np.bool_(True))).dt is True
        assert load_system(write(path, A=0.5, B=1.0, C=1.0, dt=1.0)).dt is not True
        assert load_system(write(path, A=0.5, B=1.0, C=1.0, dt=np.uint8(1))).dt == 1.0

    def test_rows_of_characters_are_names(self, tmp_path, write):
        path = write(self.path(tmp_path, write), A=1.0, B=np.ones((1, 2)), C=1.0, inputs=np.array(["one", "two"]))
        assert load_system(path).inputs == ("one", "two")

    @pytest.mark.parametrize("letter", ["E", "e"])
    def test_an_E_that_is_no_descriptor_matrix(self, tmp_path, write, letter):
        """As the disturbance matrices of COMPleib's models."""
        names = "ABC" if letter == "E" else "abc"
        matrices = dict(zip(names, (-np.eye(40), np.ones((40, 1)), np.ones((1, 40))), strict=True))
        path = write(self.path(tmp_path, write), **matrices, **{letter: np.ones((40, 2))})
        refused(path, "in E", "(40, 2)", "descriptor=False", "--ignore-E")
        assert_same(load(path, descriptor=False), LinearSystem(*matrices.values()))
        assert load_system(path, descriptor=False).E is None

    def test_without_the_descriptor_matrix(self, tmp_path, write):
        path = write(self.path(tmp_path, write), A=-1.0, B=2.0, C=3.0, D=4.0, E=5.0)
        assert_same(load(path, descriptor=False), LinearSystem(-1.0, 2.0, 3.0, 4.0))


class TestNumpy:
    def test_ordered_arrays_are_layers(self, tmp_path):
        layers = [np.full((1, 1), float(k)) for k in range(1, 13)]
        np.savez(tmp_path / "m.npz", *layers)
        assert [weight.item() for weight in load_network(tmp_path / "m.npz").weights] == list(range(1, 13))

    def test_named_layers(self, tmp_path):
        numpy_archive(tmp_path / "m.npz", W2=np.ones((1, 3)), W1=np.ones((3, 2)), loss=0.5)
        assert load_network(tmp_path / "m.npz").widths == (2, 3, 1)

    def test_layers_that_do_not_fit(self, tmp_path):
        refused(numpy_archive(tmp_path / "m.npz", W1=np.ones((3, 2)), W2=np.ones((1, 2))), "in weights[1]")

    @pytest.mark.parametrize("names", [["W1", "W3"], ["W0", "W1"], ["W2"], ["arr_1"]])
    def test_a_missing_layer_is_noticed(self, tmp_path, names):
        refused(numpy_archive(tmp_path / "m.npz", **dict.fromkeys(names, np.eye(2))), "without a gap", ", ".join(names))

    def test_either_a_system_or_a_network(self, tmp_path):
        refused(numpy_archive(tmp_path / "m.npz", A=1.0, B=1.0, C=1.0, W1=1.0), "both")

    def test_marker_decides(self, tmp_path):
        numpy_archive(tmp_path / "m.npz", dlnbalance="LinearSystem", A=1.0, B=1.0, C=1.0, W1=1.0)
        assert isinstance(load(tmp_path / "m.npz"), LinearSystem)

    def test_unknown_kind(self, tmp_path):
        refused(numpy_archive(tmp_path / "m.npz", dlnbalance="Quiver", A=1.0), "newer version")

    def test_pickles_are_not_opened(self, tmp_path):
        harmless = np.array([{"an": "object"}], dtype=object)
        np.savez(tmp_path / "m.npz", A=harmless, B=1.0, C=1.0)
        refused(tmp_path / "m.npz", "allow_pickle=False")

    def test_nothing_written_needs_pickle(self, system, tmp_path):
        save(system, tmp_path / "m.npz")
        with np.load(tmp_path / "m.npz", allow_pickle=False) as archive:
            assert {name: archive[name].dtype.kind for name in archive.files} == {
                "dlnbalance": "U",
                **dict.fromkeys("ABCD", "f"),
                "dt": "f",
            }

    def test_a_single_array(self, tmp_path):
        stream = io.BytesIO()
        np.save(stream, np.eye(2))
        (tmp_path / "m.npz").write_bytes(stream.getvalue())
        refused(tmp_path / "m.npz", "archive")

    def test_other_archives(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
            archive.writestr("A", "hello")
        refused(tmp_path / "m.npz")

    def test_empty_archive(self, tmp_path):
        refused(numpy_archive(tmp_path / "m.npz"), "without variables")

    @pytest.mark.parametrize(
        "damage",
        [
            {"A.indices": np.array([0, 99])},
            {"A.indices": np.array([0, -5])},
            {"A.indptr": np.array([0, 1, 7])},
            {"A.indptr": np.array([0, 2, 1])},
            {"A.shape": np.array([2, 3])},
            {"A.shape": np.array([2])},
            {"A.shape": np.array([-2, -2])},
            {"A.data": np.array([1.0])},
            {"A.data": np.array(["1", "2"])},
        ],
    )
    def test_damaged_sparse_matrix(self, tmp_path, damage):
        parts = {
            "A.data": np.array([1.0, 2.0]),
            "A.indices": np.array([0, 1]),
            "A.indptr": np.array([0, 1, 2]),
            "A.shape": np.array([2, 2]),
        }
        ends = {"B": np.ones((2, 1)), "C": np.ones((1, 2))}
        assert load_system(numpy_archive(tmp_path / "good.npz", **parts, **ends)).is_sparse
        refused(numpy_archive(tmp_path / "m.npz", **(parts | damage), **ends))

    @pytest.mark.parametrize("part", ["indices", "indptr", "shape"])
    def test_incomplete_sparse_matrix(self, tmp_path, part):
        save(LinearSystem(sp.eye_array(2), np.ones((2, 1)), np.ones((1, 2))), tmp_path / "m.npz")
        with np.load(tmp_path / "m.npz") as archive:
            arrays = {name: archive[name] for name in archive.files if name != f"A.{part}"}
        refused(numpy_archive(tmp_path / "m.npz", **arrays), f"A.{part}")


def test_formats_that_are_read_and_written(tmp_path):
    """By suffix, whatever its case; what is only read has no writer."""
    for suffix in (*FORMATS, ".MAT", ".Npz"):
        assert format_of(tmp_path / f"m{suffix}").write is not None
    for suffix in (".A", ".safetensors"):
        assert format_of(tmp_path / f"m{suffix}").write is None
    with pytest.raises(FileFormatError, match=r"\.txt"):
        format_of(tmp_path / "m.txt")
