r"""Optimal Hankel-norm approximation of balanced systems (Glover), in continuous and discrete time.

One step removes a singular value σ, with all that equal it, and leaves an error that is all-pass:

.. math:: G - \hat G = σ Ψ, \qquad Ψ^*Ψ = I \text{ on the boundary (for square systems).}
"""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..decompositions.splitting import split
from ..errors import NumericalError
from ..linalg.arrays import EPS, Array, Flags, adjoint
from ..modelling.tustin import to_disc, to_half_plane
from ..systems.linear_system import LinearSystem

__all__ = ["HankelApproximation", "hankel_approximation"]

# Values that agree to half of the digits are removed together. Apart, 1/√(σ_i² − σ²) would magnify rounding by more
# than what the difference of the values adds to the error.
_TOGETHER = EPS**0.5


class HankelApproximation(NamedTuple):
    r"""A system of order r at the least distance in the Hankel norm, and one at which it is all-pass.

    Attributes
    ----------
    system : LinearSystem
        G_r, with the constant part for which :math:`‖G - G_r‖_\infty ≤ Σ_{i>r} σ_i` (distinct values).
    extension : LinearSystem
        Ĝ, G_r and an antistable system, with :math:`σ_{max}(G - \hat G) = σ_{r+1}` at every frequency.
    """

    system: LinearSystem
    extension: LinearSystem


class _Step(NamedTuple):
    """Matrices in coordinates in which both Gramians are diag(values), but for the signs."""

    A: Array
    B: Array
    C: Array
    D: Array
    values: Array


def hankel_approximation(balanced: LinearSystem, values: Array, order: int) -> HankelApproximation:
    r"""Approximate a balanced system in the Hankel norm: ‖G − G_r‖_H = σ_{r+1}, the least for its order.

    With Σ_1 the values that do not equal σ = σ_{r+1}, :math:`Γ = Σ_1^2 - σ^2 I` and a unitary U with
    :math:`C_2^*U = -B_2`,

    .. math:: \hat A = Γ^{-1}(σ^2A_{11}^* + Σ_1A_{11}Σ_1 - σC_1^*UB_1^*), \quad
              \hat B = Γ^{-1}(Σ_1B_1 + σC_1^*U), \quad \hat C = C_1Σ_1 + σUB_1^*, \quad \hat D = D - σU

    has r stable poles; G_r is its stable part. The constant part is that of approximations of order zero of the rest,
    found by the same step from the smallest value on.

    Parameters
    ----------
    balanced : LinearSystem
        Stable, with both Gramians equal to diag(values), E = I; n states, m inputs, p outputs.
    values : (n,) array
        Descending, positive.
    order : int
        r < n with σ_r > σ_{r+1}.

    Raises
    ------
    NumericalError
        When rounding hides on which side of the stability boundary poles of Ĝ lie.

    Notes
    -----
    In discrete time the same of the bilinear transform, which leaves Gramians and norms as they are. 25 n³ flops for
    the division of Ĝ, 25 n³ to balance its antistable part, and less than n³ for all further steps.

    References
    ----------
    .. [1] K. Glover, "All optimal Hankel-norm approximations of linear multivariable systems and their L∞-error
       bounds", Int. J. Control 39 (1984) 1115-1193, Theorems 6.3, 7.2 and 9.7.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> result = dln.balance(dln.LinearSystem([[-1.0, 2.0], [0.0, -3.0]], [[1.0], [1.0]], [[1.0, 0.0]]))
    >>> found = hankel_approximation(result.system, result.hsv, 1)
    >>> error = dln.frequency_response(result.system, [0.1, 1.0, 10.0]) - dln.frequency_response(
    ...     found.extension, [0.1, 1.0, 10.0]
    ... )
    >>> (abs(error.ravel()) / result.hsv[1]).round(9).tolist()
    [1.0, 1.0, 1.0]
    """
    here = to_half_plane(balanced, 1.0) if balanced.is_discrete else balanced
    m, p = here.ninputs, here.noutputs
    square = max(m, p)
    B = np.pad(here.B, ((0, 0), (0, square - m)))
    C, D = np.pad(here.C, ((0, square - p), (0, 0))), np.pad(here.D, ((0, square - p), (0, square - m)))
    step = _removed(_Step(np.asarray(here.A), B, C, D, values), _equal(values, order))
    extension = LinearSystem(*step[:4])
    parts = split(extension, "stable")
    if parts.inside.nstates != order:
        raise NumericalError(
            "order",
            f"{order} stable poles of the all-pass extension",
            f"{parts.inside.nstates} that are stable beyond rounding",
            "take method='truncate', or another order",
        )
    found = parts.inside.replaced(D=parts.inside.D + _constant(parts.outside))
    cut = np.eye(p, square), np.eye(square, m)
    return HankelApproximation(*(_as_given(cut[0] * system * cut[1], balanced) for system in (found, extension)))


def _as_given(system: LinearSystem, balanced: LinearSystem) -> LinearSystem:
    """In the time base of the balanced system, and with its signals."""
    back = to_disc(system, 1.0, 1.0) if balanced.is_discrete else system
    return back.replaced(dt=balanced.dt, inputs=balanced.inputs, outputs=balanced.outputs, name=balanced.name)


def _equal(values: Array, k: int) -> Flags:
    """Which values count as equal to the one with the index k, and are not larger."""
    return (np.arange(values.size) >= k) & (values >= values[k] * (1 - _TOGETHER))


def _removed(step: _Step, equal: Flags) -> _Step:
    """Take the all-pass step that removes equal values, in coordinates scaled by the root of Γ."""
    A, B, C, D, values = step
    rest, sigma = values[~equal], float(values[equal].mean())
    left, _, right = la.svd(-C[:, equal] @ B[equal], check_finite=False)
    U = left @ right  # of all unitary matrices the one for which C₂*U + B₂ is least
    A, B, C = A[np.ix_(~equal, ~equal)], B[~equal], C[:, ~equal]
    gamma = (rest - sigma) * (rest + sigma)
    root = np.sqrt(np.abs(gamma))
    turned = sigma * adjoint(C) @ U
    A = (sigma**2 * adjoint(A) + rest[:, None] * A * rest - turned @ adjoint(B)) / root
    B = rest[:, None] * B + turned
    C = C * rest + sigma * U @ adjoint(step.B[~equal])
    signs = np.sign(gamma) / root
    return _Step(signs[:, None] * A, signs[:, None] * B, C / root, D - sigma * U, rest)


def _constant(antistable: LinearSystem) -> Array:
    """The constant that is nearest to an antistable system, by the approximations of its adjoint of order zero."""
    if antistable.nstates == 0:
        return antistable.D
    from ..balancing.balanced_forms import balance

    A, B, C, D, _ = antistable.to_tuple()
    balanced = balance(LinearSystem(-adjoint(A), -adjoint(C), adjoint(B), adjoint(D)))
    system = balanced.system
    step = _Step(np.asarray(system.A), system.B, system.C, system.D, balanced.hsv[: system.nstates])
    while step.values.size:
        step = _removed(step, step.values <= step.values[-1] * (1 + _TOGETHER))
    return adjoint(step.D)
