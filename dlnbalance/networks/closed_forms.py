r"""Exact solutions: flows and geodesics that are known in closed form, to measure integrators against.

=====================================  ====================================================================
Function                               What is solved
=====================================  ====================================================================
:func:`hyperbola`                      regularizing flow of w_2 w_1 = x, the scalar network of depth 2
:func:`aligned_learning`               two-layer learning in the singular frames of the target, mode by mode
:func:`two_layer_learning`             two-layer λ-balanced learning of any matrix, without alignment
:func:`aligned_geodesic`               geodesics of the metric g^N between matrices with common frames
=====================================  ====================================================================
"""

from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import positive_number, shown
from ..linalg.arrays import Array, adjoint, as_matrix, frozen, in_range, real_vector, whole_number
from .network import DeepLinearNetwork, as_network

__all__ = ["aligned_geodesic", "aligned_learning", "aligned_length", "hyperbola", "two_layer_learning"]

#: Longest step of the two-layer formula, in units of the reciprocal growth rate. Modes grow apart by e^8 in it, which
#: costs 3 of 16 digits where the factorization mixes them.
_LONGEST = 8.0
#: Steps of the two-layer formula between two times: some seconds for small matrices. Everything that grows settles
#: within a few hundred.
_MOST_STEPS = 100_000


def hyperbola(network: DeepLinearNetwork, times: Any) -> Array:
    r"""Regularizing flow of a scalar network of depth 2, along the hyperbola w_2 w_1 = x.

    .. math:: \dot W = -\mathrm{grad}\, ½(|w_1|^2 + |w_2|^2) \text{ on } \{w_2 w_1 = x\}: \qquad
        G(t) = |w_1|^2 - |w_2|^2 = e^{-2t} G(0).

    Parameters
    ----------
    network : DeepLinearNetwork
        Widths (1, 1, 1), real or complex.
    times : (m,) array_like
        Times t, of any sign.

    Returns
    -------
    (m, 2) array
        Rows (w_1(t), w_2(t)). The phases stay as they are.

    Raises
    ------
    InvalidArgumentError
        For a network of other widths, or times that are not finite and real.

    Notes
    -----
    The sum of the squared moduli is s = (G² + 4x'²)^{1/2} with x' the modulus of x; the larger one of the two is
    (s + G')/2 with G' the modulus of G, and the smaller one follows from the product, so that neither cancels. At
    x = 0 the fiber is a pair of lines that cross at the origin, and the flow contracts each of them by e^{-t}.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Figure 1.1.

    See Also
    --------
    dlnbalance.flows.regularizing : steepest descent of the norm along the gauge orbit.

    Examples
    --------
    >>> start = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> hyperbola(start, [0.0, 20.0]).round(12).tolist()
    [[4.0, 1.0], [2.0, 2.0]]
    """
    if as_network("network", network).widths != (1, 1, 1):
        raise InvalidArgumentError(
            "network", "widths (1, 1, 1)", f"{network.widths}", "flows of larger networks have no such formula"
        )
    t = _times(times)
    w = np.array([weight.item() for weight in network.weights])
    moduli = np.abs(w)
    decay = np.exp(-t)
    if not moduli.all():
        return frozen(decay[:, None] * w)
    first, second = moduli
    excess = (first - second) * (first + second) * decay**2
    product = first * second
    larger = np.sqrt((np.hypot(excess, 2 * product) + np.abs(excess)) / 2)
    flowed = np.stack([larger, product / larger], axis=1)
    return frozen((flowed if first >= second else flowed[:, ::-1]) * (w / moduli))


def aligned_learning(targets: Any, first: Any, second: Any, times: Any) -> Array:
    r"""Modes of a two-layer network that learns in the singular frames of its target.

    .. math:: E = ½ (w_2 w_1 - y)^2: \qquad \dot w_1 = w_2 (y - w_2 w_1), \quad \dot w_2 = w_1 (y - w_2 w_1),

    one such system for every mode: W_1 = R diag(w_1) V*, W_2 = U diag(w_2) R* learn Y = U diag(y) V* by gradient flow
    of ½‖W_2W_1 − Y‖² (squared loss of whitened data). The product a = w_2 w_1 follows the logistic curve

    .. math:: \dot a = 2a(y - a), \qquad a(t) = \frac{y\, e^{2yt}}{e^{2yt} - 1 + y/a(0)}

    when the mode is balanced, w_1² = w_2². In general w_2² − w_1² = λ is conserved.

    Parameters
    ----------
    targets : (r,) array_like
        Real strengths y of the modes.
    first, second : (r,) array_like
        Real initial values of w_1 and w_2.
    times : (m,) array_like
        Times t ≥ 0.

    Returns
    -------
    (m, r) array
        The products a(t) = w_2(t) w_1(t).

    Raises
    ------
    InvalidArgumentError
        For arguments that are not real, finite, of one length, or times below zero.

    Notes
    -----
    With q = (w_1, w_2) the equations read q' = F q − ½‖q‖² q, F = [[−λ/2, y], [y, λ/2]], so that
    q(t) = e^{Ft}q(0) / (1 + ∫‖e^{Fτ}q(0)‖² dτ)^{1/2}: linear up to the length. This is
    :func:`two_layer_learning` in one dimension, without its matrices.

    References
    ----------
    .. [1] A. M. Saxe, J. L. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
       linear neural networks", ICLR 2014, arXiv:1312.6120.

    See Also
    --------
    dlnbalance.networks.closed_forms.two_layer_learning : a two-layer network that learns a matrix.
    dlnbalance.flows.learning : gradient flow of a loss E(X) of the end-to-end matrix, in weight space.

    Examples
    --------
    >>> a = aligned_learning([3.0], [0.1], [0.1], [0.0, 1.0, 10.0])
    >>> a.round(6).ravel().tolist()
    [0.01, 1.723002, 3.0]
    """
    y, u, v = (real_vector(name, x) for name, x in (("targets", targets), ("first", first), ("second", second)))
    if not y.size == u.size == v.size:
        raise InvalidArgumentError(
            "targets", "as many targets as modes", f"{y.size}, {u.size}, {v.size}", "pass one number a mode"
        )
    t = _times(times, least=0.0)[:, None]
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # refused at once
        return frozen(in_range("targets", _aligned_products(y, u, v, t), "products"))


def _aligned_products(y: Array, u: Array, v: Array, t: Array) -> Array:
    """The products w_2 w_1 at the times `t`, a column, for start values u of w_1 and v of w_2."""
    shift = (v - u) * (v + u) / 2
    rate = np.hypot(y, shift)
    c, s = _eigenvector(y, shift, rate)
    plus, minus = c * u + s * v, c * v - s * u  # components of q along the eigenvectors of F for ±rate
    decay = np.exp(-rate * t)
    unit = np.where(plus == 0, 1.0, decay)  # everything is divided by the growth of what is there
    integral = _growth(2 * rate, t)
    length = unit**2 + (plus**2 + (minus * unit) ** 2) * integral
    falling = minus * decay * unit
    return (c * plus - s * falling) * (s * plus + c * falling) / length


def two_layer_learning(network: DeepLinearNetwork, target: Any, times: Any, *, rtol: float = 1e-10) -> list[Array]:
    r"""End-to-end matrices of a two-layer λ-balanced network that learns a matrix by gradient flow.

    .. math:: \dot W_k = -\nabla_{W_k} ½ ‖W_2 W_1 - Y‖^2, \qquad W_2^* W_2 - W_1 W_1^* = λ I.

    Parameters
    ----------
    network : DeepLinearNetwork
        Initial value of depth 2; its moment at the hidden layer is −λI for some real λ (0: balanced).
    target : (d_2, d_0) array_like
        Y, of any rank; its singular frames need not be those of the network.
    times : (m,) array_like
        Increasing times t ≥ 0.
    rtol : float
        How well the moment has to be a multiple of I, in units of ‖W‖².

    Returns
    -------
    list of (d_2, d_0) array
        X(t) = W_2(t) W_1(t), one for each time.

    Raises
    ------
    InvalidArgumentError
        For another depth, a moment that is no multiple of the identity, a target of another shape, or bad times.

    Notes
    -----
    λ is conserved, and Q = [W_1*; W_2] obeys Q' = F Q − ½ Q Q*Q with F = [[−λ/2 I, Y*], [Y, λ/2 I]]. Hence

    .. math:: QQ^* (t) = e^{Ft} Q_0 \Big( I + Q_0^* ∫_0^t e^{2Fτ} dτ \, Q_0 \Big)^{-1} Q_0^* e^{Ft},

    whose lower left block is X(t). The inverse is not formed: in the eigenbasis of F it is a projection from the QR
    factorization of [I; (∫e^{2Fτ}dτ)^{1/2} Q_0], which is accurate as long as the modes do not grow apart by more than
    the range of double precision. Long times are therefore split (the solution depends on Q_0Q_0* alone, and any
    factor of QQ*(t) serves as the next start). One eigenvalue decomposition of size d_0 + d_2, and one QR
    factorization for every 8 units of time and growth rate. A start that is orthogonal to a growing mode, which rests
    at a saddle in exact arithmetic, leaves it by rounding.

    References
    ----------
    .. [1] K. Fukumizu, "Effect of batch learning in multilayer neural networks", ICONIP 1998.
    .. [2] L. Braun, C. C. J. Dominé, J. E. Fitzgerald, A. M. Saxe, "Exact learning dynamics of deep linear networks
       with prior knowledge", NeurIPS 2022.
    .. [3] C. C. J. Dominé et al., "From lazy to rich: exact learning dynamics in deep linear networks", ICLR 2025.

    See Also
    --------
    dlnbalance.networks.closed_forms.aligned_learning : modes of a network that learns in the frames of its target.
    dlnbalance.initialization.lambda_balanced : two layers with a multiple of the identity as moment.

    Examples
    --------
    >>> start = DeepLinearNetwork([[[0.1]], [[0.1]]])
    >>> [round(X.item(), 6) for X in two_layer_learning(start, [[3.0]], [0.0, 1.0])]
    [0.01, 1.723002]
    """
    if as_network("network", network).depth != 2:
        raise InvalidArgumentError("network", "depth 2", f"{network.depth}", "deeper networks have no such formula")
    d_in, _, d_out = network.widths
    Y = as_matrix("target", target, rows=d_out, columns=d_in)
    lam = _balance_level(network, positive_number("rtol", rtol, or_zero=True))
    F = np.block([[-lam / 2 * np.eye(d_in), adjoint(Y)], [Y, lam / 2 * np.eye(d_out)]])
    rates, frame = la.eigh(F)
    Q = adjoint(frame) @ np.vstack([adjoint(network.weights[0]), network.weights[1]])
    states, now = [], 0.0
    for t in _times(times, least=0.0):
        if t < now:
            raise InvalidArgumentError("times", "increasing numbers", f"{t:g} after {now:g}", "sort them")
        with np.errstate(over="ignore"):
            growth = (t - now) * rates[-1] / _LONGEST
        if growth > _MOST_STEPS:
            remedy = "end earlier: what grows has long settled by then"
            raise NumericalError("times", f"at most {_MOST_STEPS} steps", f"{growth:.3g} up to t = {t:g}", remedy)
        steps = max(int(np.ceil(growth)), 1)
        for _ in range(steps if t > now else 0):
            Q = _riccati_step(rates, Q, (t - now) / steps)
        now = t
        both = frame @ Q
        states.append(frozen(both[d_in:] @ adjoint(both[:d_in])))
    return states


def aligned_geodesic(start: Any, end: Any, depth: int, times: Any) -> Array:
    r"""Geodesic of the metric g^N that keeps the singular frames, between two matrices that share them.

    .. math:: σ_i(s)^{1/N} = (1 - s)\, σ_i(0)^{1/N} + s\, σ_i(1)^{1/N}.

    Parameters
    ----------
    start, end : (r,) array_like
        Singular values of X(0) and X(1), paired by their singular vectors; nonnegative.
    depth : int
        N ≥ 1.
    times : (m,) array_like
        Parameters s between 0 and 1.

    Returns
    -------
    (m, r) array
        Singular values of X(s), in the same frames.

    Raises
    ------
    InvalidArgumentError
        For values that are negative or of different numbers, or an s outside [0, 1].

    Notes
    -----
    In these frames g^N = N Σ (dσ_i^{1/N})², and the matrices with these frames are totally geodesic: balanced networks
    over X(0) and X(1) in common frames are joined by a straight line, all of whose points are balanced. Its length is
    :func:`aligned_length`. It is a shortest curve for N ≤ 2, and for values that are ordered alike at both ends; for
    other orders turning the frames can be shorter, see :func:`~dlnbalance.networks.geodesics.distance_bounds`.

    References
    ----------
    .. [1] G. Menon, "The geometry of the deep linear network", arXiv:2411.09004.

    See Also
    --------
    dlnbalance.networks.closed_forms.aligned_length : length of the geodesic that keeps the singular frames.
    dlnbalance.networks.geodesics.distance_bounds : bounds of the distance of two matrices with the same frames.

    Examples
    --------
    >>> aligned_geodesic([1.0], [9.0], 2, [0.0, 0.5, 1.0]).ravel().round(12).tolist()
    [1.0, 4.0, 9.0]
    """
    depth = whole_number("depth", depth, remedy="pass the number of layers")
    first, last = paired_roots(start, end, depth)
    s = _times(times, least=0.0)[:, None]
    if (s > 1).any():
        raise InvalidArgumentError("times", "numbers from 0 to 1", f"{s.max()}", "1 is the end of the geodesic")
    return frozen(((1 - s) * first + s * last) ** depth)


def aligned_length(start: Any, end: Any, depth: int) -> float:
    r"""Length, in the metric g^N, of the geodesic that keeps the singular frames.

    .. math:: L(X, Y)^2 = N Σ_i \big( σ_i(X)^{1/N} - σ_i(Y)^{1/N} \big)^2 \ge d(X, Y)^2.

    Parameters
    ----------
    start, end : (r,) array_like
        Singular values, paired by their singular vectors; nonnegative.
    depth : int
        N ≥ 1.

    Returns
    -------
    float
        The distance d(X, Y) itself for N ≤ 2, or when the values are in the same order at both ends; an upper bound
        of it otherwise.

    Raises
    ------
    InvalidArgumentError
        For values that are negative or of different numbers, or a depth that is not a positive whole number.

    See Also
    --------
    dlnbalance.networks.geodesics.distance_bounds : the distance, or an interval that holds it, for any order.

    Examples
    --------
    >>> round(aligned_length([1.0], [9.0], 2) ** 2, 12)  # 2 (3 − 1)²
    8.0
    """
    depth = whole_number("depth", depth, remedy="pass the number of layers")
    first, last = paired_roots(start, end, depth)
    return float(np.sqrt(depth) * la.norm(last - first))


def _balance_level(network: DeepLinearNetwork, rtol: float) -> float:
    """The λ of W_2*W_2 − W_1W_1* = λI; refuse a network whose moment is something else."""
    (moment,) = network.moments()
    lam = -float(np.trace(moment).real) / max(moment.shape[0], 1)
    error = la.norm(moment + lam * np.eye(moment.shape[0]))
    if error > rtol * 2 * network.representation.energy:
        raise InvalidArgumentError(
            "network",
            "a λ-balanced one, W_2*W_2 − W_1W_1* = λI",
            f"a moment at distance {error:.1e} from the multiples of I",
            "start from initialization.lambda_balanced or balanced",
        )
    return lam


def _growth(rate: Array, t: Any) -> Array:
    """(1 − e^{−rate t})/rate for rate ≥ 0, with its limit t at rate = 0."""
    safe = np.where(rate > 0, rate, 1.0)
    return np.where(rate > 0, -np.expm1(-safe * t) / safe, t)


def _eigenvector(y: Array, shift: Array, rate: Array) -> tuple[Array, Array]:
    """Unit eigenvector (c, s) of [[−shift, y], [y, shift]] for its eigenvalue rate ≥ 0, with c ≥ 0.

    Exactly diagonal when shift = 0, so that a mode with w_1 = −w_2 has no component along it.
    """
    safe = np.where(rate > 0, rate, 1.0)
    larger = np.sqrt((1 + np.abs(shift) / safe) / 2)
    smaller = np.where(shift == 0, larger, np.abs(y) / (2 * safe * larger))
    c, s = np.where(shift > 0, smaller, larger), np.where(shift > 0, larger, smaller)
    return c, np.copysign(s, y)


def _riccati_step(rates: Array, Q: Array, t: float) -> Array:
    """A factor of QQ*(t) for Q' = diag(rates) Q − ½ Q Q*Q, up to a unitary matrix on the right."""
    growth = _growth(2 * np.abs(rates), t)
    # e^{f t} and (∫ e^{2fτ} dτ)^½ = (growth)^½ e^{max(f, 0) t}; their quotient stays bounded
    integral = np.sqrt(growth) * np.exp(np.maximum(rates, 0) * t)
    stack = np.vstack([np.eye(Q.shape[1]), integral[:, None] * Q])
    order = np.argsort(-la.norm(stack, axis=1), kind="stable")  # keeps the small rows of the basis accurate
    basis = np.empty_like(stack)
    basis[order] = la.qr(stack[order], mode="economic", pivoting=True)[0]
    return (np.exp(np.minimum(rates, 0) * t) / np.sqrt(growth))[:, None] * basis[Q.shape[1] :]


def _times(times: Any, least: float = -np.inf) -> Array:
    t = real_vector("times", times, "finite times")
    if (t < least).any():
        raise InvalidArgumentError("times", f"numbers of at least {least:g}", f"{t.min()}", "time runs forward here")
    return t


def paired_roots(start: Any, end: Any, depth: int) -> tuple[Array, Array]:
    """The N-th roots of two lists of singular values; refuse lists that cannot be paired."""
    first, last = real_vector("start", start), real_vector("end", end)
    if first.size != last.size or (first < 0).any() or (last < 0).any():
        raise InvalidArgumentError(
            "start",
            "two equally long lists of nonnegative singular values",
            f"{shown(start)} and {shown(end)}",
            "pair the modes",
        )
    whole_number("depth", depth, remedy="pass the number of layers")
    return first ** (1 / depth), last ** (1 / depth)
