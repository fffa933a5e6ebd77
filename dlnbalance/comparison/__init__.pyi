from . import comparing as comparing
from .comparing import Chart as Chart
from .comparing import Comparison as Comparison
from .comparing import compare as compare
from .comparing import compare_realizations as compare_realizations
