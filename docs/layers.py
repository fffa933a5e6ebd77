"""Draw the layers of the library as its contract of imports has them: ``python docs/layers.py`` writes layers.svg."""

import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parent
PICTURE = DOCS / "layers.svg"
PACKAGE = "dlnbalance."

WIDTH, HEIGHT, GAP = 180, 20, 4  # of a box, and between two boxes, in pixels
LEFT, TOP = 40, 10  # margins; the left one holds the arrow


def contract() -> tuple[list[str], list[tuple[str, str]]]:
    """Layers from top to bottom, and the imports that go up nevertheless."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = project["tool"]["importlinter"]["contracts"]
    upward = [line.split(" -> ") for line in layers["ignore_imports"]]
    return [name.removeprefix(PACKAGE) for name in layers["layers"]], [(_layer(a), _layer(b)) for a, b in upward]


def picture() -> str:
    """The layers as a stack of boxes; imports that go up are dashed."""
    names, upward = contract()
    step, right = HEIGHT + GAP, LEFT + WIDTH
    bottom = TOP + step * len(names) - GAP
    middle = {name: TOP + step * k + HEIGHT / 2 for k, name in enumerate(names)}
    size = f'width="{right + 200}" height="{bottom + TOP}" viewBox="0 0 {right + 200} {bottom + TOP}"'
    tip = 'id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"'
    turned = f'x="12" y="{bottom / 2:g}" transform="rotate(-90 12 {bottom / 2:g})"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<marker {tip}><path d="M0 0L8 4L0 8z" fill="#555"/></marker>',
        f'<path d="M20 {TOP}V{bottom}" stroke="#555" stroke-width="2" marker-end="url(#tip)"/>',
        f'<text {turned} fill="#555" text-anchor="middle">imports</text>',
    ]
    for name, y in middle.items():
        box = f'x="{LEFT}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}" rx="4"'
        lines += [
            f'<rect {box} fill="#e8eef7" stroke="#4a6fa5"/>',
            f'<text x="{LEFT + WIDTH / 2:g}" y="{y + 4:g}" fill="#000" text-anchor="middle">{name}</text>',
        ]
    for source, target in upward:
        y, z = middle[source], middle[target]
        curve = f"M{right} {y:g}C{right + 30} {y:g} {right + 30} {z:g} {right + 2} {z:g}"
        lines += [
            f'<path d="{curve}" fill="none" stroke="#555" stroke-dasharray="4 3" marker-end="url(#tip)"/>',
            f'<text x="{right + 32}" y="{(y + z) / 2 + 4:g}" fill="#555">exception in the contract</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def _layer(module: str) -> str:
    return module.removeprefix(PACKAGE).partition(".")[0]


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
