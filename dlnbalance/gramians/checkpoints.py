"""Checkpoints: a long low-rank iteration that was interrupted goes on where it stood."""

import hashlib
import time
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileFormatError, InvalidArgumentError
from ..files.archives import Archive, packed
from ..files.writing import check_targets, write_file
from ..linalg.arrays import Array, is_sparse
from ..linalg.sparse.adi import AdiState, Side
from ..systems.linear_system import LinearSystem

__all__ = ["Checkpoint"]

_KIND = "checkpoint"
_SIDES = ("reach", "observe")
_KINDS = {"f": "real numbers", "c": "complex numbers", "i": "whole numbers"}


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
            When the file is no checkpoint, belongs to another system, or holds what no iteration leaves.
        """
        if not self.path.exists():
            return
        try:
            with self.path.open("rb") as stream:
                archive = Archive(stream)
                owner = str(archive["fingerprint"])
                found = _Stored(archive, state) if owner == self._fingerprint else None
        except InvalidArgumentError as error:
            raise self._refusal(f"a checkpoint with {error.expected} in {error.argument}", error.received) from error
        except Exception as error:  # malformed archives raise whatever they come upon
            raise self._refusal("a checkpoint", f"{type(error).__name__}: {error}") from error
        if found is None:
            raise self._refusal("a checkpoint of this system", "one of another system")
        found.put_into(state)

    def _refusal(self, expected: str, received: str) -> FileFormatError:
        return FileFormatError(str(self.path), expected, received, "remove it, or name another file")

    def save(self, state: AdiState, *, finished: bool) -> None:
        """Write the state, complete or not at all, unless the last write is too recent."""
        if not finished and time.monotonic() - self._written < self._seconds:
            return
        arrays: dict[str, Any] = {
            "fingerprint": np.array(self._fingerprint),
            "shifts": np.array(state.history.shifts, dtype=complex),
            "steps": np.array(state.history.steps, dtype=int),
        }
        for name, side in zip(_SIDES, state.sides, strict=True):
            arrays[f"{name}_residual"] = state.pencil.unpermute(side.residual)
            arrays[f"{name}_factor"] = state.pencil.unpermute(side.factor.array)
        write_file(self.path, packed(_KIND, arrays), overwrite=True)
        self._written = time.monotonic()


class _Stored:
    """What an archive holds of an iteration, checked as a whole before any of it is used."""

    def __init__(self, archive: Archive, state: AdiState):
        if archive.kind not in (None, _KIND):
            raise InvalidArgumentError("the archive", "the state of an iteration", f"a {archive.kind}", "")
        shifts, steps = _numbers(archive, "shifts", "c"), _numbers(archive, "steps", "i")
        if shifts.ndim != 1 or steps.shape != shifts.shape or (shifts.real >= 0).any() or (steps < 1).any():
            received = f"{shifts.shape} shifts, {steps.shape} counts"
            raise InvalidArgumentError("shifts", "shifts in the left half plane, each with its steps", received, "")
        self._shifts, self._steps = shifts, steps
        self._sides = [_side(archive, name, side) for name, side in zip(_SIDES, state.sides, strict=True)]

    def put_into(self, state: AdiState) -> None:
        """Bring a fresh state to where this one stood."""
        state.history.shifts[:] = [complex(shift) for shift in self._shifts]
        state.history.steps[:] = [int(steps) for steps in self._steps]
        for side, (residual, factor) in zip(state.sides, self._sides, strict=True):
            side.residual = state.pencil.permute(residual)
            side.factor.append(state.pencil.permute(factor))
            side.produced, side.lowest = side.factor.count, min(side.relative_residual, 1.0)


def _side(archive: Archive, name: str, side: Side) -> tuple[Array, Array]:
    """Residual and factor of one equation, of the shapes and the type that the equation gives them."""
    kind = "c" if np.iscomplexobj(side.residual) else "f"
    residual, factor = _numbers(archive, f"{name}_residual", kind), _numbers(archive, f"{name}_factor", kind)
    rows, columns = side.residual.shape
    if residual.shape != (rows, columns):
        raise InvalidArgumentError(f"{name}_residual", f"shape {(rows, columns)}", f"{residual.shape}", "")
    if factor.ndim != 2 or len(factor) != rows:
        raise InvalidArgumentError(f"{name}_factor", f"a matrix of {rows} rows", f"shape {factor.shape}", "")
    return residual, factor


def _numbers(archive: Archive, name: str, kind: str) -> Array:
    """An array of finite numbers of one kind."""
    array = archive[name]
    if array.dtype.kind != kind:
        raise InvalidArgumentError(name, _KINDS[kind], f"type {array.dtype}", "")
    if not np.isfinite(array).all():
        raise InvalidArgumentError(name, "finite numbers", "NaN or infinity", "")
    return array


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
