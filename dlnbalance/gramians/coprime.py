"""The Gramians of normalized coprime factors: balanced truncation of systems that need not be stable."""

from dataclasses import dataclass
from typing import ClassVar, get_args

import numpy as np
import scipy.linalg as la

from ..files.conversion import as_system
from ..linalg.arguments import one_of
from ..linalg.arrays import Array, adjoint
from ..networks.factor_pairs import FactorPair
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy, check_dense
from .coprime_factors import SIDES, Denominator, Side, factors_of
from .lyapunov import Lyapunov
from .riccati_factors import riccati_factors

__all__ = ["NU_GAP", "Coprime"]

#: What the tail of the singular values bounds: the ν-gap δ_ν(G, G_r).
NU_GAP = "ν-gap"


@dataclass(frozen=True)
class Coprime(GramianStrategy):
    r"""Gramians of the normalized coprime factors of a system, stable or not.

    Of the right factors G = NM⁻¹ (see :func:`~dlnbalance.gramians.coprime_factors.normalized_coprime_factors`), in
    continuous time

    .. math:: (A + BF) P + P (A + BF)^* + B R^{-1} B^* = 0, \qquad Q = X, \qquad R = I + D^*D,
    .. math:: (A + BF)^* X + X (A + BF) + F^*F + (C + DF)^*(C + DF) = 0, \qquad F = -R^{-1}(D^*C + B^*X),

    in discrete time the Stein equations of the same factor. Truncation along them is balanced truncation of the
    factors, and leaves the projection of (A, B, C, D). Its singular values are less than one.

    Parameters
    ----------
    side : {"right", "left"}
        The factors from which the Gramians are computed. In exact arithmetic both have the same singular values and the
        same reduced models, those of LQG balancing: with the stabilizing solutions X and Y of the two Riccati equations
        P = Y(I + XY)⁻¹ and Q = X for the right, P = Y and Q = (I + XY)⁻¹X for the left factors, and PQ is the same.
    denominator : {"normalized", "inner"}
        "inner": factors with M*M = I on the stability boundary instead, whose feedback moves unstable poles to their
        mirror images. Stable systems then have their Hankel singular values, both sides differ, and nothing is proved.
        Dense.

    Raises
    ------
    UnstableSystemError
        When called with a system that hides poles that are not stable from its inputs or outputs.
    InvalidArgumentError
        For another side; when called with a system whose ``dt`` is None.

    Notes
    -----
    The Riccati equation takes about 250 n³ flops, most of them in matrix products, the factors of the Gramians 30 n³
    more, as for :class:`~dlnbalance.gramians.lyapunov.Lyapunov`; no Gramian is formed but for the start of Newton's
    method.
    Large sparse systems get thin factors, from those of X and Y (see :class:`~dlnbalance.gramians.lqg.LQG`).

    References
    ----------
    .. [1] D. G. Meyer, "Fractional balanced reduction: model reduction via fractional representation", IEEE Trans.
       Automat. Control 35 (1990) 1341-1345.
    .. [2] R. Ober, D. McFarlane, "Balanced canonical forms for minimal systems: a normalized coprime factor approach",
       Linear Algebra Appl. 122-124 (1989) 23-64.
    .. [3] P. M. M. Bongers, P. S. C. Heuberger, "Discrete normalized coprime factorization", Proc. 9th INRIA Conf.
       Analysis and Optimization of Systems 1990 (discrete time).
    .. [4] E. A. Jonckheere, L. M. Silverman, "A new set of invariants for linear systems - application to reduced order
       compensator design", IEEE Trans. Automat. Control 28 (1983) 953-964 (LQG balancing).
    .. [5] A. Varga, "Coprime factors model reduction based on accuracy enhancing techniques", Syst. Anal. Model. Simul.
       11 (1993) 303-311 (inner denominators; SLICOT's AB09FD).

    See Also
    --------
    dlnbalance.LQG : stabilizing solutions of the two Riccati equations of the LQG problem with unit weights.
    dlnbalance.nu_gap : Vinnicombe's distance of two systems under feedback.
    dlnbalance.gramians.normalized_coprime_factors : normalized coprime factors of a system, as one stable system.

    Examples
    --------
    >>> unstable = LinearSystem([[1.0]], [[1.0]], [[1.0]])  # X = Y = 1 + √2, σ² = XY/(1 + XY)
    >>> Coprime()(unstable).singular_values.round(12).tolist()
    [0.923879532511]
    """

    side: Side = "right"
    denominator: Denominator = "normalized"

    name = "coprime"
    description = "Riccati equations of normalized coprime factors, of unstable systems, too; proves the ν-gap"
    values_name = "coprime factor singular values"
    takes_unstable: ClassVar[bool] = True

    def __post_init__(self):
        one_of("side", self.side, SIDES)
        one_of("denominator", self.denominator, get_args(Denominator))

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of the coprime factors of `system`, in the states of `system`."""
        system = as_system(system)
        if self.denominator == "inner":
            check_dense(system)
        elif system.is_large:
            return self._low_rank(system)
        factors = factors_of(system, self.side, self.denominator)
        how = f"{self}, residual of the Riccati equation {factors.residual:.0e}"
        return Gramians(network=Lyapunov().solve(factors.system).network, how=how)

    def _low_rank(self, system: LinearSystem) -> Gramians:
        """Thin factors from those of X and Y: with Z_o*Z_c = UΣV*, P = Y(I + XY)⁻¹ is Z_cV(I + Σ²)⁻¹V*Z_c*."""
        found = riccati_factors(system)
        left, values, right = la.svd(found.observe @ found.reach, full_matrices=True, check_finite=False)
        shrunk = np.ones(len(right) if self.side == "right" else len(left))
        shrunk[: values.size] = np.hypot(1, values)
        if self.side == "right":
            weights = found.reach @ adjoint(right) / shrunk, found.observe
        else:
            weights = found.reach, adjoint(left) @ found.observe / shrunk[:, None]
        return Gramians(network=FactorPair(weights), how=f"{self}, {found.accuracy}", complete=found.complete)

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bounds σ_{r+1} ≤ δ_ν(G, G_r) ≤ min(1, 2 Σ_{i>r} σ_i) of the ν-gap, in exact arithmetic.

        Notes
        -----
        Upper bound [1]_: truncation (or residualization) of the balanced right factors (N; M) is that of a stable
        system, so that ‖(N; M) − (N_r; M_r)‖_∞ ≤ 2Σσ_i = ε, in discrete time, too; and the feedback commutes with it,
        G_r = N_rM_r⁻¹. With an isometric first term and ε < 1 this bounds the gap of G and G_r [2]_, which the ν-gap
        never exceeds [3]_. Directly: with the normalized left factors of G_r,
        (M̃_r, −Ñ_r)(N; M) = (M̃_r, −Ñ_r)((N; M) − (N_r; M_r)) has a norm of at most ε, and
        (N; M)*(N_r; M_r) = I − (N; M)*((N; M) − (N_r; M_r)) has the winding number zero.

        Lower bound, for every G_r of order r: let H be the Hankel operator of (N; M), from inputs of the past to
        the future. Trajectories (N; M)w of G, with w in the future or in the span of the r + 1 leading right singular
        vectors of H, have at least the share σ_{r+1} of their norm in the future. When the winding numbers agree, the
        orthogonal projection of this space on the same one of G_r, of r dimensions of the past at most, is a Fredholm
        operator of index 1, and has a kernel: some v of unit norm, whose projection on the trajectories of G_r lies in
        the past alone. Its distance from these trajectories is at most δ_ν, and at least the norm of its future.

        References
        ----------
        .. [1] D. G. Meyer, IEEE Trans. Automat. Control 35 (1990) 1341-1345; for the bounds of the factors D. F.
           Enns, Proc. 23rd IEEE CDC (1984) 127-132, and U. M. Al-Saggaf, G. F. Franklin, IEEE Trans. Automat. Control
           32 (1987) 815-819 (discrete time).
        .. [2] T. T. Georgiou, M. C. Smith, "Optimal robustness in the gap metric", IEEE Trans. Automat. Control 35
           (1990) 673-686.
        .. [3] G. Vinnicombe, "Frequency domain uncertainty and the graph topology", IEEE Trans. Automat. Control 38
           (1993) 1371-1383.
        """
        del floor
        if self.denominator == "inner":
            return ErrorBounds(None, None, NU_GAP)
        tail = values[order:]
        lower, upper = (min(1.0, float(size)) for size in (tail[:1].sum(), 2 * tail.sum()))  # δ_ν is at most one
        return ErrorBounds(lower=lower, upper=upper, measure=NU_GAP)
