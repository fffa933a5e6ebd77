"""Writing files: complete or not at all, and never over something that should have stayed."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import FileFormatError
from ..linalg.arguments import flag, shown
from .staging import clear, put_in_place

__all__ = ["check_targets", "write_file", "write_files"]


def check_targets(
    path: Path, files: Sequence[Path] = (), *, overwrite: bool, permission: str = "pass overwrite=True"
) -> None:
    """Refuse, before any work, files that could not or must not be written.

    What processes that were killed left in the folder is finished or removed first.

    Parameters
    ----------
    path : Path
        What the user named.
    files : sequence of Path
        The files that it stands for; itself when left out.
    overwrite : bool
        Whether files that exist may be replaced.
    permission : str
        How the caller can allow that, for the advice.

    Raises
    ------
    FileFormatError
        When a folder does not exist, a path is a folder, or a file exists that may not be replaced.
    """
    flag("overwrite", overwrite)
    try:
        _check_places(path, files or [path], overwrite=overwrite, permission=permission)
    except OSError as error:  # a name that is too long, or a folder that cannot be looked into
        raise FileFormatError(
            shown(str(path)), "a path that can be looked up", f"{error.strerror}", "choose another"
        ) from None


def _check_places(path: Path, files: Sequence[Path], *, overwrite: bool, permission: str) -> None:
    if not path.parent.is_dir():
        raise FileFormatError(str(path), "an existing folder", f"{path.parent}", "create the folder first")
    if not os.access(path.parent, os.W_OK):
        raise FileFormatError(str(path), "a folder that can be written to", f"{path.parent}", "choose another one")
    clear(path.parent.absolute())
    for file in files:
        if file.is_dir():
            raise FileFormatError(str(path), "the name of a file", f"the folder {file}", "choose another name")
        if file.exists() and not overwrite:
            received = f"{file.name}, which exists"
            raise FileFormatError(str(path), "a new file", received, f"choose another name, or {permission}")


def write_file(path: Path, content: bytes, *, overwrite: bool) -> Path:
    """Write one file; see `check_targets` and `write_files`."""
    check_targets(path, overwrite=overwrite)
    write_files(path, {path: content})
    return path


def write_files(path: Path, contents: Mapping[Path, bytes | None]) -> None:
    """Write the files that `path` stands for, all of them or none; None stands for a file that must not stay.

    Raises
    ------
    FileFormatError
        When the operating system refuses. What was there is there still.
    """
    try:
        put_in_place(path.parent, contents)
    except OSError as error:
        raise FileFormatError(
            str(path),
            "a file that can be written",
            f"{type(error).__name__}: {error}",
            "check permissions and free space, or choose another folder",
        ) from error
