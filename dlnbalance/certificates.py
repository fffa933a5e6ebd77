r"""Certificates: how far a point of a gauge orbit is from the minimum of the energy."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from .networks import DeepLinearNetwork
from .representation import Representation

__all__ = ["Certificate", "NormCertificate"]


@dataclass(frozen=True, kw_only=True)
class Certificate:
    r"""Proof of balancedness: the squared norm of a network against the least value on its gauge orbit.

    For a network of depth N the least value of Σ‖W_k‖² is N Σσ_i^{2/N}; for a pair of Gramian factors that reads
    tr P + tr Q ≥ 2Σσ_i. The gap is zero if and only if the network (the realization) is balanced.

    Attributes
    ----------
    before : float
        Squared norm of the network that was given.
    after : float
        Squared norm of the balanced network, recomputed from its layers.
    minimum : float
        The least squared norm over all networks with the same end-to-end matrix.
    gap : float
        after − minimum, recomputed; zero up to rounding of the order eps · minimum.
    relative_gap : float
        gap / minimum.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Theorem 1.

    Examples
    --------
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> print(Certificate.compare(network, network.center()))
    balanced: ‖W‖² = 8 after, 17 before, least possible 8 (relative gap 0.0e+00)
    """

    before: float
    after: float
    minimum: float

    @classmethod
    def compare(cls, before: DeepLinearNetwork, after: DeepLinearNetwork) -> Self:
        """Certify the network `after` that was reached from `before`."""
        energy = after.squared_norm
        return cls(before=before.squared_norm, after=energy, minimum=energy - after.balancing_gap())

    @property
    def gap(self) -> float:
        """Distance of the squared norm from its least value."""
        return self.after - self.minimum

    @property
    def relative_gap(self) -> float:
        """The gap divided by the least value (0 for a zero network)."""
        return self.gap / self.minimum if self.minimum > 0 else 0.0

    def __str__(self) -> str:
        return (
            f"balanced: ‖W‖² = {self.after:.6g} after, {self.before:.6g} before, least possible {self.minimum:.6g}"
            f" (relative gap {abs(self.relative_gap):.1e})"
        )


@dataclass(frozen=True, kw_only=True)
class NormCertificate:
    r"""Proof of how near a realization is to the least norm on its similarity orbit.

    The functional is ‖A‖² + ‖B‖² + ‖C‖², whose least value has no closed form. A small moment bounds the distance:

    .. math:: ‖W‖^2 - \inf_T ‖T·W‖^2 \le ‖μ‖_F \sqrt{n(n+1)(2n+1)/6}.

    Attributes
    ----------
    before, after : float
        Squared norm of the realization as given and as balanced.
    moment : float
        ‖μ‖_F of the balanced one, μ = [A, A*] + BB* − C*C, recomputed.
    gap_bound : float
        What the squared norm can still lose at most.
    relative_gap : float
        The same relative to `after`.

    Examples
    --------
    >>> from dlnbalance.systems import LinearSystem
    >>> system = LinearSystem([[-1.0]], [[4.0]], [[1.0]])
    >>> even = LinearSystem([[-1.0]], [[2.0]], [[2.0]])
    >>> print(NormCertificate.compare(system.representation, even.representation))
    norm-balanced: ‖A‖² + ‖B‖² + ‖C‖² = 9 after, 18 before, at most 0.0e+00 (relative) above the least
    """

    before: float
    after: float
    moment: float
    gap_bound: float

    @classmethod
    def compare(cls, before: Representation, after: Representation) -> Self:
        """Certify the realization `after` (one gauged vertex) that was reached from `before`."""
        (n,) = after.dimensions
        moment = after.moment_norm()
        return cls(
            before=2 * before.energy,
            after=2 * after.energy,
            moment=moment,
            gap_bound=moment * float(np.sqrt(n * (n + 1) * (2 * n + 1) / 6)),
        )

    @property
    def relative_gap(self) -> float:
        """Bound of the gap divided by the squared norm."""
        return self.gap_bound / self.after if self.after > 0 else 0.0

    def __str__(self) -> str:
        return (
            f"norm-balanced: ‖A‖² + ‖B‖² + ‖C‖² = {self.after:.6g} after, {self.before:.6g} before,"
            f" at most {self.relative_gap:.1e} (relative) above the least"
        )
