from . import comparing as comparing
from . import comparing_methods as comparing_methods
from .comparing import Chart as Chart
from .comparing import Comparison as Comparison
from .comparing import compare as compare
from .comparing import compare_realizations as compare_realizations
from .comparing_methods import Way as Way
from .comparing_methods import compare_methods as compare_methods
