"""A folder beside the files that are about to change, so that they change together, whenever the process is killed.

Files are written into the staging folder first. A plan, written in one step when all are there, says which go where;
from then on a process that dies leaves all that the next one needs to finish. A lock, which the operating system
releases with the process, tells a folder that was left behind from one in use.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

__all__ = ["clear", "put_in_place"]

_PREFIX = ".dlnbalance-"
_LOCK = "lock"
_NEW, _OLD = "new", "old"
_PLANS = {_OLD: "plan back", _NEW: "plan forth"}  # the first that is there holds
_ATTEMPTS = 20  # to have a folder before another process takes it for one left behind


@lru_cache(maxsize=256)
def clear(folder: Path) -> None:
    """Finish or remove what processes that were killed left in a folder; once a process, since it lists the folder.

    Parameters
    ----------
    folder : Path
        Where files are about to be written. Staging folders of other users, and those in use, stay.
    """
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError, ValueError):  # another process may be faster; a plan that cannot be read has no owner
            if _is_ours(path):
                _clear(path)


def put_in_place(folder: Path, contents: Mapping[Path, bytes | None]) -> None:
    """Write files into a folder, all of them or none; None stands for a file that must not stay.

    Parameters
    ----------
    folder : Path
        Where all of them are.
    contents : mapping of Path to bytes or None
        The first file is the one without which the others are of no use: while they change, it is not there.

    Raises
    ------
    OSError
        When the operating system refuses. What was there is there still.
    """
    with _staging(folder) as stage:
        for name in (_NEW, _OLD):
            (stage / name).mkdir()
        for path, content in contents.items():
            if content is not None:
                (stage / _NEW / path.name).write_bytes(content)
        if len(contents) == 1 and None not in contents.values():  # changes in one step, and needs no plan
            [path] = contents
            os.replace(stage / _NEW / path.name, path)
            return
        there = [path for path in contents if path.exists()]
        for path in there:
            shutil.copy2(path, stage / _OLD / path.name)
        forth = {path.name: content is not None for path, content in contents.items()}
        try:
            _carry_out(stage, _NEW, forth)
        except BaseException:
            _carry_out(stage, _OLD, {path.name: path in there for path in contents})
            raise


def _carry_out(stage: Path, source: str, names: Mapping[str, bool]) -> None:
    """Bring the files with these names from one part of the staging folder into place; those with False go away."""
    draft = stage / "draft"
    draft.write_text(json.dumps(names), encoding="utf-8")
    draft.rename(stage / _PLANS[source])
    _finish(stage, source)


def _finish(stage: Path, source: str) -> None:
    """Do what the plan says, or the rest of it."""
    names = json.loads((stage / _PLANS[source]).read_text(encoding="utf-8"))
    moves = [name for name, stays in names.items() if stays and (stage / source / name).exists()]
    gone = [name for name, stays in names.items() if not stays]
    for name in [*moves[:1], *gone]:
        (stage.parent / name).unlink(missing_ok=True)
    for name in reversed(moves):
        os.replace(stage / source / name, stage.parent / name)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Yield an empty folder, locked, which is gone afterwards."""
    clear(folder.absolute())
    stage, lock = _locked_folder(folder)
    try:
        yield stage
    finally:
        for name in _PLANS.values():
            (stage / name).unlink(missing_ok=True)
        lock.close()  # some systems do not remove files that are open
        shutil.rmtree(stage, ignore_errors=True)


def _locked_folder(folder: Path) -> tuple[Path, IO[bytes]]:
    for _ in range(_ATTEMPTS):
        stage = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        with suppress(FileNotFoundError):
            lock = (stage / _LOCK).open("wb")
            if _lock(lock) is not False and (stage / _LOCK).exists():
                return stage, lock
            lock.close()
    raise OSError(f"folders that are made in {folder} vanish")


def _clear(stage: Path) -> None:
    """Finish or remove a staging folder, unless its process lives."""
    try:
        lock = (stage / _LOCK).open("rb+")
    except FileNotFoundError:  # the process died, or comes to its lock now, and makes another folder then
        stage.rmdir()
        return
    with lock:
        if _lock(lock) is not True:
            return
        for source, plan in _PLANS.items():
            if (stage / plan).exists():
                _finish(stage, source)
                break
        for plan in _PLANS.values():
            (stage / plan).unlink(missing_ok=True)
    shutil.rmtree(stage)


def _lock(file: IO[bytes]) -> bool | None:
    """Lock a file until it is closed; False when another process has it, None where there are no locks."""
    try:
        system: Any = import_module("msvcrt" if os.name == "nt" else "fcntl")
    except ImportError:
        return None
    try:
        if os.name == "nt":
            system.locking(file.fileno(), system.LK_NBLCK, 1)
        else:
            system.flock(file, system.LOCK_EX | system.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # as on some network file systems
        return None
    return True


def _is_ours(path: Path) -> bool:
    """Whether a path is a folder that this user made: what others put there is not followed."""
    return path.is_dir() and not path.is_symlink() and (os.name == "nt" or path.stat().st_uid == os.getuid())
