r"""Systems side by side, and the constant gains that close loops around them: block matrices.

.. math:: u = K y + F r, \quad z = H y,

where u and y are all inputs and outputs of some systems, r and z those of the whole.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from ..errors import NumericalError
from ..linalg.arrays import EPS, Array, Matrix, dense, factorized, in_range, is_sparse
from ..linalg.scaling import even_powers, evenly_scaled_solution
from .state_space import StateSpace

__all__ = ["Blocks", "Wiring", "interconnected"]

# Entries of one block of a sparse A up to which it is formed: 1.6 GB with their indices. A product of a full column and
# a full row of systems that are meant to stay sparse has no smaller form with a nonsingular E.
_MOST_ENTRIES = 10**8


class Wiring(NamedTuple):
    """How systems are joined: u = K y + F r, z = H y; all dense and small."""

    feedback: Array
    entering: Array
    leaving: Array


class Blocks(NamedTuple):
    """The matrices of a system; E is None where it is the identity."""

    A: Matrix
    B: Array
    C: Array
    D: Array
    E: Matrix | None


def interconnected(systems: Sequence[StateSpace], wiring: Wiring) -> Blocks:
    r"""The matrices of systems that constant gains connect.

    With the block diagonal matrices of all systems and

    .. math:: \begin{pmatrix} I & -K \\ -D & I \end{pmatrix} \begin{pmatrix} u \\ y \end{pmatrix}
        = \begin{pmatrix} F r \\ C x \end{pmatrix}

    solved for u and y: E x' = A x + B u, z = H y. The states of the systems follow each other.

    Parameters
    ----------
    systems : sequence of StateSpace
        Their time bases are not looked at.
    wiring : Wiring
        K of shape (Σm, Σp), F with Σm rows and H with Σp columns.

    Returns
    -------
    Blocks
        A and E are sparse where one of the systems is.

    Raises
    ------
    NumericalError
        When I − KD is singular to working precision (an algebraic loop without a solution, or with many), when the
        matrices leave the range of numbers, and when a sparse A would have a block with more than 10⁸ entries.

    Notes
    -----
    Nothing that has to do with states is solved for: one LU factorization of order Σm + Σp, its rows and columns
    scaled evenly so that the units of the signals do not matter, and products B_i (U_ij C_j) for the systems that are
    connected. Signals that have no path between them get exact zeros.

    Examples
    --------
    >>> lag = StateSpace(-1, 1, 1)
    >>> interconnected([lag], Wiring(-np.eye(1), np.eye(1), np.eye(1))).A  # unit feedback
    array([[-2.]])
    """
    wiring = Wiring(*(np.asarray(gain) for gain in wiring))
    m, p = (np.cumsum([0, *sizes]) for sizes in zip(*((s.ninputs, s.noutputs) for s in systems), strict=True))
    ins, outs = ([slice(*ends) for ends in pairwise(at)] for at in (m, p))
    D = la.block_diag(*(s.D for s in systems))
    signals = _loop_solution(D, wiring)
    u, y = signals[: m[-1]], signals[m[-1] :]
    r = wiring.entering.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        couplings = {
            (i, j): (one.B, gain @ other.C)
            for i, one in enumerate(systems)
            for j, other in enumerate(systems)
            if (gain := u[ins[i], r + p[j] : r + p[j + 1]]).any()
        }
        read = wiring.leaving @ y[:, r:]
        blocks = Blocks(
            A=_coupled([s.A for s in systems], couplings),
            B=np.vstack([s.B @ u[rows, :r] for s, rows in zip(systems, ins, strict=True)]),
            C=np.hstack([read[:, columns] @ s.C for s, columns in zip(systems, outs, strict=True)]),
            D=wiring.leaving @ y[:, :r],
            E=_descriptor(systems),
        )
    for matrix in blocks[:4]:
        entries = matrix.data if is_sparse(matrix) else matrix
        in_range("system", entries, "matrices", "scale the signals that connect the systems")
    return blocks


def _loop_solution(D: Array, wiring: Wiring) -> Array:
    """The signals (u, y) for unit r and unit C x, one column each."""
    K, F = wiring.feedback, wiring.entering
    loop = np.block([[np.eye(K.shape[0]), -K], [-D, np.eye(K.shape[1])]])
    driven = la.block_diag(F, np.eye(K.shape[1]))
    rows, columns = even_powers(loop)
    _, rcond = factorized(rows[:, None] * loop * columns)
    if not rcond > len(loop) * EPS:  # what rounding of its entries and of the elimination may make of a singular matrix
        raise NumericalError(
            "system",
            "a well-posed loop: I − D₁D₂ of the feedthroughs around it (signs included) nonsingular",
            f"an algebraic loop whose reciprocal condition number is {rcond:.1e}",
            "change a feedthrough or the sign, or put a fast lag or a delay into the loop",
        )
    solution = evenly_scaled_solution(loop, driven)
    assert solution is not None
    return np.where(_paths(loop) @ (driven != 0), solution, 0)


def _paths(matrix: Array) -> Array:
    """Which signal depends on which; pivoting lets rounding couple others."""
    linked = matrix != 0
    while True:
        further = linked @ linked
        if (further == linked).all():
            return linked
        linked = further


def _coupled(diagonal: Sequence[Matrix], couplings: Mapping[tuple[int, int], tuple[Array, Array]]) -> Matrix:
    """The block matrix with these blocks on the diagonal, and a product of two matrices added to some blocks."""
    if any(map(is_sparse, diagonal)):
        return _sparse_coupled(diagonal, couplings)
    at = np.cumsum([0, *(A.shape[0] for A in diagonal)])
    kinds = [*diagonal, *(factor for pair in couplings.values() for factor in pair)]
    result = np.zeros((at[-1], at[-1]), np.result_type(float, *kinds))
    for i, A in enumerate(diagonal):
        result[at[i] : at[i + 1], at[i] : at[i + 1]] = A
    for (i, j), (left, right) in couplings.items():
        result[at[i] : at[i + 1], at[j] : at[j + 1]] += left @ right
    return result


def _sparse_coupled(diagonal: Sequence[Matrix], couplings: Mapping[tuple[int, int], tuple[Array, Array]]) -> Matrix:
    states = [i for i, A in enumerate(diagonal) if A.shape[0]]  # scipy has no sparse blocks without rows
    blocks: list[list[Any]] = [[None] * len(states) for _ in states]
    for row, i in enumerate(states):
        for column, j in enumerate(states):
            block = sp.csc_array(diagonal[i]) if i == j else None
            if (i, j) in couplings:
                coupling = _sparse_product(*couplings[i, j])
                block = coupling if block is None else block + coupling
            blocks[row][column] = block
    return sp.block_array(blocks, format="csc") if states else sp.csc_array((0, 0))


def _sparse_product(left: Array, right: Array) -> Matrix:
    entries = int(np.count_nonzero(left, axis=0) @ np.count_nonzero(right, axis=1))
    if entries > _MOST_ENTRIES:
        raise NumericalError(
            "system",
            f"connections that leave A sparse (at most {_MOST_ENTRIES:.0e} entries a block)",
            f"a column of B times a row of C with {entries:.1e} entries",
            "reduce the systems first and connect what is left",
        )
    return sp.csc_array(left) @ sp.csc_array(right)


def _descriptor(systems: Sequence[StateSpace]) -> Matrix | None:
    if all(s.E is None for s in systems):
        return None
    E = [s.descriptor_or_identity() for s in systems]
    if any(s.is_sparse for s in systems):
        return _coupled([sp.csc_array(block) for block in E], {})
    return _coupled([dense(block) for block in E], {})
