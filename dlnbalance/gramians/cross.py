"""The cross Gramian of a symmetric system, which is both Gramians in one."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arrays import Array, adjoint, frozen, norm, product
from ..linalg.triangular_sylvester import triangular_sylvester
from ..networks.factor_pairs import TriangularPair
from ..systems.linear_system import LinearSystem
from ..systems.normal_sides import NormalSide, input_side
from .base import ErrorBounds, Gramians, GramianStrategy, check_dense, check_range
from .lyapunov import Lyapunov
from .stability import check_stable

__all__ = ["Cross", "CrossGramians"]

# Relative departure from symmetry up to which a system counts as symmetric. Rounding of symmetric models leaves 1e-15
# to 1e-12, others are off by about one; what is left is part of the accuracy floor.
_SYMMETRIC = 1e-8


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossGramians(Gramians):
    """Factors of both Gramians of a symmetric system, and the eigenvalues of its cross Gramian.

    Attributes
    ----------
    network, how, complete
        As for all :class:`~dlnbalance.gramians.base.Gramians`.
    eigenvalues : (n,) array
        Real, by falling moduli, which are the Hankel singular values; their sum is −½ tr CA⁻¹B in continuous time. The
        excess of positive over negative ones is the Cauchy index of a system with one input and output.
    asymmetry : float
        ‖X − X*‖ relative to ‖X‖ in the coordinates where the reachability Gramian is I.

    See Also
    --------
    dlnbalance.Cross : returns them.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> lag = dln.LinearSystem(-1.0, 1.0, 2.0)
    >>> dln.Cross().solve(lag).eigenvalues.real.round(12).tolist()
    [1.0]
    """

    eigenvalues: Array
    asymmetry: float


@dataclass(frozen=True)
class Cross(GramianStrategy):
    r"""The cross Gramian of a stable system with G = G*, in the sense that every impulse response matrix is Hermitian.

    .. math:: A X E + E X A + B C = 0, \qquad A X A - E X E + B C = 0 \quad (\text{discrete}).

    A real system with one input and one output is symmetric, and one with as many inputs as outputs where
    G(s) = G(s)ᵀ, as reciprocal networks and structures with collocated sensors have it. Then there is a symmetrizer J
    with J = J*, AJ = JA* and B = JC* (for E = I), X = PJ⁻¹ = JQ, and X² = PQ: the moduli of the eigenvalues of X, which
    are real, are the Hankel singular values, and one equation has replaced two. For all others the cross Gramian says
    nothing about the Gramians, and they are refused.

    Raises
    ------
    InvalidArgumentError
        When called with a system that has not as many inputs as outputs, or is not symmetric, with how far it is from
        that; with one of more than 5000 states, or whose ``dt`` is None.
    UnstableSystemError
        When called with a system that is not asymptotically stable.
    NumericalError
        When called with a system whose Hankel norm is out of the range of numbers.

    Notes
    -----
    In coordinates where P = I, from Hammarling's method, X = J⁻¹ is Hermitian and C = B*X: this is what is tested. The
    equation is solved for Y = U⁻¹X, where P = UU*, from both sides triangular; Q = Y*Y without squaring. Dense; a
    Schur form, 25 n³ flops, and about 10 n³.

    References
    ----------
    .. [1] K. V. Fernando, H. Nicholson, "On the structure of balanced and other principal representations of SISO
       systems", IEEE Trans. Automat. Control 28 (1983) 228-231.
    .. [2] J. A. De Abreu-Garcia, F. W. Fairman, "A note on cross Grammians for orthogonally symmetric realizations",
       IEEE Trans. Automat. Control 31 (1986) 866-868.
    .. [3] D. C. Sorensen, A. C. Antoulas, "The Sylvester equation and approximate balanced reduction", Linear Algebra
       Appl. 351-352 (2002) 671-700.

    See Also
    --------
    dlnbalance.Lyapunov : both equations, of any stable system.

    Examples
    --------
    >>> system = LinearSystem([[-1.0, 0.0], [0.0, -2.0]], [[1.0], [1.0]], [[1.0, -1.0]])
    >>> Cross().solve(system).eigenvalues.round(6).tolist()
    [0.296796, -0.046796]
    """

    name = "cross"
    description = "the cross Gramian, one equation in place of two, of symmetric systems; proves the H∞ error"
    values_name = Lyapunov.values_name

    def for_system(self, system: LinearSystem) -> GramianStrategy:
        """Return itself; refuse a system that has not as many inputs as outputs."""
        system = as_system(system)
        if system.ninputs != system.noutputs:
            received = f"{system.ninputs} and {system.noutputs}"
            raise InvalidArgumentError("system", "as many inputs as outputs", received, "pass gramians=dln.Lyapunov()")
        return self

    def solve(self, system: LinearSystem) -> CrossGramians:
        """Solve for the Gramian factors of `system`."""
        system = as_system(system)
        self.for_system(system)
        check_dense(system)
        check_stable(system)
        plant = system.explicit()
        side = input_side(plant.coordinates, plant.schur, discrete=plant.is_discrete)
        Y, X, asymmetry = _solved(plant, side)
        F = side.triangle(side.factor(np.eye(plant.nstates)))
        outputs = side._replace(of_outputs=True)
        G = outputs.triangle(adjoint(Y) if side.turns is None else side.turns.applied(adjoint(Y)))
        check_range(norm(F), norm(G))
        values = la.eigvalsh((X + adjoint(X)) / 2)
        values = values[np.argsort(-np.abs(values), kind="stable")]
        negative = int(np.count_nonzero(values < 0))
        how = f"{self}, symmetric to {asymmetry:.0e}, {negative} of {values.size} eigenvalues negative"
        here = plant.coordinates
        pair = TriangularPair(F, G, plant.schur.Z, here.states, plant.schur.starts, asymmetry * norm(X))
        return CrossGramians(network=pair, how=how, eigenvalues=frozen(values), asymmetry=asymmetry)

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bounds of :class:`~dlnbalance.gramians.lyapunov.Lyapunov`: these are the Hankel singular values."""
        return Lyapunov().error_bounds(values, order, floor)


def _solved(plant: LinearSystem, side: NormalSide) -> tuple[Array, Array, float]:
    """Y = U⁻¹X in triangular coordinates, X in input-normal ones, and how far it is from symmetric."""
    triangular, form = plant.schur.triangular, side.form
    C = product(plant.coordinates.C, plant.schur.Z)
    if side.turns is not None:
        C = adjoint(side.turns.adjoint_applied(adjoint(C)))
    Y = triangular_sylvester(form.A, triangular.S, form.B @ C, discrete=plant.is_discrete)
    X, outputs = product(Y, form.factor), product(C, form.factor)
    departure = norm(X - adjoint(X)) / (norm(X) or 1.0)
    departure = max(departure, norm(outputs - product(adjoint(form.B), X)) / (norm(outputs) or 1.0))
    if departure > _SYMMETRIC:
        raise InvalidArgumentError(
            "system",
            "a symmetric system, every impulse response matrix of which is Hermitian",
            f"one that is off by {departure:.1g}, relative to its cross Gramian",
            "pass gramians=dln.Lyapunov(), which solves for both Gramians",
        )
    return Y, X, departure
