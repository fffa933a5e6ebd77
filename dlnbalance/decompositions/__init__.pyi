from . import minimal_realizations as minimal_realizations
from . import structural_parts as structural_parts
from .minimal_realizations import MinimalRealization as MinimalRealization
from .minimal_realizations import minreal as minreal
from .structural_parts import sminreal as sminreal
