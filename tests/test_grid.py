"""The grid of kinds, models and methods is what the library does, and every oracle it names is a test that exists."""

import ast
import runpy
from pathlib import Path

import pytest

from dlnbalance.gramians.kinds import kinds
from dlnbalance.reduction.projected_model import METHODS

from .oracles import OF_KINDS, OF_METHODS

ROOT = Path(__file__).resolve().parents[1]
ORACLES = [oracle for of in OF_KINDS.values() for known in of.values() for oracle in known]
ORACLES += [oracle for known in OF_METHODS.values() for oracle in known]


def test_the_page_is_what_the_library_does():
    grid = runpy.run_path(str(ROOT / "docs" / "grid.py"))
    assert (ROOT / "docs" / "grid.md").read_text(encoding="utf-8") == grid["page"](), "run python docs/grid.py"


def test_every_kind_of_the_package_and_every_method_has_an_oracle():
    own = {name for name, kind in kinds().items() if kind.__module__.startswith("dlnbalance.")}
    assert own == set(OF_KINDS)
    assert set(METHODS) == set(OF_METHODS)


@pytest.mark.parametrize("test", sorted({oracle.test for oracle in ORACLES}))
def test_every_oracle_is_a_test(test):
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
