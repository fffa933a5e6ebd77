r"""Shifts for the low-rank ADI iteration: Ritz values of the running basis, the most important of them first."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ..arrays import Array, adjoint

__all__ = ["TRUSTED", "History", "Ritz", "next_shift", "ritz_values"]

# A pair of Ritz values at less than this angle from the negative real axis is met by a real shift: it damps what is at
# the angle φ by |tan(φ/2)| ≤ 0.41 a step, without complex arithmetic.
_REAL_ANGLE = np.pi / 4
_LEAST_DAMPING = 1e-12  # angle from the imaginary axis that a shift keeps at least: on it a step would do nothing
_LEAST_WEIGHT = -1000.0  # in the place of log 0: below the logarithm of any double, and still a number to add to
_DEPENDENT = 1e-14  # of the largest column: what is left of one that depends on those before is a direction of rounding
#: Relative residual below which a Ritz pair is taken for an eigenpair: a change of the pencil by as much makes it one.
TRUSTED = 1e-7


class Ritz(NamedTuple):
    """Ritz values of a pencil on a subspace, and what they say.

    Attributes
    ----------
    values : (k,) array
        Finite and not zero.
    weights : (k,) array
        Logarithms of the parts of the residual factor that lie along their Ritz vectors.
    unstable : complex or None
        A Ritz value that proves the pencil unstable.
    """

    values: Array
    weights: Array
    unstable: complex | None


@dataclass
class History:
    """Shifts used so far, each with the number of steps it was used for."""

    shifts: list[complex]
    steps: list[int]
    paired: bool

    def damping(self, points: Array) -> Array:
        r"""Logarithm of what is left, after all steps, of an eigenvector that belongs to each of some points.

        .. math:: \log \prod_i \left| \frac{λ - \bar α_i}{λ + α_i} \right|^{k_i}

        For real data every complex shift stands for itself and its conjugate.
        """
        total = np.zeros(points.size)
        with np.errstate(divide="ignore"):
            for alpha, steps in zip(self.shifts, self.steps, strict=True):
                both = (alpha, np.conj(alpha)) if self.paired and alpha.imag else (alpha,)
                for shift in both:
                    total += steps * (np.log(np.abs(points + shift)) - np.log(np.abs(points - np.conj(shift))))
        return -total


def ritz_values(A: Any, E: Any, basis: Array, residual: Array) -> Ritz:
    """Ritz values of the pencil A − λE on the span of some columns, with the parts of R that belong to them."""
    Q, R = la.qr(basis, mode="economic", check_finite=False)
    sizes = np.abs(np.diag(R))
    Q = Q[:, sizes >= _DEPENDENT * sizes.max()]
    image, mass = A @ Q, E @ Q
    small_mass = adjoint(Q) @ mass
    values, vectors = la.eig(adjoint(Q) @ image, small_mass, check_finite=False)
    parts = la.lstsq(small_mass @ vectors, adjoint(Q) @ residual, check_finite=False)[0]
    with np.errstate(divide="ignore"):
        weights = np.log(la.norm(parts, axis=1))  # eig returns vectors of length one
    usable = np.isfinite(values) & (values != 0)
    values, vectors, weights = values[usable], vectors[:, usable], np.maximum(weights[usable], _LEAST_WEIGHT)
    unstable = None
    if (values.real >= 0).any():
        worst = int(np.argmax(values.real))
        left, right = image @ vectors[:, worst], values[worst] * (mass @ vectors[:, worst])
        if la.norm(left - right) <= TRUSTED * (la.norm(left) + la.norm(right)):
            unstable = complex(values[worst])
    return Ritz(values, weights, unstable)


def next_shift(candidates: Array, weights: Array, history: History) -> complex:
    """The shift for the candidate that counts most: of large weight, and little damped by the steps so far.

    It lies in the left half plane, and is real where that will do. Candidates in the right half plane are mirrored, and
    those on its boundary moved a little off it. A shift α removes the eigenvectors that belong to its conjugate.
    """
    points = -np.maximum(np.abs(candidates.real), _LEAST_DAMPING * np.abs(candidates)) + 1j * candidates.imag
    chosen = complex(points[np.argmax(history.damping(points) + weights)])
    if history.paired and abs(np.angle(-chosen)) <= _REAL_ANGLE:
        return complex(-abs(chosen))
    return chosen.conjugate()
