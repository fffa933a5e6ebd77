"""NumPy archives (.npz) of matrices and text, from sources that need not be trusted.

What is written here lists its members, so that one that is lost is missed. Every archive must name each member alike
in its directory and before its content; and what a member declares (its size in the directory, type and shape in its
header) must fit together, and into memory, before it is read. Checksums find the rest.
"""

import io
import math
import zipfile
from collections.abc import Iterable, Mapping
from typing import IO, Any

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arrays import Array
from .memory import check_memory

__all__ = ["Archive", "packed"]

_MARKER = "dlnbalance"  # the member that names the kind of content, and then all other members
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_LONGEST_HEADER = 1 << 16  # bytes; version 1 of the format has no longer ones
_MOST_DEFLATED = 1032  # bytes that one compressed byte can stand for, by the format
_DAMAGED = "write it again: it is damaged"


class Archive:
    """The members of an open .npz file, checked; arrays are read when they are asked for.

    Parameters
    ----------
    stream : binary file
        Open as long as arrays are read.

    Attributes
    ----------
    names : list of str
        All arrays but the list of members.
    kind : str or None
        What the archive says that it holds; None where it was written elsewhere.

    Raises
    ------
    InvalidArgumentError
        When the file is no archive, or its members are not those that it lists.

    Examples
    --------
    >>> archive = Archive(io.BytesIO(packed("pair", {"left": np.eye(2), "right": np.ones(3)})))
    >>> archive.kind, archive.names, archive["right"].tolist()
    ('pair', ['left', 'right'], [1.0, 1.0, 1.0])
    """

    def __init__(self, stream: IO[bytes]):
        if not zipfile.is_zipfile(stream):
            raise InvalidArgumentError(
                "the file", "a NumPy archive", "something else, or one that is cut off", "write it with numpy.savez"
            )
        stream.seek(0)
        self._zip = zipfile.ZipFile(stream)
        members = self._zip.infolist()
        self._members = {member.filename.removesuffix(".npy"): member for member in members}
        if len(self._members) < len(members):
            raise InvalidArgumentError("the archive", "different names", "one name twice", _DAMAGED)
        for member in members:
            self._zip.open(member).close()  # compares both places that have its name
        self.names = [name for name in self._members if name != _MARKER]
        self.kind: str | None = None
        if _MARKER in self._members:
            self.kind, *listed = (str(entry) for entry in np.ravel(self[_MARKER]))
            self._compare(listed)

    def __getitem__(self, name: str) -> Array:
        if name not in self._members:
            raise InvalidArgumentError(name, "an array in the archive", "none", "store it, or write the file again")
        member = self._members[name]
        dtype, shape, fortran, start = self._declared(name, member)
        content = self._zip.read(member)
        return np.frombuffer(content, dtype, math.prod(shape), start).reshape(shape, order="F" if fortran else "C")

    def check_memory(self, names: Iterable[str]) -> None:
        """Refuse arrays that together do not fit in memory.

        Raises
        ------
        InvalidArgumentError
            When that is so, with the largest of them.
        """
        sizes = {name: self._members[name].file_size for name in names if name in self._members}
        if sizes:
            largest = max(sizes, key=lambda name: sizes[name])
            check_memory("the archive", sum(sizes.values()), f"{', '.join(sizes)}, the largest of them {largest}")

    def _compare(self, listed: list[str]) -> None:
        """Compare the members with the list, which archives of older versions do not have."""
        missing, unknown = set(listed) - set(self.names), set(self.names) - set(listed)
        if listed and (missing or unknown):
            found = [f"no {name}" for name in sorted(missing)] + [f"also {name!a}" for name in sorted(unknown)]
            raise InvalidArgumentError(
                "the archive",
                f"the arrays that it lists ({', '.join(listed)})",
                ", ".join(found),
                f"{_DAMAGED}, or was changed; numpy.savez with names A, B, C[, D, E] writes one without a list",
            )

    def _declared(self, name: str, member: zipfile.ZipInfo) -> tuple[np.dtype[Any], tuple[int, ...], bool, int]:
        """Type and shape of an array, its order, and where its entries begin, if the size of the member agrees."""
        with self._zip.open(member) as stream:
            # Not more than a header: the member may declare any size.
            head = io.BytesIO(stream.read(min(_LONGEST_HEADER, member.file_size)))
        version = np.lib.format.read_magic(head)
        if version not in _HEADERS:
            raise InvalidArgumentError(name, "an array of format 1.0 or 2.0", f"format {version}", _DAMAGED)
        shape, fortran, dtype = _HEADERS[version](head)
        if dtype.hasobject:
            raise InvalidArgumentError(
                name, "numbers or text", "pickled objects, which are not opened (allow_pickle=False)", "store arrays"
            )
        size = head.tell() + math.prod(shape) * dtype.itemsize
        packed_size = member.compress_size * (1 if member.compress_type == zipfile.ZIP_STORED else _MOST_DEFLATED)
        if size != member.file_size or size > packed_size or min(shape, default=0) < 0:
            received = f"{member.file_size} bytes in {member.compress_size} for shape {shape} of {dtype}"
            raise InvalidArgumentError(name, "an array of the size that its header declares", received, _DAMAGED)
        check_memory(name, size, f"shape {shape} of {dtype}")
        return dtype, shape, fortran, head.tell()


def packed(kind: str, arrays: Mapping[str, Any]) -> bytes:
    """Return the bytes of an archive that lists its members.

    Parameters
    ----------
    kind : str
        What the arrays are.
    arrays : mapping of str to array_like
        Numbers and text.
    """
    stream = io.BytesIO()
    np.savez(stream, **{_MARKER: np.array([kind, *arrays])}, **arrays)
    return stream.getvalue()
