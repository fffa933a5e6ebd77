"""Checkpoints: a long low-rank iteration that was interrupted goes on where it stood."""

import hashlib
import io
import time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .adi import AdiState
from .arrays import is_sparse
from .errors import FileFormatError, InvalidArgumentError
from .files import check_targets, write_file
from .systems import LinearSystem

__all__ = ["Checkpoint"]


class Checkpoint:
    """A ``.npz`` file with the state of an iteration, tied to one system by a hash of its matrices.

    Parameters
    ----------
    path : str or Path
        The file; its folder must exist.
    system : LinearSystem
        The system whose Gramians are computed.
    seconds : float
        Least time between two writes.
    """

    def __init__(self, path: str | Path, system: LinearSystem, seconds: float):
        self.path = Path(path)
        if self.path.suffix != ".npz":
            raise InvalidArgumentError("checkpoint", "the name of a .npz file", f"{path}", "let it end in .npz")
        check_targets(self.path, overwrite=True)
        self._fingerprint = fingerprint(system)
        self._seconds = seconds
        self._written = time.monotonic()

    def restore(self, state: AdiState) -> None:
        """Bring a fresh state to where the file stands; leave it alone when there is no file.

        Raises
        ------
        FileFormatError
            When the file is no checkpoint, or belongs to another system.
        """
        if not self.path.exists():
            return
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            owner = str(arrays["fingerprint"])
            if owner == self._fingerprint:
                _fill(state, arrays)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise FileFormatError(
                str(self.path), "a checkpoint", f"{type(error).__name__}: {error}", "remove it, or name another file"
            ) from error
        if owner != self._fingerprint:
            raise FileFormatError(
                str(self.path),
                "a checkpoint of this system",
                "one of another system",
                "remove it, or name another file",
            )

    def save(self, state: AdiState, *, finished: bool) -> None:
        """Write the state, complete or not at all, unless the last write is too recent."""
        if not finished and time.monotonic() - self._written < self._seconds:
            return
        arrays: dict[str, Any] = {
            "fingerprint": np.array(self._fingerprint),
            "shifts": np.array(state.history.shifts, dtype=complex),
            "steps": np.array(state.history.steps, dtype=int),
        }
        for name, side in (("reach", state.reach), ("observe", state.observe)):
            arrays[f"{name}_residual"] = state.pencil.leave(side.residual)
            arrays[f"{name}_factor"] = state.pencil.leave(side.factor.array)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        write_file(self.path, buffer.getvalue(), overwrite=True)
        self._written = time.monotonic()


def _fill(state: AdiState, arrays: dict[str, Any]) -> None:
    state.history.shifts[:] = [complex(shift) for shift in arrays["shifts"]]
    state.history.steps[:] = [int(steps) for steps in arrays["steps"]]
    for name, side in (("reach", state.reach), ("observe", state.observe)):
        side.residual = state.pencil.enter(arrays[f"{name}_residual"])
        side.factor.append(state.pencil.enter(arrays[f"{name}_factor"]))


def fingerprint(system: LinearSystem) -> str:
    """Hash of A, E, B, C and of the kind of time."""
    digest = hashlib.sha256(b"discrete" if system.is_discrete else b"continuous")
    matrices: list[Any] = [system.A, system.B, system.C] + ([] if system.E is None else [system.E])
    for matrix in matrices:
        for part in [matrix.data, matrix.indices, matrix.indptr] if is_sparse(matrix) else [matrix]:
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        digest.update(b"|")
    return digest.hexdigest()
