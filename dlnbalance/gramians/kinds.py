"""The kinds of Gramians by name, as the command line and the documentation list them."""

import ast
import re
from inspect import signature

from ..errors import InvalidArgumentError
from ..linalg.arguments import did_you_mean, one_of, shown, text
from ..linalg.subclasses import concrete_subclasses, import_all
from .base import GramianStrategy

__all__ = ["kinds", "named"]

# Commas between settings, which are those before a name and an equals sign: others are part of a list.
_SETTINGS = re.compile(r",(?=\s*(?:\w+\s*=|$))")
_INFINITY = re.compile(r"\binf\b")


def kinds() -> dict[str, type[GramianStrategy]]:
    """All kinds of Gramians that are there, by name: those of this package, and whatever else derives from their base.

    See Also
    --------
    dlnbalance.gramians.kinds.named : the kind of Gramians that a text stands for.
    dlnbalance.GramianStrategy : the base of all kinds of Gramians.

    Examples
    --------
    >>> [name for name in kinds() if name in ("auto", "low-rank", "lyapunov")]
    ['auto', 'low-rank', 'lyapunov']
    """
    from .. import gramians

    import_all(gramians)
    found: dict[str, type[GramianStrategy]] = {}
    for kind in concrete_subclasses(GramianStrategy):
        found.setdefault(kind.name, kind)
    return dict(sorted(found.items()))


def named(words: str) -> GramianStrategy:
    """Return the kind of Gramians that ``NAME`` or ``NAME:setting=value,…`` stands for.

    Parameters
    ----------
    words : str
        A name from :func:`kinds`, and settings as Python writes them, lists among them; text needs no quotes, and
        ``inf`` is a number.

    Raises
    ------
    InvalidArgumentError
        For names and settings that there are not; it lists those that there are.

    See Also
    --------
    dlnbalance.gramians.kinds.kinds : all kinds of Gramians that are there, by name.
    dlnbalance.GramianStrategy : the base of all kinds of Gramians.

    Examples
    --------
    >>> named("lyapunov"), named("low-rank:tol=1e-8").tol
    (Lyapunov(), 1e-08)
    >>> named("frequency-limited:bands=[(0, 1), (5, inf)],exclude=True").bands
    ((0.0, 1.0), (5.0, inf))
    """
    name, _, rest = text("gramians", words).partition(":")
    known = kinds()
    kind = known[one_of("gramians", name.strip(), known)]
    known_settings = signature(kind).parameters
    remedy = f"dlnbalance.gramians.{kind.__name__} says more"
    settings = {}
    for setting in filter(None, (part.strip() for part in _SETTINGS.split(rest))):
        key, equals, value = (part.strip() for part in setting.partition("="))
        if not equals or key not in known_settings:
            expected = ", ".join(f"{known_setting}=…" for known_setting in known_settings) or "no settings"
            hint = did_you_mean(key, known_settings) if key not in known_settings else ""
            raise InvalidArgumentError("gramians", f"{expected} after {name}:", shown(setting), hint or remedy)
        settings[key] = _value(value)
    needed = [key for key, setting in known_settings.items() if setting.default is setting.empty]
    if missing := [f"{key}=…" for key in needed if key not in settings]:
        raise InvalidArgumentError("gramians", f"{', '.join(missing)} after {name}:", shown(words), remedy)
    return kind(**settings)


def _value(words: str) -> object:
    try:
        return ast.literal_eval(_INFINITY.sub("1e999", words))
    except (ValueError, SyntaxError):
        return words
