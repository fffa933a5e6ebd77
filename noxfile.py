"""The checks, one session each: ``nox`` runs them all, ``nox -s lint`` one of them, ``nox --list`` lists them.

Sessions run in the environment that nox itself runs in, set up by ``pip install -e ".[dev]"``: what is checked is what
is installed. A fresh environment is made by ``.ci/run``.
"""

import re
import tempfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"


@nox.session
def tests(session: nox.Session) -> None:
    """Tests and doctests; ``nox -s tests -- tests/cli -x`` runs some of them."""
    session.run("pytest", *session.posargs)


@nox.session
def pure(session: nox.Session) -> None:
    """The tests of the recursions, in Python alone, as where there is no C compiler."""
    session.run("pytest", "-q", "tests/linalg", "dlnbalance/linalg", *session.posargs, env={"DLNBALANCE_PURE": "1"})


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, the direction of imports, and code that stands twice."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("basedpyright")
    session.run("lint-imports")
    session.run("pylint", "dlnbalance")


@nox.session
def notebooks(session: nox.Session) -> None:
    """Every notebook, run from its first cell to its last."""
    session.run("pytest", "--nbmake", "notebooks", "-q")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, with warnings as errors."""
    with tempfile.TemporaryDirectory() as folder:
        session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", folder)


@nox.session
def readme(session: nox.Session) -> None:
    """The program of the README's first line, in a folder of its own."""
    first_line = re.search(r"&& (dlnbalance reduce .*)$", Path("README.md").read_text(encoding="utf-8"), re.MULTILINE)
    if first_line is None:
        session.error("README.md: no line '… && dlnbalance reduce …'")
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        session.run(*first_line[1].split())
        session.run("dlnbalance", "info", "reduced.mat")
