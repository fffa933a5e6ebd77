r"""Sparse pencils without a few of their eigenvalues: solves that are projected along a deflating subspace.

With bases V and W of a right and a left deflating subspace, :math:`W^* E V = I`, the projectors

.. math:: Π = I - V W^* E, \qquad \tilde Π = I - E V W^*, \qquad \tilde Π A = A Π, \quad \tilde Π E = E Π

split states and equations. A solve with a right-hand side in the range of the second has its solution in the range of
the first, but for rounding, which an eigenvalue next to the shift amplifies; so every solution is projected.
"""

from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from ...errors import NumericalError
from ..arrays import Array, adjoint, norm
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

    @property
    def deflated(self) -> int:
        """Number k of eigenvalues left out."""
        return self._states[0].shape[1]

    @property
    def borders(self) -> tuple[Array, Array]:
        """EV and E*W, (n, k) each."""
        return self._equations[0], self._states[1]

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
        made.A, made.E = self.matrix(*first), self.matrix(*second)
        made._states, made._equations = self._states, self._equations
        return made

    def factorized(self, a: complex, e: complex) -> "ProjectedFactors":
        """LU factors of aA + eE, whose solutions are projected."""
        return ProjectedFactors(self.matrix(a, e), self)


class ProjectedFactors(SparseFactors):
    r"""LU factors of a combination M of two matrices, with solutions in the complement of a deflating subspace.

    They are projected. Where M is singular, or so close to it that this does not give the digits, the bordered matrix

    .. math:: \begin{pmatrix} M & E V \\ W^* E & 0 \end{pmatrix}

    is factored instead, which no eigenvalue left out makes singular: its solutions are in the complement.
    """

    def __init__(self, matrix: Any, pencil: DeflatedPencil):
        self.matrix, self._pencil = matrix, pencil
        self._checked = self._is_bordered = False
        try:
            self._factors = SparseFactors(matrix, symmetric_pattern=pencil.symmetric_pattern)
        except NumericalError:
            if not pencil.deflated:
                raise
            self._border()

    @property
    def _lu(self) -> Any:
        return self._factors._lu

    def solve(self, right: Array, trans: Transposition = "N") -> Array:
        """Solve for a vector or block of right-hand sides, and project."""
        if trans == "T":
            return np.conj(self.solve(np.conj(right), "H"))
        if not self._is_bordered:
            solution = self._projected(self._factors.solve(right, trans), trans)
            self._checked = self._checked or not self._pencil.deflated
            if self._checked or self._is_accurate(solution, self._projected_right(right, trans), trans):
                self._checked = True
                return solution
            self._border()
        zeros = np.zeros((self._pencil.deflated, *right.shape[1:]), dtype=right.dtype)
        solution = self._factors.solve(np.concatenate([right, zeros]), trans)[: right.shape[0]]
        return self._projected(solution, trans)

    def _border(self) -> None:
        image, seen = self._pencil.borders
        size = norm(self.matrix, "1") or 1.0
        columns, rows = (M * (size / (la.norm(M) or 1.0)) for M in (image, seen))
        bordered = sp.block_array([[self.matrix, columns], [adjoint(rows), None]]).tocsc()
        self._factors, self._is_bordered = SparseFactors(bordered), True

    def _projected(self, solution: Array, trans: Transposition) -> Array:
        pencil = self._pencil
        return pencil.project_states(solution) if trans == "N" else pencil.project_adjoint_states(solution)

    def _projected_right(self, right: Array, trans: Transposition) -> Array:
        pencil = self._pencil
        return pencil.project_equations(right) if trans == "N" else pencil.project_adjoint_equations(right)
