"""Gramian factors of a system as a two-layer network, one module a kind; when a system has any."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
