"""Second-order models in files: the names that mass, damping, stiffness, inputs and outputs go by."""

from collections.abc import Collection, Mapping
from typing import Any

from ..errors import InvalidArgumentError

__all__ = ["SECOND_ORDER_NAMES", "is_second_order", "second_order_arguments"]

#: Arguments of SecondOrderSystem, and the names that they go by in files, those that are written here first.
_NAMES: dict[str, tuple[str, ...]] = {
    "M": ("M",),
    "K": ("K",),
    "B": ("B",),
    "C_position": ("C_position", "Cp", "C"),
    "C_velocity": ("C_velocity", "Cv"),
    "feedthrough": ("feedthrough",),
}
#: Everything that is read of a file with a second-order model.
SECOND_ORDER_NAMES = frozenset({"D", "E", *(name for names in _NAMES.values() for name in names)})


def is_second_order(names: Collection[str]) -> bool:
    """Whether a file with these variables holds a second-order model: M and K, and no state matrix.

    Examples
    --------
    >>> is_second_order(["M", "E", "K", "B", "C"]), is_second_order(["A", "B", "C", "M", "K"])
    (True, False)
    """
    return {"M", "K"} <= set(names) and not {"A", "a"} & set(names)


def second_order_arguments(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Matrices by the arguments of SecondOrderSystem that they are meant for.

    The damping is D; where there is an E, the damping is E, and D the feedthrough.

    Raises
    ------
    InvalidArgumentError
        When there is no input or no output matrix, or one that goes by two names.

    Examples
    --------
    >>> sorted(second_order_arguments({"M": 1, "E": 2, "K": 3, "B": 4, "Cp": 5, "D": 6}))
    ['B', 'C_position', 'D', 'K', 'M', 'feedthrough']
    """
    found: dict[str, Any] = {}
    for argument, names in _NAMES.items():
        given = [name for name in names if name in variables]
        if len(given) > 1:
            raise InvalidArgumentError(argument, "one matrix", " and ".join(given), "leave one of them out")
        if given:
            found[argument] = variables[given[0]]
    if "E" in variables:
        found["D"] = variables["E"]
        if "D" in variables:
            found["feedthrough"] = variables["D"]
    else:
        found["D"] = variables.get("D")
    for argument, what in (("B", "B"), ("C_position", "C_position (or Cp, C) or C_velocity (or Cv)")):
        if argument not in found and not (argument == "C_position" and "C_velocity" in found):
            raise InvalidArgumentError(
                argument,
                f"a matrix {what}",
                f"only {', '.join(sorted(variables))}",
                "store the matrices of a second-order model as M, D (or E), K, B and C_position",
            )
    return found
