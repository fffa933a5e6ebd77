r"""Sparse pencils without a few of their eigenvalues: solves that are projected along a deflating subspace.

With bases V and W of a right and a left deflating subspace, :math:`W^* E V = I`, the projectors

.. math:: Π = I - V W^* E, \qquad \tilde Π = I - E V W^*, \qquad \tilde Π A = A Π, \quad \tilde Π E = E Π

split states and equations. A solve with a right-hand side in the range of the second has its solution in the range of
the first, but for rounding, which an eigenvalue next to the shift amplifies; so every solution is projected.
"""

from typing import Any

import numpy as np

from ..arrays import Array, adjoint
from .pencils import SparseFactors, SparsePencil, Transposition

__all__ = ["DeflatedPencil"]


class DeflatedPencil(SparsePencil):
    r"""A sparse pencil on the complement of a deflating subspace; its matrices are those of the whole.

    Parameters
    ----------
    pencil : SparsePencil
        The whole pencil A − λE; its ordering is used.
    right, left : (n, k) array
        V and W, in the order of the pencil, with W*EV = I.
    """

    def __init__(self, pencil: SparsePencil, right: Array, left: Array):
        self.symmetric_pattern, self.order = pencil.symmetric_pattern, pencil.order
        self.A, self.E = pencil.A, pencil.E
        self._states = right, adjoint(self.E) @ left
        self._equations = self.E @ right, left

    def project_states(self, block: Array) -> Array:
        """Π times a block of states, in the order of the pencil."""
        right, seen = self._states
        return block - right @ (adjoint(seen) @ block)

    def project_equations(self, block: Array) -> Array:
        """The other projector, I − E V W*, times a block of right-hand sides."""
        image, left = self._equations
        return block - image @ (adjoint(left) @ block)

    def project_adjoint_states(self, block: Array) -> Array:
        """Its adjoint, I − W (EV)*: what solutions of adjoint equations are projected by."""
        image, left = self._equations
        return block - left @ (adjoint(image) @ block)

    def project_adjoint_equations(self, block: Array) -> Array:
        """Π* = I − E*W V*: what right-hand sides of adjoint equations, such as C*, are projected by."""
        right, seen = self._states
        return block - seen @ (adjoint(right) @ block)

    def combined(self, first: tuple[float, float], second: tuple[float, float]) -> "DeflatedPencil":
        """The pencil of two combinations of A and E, which has the same deflating subspaces."""
        made = object.__new__(type(self))
        made.symmetric_pattern, made.order = self.symmetric_pattern, self.order
        made.A, made.E = ((a * self.A + e * self.E).tocsc() for a, e in (first, second))
        made._states, made._equations = self._states, self._equations
        return made

    def factorized(self, a: complex, e: complex) -> "ProjectedFactors":
        """LU factors of aA + eE, whose solutions are projected."""
        return ProjectedFactors(super().factorized(a, e), self)


class ProjectedFactors(SparseFactors):
    """LU factors of a combination of two matrices, with solutions in the complement of a deflating subspace."""

    def __init__(self, factors: SparseFactors, pencil: DeflatedPencil):
        self.matrix, self._factors, self._pencil = factors.matrix, factors, pencil

    @property
    def entries(self) -> int:
        """Number of stored entries of L and U."""
        return self._factors.entries

    def solve(self, right: Array, trans: Transposition = "N") -> Array:
        """Solve for a vector or block of right-hand sides, and project."""
        solution: Any = self._factors.solve(right, trans)
        if trans == "N":
            return self._pencil.project_states(solution)
        if trans == "H":
            return self._pencil.project_adjoint_states(solution)
        return np.conj(self._pencil.project_adjoint_states(np.conj(solution)))
