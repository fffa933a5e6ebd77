"""The proper part of a large sparse descriptor system, on its own sparse pencil with a singular E."""

from functools import cached_property
from typing import NoReturn

import numpy as np
import scipy.sparse as sp

from ..errors import InvalidArgumentError
from ..linalg.arrays import Array, Indices, Matrix, adjoint
from ..linalg.sparse.even_factors import EvenSparseFactors
from ..linalg.sparse.pencils import SparsePencil
from ..systems.linear_system import LinearSystem
from ..systems.sparse_only_systems import SparseOnlySystem
from .polynomial_parts import polynomial_split

__all__ = ["CondensedSystem"]


class CondensedSystem(SparseOnlySystem):
    r"""A sparse system with a singular E whose inputs and outputs keep to the manifold of its differential states.

    The rows of B and the columns of C that belong to algebraic equations and variables are zero, and what they did is
    in the other rows and columns and in D. So (zE − A)⁻¹B satisfies the algebraic equations at every z, and so does
    (zE − A)⁻*C*: Gramian factors by :class:`~dlnbalance.gramians.low_rank.LowRank`, projections along them and
    frequency responses are those of the proper part, with the sparse matrices that were given. It comes from
    :func:`~dlnbalance.decompositions.descriptor_forms.finite_infinite`.

    Attributes
    ----------
    equations, variables : (n₁,) int array
        Rows and columns of E that are not zero.
    """

    equations: Indices
    variables: Indices

    @classmethod
    def of(
        cls, system: LinearSystem, equations: Indices, variables: Indices, B: Array, C: Array, D: Array
    ) -> "CondensedSystem":
        """The system with other inputs and outputs of its differential equations, none of the others, and another D."""
        n = system.nstates
        entering, leaving = np.zeros((n, B.shape[1]), dtype=B.dtype), np.zeros((len(C), n), dtype=C.dtype)
        entering[equations], leaving[:, variables] = B, C
        condensed = cls(
            system.A,
            entering,
            leaving,
            D,
            E=sp.csc_array(system.E),
            dt=system.dt,
            inputs=system.inputs,
            outputs=system.outputs,
            states=system.states,
            name=system.name,
        )
        condensed.equations, condensed.variables = equations, variables
        return condensed

    def check_descriptor(self) -> None:
        """Nothing is refused: the block of E that counts is nonsingular."""

    @property
    def stein_pencil(self) -> tuple[Matrix, Matrix]:
        r"""A and E of a pencil with the same solutions of both Stein equations on the differential variables.

        Where time is discrete the iteration for them has infinite eigenvalues on the wrong side, and rounding finds
        them. Algebraic equations times z, and multipliers of constraints times 1/z, have the eigenvalues 0 instead:

        .. math:: z \begin{pmatrix} E_1 & & -A_{1c} \\ -A_{a1} & -A_{aa} & \\ -A_{c1} & & \end{pmatrix}
            - \begin{pmatrix} A_{11} & A_{1a} & \\ & & \\ & & \end{pmatrix}
        """
        n = self.nstates
        algebraic = np.setdiff1d(np.arange(n), self.equations)
        others = np.setdiff1d(np.arange(n), self.variables)
        entries = sp.csc_array(self.A[algebraic][:, others])
        multipliers = others[abs(entries).sum(axis=0) == 0]
        delayed_rows, delayed_columns = np.zeros(n), np.zeros(n)
        delayed_rows[algebraic] = delayed_columns[multipliers] = 1.0
        rows, columns = sp.diags_array(delayed_rows), sp.diags_array(delayed_columns)
        kept = self.A - rows @ self.A
        kept = kept - kept @ columns
        return sp.csc_array(kept), sp.csc_array(self.descriptor_or_identity() - (self.A - kept))

    @property
    def cayley_pencil(self) -> SparsePencil:
        """That of this pencil, whose infinite eigenvalues do no harm."""
        A, E = self.stein_pencil
        return SparsePencil(A - E, A + E)

    @cached_property
    def _mass(self) -> EvenSparseFactors:
        """Factors of that block."""
        return EvenSparseFactors(self.descriptor_or_identity()[self.equations][:, self.variables])

    def left_basis(self, transform: Array) -> Array:
        """Basis W with W*E = `transform`, as far as that concerns the differential variables; see `LinearSystem`."""
        basis = np.zeros((self.nstates, transform.shape[0]), dtype=np.result_type(transform, self.E))
        basis[self.equations] = self._mass.adjoint_solve(adjoint(transform)[self.variables])
        return basis

    @cached_property
    def _explicit(self) -> LinearSystem:
        return polynomial_split(self).proper.explicit()

    def explicit(self) -> LinearSystem:
        """The finite part as a dense system with E = I; O(n³), whatever the size."""
        return self._explicit

    @property
    def finite_form(self) -> LinearSystem:
        """The explicit system."""
        return self.explicit()

    def poles(self) -> Array:
        """Finite poles. Dense, O(n³), whatever the size."""
        return self.explicit().poles()

    @property
    def coordinates(self) -> NoReturn:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Refused: they would be those of a dense singular pencil."""
        raise InvalidArgumentError(
            "system",
            "a dense system, or a method for sparse ones",
            f"a condensed sparse system of {self.nstates} states",
            "use LowRank(), or call .explicit() first",
        )
