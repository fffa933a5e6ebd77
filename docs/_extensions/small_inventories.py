"""Links to the documentation of other projects, by small inventories of our own: those of the projects need a network.

``inventories.toml`` names what is linked to; a reference to anything else of another project is a warning.
"""

import tomllib
import zlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

_HEADER = (
    "# Sphinx inventory version 2\n# Project: {}\n# Version: \n# The remainder of this file is compressed using zlib.\n"
)


def inventory(project: str, roles: dict[str, dict[str, str]]) -> bytes:
    """An inventory in Sphinx's format: for every role, names and the pages that describe them."""
    entries = [(name, role, page) for role, pages in roles.items() for name, page in pages.items()]
    text = "".join(f"{name} py:{role} 1 {page}#$ -\n" for name, role, page in entries)
    return _HEADER.format(project).encode() + zlib.compress(text.encode(), 9)


def _prepare(app: Sphinx, config: Config) -> None:
    folder = Path(app.srcdir) / "generated" / "inventories"
    folder.mkdir(parents=True, exist_ok=True)
    projects = tomllib.loads((Path(app.srcdir) / "inventories.toml").read_text(encoding="utf-8"))
    mapping = {}
    for project, content in projects.items():
        file = folder / f"{project}.inv"
        file.write_bytes(inventory(project, content["roles"]))
        mapping[project] = (content["url"], str(file))
    config.intersphinx_mapping = mapping


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the inventories before intersphinx looks for them."""
    app.connect("config-inited", _prepare, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
