"""Systems that are more than their matrices say, and that only sparse methods see as they are."""

from functools import cached_property

from .linear_system import LinearSystem

__all__ = ["SparseOnlySystem"]


class SparseOnlySystem(LinearSystem):
    """A sparse system without some of the poles of its matrices, which dense methods would see.

    Low-rank Gramians, responses, projections and norms of large systems are those of what is left.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> system = SparseOnlySystem(sp.csc_array([[-1.0]]), [[1.0]], [[1.0]])
    >>> system.is_large, system.dense_is_affordable
    (True, False)
    """

    @cached_property
    def is_large(self) -> bool:
        """True, whatever the size: nothing of order n² is formed unasked."""
        return True

    @property
    def dense_is_affordable(self) -> bool:
        """False: what is dense would be that of other poles."""
        return False
