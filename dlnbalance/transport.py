"""What travels between processes: immutable objects without their caches, and systems that pickle refuses."""

import io
import pickle
import sys
from functools import cached_property
from typing import Any

import numpy as np

from .arrays import frozen

__all__ = ["Immutable", "Parcel"]


class Immutable:
    """Pickles and copies what an object was made of; cached properties are left behind, arrays arrive read-only.

    Caches (Schur forms, decompositions) are several times larger than what they are computed from.
    """

    def __getstate__(self) -> dict[str, Any]:
        kind = type(self)
        return {k: v for k, v in vars(self).items() if not isinstance(getattr(kind, k, None), cached_property)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for value in state.values():
            for array in value if isinstance(value, tuple) else (value,):
                if isinstance(array, np.ndarray):
                    frozen(array)
        vars(self).update(state)


class Parcel:
    """Anything, on its way to another process.

    It is packed only when it is pickled: within one process the content stays the same object. Inside, objects of
    ``control.StateSpace``, which hold functions that pickle refuses, travel as matrices and names.

    Parameters
    ----------
    content : object
        Anything that can be pickled, except for the state-space models in it.

    Examples
    --------
    >>> import control, pickle
    >>> plant = control.ss([[-1.0]], [[1.0]], [[2.0]], 0, name="plant", inputs=["force"])
    >>> arrived = pickle.loads(pickle.dumps(Parcel(plant))).content
    >>> arrived.name, arrived.input_labels, arrived.C.item()
    ('plant', ['force'], 2.0)
    """

    def __init__(self, content: Any):
        self.content = content

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        buffer = io.BytesIO()
        _Packer(buffer, pickle.HIGHEST_PROTOCOL).dump(self.content)
        return _unpacked, (buffer.getvalue(),)


def _unpacked(packed: bytes) -> Parcel:
    return Parcel(pickle.loads(packed))


class _Packer(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        control = sys.modules.get("control")
        if control is None or not isinstance(obj, control.StateSpace):
            return NotImplemented
        from .conversion import as_system
        from .systems import LinearSystem

        return LinearSystem.to_control, (as_system(obj),)
