r"""The Riccati equations of spectral factors, solved for factors of their minimal solutions.

The least X with

.. math:: A^*X + XA + C^*C + K^*K = 0, \quad R^*K = N + B^*X, \quad R^*R = W \qquad\text{(continuous)},
.. math:: A^*XA - X + C^*C + K^*K = 0, \quad R^*K = N + B^*XA, \quad R^*R = W - B^*XB \qquad\text{(discrete)}

gives the spectral factor V = R − Kx of a density Φ = V*V (:mod:`dlnbalance.linalg.spectral_densities`). Newton's method
from X = 0 climbs to it: every step adds the solution of a Lyapunov equation whose right-hand side is a square, so that
the factors of the steps are stacked, nothing is subtracted, and X is never formed.
"""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, norm
from .extended_pencils import extended_solution
from .lyapunov import compressed, gramian_factor
from .pencils import SchurForm, schur_form
from .spectral_densities import SpectralDensity

__all__ = ["Extremal", "minimal_factor", "minimal_factors"]

# Steps of Newton's method at most: where a density comes within d of its size to zero, each step halves the error until
# it is √d, and doubles the digits from there on. These lead to a d of some 1e-14, below which rounding decides.
_STEPS = 26
_ROUNDING = 16 * EPS  # share of the size of a density, for every state, that its evaluation errs by
_CONVERGED = 1e-8  # relative change of the feedback whose square, the error left, is below rounding
# Size of the first closed loop in units of A above which its Schur form costs Newton's method half of its digits, and
# the extended pencil, which needs no inverse of W, is better.
_STIFF = 1e6


class Extremal(NamedTuple):
    """Minimal solution X = H*H of a Riccati equation.

    Attributes
    ----------
    half : (l, n) array
        H.
    steps : int
        How many steps of Newton's method it took; zero where X comes from the extended pencil.
    """

    half: Array
    steps: int


def minimal_factor(density: SpectralDensity) -> Extremal:
    r"""Find a factor of the minimal solution.

    Parameters
    ----------
    density : SpectralDensity
        Of a stable A.

    Raises
    ------
    numpy.linalg.LinAlgError
        When there is no solution, or rounding hides it: :meth:`SpectralDensity.least` tells which.

    Notes
    -----
    With the feedback :math:`F = R^{-1}K` of an iterate X the next one is X + Δ,

    .. math:: (A + BF)^*Δ + Δ(A + BF) + K_Δ^*K_Δ = 0, \qquad R^*K_Δ = B^*Δ_{\text{last}}

    ((A + BF)*Δ(A + BF) − Δ and B*Δ(A + BF) in discrete time), the first K_Δ being C and K at X = 0 together. All
    closed loops are stable and the iterates grow, as long as Φ is positive definite at all frequencies; a closed loop
    that is not stable says that it is not. A Schur form and a factor a step, 26 n³ flops, six steps as a rule.

    References
    ----------
    .. [1] P. Lancaster, L. Rodman, "Algebraic Riccati Equations", Oxford University Press 1995, chapters 9 and 13.
    .. [2] A. Varga, "On computing high accuracy solutions of a class of Riccati equations", Control Theory Adv.
       Technol. 10 (1995) 2005-2016.
    .. [3] A. C. M. Ran, R. Vreugdenhil, "Existence and comparison theorems for algebraic Riccati equations for
       continuous- and discrete-time systems", Linear Algebra Appl. 99 (1988) 63-83.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> density = SpectralDensity.contractive(-one, one, 0.6 * one, 0 * one, discrete=False)  # −2X + X² + 0.36 = 0
    >>> found = minimal_factor(density)
    >>> round((found.half.T @ found.half).item(), 12), found.steps
    (0.2, 5)
    """
    root, output = density.factor(_nothing(density))
    gain = la.solve_triangular(root, output, check_finite=False)
    if norm(density.B @ gain) <= _STIFF * norm(density.A) or not density.A.size:
        try:
            return _climbed(density, root, output, gain)
        except np.linalg.LinAlgError:  # rounding may have done it
            pass
    least, _, size = density.least()
    if not least > _ROUNDING * len(density.A) * size:  # an eigenvalue on the boundary may come out on either side
        raise np.linalg.LinAlgError(f"the density has the eigenvalue {least:.3g}")
    return Extremal(_half(extended_solution(density)), 0)


def minimal_factors(density: SpectralDensity, dual: SpectralDensity) -> tuple[Extremal, Extremal]:
    r"""Find factors of the minimal solutions X and Y of an equation and of that of the adjoint system.

    Parameters
    ----------
    density, dual : SpectralDensity
        Of a system and of its adjoint.

    Raises
    ------
    numpy.linalg.LinAlgError
        As :func:`minimal_factor`.

    Notes
    -----
    Y is the inverse of the *maximal* solution of the first equation, which is X + S⁻¹ with the reachability Gramian S =
    LL* of the closed loop from R⁻¹. So :math:`Y = L(I + L^*XL)^{-1}L^*`, for one more factor of a Lyapunov equation.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> density = SpectralDensity.contractive(-one, one, 0.6 * one, 0 * one, discrete=False)
    >>> dual = SpectralDensity.contractive(-one, 0.6 * one, one, 0 * one, discrete=False)  # −2Y + 0.36 Y² + 1 = 0
    >>> [round((each.half.T @ each.half).item(), 12) for each in minimal_factors(density, dual)]
    [0.2, 0.555555555556]
    """
    found = minimal_factor(density)
    if not found.steps or not density.A.size:
        return found, minimal_factor(dual)
    root, output = density.factor(found.half)
    closed = _stable_form(density.A + density.B @ la.solve_triangular(root, output, check_finite=False), density)
    inputs = adjoint(la.solve_triangular(root, adjoint(density.B), trans=2, check_finite=False))
    reach = closed.Z @ gramian_factor(closed, inputs, discrete=density.discrete)
    stacked = np.vstack([found.half @ reach, np.eye(reach.shape[1])])
    triangle = la.qr(stacked, mode="r", check_finite=False)[0][: reach.shape[1]]
    return found, Extremal(la.solve_triangular(triangle, adjoint(reach), trans=2, check_finite=False), found.steps)


def _climbed(density: SpectralDensity, root: Array, output: Array, gain: Array) -> Extremal:
    """Newton's method from zero, where the spectral factor has this root, output and feedback."""
    half, right, weight = _nothing(density), np.vstack([density.C, output]), density.weight
    change = np.inf
    for step in range(_STEPS):
        closed = density.A + density.B @ gain
        form = _stable_form(closed, density).adjoint
        increment = adjoint(form.Z @ gramian_factor(form, adjoint(right), discrete=density.discrete))
        half = adjoint(compressed(adjoint(np.vstack([half, increment]))))
        inputs, moved = increment @ density.B, increment
        if density.discrete:
            weight, moved = weight - adjoint(inputs) @ inputs, increment @ closed
            root = la.cholesky(weight, check_finite=False)
        right = la.solve_triangular(root, adjoint(inputs) @ moved, trans=2, check_finite=False)
        moves = la.solve_triangular(root, right, check_finite=False)
        gain = gain + moves
        change = norm(moves) / (norm(gain) or 1.0)
        if change <= _CONVERGED:
            return Extremal(half, step + 1)
    raise np.linalg.LinAlgError(f"the last step was still {change:.1e}")


def _nothing(density: SpectralDensity) -> Array:
    """Factor of X = 0."""
    return np.zeros((0, density.A.shape[0]))


def _stable_form(closed: Array, density: SpectralDensity) -> SchurForm:
    """Schur form of a closed loop, which has to be stable."""
    form = schur_form(closed)
    margins = 1 - np.abs(form.eigenvalues) if density.discrete else -form.eigenvalues.real
    if not (margins > 0).all():
        raise np.linalg.LinAlgError("the closed loop is not stable")
    return form


def _half(X: Array) -> Array:
    """A matrix H with H*H = X for a positive semidefinite X."""
    values, vectors = la.eigh(X)
    return np.sqrt(np.maximum(values, 0))[:, None] * adjoint(vectors)
