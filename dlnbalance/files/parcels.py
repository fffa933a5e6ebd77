"""Objects on their way to another process, with systems in them that pickle refuses."""

import io
import pickle
import sys
from typing import Any

from ..systems.linear_system import LinearSystem
from .from_libraries import system_from

__all__ = ["Parcel"]


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
        if "control" not in sys.modules:  # no objects of it, and nothing to ask of every object
            return _unpacked, (pickle.dumps(self.content, pickle.HIGHEST_PROTOCOL),)
        buffer = io.BytesIO()
        _Packer(buffer, pickle.HIGHEST_PROTOCOL).dump(self.content)
        return _unpacked, (buffer.getvalue(),)


def _unpacked(packed: bytes) -> Parcel:
    return Parcel(pickle.loads(packed))


class _Packer(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        if not isinstance(obj, sys.modules["control"].StateSpace):
            return NotImplemented
        return LinearSystem.to_control, (system_from(obj),)
