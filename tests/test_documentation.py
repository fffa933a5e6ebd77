"""The documentation names what there is: every layer of the contract of imports, and every module."""

import doctest
import inspect
import operator
import re
import runpy
from pathlib import Path

import control
import pytest

import dlnbalance as dln
from dlnbalance.gramians.kinds import kinds

DOCS = Path(__file__).parents[1] / "docs"
LAYERS = runpy.run_path(str(DOCS / "layers.py"))


def test_the_page_on_architecture_names_the_layers_of_the_contract_in_their_order():
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == LAYERS["contract"]()


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


@pytest.mark.parametrize(("page", "least"), [("any_model.md", 10), ("from_python_control.md", 15), ("gramians.md", 10)])
def test_the_examples_of_a_page_run(page, least):
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testfile(str(DOCS / page), module_relative=False, optionflags=options)
    assert result.attempted >= least
    assert result.failed == 0


def test_the_calls_on_the_page_for_users_of_python_control_are_there():
    page = (DOCS / "from_python_control.md").read_text(encoding="utf-8")
    calls = re.findall(r"^\| `ct\.(\w+)\((.*?)\)` \|", page, re.MULTILINE)
    assert {name for name, _ in calls} >= {"balred", "gram", "hsvd", "minreal"}
    for name, written in calls:
        theirs = list(inspect.signature(getattr(control, name)).parameters)
        assert [part.partition("=")[0] for part in written.split(", ")] == theirs[: written.count(",") + 1]
    for path in re.findall(r"`dln\.([\w.]+)", page):
        assert operator.attrgetter(path)(dln)
