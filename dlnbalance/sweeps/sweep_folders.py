"""What a sweep on the command line writes into a folder, so that it goes on where it was cut short.

Beside the reduced models lies ``sweep.jsonl``, one JSON object a line for each: which source it came from, what was
asked for, what came out, and a digest of the files. A line is written before its model, and counts once the files have
that digest: a process that is killed in between leaves a line that counts for nothing.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DlnBalanceError, FileFormatError
from ..files.matrix_market import members
from ..files.models import packed, targets
from ..files.writing import check_targets, write_file, write_files
from .results import Sweep

__all__ = ["RECORDS", "SweepFolder"]

RECORDS = "sweep.jsonl"
_FIELDS = {"target", "source", "request", "digest", "facts"}


class SweepFolder:
    """The folder for the results of a sweep over some sources, with the records of earlier ones.

    Parameters
    ----------
    folder : Path
        Where the reduced models go.
    outputs : mapping of str to Path
        The file in the folder for the model from each source.
    request : mapping of str to JSON value
        What this sweep asks for; results of another request do not count.
    overwrite : bool
        Whether files that exist may be replaced.

    Attributes
    ----------
    known : dict of str to dict
        What is known of sources that the same request has reduced: nothing, until `resume`.
    written : list of Path
        Models that were written since.
    failures : dict of str to Exception
        Why others could not be written.

    Raises
    ------
    FileFormatError
        When the folder does not exist, or has a file ``sweep.jsonl`` that is something else.
    """

    def __init__(self, folder: Path, outputs: Mapping[str, Path], request: Mapping[str, Any], *, overwrite: bool):
        self._path, self._outputs, self._overwrite = folder / RECORDS, outputs, overwrite
        self._request = {name: value if _is_plain(value) else repr(value) for name, value in request.items()}
        check_targets(self._path, overwrite=True)
        self._records = _read(self._path) if self._path.exists() else {}
        self._tidy = False
        # From before the sources are read: what changes while they are is not taken for done.
        self._stamps = {source: _stamp(source) for source in outputs}
        self.known: dict[str, dict[str, Any]] = {}
        self.written: list[Path] = []
        self.failures: dict[str, Exception] = {}

    def resume(self) -> None:
        """Find the sources whose results are there, whole, and from the same request and the same files."""
        for source, output in self._outputs.items():
            record = self._records.get(output.name)
            same = record is not None and (record["request"], record["source"]) == (self._request, self._stamps[source])
            if record is not None and same and record["digest"] == _digest_of_files(output):
                self.known[source] = record["facts"]

    def write(self, source: str, model: Any, facts: dict[str, Any]) -> None:
        """Write the model that came from a source, and its record; when that fails, note why."""
        output = self._outputs[source]
        try:
            check_targets(output, targets(output), overwrite=self._overwrite, permission="add --force")
            contents = packed(model, output)
            self._append({
                "target": output.name, "source": self._stamps[source], "request": self._request,
                "digest": _digest(contents), "facts": facts,
            })  # fmt: skip
            write_files(output, contents)
        except (DlnBalanceError, OSError) as error:  # the others may still find their place
            self.failures[source] = error
        else:
            self.written.append(output)

    def completed(self, sweep: Sweep, done: Sequence[str]) -> Sweep:
        """Return a sweep over all sources from one over those that were left.

        Parameters
        ----------
        sweep : Sweep
            Its models are pairs of a model and of facts; of sources known before, the model is None.
        done : sequence of str
            The sources of the sweep.
        """
        models: dict[str, Any] = {source: (None, facts) for source, facts in self.known.items()}
        models |= {source: model for source, model in zip(done, sweep.models, strict=False) if model is not None}
        failures = {done[index]: error for index, error in sweep.failures.items()} | self.failures
        labels = tuple(self._outputs)
        return Sweep(
            models=tuple(None if source in failures else models.get(source) for source in labels),
            failures={index: failures[source] for index, source in enumerate(labels) if source in failures},
            unfinished=tuple(i for i, source in enumerate(labels) if source not in models and source not in failures),
            labels=labels,
        )

    def _append(self, record: dict[str, Any]) -> None:
        if not self._tidy:  # a line that was cut off, and lines that were replaced, go
            lines = [json.dumps(known) for known in self._records.values()]
            write_file(self._path, "".join(f"{line}\n" for line in lines).encode(), overwrite=True)
            self._tidy = True
        self._records[record["target"]] = record
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Records by the names of their targets, the last of each; a last line that was cut off is left out."""
    *lines, _cut_off = path.read_bytes().split(b"\n")
    try:
        records = [json.loads(line) for line in lines]
        strange = next((i for i, record in enumerate(records, start=1) if {*record} != _FIELDS), None)
    except (ValueError, TypeError) as error:
        strange = f"{type(error).__name__}: {error}"
    else:
        if strange is None:
            return {record["target"]: record for record in records}
        strange = f"line {strange}, which is none"
    raise FileFormatError(str(path), "records of a sweep", strange, "move it away, or choose another folder")


def _stamp(source: str) -> list[Any]:
    """What identifies a source, to see whether it has changed: its name, and size and time of the files behind it."""
    path = Path(source)
    files = members(path).values() if path.suffix.lower() == ".mtx" or path.suffix == ".A" else [path]
    sizes = [(file.name, file.stat()) for file in files if file.is_file()]
    return [source, [[name, status.st_size, status.st_mtime_ns] for name, status in sizes]]


def _is_plain(value: Any) -> bool:
    """Whether a value is written to a record as it is; settings of Gramians print themselves."""
    return value is None or isinstance(value, bool | int | float | str)


def _digest(contents: Mapping[Path, bytes | None]) -> str:
    """SHA-256 of files: of their names, lengths and bytes."""
    digest = hashlib.sha256()
    for path, content in contents.items():
        if content is not None:
            digest.update(f"{path.name}\n{len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def _digest_of_files(output: Path) -> str:
    return _digest({file: file.read_bytes() if file.is_file() else None for file in targets(output)})
