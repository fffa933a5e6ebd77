"""What notebooks show: every class says the same as in print, escaped, and no more than fits."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.html_views import html_table

NAME = '<img src=x onerror=alert(1)> & "more"'
MOTOR = dln.LinearSystem(np.diag([-1.0, -2.0, -3e-7]), np.ones((3, 1)), np.ones((1, 3)), inputs=[NAME], name=NAME)
NETWORK = dln.DeepLinearNetwork([np.diag([3.0, 1.0]), np.eye(2)])
SHOWN = {
    "system": lambda: MOTOR,
    "network": lambda: NETWORK,
    "family": lambda: dln.SystemFamily([MOTOR, MOTOR]),
    "reduced": lambda: dln.reduce(MOTOR, 1),
    "reduced network": lambda: dln.reduce(NETWORK, 1),
    "reduced family": lambda: dln.reduce(dln.SystemFamily([MOTOR, MOTOR]), 1),
    "balanced": lambda: dln.balance(MOTOR),
    "balanced network": lambda: dln.balance(NETWORK),
    "balanced norm": lambda: dln.balance_norm(MOTOR),
    "comparison": lambda: dln.compare_methods(MOTOR, 1),
    "comparison of networks": lambda: dln.compare(NETWORK),
}


@pytest.mark.parametrize("name", SHOWN)
def test_views_are_well_formed_and_say_what_is_printed(name):
    shown = SHOWN[name]()
    view = shown._repr_html_()
    assert len(view) < 20_000
    tree = ET.fromstring(view)  # well-formed, so that nothing of a name is markup
    assert not {each.tag for each in tree.iter()} & {"img", "script"}
    text = " ".join("".join(tree.itertext()).split())
    title = repr(shown).splitlines()[0]
    assert " ".join(title.split()) in text
    assert tree.find(".//table") is not None or name in ("network", "family")


def test_the_matrices_of_small_systems_are_formulas():
    tree = ET.fromstring(MOTOR._repr_html_())
    formulas = tree.findall(".//math")
    assert len(formulas) == 2
    entries = ["".join(cell.itertext()) for cell in formulas[0].iter("mtd")]
    assert entries[:5] == ["−1", "0", "0", "0", "−2"]
    assert "−3×10−7" in entries
    assert MOTOR._repr_latex_().startswith(r"$$\begin{aligned} \dot x &= \begin{bmatrix} -1 & 0 & 0 \\ 0 & -2 & 0")
    large = dln.LinearSystem(-np.eye(9), np.ones((9, 1)), np.ones((1, 9)))
    assert large._repr_latex_() is None
    assert "<math" not in large._repr_html_()


def test_formulas_have_the_time_base_the_descriptor_and_the_feedthrough():
    sampled = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], [[3.0]], E=[[2.0]], dt=0.1)
    assert r"\begin{bmatrix} 2 \end{bmatrix} x_{t+1} &= \begin{bmatrix} 0.5 \end{bmatrix} x_t" in sampled._repr_latex_()
    assert r"+ \begin{bmatrix} 3 \end{bmatrix} u_t" in sampled._repr_latex_()
    static = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]])
    assert static._repr_latex_() == r"$$\begin{aligned} y &= \begin{bmatrix} 2 \end{bmatrix} u \end{aligned}$$"


def test_tables_are_escaped_and_have_headers():
    tree = ET.fromstring(html_table([["1 < 2", "&"]], ["<a>", "b"]))
    assert [cell.text for cell in tree.iter("th")] == ["<a>", "b"]
    assert [cell.text for cell in tree.iter("td")] == ["1 < 2", "&"]
    assert html_table([]) == ""


def test_results_write_their_page(tmp_path):
    path = dln.reduce(MOTOR, 1).to_html(tmp_path / "motor.html", title="Motor")
    assert "<h1>Motor</h1>" in path.read_text(encoding="utf-8")
    with pytest.raises(dln.errors.FileFormatError):
        dln.reduce(MOTOR, 1).to_html(path)
