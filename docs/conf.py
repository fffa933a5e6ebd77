"""Sphinx configuration: ``sphinx-build -W docs docs/_build``."""

from importlib import metadata

project = "dlnbalance"
author = "The dlnbalance developers"
release = version = metadata.version("dlnbalance")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc"]
myst_enable_extensions = ["dollarmath", "amsmath"]
nb_execution_mode = "off"  # pages hold no code to run; the notebooks are executed by the tests
autosummary_generate = True
numpydoc_show_class_members = False
html_theme = "furo"
html_title = "dlnbalance"
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]
