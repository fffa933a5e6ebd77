r"""Model files: MATLAB, NumPy and Matrix Market.

=================  ======================================================================================
Path               What it holds
=================  ======================================================================================
``m.mat``          A system, as variables A, B, C and, where needed, D and E (the SLICOT collection's form);
                   MATLAB's version 5, dense or sparse.
``m.npz``          A system, as arrays A, B, C[, D, E], where a sparse matrix is split into ``A.data``,
                   ``A.indices``, ``A.indptr`` and ``A.shape`` (compressed columns); or a network, as arrays
                   W1, …, WN. Never pickled.
``m.mtx``          A system, as a set of Matrix Market files ``m.A.mtx``, ``m.B.mtx``, ``m.C.mtx``[,
                   ``m.D.mtx``, ``m.E.mtx``]. The path of its first member, ``m.A.mtx``, names the same set.
``m.safetensors``  A network, the weights of a bias-free chain; read only, with the extra ``torch``.
``m.A``            The same with members ``m.A``, ``m.B``, ``m.C``[, ``m.D``, ``m.E``]; read only.
=================  ======================================================================================

Variables ``dt``, ``inputs``, ``outputs``, ``states`` and ``name`` beside the matrices hold the time base and the
names; a Matrix Market set holds them as JSON in the comments of its first member. Without them a system is
continuous and its signals are numbered. What is written here is read back exactly.
"""

import io
import itertools
import json
import os
import re
import zipfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.io
import scipy.sparse as sp

from .arrays import Matrix, is_sparse
from .conversion import as_system
from .errors import FileFormatError, InvalidArgumentError
from .files import check_targets, write_files
from .networks import DeepLinearNetwork
from .systems import LinearSystem

__all__ = ["load", "load_network", "load_system", "save", "targets"]

_Model = LinearSystem | DeepLinearNetwork

_MATRICES = ("A", "B", "C", "D", "E")
#: Arguments of LinearSystem that name signals, and the letters of the names that it gives by itself.
_SIGNALS = {"inputs": "u", "outputs": "y", "states": "x"}
_DETAILS = ("dt", *_SIGNALS, "name")
#: Parts of a sparse matrix in an .npz file.
_PARTS = ("data", "indices", "indptr", "shape")
#: Says in an .npz file, or in the comments of a Matrix Market file, that this module wrote it.
_MARKER = "dlnbalance"


def load(path: str | os.PathLike[str]) -> LinearSystem | DeepLinearNetwork:
    """Read a model from a file; its suffix says how.

    Parameters
    ----------
    path : str or path
        ``.mat``, ``.npz``, ``.mtx`` or ``.A``; the table in :mod:`dlnbalance.io` says what each holds.

    Returns
    -------
    LinearSystem or DeepLinearNetwork
        A network from an ``.npz`` file with layers W1, …, WN, or with arr_0, arr_1, … (what ``numpy.savez`` calls
        arrays that are passed without names), the first to act first; a system from everything else.

    Raises
    ------
    FileFormatError
        When the file is missing, incomplete, of another format, or does not hold a model.

    Notes
    -----
    Lower-case names (a, b, c, d, e) are read where there is no A; an empty D or E counts as absent; other variables
    are ignored. A text file must end with its last line finished: a number cut short is still a number.

    Truncated files are refused. Other damage is sure to be noticed in ``.npz`` files only, which carry checksums; and
    scipy's reader of ``.mat`` files is not proof against bytes made to harm: read those from sources you trust.

    Examples
    --------
    >>> import tempfile
    >>> from dlnbalance.systems import LinearSystem
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(LinearSystem(-1.0, 1.0, 1.0, dt=None, inputs=["voltage"]), f"{folder}/motor.mat")
    ...     load(path)
    LinearSystem: 1 state, 1 input, 1 output, time base unspecified (dt = None), dense real
      inputs:  voltage
      outputs: y[0]
    """
    path = _as_path(path)
    try:
        return _format_of(path).read(path)
    except FileFormatError:
        raise
    except InvalidArgumentError as error:
        raise FileFormatError(
            str(path), f"{error.expected} in {error.argument}", error.received, error.remedy
        ) from error
    except Exception as error:  # the readers have no common one for malformed bytes
        raise FileFormatError(
            str(path),
            f"a readable and complete {path.suffix} file",
            f"{type(error).__name__}: {error}",
            "check its permissions, its suffix and its size, and write it again if it is damaged",
        ) from error


def load_system(path: str | os.PathLike[str]) -> LinearSystem:
    """Read a linear system from a file (see :func:`load`).

    Raises
    ------
    FileFormatError
        Also when the file holds a network.
    """
    model = load(path)
    if isinstance(model, DeepLinearNetwork):
        raise FileFormatError(
            os.fspath(path),
            "a linear system",
            "a deep linear network",
            "read it with load_network, or turn it into a system",
        )
    return model


def load_network(path: str | os.PathLike[str]) -> DeepLinearNetwork:
    """Read a deep linear network from a file (see :func:`load`).

    Raises
    ------
    FileFormatError
        Also when the file holds a system.
    """
    model = load(path)
    if isinstance(model, LinearSystem):
        raise FileFormatError(
            os.fspath(path),
            "a deep linear network",
            "a linear system",
            "read it with load_system, or store layers W1, …, WN",
        )
    return model


def save(obj: Any, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a model to a file; its suffix says how.

    Parameters
    ----------
    obj : model
        A DeepLinearNetwork, anything that :func:`~dlnbalance.conversion.as_system` takes, or a result of this library
        with one of them as its ``system`` or ``network``.
    path : str or path
        ``.mat``, ``.npz`` or ``.mtx`` for a system, ``.npz`` for a network; the table in :mod:`dlnbalance.io` says
        how each is laid out. The folder must exist.
    overwrite : bool
        Replace what is there. A Matrix Market set is replaced whole: no member of the old one stays behind.

    Returns
    -------
    Path
        `path`, from which :func:`load` reads the model back.

    Raises
    ------
    FileFormatError
        When the file exists, cannot be written, or its format cannot hold the model.
    InvalidArgumentError
        When `obj` is not a model.

    Notes
    -----
    Everything is written beside `path` first and then moved into place, so that an error leaves no part of a file
    behind, and leaves untouched what was there.

    Examples
    --------
    >>> import tempfile
    >>> from dlnbalance.networks import DeepLinearNetwork
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(DeepLinearNetwork([[[1.0, 2.0]], [[3.0]]]), f"{folder}/layers.npz")
    ...     load_network(path).widths
    (2, 1, 1)
    """
    path = _as_path(path)
    write = _format_of(path).write
    if write is None:
        raise FileFormatError(str(path), "a format that is written here", path.suffix, "use .mat, .npz or .mtx")
    model = _model_of(obj)
    _check_names(path, model)
    check_targets(path, targets(path), overwrite=overwrite)
    try:
        contents = write(path, model)
    except scipy.io.matlab.MatWriteError as error:
        raise FileFormatError(str(path), "a model that the format holds", str(error), "choose .npz or .mtx") from error
    write_files(path, contents)
    return path


def targets(path: str | os.PathLike[str]) -> list[Path]:
    """Files that :func:`save` writes for `path`: itself, or the members of a Matrix Market set."""
    path = _as_path(path)
    return list(_members(path).values()) if path.suffix.lower() == ".mtx" else [path]


# -- formats --------------------------------------------------------------------------------------------------------


class _Format(NamedTuple):
    """How to read a model, and how to turn one into the bytes of files (None: a file that must not stay)."""

    read: Callable[[Path], _Model]
    write: Callable[[Path, _Model], dict[Path, bytes | None]] | None


def _format_of(path: Path) -> _Format:
    formats = {
        ".mat": _Format(_read_mat, _write_mat),
        ".npz": _Format(_read_npz, _write_npz),
        ".mtx": _Format(_read_set, _write_set),
        ".safetensors": _Format(_read_safetensors, None),
    }
    found = _Format(_read_set, None) if path.suffix == ".A" else formats.get(path.suffix.lower())
    if found is None:
        suffix = f"the suffix {path.suffix!r}" if path.suffix else "a name without a suffix"
        raise FileFormatError(
            str(path), "a .mat, .npz or .mtx file", suffix, "the suffix says which format is meant: add or change it"
        )
    return found


def _read_safetensors(path: Path) -> DeepLinearNetwork:
    from .interop import load_safetensors

    return load_safetensors(path)


def _read_mat(path: Path) -> LinearSystem:
    with _opened(path) as stream:
        try:
            kinds = {name: kind for name, _, kind in scipy.io.whosmat(stream)}
        except NotImplementedError:
            raise FileFormatError(
                str(path), "a MATLAB file of version 5", "version 7.3 (HDF5)", "save it with -v7 in MATLAB"
            ) from None
        end = stream.tell()
        if end > stream.seek(0, os.SEEK_END):  # the last variable ends behind the file; E may have followed it
            raise FileFormatError(str(path), "a complete MATLAB file", "one that is cut off", "write or copy it again")
        stream.seek(0)
        wanted = [name for name in kinds if name.upper() in _MATRICES or name in _DETAILS]
        stored = scipy.io.loadmat(stream, variable_names=wanted)
    variables = {name: stored[name] for name in wanted}
    if kinds.get("dt") == "logical":  # which scipy returns as numbers
        variables["dt"] = np.asarray(variables["dt"], dtype=bool)
    return _system(variables, kinds)


def _write_mat(path: Path, model: _Model) -> dict[Path, bytes | None]:
    system = _only_system(path, model)
    details: dict[str, Any] = {
        key: np.array(value, dtype=object) if key in _SIGNALS else value
        for key, value in _stored_details(system).items()
    }
    matrices = _matrices(system)
    # C goes last: a file that is cut off anywhere then lacks it, and is not taken for a smaller model.
    order = sorted(matrices, key=["D", "E", "A", "B", "C"].index)
    stream = io.BytesIO()
    scipy.io.savemat(stream, details | {letter: matrices[letter] for letter in order})
    return {path: stream.getvalue()}


def _read_npz(path: Path) -> _Model:
    with _opened(path) as stream:
        if not zipfile.is_zipfile(stream):
            raise FileFormatError(
                str(path), "a NumPy archive", "a file that is not one, or is cut off", "write it with numpy.savez"
            )
        stream.seek(0)
        with np.load(stream, allow_pickle=False) as archive:
            if _is_network(archive):
                return DeepLinearNetwork([archive[name] for name in _layers(archive.files)])
            return _system(_unpacked(archive), archive.files)


def _is_network(archive: Any) -> bool:
    """Whether an archive holds a network, by its marker or else by the names of its arrays."""
    if _MARKER in archive.files:
        kind = str(archive[_MARKER])
        if kind not in ("LinearSystem", "DeepLinearNetwork"):
            raise InvalidArgumentError(
                _MARKER, "LinearSystem or DeepLinearNetwork", repr(kind), "read it with a newer version of the library"
            )
        return kind == "DeepLinearNetwork"
    layers = _layers(archive.files)
    matrices = {name.partition(".")[0].upper() for name in archive.files} & {"A", "B", "C"}
    if layers and matrices:
        raise InvalidArgumentError(
            "the archive", "either matrices A, B, C or layers", "both", "store the system and the network apart"
        )
    return bool(layers)


def _layers(names: Collection[str]) -> list[str]:
    """Names of the layers of a network, in their order: W1, …, WN or arr_0, …."""
    for prefix, first in (("W", 1), ("arr_", 0)):
        matches = [re.fullmatch(prefix + "(0|[1-9][0-9]*)", name) for name in names]
        numbers = sorted(int(match[1]) for match in matches if match)
        found = [f"{prefix}{number}" for number in numbers]
        if numbers != list(range(first, first + len(numbers))):
            raise InvalidArgumentError(
                "the archive",
                f"layers {prefix}{first}, {prefix}{first + 1}, … without a gap",
                ", ".join(found),
                "number them",
            )
        if found:
            return found
    return []


def _unpacked(archive: Any) -> dict[str, Any]:
    """Arrays of a system, its sparse matrices put together."""
    variables: dict[str, Any] = {}
    for name in archive.files:
        letter, _, part = name.partition(".")
        if part == "data" and letter in _MATRICES:
            data, indices, indptr, shape = (archive[f"{letter}.{part}"] for part in _PARTS)
            variables[letter] = sp.csc_array((data, indices, indptr), shape=tuple(int(size) for size in shape))
        elif name.upper() in _MATRICES or name in _DETAILS:
            variables[name] = archive[name]
    return variables


def _write_npz(path: Path, model: _Model) -> dict[Path, bytes | None]:
    arrays: dict[str, Any] = {_MARKER: np.array(type(model).__name__)}
    if isinstance(model, DeepLinearNetwork):
        arrays |= {f"W{k}": weight for k, weight in enumerate(model.weights, start=1)}
    else:
        for letter, matrix in _matrices(model).items():
            arrays |= (
                {f"{letter}.{part}": np.asarray(getattr(matrix, part)) for part in _PARTS}
                if is_sparse(matrix)
                else {letter: matrix}
            )
        arrays |= {key: np.asarray(value) for key, value in _stored_details(model).items()}
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return {path: stream.getvalue()}


def _members(path: Path) -> dict[str, Path]:
    """Files of the Matrix Market set that `path` names."""
    suffix = "" if path.suffix == ".A" else path.suffix
    stem = path.name[: len(path.name) - len(suffix)].removesuffix(".A")
    return {letter: path.with_name(f"{stem}.{letter}{suffix}") for letter in _MATRICES}


def _read_set(path: Path) -> LinearSystem:
    members = _members(path)
    details = _comments(_text(members["A"])) if members["A"].is_file() else {}
    letters = details.pop("matrices", [letter for letter, member in members.items() if member.is_file()])
    missing = [members[letter].name for letter in {*"ABC", *letters} if not members[letter].is_file()]
    if missing:
        raise FileFormatError(
            str(path),
            f"a Matrix Market set ({', '.join(members[letter].name for letter in 'ABC')} and, where needed, D and E)",
            f"no file {' or '.join(sorted(missing))}",
            "give the path of the set without the letter, and keep its members in one folder",
        )
    matrices = {letter: _read_matrix_market(members[letter]) for letter in letters}
    return _system(matrices, matrices, details)


def _read_matrix_market(path: Path) -> Matrix:
    content = _text(path)
    rows, columns, entries, _, _, symmetry = scipy.io.mminfo(io.BytesIO(content))
    # The reader trusts these numbers: it divides by the first two and writes both triangles of a symmetric matrix.
    if min(rows, columns) < 1 or (symmetry != "general" and rows != columns) or entries > 2 * len(content):
        raise InvalidArgumentError(
            path.name, "a size line that fits the file", f"{rows} × {columns} ({symmetry})", "write the file again"
        )
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
    """Time base, names and list of members in the comments of the first member, if this module wrote it."""
    lines = content.decode("latin-1").splitlines()[1:]
    comments = [line[1:] for line in itertools.takewhile(lambda line: line.startswith("%"), lines)]
    if not comments or comments[0].strip() != _MARKER:
        return {}
    return {key: value for key, value in json.loads("\n".join(comments[1:])).items() if key in (*_DETAILS, "matrices")}


def _write_set(path: Path, model: _Model) -> dict[Path, bytes | None]:
    system = _only_system(path, model)
    if system.nstates == 0:
        raise FileFormatError(str(path), "at least one state", "none", "save a static gain as .npz or .mat")
    matrices = _matrices(system)
    # One name a line: the format limits its lines to 1024 characters.
    details = _details(system) | {"matrices": list(matrices)}
    comment = f"{_MARKER}\n{json.dumps(details, indent=0)}"
    contents: dict[Path, bytes | None] = {}
    for letter, member in _members(path).items():
        if letter not in matrices:
            contents[member] = None
            continue
        stream = io.BytesIO()
        # The default precision writes the shortest digits that read back to the same number.
        scipy.io.mmwrite(stream, matrices[letter], comment=comment if letter == "A" else "", symmetry="general")
        contents[member] = stream.getvalue()
    return contents


# -- between variables and models -----------------------------------------------------------------------------------


def _system(
    variables: Mapping[str, Any], stored: Collection[str], details: Mapping[str, Any] | None = None
) -> LinearSystem:
    """Build the system from `variables` of a file; `stored` are the names of all that it has."""
    lower = "a" in variables and "A" not in variables
    letters = [letter.lower() for letter in _MATRICES] if lower else _MATRICES
    for letter in letters[:3]:
        if letter not in variables:
            raise InvalidArgumentError(
                letter,
                "a matrix",
                f"only the variables {', '.join(stored)}" if stored else "a file without variables",
                "store the matrices as A, B, C and, where needed, D and E",
            )
    matrices = [_matrix(letter, variables.get(letter)) for letter in letters]
    if details is None:
        details = _read_details(variables)
    return LinearSystem(*matrices[:4], E=matrices[4], **details)


def _matrix(letter: str, value: Any) -> Matrix | None:
    if is_sparse(value):
        matrix = sp.csc_array(value)
        matrix.check_format(full_check=True)  # indices from a damaged file would be followed out of the array
        return matrix
    # MATLAB's [] stands for a zero D and an identity E.
    return None if value is not None and letter in "DEde" and np.shape(value) == (0, 0) else value


def _read_details(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Time base and names from the variables of a .mat or .npz file."""
    details: dict[str, Any] = {key: _texts(key, variables[key]) for key in _SIGNALS if key in variables}
    if "name" in variables:
        details["name"] = "".join(_texts("name", variables["name"]))
    if "dt" in variables:
        dt = np.asarray(variables["dt"])
        if dt.size > 1:
            raise InvalidArgumentError(
                "dt", "one number", f"shape {dt.shape}", "rename the variable, or store a scalar"
            )
        details["dt"] = dt.item() if dt.size else None
    return details


def _texts(key: str, value: Any) -> list[str]:
    """Strings of a NumPy array of text or of a MATLAB cell array (of arrays of text)."""
    cells = [np.asarray(cell) for cell in np.ravel(value)]
    if any(cell.dtype.kind != "U" for cell in cells):
        raise InvalidArgumentError(key, "text", "something else", "rename the variable, or store a cell array of text")
    return ["".join(np.ravel(cell)) for cell in cells]


def _matrices(system: LinearSystem) -> dict[str, Matrix]:
    matrices = {letter: getattr(system, letter) for letter in _MATRICES}
    return {letter: matrix for letter, matrix in matrices.items() if matrix is not None}


def _details(system: LinearSystem) -> dict[str, Any]:
    """Time base and names of a system, apart from the names that it has by itself."""
    details: dict[str, Any] = {"dt": system.dt}
    for key, letter in _SIGNALS.items():
        labels = list(getattr(system, key))
        if labels != [f"{letter}[{i}]" for i in range(len(labels))]:
            details[key] = labels
    if system.name is not None:
        details["name"] = system.name
    return details


def _stored_details(system: LinearSystem) -> dict[str, Any]:
    """The same for formats that hold arrays: no time base is an empty one, and True is a logical value."""
    dt = True if system.dt is True else np.empty((0, 0)) if system.dt is None else float(system.dt)
    return _details(system) | {"dt": np.asarray(dt)}


def _model_of(obj: Any) -> _Model:
    if isinstance(obj, LinearSystem | DeepLinearNetwork):
        return obj
    for attribute in ("system", "network"):
        if hasattr(obj, attribute):
            return _model_of(getattr(obj, attribute))
    return as_system(obj)


def _only_system(path: Path, model: _Model) -> LinearSystem:
    if isinstance(model, DeepLinearNetwork):
        raise FileFormatError(str(path), "a .npz file for a network", path.suffix, "give the path the suffix .npz")
    return model


def _check_names(path: Path, model: _Model) -> None:
    """Refuse names with characters that are not given back by every format."""
    if isinstance(model, DeepLinearNetwork):
        return
    for label in (*model.inputs, *model.outputs, *model.states, model.name or ""):
        if "\0" in label or any("\ud800" <= character <= "\udfff" for character in label):
            raise FileFormatError(
                str(path), "names without NUL and surrogate characters", repr(label), "rename the signal or the system"
            )


# -- files ----------------------------------------------------------------------------------------------------------


def _as_path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise InvalidArgumentError("path", "the path of a file", type(path).__qualname__, "pass a str or a Path")
    return Path(path)


def _opened(path: Path) -> Any:
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no such file"
        raise FileFormatError(str(path), "an existing file", kind, "check the spelling and the folder")
    return path.open("rb")
