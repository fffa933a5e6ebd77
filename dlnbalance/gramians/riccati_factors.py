"""Factors of the solutions of both Riccati equations of a system, dense or of low rank."""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..linalg.arrays import Array, adjoint, norm
from ..linalg.riccati import energy_feedbacks
from ..linalg.sparse.pencils import SparsePencil
from ..linalg.sparse.riccati_adi import RiccatiSide, solve_riccati_pair
from ..networks.factor_pairs import FactorPair
from ..systems.linear_system import LinearSystem
from .base import check_range
from .hidden_poles import check_nothing_hidden, nearly_hidden

__all__ = ["RiccatiFactors", "riccati_factors"]

_RESIDUAL = 1e-10  # of equations that are solved by low rank, as for LowRank
_FACTORIZATIONS = 500  # for a low-rank solution: more have columns for which memory is scarce
# The same where the dense way is there to take over: with some ten columns each, factors are hardly thinner then than
# the few thousand states of such a system.
_BEFORE_DENSE = 100


class RiccatiFactors(NamedTuple):
    """Factors of Y and X of a system, Y = reach reach*, X = observe* observe, and how well the equations are solved."""

    reach: Array
    observe: Array
    accuracy: str
    complete: bool

    def pair(self) -> FactorPair:
        """The two as a network; refused where the product of their norms is out of range."""
        check_range(norm(self.reach), norm(self.observe), "largest characteristic value")
        return FactorPair([self.reach, self.observe])


def riccati_factors(system: LinearSystem, scale: float = 1.0) -> RiccatiFactors:
    """Solve both Riccati equations of the system whose transfer function is `scale` times the given one.

    Raises
    ------
    UnstableSystemError
        When poles that are not stable are hidden from the inputs or the outputs.
    NumericalError
        When the equations of a large system are not solved to a residual of 1e-10 by thin factors.
    """
    if not system.is_large:
        return _dense(system, scale)
    try:
        return _low_rank(system, scale)
    except NumericalError:
        if not system.dense_is_affordable:
            raise
        return _dense(system, scale)


def _dense(system: LinearSystem, scale: float) -> RiccatiFactors:
    plant = system.explicit()
    check_nothing_hidden(plant)
    here, root = plant.coordinates, np.sqrt(scale)
    matrices = here.A, root * here.B, root * here.C, scale * plant.D
    try:
        regulator, filtering = energy_feedbacks(*matrices, discrete=plant.is_discrete)
    except np.linalg.LinAlgError as error:
        raise nearly_hidden() from error
    reach, observe = here.states[:, None] * adjoint(filtering.half), regulator.half / here.states
    accuracy = f"residuals of the Riccati equations {filtering.residual:.0e} and {regulator.residual:.0e}"
    return RiccatiFactors(reach, observe, accuracy, complete=True)


def _low_rank(system: LinearSystem, scale: float) -> RiccatiFactors:
    system.check_descriptor()
    pencil, B, C, D = _sampled(system) if system.is_discrete else _as_given(system)
    root = np.sqrt(scale)
    sides = _sides(pencil, root * B, root * C, scale * D)
    most = _BEFORE_DENSE if system.dense_is_affordable else _FACTORIZATIONS
    *residuals, count = solve_riccati_pair(pencil, sides, tol=_RESIDUAL, most=most)
    reach, observe = (_some_columns(side.factor.release()) for side in sides)
    reach, observe = pencil.unpermute(reach), pencil.unpermute(pencil.adjoint_matrices[1] @ observe)
    accuracy = f"low rank, residuals of the Riccati equations {residuals[0]:.0e} and {residuals[1]:.0e}"
    return RiccatiFactors(reach, adjoint(observe), f"{accuracy} by {count} sparse factorizations", complete=False)


def _as_given(system: LinearSystem) -> tuple[SparsePencil, Array, Array, Array]:
    """The pencil of a continuous system with B, C* in its order, and D."""
    pencil = system.sparse_pencil
    return pencil, pencil.permute(system.B), pencil.permute(adjoint(system.C)), system.D


def _sampled(system: LinearSystem) -> tuple[SparsePencil, Array, Array, Array]:
    r"""The continuous system that z = (1 + s)/(1 − s) makes of a discrete one, which has the same X and Y.

    .. math:: (A - E, \; A + E, \; \sqrt 2 B, \; \sqrt 2 C(A + E)^{-1}E, \; D - C(A + E)^{-1}B)
    """
    pencil, given = system.cayley_pencil, system.sparse_pencil
    try:
        solved = pencil.factorized(0.0, 1.0).solve(pencil.permute(adjoint(system.C)), "H")
    except NumericalError as error:
        raise NumericalError(
            "system", "a sparse system without a pole at z = −1", "one with it", "pass matrices that are not sparse"
        ) from error
    B, C = pencil.permute(system.B), given.adjoint_matrices[1] @ solved  # both pencils have the same order
    return pencil, np.sqrt(2) * B, np.sqrt(2) * C, system.D - adjoint(solved) @ B


def _sides(pencil: SparsePencil, B: Array, C: Array, D: Array) -> tuple[RiccatiSide, RiccatiSide]:
    """The equations of the filter and of the regulator; B and C* are given as tall matrices."""
    U, sizes, V = la.svd(D, check_finite=False)
    m, p = B.shape[1], C.shape[1]
    inputs, outputs = np.ones(m), np.ones(p)
    inputs[: sizes.size] = outputs[: sizes.size] = np.hypot(1, sizes)
    B, C = B @ adjoint(V) / inputs, C @ U / outputs  # BR^{-1/2} and C*R̃^{-1/2}, but for a unitary factor
    through = np.zeros((m, p))
    np.fill_diagonal(through, sizes)
    reach = RiccatiSide("N", pencil.A, pencil.E, G=C, offset=B @ through, right=B)
    observe = RiccatiSide("H", *pencil.adjoint_matrices, G=B, offset=C @ through.T, right=C)
    return reach, observe


def _some_columns(factor: Array) -> Array:
    """The factor, with a column of zeros where it has none."""
    return factor if factor.shape[1] else np.zeros((factor.shape[0], 1), dtype=factor.dtype)
