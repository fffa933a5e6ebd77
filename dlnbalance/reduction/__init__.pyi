from .network_reduction import ReducedNetwork as ReducedNetwork
from .network_reduction import reduce_network as reduce_network
from .projected_model import Method as Method
from .projected_model import ProjectedModel as ProjectedModel
from .reduced_model import ReducedModel as ReducedModel
from .truncation import reduce as reduce
