from . import gramian_matrices as gramian_matrices
from . import simplification as simplification
from .gramian_matrices import gram as gram
from .simplification import balreal as balreal
from .simplification import balred as balred
from .simplification import hsvd as hsvd
from .simplification import minreal as minreal
