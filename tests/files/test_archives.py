"""NumPy archives: a member that is lost is missed, and nothing is read that its declarations contradict."""

import io
import struct
import zipfile

import numpy as np
import pytest
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.files import memory
from dlnbalance.files.archives import Archive, packed

from ..damage import mutations
from ..models import random_matrix, random_network
from .test_models import assert_same


def models(rng):
    """A dense and a sparse system, and a network."""
    A = random_matrix(rng, 3, 3)
    return {
        "dense": dln.LinearSystem(A, np.ones((3, 1)), np.ones((1, 3)), 2.0, E=np.eye(3) + A / 9, dt=0.1, name="m"),
        "sparse": dln.LinearSystem(sp.csc_array(np.triu(A)), np.ones((3, 1)), np.ones((1, 3)), E=sp.eye_array(3) * 2),
        "network": random_network(rng, [2, 3, 3, 2]),
    }


@pytest.fixture(params=["dense", "sparse", "network"])
def model(request, rng):
    return models(rng)[request.param]


def rename(content, old, new, *, everywhere):
    """Change the name of a member in the directory at the end, and before its content, too."""
    first = content.index(old)
    last = content.rindex(old)
    assert first < last
    content = content[:last] + new + content[last + len(old) :]
    return content[:first] + new + content[first + len(old) :] if everywhere else content


def refused(path, content, *fragments):
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        dln.load(path)
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_any_byte(model, rng, tmp_path):
    """Whatever one byte becomes, the file is refused or holds the same model."""
    path = dln.save(model, tmp_path / "m.npz")
    content, refusals = path.read_bytes(), 0
    for place in rng.choice(len(content), 500, replace=False):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << rng.integers(8)]) + content[place + 1 :])
        try:
            assert_same(dln.load(path), model)
        except FileFormatError:
            refusals += 1
    assert refusals > 250


def test_each_byte_of_the_names_in_the_directory(tmp_path):
    """There it was that a system lost its E, in archives from NumPy as well."""
    system = dln.LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), 1.0, E=3 * np.eye(2))
    path = tmp_path / "m.npz"
    for write in (lambda: dln.save(system, path, overwrite=True), lambda: np.savez(path, **parts(system))):
        write()
        content = path.read_bytes()
        for letter in "ABCDE":
            for bit in range(8):
                other = bytes([ord(letter) ^ 1 << bit])
                refused(path, rename(content, f"{letter}.npy".encode(), other + b".npy", everywhere=False))


def parts(system):
    return {letter: getattr(system, letter) for letter in "ABCDE"}


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("dense", b"E.npy", b"F.npy"),
        ("dense", b"dt.npy", b"dT.npy"),
        ("sparse", b"E.data.npy", b"E.dada.npy"),
        ("network", b"W3.npy", b"X3.npy"),
    ],
)
def test_a_member_renamed_in_both_places_is_missed(rng, tmp_path, kind, old, new):
    path = dln.save(models(rng)[kind], tmp_path / "m.npz")
    content = rename(path.read_bytes(), old, new, everywhere=True)
    refused(path, content, f"no {old.decode()[:-4]}", f"also {new.decode()[:-4]!r}")


def test_a_member_that_was_taken_out_is_missed(model, tmp_path):
    path = dln.save(model, tmp_path / "m.npz")
    with np.load(path) as archive:
        arrays = dict(archive)
    for name in set(arrays) - {"dlnbalance"}:
        np.savez(path, **{other: array for other, array in arrays.items() if other != name})
        with pytest.raises(FileFormatError, match=f"no {name}"):
            dln.load(path)


def test_archives_without_a_list_are_read(rng, tmp_path):
    """Those of earlier versions named the kind of model alone."""
    for kind, model in models(rng).items():
        path = dln.save(model, tmp_path / f"{kind}.npz")
        with np.load(path) as archive:
            arrays = dict(archive)
        np.savez(path, **(arrays | {"dlnbalance": np.array(type(model).__name__)}))
        assert_same(dln.load(path), model)


def test_any_mutation(model, rng, tmp_path):
    path = dln.save(model, tmp_path / "m.npz")
    refusals = 0
    for content in mutations(rng, path.read_bytes(), 300):
        path.write_bytes(content)
        try:
            assert_same(dln.load(path), model)
        except FileFormatError:
            refusals += 1
    assert refusals > 150


def header(shape, descr="<f8"):
    """The first bytes of an array file."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}".encode()
    text += b" " * (53 - len(text) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(
    ("content", "fragment"),
    [
        (header((10**9, 10**9)) + bytes(80), "size that its header declares"),
        (header((3, 3)) + bytes(71), "size that its header declares"),
        (header((3, 3)) + bytes(73), "size that its header declares"),
        (header((-3, -3)) + bytes(72), "size that its header declares"),
        (header((3, 3), "|O") + bytes(72), "allow_pickle=False"),
        (b"\x93NUMPY\x03\0" + header((3, 3))[8:] + bytes(72), "format (3, 0)"),
    ],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_declarations_that_contradict_each_other(tmp_path, content, fragment, method):
    with zipfile.ZipFile(tmp_path / "m.npz", "w", method) as archive:
        for letter in "BCA":
            archive.writestr(f"{letter}.npy", content if letter == "A" else header((1, 1)) + bytes(8))
    refused(tmp_path / "m.npz", (tmp_path / "m.npz").read_bytes(), fragment)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_size_that_the_compressed_bytes_cannot_have(tmp_path, method):
    """Directory and header agree on a terabyte, of which there are some hundred bytes."""
    path, shape = tmp_path / "m.npz", (2**20, 2**17)
    with zipfile.ZipFile(path, "w", method) as archive:
        for letter in "BCA":
            archive.writestr(f"{letter}.npy", header(shape if letter == "A" else (1, 1)) + bytes(8))
    content = bytearray(path.read_bytes())
    place = content.rindex(b"A.npy") - 22  # the size of the last entry of the directory
    content[place : place + 4] = struct.pack("<I", 2**32 - 8)
    refused(path, bytes(content), "size that its header declares")


def test_what_does_not_fit_in_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "m.npz"
    np.savez_compressed(path, A=np.zeros((200, 200)), B=np.zeros((200, 1)), C=np.zeros((1, 200)), other=np.zeros(10**6))
    assert dln.load(path).nstates == 200
    monkeypatch.setattr(memory, "available_memory", lambda: 500_000)
    assert dln.load(path).nstates == 200  # what is not asked for need not fit
    monkeypatch.setattr(memory, "available_memory", lambda: 100_000)
    with pytest.raises(FileFormatError, match="fits in memory"):
        dln.load(path)
    np.savez_compressed(path, W1=np.zeros((200, 100)), W2=np.zeros((100, 200)))
    with pytest.raises(FileFormatError, match="fits in memory"):
        dln.load(path)


def test_all_kinds_of_arrays_come_back(rng):
    arrays = {
        "numbers": rng.standard_normal((3, 4)),
        "columns": np.asfortranarray(rng.standard_normal((3, 4))),
        "large end first": np.arange(5, dtype=">i4"),
        "text": np.array(["é", "", "abc"]),
        "no text": np.array(""),
        "empty": np.empty((0, 3)),
        "scalar": np.array(2 + 1j),
        "flag": np.array(True),
    }
    archive = Archive(io.BytesIO(packed("several", arrays)))
    assert archive.kind == "several"
    assert archive.names == list(arrays)
    for name, array in arrays.items():
        assert archive[name].dtype == array.dtype
        assert np.array_equal(archive[name], array)


def test_one_name_twice():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("A.npy", header((1, 1)) + bytes(8))
        archive.writestr("A", header((1, 1)) + bytes(8))
    with pytest.raises(InvalidArgumentError, match="twice"):
        Archive(stream)
