"""Pictures of systems, reduced models, flows and comparisons.

Every function returns a ``matplotlib.figure.Figure`` that is independent of pyplot: no global state, no window, no
choice of a backend. ``figure.savefig("out.png")`` writes it; in a notebook the figure is shown as the value of a cell.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
