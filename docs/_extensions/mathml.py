"""Formulas as MathML, written into the pages when they are built: no script, no font and no network is needed."""

import re
from html import escape

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

_ENVIRONMENT = re.compile(r"\\begin\{(?:align|aligned|gather|equation|cases|bmatrix|pmatrix)\*?\}")


def mathml(tex: str, *, block: bool) -> str:
    r"""A formula as a ``math`` element that keeps its TeX for those who copy it or hear it read.

    >>> mathml(r"\sigma_1", block=False)
    '<math ... alttext="\\sigma_1"><mrow><msub><mi>&#x003C3;</mi><mn>1</mn></msub></mrow></math>'
    """
    if block and "\\\\" in tex and not _ENVIRONMENT.search(tex):  # as Sphinx has it
        tex = rf"\begin{{align*}}{tex}\end{{align*}}"
    tex = re.sub(r"(begin|end)\{(?:aligned|split)\}", r"\1{align*}", tex)  # which the converter does not know
    made = convert(tex.strip(), display="block" if block else "inline")
    left_over = re.search(r"\\[A-Za-z]+|(?<=<mi>)&(?=</mi>)", made)
    if left_over:
        raise ExtensionError(f"the formula {tex!r} has {left_over[0]}, which has no MathML here")
    return made.replace("<math ", f'<math alttext="{escape(tex.strip())}" ', 1)


def _visit(self: HTML5Translator, node: nodes.Element) -> None:
    block = isinstance(node, nodes.math_block)
    try:
        made = mathml(node.astext(), block=block)
    except Exception as error:  # noqa: BLE001 - whatever the converter dislikes becomes a warning with a place
        logger.warning("formula %r: %s", node.astext(), error, location=node)
        made = f"<code>{escape(node.astext())}</code>"
    self.body.append(f'<div class="math">{made}</div>\n' if block else f'<span class="math">{made}</span>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (_visit, None), (_visit, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
