"""JSON documents of the commands and their published schema (JSON Schema 2020-12), ``dlnbalance schema``."""

import sys
from importlib.resources import files

__all__ = ["VERSION", "heading", "schema", "show_schema"]

#: Counts up when keys go or change their meaning; further keys may come without that.
VERSION = 1


def heading(command: str) -> dict[str, str]:
    """The keys that every document begins with: which part of the schema it obeys, and the unit of frequencies.

    Examples
    --------
    >>> heading("reduce")
    {'schema': 'dlnbalance.reduce/1', 'frequency_unit': 'rad/s'}
    """
    return {"schema": f"dlnbalance.{command}/{VERSION}", "frequency_unit": "rad/s"}


def schema() -> str:
    """The schema of all documents, as JSON.

    Examples
    --------
    >>> import json
    >>> json.loads(schema())["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    return (files("dlnbalance.cli") / "documents.schema.json").read_text(encoding="utf-8")


def show_schema() -> None:
    """Print the JSON schema of all documents that --json prints."""
    sys.stdout.write(schema())
