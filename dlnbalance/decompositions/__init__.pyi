from . import regions as regions
from . import splitting as splitting
from .regions import Band as Band
from .regions import Decaying as Decaying
from .regions import Disc as Disc
from .regions import Region as Region
from .splitting import Split as Split
from .splitting import split as split
