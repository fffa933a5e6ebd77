"""Variables of MATLAB files of version 4: five numbers, a name and the entries, one variable after the other."""

import os
import struct
from typing import IO, Any, Literal, NamedTuple

import numpy as np
import scipy.sparse as sp

from ..errors import InvalidArgumentError
from ..linalg.arrays import Array
from .memory import check_memory

__all__ = ["Stored", "read", "variables"]

_TYPES = ("f8", "f4", "i4", "i2", "u2", "u1")
_FULL, _TEXT, _SPARSE = range(3)
_LARGEST_CODE = 5000  # of byte order, type and kind, as a decimal number MOPT
_HEADER = 20  # bytes of its five numbers


class Stored(NamedTuple):
    """Type, kind, shape and place of a variable."""

    dtype: np.dtype[Any]
    kind: int
    shape: tuple[int, int]
    is_complex: bool
    start: int

    @property
    def size(self) -> int:
        """Bytes of the entries."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize * (2 if self.is_complex else 1)


def variables(stream: IO[bytes]) -> dict[str, Stored]:
    """Return where the variables of a file lie.

    Raises
    ------
    InvalidArgumentError
        When they do not fill the file, or one has no known type.
    """
    end, position = stream.seek(0, os.SEEK_END), 0
    found: dict[str, Stored] = {}
    while position < end:
        stream.seek(position)
        order, numbers = _numbers(stream.read(_HEADER))
        code, rows, columns, is_complex, length = numbers
        type_, kind = code // 10 % 10, code % 10
        sensible = code // 100 % 10 == 0 and type_ < len(_TYPES) and kind in (_FULL, _TEXT, _SPARSE)
        if not sensible or is_complex not in (0, 1) or min(rows, columns) < 0 or not 0 < length <= end - position:
            raise _damaged(f"the numbers {', '.join(map(str, numbers))} at byte {position}")
        name = stream.read(length).partition(b"\0")[0].decode("latin-1")
        dtype = np.dtype(_TYPES[type_]).newbyteorder(order)
        stored = Stored(dtype, kind, (rows, columns), bool(is_complex), position + _HEADER + length)
        position = stored.start + stored.size
        if position > end:
            raise _damaged(f"{end - stored.start} bytes of {stored.size} for {name}")
        if name in found:
            raise _damaged(f"{name} twice")
        found[name] = stored
    return found


def read(stream: IO[bytes], name: str, stored: Stored) -> Any:
    """Return an array of numbers or of text (one string a row), or a sparse matrix."""
    check_memory(name, stored.size, f"{stored.size} bytes")
    stream.seek(stored.start)
    content = stream.read(stored.size)
    entries = np.frombuffer(content, stored.dtype).astype(stored.dtype.newbyteorder("="), copy=False)
    if stored.is_complex:
        real, imag = np.split(entries.astype(float), 2)
        entries = np.empty(real.size, complex)
        entries.real, entries.imag = real, imag
    matrix = entries.reshape(stored.shape, order="F")
    if stored.kind == _TEXT:
        if not ((matrix >= 0) & (matrix < 256)).all():
            raise _damaged(f"codes of characters in {name} that are none")
        return np.array([row.tobytes().decode("latin-1") for row in matrix.astype(np.uint8)])
    return _sparse(name, matrix) if stored.kind == _SPARSE else matrix


def _numbers(header: bytes) -> tuple[Literal["<", ">"], tuple[int, ...]]:
    """Byte order and the five numbers, of which the first tells the order."""
    if len(header) < _HEADER:
        raise _damaged(f"{len(header)} bytes where a variable begins")
    order = "<" if 0 <= struct.unpack("<i", header[:4])[0] < _LARGEST_CODE else ">"
    numbers = struct.unpack(f"{order}5i", header)
    if not 0 <= numbers[0] < _LARGEST_CODE or numbers[0] // 1000 != "<>".index(order):
        raise _damaged(f"the code {numbers[0]} where a variable begins")
    return order, numbers


def _sparse(name: str, table: Array) -> sp.csc_array:
    """A matrix from rows (i, j, entry), the last of which has the shape and, by format, an entry of 0."""
    if table.shape[0] < 1 or table.shape[1] not in (3, 4):
        raise _damaged(f"a table of shape {table.shape} for the sparse matrix {name}")
    if not np.all(np.isfinite(table)):
        raise _damaged(f"an entry of the sparse matrix {name} that is not finite")
    places = table[:, :2].real
    rows, columns = (int(size) for size in places[-1])
    inside = (places[:-1] >= 1).all() and (places[:-1] <= places[-1]).all()
    if not inside or not np.array_equal(places, np.trunc(places)) or max(rows, columns) >= 2**31:
        raise _damaged(f"places outside of a sparse matrix {name} of shape ({rows}, {columns})")
    check_memory(name, 8 * columns, f"{columns} columns")
    entries = table[:-1, 2] if table.shape[1] == 3 else table[:-1, 2] + 1j * table[:-1, 3]
    i, j = (places[:-1] - 1).astype(np.int64).T
    return sp.csc_array(sp.coo_array((entries, (i, j)), shape=(rows, columns)))


def _damaged(received: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        "the file", "variables of a MATLAB file (version 4)", received, "check its suffix, or write it again"
    )
