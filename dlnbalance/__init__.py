"""Balance and reduce linear models; deep linear networks and linear systems as one computation.

>>> import dlnbalance as dln
>>> model = dln.reduce(dln.examples.get("heat-rod"), order=4)
>>> model.order, model.stable
(4, True)

Names are imported when they are first used, so that ``import dlnbalance`` itself costs nothing.
"""

from typing import Any

import lazy_loader

_attribute, _, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("dlnbalance")
        except PackageNotFoundError:  # a source tree that was never installed
            return "unknown"
    return _attribute(name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
