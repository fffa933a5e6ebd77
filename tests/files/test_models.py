"""Model files: exact round trips, real files, and a clear refusal of everything that is not a model."""

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
from dlnbalance.systems.linear_system import LinearSystem

from ..models import random_matrix, random_network, random_system
from .models import FORMATS, assert_same, files, matlab, refused

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
