r"""What Gramians of a sparse system cost, dense or by sparse factorizations: floating-point operations, counted.

Nothing is timed, so that the same model is treated alike everywhere and always.
"""

from collections.abc import Callable

from ...errors import NumericalError
from .pencils import SparsePencil

__all__ = ["dense_operations", "dense_way_is_affordable", "sparse_operations", "sparse_way_is_cheaper"]

# Operations for n³: a Schur form (25, by QZ 66), two factors, their product and its decomposition, as measured counts.
_SCHUR, _QZ = 30, 70
# Dense operations that take a second or two on one core: below, the dense way is kept, for it has all singular values.
_SECONDS = 1e10
# From here on dense methods are not considered: minutes, and eight n×n matrices of 200 MB.
_MOST_STATES = 5000
# What the iteration takes on models that have a low rank: steel profile 16 factorizations and 50 steps, convection and
# diffusion 8 and 39, a chain of 1000 masses with damping 0.1 41 and 147.
_FACTORIZATIONS, _STEPS = 40, 100
_TRIAL = 1.37  # shift of the trial factorization in units of ‖A‖/‖E‖: no ratio of entries that models have
_COMPLEX = 2.5  # operations of a factorization, half of them complex, for one of a real one
_COLUMNS = 500  # of a factor, after which it is compressed
_SLOWNESS = 10  # dense operations in the time of a sparse one, which waits for memory


def dense_operations(n: int, *, descriptor: bool) -> float:
    """Operations of the dense way: a Schur form and two factors."""
    return (_QZ if descriptor else _SCHUR) * float(n) ** 3


def sparse_operations(pencil: SparsePencil, signals: int) -> float:
    """Operations of a typical low-rank iteration, in units of dense ones, from the fill of one trial factorization.

    Parameters
    ----------
    pencil : SparsePencil
    signals : int
        Number of inputs and outputs.
    """
    n = pencil.A.shape[0]
    size = (float(abs(pencil.A).max()) or 1.0) / (float(abs(pencil.E).max()) or 1.0)
    factors = pencil.factorized(1.0, -_TRIAL * size)
    factorizations = _FACTORIZATIONS * _COMPLEX * factors.operations
    solves = _STEPS * signals * 2 * factors.entries
    columns = min(_STEPS * signals / 2, _COLUMNS)
    return _SLOWNESS * (factorizations + solves) + 8 * n * columns**2


def sparse_way_is_cheaper(pencil: Callable[[], SparsePencil], n: int, signals: int, *, descriptor: bool) -> bool:
    """Whether low-rank Gramians are foreseen to cost less than dense ones, which take more than a second or two.

    Above 5000 states they are, without a trial; `pencil` is called where there is one.
    """
    dense = dense_operations(n, descriptor=descriptor)
    if n > _MOST_STATES or dense <= _SECONDS:
        return n > _MOST_STATES
    try:
        return sparse_operations(pencil(), signals) < dense
    except NumericalError:  # a singular pencil, which the dense way refuses by name
        return False


def dense_way_is_affordable(n: int) -> bool:
    """Whether dense Gramians take minutes at most, and memory that most machines have."""
    return n <= _MOST_STATES
