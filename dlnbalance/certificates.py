r"""Certificates: how far a point of a gauge orbit is from the minimum of the energy."""

from dataclasses import dataclass
from typing import Self

from .networks import DeepLinearNetwork

__all__ = ["Certificate"]


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
        energy = 2 * after.representation.energy
        return cls(before=2 * before.representation.energy, after=energy, minimum=energy - after.balancing_gap())

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
