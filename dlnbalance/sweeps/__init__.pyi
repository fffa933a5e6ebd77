from . import results as results
from . import sweep as sweep
from .results import Sweep as Sweep
from .results import SweepInterrupted as SweepInterrupted
from .sweep import reduce_many as reduce_many
