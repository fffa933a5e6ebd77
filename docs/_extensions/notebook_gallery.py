"""The notebooks as pages of the site, and a thumbnail of each for the gallery: its first picture."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def thumbnail(notebook: dict[str, Any]) -> bytes | None:
    """The picture of a notebook that its cell tagged "thumbnail" shows, or the first one."""
    cells = sorted(notebook["cells"], key=lambda cell: "thumbnail" not in cell["metadata"].get("tags", []))
    for cell in cells:
        for output in cell.get("outputs", []):
            picture = output.get("data", {}).get("image/png")
            if picture:
                return base64.b64decode("".join(picture))
    return None


def copy(folder: Path) -> None:
    """Copy notebooks and thumbnails into a folder of the site; what is unchanged keeps its date."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(NOTEBOOKS.glob("*.ipynb")):
        target = folder / source.name
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            shutil.copyfile(source, target)
        picture = thumbnail(json.loads(source.read_text(encoding="utf-8")))
        if picture is None:
            raise ExtensionError(
                f"{source.name}: no picture is stored in it; run pytest --nbmake --overwrite notebooks"
            )
        image = folder / f"{source.stem}.png"
        if not image.is_file() or image.read_bytes() != picture:
            image.write_bytes(picture)


def setup(app: Sphinx) -> dict[str, bool]:
    """Copy the notebooks before any source is read."""
    app.connect("builder-inited", lambda app: copy(Path(app.srcdir) / "generated" / "notebooks"), priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
