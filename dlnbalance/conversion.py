"""The doors from and to other libraries: python-control, scipy.signal, tuples of matrices, files."""

from pathlib import Path
from typing import Any

from .errors import InvalidArgumentError
from .systems import LinearSystem

__all__ = ["as_model", "as_system", "restore_type"]


def as_system(obj: Any) -> LinearSystem:
    """Turn anything that describes a linear system into a :class:`LinearSystem`.

    Parameters
    ----------
    obj : LinearSystem, control.StateSpace, control.TransferFunction, scipy.signal system, tuple or path
        A tuple is (A, B, C), (A, B, C, D) or (A, B, C, D, dt). A ``str`` or ``Path`` names a file
        (see :func:`dlnbalance.load`).

    Returns
    -------
    LinearSystem
        With the time base and signal names of `obj`.

    Raises
    ------
    InvalidArgumentError
        For anything else, improper transfer functions, and tuples of other lengths.

    Examples
    --------
    >>> import control
    >>> as_system(control.tf([1.0], [1.0, 3.0, 2.0], 0.1, inputs="throttle")).inputs
    ('throttle',)
    >>> as_system(([[0.5]], [[1.0]], [[1.0]], [[0.0]], 0.1)).dt
    0.1
    """
    if isinstance(obj, LinearSystem):
        return obj
    if isinstance(obj, str | Path):
        from .io import load_system

        return load_system(obj)
    if isinstance(obj, tuple | list):
        if len(obj) not in (3, 4, 5):
            raise InvalidArgumentError(
                "system",
                "(A, B, C), (A, B, C, D) or (A, B, C, D, dt)",
                f"{len(obj)} items",
                "add or remove some",
            )
        return LinearSystem(*obj[:4], dt=obj[4]) if len(obj) == 5 else LinearSystem(*obj)
    library = _library(obj)
    if library == "control":
        return _from_control(obj)
    if library == "scipy" and hasattr(obj, "to_ss"):
        return _from_scipy(obj)
    raise InvalidArgumentError(
        "system",
        "a LinearSystem, control.StateSpace, control.TransferFunction, scipy.signal system, (A, B, C[, D[, dt]])"
        " or the path of a model file",
        f"{type(obj).__module__}.{type(obj).__qualname__}",
        "convert it to one of these",
    )


def as_model(obj: Any) -> Any:
    """Return `obj` if it is a quiver representation in other words, else the linear system (E = I) that it describes.

    Parameters
    ----------
    obj : Representation, DeepLinearNetwork, any other :class:`~dlnbalance.representation.Representable`, or anything
        that :func:`as_system` reads
        A model.

    Raises
    ------
    InvalidArgumentError
        For anything else.
    """
    if hasattr(type(obj), "with_representation") and not isinstance(obj, LinearSystem):
        return obj
    return as_system(obj).explicit()


def restore_type(system: LinearSystem, like: Any) -> Any:
    """Return `system` as the kind of object that `like` is.

    python-control and scipy.signal objects give back objects of the same class; everything else (tuples, paths,
    LinearSystem) gives the LinearSystem itself.
    """
    library = _library(like)
    if library == "control":
        import control

        return system.to_transfer_function() if isinstance(like, control.TransferFunction) else system.to_control()
    if library == "scipy":
        return _to_scipy_kind(system, like)
    return system


def _library(obj: Any) -> str:
    """Top-level package of the first class in the ancestry of `obj` that comes from a known library."""
    packages = (kind.__module__.partition(".")[0] for kind in type(obj).__mro__)
    return next((package for package in packages if package in ("control", "scipy")), "")


def _from_scipy(obj: Any) -> LinearSystem:
    try:
        state_space = obj if hasattr(obj, "A") else obj.to_ss()
    except ValueError as error:
        raise InvalidArgumentError(
            "system", "a proper transfer function", str(error), "split off its polynomial part"
        ) from error
    dt = 0 if obj.dt is None else obj.dt
    return LinearSystem(state_space.A, state_space.B, state_space.C, state_space.D, dt=dt)


def _to_scipy_kind(system: LinearSystem, like: Any) -> Any:
    import warnings

    import scipy.signal

    state_space = system.to_scipy()
    with warnings.catch_warnings():
        # Rounding leaves leading coefficients that are almost zero; scipy drops them and says so.
        warnings.simplefilter("ignore", scipy.signal.BadCoefficients)
        if isinstance(like, scipy.signal.TransferFunction):
            return state_space.to_tf()
        return state_space.to_zpk() if isinstance(like, scipy.signal.ZerosPolesGain) else state_space


def _from_control(obj: Any) -> LinearSystem:
    import control

    if isinstance(obj, control.TransferFunction):
        try:
            state_space = control.tf2ss(obj)
        except (ValueError, TypeError, NotImplementedError, control.ControlMIMONotImplemented) as error:
            raise InvalidArgumentError(
                "system",
                "a proper transfer function that python-control can realize",
                str(error) or type(error).__name__,
                "install slycot for several inputs or outputs, or pass state-space matrices",
            ) from error
    elif isinstance(obj, control.StateSpace):
        state_space = obj
    else:
        raise InvalidArgumentError(
            "system",
            "control.StateSpace or control.TransferFunction",
            type(obj).__qualname__,
            "linearize it or convert it with control.ss",
        )
    return LinearSystem(
        state_space.A,
        state_space.B,
        state_space.C,
        state_space.D,
        dt=obj.dt,
        inputs=obj.input_labels,
        outputs=obj.output_labels,
        states=obj.state_labels if isinstance(obj, control.StateSpace) else None,
        name=obj.name,
    )
