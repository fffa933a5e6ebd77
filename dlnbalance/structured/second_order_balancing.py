r"""Bases for second-order models, from blocks of first-order Gramian factors: those of positions and of velocities.

A reduced model is made of bases X for the positions, Y for the velocities and W for the equations,

.. math:: M_r = W^* M Y, \quad D_r = W^* D Y, \quad K_r = W^* K X, \quad B_r = W^* B, \quad C_{pr} = C_p X,
          \quad C_{vr} = C_v Y.

All kinds but "so" have X = Y; see :class:`~dlnbalance.gramians.second_order_gramians.SecondOrderGramians`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError, OrderError
from ..linalg.arrays import EPS, Array, Matrix, adjoint, factorized
from ..linalg.lyapunov import compressed
from ..linalg.scaling import even_powers
from ..networks.factor_pairs import FactorPair
from ..networks.projections import projection

__all__ = ["Bases", "Halves", "bases", "one_sided_bases", "pair_of"]

#: What is reached and what is observed of the pair whose singular values a kind has.
_PAIRS = {
    "p": ("position", "position"),
    "v": ("velocity", "velocity"),
    "pv": ("position", "velocity"),
    "vp": ("velocity", "position"),
    "fv": ("position", "position"),
    "so": ("position", "position"),
}


class Halves(NamedTuple):
    """Blocks of first-order factors Z_c and Z_o that belong to positions and to velocities, (n, k) each.

    Those of Z_o are L_p and M*L_v for the factors L of the solution Y of the observability equation.
    """

    reach: dict[str, Array]
    observe: dict[str, Array]

    @classmethod
    def of(cls, pair: FactorPair) -> "Halves":
        """The blocks of a pair of factors of a first-order form."""
        return cls(_halved(pair.weights[0]), _halved(adjoint(pair.weights[1])))

    def lifted(self, reach: Callable[[Array], Array], observe: Callable[[Array], Array]) -> "Halves":
        """The blocks in other coordinates."""
        return Halves(
            {which: reach(Z) for which, Z in self.reach.items()},
            {which: observe(Z) for which, Z in self.observe.items()},
        )


def _halved(factor: Array) -> dict[str, Array]:
    positions, velocities = np.split(factor, 2)
    return {"position": _narrow(positions), "velocity": _narrow(velocities)}


def _narrow(factor: Array) -> Array:
    """A factor with as many columns as rows at most, and one at least."""
    if factor.shape[1] > factor.shape[0]:
        factor = compressed(factor)
    return factor if factor.shape[1] else np.zeros((factor.shape[0], 1), dtype=factor.dtype)


class Bases(NamedTuple):
    """Bases of a reduced second-order model.

    Attributes
    ----------
    positions, velocities, left : (n, r) array
        X, Y and W.
    transform, right : (r, n) and (n, r) array
        Rows T and columns V with T V = I, that say which positions are kept.
    """

    positions: Array
    velocities: Array
    left: Array
    transform: Array
    right: Array


def pair_of(kind: str, halves: Halves) -> FactorPair:
    """The pair of factors whose singular values a kind of balancing has."""
    reached, observed = _PAIRS[kind]
    return FactorPair([halves.reach[reached], adjoint(halves.observe[observed])])


def bases(
    kind: str, halves: Halves, pair: FactorPair, order: int, M: Matrix, solved: Callable[[Array], Array]
) -> Bases:
    """Bases of order `order` of the square-root method of a kind; `solved` solves with M*.

    Raises
    ------
    OrderError
        When the velocities have no bases of this order.
    NumericalError
        When W*MV is singular to working precision.
    """
    transform, right = projection(pair, order)
    if kind in ("v", "pv"):
        return Bases(right, right, solved(adjoint(transform)), transform, right)
    if kind == "fv":
        return one_sided_bases(right, M)
    velocities = pair_of("v", halves)
    if order > velocities.rank:
        raise OrderError(
            "order",
            f"at most {velocities.rank}, the number of velocities above rounding",
            f"{order}",
            "lower the order, or take another kind of second-order Gramians",
        )
    rows, columns = projection(velocities, order)
    left = solved(adjoint(rows))
    if kind == "so":
        return Bases(right @ (transform @ columns), columns, left, transform, right)
    return _two_sided(right, left, rows)


def one_sided_bases(columns: Array, M: Matrix) -> Bases:
    """Bases with W = V: the reduced matrices are congruent to parts of the given ones.

    Raises
    ------
    NumericalError
        When V*MV is singular to working precision, which it cannot be for a definite M.
    """
    weights = np.sqrt(np.abs(np.sum(columns.conj() * (M @ columns), axis=0)))
    V = columns / np.where(weights > 0, weights, 1.0)  # of unit mass each, which does not depend on units of positions
    return _two_sided(V, V, adjoint(adjoint(M) @ V))


def _two_sided(V: Array, W: Array, rows: Array) -> Bases:
    """Bases V and W for which W*MV = `rows` V is not the identity."""
    mass = rows @ V
    scales = even_powers(mass)
    factors, rcond = factorized(scales[0][:, None] * mass * scales[1])
    if not rcond > EPS:
        raise NumericalError(
            "gramians",
            "bases for which the reduced mass matrix is nonsingular",
            f"one of reciprocal condition {rcond:.1e}",
            'take another order, or the kind "pv" of second-order Gramians',
        )
    solved = la.lu_solve(factors, scales[0][:, None] * rows, check_finite=False)
    return Bases(V, V, W, scales[1][:, None] * solved, V)
