"""Variables of MATLAB files of versions 4 and 5: numbers, text, sparse matrices, and cell arrays of these.

The files come from anywhere, so every size that they declare is compared with the bytes that are there before anything
is read; damage is an error, never a crash. (SciPy's reader follows sizes and indices of damaged files out of its
arrays.) Only variables that are asked for are read: the others may be of any class, also of those that are documented
nowhere, such as objects and tables.

What is written here carries a checksum in the text at the head of the file, which MATLAB and others ignore and which
goes when they write the file again.

The format is described in "MAT-File Format" (MathWorks), chapters 1 and 2.
"""

import io
import math
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Literal, NamedTuple

import numpy as np
import scipy.io
import scipy.sparse as sp

from ..errors import InvalidArgumentError
from ..linalg.arrays import Array
from . import matlab_version_4
from .memory import check_memory

__all__ = ["MatlabFile", "packed"]

_HEAD = 128  # bytes before the first variable
_TEXT = 116  # of which MATLAB shows these
_CHECKSUM = re.compile(rb"dlnbalance, CRC-32 ([0-9a-f]{8}) ")
_CHUNK = 1 << 20  # bytes read at a time
_LONGEST_HEADER = 1024  # bytes of class, dimensions and name of a variable, before its content

_INT8, _UINT8, _UINT16, _MATRIX, _COMPRESSED = 1, 2, 4, 14, 15
_UTF8, _UTF16, _UTF32 = 16, 17, 18
#: Types of stored numbers.
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CLASSES = {
    1: "cell array", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single", 8: "int8", 9: "uint8",
    10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64", 16: "function", 17: "object",
}  # fmt: skip
_CELL, _CHAR, _SPARSE, _DOUBLE_CLASS, _OPAQUE = 1, 4, 5, 6, 17
_NUMERIC = range(6, 16)
_COMPLEX, _LOGICAL = 0x08, 0x02

#: Prefix that means the order of bytes in the formats of `struct` and NumPy.
_Order = Literal["<", ">"]


@dataclass(frozen=True)
class _Stored:
    """Where a variable lies in the file, and whether it is compressed."""

    start: int
    size: int
    compressed: bool


class _Header(NamedTuple):
    """What a variable says of itself before its content, and where the content begins."""

    kind: int
    flags: int
    shape: tuple[int, ...]
    name: str
    end: int


class MatlabFile:
    """The variables of an open .mat file of version 4 or 5; each is read when it is asked for.

    Parameters
    ----------
    stream : binary file
        Open as long as variables are read.

    Attributes
    ----------
    names : list of str
        All variables.

    Raises
    ------
    InvalidArgumentError
        When the file is no MATLAB file of these versions, is cut off, or does not have the checksum that it states.

    Examples
    --------
    >>> file = MatlabFile(io.BytesIO(packed({"gain": 2.5, "labels": np.array(["left", "right"], dtype=object)})))
    >>> file.names, file["gain"].item(), [label.item() for label in file["labels"].ravel()]
    (['gain', 'labels'], 2.5, ['left', 'right'])
    """

    def __init__(self, stream: IO[bytes]):
        self._stream = stream
        self._end = stream.seek(0, os.SEEK_END)
        head = self._bytes(0, min(_HEAD, self._end))
        self._version_4 = 0 in head[:4]
        if self._version_4:
            self._variables: dict[str, Any] = matlab_version_4.variables(stream)
            self.names = list(self._variables)
            return
        self._order: _Order = _byte_order(head)
        self._check_sum(head)
        self._variables = {}
        for stored in self._elements():
            name = self._header(stored).name
            if name in self._variables:
                raise InvalidArgumentError(name, "each variable once", "the name twice", "write the file again")
            self._variables[name] = stored
        self.names = [name for name in self._variables if name]  # what workspaces of functions hold has no name

    def __getitem__(self, name: str) -> Any:
        """Return an array of numbers, of text or, for a cell array, of arrays; or a sparse matrix."""
        if self._version_4:
            return matlab_version_4.read(self._stream, name, self._variables[name])
        content = self._content(self._variables[name], name)
        with np.errstate(all="raise"):  # numbers that their class cannot hold
            return _Element(content, self._order).value(_header(content, self._order))

    def _bytes(self, start: int, size: int) -> bytes:
        self._stream.seek(start)
        content = self._stream.read(size)
        if len(content) < size:
            raise _cut_off(f"{len(content)} bytes of {size}")
        return content

    def _check_sum(self, head: bytes) -> None:
        """Compare the checksum, where the file records one, with what follows the text."""
        recorded = _CHECKSUM.search(head[:_TEXT])
        if recorded is None:
            return
        checksum = 0
        self._stream.seek(_TEXT)
        while chunk := self._stream.read(_CHUNK):
            checksum = zlib.crc32(chunk, checksum)
        if checksum != int(recorded[1], 16):
            raise InvalidArgumentError(
                "the file", f"the checksum {recorded[1].decode()}", f"{checksum:08x}", "write it again: it is damaged"
            )

    def _elements(self) -> Iterator[_Stored]:
        """Places of the variables, which fill the file to its end."""
        position = _HEAD
        while position < self._end:
            kind, size = struct.unpack(f"{self._order}II", self._bytes(position, 8))
            position += 8
            if size > self._end - position:
                raise _cut_off(f"{self._end - position} bytes of {size} at its end")
            if kind not in (_MATRIX, _COMPRESSED) or not size:
                raise _damaged("the file", "variables", f"{size} bytes of type {kind} at byte {position - 8}")
            yield _Stored(position, size, kind == _COMPRESSED)
            position += size

    def _header(self, stored: _Stored) -> _Header:
        if stored.compressed:
            packed_bytes = self._bytes(stored.start, min(stored.size, _LONGEST_HEADER))
            content = zlib.decompressobj().decompress(packed_bytes, 8 + _LONGEST_HEADER)[8:]
        else:
            content = self._bytes(stored.start, min(stored.size, _LONGEST_HEADER))
        return _header(content, self._order)

    def _content(self, stored: _Stored, name: str) -> bytes:
        """All bytes of a variable."""
        if not stored.compressed:
            check_memory(name, stored.size, f"{stored.size} bytes")
            return self._bytes(stored.start, stored.size)
        inflate = zlib.decompressobj()
        tag = inflate.decompress(self._bytes(stored.start, stored.size), 8)
        kind, size = struct.unpack(f"{self._order}II", tag)
        if kind != _MATRIX:
            raise _damaged(name, "a compressed variable", f"type {kind}")
        check_memory(name, size, f"{size} bytes, compressed to {stored.size}")
        content = inflate.decompress(inflate.unconsumed_tail, size + 1)
        if len(content) != size or not inflate.eof:  # at the end the checksum was compared
            raise _damaged(name, f"{size} bytes when decompressed", f"{len(content)}, or more")
        return content


def packed(variables: Mapping[str, Any]) -> bytes:
    """Return the bytes of a .mat file of version 5 with a checksum.

    Parameters
    ----------
    variables : mapping of str to array, sparse matrix, text or object array of text
        In the order in which they are stored.

    Raises
    ------
    scipy.io.matlab.MatWriteError
        For what the format cannot hold, such as a variable of more than 4 GiB.
    """
    stream = io.BytesIO()
    scipy.io.savemat(stream, dict(variables))
    content = stream.getbuffer()
    text = f"MATLAB 5.0 MAT-file, dlnbalance, CRC-32 {zlib.crc32(content[_TEXT:]):08x} of what follows this text"
    content[:_TEXT] = text.encode("ascii").ljust(_TEXT)
    return bytes(content)


def _byte_order(head: bytes) -> _Order:
    """The order of bytes in a file of version 5; refuse others."""
    orders: dict[bytes, _Order] = {b"IM": "<", b"MI": ">"}
    order = orders.get(head[126:128])
    version = None if order is None else struct.unpack(f"{order}H", head[124:126])[0] >> 8
    if version == 1 and order is not None:
        return order
    if version == 2:
        raise InvalidArgumentError(
            "the file", "a MATLAB file of version 5", "version 7.3 (HDF5)", "save it with -v7 in MATLAB"
        )
    raise InvalidArgumentError(
        "the file", "a MATLAB file", "the head of another kind of file", "check its suffix, or save it with -v7"
    )


def _header(content: bytes, order: _Order) -> _Header:
    """Class, shape and name of the variable with this content."""
    element = _Element(content, order)
    if not content:  # an empty cell
        return _Header(_DOUBLE_CLASS, 0, (0, 0), "", 0)
    flags = element.numbers()
    if len(flags) != 2:
        raise _damaged("the file", "a class for each variable", f"{len(flags)} numbers")
    kind = int(flags[0]) & 0xFF
    # Objects of newer kinds have no dimensions there.
    shape = () if kind == _OPAQUE else tuple(int(size) for size in element.numbers())
    name = element.part()[1].decode("latin-1")
    if kind not in _CLASSES or (kind != _OPAQUE and (len(shape) < 2 or min(shape) < 0)):
        raise _damaged(name or "the file", "a variable of a known class", f"class {kind} of shape {shape}")
    return _Header(kind, int(flags[0]) >> 8 & 0xFF, shape, name, element.position)


class _Element:
    """Reads the parts of a variable one after the other; none lies outside."""

    def __init__(self, content: bytes, order: _Order):
        self._content, self.position = memoryview(content), 0
        self._order: _Order = order

    def part(self) -> tuple[int, bytes]:
        """Type and bytes of the next part."""
        content, at = self._content, self.position
        if at + 8 > len(content):
            raise _cut_off(f"{len(content)} bytes of a variable")
        word, size = struct.unpack(f"{self._order}II", content[at : at + 8])
        if word >> 16:  # up to four bytes lie in the place of their number
            kind, size, start, end = word & 0xFFFF, word >> 16, at + 4, at + 8
            if size > 4:
                raise _damaged("the file", "at most 4 bytes in a short part", f"{size}")
        else:
            kind, start = word, at + 8
            end = start + -(-size // 8) * 8
        if start + size > len(content):
            raise _cut_off(f"{len(content) - start} bytes of {size} in a variable")
        self.position = min(end, len(content))
        return kind, bytes(content[start : start + size])

    def numbers(self, count: int | None = None, kind: int | None = None) -> Array:
        """The next part as numbers, `count` of them and of the type `kind` where these are given."""
        own_kind, content = self.part()
        kind = kind or own_kind
        if kind not in _NUMBERS:
            raise _damaged("the file", "numbers", f"type {kind}")
        dtype = np.dtype(_NUMBERS[kind]).newbyteorder(self._order)
        if len(content) != (len(content) // dtype.itemsize if count is None else count) * dtype.itemsize:
            raise _damaged("the file", f"{count or 'whole'} numbers of type {dtype}", f"{len(content)} bytes")
        return np.frombuffer(content, dtype)

    def value(self, header: _Header) -> Any:
        """What the variable holds; `header` is what was read of it so far."""
        self.position = header.end
        readers: dict[int, Callable[[_Header], Any]] = {
            **dict.fromkeys(_NUMERIC, self._dense), _SPARSE: self._sparse, _CHAR: self._text, _CELL: self._cells
        }  # fmt: skip
        if header.kind not in readers:
            raise InvalidArgumentError(
                header.name or "a cell", "numbers or text", f"a {_CLASSES[header.kind]}", "store it as a plain matrix"
            )
        return readers[header.kind](header)

    def _dense(self, header: _Header) -> Array:
        dtype: Any = np.dtype(bool if header.flags & _LOGICAL else _CLASSES[header.kind])
        count = math.prod(header.shape)
        entries = self.numbers(count).astype(dtype)
        if header.flags & _COMPLEX:
            real, entries = entries, np.empty(count, np.result_type(dtype, np.complex64))
            entries.real, entries.imag = real, self.numbers(count)
        return entries.reshape(header.shape, order="F")

    def _sparse(self, header: _Header) -> sp.csc_array:
        if len(header.shape) != 2:
            raise _damaged(header.name, "a sparse matrix", f"shape {header.shape}")
        rows, ends = self.numbers().astype(np.int64), self.numbers(header.shape[1] + 1).astype(np.int64)
        # MATLAB stores logical entries as bytes, whatever type it says they have.
        entries = self.numbers(kind=_UINT8 if header.flags & _LOGICAL else None).astype(float)
        if header.flags & _COMPLEX:
            entries = entries + 1j * self.numbers(len(entries))
        stored, room = int(ends[-1]), min(len(rows), len(entries))
        if not 0 <= stored <= room:
            raise _damaged(header.name, f"{stored} entries", f"{room}")
        matrix = sp.csc_array((entries[:stored], rows[:stored], ends), shape=header.shape)
        matrix.check_format(full_check=True)
        return matrix

    def _text(self, header: _Header) -> Array:
        """Rows of characters, one string each."""
        units, encoding = self._characters(header.name)
        if units.size != math.prod(header.shape):
            raise _damaged(header.name, f"{math.prod(header.shape)} characters", f"{units.size}")
        if not units.size:
            return np.array([], dtype=str)
        rows = units.reshape(header.shape, order="F").reshape(-1, header.shape[-1])
        return np.array([row.tobytes().decode(encoding) for row in rows])

    def _characters(self, name: str) -> tuple[Array, str]:
        """The next part as numbers of one size, and the encoding of a row of them."""
        kind, content = self.part()
        if kind in (_UINT16, _UTF16):  # MATLAB counts the units, of which a character may take two
            units = np.frombuffer(content, np.dtype("u2").newbyteorder(self._order))
            return units.astype("<u2"), "utf-16-le"
        utf32 = "utf-32-le" if self._order == "<" else "utf-32-be"
        encodings = {_INT8: "latin-1", _UINT8: "latin-1", _UTF8: "utf-8", _UTF32: utf32}
        if kind not in encodings:
            raise _damaged(name, "characters", f"type {kind}")
        text = content.decode(encodings[kind])
        return np.array([ord(character) for character in text], "<u4"), "utf-32-le"

    def _cells(self, header: _Header) -> Array:
        count = math.prod(header.shape)
        if count > len(self._content) // 8:
            raise _damaged(header.name, f"{count} cells", f"{len(self._content)} bytes")
        cells = np.empty(count, dtype=object)
        for i in range(count):
            kind, content = self.part()
            if kind != _MATRIX:
                raise _damaged(header.name, "a cell", f"type {kind}")
            cells[i] = self._cell(content)
        return cells.reshape(header.shape, order="F")

    def _cell(self, content: bytes) -> Any:
        """Text or numbers; None for anything else, which no model needs."""
        inner = _header(content, self._order)
        if inner.kind not in (*_NUMERIC, _CHAR):
            return None
        return np.empty((0, 0)) if not content else _Element(content, self._order).value(inner)


def _cut_off(received: str) -> InvalidArgumentError:
    return InvalidArgumentError("the file", "a complete MATLAB file", received, "it is cut off: copy or write it again")


def _damaged(name: str, expected: str, received: str) -> InvalidArgumentError:
    return InvalidArgumentError(name, expected, received, "write the file again: it is damaged")
