"""What the Tab key offers: examples, files by their suffix, kinds of Gramians with their settings."""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import pairwise
from pathlib import Path

from .targets import READABLE

__all__ = ["complete_gramians", "complete_source", "files_of", "whole_words"]

#: Values and what they are.
_Offers = list[tuple[str, str]]

_EXAMPLE = "example:"
_BREAKS = ":="  # characters at which bash cuts words


def complete_source(incomplete: str) -> _Offers:
    """Offer examples, and the files that can be read."""
    found = [] if incomplete.startswith(_EXAMPLE) else _paths(incomplete, READABLE)
    if _EXAMPLE.startswith(incomplete) or incomplete.startswith(_EXAMPLE):
        from .. import examples

        named = ((f"{_EXAMPLE}{name}", examples.describe(name)) for name in examples.names())
        found += [(value, text) for value, text in named if value.startswith(incomplete)]
    return found


def complete_gramians(incomplete: str) -> _Offers:
    """Offer kinds of Gramians; behind NAME: and behind every comma their settings."""
    from inspect import signature

    from ..gramians.kinds import kinds

    known = kinds()
    name, colon, rest = incomplete.partition(":")
    if not colon:
        return [(kind, known[kind].description) for kind in known if kind.startswith(incomplete)]
    if name not in known:
        return []
    given, comma, begun = rest.rpartition(",")
    return [
        (f"{name}:{given}{comma}{setting}=", f"a setting of {name}")
        for setting in signature(known[name]).parameters
        if setting.startswith(begun)
    ]


def files_of(*suffixes: str) -> Callable[[str], _Offers]:
    """A function that offers files with one of these suffixes, and folders."""

    def complete(incomplete: str) -> _Offers:
        return _paths(incomplete, suffixes)

    return complete


def _paths(incomplete: str, suffixes: Sequence[str]) -> _Offers:
    """Folders, and files with one of the suffixes; of a folder that is the only one, also what it holds.

    A shell puts a blank behind the only completion, which would part a folder from the file in it.
    """
    head, begun = os.path.split(incomplete)
    try:
        entries = sorted(os.scandir(head or "."), key=lambda entry: entry.name)
    except OSError:
        return []
    found: _Offers = []
    for entry in entries:
        hidden = entry.name.startswith(".") and not begun.startswith(".")
        if not entry.name.startswith(begun) or hidden:
            continue
        if entry.is_dir():
            found.append((os.path.join(head, entry.name) + os.sep, "a folder"))
        elif Path(entry.name).suffix.lower() in suffixes:
            found.append((os.path.join(head, entry.name), "a file"))
    if len(found) == 1 and found[0][0].endswith(os.sep):
        found += _paths(found[0][0], suffixes)
    return found


@contextmanager
def whole_words() -> Iterator[None]:
    """Complete whole words in bash, which cuts them at colons and equals signs and takes completions of the last part.

    The words come in the environment, and the completions go to standard output, one a line.
    """
    if os.environ.get("_DLNBALANCE_COMPLETE") != "complete_bash":
        yield
        return
    words, last = os.environ["COMP_WORDS"].split("\n"), int(os.environ["COMP_CWORD"])
    joined = _joined(words[: last + 1])
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = "\n".join(joined), str(len(joined) - 1)
    page = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    try:
        with redirect_stdout(page):
            yield
    finally:
        page.seek(0)
        sys.stdout.write("".join(_rest(line, joined[-1]) for line in page))


def _joined(words: Sequence[str]) -> list[str]:
    """Words of a command line with those parts put together that bash cut at colons and equals signs."""
    whole = [words[0]]
    for before, word in pairwise(words):
        if len(whole) > 1 and (_only_breaks(word) or _only_breaks(before)):
            whole[-1] += word
        else:
            whole.append(word)
    return whole


def _only_breaks(word: str) -> bool:
    return bool(word) and not word.strip(_BREAKS)


def _rest(completion: str, word: str) -> str:
    """What takes the place of the last part of a word, of which bash knows no more."""
    value = word.partition("=")[2] if re.match("--[^:]*=", word) else word
    before = value[: 1 + max(value.rfind(mark) for mark in _BREAKS)]
    return completion.removeprefix(before)
