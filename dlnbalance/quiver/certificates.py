r"""Certificates: how far a point of a gauge orbit is from the minimum of the energy."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from .hessian import Hessian
from .representation import Representation, as_representation

__all__ = ["Certificate", "NormCertificate", "weight_margin"]

_WORTH_SAYING = 1e-12  # share of the minimum below which hidden singular values are no more than its own rounding


@dataclass(frozen=True, kw_only=True)
class Certificate:
    r"""Proof of balancedness: the squared norm of a network against the least value on its gauge orbit.

    Made by :meth:`dlnbalance.networks.network.DeepLinearNetwork.certificate`.

    For a network of depth N the least value of Σ‖W_k‖² is N Σσ_i^{2/N}; for a pair of Gramian factors that reads
    tr P + tr Q ≥ 2Σσ_i. The gap is zero if and only if the network (the realization) is balanced.

    Attributes
    ----------
    before : float
        Squared norm of the network that was given.
    after : float
        Squared norm of the balanced network, recomputed from its layers.
    minimum : float
        The least squared norm over all networks with the end-to-end matrix X that was given (or its truncation).
    hidden : float
        What singular values of X that rounding hides could add to the minimum at most: 0 where there are none.
    gap : float
        after − minimum, recomputed; zero up to rounding of the order eps · minimum.
    relative_gap : float
        gap / minimum.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Theorem 1.

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.quiver.NormCertificate : how near a point of a gauge orbit is to the least norm.

    Examples
    --------
    >>> print(Certificate(before=17.0, after=8.0, minimum=8.0))  # of 1 · 4 and 2 · 2
    balanced: ‖W‖² = 8 after, 17 before, least possible 8 (relative gap 0.0e+00)
    """

    before: float
    after: float
    minimum: float
    hidden: float = 0.0

    @property
    def gap(self) -> float:
        """Distance of the squared norm from its least value."""
        return self.after - self.minimum

    @property
    def relative_gap(self) -> float:
        """The gap divided by the least value (0 for a zero network)."""
        return self.gap / self.minimum if self.minimum > 0 else 0.0

    def to_dict(self) -> dict[str, float]:
        """The numbers by name, for programs."""
        names = ("before", "after", "minimum", "gap", "relative_gap", "hidden")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return (
            f"balanced: ‖W‖² = {self.after:.6g} after, {self.before:.6g} before, least possible {self.minimum:.6g}"
            f" (relative gap {abs(self.relative_gap):.1e})"
            + (f"; singular values that rounding hides could add {self.hidden:.2g}" if self._counts else "")
        )

    @property
    def _counts(self) -> bool:
        return self.hidden > _WORTH_SAYING * self.minimum


@dataclass(frozen=True, kw_only=True)
class NormCertificate:
    r"""Proof of how near a point of a gauge orbit is to the least norm on it, for any quiver.

    The least value of ‖W‖² (for a system ‖A‖² + ‖B‖² + ‖C‖²) has no closed form. The moment bounds the distance:

    .. math:: ‖W‖^2 - \inf_T ‖T·W‖^2 \le ‖μ‖_F / γ,
    .. math:: ‖W‖^2 - \inf_T ‖T·W‖^2 \le \frac{κ}{2 N_π^2} [r + (1 - r) \log(1 - r)] ≈ \frac{‖μ‖_F^2}{κ},
        \qquad r = 2 N_π ‖μ‖_F/κ < 1,

    where κ is the smallest curvature of the energy at W, γ the weight margin and N_π the weight norm of the quiver.

    Attributes
    ----------
    before, after : float
        Squared norm of the realization as given and as balanced.
    moment : float
        ‖μ‖_F of the balanced one, recomputed.
    linear_bound : float
        First bound of the gap.
    quadratic_bound : float or None
        Second bound of the gap; None where κ is too small for the moment, so that it says nothing.
    curvature : float
        κ. Zero where a non-compact group leaves W in place (or nearly so: a system that is not minimal).
    curvature_proved : bool
        Whether κ comes from all of the Hessian (up to 400 unknowns, n = 27 for a real system) or from an iteration:
        then the quadratic bound is an estimate, and only the linear one a proof.

    References
    ----------
    .. [1] P. Bürgisser, C. Franks, A. Garg, R. Oliveira, M. Walter, A. Wigderson, "Towards a theory of non-commutative
       optimization", FOCS 2019, Theorems 1.17 and 1.21 (weight margin, weight norm, duality).

    See Also
    --------
    dlnbalance.minimize : find the point of least norm on the gauge orbit of a representation.
    dlnbalance.quiver.weight_margin : the constant of the certificate of a quiver.
    dlnbalance.Certificate : proof of balancedness.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> system = LinearSystem([[-1.0]], [[4.0]], [[1.0]])
    >>> even = LinearSystem([[-1.0]], [[2.0]], [[2.0]])
    >>> print(NormCertificate.compare(system.representation, even.representation))
    norm-balanced: ‖W‖² = 9 after, 18 before, at most 0.0e+00 (relative) above the least (quadratic bound, proved)
    """

    before: float
    after: float
    moment: float
    linear_bound: float
    quadratic_bound: float | None
    curvature: float
    curvature_proved: bool

    @classmethod
    def compare(cls, before: Representation, after: Representation) -> Self:
        """Certify the point `after` that was reached from `before`."""
        moment = after.moment_norm()
        smallest = Hessian(after).smallest()
        return cls(
            before=2 * before.energy,
            after=2 * after.energy,
            moment=moment,
            linear_bound=moment / weight_margin(after),
            quadratic_bound=_quadratic_bound(moment, smallest.value, _weight_norm(after)),
            curvature=smallest.value,
            curvature_proved=smallest.proved,
        )

    @property
    def gap_bound(self) -> float:
        """What the squared norm can still lose at most: the smaller of the two bounds."""
        if self.quadratic_bound is None:
            return self.linear_bound
        return min(self.linear_bound, self.quadratic_bound)

    @property
    def relative_gap(self) -> float:
        """Bound of the gap divided by the squared norm."""
        return self.gap_bound / self.after if self.after > 0 else 0.0

    def to_dict(self) -> dict[str, float | bool | None]:
        """The numbers by name, for programs."""
        names = ("before", "after", "moment", "linear_bound", "quadratic_bound", "curvature", "curvature_proved")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        if self.quadratic_bound is None or self.linear_bound < self.quadratic_bound:
            which = "linear bound, proved"
        else:
            which = "quadratic bound, " + ("proved" if self.curvature_proved else "curvature estimated")
        return (
            f"norm-balanced: ‖W‖² = {self.after:.6g} after, {self.before:.6g} before,"
            f" at most {self.relative_gap:.1e} (relative) above the least ({which})"
        )


def weight_margin(representation: Representation) -> float:
    r"""Lower bound of the weight margin γ of a quiver, the constant of the linear certificate.

    With n the sum of the dimensions of the gauged vertices, all weights are among e_i − e_j, e_i and −e_j, hence

    .. math:: γ ≥ [n (n+1) (2n+1) / 6]^{-1/2}; \qquad γ ≥ \Big[ d Σ_{k<N} \max(k, N-k)^2 \Big]^{-1/2}
        \text{ for a chain of } N \text{ layers, } d \text{ the largest width.}

    See Also
    --------
    dlnbalance.quiver.NormCertificate : how near a point of a gauge orbit is to the least norm.
    dlnbalance.minimize : find the point of least norm on the gauge orbit of a representation.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> round(weight_margin(LinearSystem([[-1.0]], [[4.0]], [[1.0]]).representation) ** -2)
    1
    """
    n = sum(as_representation("representation", representation).dimensions)
    if n == 0:
        return np.inf
    margin = (n * (n + 1) * (2 * n + 1) / 6) ** -0.5
    if _is_chain(representation):
        depth, k = len(representation.arrows), np.arange(1, len(representation.arrows))
        margin = max(margin, float(max(representation.dimensions) * np.sum(np.maximum(k, depth - k) ** 2)) ** -0.5)
    return margin


def _is_chain(representation: Representation) -> bool:
    path = [arrow.tail for arrow in representation.arrows] + [representation.arrows[-1].head]
    links = all(a.head == b.tail for a, b in pairwise(representation.arrows))
    return links and len(set(path)) == len(path) and tuple(path[1:-1]) == representation.gauged


def _weight_norm(representation: Representation) -> float:
    """Length N_π of the longest weight: √2 where an arrow joins two gauged vertices, 1 otherwise."""
    gauged = set(representation.gauged)
    return 2**0.5 if any(a.tail in gauged and a.head in gauged for a in representation.arrows) else 1.0


def _quadratic_bound(moment: float, curvature: float, weight_norm: float) -> float | None:
    if moment == 0:
        return 0.0
    r = 2 * weight_norm * moment / curvature if curvature > 0 else np.inf
    if not r < 1:
        return None
    # r + (1 − r) log(1 − r) = r²/2 + r³/6 + r⁴/12 + r⁵/20 + …: the closed form cancels for small r, down to half of the
    # digits at 1e-4, where the terms left out are 1e-13 of the sum
    bracket = r * r / 2 + r**3 / 6 + r**4 / 12 if r < 1e-4 else r + (1 - r) * np.log1p(-r)
    return float(curvature / (2 * weight_norm**2) * bracket)
