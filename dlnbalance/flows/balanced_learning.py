r"""Learning on the balanced manifold, with the logarithms of the singular values.

The end-to-end matrix of a balanced network moves by Ẋ = −A_{N,X}(E'(X)) − κN X, its layers by the horizontal lift of
that. For N ≥ 2 the rank and, where X is square, the sign of det X are conserved, but a singular value may fall to
e^{-100} σ_1 and decide later what happens: one side of det X = 0 attracts, the other one repels. A matrix of floating
point numbers loses it at eps σ_1. Here X is a product

.. math:: X = B \, e^{\mathrm{diag}(s)} \, C, \qquad \dot B = L B, \quad \dot C = C R, \quad L X + X R = \dot X,

of two well-conditioned factors, which move, and a diagonal, which is set anew (U, log σ, V in the place of B, s, C)
whenever the factors have moved by a half. Of all solutions the least one, in the frame of the SVD and with z = U*E'V

.. math:: L_{ij} = -\frac{λ_{ij} z_{ij} σ_j}{σ_i^2 + σ_j^2}, \qquad R_{ij} = -\frac{σ_i λ_{ij} z_{ij}}{σ_i^2 + σ_j^2},

is bounded however small the singular values are, and a smooth function of X where they cross.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.linalg as la
from scipy.special import exprel

from ..errors import NumericalError
from ..linalg.arrays import EPS, Array, adjoint
from ..linalg.graded_svd import graded_svd
from ..linalg.packing import packed, unpacked
from ..linalg.polar import polar_factor
from ..quiver.integration import Counts, checked_rtol

__all__ = ["BalancedPoint", "balanced_point", "follow"]

_ABSOLUTE = 0.1  # absolute tolerance in units of rtol times the size of B and C: their zeros carry errors, too
_MOVED = 0.5  # spectral norm by which B or C may leave its start: their condition stays below (1 + ½)/(1 − ½) = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedPoint:
    """A balanced network of rank r: singular frames at every layer, and the logarithms of the singular values of X.

    Attributes
    ----------
    left, right : (m, r), (n, r) array
        Q_N and Q_0, the singular vectors of X.
    logarithms : (r,) array
        log σ_i.
    hidden : tuple of (d_k, r) array
        Q_1, …, Q_{N−1}; empty where only X is of interest.
    """

    left: Array
    logarithms: Array
    right: Array
    hidden: tuple[Array, ...] = ()

    @property
    def end_to_end(self) -> Array:
        """X = Q_N Σ Q_0*."""
        return (self.left * np.exp(self.logarithms)) @ adjoint(self.right)

    @property
    def layers(self) -> list[Array]:
        """W_k = Q_k Σ^{1/N} Q_{k−1}*."""
        frames = [self.right, *self.hidden, self.left]
        roots = np.exp(self.logarithms / (len(frames) - 1))
        return [(after * roots) @ adjoint(before) for before, after in pairwise(frames)]


def balanced_point(weights: Sequence[Array]) -> BalancedPoint | None:
    """Singular frames of the layers, and the singular values that they give to X, if they are balanced to rounding.

    Balanced means that every W_k is Q_k Λ Q_{k−1}* with one Λ and frames Q_k that fit together, up to 16 d eps ‖W_k‖₂.
    Directions whose singular value in the layers is rounding, up to 4 d eps of the largest one, carry nothing.
    """
    widths = [weights[0].shape[1], *(weight.shape[0] for weight in weights)]
    _, roots, rows = la.svd(weights[0], full_matrices=False)
    rounding = max(widths) * EPS * roots.max(initial=0.0)
    rank = int(np.count_nonzero(roots > 4 * rounding))  # a few roundings: of the layer itself, and of its decomposition
    if rank > min(widths):
        return None
    frames, logarithms = [adjoint(rows[:rank])], np.zeros(rank)
    for weight in weights:
        basis, triangle = la.qr(weight @ frames[-1], mode="economic")
        diagonal = np.diagonal(triangle)
        if not diagonal.all():
            return None
        frames.append(basis * (diagonal / np.abs(diagonal)))
        logarithms = logarithms + np.log(np.abs(diagonal))
    point = BalancedPoint(left=frames[-1], logarithms=logarithms, right=frames[0], hidden=tuple(frames[1:-1]))
    # rounding of the layers, of the factorizations and of the products here, a few units each
    fits = all(la.norm(W - V, 2) <= 16 * rounding for W, V in zip(weights, point.layers, strict=True))
    return point if fits else None


def follow(
    start: BalancedPoint,
    gradient: Callable[[Array], Array],
    times: Array,
    depth: float,
    *,
    kappa: float = 0.0,
    rtol: float,
    counts: Counts,
) -> list[BalancedPoint]:
    r"""Follow a balanced network that learns, with its singular values as logarithms.

    .. math:: \dot X = -A_{N,X}(E'(X)) - κN X.

    Parameters
    ----------
    start : BalancedPoint
        Where it starts, at time 0. With hidden frames the layers come along, as the horizontal lift.
    gradient : callable
        X ↦ E'(X).
    times : (K,) array
        Increasing times.
    depth : int or math.inf
        N ≥ 2, or infinity for the limit of A_{N,X}/N.
    kappa : float
        Weight decay κ.
    rtol : float
        Local error of B and C, and so of every singular value relative to itself.
    counts : Counts
        Takes the number of gradients.

    Returns
    -------
    list of BalancedPoint

    Raises
    ------
    NumericalError
        When the steps become arbitrarily small.

    Notes
    -----
    The frames at the hidden layers turn against that at the output by

    .. math:: \frac{d}{dt}(Q_k Q_N^*)\, Q_N = Q_k γ_k, \qquad
        (γ_k)_{ij} = \frac{ℓ_i^{N-k} - ℓ_j^{N-k}}{ℓ_i^2 - ℓ_j^2} (ℓ_j^k z_{ij} - ℓ_i^k \bar z_{ji}), \quad ℓ = σ^{1/N},

    which is smooth where singular values cross, whereas the turn of each frame alone is not. Integrated by SciPy's
    DOP853 of order 8; a slope costs O((m + n) r² + Σ d_k r²) and a decomposition of order r beside the gradient.
    """
    if times[-1] == 0 or start.logarithms.size == 0:
        return [start for _ in times]
    reached: list[BalancedPoint] = [start] if times[0] == 0 else []
    now, step = 0.0, None
    while len(reached) < times.size:
        chart = _Chart(start, gradient, depth, kappa, counts)
        start, now, step, points = chart.advance(now, times[len(reached) :], step, rtol)
        reached += points
    return reached


class _Chart:
    """The flow in the coordinates B, C and M_k = Q_k Q_N* B around a point, where they are Q_N, Q_0* and Q_k."""

    def __init__(
        self,
        base: BalancedPoint,
        gradient: Callable[[Array], Array],
        depth: float,
        kappa: float,
        counts: Counts,
    ):
        self.base, self.gradient, self.counts = base, gradient, counts
        self.depth, self.shrinking = depth, depth * kappa / 2 if kappa else 0.0
        self.origin = [base.left, adjoint(base.right), *base.hidden]
        self.shapes = [block.shape for block in self.origin]
        self.complex_entries = any(np.iscomplexobj(block) for block in self.origin)

    def advance(
        self, now: float, stops: Array, step: float | None, rtol: float
    ) -> tuple[BalancedPoint, float, float, list[BalancedPoint]]:
        """Integrate until the chart is to be moved: the point and time there, the last step, what was passed."""
        from scipy.integrate import DOP853

        end = float(stops[-1])
        start = packed(self.origin, self.complex_entries)
        size = la.norm(start) / np.sqrt(start.size)
        passed: list[BalancedPoint] = []
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # trial steps that overflow are rejected
            solver: Any = DOP853(
                self.slope,
                now,
                start,
                end,
                rtol=checked_rtol(rtol),
                atol=_ABSOLUTE * rtol * size,
                first_step=None if step is None else min(step, end - now),
            )
            while True:
                message = solver.step()
                if solver.status == "failed":
                    raise NumericalError(
                        "t",
                        "times up to which the flow can be followed",
                        f"{message} at t = {solver.t:g}",
                        "end earlier",
                    )
                within = stops[len(passed) :][stops[len(passed) :] <= solver.t]
                between = solver.dense_output() if within.size and within[0] < solver.t else None
                passed += [self.point(solver.y if between is None else between(time)) for time in within]
                if solver.status == "finished" or self.has_moved(solver.y):
                    return self.point(solver.y), solver.t, solver.step_size, passed

    def has_moved(self, vector: Array) -> bool:
        """Whether B or C is too far from its start."""
        blocks = self.unpacked(vector)
        return any(la.norm(blocks[i] - self.origin[i], 2) > _MOVED for i in (0, 1))

    def unpacked(self, vector: Array) -> list[Array]:
        return unpacked(vector, self.shapes, self.complex_entries)

    def point(self, vector: Array) -> BalancedPoint:
        """The point with these coordinates."""
        B, C, *moved = self.unpacked(vector)
        U, s, V = graded_svd(B, self.base.logarithms, C)
        inside = adjoint(U) @ B
        hidden = tuple(polar_factor(la.solve(inside.T, M.T).T) for M in moved)
        return BalancedPoint(left=U, logarithms=s, right=V, hidden=hidden)

    def slope(self, _time: float, vector: Array) -> Array:
        """Velocities of B, C and M_k."""
        self.counts.evaluations += 1
        if not np.isfinite(vector).all():
            return np.full_like(vector, np.nan)
        B, C, *moved = self.unpacked(vector)
        U, s, V = graded_svd(B, self.base.logarithms, C)
        if not np.isfinite(s).all():
            return np.full_like(vector, np.nan)
        Z = self.gradient((U * np.exp(s)) @ adjoint(V))
        rows, columns = adjoint(U) @ Z, Z @ V
        z = rows @ V
        pairs = _Pairs(s, self.depth)
        on_left, on_right = pairs.left * z, pairs.right * z
        inside, across = adjoint(U) @ B, C @ V
        outer = pairs.outer
        slopes = [
            -(U @ on_left + (columns - U @ z) * outer) @ inside - self.shrinking * B,
            -across @ (on_right @ adjoint(V) + outer[:, None] * (rows - z @ adjoint(V))) - self.shrinking * C,
        ]
        for k, M in enumerate(moved, start=1):
            frame = la.solve(inside.T, M.T).T  # Q_k
            slopes.append(frame @ (pairs.turn(k, z) - on_left) @ inside - self.shrinking * M)
        return packed(slopes, self.complex_entries)


class _Pairs:
    """What belongs to pairs of singular values, from their logarithms: ratios to the larger one never overflow."""

    def __init__(self, s: Array, depth: float):
        self.depth = depth
        self.share = 1.0 - 2.0 / depth  # σ^{1−2/N}, the size of everything here
        self.gap = np.abs(s[:, None] - s)
        self.second_larger = s >= s[:, None]  # σ_j ≥ σ_i
        self.size = np.exp(self.share * np.maximum(s[:, None], s))
        finite = np.isfinite(depth)
        self.outer = np.exp(self.share * s) if finite else np.zeros_like(s)  # λ/σ for σ_j = 0
        terms = depth / exprel(-2 * self.gap / depth) if finite else 1.0
        mean = terms * exprel(-2 * self.gap) / (1 + np.exp(-2 * self.gap))  # λ_ij/(σ_i² + σ_j²), relative
        smaller = np.exp(-self.gap)
        self.left = self.size * mean * np.where(self.second_larger, 1.0, smaller)
        self.right = self.size * mean * np.where(self.second_larger.T, 1.0, smaller)

    def turn(self, k: int, z: Array) -> Array:
        """γ_k, skew-Hermitian."""
        count, t = self.depth - k, self.gap / self.depth
        quotient = count * exprel(-count * t) / exprel(-t) / (1 + np.exp(-t))
        first = np.where(self.second_larger, 1.0, np.exp(-k * t)) * z
        return self.size * quotient * (first - adjoint(first))
