"""Which kinds of Gramians work by which methods on which models: ``python docs/grid.py`` tries all of them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.gramians.kinds import kinds
from dlnbalance.reduction.projected_model import METHODS
from dlnbalance.structured.mechanical_structures import chain_of_masses

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "grid.md"
sys.path.insert(0, str(DOCS.parent))

from tests.oracles import OF_KINDS, OF_METHODS, Oracle  # noqa: E402

ORDER = 4  # of the reduced models
SIDE = 72  # of the grid of the sparse model: 5184 states, more than are solved densely
SMALL_SIDE = 20  # for `lyapunov`, which would take minutes
EXCESS = 1e-9  # of an error over its bound that is rounding

INTRODUCTION = """# The grid

Every kind of Gramians ({doc}`gramians`) with every method of reduction (`dlnbalance.reduce(…, method=…)`) on every
sort of model: **yes** with the oracles that test it, or *no* with the reason that the library gives.
`python docs/grid.py` tries all of them, the measured error against the bound included, and writes this page; a test
compares it.

The models have 8 states, two inputs and two outputs and a direct term, a pole at 1 where they are *unstable*, and 5184
states where they are *sparse* (400 for `lyapunov`, which takes minutes for that many). `cross` gets one input and one
output, `second-order` masses, springs and dampers. The settings are in `docs/grid.py`.
"""


def dense(*, discrete: bool = False, entries: complex = 1.0, through: float = 2.0) -> dln.LinearSystem:
    """Real poles from 1 to 8 (complex ones for complex entries), coupled; a gain below 1 but for the direct term."""
    n = 8
    poles = -np.arange(1.0, n + 1) * (1 + 0.3j if isinstance(entries, complex) else 1)
    A = np.diag(poles) + np.triu(np.sin(np.arange(n)[:, None] + 2 * np.arange(n)), 1)
    B, C = np.cos(np.arange(2 * n).reshape(n, 2) ** 2), np.sin(1 + np.arange(2 * n).reshape(2, n) ** 2)
    if discrete:
        unit = np.eye(n)
        A = np.linalg.solve(unit - A / 4, unit + A / 4)
    return dln.LinearSystem(A, 0.3 * B, 0.3 * C, through * np.eye(2), dt=0.5 if discrete else 0)


def with_descriptor() -> dln.LinearSystem:
    """The same behind a descriptor matrix."""
    A, B, C, D, _ = dense().to_tuple()
    E = np.eye(8) + np.diag(np.full(7, 0.2), 1)
    return dln.LinearSystem(E @ A, E @ B, C, D, E=E)


def sparse(side: int = SIDE) -> dln.LinearSystem:
    """Diffusion on a grid."""
    line = sp.diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(side, side))
    A = sp.csc_array(side * (sp.kron(line, sp.eye_array(side)) + sp.kron(sp.eye_array(side), line)))
    n = side**2
    B, C = np.zeros((n, 2)), np.zeros((2, n))
    B[:side, 0] = B[-side:, 1] = 1.0
    C[0, n // 2], C[1, 0] = 1.0, 1.0
    return dln.LinearSystem(A, B, C, 2 * np.eye(2))


#: The sorts of models, by the heads of their columns.
MODELS: dict[str, Callable[[], Any]] = {
    "continuous": dense,
    "discrete": lambda: dense(discrete=True),
    "complex": lambda: dense(entries=1.0 + 0j),
    "D = 0": lambda: dense(through=0.0),
    "E": with_descriptor,
    "sparse": sparse,
    "unstable": lambda: dense() + dln.LinearSystem(np.eye(2), 0.3 * np.eye(2), 0.3 * np.eye(2)),
}


def weight(system: dln.LinearSystem) -> dln.LinearSystem:
    """A low-pass."""
    return dln.LinearSystem(0.5, 0.5, 1.0, dt=system.dt) if system.is_discrete else dln.LinearSystem(-1.0, 1.0, 1.0)


def settings(name: str, system: dln.LinearSystem) -> dict[str, Any]:
    """Settings of the kinds that need some."""
    return {
        "bounded-real": lambda: {"gamma": 10.0},
        "empirical": lambda: {"times": 20.0},
        "frequency-limited": lambda: {"bands": [(0.5, 2.0)]},
        "h-infinity": lambda: {"gamma": 1000.0},
        "shifted": lambda: {"alpha": 0.1},
        "time-limited": lambda: {"horizon": 5.0},
        "weighted": lambda: {"input": weight(system)},
    }.get(name, dict)()


def masses(sort: str) -> dln.SecondOrderSystem | None:
    """A chain of masses, where that sort of second-order model exists."""
    count = {"continuous": 4, "D = 0": 4, "sparse": 3000}.get(sort)
    return None if count is None else chain_of_masses(count)


def tried(name: str, method: str, sort: str) -> str:
    """Empty where a cell works, else the reason for which it is refused."""
    model = sparse(SMALL_SIDE) if (name, sort) == ("lyapunov", "sparse") else MODELS[sort]()
    if name == "cross":
        model = np.eye(1, 2) * model * np.eye(2, 1)
    given = masses(sort) if name == "second-order" else model
    try:
        kind = kinds()[name](**settings(name, model))
        reduced = dln.reduce(
            model if given is None else given, ORDER + (sort == "unstable"), gramians=kind, method=method
        )
        if sort != "sparse":
            measured(reduced, f"{name}, {method}, {sort}")
    except dln.DlnBalanceError as error:
        return f"{error.argument}: expected {error.expected}"
    return ""


def measured(reduced: Any, cell: str) -> None:
    """Refuse to call a cell working whose error is not the number that its bounds allow."""
    error = float(reduced.error())
    if not np.isfinite(error) or (reduced.bound is not None and error > reduced.bound * (1 + EXCESS) + EXCESS):
        raise AssertionError(f"{cell}: error {error}, bound {reduced.bound}")


def page() -> str:
    """The whole page."""
    reasons: dict[str, int] = {}
    oracles: dict[Oracle, int] = {}
    text = [INTRODUCTION]

    def linked(known: list[Oracle]) -> str:
        letters = [letter(oracles.setdefault(oracle, len(oracles) + 1)) for oracle in known]
        return ", ".join(f"[{name}](#oracle-{name})" for name in letters)

    for method, words in METHODS.items():
        text += [f"## {words[0].upper()}{words[1:]}: `{method}`", ""]
        text += [f"The method is tested against {linked(OF_METHODS[method])}.", ""]
        text += ["| kind | " + " | ".join(MODELS) + " |", "| --- |" + " --- |" * len(MODELS)]
        for name in OF_KINDS:
            cells = []
            for sort in MODELS:
                reason = tried(name, method, sort)
                if reason:
                    number = reasons.setdefault(reason, len(reasons) + 1)
                    cells.append(f"no [{number}](#reason-{number})")
                else:
                    cells.append(f"**yes** {linked(OF_KINDS[name].get(sort, OF_KINDS[name]['']))}")
            text.append(f"| `{name}` | " + " | ".join(cells) + " |")
        text.append("")
    text += ["## Oracles", ""]
    for oracle, number in oracles.items():
        text += [f"(oracle-{letter(number)})=", f"{letter(number)}. {oracle.words} (`{oracle.test}`)", ""]
    text += ["## Reasons", ""]
    for reason, number in reasons.items():
        text += [f"(reason-{number})=", f"{number}. {reason}", ""]
    return "\n".join(text)


def letter(number: int) -> str:
    """A, b, …, z, aa, ab, …"""
    most, least = divmod(number - 1, 26)
    return (chr(ord("a") + most - 1) if most else "") + chr(ord("a") + least)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
