"""The package as a whole: public names, lazy imports."""

import ast
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dlnbalance as dln


def run(code):
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("name", dln.__all__)
def test_every_public_name_is_what_its_module_exports(name):
    value = getattr(dln, name)
    if inspect.ismodule(value):
        assert value.__name__.startswith("dlnbalance.")
        assert value.__name__.endswith(f".{name}")
        assert all(hasattr(value, exported) for exported in value.__all__)
    else:
        assert value.__name__ == name
        assert name in sys.modules[value.__module__].__all__
        assert inspect.getdoc(value)


def test_names_are_listed_before_they_are_imported_and_all_can_be():
    code = (
        "import dlnbalance as dln; listed = set(dir(dln)); from dlnbalance import *\n"
        "print(sorted(listed ^ set(dln.__all__)), sorted(set(dln.__all__) - set(globals())))"
    )
    assert run(code) == "['__version__'] []"


def test_type_checkers_see_the_same_names():
    stub = ast.parse(Path(dln.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    names = [alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(names) == sorted(dln.__all__)
    assert len(set(names)) == len(names)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = dln.no_such_name


def test_version_is_the_one_of_the_project():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert dln.__version__ == project["project"]["version"]


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, dlnbalance; print([m for m in ('numpy', 'scipy', 'control') if m in sys.modules])"
    assert run(code) == "[]"


def test_the_library_works_without_slycot():
    code = (
        "import sys; sys.modules['slycot'] = None\n"
        "import dlnbalance as dln, numpy as np\n"
        "m = dln.reduce(([[-1.0, 0.0], [0.0, -2.0]], np.ones((2, 1)), np.ones((1, 2))), 1)\n"
        "print(float(m.error()) <= m.bound * (1 + 1e-9))"
    )
    assert run(code) == "True"


def test_errors_of_the_library_are_value_or_arithmetic_errors():
    for name in dln.errors.__all__:
        kind = getattr(dln.errors, name)
        if name.endswith("Warning"):
            assert issubclass(kind, UserWarning)
            continue
        assert issubclass(kind, dln.DlnBalanceError)
        if kind is not dln.DlnBalanceError:
            assert issubclass(kind, ValueError | ArithmeticError)
