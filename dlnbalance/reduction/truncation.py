"""Reduced models by order or tolerance, for every class of models: truncation and residualization."""

from collections.abc import Sequence
from typing import Any, get_args, overload

from ..decompositions.descriptor_forms import FiniteInfinite, finite_infinite
from ..errors import InvalidArgumentError, UnstableSystemError
from ..files.conversion import recognized
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy, checked_strategy
from ..linalg.arguments import one_of, shown
from ..linalg.threads import threads_by_size
from ..networks.network import DeepLinearNetwork
from ..structured.linear import LinearModel, state_spaces
from ..structured.model import Solved
from ..systems.linear_system import LinearSystem
from .kept import Kept, Unstable, Wish, checked_wish, set_aside
from .network_reduction import ReducedNetwork, reduce_network
from .orders import checked_request
from .other_methods import OTHER_METHODS, OtherSelection, check_lyapunov
from .partial_projection import partial_selection
from .projected_model import Method, ProjectedModel
from .reduced_model import ReducedModel
from .selection import LinearSelection, Selection

__all__ = ["reduce"]


@overload
def reduce(  # pyright: ignore[reportOverlappingOverload]
    system: DeepLinearNetwork,
    order: int | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
) -> ReducedNetwork: ...


@overload
def reduce(
    system: Any,
    order: int | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
    gramians: GramianStrategy = ...,
    method: Method = ...,
    unstable: Unstable = ...,
    offset: float = ...,
    keep: Sequence[Any] = ...,
) -> ReducedModel: ...


@overload
def reduce(
    system: Any,
    order: Sequence[int],
    *,
    gramians: GramianStrategy = ...,
    method: Method = ...,
    unstable: Unstable = ...,
    offset: float = ...,
    keep: Sequence[Any] = ...,
) -> list[ReducedModel]: ...


@threads_by_size
def reduce(
    system: Any,
    order: int | Sequence[int] | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
    unstable: Unstable = "keep",
    offset: float = 0.0,
    keep: Sequence[Any] = (),
) -> ProjectedModel | list[ReducedModel] | ReducedNetwork:
    r"""Reduce a linear system by balanced truncation (or residualization), or the hidden widths of a network.

    The network of the Gramian factors (Z_c, Z_o*) is truncated to the `r` leading singular triples of
    Z_o*Z_c = UΣV*, and the system projected along,

    .. math:: A_r = W^*AV, \; B_r = W^*B, \; C_r = CV, \qquad V = Z_cVΣ^{-½}, \; W^*E = Σ^{-½}U^*Z_o^*,

    which guarantees a stable reduced model with σ_{r+1} ≤ ‖G − G_r‖_∞ ≤ 2 Σ_{i>r} σ_i (distinct values) in exact
    arithmetic; the bounds that are returned allow for rounding.

    Parameters
    ----------
    system : LinearSystem, anything :func:`as_system` reads, or another model
        Continuous or discrete, real or complex, with any E of a regular pencil; dense of up to a few thousand states,
        or sparse. A SystemFamily, BilinearSystem or SecondOrderSystem, whose order counts positions (all three by order
        only: no bound is proved), a PeriodicSystem or TimeVaryingSystem, or any other
        :class:`~dlnbalance.structured.model.Model`. A DeepLinearNetwork, whose order is its hidden width and whose
        error is that of X in the spectral norm (see :func:`~dlnbalance.reduction.network_reduction.reduce_network`).
    order : int or sequence of int, optional
        Number of states to keep. Zero leaves the static model D. A sequence asks for a model of each of these orders,
        from one factorization. For periodic and time-varying systems the number is that of every time, as far as there
        are so many, and a sequence has one for every time.
    tol, rtol : float, optional
        Instead of `order`: keep the fewest states whose error *bound*, rounding included, is at most `tol` (absolute,
        in units of the gain) or `rtol` σ_1 (relative).
    gramians : GramianStrategy
        Which Gramians. `Automatic` takes `LowRank` for sparse systems where that is foreseen to cost less and
        `Lyapunov` for all others, and the result says which.
    method : {"truncate", "residualize", "hankel", "modal", "irka"}
        Truncation is exact at high frequencies (D is kept); residualization (singular perturbation) keeps the DC
        gain and changes D. Both obey the same bound. "hankel" is the optimal Hankel-norm approximation, with half the
        bound, and another D (:mod:`~dlnbalance.reduction.hankel_approximation`). "modal" keeps the poles whose terms
        have the largest peaks, and its bound is the sum of the others. "irka" satisfies the first-order conditions of
        the least H2 error, where its iteration converges, and proves nothing
        (:mod:`~dlnbalance.reduction.interpolation`). These three are for dense systems and `Lyapunov`.
    unstable : {"keep", "refuse"}
        What becomes of poles that are not stable beyond rounding (integrators and undamped modes among them): they are
        kept exactly, and the rest is reduced, or the system is refused. `order` counts all states; bound and `error`
        are those of the rest, which G − G_r is.
    offset : float
        Poles with Re s > −offset are kept as well; in discrete time s = log(z)/dt.
    keep : sequence of complex, or of str
        Further poles to keep, to six digits (of a complex pair one stands for both). Or names of states to keep as they
        are, by partial projection: the others are balanced by their blocks of the Gramians, and nothing is proved.

    Returns
    -------
    ReducedModel
        A list of them for a sequence of orders. For other models a ProjectedModel, for networks a ReducedNetwork.

    Raises
    ------
    OrderError
        Order below 0, above the number of Hankel singular values that exceed their rounding errors, or between
        equal ones.
    ToleranceError
        When no order meets the tolerance, in exact arithmetic or for rounding; it names the least that is proved.
    UnstableSystemError
        When the system is not stable, and that is to be refused, or cannot be mended: for other models, large sparse
        ones, and kept states.
    InvalidArgumentError
        When not exactly one of `order`, `tol`, `rtol` is given.

    Notes
    -----
    About 30 n³ flops: one Schur form (25 n³), two factors (n³/3 each), their product, and its band form (8/3 n³), from
    which all singular values and the leading vectors come (an SVD, 22 n³, where more than n/8 states are kept). At most
    8 n×n arrays at a time.

    Residualization projects the inverse, (A⁻¹E, A⁻¹B, −CA⁻¹E, D − CA⁻¹B) in continuous and the same with A − E for A in
    discrete time, and inverts the small result: no block of the balanced realization beyond order r is formed.

    For large sparse systems nothing of order n² is formed: the Gramian factors are thin, the DC gain takes one sparse
    factorization, and the accuracy floor is estimated on the model projected along all the computed values. Stability
    is that of the part that B and C reach: the iteration for the Gramians would not converge otherwise. The error bound
    covers the computed values; those beyond them are small but not known.

    References
    ----------
    .. [1] M. S. Tombs, I. Postlethwaite, Int. J. Control 46 (1987) 1319-1330.
    .. [2] Y. Liu, B. D. O. Anderson, "Singular perturbation approximation of balanced systems",
       Int. J. Control 50 (1989) 1379-1405.

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.compare_methods : reduce a model in every way that applies, over several orders, and recommend one.
    dlnbalance.reduce_many : reduce many systems, each as dlnbalance.reduce would, on the workers of an executor.
    dlnbalance.reduce_controller : reduce a controller so that its loop with a plant stays stable and changes little.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    >>> model = reduce(system, order=1)
    >>> round(model.lower_bound, 6), round(float(model.error()), 6), round(model.bound, 6)
    (0.024189, 0.065855, 0.065855)
    >>> reduce(system, rtol=0.05).order
    2
    >>> [model.order for model in reduce(system, order=[1, 2])]
    [1, 2]

    An unstable pole is kept.

    >>> unstable = dln.LinearSystem(np.diag([1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    >>> model = reduce(unstable, order=2)
    >>> model.kept.poles.real.round(9).tolist(), model.stable, bool(model.error().value <= model.bound)
    ([1.0], False, True)
    """
    one_of("method", method, get_args(Method))
    gramians = checked_strategy(gramians)
    wish = checked_wish(unstable, offset, keep)
    request, value = checked_request(order, tol, rtol)
    system = recognized(system)
    if isinstance(system, DeepLinearNetwork):
        _check_defaults(gramians, method)
        _check_keeps_nothing(wish, "a deep linear network")
        return reduce_network(system, request, value)
    selection = selection_of(system, gramians, method, wish)
    if request != "order":
        return selection.within(request, value)
    if isinstance(value, list) and not selection.model.several:
        return [selection.of_order(each, f"order[{k}]") for k, each in enumerate(value)]
    return selection.of_order(value, request)


def selection_of(system: Any, gramians: GramianStrategy, method: Method, wish: Wish) -> Selection:
    """Solve for the Gramian factors of a model."""
    model = state_spaces(system)
    if isinstance(model, LinearModel):
        return _linear_selection(model, gramians, method, wish)
    _check_truncates(method)
    _check_keeps_nothing(wish, "this kind of model")
    return Selection(model=model, solved=model.solve(gramians), method=method)


def _linear_selection(given: LinearModel, gramians: GramianStrategy, method: Method, wish: Wish) -> LinearSelection:
    """Solve for the Gramian factors of what is proper of a linear system, beside what is kept of it."""
    descriptor, base = None, given
    if given.system.E is not None:
        found = finite_infinite(given.system)
        if found.index > 0:
            _check_proper(found, gramians)
            descriptor, base = found, LinearModel(found.proper)
    gramians.check_method(method, base.system)
    if wish.states:
        if method in OTHER_METHODS:
            remedy = "leave keep= out, or keep poles instead"
            raise InvalidArgumentError("method", "'truncate' or 'residualize' to keep states", shown(method), remedy)
        return partial_selection(given, base, wish.states, gramians, method)
    if method in OTHER_METHODS:
        check_lyapunov(method, gramians, base.system)
    aside = _wished_aside(base.system, descriptor, gramians, wish)
    try:
        part, solved = _solved(base, aside, gramians)
    except UnstableSystemError:
        condensed = descriptor is not None and base.system.is_large  # the search would meet infinite eigenvalues
        if wish.unstable == "refuse" or aside is not None or condensed:
            raise
        aside = set_aside(base.system, wish)
        if aside is None:
            raise
        part, solved = _solved(base, aside, gramians)
    kind = OtherSelection if method in OTHER_METHODS else LinearSelection
    return kind(model=part, solved=solved, method=method, given=given, descriptor=descriptor, aside=aside)


def _wished_aside(
    system: LinearSystem, descriptor: FiniteInfinite | None, gramians: GramianStrategy, wish: Wish
) -> Kept | None:
    """What is set aside before anything is solved: what was wished for, and what a computed system may hide.

    The rounding of an elimination may have moved an integrator into the region of stability, where its Gramians are
    nothing but that rounding.
    """
    computed = descriptor is not None and not system.is_large and wish.unstable == "keep"
    if gramians.takes_unstable or not (wish.is_for_poles or computed):
        return None
    return set_aside(system, wish)


def _solved(base: LinearModel, aside: Kept | None, gramians: GramianStrategy) -> tuple[LinearModel, Solved]:
    """The part that is balanced, with its Gramian factors."""
    part = base if aside is None else LinearModel(aside.balanced)
    return part, part.solve(gramians)


def _check_proper(descriptor: FiniteInfinite, gramians: GramianStrategy) -> None:
    """Refuse a polynomial part beside Gramians whose bound does not bear that it is added."""
    if gramians.takes_unstable and not descriptor.is_proper:
        raise InvalidArgumentError(
            "gramians",
            "a kind whose error bound is additive, for a system with a polynomial part",
            f"{gramians}",
            "leave it out, or reduce dlnbalance.decompositions.finite_infinite(system).proper",
        )


def _check_truncates(method: Method) -> None:
    """Refuse residualization of a model that can only be truncated."""
    if method != "truncate":
        raise InvalidArgumentError("method", "'truncate' for this kind of model", shown(method), "leave it out")


def _check_defaults(gramians: GramianStrategy, method: Method) -> None:
    """Refuse what says nothing about a network."""
    _check_truncates(method)
    if not isinstance(gramians, Automatic):
        raise InvalidArgumentError("gramians", "none for a deep linear network", shown(gramians), "leave it out")


def _check_keeps_nothing(wish: Wish, what: str) -> None:
    """Refuse to keep poles or states of what is no linear system."""
    for name, value in (("offset", wish.offset), ("keep", wish.poles), ("keep", wish.states)):
        if value:
            raise InvalidArgumentError(name, f"nothing for {what}", shown(value), "leave it out")
