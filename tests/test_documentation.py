"""The documentation names what there is: every layer of the contract of imports, and every module."""

import doctest
import re
import runpy
from pathlib import Path

import dlnbalance as dln
from dlnbalance.gramians.kinds import kinds

DOCS = Path(__file__).parents[1] / "docs"
LAYERS = runpy.run_path(str(DOCS / "layers.py"))


def test_the_page_on_architecture_names_the_layers_of_the_contract_in_their_order():
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == LAYERS["contract"]()


def test_every_figure_is_drawn_by_the_script():
    figures = runpy.run_path(str(DOCS / "figures.py"))["FIGURES"]
    assert {path.stem for path in (DOCS / "figures").glob("*.png")} == set(figures)
    for name in ("hankel", "poles", "foliation", "network"):
        assert figures[name]().axes


def test_every_package_and_module_at_the_top_is_a_layer():
    package = Path(dln.__file__).parent
    found = {path.parent.name for path in package.glob("*/__init__.py")} | {path.stem for path in package.glob("*.py")}
    assert set(LAYERS["contract"]()) == found - {"__init__", "__main__"}


def test_the_picture_is_drawn_from_the_contract():
    layers = LAYERS["contract"]()
    picture = (DOCS / "layers.svg").read_text(encoding="utf-8")
    assert picture == LAYERS["picture"](), "run python docs/layers.py"
    assert re.findall(r'text-anchor="middle">(\w+)</text>', picture) == ["imports", *layers]


def test_the_reference_lists_every_module_and_none_that_is_gone():
    package = Path(dln.__file__).parent
    listed = re.findall(r"^   (dlnbalance\.[\w.]+)$", (DOCS / "reference.md").read_text(encoding="utf-8"), re.MULTILINE)
    modules = [".".join(path.relative_to(package.parent).with_suffix("").parts) for path in package.rglob("*.py")]
    assert sorted(listed) == sorted(name for name in modules if not name.endswith(("__init__", "__main__")))


def test_the_table_of_kinds_of_gramians_is_complete():
    listed = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (DOCS / "gramians.md").read_text(encoding="utf-8").splitlines()
        if "{class}`~dlnbalance.gramians" in line and line.startswith("| ")
    ]
    there = [
        [f"`{name}`", f"{{class}}`~{kind.__module__}.{kind.__name__}`", kind.values_name, kind.description]
        for name, kind in kinds().items()
        if kind.__module__.startswith("dlnbalance.")
    ]
    assert sorted(listed) == sorted(there)


def test_all_pages_are_linked():
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    tree = (DOCS / "index.md").read_text(encoding="utf-8").partition("```{toctree}")[2].split()
    assert pages <= set(tree)


def test_the_examples_of_the_page_on_any_model_run():
    page = DOCS / "any_model.md"
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testfile(str(page), module_relative=False, optionflags=options)
    assert result.attempted >= 10
    assert result.failed == 0
