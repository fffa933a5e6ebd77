"""Files: exact round trips, real models, and refusal of everything malformed."""

import os

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import DlnBalanceError, FileFormatError, InvalidArgumentError
from dlnbalance.io import check_writable, load_network, load_system, written_atomically

from .models import random_network, random_system

SUFFIXES = [".mat", ".npz", ".mtx"]

#: States, inputs, outputs of the reference models.
SIZES = {
    "build": (48, 1, 1),
    "CDplayer": (120, 2, 2),
    "iss": (270, 3, 3),
    "beam": (348, 1, 1),
    "heat-cont": (200, 1, 1),
    "pde": (84, 1, 1),
    "fom": (1006, 1, 1),
    "rail_371": (371, 7, 6),
    "rail_1357": (1357, 7, 6),
}


def assert_same(left, right):
    for name in "ABCDE":
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None)
        if a is not None:
            assert sp.issparse(a) == sp.issparse(b)
            a, b = (M.toarray() if sp.issparse(M) else M for M in (a, b))
            np.testing.assert_array_equal(a, b)
            assert a.dtype == b.dtype
    assert left.dt == right.dt
    assert (left.dt is True) == (right.dt is True)
    for name in ("inputs", "outputs", "states", "name"):
        assert getattr(left, name) == getattr(right, name)


@pytest.fixture(params=SUFFIXES)
def path(request, tmp_path):
    return tmp_path / f"model{request.param}"


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
@pytest.mark.parametrize("dt", [0, 0.1, True, None])
def test_round_trip_is_exact(rng, path, complex_entries, descriptor, dt):
    source = random_system(rng, 5, 2, 3, complex_entries=complex_entries, descriptor=descriptor)
    system = dln.LinearSystem(
        source.A,
        source.B,
        source.C,
        source.D,
        E=source.E,
        dt=dt,
        inputs=["force", "Wärmefluß φ"],
        outputs=["a b", "x{1}", "%"],
        name="Modell №1",
    )
    assert dln.save(system, path) == path
    assert_same(dln.load(path), system)


def test_round_trip_of_sparse_matrices(path):
    A = sp.random_array((8, 8), density=0.2, rng=np.random.default_rng(1)) - sp.eye_array(8)
    system = dln.LinearSystem(A, np.ones((8, 1)), np.ones((1, 8)), E=sp.eye_array(8) * 2)
    dln.save(system, path)
    assert_same(dln.load(path), system)


def test_round_trip_of_extreme_numbers(path):
    A = np.array([[-np.pi * 1e300, 5e-324], [1e-310, -1 / 3]])
    system = dln.LinearSystem(A, [[1.0], [-0.0]], [[2.0**-1074, 1.7976931348623157e308]])
    dln.save(system, path)
    assert_same(dln.load(path), system)


def test_round_trip_of_the_smallest_systems(path):
    dln.save(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]), path)
    assert dln.load(path).nstates == 1


@pytest.mark.parametrize("suffix", [".mat", ".npz"])
def test_round_trip_of_a_static_gain(tmp_path, suffix):
    gain = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((1, 0)), [[1.0, 2.0]])
    dln.save(gain, tmp_path / f"gain{suffix}")
    assert_same(dln.load(tmp_path / f"gain{suffix}"), gain)


@pytest.mark.parametrize("complex_entries", [False, True])
def test_round_trip_of_networks(rng, tmp_path, complex_entries):
    network = random_network(rng, (2,) + (3,) * 10 + (4,), complex_entries=complex_entries)
    path = dln.save(network, tmp_path / "weights.npz")
    for left, right in zip(load_network(path).weights, network.weights, strict=True):
        np.testing.assert_array_equal(left, right)


def test_positional_arrays_are_layers(rng, tmp_path):
    layers = [rng.standard_normal((3, 2)) for _ in range(1)] + [rng.standard_normal((3, 3)) for _ in range(11)]
    np.savez(tmp_path / "w.npz", *layers)
    for left, right in zip(dln.load(tmp_path / "w.npz").weights, layers, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("name", SIZES)
def test_reference_models_are_read(data, name):
    system = dln.load(data / f"{name}.mat")
    assert (system.nstates, system.ninputs, system.noutputs) == SIZES[name]
    assert system.dt == 0
    assert (system.E is not None) == name.startswith("rail")
    dense = system.A.toarray() if system.is_sparse else system.A
    assert dense.dtype == float


def test_lower_case_names_and_integer_types_are_read(tmp_path):
    scipy.io.savemat(tmp_path / "m.mat", {"a": np.array([[-1]], np.int16), "b": np.uint8([[2]]), "c": [[3]], "d": 4})
    system = dln.load(tmp_path / "m.mat")
    assert (system.A.item(), system.B.item(), system.C.item(), system.D.item()) == (-1.0, 2.0, 3.0, 4.0)


def test_matrix_market_sets_without_suffix_are_read(tmp_path):
    for name, matrix in (("A", -np.eye(2)), ("B", np.ones((2, 1))), ("C", np.ones((1, 2)))):
        with (tmp_path / f"rail.{name}").open("wb") as file:
            scipy.io.mmwrite(file, matrix)
    assert dln.load(tmp_path / "rail.mtx").nstates == 2


def test_as_system_reads_paths(rng, tmp_path):
    system = random_system(rng, 3, 1, 1)
    path = dln.save(system, tmp_path / "m.npz")
    assert_same(dln.as_system(path), system)
    assert_same(dln.as_system(str(path)), system)
    assert dln.reduce(path, 2).order == 2


def test_results_and_control_systems_are_written(rng, tmp_path):
    system = random_system(rng, 4, 1, 1, feedthrough=False)
    model = dln.reduce(system, 2)
    assert_same(dln.load(dln.save(model, tmp_path / "r.mat")), model.system)
    plant = dln.balance(system.to_control())
    assert dln.load(dln.save(plant, tmp_path / "b.mat")).nstates == 4


def test_kinds_are_not_confused(rng, tmp_path):
    network = dln.save(random_network(rng, (2, 3, 2)), tmp_path / "n.npz")
    system = dln.save(random_system(rng, 3, 1, 1), tmp_path / "s.npz")
    with pytest.raises(FileFormatError, match="load_network"):
        load_system(network)
    with pytest.raises(FileFormatError, match="load_system"):
        load_network(system)
    with pytest.raises(FileFormatError, match=r"\.npz"):
        dln.save(load_network(network), tmp_path / "n.mat")


def test_nothing_is_overwritten_unless_asked(rng, path):
    first, second = random_system(rng, 3, 1, 1), random_system(rng, 3, 1, 1)
    dln.save(first, path)
    with pytest.raises(FileFormatError, match="exists"):
        dln.save(second, path)
    assert_same(dln.load(path), first)
    dln.save(second, path, overwrite=True)
    assert_same(dln.load(path), second)


def test_overwriting_a_set_leaves_no_member_of_the_old_one(rng, tmp_path):
    path = tmp_path / "m.mtx"
    dln.save(random_system(rng, 3, 1, 1, descriptor=True), path)
    explicit = random_system(rng, 3, 1, 1)
    dln.save(explicit, path, overwrite=True)
    assert_same(dln.load(path), explicit)


def test_a_failed_write_leaves_what_was_there_and_nothing_else(rng, path, monkeypatch):
    first = random_system(rng, 3, 1, 1)
    dln.save(first, path)
    before = sorted(os.listdir(path.parent))

    def full_disk(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    for writer in ("savemat", "mmwrite"):
        monkeypatch.setattr(scipy.io, writer, full_disk)
    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(FileFormatError, match="No space left"):
        dln.save(random_system(rng, 3, 1, 1), path, overwrite=True)
    assert sorted(os.listdir(path.parent)) == before
    assert_same(dln.load(path), first)


def test_any_error_inside_an_atomic_write_removes_the_temporary_file(tmp_path):
    def interrupted():
        with written_atomically(tmp_path / "x.txt") as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["no_suffix", "model.csv", "model.mat.gz", "missing/model.mat"])
def test_impossible_targets_are_refused(rng, tmp_path, name):
    with pytest.raises(FileFormatError):
        dln.save(random_system(rng, 2, 1, 1), tmp_path / name)
    with pytest.raises(FileFormatError):
        check_writable(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_folders_are_refused(rng, tmp_path):
    folder = tmp_path / "folder.mat"
    folder.mkdir()
    with pytest.raises(FileFormatError, match="folder"):
        dln.load(folder)
    with pytest.raises(FileFormatError, match="folder"):
        dln.save(random_system(rng, 2, 1, 1), folder, overwrite=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_files_are_refused(tmp_path, suffix):
    with pytest.raises(FileFormatError, match="missing"):
        dln.load(tmp_path / f"missing{suffix}")


@pytest.mark.parametrize(
    "content", [b"", b"not a model", b"\x00" * 200, b"PK\x03\x04" + b"x" * 50, b"%%MatrixMarket x"]
)
def test_foreign_bytes_are_refused(path, content):
    target = path.with_name("model.A.mtx") if path.suffix == ".mtx" else path
    target.write_bytes(content)
    with pytest.raises(FileFormatError, match=target.name):
        dln.load(path)


def test_truncated_files_are_refused_or_complete(rng, path):
    """However much of a file is lost, the reader refuses by its own error or returns the whole system."""
    system = random_system(rng, 6, 2, 2)
    dln.save(system, path)
    target = path.with_name("model.A.mtx") if path.suffix == ".mtx" else path
    whole = target.read_bytes()
    for length in np.unique(np.linspace(0, len(whole) - 1, 60).astype(int)):
        target.write_bytes(whole[:length])
        try:
            found = dln.load(path)
        except (FileFormatError, InvalidArgumentError):
            continue
        assert_same(found, system)


def test_damaged_bytes_never_raise_foreign_errors(rng, path):
    dln.save(random_system(rng, 4, 1, 1), path)
    target = path.with_name("model.A.mtx") if path.suffix == ".mtx" else path
    whole = target.read_bytes()
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        target.write_bytes(bytes(damaged))
        try:
            dln.load(path)
        except DlnBalanceError as error:
            assert target.stem.partition(".")[0] in str(error)  # noqa: PT017 - what matters is the name of the file


@pytest.mark.parametrize(
    "variables",
    [
        {"B": [[1.0]], "C": [[1.0]]},
        {"A": [[1.0, 2.0]], "B": [[1.0]], "C": [[1.0]]},
        {"A": [[-1.0]], "B": [[1.0], [2.0]], "C": [[1.0]]},
        {"A": [[np.nan]], "B": [[1.0]], "C": [[1.0]]},
        {"A": [[-1.0]], "B": [[1.0]], "C": [[1.0]], "D": [[1.0, 2.0]]},
        {"A": "text", "B": [[1.0]], "C": [[1.0]]},
        {"x": [[1.0]]},
        {"A": [[-1.0]], "B": [[1.0]], "C": [[1.0]], "header": "no json"},
        {"A": [[-1.0]], "B": [[1.0]], "C": [[1.0]], "header": '{"dt": -1, "name": 0}'},
        {"A": [[-1.0]], "B": [[1.0]], "C": [[1.0]], "header": "[1]"},
        {"W1": [[1.0, 2.0]], "W2": [[1.0, 2.0]]},
        {"W1": [[1.0]], "W3": [[np.inf]]},
    ],
)
@pytest.mark.parametrize("suffix", [".mat", ".npz"])
def test_contents_that_make_no_model_are_refused_with_the_name_of_the_file(tmp_path, suffix, variables):
    path = tmp_path / f"wrong{suffix}"
    scipy.io.savemat(path, variables) if suffix == ".mat" else np.savez(path, **variables)
    with pytest.raises((FileFormatError, InvalidArgumentError), match="wrong"):
        dln.load(path)


def test_cells_objects_and_newer_matlab_files_are_refused(tmp_path):
    scipy.io.savemat(tmp_path / "cell.mat", {"A": np.array([[1], "x"], dtype=object), "B": 1.0, "C": 1.0})
    with pytest.raises(InvalidArgumentError, match="cell"):
        dln.load(tmp_path / "cell.mat")
    np.savez(tmp_path / "object.npz", A=np.array([None]), B=1.0, C=1.0)
    with pytest.raises(FileFormatError, match="object"):
        dln.load(tmp_path / "object.npz")
    header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    (tmp_path / "new.mat").write_bytes(header + b"\x89HDF\r\n\x1a\n" + b"\x00" * 400)
    with pytest.raises(FileFormatError, match="v7"):
        dln.load(tmp_path / "new.mat")


@pytest.mark.parametrize("obj", [42, "text", None])
def test_only_models_are_written(tmp_path, obj):
    with pytest.raises((InvalidArgumentError, FileFormatError)):
        dln.save(obj, tmp_path / "m.mat")
    assert not list(tmp_path.iterdir())
