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
    rows, columns = _nonzero_places(system.E)
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
    r"""The proper part of a large sparse system of index 1 or 2 on its own sparse pencil; nothing dense is formed.

    Zero rows and columns of A_22 are constraints of the differential variables and their multipliers, and what is left
    of A_22 belongs to other algebraic variables x_a, which are expressed by the others first. Inputs and outputs are
    then projected on the manifold A_c1 x_1 = 0 of the constraints, by solves with

    .. math:: K = \begin{pmatrix} E_1 & A_{1c} \\ A_{c1} & 0 \end{pmatrix} .

    Raises
    ------
    SingularDescriptorError
        When K, or what is left of A_22, is singular.

    References
    ----------
    .. [1] M. Heinkenschloss, D. C. Sorensen, K. Sun, "Balanced truncation model reduction for a class of descriptor
       systems with application to the Oseen equations", SIAM J. Sci. Comput. 30 (2008) 1038-1063.
    .. [2] S. Gugercin, T. Stykel, S. Wyatt, "Model reduction of descriptor systems by interpolatory projection
       methods", SIAM J. Sci. Comput. 35 (2013) B1010-B1033.
    """
    explicit = _Algebraic(split)
    if not explicit.constraints.size and not explicit.multipliers.size:
        proper = CondensedSystem.of(split.system, split.equations, split.variables, explicit.B, explicit.C, explicit.D)
        condition, count = 1 / explicit.factors.rcond, split.constraints.size
        return AlgebraicSplit(proper=proper, polynomial=(), index=1, infinite=count, condition=condition)
    return _saddle_point(split, explicit)


class _Algebraic:
    """A sparse system without the algebraic variables that A_22 determines; A_11 is applied and not formed.

    Attributes
    ----------
    constraints, multipliers : (c,) int array
        Zero rows and columns of A_22.
    B, C, D : array
        Of the differential equations and variables.
    """

    def __init__(self, split: SemiExplicit):
        (B1, B2), (C1, C2) = split.inputs, split.outputs
        self.A11, A12, A21, A22 = split.blocks
        bounded, free = _nonzero_places(A22)
        self.constraints, self.multipliers = (np.setdiff1d(np.arange(len(B2)), some) for some in (bounded, free))
        self.A1c, self.Ac1 = A12[:, self.multipliers], A21[self.constraints]
        self._A1a, self._Aa1 = A12[:, free], A21[bounded]
        what = "A_22, the algebraic equations in the algebraic variables,"
        self.factors = _factored(A22[bounded][:, free], split, what)
        solved = self.factors.solve(B2[bounded])
        read = self.factors.adjoint_solve(adjoint(C2[:, free]))
        self.B = B1 - self._A1a @ solved
        self.C = C1 - adjoint(self._Aa1.conj().T @ read)
        self.D = split.system.D - C2[:, free] @ solved

    def apply(self, states: Array) -> Array:
        """The differential equations, applied to differential variables."""
        return self.A11 @ states - self._A1a @ self.factors.solve(self._Aa1 @ states)

    def adjoint_apply(self, states: Array) -> Array:
        """The same with the adjoint."""
        below = self._Aa1.conj().T @ self.factors.adjoint_solve(self._A1a.conj().T @ states)
        return self.A11.conj().T @ states - below


def _nonzero_places(matrix: Matrix) -> tuple[Indices, Indices]:
    """Rows and columns of a sparse matrix that are not zero."""
    entries = sp.coo_array(matrix)
    stored = entries.data != 0
    rows, columns = (np.unique(place[stored]) for place in entries.coords)
    return rows, columns


def _saddle_point(split: SemiExplicit, explicit: _Algebraic) -> AlgebraicSplit:
    """Inputs and outputs are moved to the manifold of the constraints, and what they do to these, to D and D_1."""
    E1, n1, count = split.mass, split.equations.size, explicit.constraints.size
    B2 = split.inputs[1][explicit.constraints]
    C2 = split.outputs[1][:, explicit.multipliers]
    K = sp.block_array([[E1, explicit.A1c], [explicit.Ac1, None]], format="csc")
    factors = _factored(K, split, "the mass matrix, bordered by the constraints,")

    def below(rows: Array) -> Array:
        return np.vstack([np.zeros((n1, rows.shape[1])), rows])

    def above(rows: Array) -> Array:
        return np.vstack([rows, np.zeros((count, rows.shape[1]))])

    forced = factors.solve(below(B2))[:n1]  # x_1 follows −forced u, so that the constraints hold
    dual = factors.adjoint_solve(below(adjoint(C2)))
    read, multipliers = dual[:n1], adjoint(dual[n1:])
    moved = explicit.B - explicit.apply(forced)
    entering = E1 @ factors.solve(above(moved))[:n1]
    leaving = adjoint(explicit.C) - explicit.adjoint_apply(read)
    leaving = E1.conj().T @ factors.adjoint_solve(above(leaving))[:n1]
    D = explicit.D - explicit.C @ forced - adjoint(read) @ moved
    rate = multipliers @ B2
    sizes = np.outer(la.norm(multipliers, axis=1), la.norm(B2, axis=0))
    polynomial = () if (np.abs(rate) <= _HIDDEN * EPS * sizes).all() else (rate,)
    return AlgebraicSplit(
        proper=CondensedSystem.of(split.system, split.equations, split.variables, entering, adjoint(leaving), D),
        polynomial=polynomial,
        index=2,
        infinite=split.constraints.size + count,
        condition=1 / min(factors.rcond, explicit.factors.rcond),
    )


def _factored(matrix: Matrix, split: SemiExplicit, what: str) -> EvenSparseFactors:
    """Factors of a matrix that a sparse system of low index has nonsingular."""
    rows, columns = matrix.shape
    try:
        factors = EvenSparseFactors(matrix) if rows == columns else None
        rcond = 0.0 if factors is None else factors.rcond
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
