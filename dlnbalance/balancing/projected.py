"""Reduction by a balanced pair of Gramians that proves no error bound: what families and bilinear systems share."""

from dataclasses import dataclass, field
from typing import Any

from ..errors import ToleranceError
from ..linalg.arrays import Array, adjoint, frozen
from ..networks.cuts import check_cut
from ..networks.network import DeepLinearNetwork
from ..networks.projections import projection
from ..quiver.certificates import Certificate
from .balanced_forms import certify, listed

__all__ = ["ProjectedModel", "projected_fields"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ProjectedModel:
    """A model reduced by projection to the leading states of a balanced pair of Gramians; no error bound is proved.

    Attributes
    ----------
    system : same type as what was passed in
        The reduced model.
    hsv : (n,) array
        All singular values of the pair of Gramian factors, descending.
    order, full_order : int
        Number of states kept and given.
    bound : None
        Nothing is proved.
    left, right : (n, r) array
        Bases W and V of the projection, W*V = I.
    certificate : Certificate
        tr P + tr Q of the kept coordinates against its minimum, recomputed.
    full : same type as `system`
        The model that was given.
    """

    system: Any
    hsv: Array
    left: Array
    right: Array
    certificate: Certificate
    full: Any = field(repr=False)

    @property
    def order(self) -> int:
        """Number of states of the reduced model."""
        return self.right.shape[1]

    @property
    def full_order(self) -> int:
        """Number of states of the model that was given."""
        return self.right.shape[0]

    @property
    def bound(self) -> None:
        """None: these Gramians prove no error bound."""
        return

    def _lines(self, stability: str, values: str) -> list[str]:
        return [
            f"{type(self).__name__}: {self.order} of {self.full_order} states, {stability}",
            f"  {values}: {listed(self.hsv[: self.order])} | {listed(self.hsv[self.order :], 3)}",
            "  error: no bound is proved for these Gramians",
            f"  certificate: {self.certificate}",
        ]


def projected_fields(network: DeepLinearNetwork, request: str, value: Any) -> dict[str, Any]:
    """Fields `hsv`, `left`, `right` and `certificate` of a model truncated to a requested order.

    Raises
    ------
    OrderError
        For an order out of range or between equal values.
    ToleranceError
        For a tolerance.
    """
    if request != "order":
        raise ToleranceError(
            request, "no tolerance (these Gramians prove no error bound)", f"{value:.3g}", "pass order= instead"
        )
    check_cut(network.singular_values, value, network.rank, network.accuracy_floor, "order")
    T, right = projection(network, int(value))
    return {
        "hsv": network.singular_values,
        "left": frozen(adjoint(T)),
        "right": frozen(right),
        "certificate": certify(network, int(value)),
    }
