"""Sphinx configuration: ``sphinx-build -W --keep-going -b html docs docs/_build`` makes the site, without a network.

Tutorials are executed by the build. Notebooks show the output that is stored in them, and are executed by
``nox -s notebooks``; ``pytest --nbmake --overwrite notebooks`` stores it anew.
"""

import os
import sys
from importlib import metadata
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS / "_extensions"))

project = "dlnbalance"
author = project_copyright = "The dlnbalance developers"
release = version = metadata.version("dlnbalance")
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "numpydoc",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "mathml",
    "notebook_gallery",
    "public_names",
    "small_inventories",
]
exclude_patterns = ["_build", "_templates", "_extensions", "generated/*.png"]
nitpicky = True

myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

nb_execution_mode = "auto"
nb_execution_excludepatterns = ["generated/notebooks/*"]
nb_execution_raise_on_error = True
nb_execution_in_temp = True  # what tutorials write is not left in the sources
nb_execution_timeout = 120
nb_merge_streams = True
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the models of the tutorials are small

autosummary_generate = False  # public_names writes the pages
autodoc_typehints = "none"  # types are in the docstrings, in words
numpydoc_show_class_members = False

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "unsrt"

html_theme = "furo"
html_title = "dlnbalance"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1a5276", "color-brand-content": "#1a5276"},
    "dark_css_variables": {"color-brand-primary": "#7fb3d5", "color-brand-content": "#7fb3d5"},
}
