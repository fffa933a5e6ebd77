"""Did you mean …? The nearest of what there is to a name that there is not."""

import os
import re
from pathlib import Path

from ..linalg.arguments import did_you_mean
from .targets import READABLE

__all__ = ["nearest_choice", "nearest_source"]

_CHOICES = re.compile(r"(?:Value error, )?'([^']*)' is not one of (.*)")


def nearest_choice(message: str) -> str:
    """The message of a refused value of an option, with the nearest of the values that are right."""
    found = _CHOICES.search(message)
    if found is None:
        return message
    hint = did_you_mean(found[1], re.findall("'([^']*)'", found[2]))
    told = message[: found.start()] + f"{found[1]!r} is not one of {found[2].rstrip('.')}"
    return f"{told}; {hint}" if hint else told


def nearest_source(source: str) -> str:
    """Ask for the example or the file that has nearly the name of a SOURCE that there is not; else nothing."""
    from .. import examples

    _, colon, name = source.partition(":")
    example = did_you_mean(name if colon else source, examples.names())
    if example and (colon or not Path(source).suffix):
        return example.replace("'", "'example:", 1)
    folder, wanted = os.path.split(source)
    try:
        names = [entry.name for entry in os.scandir(folder or ".") if Path(entry.name).suffix.lower() in READABLE]
    except OSError:
        return ""
    by_stem = {Path(name).stem: os.path.join(folder, name) for name in names}
    near = did_you_mean(Path(wanted).stem, by_stem)
    return next((f"did you mean {path!r}?" for stem, path in by_stem.items() if repr(stem) in near), "")
