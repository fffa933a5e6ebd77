"""Representations of quivers: energy, moment map, Hessian, and the minimum on a gauge orbit (Kempf–Ness)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
