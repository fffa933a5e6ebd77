"""Model files: exact round trips, real files, and a clear refusal of everything that is not a model."""

import io
import json
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace

import control
import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dlnbalance.files.models
from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.files.models import load, load_network, load_system, save
from dlnbalance.linalg.arrays import dense, is_sparse
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.systems.linear_system import LinearSystem

from ..models import random_matrix, random_network, random_system

FORMATS = [".mat", ".npz", ".mtx"]
TIME_BASES = [0, 0.1, 1, 1e-9, True, None]


@pytest.fixture(params=FORMATS)
def suffix(request):
    return request.param


@pytest.fixture
def path(tmp_path, suffix):
    return tmp_path / f"model{suffix}"


@pytest.fixture
def system(rng):
    return random_system(rng, 4, 2, 3)


def assert_same(first, second):
    """Assert that two models are equal to the last bit, in storage, time base and names."""
    assert type(first) is type(second)
    if isinstance(first, DeepLinearNetwork):
        assert first.depth == second.depth
        for weight, other in zip(first.weights, second.weights, strict=True):
            assert_same_matrix(weight, other)
        return
    for letter in "ABCDE":
        assert_same_matrix(getattr(first, letter), getattr(second, letter))
    assert (first.dt is True) is (second.dt is True)
    for key in ("dt", "inputs", "outputs", "states", "name"):
        assert getattr(first, key) == getattr(second, key)


def assert_same_matrix(first, second):
    if first is None or second is None:
        assert first is second
        return
    assert is_sparse(first) is is_sparse(second)
    assert first.dtype == second.dtype
    assert np.array_equal(dense(first), dense(second))


def files(folder):
    """Names and contents of all that a folder holds."""
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def refused(path, *fragments):
    """Assert that a file is refused with an error that names it, and that its text has the fragments."""
    with pytest.raises(FileFormatError) as caught:
        load(path)
    assert caught.value.argument == str(path)
    assert caught.value.remedy
    for fragment in fragments:
        assert fragment in str(caught.value)
    return caught.value


class TestRoundTrip:
    @pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
    @pytest.mark.parametrize("descriptor", [False, True], ids=["explicit", "descriptor"])
    @pytest.mark.parametrize("dt", TIME_BASES)
    def test_systems(self, rng, path, complex_entries, descriptor, dt):
        A, B, C, D = (
            random_matrix(rng, *shape, complex_entries=complex_entries) for shape in [(4, 4), (4, 2), (3, 4), (3, 2)]
        )
        E = random_matrix(rng, 4, 4) if descriptor else None
        system = LinearSystem(A, B, C, D, E=E, dt=dt)
        assert save(system, path) == path
        assert_same(load(path), system)

    @pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
    @pytest.mark.parametrize("which", ["A", "E", "AE"])
    def test_sparse_matrices(self, rng, path, complex_entries, which):
        entries = random_matrix(rng, 7, 7, complex_entries=complex_entries)
        A, E = entries * (rng.random((7, 7)) < 0.3), np.diag(1 + rng.random(7))
        system = LinearSystem(
            sp.csr_array(A) if "A" in which else A,
            np.ones((7, 1)),
            np.ones((1, 7)),
            E=sp.coo_array(E) if "E" in which else E,
        )
        save(system, path)
        assert_same(load(path), system)

    def test_sparse_matrix_without_entries(self, path):
        system = LinearSystem(sp.csc_array((3, 3)), np.ones((3, 1)), np.ones((1, 3)))
        save(system, path)
        assert_same(load(path), system)

    def test_extreme_numbers(self, path):
        values = [5e-324, -2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1 / 3, -0.0, 1e22, np.nextafter(1, 2)]
        A = np.diag(values)
        save(LinearSystem(A, np.ones((8, 1)), np.ones((1, 8))), path)
        assert np.array_equal(load_system(path).A, A)

    def test_symmetric_and_hermitian_matrices_are_not_special(self, rng, path):
        A = random_matrix(rng, 5, 5, complex_entries=True)
        system = LinearSystem(A + A.conj().T, np.ones((5, 1)), np.ones((1, 5)), E=np.eye(5))
        save(system, path)
        assert_same(load(path), system)

    def test_names(self, path):
        system = LinearSystem(
            -np.eye(2),
            np.ones((2, 2)),
            np.ones((1, 2)),
            inputs=["Drehmoment τ₁ ", "風"],
            outputs=["% 100\n\"quoted\", \\ 'and' 😀"],
            states=["", "ẋ"],
            name="Größe → Maß",
        )
        save(system, path)
        assert_same(load(path), system)

    def test_long_lists_of_names_keep_lines_short(self, tmp_path):
        labels = [f"displacement of node {k}" for k in range(400)]
        system = LinearSystem(-np.eye(400), np.ones((400, 1)), np.ones((1, 400)), states=labels)
        save(system, tmp_path / "m.mtx")
        assert_same(load(tmp_path / "m.mtx"), system)
        # The format allows 1024 characters.
        assert max(map(len, (tmp_path / "m.A.mtx").read_text().splitlines())) < 100

    @given(
        labels=st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=3, max_size=3
        ),
        dt=st.one_of(st.sampled_from([True, None]), st.floats(0, 1e300)),
    )
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_text_and_time_base(self, path, labels, dt):
        system = LinearSystem(-1.0, 1.0, 1.0, dt=dt, inputs=[labels[0]], outputs=[labels[1]], name=labels[2])
        save(system, path, overwrite=True)
        assert_same(load(path), system)

    @given(shape=st.tuples(*[st.integers(1, 4)] * 3), seed=st.integers(0, 2**32 - 1), sparse=st.booleans())
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_shape(self, path, shape, seed, sparse):
        n, m, p = shape
        rng = np.random.default_rng(seed)
        A = random_matrix(rng, n, n) * rng.integers(0, 2, (n, n))
        system = LinearSystem(
            sp.csc_array(A) if sparse else A,
            random_matrix(rng, n, m),
            random_matrix(rng, p, n),
            random_matrix(rng, p, m),
        )
        save(system, path, overwrite=True)
        assert_same(load(path), system)

    @pytest.mark.parametrize("suffix", [".mat", ".npz"])
    def test_static_gain(self, path):
        system = LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((3, 0)), np.ones((3, 2)))
        save(system, path)
        assert_same(load(path), system)

    def test_static_gain_as_matrix_market(self, tmp_path):
        system = LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), 2.0)
        with pytest.raises(FileFormatError, match="at least one state"):
            save(system, tmp_path / "m.mtx")
        assert files(tmp_path) == {}

    @pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
    @pytest.mark.parametrize("depth", [1, 2, 12])
    def test_networks(self, rng, tmp_path, depth, complex_entries):
        network = random_network(rng, rng.integers(1, 5, depth + 1), complex_entries=complex_entries)
        save(network, tmp_path / "net.npz")
        assert_same(load(tmp_path / "net.npz"), network)
        assert_same(load_network(tmp_path / "net.npz"), network)

    def test_upper_case_suffix(self, system, tmp_path, suffix):
        path = tmp_path / f"MODEL{suffix.upper()}"
        assert save(system, path) == path
        assert_same(load(path), system)

    def test_paths_may_be_text(self, system, path):
        assert save(system, str(path)) == path
        assert_same(load(str(path)), system)

    def test_dots_and_spaces_in_the_name(self, system, tmp_path, suffix):
        path = tmp_path / f"my model.A v1.2{suffix}"
        save(system, path)
        assert_same(load(path), system)


class TestWhatCanBeSaved:
    def test_control_systems(self, path):
        plant = control.ss([[-1.0]], [[2.0]], [[3.0]], [[4.0]], 0.5, inputs="torque", outputs="angle", name="arm")
        save(plant, path)
        system = load_system(path)
        assert (system.dt, system.inputs, system.outputs, system.name) == (0.5, ("torque",), ("angle",), "arm")
        assert [getattr(system, letter).item() for letter in "ABCD"] == [-1, 2, 3, 4]

    def test_tuples(self, path):
        save(([[0.5]], [[1.0]], [[2.0]], [[0.0]], True), path)
        assert load_system(path).dt is True

    def test_a_file_is_converted(self, system, tmp_path):
        save(system, tmp_path / "m.mat")
        save(tmp_path / "m.mat", tmp_path / "m.mtx")
        assert_same(load(tmp_path / "m.mtx"), system)

    def test_results(self, system, path):
        save(SimpleNamespace(system=system, order=4), path)
        assert_same(load(path), system)

    def test_results_with_a_control_system(self, path):
        save(SimpleNamespace(system=control.ss([[-1.0]], [[2.0]], [[3.0]], [[0.0]])), path)
        assert load_system(path).C.item() == 3

    def test_results_with_a_network(self, rng, tmp_path):
        network = random_network(rng, [3, 2, 4])
        save(SimpleNamespace(network=network), tmp_path / "m.npz")
        assert_same(load(tmp_path / "m.npz"), network)

    @pytest.mark.parametrize("obj", [None, 3, {"A": 1}, (1, 2), np.eye(2)])
    def test_other_objects_are_refused(self, obj, path):
        with pytest.raises(InvalidArgumentError):
            save(obj, path)
        assert not list(path.parent.iterdir())

    @pytest.mark.parametrize("suffix", [".mat", ".mtx"])
    def test_networks_go_to_npz(self, rng, path):
        with pytest.raises(FileFormatError, match=r"\.npz") as caught:
            save(random_network(rng, [2, 2]), path)
        assert caught.value.argument == str(path)

    @pytest.mark.parametrize("label", ["a\0b", "a\0", "\ud800"])
    @pytest.mark.parametrize("key", ["name", "inputs"])
    def test_names_that_would_not_come_back_are_refused(self, path, key, label):
        system = LinearSystem(-1.0, 1.0, 1.0, **{key: label if key == "name" else [label]})
        with pytest.raises(FileFormatError, match="names"):
            save(system, path)
        assert files(path.parent) == {}


class TestKindOfModel:
    def test_system_is_not_a_network(self, system, path):
        save(system, path)
        with pytest.raises(FileFormatError, match="load_system") as caught:
            load_network(path)
        assert caught.value.argument == str(path)

    def test_network_is_not_a_system(self, rng, tmp_path):
        save(random_network(rng, [2, 3]), tmp_path / "m.npz")
        with pytest.raises(FileFormatError, match="load_network") as caught:
            load_system(tmp_path / "m.npz")
        assert caught.value.argument == str(tmp_path / "m.npz")


class TestWriting:
    def test_nothing_is_overwritten_unasked(self, system, path):
        save(system, path)
        before = files(path.parent)
        with pytest.raises(FileFormatError, match="overwrite=True") as caught:
            save(2 * system, path)
        assert caught.value.argument == str(path)
        assert files(path.parent) == before

    def test_overwriting(self, system, path):
        save(system, path)
        save(2 * system, path, overwrite=True)
        assert_same(load(path), 2 * system)

    def test_one_member_of_a_set_is_enough_to_refuse(self, system, tmp_path):
        (tmp_path / "m.E.mtx").write_text("mine")
        with pytest.raises(FileFormatError, match=r"m\.E\.mtx, which exists"):
            save(system, tmp_path / "m.mtx")
        assert files(tmp_path) == {"m.E.mtx": b"mine"}

    def test_no_member_of_an_older_set_stays(self, system, tmp_path):
        path = tmp_path / "m.mtx"
        save(LinearSystem(-1.0, 1.0, 1.0, E=2.0), path)
        save(system, path, overwrite=True)
        assert set(files(tmp_path)) == {"m.A.mtx", "m.B.mtx", "m.C.mtx", "m.D.mtx"}
        assert_same(load(path), system)

    def test_only_the_model_is_written(self, system, path):
        save(system, path)
        expected = {f"model.{letter}.mtx" for letter in "ABCD"} if path.suffix == ".mtx" else {path.name}
        assert set(files(path.parent)) == expected

    def test_missing_folder(self, system, tmp_path, suffix):
        with pytest.raises(FileFormatError, match="create the folder"):
            save(system, tmp_path / "none" / f"m{suffix}")
        assert not (tmp_path / "none").exists()

    def test_folder_with_the_name_of_the_file(self, system, path):
        target = path.with_name("model.C.mtx") if path.suffix == ".mtx" else path
        target.mkdir()
        with pytest.raises(FileFormatError, match="the name of a file"):
            save(system, path, overwrite=True)
        assert [entry.name for entry in path.parent.iterdir()] == [target.name]

    @pytest.mark.parametrize("name", ["m", "m.txt", "m.h5", "m.A", ".npz"])
    def test_unknown_suffix(self, system, tmp_path, name):
        with pytest.raises(FileFormatError, match=r"\.npz") as caught:
            save(system, tmp_path / name)
        assert caught.value.argument == str(tmp_path / name)
        assert files(tmp_path) == {}

    @pytest.mark.parametrize("path", [None, 3, b"m.npz"])
    def test_paths_are_paths(self, system, path):
        for call in (lambda: save(system, path), lambda: load(path)):
            with pytest.raises(InvalidArgumentError, match=r"^path"):
                call()

    @pytest.mark.parametrize("existing", [False, True])
    @pytest.mark.parametrize("failing", [1, 2, 4])
    def test_an_error_while_moving_undoes_everything(self, system, path, monkeypatch, existing, failing):
        if existing:
            save(LinearSystem(-1.0, 1.0, 1.0, E=2.0), path)
        before = files(path.parent)
        failing = min(failing, 4 if path.suffix == ".mtx" else 1)
        replace, calls = os.replace, []

        def failing_replace(source, target):
            calls.append(target)
            if len(calls) == failing:
                raise OSError("no space left on device")
            replace(source, target)

        monkeypatch.setattr(dlnbalance.files.models.os, "replace", failing_replace)
        with pytest.raises(FileFormatError, match="no space left") as caught:
            save(system, path, overwrite=True)
        assert caught.value.argument == str(path)
        assert files(path.parent) == before

    def test_an_error_while_writing_leaves_nothing(self, system, path, monkeypatch):
        def failing_write(self, content):
            raise OSError("no space left on device")

        monkeypatch.setattr(Path, "write_bytes", failing_write)
        with pytest.raises(FileFormatError, match="no space left"):
            save(system, path)
        assert files(path.parent) == {}

    def test_an_interruption_undoes_everything(self, system, tmp_path, monkeypatch):
        save(LinearSystem(-1.0, 1.0, 1.0), tmp_path / "m.mtx")
        before = files(tmp_path)
        replace = os.replace

        def interrupted(source, target):
            if target.name == "m.C.mtx" and source.parent.name == "new":
                raise KeyboardInterrupt
            replace(source, target)

        monkeypatch.setattr(dlnbalance.files.models.os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            save(system, tmp_path / "m.mtx", overwrite=True)
        assert files(tmp_path) == before

    def test_what_matlab_cannot_hold(self, system, tmp_path, monkeypatch):
        def too_large(*arguments, **options):
            raise scipy.io.matlab.MatWriteError("Matrix too large to save with Matlab 5 format")

        monkeypatch.setattr(scipy.io, "savemat", too_large)
        with pytest.raises(FileFormatError, match="too large"):
            save(system, tmp_path / "m.mat")

    def test_files_are_as_readable_as_any_other(self, system, tmp_path):
        save(system, tmp_path / "m.npz")
        (tmp_path / "other").write_bytes(b"")
        assert (tmp_path / "m.npz").stat().st_mode == (tmp_path / "other").stat().st_mode


class TestTruncation:
    """A file that is cut off anywhere is refused, never read as a smaller model."""

    def cut(self, path, member, steps=None):
        content = member.read_bytes()
        lengths = range(len(content)) if steps is None else np.linspace(0, len(content) - 2, steps).astype(int)
        for length in lengths:
            member.write_bytes(content[:length])
            refused(path)
        member.write_bytes(content)

    @pytest.mark.parametrize("suffix", [".mat", ".npz"])
    @pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
    def test_single_files(self, path, sparse):
        A = np.diag([-1.0, -2.0])
        save(
            LinearSystem(sp.csc_array(A) if sparse else A, [1.0, 1.0], [1.0, 2.0], 3.0, E=np.eye(2), dt=0.1, name="m"),
            path,
        )
        self.cut(path, path)

    @pytest.mark.parametrize("letter", "ABCDE")
    def test_sets(self, tmp_path, letter):
        A = sp.csc_array(np.diag([-1.5, -2.25]))
        system = LinearSystem(A, [1.5, 1.25], [1.75, 2.5], 3.125, E=np.eye(2), dt=0.1, name="m")
        save(system, tmp_path / "m.mtx")
        self.cut(tmp_path / "m.mtx", tmp_path / f"m.{letter}.mtx")
        assert_same(load(tmp_path / "m.mtx"), system)

    def test_networks(self, rng, tmp_path):
        save(random_network(rng, [2, 3, 1]), tmp_path / "m.npz")
        self.cut(tmp_path / "m.npz", tmp_path / "m.npz")

    def test_complex_system(self, rng, path):
        save(random_system(rng, 5, 2, 2, complex_entries=True), path)
        self.cut(path, path.with_name("model.B.mtx") if path.suffix == ".mtx" else path, steps=60)

    @pytest.mark.parametrize("name", ["build.mat", "rail_371.mat"])
    def test_real_files(self, data, tmp_path, name):
        path = tmp_path / name
        path.write_bytes((data / name).read_bytes())
        path.chmod(0o644)
        self.cut(path, path, steps=40)

    @given(content=st.binary(max_size=300))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_other_bytes(self, path, content):
        member = path.with_name("model.A.mtx") if path.suffix == ".mtx" else path
        member.write_bytes(content)
        refused(path)

    @pytest.mark.parametrize("name", ["A", "dt", "dlnbalance"])
    def test_damage_inside_an_archive(self, system, tmp_path, name):
        path = tmp_path / "m.npz"
        save(system, path)
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(f"{name}.npy")
            with archive.open(member) as stream:
                stored = stream.read()
        content = bytearray(path.read_bytes())
        content[content.index(stored) + len(stored) - 1] ^= 1
        path.write_bytes(content)
        refused(path, "CRC")

    def test_variables_that_are_not_read_are_complete_too(self, tmp_path):
        """An E that is lost with the end of the file does not leave a system without E."""
        variables = {"A": -np.eye(2), "B": np.ones((2, 1)), "C": np.ones((1, 2)), "hsv": np.ones(50)}
        without = matlab(tmp_path / "without.mat", **variables).stat().st_size
        path = matlab(tmp_path / "m.mat", **variables, E=2 * np.eye(2))
        content = path.read_bytes()
        for length in range(content.index(b"hsv"), len(content) - 1):
            if length not in (without - 1, without):  # what is left there is a complete file without E
                path.write_bytes(content[:length])
                refused(path)


class TestAnyFile:
    def test_missing(self, path):
        refused(path, "no file model.A.mtx" if path.suffix == ".mtx" else "no such file")

    def test_folder(self, path):
        path.mkdir()
        refused(path)

    def test_empty(self, path):
        (path.with_name("model.A.mtx") if path.suffix == ".mtx" else path).write_bytes(b"")
        refused(path)

    @pytest.mark.parametrize("name", ["", "m", "m.slx", "m.npy", "m.a", "m.B", ".mtx"])
    def test_unknown_suffix(self, tmp_path, name):
        refused(tmp_path / name, ".mat, .npz or .mtx")

    @pytest.mark.parametrize("name", ["\0.npz", "x" * 5000 + ".mat", "\0.mtx"])
    def test_impossible_names(self, name):
        refused(name)

    @pytest.mark.parametrize("suffix", [".mat", ".npz"])
    def test_wrong_format(self, path):
        path.write_bytes(b"A = [1 2; 3 4];\n" * 40)
        refused(path)

    def test_no_permission(self, system, path, monkeypatch):
        save(system, path)

        def denied(*arguments, **options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", denied)
        monkeypatch.setattr(Path, "read_bytes", denied)
        refused(path, "Permission denied", "permissions")


def matlab(path, **variables):
    scipy.io.savemat(path, variables)
    return path


def numpy_archive(path, **arrays):
    np.savez(path, **arrays)
    return path


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


class TestMatlab:
    def test_an_E_that_cannot_be_read(self, tmp_path):
        path = matlab(tmp_path / "m.mat", A=-1.0, B=2.0, C=3.0, E={"field": 1.0})
        refused(path, "in E", "a struct", "descriptor=False")
        assert_same(load(path, descriptor=False), LinearSystem(-1.0, 2.0, 3.0))

    @pytest.mark.parametrize("version", ["4", "5"])
    @pytest.mark.parametrize("compressed", [False, True])
    def test_versions(self, tmp_path, version, compressed):
        scipy.io.savemat(
            tmp_path / "m.mat",
            {"A": -1.0, "B": 2.0, "C": 3.0},
            format=version,
            do_compression=compressed and version == "5",
        )
        assert_same(load(tmp_path / "m.mat"), LinearSystem(-1.0, 2.0, 3.0))

    def test_version_seven_three(self, tmp_path):
        header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
        (tmp_path / "m.mat").write_bytes(header.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n" + bytes(100))
        refused(tmp_path / "m.mat", "-v7", "7.3")

    def test_plain_hdf5(self, tmp_path):
        (tmp_path / "m.mat").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
        refused(tmp_path / "m.mat")

    @pytest.mark.parametrize("value", [np.array([[1.0, "x"]], dtype=object), {"field": 1.0}], ids=["cell", "struct"])
    def test_cells_and_structures_are_not_matrices(self, tmp_path, value):
        refused(matlab(tmp_path / "m.mat", A=value, B=1.0, C=1.0), "in A")

    def test_a_cell_of_numbers_is_not_a_list_of_names(self, tmp_path):
        refused(matlab(tmp_path / "m.mat", A=1.0, B=1.0, C=1.0, inputs=np.array([1.0, {}], dtype=object)), "in inputs")

    def test_sparse_variables(self, tmp_path):
        matrices = {letter: sp.csc_array(np.eye(2)) for letter in "ABCD"}
        system = load_system(matlab(tmp_path / "m.mat", **matrices))
        assert [is_sparse(getattr(system, letter)) for letter in "ABCD"] == [True, False, False, False]

    def test_what_matlab_sees(self, tmp_path):
        system = LinearSystem(-np.eye(2), np.ones((2, 2)), np.ones((1, 2)), dt=True, inputs=["u", "v"], name="plant")
        save(system, tmp_path / "m.mat")
        kinds = {name: (shape, kind) for name, shape, kind in scipy.io.whosmat(tmp_path / "m.mat")}
        assert kinds == {
            "A": ((2, 2), "double"),
            "B": ((2, 2), "double"),
            "C": ((1, 2), "double"),
            "D": ((1, 2), "double"),
            "dt": ((1, 1), "logical"),
            "inputs": ((1, 2), "cell"),
            "name": ((1,), "char"),
        }

    @pytest.mark.parametrize(
        ("name", "sizes", "sparse"),
        [
            ("build", (48, 1, 1), True),
            ("CDplayer", (120, 2, 2), True),
            ("iss", (270, 3, 3), True),
            ("beam", (348, 1, 1), True),
            ("heat-cont", (200, 1, 1), True),
            ("pde", (84, 1, 1), True),
            ("fom", (1006, 1, 1), True),
            ("rail_371", (371, 7, 6), True),
            ("rail_1357", (1357, 7, 6), True),
        ],
    )
    def test_benchmark_files(self, data, name, sizes, sparse):
        system = load_system(data / f"{name}.mat")
        assert (system.nstates, system.ninputs, system.noutputs) == sizes
        assert system.is_sparse is sparse
        assert system.A.dtype == system.B.dtype == system.C.dtype == float
        assert (system.E is not None) is name.startswith("rail")
        assert system.dt == 0
        stored = scipy.io.loadmat(data / f"{name}.mat")
        assert np.array_equal(dense(system.A), stored["A"].toarray())

    def test_every_benchmark_file_is_covered(self, data):
        assert len(list(data.glob("*.mat"))) == 9

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_benchmark_files_survive(self, data, tmp_path, suffix):
        system = load_system(data / "rail_371.mat")
        save(system, tmp_path / f"m{suffix}")
        assert_same(load(tmp_path / f"m{suffix}"), system)


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


class TestMatrixMarket:
    HEADER = "%%MatrixMarket matrix array real general\n"

    def write(self, folder, pattern="m.{}.mtx", **contents):
        for letter, content in contents.items():
            (folder / pattern.format(letter)).write_text(content)
        return folder

    def scalars(self, **values):
        return {letter: f"{self.HEADER}1 1\n{value}\n" for letter, value in values.items()}

    @pytest.mark.parametrize("name", ["m.mtx", "m.A.mtx"])
    def test_members_with_a_suffix(self, tmp_path, name):
        self.write(tmp_path, **self.scalars(A=-1, B=2, C=3))
        assert_same(load(tmp_path / name), LinearSystem(-1.0, 2.0, 3.0))

    def test_members_without_a_suffix(self, tmp_path):
        self.write(tmp_path, "m.{}", **self.scalars(A=-1, B=2, C=3, D=4, E=5))
        assert_same(load(tmp_path / "m.A"), LinearSystem(-1.0, 2.0, 3.0, 4.0, E=5.0))

    def test_first_member_names_the_set_to_write(self, system, tmp_path):
        save(system, tmp_path / "m.A.mtx")
        assert "m.A.mtx" in files(tmp_path)
        assert_same(load(tmp_path / "m.mtx"), system)

    def test_kinds_of_matrices(self, tmp_path):
        self.write(
            tmp_path,
            A="%%MatrixMarket matrix coordinate real symmetric\n% by hand\n2 2 3\n1 1 -2\n2 1 1\n2 2 -2\n",
            B="%%MatrixMarket matrix coordinate pattern general\n2 1 1\n2 1\n",
            C="%%MatrixMarket matrix array integer general\n1 2\n3\n4\n",
            D="%%MatrixMarket matrix array complex general\n1 1\n0 1\n",
        )
        system = load_system(tmp_path / "m.mtx")
        assert system.is_sparse
        assert_same(
            system, LinearSystem(sp.csc_array([[-2.0, 1.0], [1.0, -2.0]]), [[0.0], [1.0]], [[3.0, 4.0]], [[1j]])
        )

    @pytest.mark.parametrize("letter", "ABC")
    def test_missing_member(self, tmp_path, letter):
        contents = self.scalars(A=-1, B=2, C=3)
        del contents[letter]
        refused(self.write(tmp_path, **contents) / "m.mtx", f"no file m.{letter}.mtx")

    def test_single_matrix_is_not_a_system(self, tmp_path):
        (tmp_path / "m.mtx").write_text(f"{self.HEADER}1 1\n2\n")
        refused(tmp_path / "m.mtx", "m.A.mtx", "path of the set")

    @pytest.mark.parametrize("letter", "ABCDE")
    def test_lost_member_is_noticed(self, tmp_path, letter):
        save(LinearSystem(-1.0, 1.0, 1.0, 2.0, E=3.0), tmp_path / "m.mtx")
        (tmp_path / f"m.{letter}.mtx").unlink()
        refused(tmp_path / "m.mtx", f"no file m.{letter}.mtx")

    def test_without_the_descriptor_matrix(self, tmp_path):
        save(LinearSystem(-1.0, 1.0, 1.0, 2.0, E=3.0, dt=0.5), tmp_path / "m.mtx")
        (tmp_path / "m.E.mtx").write_text("no matrix")
        refused(tmp_path / "m.mtx", "m.E.mtx", "descriptor=False")
        assert_same(load(tmp_path / "m.mtx", descriptor=False), LinearSystem(-1.0, 1.0, 1.0, 2.0, dt=0.5))

    def test_a_matrix_that_does_not_fit_in_memory(self, tmp_path):
        huge = "%%MatrixMarket matrix coordinate real general\n2000000000000 2000000000000 1\n1 1 3\n"
        refused(self.write(tmp_path, **(self.scalars(B=2, C=3) | {"A": huge})) / "m.mtx", "fits in memory")

    def test_list_of_members_decides(self, system, tmp_path):
        save(system, tmp_path / "m.mtx")
        (tmp_path / "m.E.mtx").write_text("of another model")
        assert_same(load(tmp_path / "m.mtx"), system)

    def test_other_comments_are_ignored(self, tmp_path):
        contents = self.scalars(A=-1, B=2, C=3)
        contents["A"] = contents["A"].replace("\n", '\n% {"dt": 7}\n%\n', 1)
        assert load_system(self.write(tmp_path, **contents) / "m.mtx").dt == 0

    def test_comments_are_json(self, tmp_path):
        save(LinearSystem(-1.0, 1.0, 1.0, dt=0.1, name="é"), tmp_path / "m.mtx")
        lines = (tmp_path / "m.A.mtx").read_text("ascii").splitlines()
        comments = [line[1:] for line in lines[1:] if line.startswith("%")]
        assert comments[0] == "dlnbalance"
        assert json.loads("".join(comments[1:])) == {"dt": 0.1, "name": "é", "matrices": ["A", "B", "C", "D"]}

    @pytest.mark.parametrize(
        "details",
        ["{", "[]", "3", '{"matrices": ["A", "F"]}', '{"matrices": 3}', '{"dt": "x"}', '{"inputs": 3}', "[" * 9999],
    )
    def test_damaged_comments(self, tmp_path, details):
        contents = self.scalars(A=-1, B=2, C=3)
        contents["A"] = contents["A"].replace("\n", f"\n%dlnbalance\n%{details}\n", 1)
        refused(self.write(tmp_path, **contents) / "m.mtx")

    @pytest.mark.parametrize(
        ("content", "fragment"),
        [
            ("not a matrix\n", "banner"),
            ("%%MatrixMarket matrix array real general\n1 1\n2", "finished last line"),
            ("%%MatrixMarket matrix array real general\n2 1\n2\n", "Truncated"),
            ("%%MatrixMarket matrix array real general\n1 1\n2\n3\n", "Too many"),
            ("%%MatrixMarket matrix array real general\n1 1\n\0\n", "NUL"),
            ("%%MatrixMarket matrix array real general\n1 1\nnan\n", "finite"),
            ("%%MatrixMarket matrix array real general\n0 0\n", "size line"),
            ("%%MatrixMarket matrix array real general\n0 1\n", "size line"),
            ("%%MatrixMarket matrix array real general\n-1 1\n1\n", "negative"),
            ("%%MatrixMarket matrix array real general\n999999 999999\n1\n", "size line"),
            ("%%MatrixMarket matrix array real symmetric\n3 2\n1\n1\n1\n1\n1\n1\n", "size line"),
            ("%%MatrixMarket matrix coordinate real general\n1 1 1\n2 1 3\n", "out of bounds"),
            ("%%MatrixMarket matrix coordinate real general\n1 1 99999999\n1 1 3\n", "size line"),
            ("%%MatrixMarket matrix coordinate real general\n2 3 0\n", "square"),
            ("%%MatrixMarket vector array real general\n1\n1\n", "not supported"),
        ],
    )
    def test_damaged_member(self, tmp_path, content, fragment):
        contents = self.scalars(B=2, C=3) | {"A": content}
        refused(self.write(tmp_path, **contents) / "m.mtx", fragment)
