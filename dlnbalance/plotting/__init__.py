"""Pictures of systems, reduced models, flows and comparisons.

:func:`draw` takes anything and draws what says most about it; the other functions draw one kind of picture each, with
options. All follow the conventions of python-control: they take ``ax=`` and return a :class:`Drawing`, the axes with
their ``figure``. Figures are independent of pyplot: no global state, no window, no choice of a backend.
``drawing.save("out.png")`` writes the picture; in a notebook it is shown as the value of a cell.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
