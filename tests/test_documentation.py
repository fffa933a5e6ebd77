"""What the pages of the documentation list is what there is."""

import pkgutil
import re
from pathlib import Path

import dlnbalance as dln
from dlnbalance.gramians.kinds import kinds

DOCS = Path(__file__).parents[1] / "docs"


def page(name):
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def test_the_table_of_kinds_of_gramians_is_complete():
    listed = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in page("gramians").splitlines()
        if "{class}`~dlnbalance.gramians" in line and line.startswith("| ")
    ]
    there = [
        [f"`{name}`", f"{{class}}`~{kind.__module__}.{kind.__name__}`", kind.values_name, kind.description]
        for name, kind in kinds().items()
        if kind.__module__.startswith("dlnbalance.")
    ]
    assert sorted(listed) == sorted(there)


def test_the_reference_lists_modules_that_there_are():
    modules = {module.name for module in pkgutil.walk_packages(dln.__path__, "dlnbalance.")}
    listed = re.findall(r"^   (dlnbalance\.\S+)$", page("reference"), re.MULTILINE)
    assert set(listed) <= modules
    assert len(set(listed)) == len(listed)


def test_all_pages_are_linked():
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    tree = page("index").partition("```{toctree}")[2].split()
    assert pages <= set(tree)
