"""Sets of Matrix Market files: one matrix each, named by a letter before the suffix (``m.A.mtx``, ``m.B.mtx``, …).

The comments of the first member hold, as JSON, details of the model and the list of all members.
"""

import io
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import scipy.io

from ..errors import InvalidArgumentError
from ..linalg.arrays import Matrix
from .memory import check_memory

__all__ = ["members", "packed", "read"]

_MARKER = "dlnbalance"  # begins the comments that were written here
_LETTERS = "ABCDE"


def members(path: Path) -> dict[str, Path]:
    """Return the files of the set that `path` names, by their letters; no suffix but ``.A`` stands for none.

    Examples
    --------
    >>> members(Path("m.mtx"))["B"].name, members(Path("m.A.mtx"))["B"].name, members(Path("m.A"))["B"].name
    ('m.B.mtx', 'm.B.mtx', 'm.B')
    """
    suffix = "" if path.suffix == ".A" else path.suffix
    stem = path.name[: len(path.name) - len(suffix)].removesuffix(".A")
    return {letter: path.with_name(f"{stem}.{letter}{suffix}") for letter in _LETTERS}


def read(path: Path, skip: str = "") -> tuple[dict[str, Matrix], dict[str, Any]]:
    """Return the matrices of a set, and the details in its comments.

    Parameters
    ----------
    path : Path
        What names the set.
    skip : str
        Letters of members that are not read.

    Raises
    ------
    InvalidArgumentError
        When members are missing or malformed.
    """
    files = members(path)
    details = _comments(_text(files["A"])) if files["A"].is_file() else {}
    letters = details.pop("matrices", [letter for letter, file in files.items() if file.is_file()])
    letters = [letter for letter in letters if letter not in skip]
    missing = [files[letter].name for letter in {*"ABC", *letters} if not files[letter].is_file()]
    if missing:
        raise InvalidArgumentError(
            "the set",
            f"a Matrix Market set ({', '.join(files[letter].name for letter in 'ABC')} and, where needed, D and E)",
            f"no file {' or '.join(sorted(missing))}",
            "give the path of the set without the letter, and keep its members in one folder",
        )
    return {letter: _matrix(files[letter]) for letter in letters}, details


def packed(matrices: Mapping[str, Matrix], details: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the bytes of the members of a set, by their letters; the first holds the details."""
    # One entry a line: the format limits its lines to 1024 characters.
    comment = f"{_MARKER}\n{json.dumps({**details, 'matrices': list(matrices)}, indent=0)}"
    contents = {}
    for letter, matrix in matrices.items():
        stream = io.BytesIO()
        # The default precision writes the shortest digits that read back to the same number.
        scipy.io.mmwrite(stream, matrix, comment=comment if letter == "A" else "", symmetry="general")
        contents[letter] = stream.getvalue()
    return contents


def _matrix(path: Path) -> Matrix:
    content = _text(path)
    rows, columns, entries, form, _, symmetry = scipy.io.mminfo(io.BytesIO(content))
    # The reader trusts these numbers: it divides by the first two and writes both triangles of a symmetric matrix.
    if min(rows, columns) < 1 or (symmetry != "general" and rows != columns) or entries > 2 * len(content):
        raise InvalidArgumentError(
            path.name, "a size line that fits the file", f"{rows} × {columns} ({symmetry})", "write the file again"
        )
    # Compressed columns take a number for each, even where the file has no entries.
    check_memory(path.name, 8 * (columns if form == "coordinate" else rows * columns), f"{rows} × {columns}")
    return scipy.io.mmread(io.BytesIO(content))


def _text(path: Path) -> bytes:
    content = path.read_bytes()
    if b"\0" in content:  # the reader would run past it
        raise InvalidArgumentError(path.name, "text", "NUL characters", "write the file again")
    if not content.endswith(b"\n"):
        raise InvalidArgumentError(
            path.name,
            "a finished last line",
            "a file that may be cut off",
            "end it with a line break if it is complete",
        )
    return content


def _comments(content: bytes) -> dict[str, Any]:
    """What the comments say, if they were written here."""
    lines = content.decode("latin-1").splitlines()[1:]
    comments = [line[1:] for line in itertools.takewhile(lambda line: line.startswith("%"), lines)]
    if not comments or comments[0].strip() != _MARKER:
        return {}
    details = json.loads("\n".join(comments[1:]))
    if not isinstance(details, dict):
        raise InvalidArgumentError("the comments", "a JSON object", type(details).__name__, "write the set again")
    return details
