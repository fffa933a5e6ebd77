"""Deep linear networks: singular values, orbits and gauges, closed forms, geometry, initialization."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
