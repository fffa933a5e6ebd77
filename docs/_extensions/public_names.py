"""The reference: pages of all public names, written anew by every build, so that none can be forgotten."""

from pathlib import Path

from docutils import nodes
from public_api import ROOT, exists, homes, write_pages
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element) -> nodes.Element | None:
    """Lead a reference by another name of a public thing to its entry, and make one to an internal thing plain code."""
    if node.get("refdomain") != "py":
        return None
    documented: dict[str, str] = app.config.public_homes
    target = str(node["reftarget"])
    head, rest = target, ""
    while head and head not in documented:
        head, _, last = head.rpartition(".")
        rest = f".{last}{rest}"
    if head:
        found = env.domains.python_domain.objects.get(documented[head] + rest)
        if found is not None:
            return make_refnode(app.builder, node["refdoc"], found.docname, found.node_id, content, documented[head])
        owner = env.domains.python_domain.objects.get(documented[head])
        if owner is not None and exists(documented[head] + rest):  # an attribute that is described in the class itself
            return make_refnode(app.builder, node["refdoc"], owner.docname, owner.node_id, content, documented[head])
    context = str(node.get("py:module") or "")
    inside = [name for name in (target, f"{context}.{target}", f"{ROOT}.{target}") if name.startswith(f"{ROOT}.")]
    return content if any(exists(name) for name in inside) else None


def _prepare(app: Sphinx) -> None:
    write_pages(Path(app.srcdir) / "generated" / "reference")
    app.config.public_homes = homes()


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before any source is read, and lead references to them."""
    app.add_config_value("public_homes", {}, "")
    app.connect("builder-inited", _prepare, priority=100)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
