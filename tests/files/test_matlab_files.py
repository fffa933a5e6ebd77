"""MATLAB files: SciPy as an oracle for what is well formed, bytes put together by hand for what it never writes."""

import io
import struct
import zlib

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.files import memory
from dlnbalance.files.matlab_files import MatlabFile, packed

from ..damage import mutations
from ..models import random_matrix
from .test_models import assert_same

_ORDERS = {"<": b"IM", ">": b"MI"}
_INT8, _UINT8, _UINT16, _INT32, _UINT32, _DOUBLE, _MATRIX, _COMPRESSED = 1, 2, 4, 5, 6, 9, 14, 15
_UTF16 = 17
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _CLASS_DOUBLE, _INT8_CLASS, _FUNCTION, _OPAQUE = 1, 2, 3, 4, 5, 6, 8, 16, 17
_COMPLEX, _LOGICAL = 0x0800, 0x0200


def part(order, kind, content):
    """One part of a variable, in the short form where it has at most four bytes."""
    if 0 < len(content) <= 4:
        return struct.pack(f"{order}I", len(content) << 16 | kind) + content.ljust(4, b"\0")
    return struct.pack(f"{order}II", kind, len(content)) + content + bytes(-len(content) % 8)


def variable(order, kind, shape, name, *parts, flags=0):
    """A variable with the given class, and the parts that make up its content."""
    head = part(order, _UINT32, struct.pack(f"{order}II", kind | flags, 0))
    if kind != _OPAQUE:
        head += part(order, _INT32, struct.pack(f"{order}{len(shape)}i", *shape))
    content = head + part(order, _INT8, name.encode()) + b"".join(parts)
    return struct.pack(f"{order}II", _MATRIX, len(content)) + content


def doubles(order, name, *rows):
    """A matrix of doubles."""
    matrix = np.atleast_2d(np.array(rows, f"{order}f8"))
    return variable(order, _CLASS_DOUBLE, matrix.shape, name, part(order, _DOUBLE, matrix.tobytes(order="F")))


def file_of(*variables, order="<"):
    """The bytes of a file with these variables."""
    return b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{order}H", 0x0100) + _ORDERS[order] + b"".join(variables)


def read(content):
    """All variables of a file."""
    file = MatlabFile(io.BytesIO(content))
    return {name: file[name] for name in file.names}


def written(version, *, compressed=False, **variables):
    """The bytes of a file that SciPy writes."""
    stream = io.BytesIO()
    scipy.io.savemat(stream, variables, format=version, do_compression=compressed)
    return stream.getvalue()


class TestAgainstScipy:
    """Both read the same from whatever SciPy writes."""

    @pytest.mark.parametrize("compressed", [False, True])
    @pytest.mark.parametrize(
        "dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64, "f4", "f8", "c16"]
    )
    @pytest.mark.parametrize("shape", [(1, 1), (3, 5), (0, 0), (4, 0), (2, 3, 2)])
    def test_numbers(self, rng, dtype, shape, compressed):
        values = 50 * random_matrix(rng, 1, int(np.prod(shape)), complex_entries=dtype == "c16")
        values = (values if dtype == "c16" else np.abs(values)).astype(dtype).reshape(shape)
        found = read(written("5", compressed=compressed, x=values))["x"]
        assert found.dtype == values.dtype
        assert np.array_equal(found, values)

    @pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, "f4", "f8", "c16"])
    def test_numbers_of_version_4(self, rng, dtype):
        values = (100 * rng.random((3, 5))).astype(dtype) * (1 + 2j if dtype == "c16" else 1)
        found = read(written("4", x=values.astype(dtype), y=2.0))
        assert np.array_equal(found["x"], values)
        assert found["y"].item() == 2

    @pytest.mark.parametrize("version", ["4", "5"])
    @pytest.mark.parametrize("complex_entries", [False, True])
    def test_sparse(self, rng, version, complex_entries):
        values = random_matrix(rng, 6, 4, complex_entries=complex_entries) * (rng.random((6, 4)) < 0.4)
        found = read(written(version, x=sp.csc_array(values)))["x"]
        assert np.array_equal(found.toarray(), values)
        assert found.dtype == values.dtype

    @pytest.mark.parametrize("version", ["4", "5"])
    def test_text(self, version):
        content = written(version, one="some text", more=np.array(["ab", "cd"]))
        theirs = scipy.io.loadmat(io.BytesIO(content))
        for name, lines in read(content).items():
            assert lines.tolist() == theirs[name].tolist()

    def test_cells_and_logical_values(self):
        cells = np.array([["é", 2.0], ["", {"field": 1.0}]], dtype=object)
        found = read(written("5", cells=cells, flag=np.array([True, False])))
        assert found["flag"].dtype == bool
        assert found["flag"].tolist() == [[True, False]]
        assert found["cells"].shape == (2, 2)
        assert found["cells"][0, 0].tolist() == ["é"]
        assert found["cells"][0, 1].item() == 2
        assert found["cells"][1, 1] is None

    def test_what_is_written_here_scipy_reads(self, rng):
        values = random_matrix(rng, 3, 4, complex_entries=True)
        theirs = scipy.io.loadmat(io.BytesIO(packed({"x": values, "name": "plant"})))
        assert np.array_equal(theirs["x"], values)
        assert theirs["name"].tolist() == ["plant"]


@pytest.mark.parametrize("order", _ORDERS)
class TestWhatMatlabWrites:
    """Forms that SciPy never writes, in both byte orders."""

    def test_doubles_stored_as_smaller_numbers(self, order):
        content = variable(order, _CLASS_DOUBLE, (1, 3), "x", part(order, _UINT8, bytes([1, 2, 200])))
        found = read(file_of(content, order=order))["x"]
        assert found.dtype == float
        assert found.tolist() == [[1, 2, 200]]

    def test_complex_numbers_of_two_types(self, order):
        real, imag = part(order, _INT8, b"\xff\x02"), part(order, _DOUBLE, struct.pack(f"{order}2d", 0.5, -1))
        content = variable(order, _CLASS_DOUBLE, (2, 1), "x", real, imag, flags=_COMPLEX)
        assert read(file_of(content, order=order))["x"].tolist() == [[-1 + 0.5j], [2 - 1j]]

    def test_text_of_two_bytes_a_character(self, order):
        encoding = "utf-16-le" if order == "<" else "utf-16-be"
        units = "aé😀".encode(encoding)
        for kind in (_UINT16, _UTF16):
            content = variable(order, _CHAR, (1, len(units) // 2), "x", part(order, kind, units))
            assert read(file_of(content, order=order))["x"].tolist() == ["aé😀"]

    def test_empty_cells(self, order):
        empty = struct.pack(f"{order}II", _MATRIX, 0)
        cells = read(file_of(variable(order, _CELL, (1, 2), "x", empty, empty), order=order))["x"]
        assert [cell.shape for cell in cells.ravel()] == [(0, 0), (0, 0)]

    def test_logical_sparse_entries_are_bytes(self, order):
        """MATLAB says that they are doubles."""
        rows = part(order, _INT32, struct.pack(f"{order}3i", 0, 0, 1))
        ends = part(order, _INT32, struct.pack(f"{order}3i", 0, 1, 3))
        content = variable(order, _SPARSE, (2, 2), "x", rows, ends, part(order, _DOUBLE, b"\1\1\1"), flags=_LOGICAL)
        assert read(file_of(content, order=order))["x"].toarray().tolist() == [[1, 1], [0, 1]]

    def test_room_for_more_sparse_entries(self, order):
        rows = part(order, _INT32, struct.pack(f"{order}4i", 1, 0, 0, 0))
        ends = part(order, _INT32, struct.pack(f"{order}2i", 0, 1))
        entries = part(order, _DOUBLE, struct.pack(f"{order}4d", 7, 0, 0, 0))
        found = read(file_of(variable(order, _SPARSE, (2, 1), "x", rows, ends, entries), order=order))["x"]
        assert found.toarray().tolist() == [[0], [7]]

    def test_compressed(self, order):
        stream = zlib.compress(doubles(order, "x", [1.0, 2.0]))
        content = struct.pack(f"{order}II", _COMPRESSED, len(stream)) + stream
        assert read(file_of(content, order=order))["x"].tolist() == [[1, 2]]

    @pytest.mark.parametrize("kind", [_STRUCT, _OBJECT, _FUNCTION, _OPAQUE])
    def test_other_variables_beside_a_model(self, order, kind, tmp_path):
        """As `save` writes a workspace with a function handle or an object: also a variable without a name."""
        unknown = part(order, _INT8, b"MCOS") + part(order, _INT8, b"containers.Map") + bytes(24)
        path = tmp_path / "m.mat"
        matrices = [doubles(order, "A", [-1.0, 0.0], [0.0, -2.0]), doubles(order, "B", [1.0], [1.0])]
        other = variable(order, kind, (1, 1), "Handle", unknown)
        nameless = variable(order, 9, (1, 8), "", part(order, _UINT8, bytes(8)))
        path.write_bytes(file_of(*matrices, other, doubles(order, "C", [1.0, 3.0]), nameless, order=order))
        assert_same(dln.load(path), dln.LinearSystem(np.diag([-1.0, -2.0]), [[1.0], [1.0]], [[1.0, 3.0]]))

    @pytest.mark.parametrize(
        ("kind", "word"), [(_STRUCT, "struct"), (_OBJECT, "object"), (_FUNCTION, "function"), (_OPAQUE, "object")]
    )
    def test_but_not_in_the_place_of_a_matrix(self, order, kind, word, tmp_path):
        path = tmp_path / "m.mat"
        path.write_bytes(file_of(variable(order, kind, (1, 1), "A", bytes(16)), order=order))
        with pytest.raises(FileFormatError, match=f"numbers or text in A, got a {word}"):
            dln.load(path)


class TestDamage:
    def test_each_byte_of_a_file_written_here(self, rng, tmp_path):
        """Whatever it becomes, the file is refused or holds the same model."""
        system = dln.LinearSystem(random_matrix(rng, 2, 2), [1.0, 2.0], [3.0, 4.0], E=np.diag([1.0, 2.0]), dt=0.5)
        path = dln.save(system, tmp_path / "m.mat")
        content, refusals = path.read_bytes(), 0
        for place in range(len(content)):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1 << rng.integers(8)]) + content[place + 1 :])
            try:
                assert_same(dln.load(path), system)
            except FileFormatError:
                refusals += 1
        assert refusals >= len(content) - 116  # the text at the head may change

    def test_a_file_that_matlab_wrote_again_states_no_checksum(self):
        content = bytearray(packed({"x": 2.0}))
        content[:116] = b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(116)
        content[-1] ^= 0x80  # the sign
        assert read(bytes(content))["x"].item() < 0

    @pytest.mark.parametrize("version", ["4", "5", "compressed"])
    @pytest.mark.parametrize("sparse", [False, True])
    def test_whatever_happens_is_an_error_of_the_library(self, rng, tmp_path, version, sparse):
        """Among these mutations are some that end the process inside SciPy's reader."""
        A = random_matrix(rng, 5, 5, complex_entries=True)
        content = written(
            version.replace("compressed", "5"), compressed=version == "compressed",
            A=sp.csc_array(A) if sparse else A, B=np.ones((5, 1)), C=np.ones((1, 5)), E=np.eye(5),
        )  # fmt: skip
        path, refusals = tmp_path / "m.mat", 0
        for changed in mutations(rng, content, 300):
            path.write_bytes(changed)
            try:
                assert isinstance(dln.load(path), dln.LinearSystem)
            except FileFormatError:
                refusals += 1
        assert refusals > 100

    @pytest.mark.parametrize(
        ("content", "fragment"),
        [
            (file_of(doubles("<", "x", 1.0), doubles("<", "x", 2.0)), "twice"),
            (file_of(variable("<", _CLASS_DOUBLE, (2, 3), "x", part("<", _DOUBLE, bytes(8)))), "6 numbers"),
            (file_of(variable("<", _CLASS_DOUBLE, (2**30, 2**30), "x", part("<", _DOUBLE, bytes(8)))), "numbers"),
            (file_of(variable("<", _CLASS_DOUBLE, (-1, -1), "x", part("<", _DOUBLE, bytes(8)))), "shape"),
            (file_of(variable("<", 77, (1, 1), "x")), "class 77"),
            (file_of(variable("<", _CELL, (2**30, 1), "x")), "cells"),
            (
                file_of(variable("<", _INT8_CLASS, (1, 1), "x", part("<", _DOUBLE, struct.pack("<d", np.nan)))),
                "invalid value",
            ),
            (file_of(struct.pack("<II", _MATRIX, 0)), "0 bytes"),
            (file_of(struct.pack("<II", _DOUBLE, 8), bytes(8)), "type 9"),
            (file_of(doubles("<", "x", 1.0))[:-1], "cut off"),
            (file_of(doubles("<", "x", 1.0)) + b"\0", "cut off"),
            (b"\0" * 19, "version 4"),
            (struct.pack("<5i", 0, 2, 2, 0, 2) + b"x\0" + bytes(31), "31 bytes of 32"),
            (struct.pack("<5i", 2, 2, 3, 0, 2) + b"x\0" + struct.pack("<6d", 9, 1, 9, 1, 1, 1), "outside"),
        ],
    )
    def test_contradictions(self, content, fragment):
        with pytest.raises((InvalidArgumentError, FloatingPointError), match=fragment):
            read(content)

    @pytest.mark.parametrize(
        ("rows", "ends"),
        [((0, 5), (0, 1, 2)), ((-1, 0), (0, 1, 2)), ((0, 1), (0, 2, 1)), ((0, 1), (0, 1, 9)), ((0, 1), (0, 1, -9))],
    )
    def test_indices_of_sparse_entries_stay_inside(self, rows, ends):
        """SciPy follows some of these out of its arrays."""
        parts = [part("<", _INT32, np.array(numbers, "<i4").tobytes()) for numbers in (rows, ends)]
        content = file_of(variable("<", _SPARSE, (2, 2), "x", *parts, part("<", _DOUBLE, np.ones(2).tobytes())))
        with pytest.raises(ValueError):
            read(content)

    def test_what_does_not_fit_in_memory_is_refused_before_it_is_read(self, tmp_path, monkeypatch):
        """A megabyte of zeros is a kilobyte in the file."""
        content = written("5", compressed=True, A=np.zeros((400, 400)), B=np.zeros((400, 1)), C=np.zeros((1, 400)))
        (tmp_path / "m.mat").write_bytes(content)
        assert dln.load(tmp_path / "m.mat").nstates == 400
        assert len(content) < 10_000
        monkeypatch.setattr(memory, "available_memory", lambda: 100_000)
        with pytest.raises(FileFormatError, match=r"fits in memory.* in A"):
            dln.load(tmp_path / "m.mat")

    def test_more_than_is_declared_is_not_decompressed(self):
        stream = zlib.compress(doubles("<", "x", 1.0) + bytes(10**6))
        with pytest.raises(InvalidArgumentError, match="when decompressed"):
            read(file_of(struct.pack("<II", _COMPRESSED, len(stream)), stream))
