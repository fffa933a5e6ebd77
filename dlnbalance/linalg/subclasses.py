"""Classes that derive from a base: how kinds and classes of models that others define are found."""

from inspect import isabstract
from typing import Any, TypeVar

__all__ = ["concrete_subclasses", "import_all"]

T = TypeVar("T")


def concrete_subclasses(base: type[T]) -> list[type[T]]:
    """Classes that derive from `base`, directly or not, and are not abstract, as far as they have been imported.

    Examples
    --------
    >>> class Shape: ...
    >>> class Square(Shape): ...
    >>> [kind.__name__ for kind in concrete_subclasses(Shape)]
    ['Square']
    """
    found: list[type[T]] = []
    waiting = list(base.__subclasses__())
    while waiting:
        kind = waiting.pop(0)
        waiting += kind.__subclasses__()
        if not isabstract(kind):  # a base that several share is none itself
            found.append(kind)
    return found


def import_all(package: Any) -> None:
    """Import whatever a package exports, so that the classes in it are known."""
    for exported in package.__all__:
        getattr(package, exported)
