"""Models by name: what the command line calls ``example:NAME``."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import InvalidArgumentError
from ..linalg.arguments import did_you_mean, shown
from ..systems.linear_system import LinearSystem
from .diffusion import convection_diffusion, heat_rod
from .mechanics import clamped_beam, mass_spring_damper
from .random_systems import random_stable
from .resonances import penzl_fom

__all__ = ["describe", "get", "names"]


class _Example(NamedTuple):
    """A generator, and the arguments that it has no defaults for."""

    generator: Callable[..., LinearSystem]
    defaults: dict[str, Any]


_EXAMPLES = {
    "beam": _Example(clamped_beam, {}),
    "heat-rod": _Example(heat_rod, {}),
    "fom": _Example(penzl_fom, {}),
    "convection-diffusion": _Example(convection_diffusion, {}),
    "mass-spring-damper": _Example(mass_spring_damper, {}),
    "random": _Example(random_stable, {"n": 20, "inputs": 2, "outputs": 2, "rng": 0}),
}


def names() -> tuple[str, ...]:
    """Names of the examples, as :func:`get` takes them.

    See Also
    --------
    dlnbalance.examples.get : return the example called `name`.
    dlnbalance.examples.describe : return the one-line summary of the example called `name`.

    Examples
    --------
    >>> names()
    ('beam', 'heat-rod', 'fom', 'convection-diffusion', 'mass-spring-damper', 'random')
    """
    return tuple(_EXAMPLES)


def get(name: str, **options: Any) -> LinearSystem:
    """Return the example called `name`.

    Parameters
    ----------
    name : str
        One of :func:`names`, in any case, with hyphens or underscores.
    **options
        Arguments of the generator, where they differ from its defaults. ("random" has 20 states, 2 inputs,
        2 outputs and ``rng=0``.)

    Raises
    ------
    InvalidArgumentError
        For an unknown name or option, or a value that the generator refuses.

    See Also
    --------
    dlnbalance.examples.names : names of the examples, as get takes them.
    dlnbalance.examples.describe : return the one-line summary of the example called `name`.

    Examples
    --------
    >>> get("heat_rod", n=12).nstates
    12
    """
    example = _find(name)
    signature = inspect.signature(example.generator)
    unknown = [option for option in options if option not in signature.parameters]
    if unknown:
        raise InvalidArgumentError(
            "options",
            f"options of {name!r}: {', '.join(signature.parameters)}",
            ", ".join(unknown),
            "leave out the rest",
        )
    return example.generator(**{**example.defaults, **options})


def describe(name: str) -> str:
    """Return the one-line summary of the example called `name`.

    Raises
    ------
    InvalidArgumentError
        For an unknown name.

    See Also
    --------
    dlnbalance.examples.names : names of the examples, as get takes them.
    dlnbalance.examples.get : return the example called `name`.

    Examples
    --------
    >>> describe("mass-spring-damper")
    'Chain of masses, each joined to the next by a spring and a damper.'
    """
    return (_find(name).generator.__doc__ or "").partition("\n")[0]


def _find(name: str) -> _Example:
    example = _EXAMPLES.get(name.lower().replace("_", "-")) if isinstance(name, str) else None
    if example is None:
        remedy = did_you_mean(name, _EXAMPLES) or "choose an example by its name"
        raise InvalidArgumentError("name", f"one of {', '.join(_EXAMPLES)}", shown(name), remedy)
    return example
