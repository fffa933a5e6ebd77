"""Files that a command is to write: what their names say, and refusals before anything is computed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import FileFormatError
from ..files.writing import check_targets as check_writable

__all__ = ["MODEL_SUFFIXES", "PICTURE_SUFFIXES", "READABLE", "check_target", "check_targets"]

MODEL_SUFFIXES = (".mat", ".npz", ".mtx")
PICTURE_SUFFIXES = (".pdf", ".png", ".svg")

#: What is read: of sets of Matrix Market files the first member names the set.
READABLE = (*MODEL_SUFFIXES, ".safetensors", ".a")

_SUFFIXES = {
    "--output": MODEL_SUFFIXES,
    "archive": (".npz",),
    "--report": (".html",),
    "--plot": PICTURE_SUFFIXES,
}


def check_targets(targets: Mapping[str, Path | None], force: bool, *, archive: bool = False) -> None:
    """Refuse files that could not be written, or one file for two things; `archive` says that only .npz holds it."""
    given = {option: path for option, path in targets.items() if path is not None}
    if len({path.resolve() for path in given.values()}) < len(given):
        raise FileFormatError(" and ".join(given), "different files", "the same one twice", "choose other names")
    for option, path in given.items():
        check_target(path, _SUFFIXES["archive" if archive else option], force)


def check_target(path: Path, suffixes: Sequence[str], force: bool, permission: str = "add --force") -> None:
    """Refuse a file whose suffix is none of `suffixes`, or that could not or must not be written."""
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        received = repr(suffix) if suffix else "no suffix"
        raise FileFormatError(str(path), f"a name that ends in {' or '.join(suffixes)}", received, "rename it")
    files = [path]
    if suffix == ".mtx":
        from ..files.models import targets

        files = targets(path)
    check_writable(path, files, overwrite=force, permission=permission)
