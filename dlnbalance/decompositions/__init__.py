"""Parts of a system: by its poles, what inputs and outputs see of it, finite and infinite."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
