"""Balanced forms of linear systems and other models: coordinates in which both Gramians are what one wants."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, overload

import numpy as np

from ..drawable import Drawable
from ..errors import InvalidArgumentError
from ..files.conversion import recognized
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy, checked_strategy
from ..html_views import HtmlView
from ..linalg.arguments import flag, one_of, shown
from ..linalg.arrays import frozen
from ..linalg.immutable import Immutable
from ..linalg.threads import threads_by_size
from ..networks.network import DeepLinearNetwork
from ..networks.projections import certify, projection
from ..norms.accuracy import accuracy_floor
from ..structured.linear import LinearModel, state_spaces
from ..summary import Fact, Summary, told
from ..systems.linear_system import LinearSystem
from .facts import certificate_facts, each, floor_fact, one_or_all, order_facts, values_facts
from .known_values import known_values, plain_values
from .network_balancing import BalancedNetwork, balance_network
from .norm_balancing import NormBalancedRealization, balance_norm
from .stacked_values import is_stack, stacked_values, systems_of

__all__ = ["FORMS", "BalancedRealization", "balance", "hankel_singular_values"]

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


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedRealization(Immutable, Drawable, HtmlView):
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
    values_name : str
        What these values are called.
    order, full_order : int
        Number of states kept and given.
    form : str
        "balanced", "input-normal" or "output-normal".
    certificate : Certificate
        tr P + tr Q against its minimum 2Σσ, before and after (after: of the balanced factors, before the scaling
        that the other forms add).
    how : str
        One line on how the Gramian factors were computed.
    accuracy_floor : float
        Hankel singular values below it carry no information about the given system (first-order estimate). For
        families and bilinear systems it accounts for the product of the Gramian factors only, not for the model's data.

    Notes
    -----
    Periodic and time-varying systems have a state space for every time: their `transform`, `inverse`, `hsv`, `order`,
    `full_order`, `certificate` and `accuracy_floor` are tuples, with one of each.

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.ReducedModel : a reduced model with what is proved and what was measured about it.
    dlnbalance.Certificate : proof of balancedness.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> balanced = dln.balance(dln.LinearSystem([[-1.0]], [[4.0]], [[1.0]]))
    >>> balanced.hsv.round(9).tolist(), round(abs(balanced.system.B.item()), 9)
    ([2.0], 2.0)
    """

    system: Any
    transform: Any
    inverse: Any
    hsv: Any
    values_name: str
    form: Form
    how: str
    _pairs: Any = field(repr=False)
    _linear: LinearSystem | None = field(repr=False)

    @cached_property
    def certificate(self) -> Any:
        """The energy against its minimum; found on first use, O(n³)."""
        if isinstance(self._pairs, tuple):
            return tuple(map(certify, self._pairs, self.order))
        return certify(self._pairs, self.order)

    @cached_property
    def accuracy_floor(self) -> Any:
        """What rounding does to the Hankel singular values; found on first use, O(n²) a frequency."""
        if self._linear is not None:
            return accuracy_floor(self._linear)
        return each(self._pairs, lambda pair: pair.accuracy_floor)

    @property
    def order(self) -> Any:
        """Number of states of the balanced realization."""
        return each(self.transform, lambda T: T.shape[0])

    @property
    def full_order(self) -> Any:
        """Number of states of the system that was given."""
        return each(self.transform, lambda T: T.shape[1])

    @property
    def is_minimal(self) -> bool:
        """Whether all states were kept."""
        return self.order == self.full_order

    def summary(self) -> Summary:
        """Facts about the realization: keys and values for programs, labels and words for people."""
        return [
            Fact("kind", "", "model"),
            Fact("form", "Form", self.form, words=f"{self.form}: {FORMS[self.form][1]}"),
            *order_facts(self.order, self.full_order, self._dropped()),
            *values_facts(self.values_name, self.hsv),
            *certificate_facts(self.certificate),
            Fact("how", "Gramians", self.how),
            floor_fact(self.accuracy_floor),
        ]

    def _dropped(self) -> str:
        """What was dropped, in words, where the model is not minimal to working precision."""
        if self.is_minimal or isinstance(self.order, tuple):
            return "" if self.is_minimal else "the minimal part"
        dropped = self.full_order - self.order
        return (
            f"not minimal to working precision: {dropped} dropped whose {self.values_name} are at most"
            f" {self.hsv[self.order]:.1e}"
        )

    def __repr__(self) -> str:
        return told("BalancedRealization", self.summary(), ("order",))


@overload
def balance(system: DeepLinearNetwork) -> BalancedNetwork: ...  # pyright: ignore[reportOverlappingOverload]


@overload
def balance(system: Any, *, gramians: GramianStrategy = ..., form: Literal["norm"]) -> NormBalancedRealization: ...


@overload
def balance(system: Any, *, gramians: GramianStrategy = ..., form: Form = ...) -> BalancedRealization: ...


@threads_by_size
def balance(
    system: Any, *, gramians: GramianStrategy = Automatic(), form: Form | Literal["norm"] = "balanced"
) -> BalancedRealization | NormBalancedRealization | BalancedNetwork:
    r"""Balance a linear system: find coordinates z = T x in which its Gramians are diagonal and equal.

    .. math:: T P T^* = T^{-*} Q T^{-1} = \mathrm{diag}(σ_1, …, σ_n).

    Equivalently T minimizes tr(TPT*) + tr(T^{-*}QT^{-1}) over all changes of coordinates, with minimum 2Σσ_i: the
    network of the Gramian factors (Z_c, Z_o*) moves along its gauge orbit to its center. A deep linear network is
    balanced by :func:`balance_network`; periodic and time-varying systems have one such network for every time,
    families the one of their summed Gramians, bilinear systems the one of the generalized Lyapunov equations, and other
    classes of models (:class:`~dlnbalance.structured.model.Model`) those that they define.

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
    BalancedRealization, NormBalancedRealization or BalancedNetwork
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

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.hankel_singular_values : what each balanced state contributes.
    dlnbalance.balance_network : the least norm among all networks of one end-to-end matrix.
    dlnbalance.balance_norm : the smallest coefficients that realize a transfer function.

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
    model = state_spaces(system)
    pairs, how, _, proof, kept = model.solve(gramians)
    if kept:
        raise InvalidArgumentError(
            "system",
            "a model whose states all have Gramians",
            f"one with {kept} that have none",
            "reduce keeps them, and balance needs them split off",
        )
    orders = [balanceable_order(pair) for pair in pairs]
    T, S = zip(
        *(projection(pair, order, FORMS[form][0]) for pair, order in zip(pairs, orders, strict=True)), strict=True
    )
    return BalancedRealization(
        system=model.project(T, S),
        transform=one_or_all(map(frozen, T), model.several),
        inverse=one_or_all(map(frozen, S), model.several),
        hsv=one_or_all((pair.singular_values for pair in pairs), model.several),
        values_name=proof.values_name,
        form=form,
        how=how,
        _pairs=one_or_all(pairs, model.several),
        _linear=model.system if isinstance(model, LinearModel) else None,
    )


@threads_by_size
def hankel_singular_values(system: Any, *, gramians: GramianStrategy = Automatic(), digits: bool = False) -> Any:
    r"""Hankel singular values σ_1 ≥ … ≥ σ_n: the square roots of the eigenvalues of PQ, without forming either.

    Parameters
    ----------
    system : LinearSystem, anything :func:`as_system` reads, or another model
        Stable. Or a tuple (A, B, C), (A, B, C, D) or (A, B, C, D, dt) with arrays A (k, n, n), B (k, n, m) and
        C (k, p, n) of k systems, which are solved together where that gives the same to 1e-12 σ_1
        (see :mod:`dlnbalance.gramians.stacks`).
    gramians : GramianStrategy
        Which Gramians.
    digits : bool
        Say to how many digits each value is known.

    Returns
    -------
    (n,) array, of a stack (k, n)
        Singular values of Z_o*Z_c, accurate to a few eps σ_1 for the given factors; rounding of the data can move
        them by up to :func:`dlnbalance.norms.accuracy.accuracy_floor`. A tuple of them, one for every time, for
        periodic and time-varying systems.
    HankelValues
        Where `digits` are asked for: the values with their errors. A tuple of them also for a stack, system by system.

    Raises
    ------
    UnstableSystemError, SingularDescriptorError
        When there are no Gramians.

    Notes
    -----
    Where A is diagonal, or has pairs of poles a ± iω in blocks [[a, ω], [−ω, a]] and no other entries, and E is
    diagonal, up to 500 states and 1000 entries of B and of C, the values of Lyapunov's Gramians come from Cauchy-like
    factors and are accurate *relative to themselves*, however small they are (see
    :func:`~dlnbalance.balancing.diagonal_values.diagonal_values`); stacks excepted.

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.hankel_norm : Hankel norm of a stable system.
    dlnbalance.plotting.hankel : Hankel singular values: kept, dropped, and below rounding.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem([[1.0, -2.0], [3.0, -4.0]], [[5.0], [7.0]], [[6.0, 8.0]])
    >>> dln.hankel_singular_values(system).round(5).tolist()
    [24.42686, 0.57314]
    >>> rates = -np.arange(1.0, 11)
    >>> known = dln.hankel_singular_values((np.diag(rates), np.ones(10), np.ones(10)), digits=True)
    >>> bool(known.values[-1] < 1e-13 * known.values[0]), known.digits.min().item() >= 12
    (True, True)
    """
    gramians, digits = checked_strategy(gramians), flag("digits", digits)
    if is_stack(system):
        if digits:
            return tuple(known_values(state_spaces(one), gramians)[0] for one in systems_of(system))
        return stacked_values(system, gramians)
    model = state_spaces(system)
    values = known_values(model, gramians) if digits else plain_values(model, gramians)
    return one_or_all(values, model.several)


def balanceable_order(network: DeepLinearNetwork) -> int:
    """Number of states that can be balanced without losing the accuracy of the leading ones."""
    values = network.singular_values
    return int(np.count_nonzero(values[: network.rank] > _BALANCEABLE * values[:1].sum()))
