r"""Formulas with matrices, as LaTeX and as MathML.

A formula is a sequence of symbols, written in LaTeX, and of matrices.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["latex", "mathml"]

#: Symbols in both languages; letters, and signs between them, need no entry.
_SYMBOLS = {
    r"\dot x": "<mover><mi>x</mi><mo>˙</mo></mover>",
    "x_t": "<msub><mi>x</mi><mi>t</mi></msub>",
    "u_t": "<msub><mi>u</mi><mi>t</mi></msub>",
    "y_t": "<msub><mi>y</mi><mi>t</mi></msub>",
    "x_{t+1}": "<msub><mi>x</mi><mrow><mi>t</mi><mo>+</mo><mn>1</mn></mrow></msub>",
    r"\quad": '<mspace width="1em"/>',
}
_DIGITS = 4  # of an entry: what shows the structure of a matrix


def latex(parts: Sequence[Any]) -> str:
    r"""Return a formula in LaTeX, without the signs around it.

    Examples
    --------
    >>> latex(["y", "=", np.array([[1.0, -2e-7]]), "x"])
    'y = \\begin{bmatrix} 1 & -2 \\times 10^{-7} \\end{bmatrix} x'
    """
    return " ".join(part if isinstance(part, str) else _latex_matrix(part) for part in parts)


def _latex_matrix(matrix: Any) -> str:
    rows = r" \\ ".join(" & ".join(_latex_number(entry) for entry in row) for row in np.asarray(matrix).tolist())
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _latex_number(value: complex) -> str:
    if isinstance(value, complex):
        real, imag = _latex_number(value.real), _latex_number(abs(value.imag))
        return f"{real} {'-' if value.imag < 0 else '+'} {imag} i" if value.imag else real
    digits, power = _digits_and_power(value)
    return rf"{digits} \times 10^{{{power}}}" if power else digits


def mathml(parts: Sequence[Any]) -> str:
    """Return a formula in MathML, which browsers show without help.

    Examples
    --------
    >>> mathml(["y", "=", "x"])
    '<math display="block"><mrow><mi>y</mi><mo>=</mo><mi>x</mi></mrow></math>'
    """
    content = "".join(_symbol(part) if isinstance(part, str) else _mathml_matrix(part) for part in parts)
    return f'<math display="block"><mrow>{content}</mrow></math>'


def _symbol(text: str) -> str:
    return _SYMBOLS.get(text) or (f"<mi>{text}</mi>" if text.isalpha() else f"<mo>{text}</mo>")


def _mathml_matrix(matrix: Any) -> str:
    rows = "".join(
        f"<mtr>{''.join(f'<mtd>{_mathml_number(entry)}</mtd>' for entry in row)}</mtr>"
        for row in np.asarray(matrix).tolist()
    )
    return f"<mrow><mo>[</mo><mtable>{rows}</mtable><mo>]</mo></mrow>"


def _mathml_number(value: complex) -> str:
    if isinstance(value, complex):
        real, imag = _mathml_number(value.real), _mathml_number(abs(value.imag))
        sign = "−" if value.imag < 0 else "+"
        return f"{real}<mo>{sign}</mo>{imag}<mi>i</mi>" if value.imag else real
    digits, power = _digits_and_power(value)
    number = f"<mn>{digits.replace('-', '−')}</mn>"
    exponent = f"{power}".replace("-", "−")
    return f"{number}<mo>×</mo><msup><mn>10</mn><mn>{exponent}</mn></msup>" if power else number


def _digits_and_power(value: float) -> tuple[str, int]:
    """A number to a few digits, and the power of ten behind it."""
    digits, _, power = f"{value + 0.0:.{_DIGITS}g}".partition("e")
    return digits, int(power or 0)
