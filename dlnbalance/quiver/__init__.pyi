from . import kempf_ness as kempf_ness
from . import representation as representation
from .kempf_ness import Minimum as Minimum
from .kempf_ness import minimize as minimize
from .representation import Arrow as Arrow
from .representation import Representable as Representable
from .representation import Representation as Representation
