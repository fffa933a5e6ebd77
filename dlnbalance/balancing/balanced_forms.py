"""The front door to balanced forms: coordinates in which both Gramians, or all layers, are what one wants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from ..errors import InvalidArgumentError, NumericalError, OrderError
from ..files.conversion import as_system, recognized
from ..files.to_libraries import restore_type
from ..flows.gradient_flows import regularizing
from ..gramians.base import GramianStrategy
from ..gramians.low_rank import Automatic, checked_strategy
from ..linalg.arguments import function, one_of, real_number, shown
from ..linalg.arrays import EPS, Array, frozen
from ..networks.certificates import Certificate
from ..networks.factor_pairs import as_factor_pair
from ..networks.gauges import gauge_residual, gauge_to_center
from ..networks.network import DeepLinearNetwork, as_network, shown_widths
from ..networks.orbits import find_gauge
from ..networks.projections import checked_pair, projection
from ..networks.rank_profiles import RankProfile, rank_profile
from ..norms.accuracy import accuracy_floor
from .norm_balancing import NormBalancedRealization, balance_norm

if TYPE_CHECKING:
    from ..structured.sequence_balancing import BalancedSequence
    from ..structured.sequences import StateSequence

__all__ = [
    "FORMS",
    "BalancedNetwork",
    "BalancedRealization",
    "balance",
    "balance_gramians",
    "balance_network",
    "balanced_realization",
    "hankel_singular_values",
]

Form = Literal["balanced", "input-normal", "output-normal"]

#: The share of Σ that the transformation T = Σ^{-a} U* Z_o* takes, and what it makes of (P, Q).
FORMS: dict[str, tuple[float, str]] = {
    "balanced": (0.5, "P = Q = diag(σ)"),
    "input-normal": (1.0, "P = I, Q = diag(σ²)"),
    "output-normal": (0.0, "P = diag(σ²), Q = I"),
}

# The change of coordinates has condition (σ_1/σ_r)^½, so the Gramians of the balanced realization carry errors
# of a multiple of eps (σ_1/σ_r)^½ σ_1. States below this share of σ_1 would push them past 1e-10 σ_1.
_BALANCEABLE = 5e-11

_GAUGE = 1e-8  # relative distance from the balanced layers up to which a gauge is said to lead there


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedRealization:
    r"""A realization in balanced (or input-normal, output-normal) coordinates, with the proof that it is.

    Attributes
    ----------
    system : same type as what was passed in
        The realization (TAT⁻¹, TB, CT⁻¹, D) of order `order`; descriptor systems come out with E = I.
    transform, inverse : (order, n) and (n, order) array
        T and T⁻¹ of z = T x; ``transform @ inverse`` is the identity. For a system that is not minimal they
        are the projection to, and the embedding of, its minimal part.
    hsv : (n,) array
        All Hankel singular values, descending.
    order, full_order : int
        Number of states kept and given.
    form : str
        "balanced", "input-normal" or "output-normal".
    certificate : Certificate
        tr P + tr Q against its minimum 2Σσ, before and after (after: of the balanced factors, before the scaling
        that the other forms add).
    accuracy_floor : float
        Hankel singular values below it carry no information about the given system (first-order estimate). For
        families and bilinear systems it accounts for the product of the Gramian factors only, not for the model's data.
    """

    system: Any
    transform: Array
    inverse: Array
    hsv: Array
    form: Form
    certificate: Certificate
    accuracy_floor: float

    @property
    def order(self) -> int:
        """Number of states of the balanced realization."""
        return self.transform.shape[0]

    @property
    def full_order(self) -> int:
        """Number of states of the system that was given."""
        return self.transform.shape[1]

    @property
    def is_minimal(self) -> bool:
        """Whether all states were kept."""
        return self.order == self.full_order

    def __repr__(self) -> str:
        kept = f"{self.order} states"
        if not self.is_minimal:
            dropped = self.full_order - self.order
            kept = (
                f"{self.order} of {self.full_order} states; not minimal to working precision: {dropped} dropped whose"
                f" Hankel singular values are at most {self.hsv[self.order]:.1e}"
            )
        return "\n".join(
            [
                f"BalancedRealization ({self.form}: {FORMS[self.form][1]}), {kept}",
                f"  Hankel singular values: {listed(self.hsv) or 'none'}",
                f"  certificate: {self.certificate}",
                f"  rounding reaches Hankel singular values of {self.accuracy_floor:.1e}",
            ]
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedNetwork:
    r"""A balanced network over the end-to-end matrix of a given one, with the proof that nothing smaller exists.

    Attributes
    ----------
    network : DeepLinearNetwork
        The balanced center (Λ Q_0*, Λ, …, Λ, Q_N Λ), of the widths that were given.
    gauge : tuple of (d_k, d_k) array, or None
        T_1, …, T_{N−1} with T_k W_k T_{k−1}⁻¹ = C_k, for the hidden layers; None where `orbit` says why.
    certificate : Certificate
        Σ‖W_k‖² before and after, against its minimum N Σσ_i^{2/N}.
    ranks : RankProfile
        Ranks of all partial products of the network that was given.
    orbit : str
        Whether the center lies on the gauge orbit of the given network or only on its boundary, and why there is no
        gauge where there is none.
    """

    network: DeepLinearNetwork
    gauge: tuple[Array, ...] | None
    certificate: Certificate
    ranks: RankProfile
    orbit: str

    def __repr__(self) -> str:
        widths = shown_widths(self.network.widths)
        return "\n".join(
            [
                f"BalancedNetwork: depth {self.network.depth}, widths {widths}",
                f"  singular values of X: {listed(self.network.singular_values[: self.network.rank])}",
                f"  certificate: {self.certificate}",
                f"  orbit: {self.orbit}",
            ]
        )


@overload
def balance(system: DeepLinearNetwork) -> BalancedNetwork: ...  # pyright: ignore[reportOverlappingOverload]


@overload
def balance(system: Any, gramians: GramianStrategy = ..., *, form: Literal["norm"]) -> NormBalancedRealization: ...


@overload
def balance(  # pyright: ignore[reportOverlappingOverload]
    system: "StateSequence", gramians: GramianStrategy = ..., form: Form = ...
) -> "BalancedSequence": ...


@overload
def balance(system: Any, gramians: GramianStrategy = ..., form: Form = ...) -> BalancedRealization: ...


def balance(
    system: Any, gramians: GramianStrategy = Automatic(), form: Form | Literal["norm"] = "balanced"
) -> "BalancedRealization | NormBalancedRealization | BalancedNetwork | BalancedSequence":
    r"""Balance a linear system: find coordinates z = T x in which its Gramians are diagonal and equal.

    .. math:: T P T^* = T^{-*} Q T^{-1} = \mathrm{diag}(σ_1, …, σ_n).

    Equivalently T minimizes tr(TPT*) + tr(T^{-*}QT^{-1}) over all changes of coordinates, with minimum 2Σσ_i: the
    network of the Gramian factors (Z_c, Z_o*) moves along its gauge orbit to its center. A deep linear network is
    balanced by :func:`balance_network`; periodic and time-varying systems have one such network for every time,
    families the one of their summed Gramians, bilinear systems the one of the generalized Lyapunov equations.

    Parameters
    ----------
    system : LinearSystem, anything :func:`as_system` reads, DeepLinearNetwork, or another model
        Stable, continuous or discrete, real or complex, E nonsingular. Other models: SystemFamily, BilinearSystem,
        PeriodicSystem, TimeVaryingSystem. A network takes no further arguments.
    gramians : GramianStrategy
        Which Gramians to balance. Bilinear, periodic and time-varying systems have their own, and the form "norm" takes
        none.
    form : {"balanced", "input-normal", "output-normal", "norm"}
        P = Q = diag(σ); P = I and Q = diag(σ²); P = diag(σ²) and Q = I; or the least norm of (A, B, C), which needs
        no Gramians (see :func:`~dlnbalance.balancing.norm_balancing.balance_norm`).

    Returns
    -------
    BalancedRealization, NormBalancedRealization, BalancedNetwork or BalancedSequence
        Its ``system`` is of the type passed in, with names and time base. States whose Hankel singular values
        lie below 5e-11 σ_1 (or rounding) are dropped: the minimal part is balanced, and the result says so. No state
        is left where the transfer function is the constant D.

    Raises
    ------
    UnstableSystemError
        When Gramians do not exist.
    SingularDescriptorError
        When E is singular.
    InvalidArgumentError
        For an unknown form or an unset time base.
    NumericalError
        When Gramians or gains leave the range of numbers.

    Notes
    -----
    The square-root method: factors of the Gramians from one Schur form, then one SVD Z_o*Z_c = UΣV*,
    T = Σ^{-½}U*Z_o* and T⁻¹ = Z_cVΣ^{-½}. About 25 n³ + 30 n³ flops. Unique up to a unitary change of
    coordinates within equal σ (signs, if they are distinct).

    References
    ----------
    .. [1] B. C. Moore, IEEE Trans. Automat. Control 26 (1981) 17-32.
    .. [2] A. J. Laub, M. T. Heath, C. C. Paige, R. C. Ward, IEEE Trans. Automat. Control 32 (1987) 115-122.
    .. [3] K. Lindsey, G. Menon, arXiv:2511.01137, Theorem 1 with N = 2.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem([[-1.0, 2.0], [0.0, -3.0]], [[1.0], [1.0]], [[1.0, 0.0]])
    >>> result = dln.balance(system)
    >>> result.hsv.round(6).tolist()
    [0.880647, 0.047314]
    >>> result.certificate.relative_gap < 1e-14
    True
    """
    system = recognized(system)
    one_of("form", form, [*FORMS, "norm"])
    gramians = checked_strategy(gramians)
    if isinstance(system, DeepLinearNetwork):
        if form != "balanced" or not isinstance(gramians, Automatic):
            raise InvalidArgumentError(
                "system",
                "a linear system, since a form or Gramians are asked for",
                "a deep linear network",
                "leave these arguments out, or turn it into a system with bridge.network_to_system",
            )
        return balance_network(system)
    if form == "norm":
        if not isinstance(gramians, Automatic):
            raise InvalidArgumentError(
                "gramians", "none: the least norm needs no Gramians", shown(gramians), "leave it out, or choose a form"
            )
        return balance_norm(system)
    return balance_gramians(system, gramians, form)


@singledispatch
def balance_gramians(system: Any, gramians: GramianStrategy, form: Form) -> Any:
    """Balance the Gramians of one kind of model: here linear systems; modules of other models register theirs."""
    full = as_system(system)
    one_of("form", form, FORMS)
    gramians = checked_strategy(gramians)

    def project(T: Array, inverse: Array) -> Any:
        return restore_type(full.project(full.left_basis(T), inverse), system)

    return balanced_realization(as_factor_pair(gramians(full)), form, project, accuracy_floor(full))


def balanced_realization(
    network: DeepLinearNetwork, form: Form, project: Callable[[Array, Array], Any], floor: float | None = None
) -> BalancedRealization:
    """Balance the minimal part of a model by its Gramian factors; `project` applies (T, T⁻¹) to the model.

    `floor` is its accuracy floor, that of the factor pair when left out.
    """
    order = balanceable_order(checked_pair(network))
    one_of("form", form, FORMS)
    function("project", project, "a function of T and its inverse")
    T, inverse = projection(network, order, FORMS[form][0])
    return BalancedRealization(
        system=project(T, inverse),
        transform=frozen(T),
        inverse=frozen(inverse),
        hsv=network.singular_values,
        form=form,
        certificate=certify(network, order),
        accuracy_floor=network.accuracy_floor if floor is None else real_number("floor", floor),
    )


def balance_network(network: DeepLinearNetwork, point: Literal["center", "flow"] = "center") -> BalancedNetwork:
    r"""Balance a deep linear network: least norm among all networks with the same end-to-end matrix.

    .. math:: \min \Big\{ Σ_k ‖W_k‖^2 : W_N ⋯ W_1 = X \Big\} = N Σ_i σ_i(X)^{2/N},
       \qquad W_k W_k^* = W_{k+1}^* W_{k+1}.

    Parameters
    ----------
    network : DeepLinearNetwork
        Real or complex, of any widths and rank.
    point : {"center", "flow"}
        Which of the balanced networks over X, all unitary gauges of each other: the center, or the one that the
        regularizing flow from `network` reaches.

    Returns
    -------
    BalancedNetwork
        The balanced network, at the widths given, and the gauge that leads to it where there is one.

    Raises
    ------
    InvalidArgumentError
        For another `point`.
    NumericalError
        When the flow is asked for and ends nowhere.

    Notes
    -----
    The center is one singular value decomposition of X, which works on the layers where the product of them would lose
    small singular values, and no partial product is inverted for it. If every layer has the rank of X, the orbit
    is closed and a gauge leads from W to the center (unique up to the unitary gauges that fix it and, at
    layers wider than the rank, up to what happens in the unused directions). Otherwise the center is the limit of
    networks of the orbit along which the gauge diverges, and there is none to return. Singular values that rounding in
    the layers could make zero are left out of the center, and the certificate states what they could add; then there is
    no gauge in double precision either. O(N d³) flops for N layers of width d.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Theorem 1.

    Examples
    --------
    >>> result = balance_network(DeepLinearNetwork([[[4.0]], [[1.0]]]))
    >>> result
    BalancedNetwork: depth 2, widths 1 → 1 → 1
      singular values of X: 4
      certificate: balanced: ‖W‖² = 8 after, 17 before, least possible 8 (relative gap ...)
      orbit: closed: every layer has the rank 1 of X; a gauge leads there
    >>> round(abs(result.gauge[0].item()), 12)
    0.5
    """
    one_of("point", point, ("center", "flow"))
    network = as_network("network", network)
    ranks = rank_profile(network)
    balanced = network.center() if point == "center" else regularizing(network, [np.inf]).states[-1]
    gauge, orbit = _gauge_to(balanced, network, ranks, point)
    return BalancedNetwork(
        network=balanced,
        gauge=gauge,
        certificate=Certificate.compare(network, balanced),
        ranks=ranks,
        orbit=orbit,
    )


def _gauge_to(
    balanced: DeepLinearNetwork, network: DeepLinearNetwork, ranks: RankProfile, point: str
) -> tuple[tuple[Array, ...] | None, str]:
    """The gauge from a network to a balanced one, or None, and the reason in words."""
    if not ranks.is_closed:
        return None, f"{ranks.statement}; the center is the limit of such networks"
    closed, svd = ranks.statement, network.decomposition
    if svd.rank < ranks.rank:
        lost = ranks.rank - svd.rank
        return None, f"{closed}, but {lost} of its singular values drown in rounding and the center leaves them out"
    if point == "center":
        gauge = gauge_to_center(network, svd, ranks.rank)
        residual = gauge_residual(network, balanced, gauge)
        if residual <= _GAUGE:
            return gauge, f"{closed}; a gauge leads there"
        return None, f"{closed}, but no gauge in double precision: a relative residual of {residual:.1e}"
    try:
        return find_gauge(network, balanced), f"{closed}; a gauge leads there"
    except NumericalError as error:
        return None, f"{closed}, but no gauge in double precision: {error.received}"


def certify(network: DeepLinearNetwork, order: int) -> Certificate:
    """Recompute the energy of the factor pair in the coordinates of its `order` leading singular triples."""
    T, inverse = projection(network, order)
    first, second = network.weights
    return Certificate.compare(network, DeepLinearNetwork([T @ first, second @ inverse]), order)


def hankel_singular_values(system: Any, gramians: GramianStrategy = Automatic()) -> Array:
    r"""Hankel singular values σ_1 ≥ … ≥ σ_n: the square roots of the eigenvalues of PQ, without forming either.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Stable.
    gramians : GramianStrategy
        Which Gramians.

    Returns
    -------
    (n,) array
        Singular values of Z_o*Z_c, accurate to a few eps σ_1 for the given factors; how far rounding in the data
        moves them is told by :func:`dlnbalance.norms.accuracy.accuracy_floor`.

    Raises
    ------
    UnstableSystemError, SingularDescriptorError
        When there are no Gramians.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem([[1.0, -2.0], [3.0, -4.0]], [[5.0], [7.0]], [[6.0, 8.0]])
    >>> dln.hankel_singular_values(system).round(5).tolist()
    [24.42686, 0.57314]
    """
    return as_factor_pair(checked_strategy(gramians)(as_system(system))).singular_values


def balanceable_order(network: DeepLinearNetwork) -> int:
    """Number of states that can be balanced without losing the accuracy of the leading ones."""
    values = network.singular_values
    return int(np.count_nonzero(values[: network.rank] > _BALANCEABLE * values[:1].sum()))


def nothing_to_balance() -> OrderError:
    """Refusal of a model whose states do not connect input and output."""
    return OrderError(
        "system",
        "a state that connects input and output",
        f"Hankel singular values that are all zero to rounding ({EPS:.0e})",
        "the transfer function is the constant D; there is nothing to balance",
    )


def listed(values: Array, count: int = 8) -> str:
    """Show the first `count` of many numbers on one line."""
    shown = ", ".join(f"{value:.4g}" for value in values[:count])
    return shown + (f", … ({values.size} in all)" if values.size > count else "")


def ranged(numbers: Sequence[int]) -> str:
    """One number, or the smallest and the largest of several."""
    if not numbers:
        return "none"
    return f"{min(numbers)}" if min(numbers) == max(numbers) else f"{min(numbers)}…{max(numbers)}"
