from . import sweep as sweep
from .sweep import Sweep as Sweep
from .sweep import SweepInterrupted as SweepInterrupted
from .sweep import reduce_many as reduce_many
