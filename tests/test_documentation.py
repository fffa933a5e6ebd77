"""The documentation names what there is: every layer of the contract of imports, and every public name."""

import doctest
import importlib
import inspect
import json
import operator
import re
import runpy
import shlex
import zlib
from itertools import pairwise
from pathlib import Path

import control
import numpy as np
import pytest
from typer.testing import CliRunner

import dlnbalance as dln
from dlnbalance.cli.commands import app
from dlnbalance.gramians.kinds import kinds

DOCS = Path(__file__).parents[1] / "docs"
README = (DOCS.parent / "README.md").read_text(encoding="utf-8")
LAYERS = runpy.run_path(str(DOCS / "layers.py"))
EXTENSION = runpy.run_path(str(DOCS / "_extensions" / "public_api.py"))
PUBLIC = EXTENSION["public"]()
MODULES = EXTENSION["modules"]()


def docstring(entry):
    """The docstring of a public function or class itself."""
    return inspect.cleandoc(entry.value.__doc__ or "")


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


def test_every_public_name_is_on_a_page_and_no_page_is_missing_from_the_reference(tmp_path):
    write_pages = EXTENSION["write_pages"]
    write_pages(tmp_path)
    shown = [
        line.split()[-1]
        for path in tmp_path.glob("*.rst")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith((".. autofunction::", ".. autoclass::", ".. autodata::"))
    ]
    assert sorted(shown) == sorted(entry.name for entry in PUBLIC)
    assert {f"dlnbalance.{name}" for name in dln.__all__} <= {*shown, *MODULES}
    listed = re.findall(
        r"^generated/reference/(\w+)$", (DOCS / "reference.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(listed) == sorted(path.stem for path in tmp_path.glob("*.rst"))


def test_a_public_name_stands_once_under_its_shortest_name():
    names = [entry.name for entry in PUBLIC]
    assert len(names) == len(set(names))
    assert {"dlnbalance.reduce", "dlnbalance.LinearSystem", "dlnbalance.flows.regularizing"} <= set(names)
    assert "dlnbalance.reduction.reduce" not in names


@pytest.mark.parametrize("section", ["Examples", "See Also"])
def test_every_public_function_and_class_has_its(section):
    entries = [entry for entry in PUBLIC if entry.directive != "autodata"]
    without = [entry.name for entry in entries if not re.search(rf"^{section}\n-+$", docstring(entry), re.MULTILINE)]
    assert without == []


def test_every_parameter_of_a_public_function_is_described():
    gaps = {}
    for entry in PUBLIC:
        if entry.directive == "autofunction":
            names = [name for name in inspect.signature(entry.value).parameters if not name.startswith("_")]
            gaps[entry.name] = [name for name in names if not re.search(rf"\b{name}\b", docstring(entry))]
    assert {name: missing for name, missing in gaps.items() if missing} == {}


def test_every_public_method_has_a_docstring():
    bare = [
        f"{entry.name}.{name}"
        for entry in PUBLIC
        if entry.directive == "autoclass"
        for name, value in vars(entry.value).items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property | classmethod))
        if not inspect.getdoc(getattr(entry.value, name))
    ]
    assert bare == []


def test_what_see_also_names_is_there():
    exists = EXTENSION["exists"]
    named = {
        (entry.name, other)
        for entry in PUBLIC
        if entry.directive != "autodata"
        for other in re.findall(r"^(dlnbalance\.[\w.]+) :", docstring(entry), re.MULTILINE)
    }
    assert len(named) > 200
    assert {pair for pair in named if not exists(pair[1])} == set()


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


# -- from another tool -------------------------------------------------------------------------------------------------


def calls(heading: str) -> list[tuple[str, str]]:
    """The rows of one table of the page for those who come from elsewhere, as code on the left and on the right."""
    page = (DOCS / "coming_from.md").read_text(encoding="utf-8")
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return [(left.strip("| "), right.strip("| ")) for left, right in rows]


def code(cell: str) -> list[str]:
    """The pieces of code of a cell."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture
def session(tmp_path, monkeypatch):
    """The names that the tables use: a stable plant with two inputs and outputs, and a file with it."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    A = np.diag([-0.1, -0.4, -1.0, -2.0, -5.0, -9.0]) + np.diag(np.ones(5), 1) - np.diag(np.ones(5), -1)
    B, C, D = rng.standard_normal((6, 2)), rng.standard_normal((2, 6)), np.zeros((2, 2))
    plant = control.ss(A, B, C, D)
    system = dln.as_system(plant)
    pair = dln.Lyapunov()(system)
    dln.save(system, "plant.mat")
    return {
        "A": A, "B": B, "C": C, "D": D, "n": 6, "m": 2, "p": 2, "np": np, "control": control, "dln": dln,
        "plant": plant, "system": system, "other": dln.reduce(plant, 5).system,
        "controller": control.ss([[-1.0]], [[0.1, 0.2]], [[0.1], [0.3]], np.zeros((2, 2))),
        "Zc": pair.weights[0], "Zo": pair.weights[1].T,
        "state_space": lambda found, D: control.ss(found[1], found[2], found[3], D),
    }  # fmt: skip


def assert_same(left, right):
    """Numbers, arrays, systems: the same to what two algorithms may differ by."""
    if isinstance(left, control.lti.LTI):
        assert left.dt == right.dt
        points = np.exp(1j * np.array([0.3, 1.0])) if left.isdtime(strict=True) else 1j * np.array([0.3, 7.0])
        for point in points:
            assert_same(np.atleast_2d(left(point)), np.atleast_2d(right(point)))
        return
    left, right = np.asarray(left), np.asarray(right)
    assert left.shape == right.shape
    assert np.abs(left - right).max() <= 1e-8 * np.abs(left).max()


@pytest.mark.parametrize(
    ("heading", "module"), [("From python-control", "control"), ("From SLICOT (slycot)", "slycot")]
)
def test_both_sides_of_the_tables_that_run_in_python_give_the_same(session, heading, module):
    session[module] = pytest.importorskip(module)
    rows = calls(heading)
    assert len(rows) >= 5
    for left, right in rows:
        ([theirs], [ours]) = code(left), code(right)
        assert_same(eval(theirs, session), eval(ours, session))


@pytest.mark.parametrize("heading", ["From MATLAB", "From pyMOR"])
def test_the_right_sides_of_the_other_tables_run(session, heading):
    rows = calls(heading)
    assert len(rows) >= 10
    for _, right in rows:
        for ours in code(right):
            assert eval(ours, session) is not None, ours


# -- the first page and the README -------------------------------------------------------------------------------------


def test_the_readme_is_short_and_its_links_lead_somewhere():
    lines = README.splitlines()
    assert len(lines) < 120
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", README):
        assert target.startswith("https://") or (DOCS.parent / target).exists(), target


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dln.save(dln.examples.get("mass-spring-damper"), "plant.mat")
    rng = np.random.default_rng(0)
    np.savez("weights.npz", **{f"W{k}": rng.standard_normal((4, 4)) for k in (1, 2, 3)})
    blocks = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_the_commands_of_the_readme_are_options_that_exist(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dln.save(dln.examples.get("heat-rod"), "plant.mat")
    lines = re.findall(r"^(?:\$ )?dlnbalance (.*?)(?:  +#.*)?$", README, re.MULTILINE)
    assert lines
    for line in lines:
        outcome = CliRunner().invoke(app, shlex.split(line))
        assert outcome.exit_code == 0, outcome.output


def test_every_picture_has_a_text():
    for path in [DOCS.parent / "README.md", *DOCS.rglob("*.md")]:
        if "generated" not in path.parts:
            page = path.read_text(encoding="utf-8")
            assert not re.search(r"!\[\s*\]\(", page), path
            assert page.count(":img-top:") == page.count(":img-alt:"), path


def test_headings_go_down_one_level_at_a_time():
    for path in [DOCS.parent / "README.md", *DOCS.rglob("*.md")]:
        if "generated" in path.parts:
            continue
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


# -- what the site is made with ----------------------------------------------------------------------------------------


@pytest.fixture
def extension(monkeypatch):
    """Import a module of the folder of extensions; the site is made with Sphinx, which the library does without."""
    for needed in ("sphinx", "latex2mathml"):
        pytest.importorskip(needed)
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    return importlib.import_module


def test_formulas_become_mathml_that_keeps_their_tex(extension):
    mathml = extension("mathml").mathml
    made = mathml(r"\sigma_1 \le 2", block=False)
    assert made.startswith("<math ")
    assert r'alttext="\sigma_1 \le 2"' in made
    assert 'display="block"' in mathml("x", block=True)
    assert "<mtable" in mathml(r"a &= b \\ c &= d", block=True)


def test_a_command_without_mathml_is_not_passed_over(extension):
    with pytest.raises(Exception, match="nosuchcommand"):
        extension("mathml").mathml(r"\nosuchcommand{x}", block=False)


def test_inventories_are_what_intersphinx_reads(extension):
    made = extension("small_inventories").inventory("python", {"class": {"abc.ABC": "library/abc.html"}})
    head, _, packed = made.partition(b"zlib.\n")
    assert head.startswith(b"# Sphinx inventory version 2\n# Project: python\n")
    assert zlib.decompress(packed) == b"abc.ABC py:class 1 library/abc.html#$ -\n"


def test_the_thumbnail_is_the_picture_that_is_tagged(extension):
    thumbnail = extension("notebook_gallery").thumbnail
    cells = [
        {"metadata": {"tags": tags}, "outputs": [{"data": {"image/png": text}}]}
        for tags, text in (([], "YQ=="), (["thumbnail"], "Yg=="))
    ]
    assert thumbnail({"cells": cells}) == b"b"
    assert thumbnail({"cells": cells[:1]}) == b"a"
    assert thumbnail({"cells": []}) is None


def test_every_notebook_shows_a_picture_and_is_in_the_gallery():
    gallery = (DOCS / "gallery.md").read_text(encoding="utf-8")
    for path in (DOCS.parent / "notebooks").glob("*.ipynb"):
        tags = [cell["metadata"].get("tags", []) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        assert sum("thumbnail" in some for some in tags) == 1, path
        assert f":link: generated/notebooks/{path.stem}\n" in gallery
