"""Formulas in LaTeX and MathML: the same numbers in both, signs and powers of ten as they are written by hand."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from dlnbalance.formulas import latex, mathml


@pytest.mark.parametrize(
    "value, in_latex, in_mathml",
    [
        (2.0, "2", "2"),
        (-0.0, "0", "0"),
        (-0.123456, "-0.1235", "−0.1235"),
        (1e-7, r"1 \times 10^{-7}", "1×10−7"),
        (-2.5e12, r"-2.5 \times 10^{12}", "−2.5×1012"),
        (1 - 2j, "1 - 2 i", "1−2i"),
        (1 + 0j, "1", "1"),
    ],
)
def test_numbers(value, in_latex, in_mathml):
    assert latex([np.array([[value]])]) == rf"\begin{{bmatrix}} {in_latex} \end{{bmatrix}}"
    cell = ET.fromstring(mathml([np.array([[value]])])).find(".//mtd")
    assert "".join(cell.itertext()) == in_mathml


def test_matrices_have_their_shape():
    tree = ET.fromstring(mathml(["y", "=", np.arange(6.0).reshape(2, 3), r"\dot x"]))
    assert [len(row.findall("mtd")) for row in tree.iter("mtr")] == [3, 3]
    assert latex([np.arange(4.0).reshape(2, 2)]) == r"\begin{bmatrix} 0 & 1 \\ 2 & 3 \end{bmatrix}"
