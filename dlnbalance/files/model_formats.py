"""What is in the files of models: how variables become systems and networks, and back, in each format.

The formats of the bytes are in :mod:`~dlnbalance.files.matlab_files`, :mod:`~dlnbalance.files.archives` and
:mod:`~dlnbalance.files.matrix_market`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from ..errors import FileFormatError, InvalidArgumentError
from ..linalg.arrays import Matrix, is_sparse
from ..networks.network import DeepLinearNetwork
from ..systems.linear_system import LinearSystem
from . import archives, matlab_files, matrix_market
from .saved import Saved, saved_class
from .second_order_files import SECOND_ORDER_NAMES, is_second_order

__all__ = [
    "MATRICES",
    "Format",
    "Model",
    "Write",
    "check_names",
    "details_to_arrays",
    "format_of",
    "matrices_to_arrays",
    "read_variables",
    "system_from_arrays",
    "system_to_arrays",
]

Model = LinearSystem | DeepLinearNetwork | Saved
#: Turns a model into the bytes of files; None stands for a file that must not stay.
Write = Callable[[Path, Model], dict[Path, bytes | None]]

MATRICES = ("A", "B", "C", "D", "E")
#: Arguments of LinearSystem that name signals, and the letters of the names that it gives by itself.
_SIGNALS = {"inputs": "u", "outputs": "y", "states": "x"}
_DETAILS = ("dt", *_SIGNALS, "name")
#: Parts of a sparse matrix in an .npz file.
_PARTS = ("data", "indices", "indptr", "shape")


class Format(NamedTuple):
    """How to read a model from some of its matrices, and how to turn one into the bytes of files.

    None stands for a file that must not stay.
    """

    read: Callable[[Path, Collection[str]], Model]
    write: Write | None


def format_of(path: Path) -> Format:
    """Return the format that the suffix of a path stands for.

    Raises
    ------
    FileFormatError
        When it stands for none.
    """
    formats = {
        ".mat": Format(_read_mat, _write_mat),
        ".npz": Format(_read_npz, _write_npz),
        ".mtx": Format(_read_set, _write_set),
        ".safetensors": Format(_read_safetensors, None),
    }
    found = Format(_read_set, None) if path.suffix == ".A" else formats.get(path.suffix.lower())
    if found is None:
        suffix = f"the suffix {path.suffix!r}" if path.suffix else "a name without a suffix"
        raise FileFormatError(
            str(path), "a .mat, .npz or .mtx file", suffix, "the suffix says which format is meant: add or change it"
        )
    return found


def _read_safetensors(path: Path, _letters: Collection[str]) -> DeepLinearNetwork:
    return DeepLinearNetwork.from_safetensors(path)


def _read_mat(path: Path, letters: Collection[str]) -> Model:
    with _opened(path) as stream:
        file = matlab_files.MatlabFile(stream)
        if is_second_order(file.names):
            wanted = {*SECOND_ORDER_NAMES, *_DETAILS} & set(file.names)
            return _second_order({name: file[name] for name in wanted})
        variables = {name: file[name] for name in file.names if name.upper() in letters or name in _DETAILS}
    return _system(variables, file.names)


def _write_mat(path: Path, model: Model) -> dict[Path, bytes | None]:
    system = _only_system(path, model)
    details: dict[str, Any] = {
        key: np.array(value, dtype=object) if key in _SIGNALS else value
        for key, value in _stored_details(system).items()
    }
    matrices = _matrices(system)
    # C goes last: a file that is cut off anywhere then lacks it, and is not taken for a smaller model.
    order = sorted(matrices, key=["D", "E", "A", "B", "C"].index)
    return {path: matlab_files.packed(details | {letter: matrices[letter] for letter in order})}


def _read_npz(path: Path, letters: Collection[str]) -> Model:
    with _opened(path) as stream:
        archive = archives.Archive(stream)
        if archive.kind not in (None, "LinearSystem", "DeepLinearNetwork"):
            kind = saved_class(archive.kind)
            archive.check_memory(archive.names)
            return kind.from_arrays({name: archive[name] for name in archive.names})
        if _is_network(archive):
            layers = _layers(archive.names)
            archive.check_memory(layers)
            return DeepLinearNetwork([archive[name] for name in layers])
        if is_second_order({name.partition(".")[0] for name in archive.names}):
            return _second_order(_unpacked(archive, SECOND_ORDER_NAMES))
        return _system(_unpacked(archive, letters), archive.names)


def _is_network(archive: archives.Archive) -> bool:
    """Whether an archive holds a network, by what it says or else by the names of its arrays."""
    if archive.kind is not None:
        return archive.kind == "DeepLinearNetwork"
    layers = _layers(archive.names)
    matrices = {name.partition(".")[0].upper() for name in archive.names} & {"A", "B", "C"}
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


def _unpacked(archive: archives.Archive, letters: Collection[str]) -> dict[str, Any]:
    """Arrays of a system, its sparse matrices put together."""
    wanted = [
        name
        for name in archive.names
        if name.partition(".")[0] in letters or name.upper() in letters or name in _DETAILS
    ]
    archive.check_memory(wanted)
    return _joined({name: archive[name] for name in wanted})


def _joined(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Matrices from arrays, the parts of sparse ones put together."""
    joined = {name: array for name, array in arrays.items() if "." not in name}
    for letter in [name.removesuffix(".data") for name in arrays if name.endswith(".data")]:
        data, indices, indptr, shape = (arrays[f"{letter}.{part}"] for part in _PARTS)
        joined[letter] = sp.csc_array((data, indices, indptr), shape=tuple(int(size) for size in shape))
    return joined


def _second_order(variables: Mapping[str, Any]) -> Saved:
    """The model of the class that has mass, damping and stiffness, which is defined above the files."""
    return saved_class("SecondOrderSystem").from_arrays(variables)


def matrices_to_arrays(matrices: Mapping[str, Matrix]) -> dict[str, Any]:
    """The arrays that an ``.npz`` file holds of some matrices: the parts of those that are sparse."""
    arrays: dict[str, Any] = {}
    for name, matrix in matrices.items():
        arrays |= (
            {f"{name}.{part}": np.asarray(getattr(matrix, part)) for part in _PARTS}
            if is_sparse(matrix)
            else {name: matrix}
        )
    return arrays


def system_to_arrays(system: LinearSystem) -> dict[str, Any]:
    """The arrays that an ``.npz`` file holds of a system."""
    return details_to_arrays(system) | matrices_to_arrays(_matrices(system))


def details_to_arrays(system: LinearSystem) -> dict[str, Any]:
    """Time base and names of a system, as arrays."""
    return {key: np.asarray(value) for key, value in _stored_details(system).items()}


def read_variables(arrays: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The matrices in the arrays of an ``.npz`` file (or the variables of another one), and time base and names."""
    joined = _joined(arrays)
    matrices = {name: _matrix(name, value) for name, value in joined.items() if name not in _DETAILS}
    return matrices, _read_details(joined)


def system_from_arrays(arrays: Mapping[str, Any]) -> LinearSystem:
    """The system that arrays from `system_to_arrays` describe."""
    return _system(_joined(arrays), arrays)


def _write_npz(path: Path, model: Model) -> dict[Path, bytes | None]:
    if isinstance(model, LinearSystem):
        arrays = system_to_arrays(model)
    elif isinstance(model, DeepLinearNetwork):
        arrays = {f"W{k}": weight for k, weight in enumerate(model.weights, start=1)}
    else:
        arrays = model.to_arrays()
    return {path: archives.packed(type(model).__name__, arrays)}


def _read_set(path: Path, letters: Collection[str]) -> LinearSystem:
    matrices, details = matrix_market.read(path, skip="".join(set(MATRICES) - set(letters)))
    return _system(matrices, matrices, {key: value for key, value in details.items() if key in _DETAILS})


def _write_set(path: Path, model: Model) -> dict[Path, bytes | None]:
    system = _only_system(path, model)
    if system.nstates == 0:
        raise FileFormatError(str(path), "at least one state", "none", "save a static gain as .npz or .mat")
    contents = matrix_market.packed(_matrices(system), _details(system))
    return {member: contents.get(letter) for letter, member in matrix_market.members(path).items()}


# -- between variables and models -----------------------------------------------------------------------------------


def _system(
    variables: Mapping[str, Any], stored: Collection[str], details: Mapping[str, Any] | None = None
) -> LinearSystem:
    """Build the system from `variables` of a file; `stored` are the names of all that it has."""
    lower = "a" in variables and "A" not in variables
    letters = [letter.lower() for letter in MATRICES] if lower else MATRICES
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
    matrices = {letter: getattr(system, letter) for letter in MATRICES}
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


def _only_system(path: Path, model: Model) -> LinearSystem:
    if not isinstance(model, LinearSystem):
        what = "network" if isinstance(model, DeepLinearNetwork) else type(model).__name__
        raise FileFormatError(str(path), f"a .npz file for a {what}", path.suffix, "give the path the suffix .npz")
    return model


def check_names(path: Path, model: Model) -> None:
    """Refuse names with characters that are not given back by every format."""
    if not isinstance(model, LinearSystem):
        return
    for label in (*model.inputs, *model.outputs, *model.states, model.name or ""):
        if "\0" in label or any("\ud800" <= character <= "\udfff" for character in label):
            raise FileFormatError(
                str(path), "names without NUL and surrogate characters", repr(label), "rename the signal or the system"
            )


def _opened(path: Path) -> Any:
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no such file"
        raise FileFormatError(str(path), "an existing file", kind, "check the spelling and the folder")
    return path.open("rb")
