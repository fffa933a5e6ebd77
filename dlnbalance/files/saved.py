"""Classes of models that bring their own arrays to a file."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Self

from ..errors import InvalidArgumentError
from ..linalg.arrays import Array
from ..linalg.subclasses import concrete_subclasses, import_all
from ..systems.linear_system import LinearSystem

__all__ = ["Saved", "saved_class"]

# Packages that bring such classes, imported when a file names a class that has not been imported yet.
_PACKAGES = ("dlnbalance.structured",)


class Saved(ABC):
    """A class of models that an ``.npz`` file holds by the name of the class and by arrays of its own."""

    @abstractmethod
    def to_arrays(self) -> dict[str, Array]:
        """Return the arrays that the model is made of, by name."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Return the model that `to_arrays` has taken apart."""

    def as_linear_system(self) -> LinearSystem | None:
        """The linear system that is this model in other words; None where there is none."""
        return None


def saved_class(name: str) -> type[Saved]:
    """The class of models that a file names.

    Raises
    ------
    InvalidArgumentError
        When there is none of this name.
    """
    found = _known().get(name)
    if found is None:
        for package in _PACKAGES:
            import_all(importlib.import_module(package))
        found = _known().get(name)
    if found is None:
        raise InvalidArgumentError(
            "the archive",
            f"a LinearSystem, a DeepLinearNetwork or one of {', '.join(sorted(_known()))}",
            repr(name),
            "import the module that defines this class of models, or read it with a newer version of the library",
        )
    return found


def _known() -> dict[str, type[Saved]]:
    return {kind.__name__: kind for kind in concrete_subclasses(Saved)}
