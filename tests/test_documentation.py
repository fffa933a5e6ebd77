"""The documentation names what there is: every layer of the contract of imports, and every module."""

import re
import runpy
from pathlib import Path

import dlnbalance as dln

DOCS = Path(__file__).parents[1] / "docs"
LAYERS = runpy.run_path(str(DOCS / "layers.py"))


def test_the_page_on_architecture_names_the_layers_of_the_contract_in_their_order():
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    layers, _ = LAYERS["contract"]()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == layers


def test_every_package_and_module_at_the_top_is_a_layer():
    package = Path(dln.__file__).parent
    found = {path.parent.name for path in package.glob("*/__init__.py")} | {path.stem for path in package.glob("*.py")}
    assert set(LAYERS["contract"]()[0]) == found - {"__init__", "__main__"}


def test_the_picture_is_drawn_from_the_contract():
    layers, upward = LAYERS["contract"]()
    picture = (DOCS / "layers.svg").read_text(encoding="utf-8")
    assert picture == LAYERS["picture"](), "run python docs/layers.py"
    assert re.findall(r'text-anchor="middle">(\w+)</text>', picture) == ["imports", *layers]
    assert picture.count("stroke-dasharray") == len(upward)


def test_the_reference_lists_every_module_and_none_that_is_gone():
    package = Path(dln.__file__).parent
    listed = re.findall(r"^   (dlnbalance\.[\w.]+)$", (DOCS / "reference.md").read_text(encoding="utf-8"), re.MULTILINE)
    modules = [".".join(path.relative_to(package.parent).with_suffix("").parts) for path in package.rglob("*.py")]
    assert sorted(listed) == sorted(name for name in modules if not name.endswith(("__init__", "__main__")))
