"""What a page carries: its own scripts, the library of plots, and the policy that allows these and nothing else."""

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from ..errors import InvalidArgumentError

__all__ = ["check_available", "data_text", "packed_library", "policy", "scripts"]

_SCRIPTS = ("downloads.js", "page.js")  # in the order in which they run


def check_available() -> None:
    """Refuse early, before a long computation, when reports cannot be written.

    Raises
    ------
    InvalidArgumentError
        When jinja2 or plotly is not installed, with the command that installs them.

    See Also
    --------
    dlnbalance.write_report : writes reports.

    Examples
    --------
    >>> check_available()
    """
    try:
        import jinja2  # noqa: F401
    except ImportError:
        raise _missing("jinja2, which fills in the page") from None
    try:
        import plotly  # noqa: F401
    except ImportError:
        raise _missing("plotly, which brings the pictures of the page") from None


def _missing(what: str) -> InvalidArgumentError:
    return InvalidArgumentError("report", what, "no such module", "pip install 'dlnbalance[report]'")


def scripts() -> list[str]:
    """The scripts of the page, in the order in which they run."""
    folder = resources.files("dlnbalance.report") / "templates"
    return [(folder / name).read_text(encoding="utf-8") for name in _SCRIPTS]


@cache
def _library() -> str:
    """plotly.js, as the Python package of plotly carries it."""
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


@cache
def packed_library() -> str:
    """plotly.js, compressed to less than half: gzip without a date, in base 64."""
    return base64.b64encode(gzip.compress(_library().encode(), mtime=0)).decode()


def policy(own: Sequence[str] = ()) -> str:
    """Content security policy of a page: nothing from outside, and of scripts those with these texts and plotly.js.

    Styles in the page are allowed, because plots set them; pictures may be part of it or made in it.

    Examples
    --------
    >>> policy()
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    """
    rest = "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    if not own:
        return f"default-src 'none'; {rest}"
    allowed = " ".join(map(_hashed, [*own, _library()]))
    return f"default-src 'none'; script-src {allowed}; {rest}"


def _hashed(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def data_text(value: Any) -> str:
    r"""Plain data as JSON that can stand in a page, whatever the texts in it.

    Examples
    --------
    >>> data_text(["</script>"])
    '["\\u003c/script\\u003e"]'
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.translate({ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})
