"""What inputs reach and outputs read in the graph of nonzeros of a system: exact, and as cheap as its sparsity."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, maximum_bipartite_matching

from ..errors import NumericalError
from ..files.conversion import as_system
from ..files.to_libraries import restore_type
from ..linalg.arrays import Flags, Indices, Matrix, is_sparse
from ..systems.linear_system import LinearSystem

__all__ = ["StructuralPart", "sminreal", "structural_part"]


@dataclass(frozen=True, eq=False, kw_only=True)
class StructuralPart:
    """Which states a system is left with when its zeros alone decide.

    Attributes
    ----------
    reached, read : (n,) array of bool
        States that some input leads to, and states that lead to some output, along nonzero entries.
    equations : (n,) array of int
        The equation that determines each state: a matching of rows and columns of the pencil.

    See Also
    --------
    dlnbalance.sminreal : remove the states that are not connected to inputs and outputs.
    dlnbalance.decompositions.structural_parts.structural_part : follow the nonzeros from the inputs and the outputs.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0]), [[1.0], [0.0]], [[1.0, 1.0]])
    >>> part = dln.decompositions.structural_parts.structural_part(system)
    >>> part.read.tolist()
    [True, True]
    """

    reached: Flags
    read: Flags
    equations: Indices

    @property
    def kept(self) -> Indices:
        """States that are both reached and read."""
        return np.flatnonzero(self.reached & self.read)

    def rows(self, states: Indices) -> Indices:
        """Equations of some states, in the order in which they stand."""
        return np.sort(self.equations[states])


def structural_part(system: Any) -> StructuralPart:
    """Follow the nonzeros of (A, E, B, C) from the inputs, and backwards from the outputs.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads

    Returns
    -------
    StructuralPart

    Raises
    ------
    NumericalError
        When no choice of the zeros' places lets A − λE be regular: some states have no equation of their own.

    Notes
    -----
    Equations are matched with states (Dulmage and Mendelsohn), because with E no equation belongs to a state; the
    result does not depend on the matching. Two breadth-first searches, O(number of nonzeros); the matching, where the
    diagonal of the pencil has zeros, O(nonzeros · n^½).

    See Also
    --------
    dlnbalance.sminreal : remove the states that are not connected to inputs and outputs.
    dlnbalance.decompositions.structural_parts.StructuralPart : which states are left when zeros alone decide.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0]), [[1.0], [0.0]], [[1.0, 1.0]])
    >>> structural_part(system).reached.tolist()
    [True, False]
    """
    system = as_system(system)
    n = system.nstates
    links = _pattern(system.A) + (sp.eye_array(n, format="csr") if system.E is None else _pattern(system.E))
    equations = np.arange(n)
    if system.E is not None and not links.diagonal().all():
        equations = maximum_bipartite_matching(links, perm_type="row")
        if (equations < 0).any():
            raise _structurally_singular(int(np.count_nonzero(equations < 0)))
    links = sp.csr_array(links[equations]) if n else links
    return StructuralPart(
        reached=_found(sp.csr_array(links.T), system.B[equations].any(axis=1)),
        read=_found(links, system.C.any(axis=0)),
        equations=equations,
    )


def structural_subsystem(system: LinearSystem, part: StructuralPart) -> LinearSystem:
    """The system of the states that are kept, with their names, in the storage of the given one."""
    kept = part.kept
    if kept.size == system.nstates:
        return system
    rows = part.rows(kept)
    return LinearSystem(
        submatrix(system.A, rows, kept),
        system.B[rows],
        system.C[:, kept],
        system.D,
        E=None if system.E is None else submatrix(system.E, rows, kept),
        dt=system.dt,
        inputs=system.inputs,
        outputs=system.outputs,
        states=[system.states[k] for k in kept],
        name=system.name,
    )


def submatrix(M: Matrix, rows: Indices, columns: Indices) -> Matrix:
    """Some rows and columns of a dense or sparse matrix."""
    return M[rows][:, columns] if is_sparse(M) else M[np.ix_(rows, columns)]


def sminreal(system: Any) -> Any:
    r"""Remove the states that are not connected to inputs and outputs: by the zeros of the matrices alone, exactly.

    A state stays when a path of nonzero entries leads to it from an input, and another one from it to an output. What
    is removed has no influence on the transfer function, whatever the values of the nonzero entries are; what only
    these values cancel stays (see :func:`~dlnbalance.decompositions.minimal_realizations.minreal`).

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Of any size, dense or sparse, stable or not, with E singular or not; dt may be None.

    Returns
    -------
    same type as what was passed in
        Rows and columns of the given matrices, with the names of the states that are kept; sparse matrices stay sparse.
        The object itself when nothing is removed.

    Raises
    ------
    InvalidArgumentError
        For what is no linear system.
    NumericalError
        When the zeros of A and E alone make A − λE singular.

    See Also
    --------
    dlnbalance.decompositions.minimal_realizations.minreal : removes what cancels numerically, too.

    Notes
    -----
    Two breadth-first searches in the graph of nonzeros, O(number of nonzeros).

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(
    ...     [[-1.0, 0.0, 3.0], [0.0, 0.0, 1.0], [0.0, 0.0, -2.0]], [1.0, 0.0, 0.0], [1.0, 2.0, 0.0],
    ...     states=["position", "drift", "noise"]
    ... )
    >>> dln.sminreal(system).states
    ('position',)
    """
    given = as_system(system)
    part = structural_part(given)
    return system if part.kept.size == given.nstates else restore_type(structural_subsystem(given, part), system)


def _pattern(M: Matrix) -> sp.csr_array:
    """Ones where a matrix has nonzero entries."""
    pattern = sp.csr_array(M != 0, dtype=float)
    pattern.eliminate_zeros()
    return pattern


def _found(links: sp.csr_array, first: Flags) -> Flags:
    """Nodes that can be reached from some of them, these included."""
    n = first.size
    starts = sp.csr_array(first[None, :].astype(float))
    graph = sp.block_array([[links, None], [starts, sp.csr_array((1, 1))]], format="csr") if n else starts
    found = np.zeros(n + 1, dtype=bool)
    if n:
        found[breadth_first_order(graph, n, return_predecessors=False)] = True
    return found[:n]


def _structurally_singular(count: int) -> NumericalError:
    return NumericalError(
        "system",
        "as many independent equations as states",
        f"{count} states without an equation, by the zeros of A and E",
        "check that no equation is missing or stands twice",
    )
