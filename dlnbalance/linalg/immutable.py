"""Immutable objects, which are pickled and copied without their caches."""

from functools import cached_property
from typing import Any

import numpy as np

from .arrays import frozen

__all__ = ["Immutable"]


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
