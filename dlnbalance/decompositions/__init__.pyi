from . import sparse_splitting as sparse_splitting
from .sparse_splitting import DeflatedSystem as DeflatedSystem
from .sparse_splitting import UnstablePart as UnstablePart
from .sparse_splitting import split_sparse as split_sparse
from .sparse_splitting import unstable_part as unstable_part
