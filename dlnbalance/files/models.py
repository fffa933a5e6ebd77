r"""Model files: MATLAB, NumPy and Matrix Market.

================== ======================================================================================
Path               What it holds
================== ======================================================================================
``m.mat``          A system, as variables A, B, C and, where needed, D and E (the SLICOT collection's form);
                   dense or sparse. Read in MATLAB's versions 4 and 5 (also "6" and "7"), written in version 5.
``m.npz``          A system, as arrays A, B, C[, D, E], where a sparse matrix is split into ``A.data``,
                   ``A.indices``, ``A.indptr`` and ``A.shape`` (compressed columns); or a network, as arrays
                   W1, …, WN; or a model of another class, as arrays of its own. Never pickled.
``.mat``, ``.npz`` A second-order system, as M, D, K, B, C_position (or Cp, or C), C_velocity (or Cv) and
                   feedthrough, as far as there are such, and no A; where there is an E, that is the damping,
                   and D the feedthrough. Written as ``.npz``.
``m.mtx``          A system, as a set of Matrix Market files ``m.A.mtx``, ``m.B.mtx``, ``m.C.mtx``[,
                   ``m.D.mtx``, ``m.E.mtx``]. The path of its first member, ``m.A.mtx``, names the same set.
``m.safetensors``  A network, the weights of a bias-free chain; read only, with the extra ``torch``.
``m.A``            The same with members ``m.A``, ``m.B``, ``m.C``[, ``m.D``, ``m.E``]; read only.
================== ======================================================================================

Variables ``dt``, ``inputs``, ``outputs``, ``states`` and ``name`` beside the matrices hold the time base and the
names; a Matrix Market set holds them as JSON in the comments of its first member. Without them a system is
continuous and its signals are numbered. What is written here is read back exactly.

How each format holds a model is in :mod:`~dlnbalance.files.model_formats`.
"""

import os
from pathlib import Path
from typing import Any

import scipy.io

from ..errors import FileFormatError, InvalidArgumentError
from ..linalg.arguments import flag
from ..networks.network import DeepLinearNetwork
from ..systems.linear_system import LinearSystem
from . import matrix_market
from .from_libraries import system_from
from .model_formats import MATRICES, Model, Write, check_names, format_of
from .saved import Saved
from .writing import check_targets, write_files

__all__ = ["load", "load_network", "load_system", "packed", "save", "targets"]

_WITHOUT_E = "leave E out with descriptor=False (--ignore-E on the command line) if it is no descriptor matrix"


def load(path: str | os.PathLike[str], *, descriptor: bool = True) -> Any:
    """Read a model from a file; its suffix says how.

    Parameters
    ----------
    path : str or path
        ``.mat``, ``.npz``, ``.mtx`` or ``.A``; the table in :mod:`dlnbalance.files.models` says what each holds.
    descriptor : bool
        Whether E is the descriptor matrix. If not, it is not read: some collections (COMPleib among them) call other
        matrices E.

    Returns
    -------
    LinearSystem, DeepLinearNetwork or another model
        What was saved. A network from an ``.npz`` file with layers W1, …, WN, or with arr_0, arr_1, … (what
        ``numpy.savez`` calls arrays that are passed without names), the first to act first; a linear system from
        everything else that was not saved here.

    Raises
    ------
    FileFormatError
        When the file is missing, incomplete, of another format, or does not hold a model.

    Notes
    -----
    Lower-case names (a, b, c, d, e) are read where there is no A; an empty D or E counts as absent; other variables
    are ignored, of whatever class they are. A text file must end with its last line finished: a number cut short is
    still a number.

    Truncated files are refused, and sizes that contradict each other or exceed the memory. Other damage is sure to be
    noticed in ``.npz`` files, which carry checksums and, written here, list their members; in ``.mat`` files that are
    written here; and where a ``.mat`` file is compressed.

    See Also
    --------
    dlnbalance.save : write a model to a file.
    dlnbalance.as_system : turn anything that describes a linear system into a LinearSystem.

    Examples
    --------
    >>> import tempfile
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(LinearSystem(-1.0, 1.0, 1.0, dt=None, inputs=["voltage"]), f"{folder}/motor.mat")
    ...     load(path)
    LinearSystem: 1 state, 1 input, 1 output, time base unspecified (dt = None), dense real
      inputs:  voltage
      outputs: y[0]
    """
    path = _as_path(path)
    flag("descriptor", descriptor)
    try:
        return format_of(path).read(path, MATRICES if descriptor else MATRICES[:-1])
    except FileFormatError:
        raise
    except InvalidArgumentError as error:
        about_E = error.argument in ("E", "e", matrix_market.members(path)["E"].name)
        advice = f", or {_WITHOUT_E}" if about_E else ""
        raise FileFormatError(
            str(path), f"{error.expected} in {error.argument}", error.received, error.remedy + advice
        ) from error
    except MemoryError as error:
        raise FileFormatError(
            str(path), "a model that fits in memory", "one that does not", "read it on a larger machine"
        ) from error
    except Exception as error:  # the readers have no common one for malformed bytes
        raise FileFormatError(
            str(path),
            f"a readable and complete {path.suffix} file",
            f"{type(error).__name__}: {error}",
            "check its permissions, its suffix and its size, and write it again if it is damaged",
        ) from error


def load_system(path: str | os.PathLike[str], *, descriptor: bool = True) -> LinearSystem:
    """Read a linear system from a file (see :func:`load`).

    Parameters
    ----------
    path : str or path
        The file.
    descriptor : bool
        Whether E is the descriptor matrix; if not, it is not read.

    Raises
    ------
    FileFormatError
        Also when the file holds a network.

    See Also
    --------
    dlnbalance.load : read a model from a file.
    dlnbalance.save : write a model to a file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import dlnbalance as dln
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = dln.save(dln.LinearSystem([[-1.0]], [[1.0]], [[2.0]]), Path(folder) / "model.mat")
    ...     load_system(path).C.tolist()
    [[2.0]]
    """
    model = load(path, descriptor=descriptor)
    if not isinstance(model, LinearSystem):
        raise FileFormatError(
            os.fspath(path),
            "a linear system",
            _kind(model),
            f"read it with {_reader(model)}, or turn it into a system",
        )
    return model


def load_network(path: str | os.PathLike[str]) -> DeepLinearNetwork:
    """Read a deep linear network from a file (see :func:`load`).

    Raises
    ------
    FileFormatError
        Also when the file holds a system.

    See Also
    --------
    dlnbalance.load : read a model from a file.
    dlnbalance.save : write a model to a file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import dlnbalance as dln
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = dln.save(dln.DeepLinearNetwork([[[2.0]], [[3.0]]]), Path(folder) / "weights.npz")
    ...     load_network(path).end_to_end.tolist()
    [[6.0]]
    """
    model = load(path)
    if not isinstance(model, DeepLinearNetwork):
        raise FileFormatError(
            os.fspath(path),
            "a deep linear network",
            _kind(model),
            f"read it with {_reader(model)}, or store layers W1, …, WN",
        )
    return model


def _kind(model: Model) -> str:
    if isinstance(model, LinearSystem):
        return "a linear system"
    return "a deep linear network" if isinstance(model, DeepLinearNetwork) else f"a {type(model).__name__}"


def _reader(model: Model) -> str:
    """The function that reads a model of this kind."""
    if isinstance(model, LinearSystem):
        return "load_system"
    return "load_network" if isinstance(model, DeepLinearNetwork) else "load"


def save(obj: Any, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a model to a file; its suffix says how.

    Parameters
    ----------
    obj : model
        A DeepLinearNetwork, a SystemFamily, BilinearSystem, SecondOrderSystem, PeriodicSystem or TimeVaryingSystem,
        anything that :func:`~dlnbalance.files.conversion.as_system` takes, or a result of this library with one of them
        as its ``system`` or ``network``.
    path : str or path
        ``.mat``, ``.npz`` or ``.mtx`` for a linear system, ``.npz`` for all others; the table in
        :mod:`dlnbalance.files.models` says how each is laid out. The folder must exist.
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

    See Also
    --------
    dlnbalance.load : read a model from a file.

    Examples
    --------
    >>> import tempfile
    >>> from dlnbalance.networks.network import DeepLinearNetwork
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(DeepLinearNetwork([[[1.0, 2.0]], [[3.0]]]), f"{folder}/layers.npz")
    ...     load_network(path).widths
    (2, 1, 1)
    """
    path = _as_path(path)
    model = _model_of(obj)
    _writer(path)
    check_targets(path, targets(path), overwrite=overwrite)
    write_files(path, packed(model, path))
    return path


def packed(obj: Any, path: str | os.PathLike[str]) -> dict[Path, bytes | None]:
    """Return what :func:`save` writes for `path`: the bytes of each file, None for one that must not stay.

    Raises
    ------
    FileFormatError
        When the format cannot hold the model.
    InvalidArgumentError
        When `obj` is not a model.

    See Also
    --------
    dlnbalance.save : write a model to a file.
    dlnbalance.files.targets : files that save writes for `path`.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> content = packed(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]), "model.npz")
    >>> [path.name for path in content]
    ['model.npz']
    """
    path = _as_path(path)
    write, model = _writer(path), _model_of(obj)
    check_names(path, model)
    try:
        return write(path, model)
    except scipy.io.matlab.MatWriteError as error:
        raise FileFormatError(str(path), "a model that the format holds", str(error), "choose .npz or .mtx") from error


def targets(path: str | os.PathLike[str]) -> list[Path]:
    """Files that :func:`save` writes for `path`: itself, or the members of a Matrix Market set.

    See Also
    --------
    dlnbalance.save : write a model to a file.
    dlnbalance.files.packed : return what save writes for `path`.

    Examples
    --------
    >>> [path.name for path in targets("model.npz")]
    ['model.npz']
    """
    path = _as_path(path)
    return list(matrix_market.members(path).values()) if path.suffix.lower() == ".mtx" else [path]


def _writer(path: Path) -> Write:
    write = format_of(path).write
    if write is None:
        raise FileFormatError(str(path), "a format that is written here", path.suffix, "use .mat, .npz or .mtx")
    return write


def _model_of(obj: Any) -> Model:
    if isinstance(obj, LinearSystem | DeepLinearNetwork | Saved):
        return obj
    for attribute in ("system", "network"):
        if hasattr(obj, attribute):
            return _model_of(getattr(obj, attribute))
    return load_system(obj) if isinstance(obj, str | Path) else system_from(obj)


def _as_path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise InvalidArgumentError("path", "the path of a file", type(path).__qualname__, "pass a str or a Path")
    return Path(path)
