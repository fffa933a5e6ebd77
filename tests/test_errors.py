"""Exceptions: what they say, what they are caught as, and that they travel between processes."""

import ast
import inspect
import pickle
import re
from contextlib import suppress
from pathlib import Path

import pytest

import dlnbalance
from dlnbalance import errors
from dlnbalance.cli.commands import app

KINDS = [
    kind
    for name in errors.__all__
    if issubclass(kind := getattr(errors, name), Exception) and not issubclass(kind, Warning)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_names_what_is_wrong_and_what_to_do_wherever_it_arrives(kind):
    error = pickle.loads(pickle.dumps(kind("order", "an order from 0 to 3", "7", "choose one of these")))
    assert type(error) is kind
    assert str(error) == "order: expected an order from 0 to 3, got 7; choose one of these"
    assert (error.argument, error.expected, error.received, error.remedy) == error.args
    assert isinstance(error, errors.DlnBalanceError)


def test_errors_are_also_what_a_caller_would_expect():
    numerical = {"NumericalError", "SingularDescriptorError", "SingularPencilError"}
    for kind in KINDS:
        if kind is not errors.DlnBalanceError:
            assert issubclass(kind, ArithmeticError if kind.__name__ in numerical else ValueError)


# -- advice: what a refusal names is there --------------------------------------------------------------------------

SOURCES = sorted(Path(dlnbalance.__file__).parent.rglob("*.py"))

#: Names in advice that belong to Python, NumPy, or the libraries that a model or an executor comes from.
ELSEWHERE = {
    "abs",
    "diag",
    "mat",
    "random",
    "toarray",
    "ProcessPoolExecutor",
    "get_executor",
    "state_dict",
    "default_rng",
}


def advice(source):
    """All texts in the errors that a module makes, f-strings in pieces."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if name.endswith(("Error", "_Refusal", "refusal")) or name.startswith("_no_"):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def public_names():
    """Names of all public functions, classes, and what these have."""
    names = set()
    for package in dlnbalance.__all__:
        home = getattr(dlnbalance, package)
        values = {package: home} | ({n: getattr(home, n) for n in home.__all__} if hasattr(home, "__all__") else {})
        for name, value in values.items():
            names.add(name)
            if isinstance(value, type):
                names |= set(dir(value)) | set(getattr(value, "__dataclass_fields__", ()))
            elif inspect.ismodule(value):
                names |= {n for n in vars(value) if not n.startswith("_")}
            if callable(value):
                with suppress(ValueError, TypeError):
                    names |= set(inspect.signature(value).parameters)
    system = dlnbalance.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    return names | set(vars(system)) | ELSEWHERE


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_advice_names_what_exists(source):
    names = public_names()
    for text in advice(source):
        for path in re.findall(r"\bdlnbalance((?:\.[A-Za-z_]\w*)+)", text):
            found = dlnbalance
            for name in path.strip(".").split("."):
                assert hasattr(found, name), f"{text!r} names dlnbalance{path}"
                found = getattr(found, name)
        calls = re.findall(r"(?:^|[\s.=])([A-Za-z_]\w*)\(", text)
        pointed = re.findall(r"\b(?:see|call|use|pass) (?:\w+\.|\.)?([a-z]\w*_\w+|(?<=\.)[a-z]\w*)\b", text)
        for name in [*calls, *pointed]:
            assert name in names, f"{text!r} names {name}, which is not there"


def test_options_in_advice_exist():
    import typer.main

    commands = typer.main.get_command(app)
    options = {option for command in commands.commands.values() for each in command.params for option in each.opts}
    for source in SOURCES:
        for text in advice(source):
            for option in re.findall(r"(?<!\S)(--[a-z][\w-]*)", text):
                assert option in options | {"--help"}, f"{source.name}: {text!r}"
