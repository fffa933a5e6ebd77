from . import linear_system as linear_system
from .linear_system import LinearSystem as LinearSystem
