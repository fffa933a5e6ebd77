r"""Descriptor systems whose algebraic equations and variables are zero rows and columns of E.

.. math:: E_1 x_1' = A_{11} x_1 + A_{12} x_2 + B_1 u, \qquad 0 = A_{21} x_1 + A_{22} x_2 + B_2 u, \qquad
    y = C_1 x_1 + C_2 x_2 + D u

with E_1 nonsingular, as circuits (modified nodal analysis), power systems and discretized flows have them. Index 1:
A_22 is nonsingular. Index 2 (saddle points): A_22 = 0, and A_21 E_1⁻¹ A_12 is nonsingular.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from ..errors import NumericalError, SingularDescriptorError
from ..linalg.arrays import EPS, Array, Indices, Matrix, adjoint, dense, is_sparse
from ..linalg.pencil_structure import evenly_scaled, rank_tolerance
from ..linalg.sparse.even_factors import EvenSparseFactors
from ..systems.descriptors import DescriptorFactors
from ..systems.linear_system import LinearSystem
from .condensed_systems import CondensedSystem
from .polynomial_parts import finite_system

__all__ = ["AlgebraicSplit", "SemiExplicit", "eliminated", "implicit_split", "semi_explicit"]

# Elimination with an A_22 of smaller reciprocal condition loses half of the digits: orthogonal transformations do not.
_WELL_CONDITIONED = float(np.sqrt(EPS))
# Coefficients of the polynomial part below so many rounding errors of their factors are zero.
_HIDDEN = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class SemiExplicit:
    """Which equations and variables of a system are differential, and which are algebraic.

    Attributes
    ----------
    system : LinearSystem
    equations, variables : (n₁,) int array
        Rows and columns of E that are not zero; they are those of a nonsingular E_1.
    constraints, multipliers : (n₂,) int array
        Rows and columns of zeros.
    """

    system: LinearSystem
    equations: Indices
    variables: Indices
    constraints: Indices
    multipliers: Indices

    @property
    def pencil(self) -> tuple[Matrix, Matrix]:
        """A and E, both dense or both in CSC form, as A is."""
        A, E = self.system.A, self.system.E
        return (A, sp.csc_array(E)) if is_sparse(A) else (A, dense(E))

    @property
    def blocks(self) -> tuple[Matrix, Matrix, Matrix, Matrix]:
        """A_11, A_12, A_21 and A_22."""
        A, _ = self.pencil
        both = self.variables, self.multipliers
        first, second = ([A[rows][:, columns] for columns in both] for rows in (self.equations, self.constraints))
        return *first, *second

    @property
    def mass(self) -> Matrix:
        """E_1."""
        return self.pencil[1][self.equations][:, self.variables]

    @property
    def inputs(self) -> tuple[Array, Array]:
        """B_1 and B_2."""
        return self.system.B[self.equations], self.system.B[self.constraints]

    @property
    def outputs(self) -> tuple[Array, Array]:
        """C_1 and C_2."""
        return self.system.C[:, self.variables], self.system.C[:, self.multipliers]


@dataclass(frozen=True, eq=False, kw_only=True)
class AlgebraicSplit:
    """What is left of a system without its algebraic equations.

    Attributes
    ----------
    proper : LinearSystem
    polynomial : tuple of (p, m) array
        D_1, where there is one.
    index : int
    infinite : int
        Number of infinite eigenvalues.
    condition : float
        Norm of the larger spectral projector; for sparse systems, the condition number of the matrix that was factored.
    """

    proper: LinearSystem
    polynomial: tuple[Array, ...]
    index: int
    infinite: int
    condition: float


def semi_explicit(system: LinearSystem, tol: float) -> SemiExplicit | None:
    """The zero rows and columns of E, if there are as many of them and the rest is nonsingular; None otherwise."""
    E = sp.coo_array(system.E)
    stored = E.data != 0
    rows, columns = (np.unique(place[stored]) for place in E.coords)
    if rows.size != columns.size or rows.size == system.nstates:
        return None
    everything = np.arange(system.nstates)
    found = SemiExplicit(
        system=system,
        equations=rows,
        variables=columns,
        constraints=np.setdiff1d(everything, rows),
        multipliers=np.setdiff1d(everything, columns),
    )
    try:
        return found if even_factors(found.mass).rcond > tol else None
    except NumericalError:
        return None


def even_factors(matrix: Matrix) -> DescriptorFactors | EvenSparseFactors:
    """LU factors of a dense or sparse matrix in even scales, refused when it is singular."""
    return EvenSparseFactors(matrix) if is_sparse(matrix) else DescriptorFactors(matrix)


def eliminated(split: SemiExplicit) -> AlgebraicSplit | None:
    r"""The explicit equations of the differential variables of a dense system of index 1, by name; None for all others.

    .. math:: E_1 x_1' = (A_{11} - A_{12} A_{22}^{-1} A_{21}) x_1 + (B_1 - A_{12} A_{22}^{-1} B_2) u
    """
    system = split.system
    even = evenly_scaled(dense(system.A), system.descriptor)
    rows, columns, half = even.rows, even.columns, np.ldexp(1.0, even.rate // 2)
    scaled = LinearSystem(even.A, rows[:, None] * system.B / half, system.C * columns / half, system.D, E=even.E)
    split = SemiExplicit(**{**vars(split), "system": scaled})
    A11, A12, A21, A22 = split.blocks
    (B1, B2), (C1, C2) = split.inputs, split.outputs
    try:
        factors = DescriptorFactors(A22)
    except NumericalError:
        return None
    if factors.rcond < _WELL_CONDITIONED:
        return None
    solved_A, solved_B = np.hsplit(factors.solve(np.hstack([A21, B2])), [A21.shape[1]])
    left = adjoint(factors.adjoint_solve(adjoint(A12)))
    r, d = rows[split.equations], columns[split.variables]
    A = np.ldexp(1.0, even.rate) * (A11 - A12 @ solved_A) / r[:, None] / d
    E = split.mass / r[:, None] / d
    proper = finite_system(
        system,
        A,
        None if np.array_equal(E, np.eye(len(E))) else E,
        half * (B1 - A12 @ solved_B) / r[:, None],
        half * (C1 - C2 @ solved_A) / d,
        system.D - C2 @ solved_B,
        tuple(system.states[k] for k in split.variables),
    )
    largest = max((la.norm(M, 2) for M in (solved_A, left) if M.size), default=0.0)
    count = split.constraints.size
    return AlgebraicSplit(
        proper=proper, polynomial=(), index=1, infinite=count, condition=float(np.hypot(1.0, largest))
    )


def implicit_split(split: SemiExplicit) -> AlgebraicSplit:
    """The proper part of a large sparse system of index 1 or 2 on its own sparse pencil; nothing dense is formed.

    Raises
    ------
    SingularDescriptorError
        When A_22 is neither nonsingular nor zero, or a saddle point is singular.
    """
    A22 = split.blocks[3]
    return _saddle_point(split) if A22.count_nonzero() == 0 else _index_one(split)


def _index_one(split: SemiExplicit) -> AlgebraicSplit:
    """The response of the algebraic variables to inputs goes to B and D, what is read of them to C."""
    _, A12, A21, A22 = split.blocks
    (B1, B2), (C1, C2) = split.inputs, split.outputs
    factors = _factored(A22, split, "A_22, the algebraic equations in the algebraic variables,")
    solved = factors.solve(B2)
    read = adjoint(factors.adjoint_solve(adjoint(C2)))
    proper = CondensedSystem.of(
        split.system,
        split.equations,
        split.variables,
        B1 - A12 @ solved,
        C1 - adjoint(A21.conj().T @ adjoint(read)),
        split.system.D - C2 @ solved,
    )
    return AlgebraicSplit(
        proper=proper, polynomial=(), index=1, infinite=split.constraints.size, condition=1 / factors.rcond
    )


def _saddle_point(split: SemiExplicit) -> AlgebraicSplit:
    r"""Inputs and outputs are projected on the manifold A_21 x_1 = 0 by solves with the mass matrix and constraints.

    .. math:: K = \begin{pmatrix} E_1 & A_{12} \\ A_{21} & 0 \end{pmatrix}

    References
    ----------
    .. [1] M. Heinkenschloss, D. C. Sorensen, K. Sun, "Balanced truncation model reduction for a class of descriptor
       systems with application to the Oseen equations", SIAM J. Sci. Comput. 30 (2008) 1038-1063.
    .. [2] S. Gugercin, T. Stykel, S. Wyatt, "Model reduction of descriptor systems by interpolatory projection
       methods", SIAM J. Sci. Comput. 35 (2013) B1010-B1033.
    """
    A11, A12, A21, _ = split.blocks
    (B1, B2), (C1, C2) = split.inputs, split.outputs
    E1, n1 = split.mass, split.equations.size
    K = sp.block_array([[E1, A12], [A21, None]], format="csc")
    factors = _factored(K, split, "the mass matrix, bordered by the constraints,")

    def below(rows: Array) -> Array:
        return np.vstack([np.zeros((n1, rows.shape[1])), rows])

    def above(rows: Array) -> Array:
        return np.vstack([rows, np.zeros((len(B2), rows.shape[1]))])

    forced = factors.solve(below(B2))[:n1]  # x_1 follows −forced u, so that the constraints hold
    dual = factors.adjoint_solve(below(adjoint(C2)))
    read, multipliers = adjoint(dual[:n1]), adjoint(dual[n1:])
    entering = E1 @ factors.solve(above(B1 - A11 @ forced))[:n1]
    leaving = adjoint(C1) - A11.conj().T @ adjoint(read)
    leaving = E1.conj().T @ factors.adjoint_solve(above(leaving))[:n1]
    D = split.system.D - C1 @ forced + read @ (A11 @ forced - B1)
    rate = multipliers @ B2
    sizes = np.outer(la.norm(multipliers, axis=1), la.norm(B2, axis=0))
    polynomial = () if (np.abs(rate) <= _HIDDEN * EPS * sizes).all() else (rate,)
    proper = CondensedSystem.of(split.system, split.equations, split.variables, entering, adjoint(leaving), D)
    return AlgebraicSplit(
        proper=proper, polynomial=polynomial, index=2, infinite=2 * len(B2), condition=1 / factors.rcond
    )


def _factored(matrix: Matrix, split: SemiExplicit, what: str) -> EvenSparseFactors:
    """Factors of a matrix that a sparse system of low index has nonsingular."""
    try:
        factors = EvenSparseFactors(matrix)
        rcond = factors.rcond
    except NumericalError:
        factors, rcond = None, 0.0
    if factors is None or rcond <= rank_tolerance(1):
        raise SingularDescriptorError(
            "system",
            "a large sparse descriptor system of index 1, or a saddle point of index 2",
            f"one where {what} has the reciprocal condition number {rcond:.1e}",
            f"eliminate some of its {split.constraints.size} algebraic equations, or make A and E dense and call"
            " dlnbalance.decompositions.finite_infinite, which takes any index",
        )
    return factors
