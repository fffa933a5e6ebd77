r"""Langevin dynamics of deep linear networks, on end-to-end matrices and in weight space.

Noise at inverse temperature β turns a flow into a diffusion with a stationary density. Two of them:

* Riemannian Langevin dynamics on (M_d, g^N), the image of noisy training that stays on the balanced manifold. It
  descends the free energy E − S/β, S the entropy of :func:`dlnbalance.networks.geometry.entropy`;
* noisy training with weight decay in the space of weights, which is what selects balanced networks: its stationary
  density is :math:`\exp(-β(E + ½κ‖W‖^2))`.

Both are the usual Langevin process at depth one. Itô's convention throughout; a Brownian motion B has independent
standard normal increments per unit of time in every real coordinate (real and imaginary parts of a complex entry).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import flag, function, positive_number, real_number
from ..linalg.arrays import Array, as_generator, as_matrix, frozen, whole_number
from .geometry import checked_depth, checked_full_rank, mean_powers, operator_eigenvalues
from .network import DeepLinearNetwork, as_network

__all__ = ["LangevinPath", "brownian_drift", "riemannian_langevin", "weight_langevin"]

#: Maps end-to-end matrices (copies, d_N, d_0) to the gradients of a loss there, of the same shape.
Gradient = Callable[[Array], Any]
#: One Euler–Maruyama step: layers and scaled noise of the same shapes to the next layers.
_Step = Callable[[Sequence[Array], Sequence[Array]], list[Array]]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LangevinPath:
    """Recorded states of an ensemble of independent Langevin paths.

    Attributes
    ----------
    times : (K,) ndarray
        Times of the records, from 0.
    weights : tuple of (K, copies, d_k, d_{k-1}) ndarray
        The layers W_1, …, W_N; for a process of end-to-end matrices the single entry X.
    """

    times: Array
    weights: tuple[Array, ...]

    @property
    def copies(self) -> int:
        """Number of independent paths."""
        return self.weights[0].shape[1]

    @property
    def end_to_end(self) -> Array:
        """End-to-end matrices W_N ⋯ W_1, shape (K, copies, d_N, d_0)."""
        return reduce(lambda x, weight: weight @ x, self.weights)

    def network(self, record: int = -1, copy: int = 0) -> DeepLinearNetwork:
        """One state as a network: the last of the first path, unless told otherwise."""
        return DeepLinearNetwork([weight[record, copy] for weight in self.weights])

    def __repr__(self) -> str:
        widths = [self.weights[0].shape[-1], *(weight.shape[-2] for weight in self.weights)]
        return (
            f"LangevinPath({self.copies} paths, {self.times.size} records up to time {self.times[-1]:.6g};"
            f" widths {' → '.join(str(d) for d in widths)})"
        )


def brownian_drift(X: Array, depth: int, *, entropic: bool = True) -> Array:
    r"""Itô drift b of the Langevin dynamics of E = 0 on (M_d, g^N) at β = 1.

    .. math:: b = \frac{1}{\sqrt g}\, ∂_j\big(\sqrt g\, A_{N,X}^{ij}\big) \;(+\, A_{N,X}(S'(X)) \text{ if entropic}),
              \qquad \sqrt g = \det(A_{N,X})^{-1/2}.

    Parameters
    ----------
    X : (d, d) array_like
        End-to-end matrix of full rank, real or complex.
    depth : int
        Number of layers N.
    entropic : bool
        Add the gradient of the entropy.

    Returns
    -------
    (d, d) ndarray

    Raises
    ------
    InvalidArgumentError
        When X is not square or not of full rank.

    Notes
    -----
    With X = U Σ V*, b = U diag(b_i) V*. In coordinates X_kl, the divergence of the inverse metric is

    .. math:: \sum_{j} ∂_j A^{ij} : \; σ_i^{1-2/N} \Big( N - 1 + 2 \sum_k w_{ik} \Big) \text{ (real)}, \quad
              4\, σ_i^{1-2/N} \sum_k w_{ik} \text{ (complex)},

    with the mean powers w_ik of :func:`dlnbalance.networks.geometry.entropy_gradient`, and all the sums cancel against
    A(∇ log √g). What is left of the Laplace–Beltrami operator is

    .. math:: b_i = (N-1)\, σ_i^{1-2/N} \text{ (real)}, \qquad b_i = 0 \text{ (complex)};

    the entropy adds :math:`σ_i^{1-2/N} \sum_{k \ne i} w_{ik}` or :math:`2 σ_i^{1-2/N} \sum_k w_{ik}`. The entropic
    drift is the Laplacian of the end-to-end map W ↦ W_N ⋯ W_1 on the balanced manifold, which contains the mean
    curvature of that manifold in weight space; so the image of Brownian motion there is the entropic process here.
    One SVD and O(N d²).

    References
    ----------
    .. [1] G. Menon, "The geometry of the deep linear network", arXiv:2411.09004.
    .. [2] G. Menon, T. Yu, "An entropy formula for the deep linear network", arXiv:2509.09088.

    Examples
    --------
    >>> brownian_drift([[9.0]], depth=2).round(12)  # x = w²/2 of a Brownian motion with dw² = 2 dt: dx = dt + …
    array([[1.]])
    """
    depth, entropic = int(checked_depth(depth)), flag("entropic", entropic)
    X = checked_full_rank("X", X)
    left, values, right = np.linalg.svd(X)
    return (left * _drift_values(values, depth, np.iscomplexobj(X), entropic)) @ right


def _drift_values(values: Array, depth: int, is_complex: bool, entropic: bool) -> Array:
    """The b_i of :func:`brownian_drift` for singular values (…, d)."""
    factor: Any = 0 if is_complex else depth - 1
    if entropic:
        sums = mean_powers(values, depth).sum(axis=-1)
        factor = factor + (2 * sums if is_complex else sums - (depth - 1) / 2)  # w_ii = (N − 1)/2
    return factor * values ** (1 - 2 / depth) if depth > 1 else np.zeros_like(values)


def riemannian_langevin(
    X: Array,
    gradient: Gradient,
    depth: int,
    *,
    beta: float,
    dt: float,
    steps: int,
    every: int = 1,
    copies: int = 1,
    entropic: bool = True,
    normalized: bool = False,
    rng: np.random.Generator | int | None = None,
) -> LangevinPath:
    r"""Langevin dynamics of end-to-end matrices in the metric of depth N.

    .. math:: dX = \Big( -A_{N,X}(E'(X)) + \frac{1}{β}\, b(X) \Big) dt + \sqrt{2/β}\; A_{N,X}^{1/2}\, dB,

    with b the :func:`brownian_drift`. Its stationary density with respect to the Riemannian volume
    :math:`dV_g = \det(A_{N,X})^{-1/2} dX` is

    .. math:: \exp(-β E(X) + S(X)) \;\text{ if entropic}, \qquad \exp(-β E(X)) \;\text{ if not},

    which with respect to Lebesgue measure dX is, up to a constant, with the eigenvalues λ_ij of A,

    .. math:: e^{-βE} \prod_{i \le j} λ_{ij}^{-1/2} \;\text{(entropic, real)}, \quad
              e^{-βE} \prod_{i,j} λ_{ij}^{-1/2} \;\text{(entropic, complex; not entropic, real)}, \quad
              e^{-βE} \prod_{i,j} λ_{ij}^{-1} \;\text{(not entropic, complex)}.

    Parameters
    ----------
    X : (d, d) array_like
        Where all paths start: real or complex, of full rank unless N = 1.
    gradient : callable
        E'. It receives all copies at once, shape (copies, d, d), and returns an array of this shape.
    depth : int
        Number of layers N.
    beta : float
        Inverse temperature β > 0; ``math.inf`` for no noise.
    dt : float
        Time step.
    steps : int
        Number of steps.
    every : int
        Record every so many steps; divides `steps`.
    copies : int
        Number of independent paths.
    entropic : bool
        Descend the free energy E − S/β rather than E.
    normalized : bool
        Use A_{N,X}/N: time runs N times slower, the stationary density is the same.
    rng : numpy.random.Generator or int, optional
        Source of randomness, or a seed for one.

    Returns
    -------
    LangevinPath
        With X as its only layer.

    Raises
    ------
    InvalidArgumentError
        For arguments out of range, or a gradient that is not callable or returns another shape.
    NumericalError
        When a path leaves the finite numbers: the step is too long.

    Notes
    -----
    The entropic process is the image of the Langevin process exp(−βE) on the balanced manifold: the end-to-end map is
    a Riemannian submersion onto g^N, and the volume of its fibers is exp(S).

    Euler–Maruyama, of weak order one: the stationary density has an error O(dt). The steps must resolve the curvature
    of E in the metric, dt · λ_max · ‖E''‖ well below one. One SVD of a d × d matrix per step and copy, taken in
    batches.

    For real X and N ≥ 2 the singular matrices lie at a finite distance in g^N and the process reaches them in finite
    time, unless E keeps it away; on the balanced manifold nothing happens there. The scheme steps over them, so that
    the sign of det X is not preserved: for odd N this is what the balanced manifold does, while for even N the paths
    should be reflected. Give E a barrier, such as −log det(X*X), where this matters. The volume near the singular
    matrices grows with N (:math:`σ_d^{1/N}` is what is spread evenly there), and with it the error of a fixed step.

    References
    ----------
    .. [1] G. Menon, "The geometry of the deep linear network", arXiv:2411.09004.
    .. [2] G. Menon, T. Yu, "An entropy formula for the deep linear network", arXiv:2509.09088.

    Examples
    --------
    >>> path = riemannian_langevin(
    ...     [[2.0, 0.0], [0.0, 1.0]], lambda X: X, depth=3, beta=50.0, dt=1e-3, steps=100, every=50, copies=4, rng=0
    ... )
    >>> path
    LangevinPath(4 paths, 3 records up to time 0.1; widths 2 → 2)
    >>> path.end_to_end.shape
    (3, 4, 2, 2)
    """
    depth = int(checked_depth(depth))
    X = checked_full_rank("X", X) if depth > 1 else as_matrix("X", X)
    clock = _Clock(beta=beta, dt=dt, steps=steps, every=every, copies=copies)
    entropic, normalized = flag("entropic", entropic), flag("normalized", normalized)
    scale = depth if normalized else 1
    is_complex = np.iscomplexobj(X)

    def step(layers: Sequence[Array], noise: Sequence[Array]) -> list[Array]:
        (point,), (kick,) = layers, noise
        slope = _evaluated(gradient, point)
        if depth == 1:
            return [point - clock.dt * slope + kick]
        left, values, right = np.linalg.svd(point)
        eigenvalues = operator_eigenvalues(values, values, depth, normalized=normalized)
        drift = _drift_values(values, depth, is_complex, entropic) / (scale * clock.beta)
        left_adjoint, right_adjoint = _adjoints(left), _adjoints(right)
        change = np.sqrt(eigenvalues) * (left_adjoint @ kick @ right_adjoint)
        change = change - clock.dt * eigenvalues * (left_adjoint @ slope @ right_adjoint)
        return [point + left @ change @ right + clock.dt * (left * drift[..., None, :]) @ right]

    return _euler_maruyama([X], gradient, step, clock, rng)


def weight_langevin(
    network: DeepLinearNetwork,
    gradient: Gradient,
    *,
    kappa: float,
    beta: float,
    dt: float,
    steps: int,
    every: int = 1,
    copies: int = 1,
    rng: np.random.Generator | int | None = None,
) -> LangevinPath:
    r"""Noisy training with weight decay.

    .. math:: dW_k = -\big( ∇_{W_k} E(W_N ⋯ W_1) + κ W_k \big)\, dt + \sqrt{2/β}\; dB_k,

    with stationary density :math:`\exp\big(-β (E(W_N ⋯ W_1) + ½ κ \sum_k ‖W_k‖^2)\big)` with respect to Lebesgue
    measure.

    Parameters
    ----------
    network : DeepLinearNetwork
        Where all paths start: real or complex, any widths.
    gradient : callable
        E' as a function of the end-to-end matrices. It receives all copies at once, shape (copies, d_N, d_0), and
        returns an array of this shape.
    kappa : float
        Weight decay κ ≥ 0. With κ = 0 and N ≥ 2 there is no stationary distribution: the gauge orbits are unbounded.
    beta : float
        Inverse temperature β > 0; ``math.inf`` for no noise.
    dt : float
        Time step.
    steps : int
        Number of steps.
    every : int
        Record every so many steps; divides `steps`.
    copies : int
        Number of independent paths.
    rng : numpy.random.Generator or int, optional
        Source of randomness, or a seed for one.

    Returns
    -------
    LangevinPath

    Raises
    ------
    InvalidArgumentError
        For arguments out of range, or a gradient that is not callable or returns another shape.
    NumericalError
        When a path leaves the finite numbers: the step is too long.

    Notes
    -----
    The drift −κW is minus the gradient of ½κ‖W‖², hence the ½ in the density: exp(−βκ‖W‖²) would belong to the
    drift −2κW. Without a loss every real coordinate is an
    Ornstein–Uhlenbeck process of variance 1/(βκ), and for the numerical scheme, Euler–Maruyama, the variance is
    1/(βκ(1 − κ dt/2)). On a fiber of fixed X the density is exp(−½βκ‖W‖²): as β → ∞ it concentrates on the
    balanced networks, the minimizers of the norm. Each step costs about 3N products of layers per copy.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network", arXiv:2511.01137.

    Examples
    --------
    >>> start = DeepLinearNetwork([[[2.0]], [[1.0]]])
    >>> path = weight_langevin(start, lambda X: X - 1.0, kappa=0.1, beta=1e6, dt=0.02, steps=5000, every=5000, rng=0)
    >>> path.network().end_to_end.round(2)  # w_1 = w_2 = w with w² = 1 − κ
    array([[0.9]])
    """
    network = as_network("network", network)
    kappa = positive_number("kappa", kappa, or_zero=True, remedy="weight decay shrinks")
    clock = _Clock(beta=beta, dt=dt, steps=steps, every=every, copies=copies)

    def step(layers: Sequence[Array], noise: Sequence[Array]) -> list[Array]:
        slopes = _layer_gradients(layers, gradient)
        moves = zip(layers, slopes, noise, strict=True)
        return [weight - clock.dt * (slope + kappa * weight) + kick for weight, slope, kick in moves]

    return _euler_maruyama(network.weights, gradient, step, clock, rng)


@dataclass(frozen=True, kw_only=True)
class _Clock:
    """Temperature, steps and records of a simulation, checked when made."""

    beta: float
    dt: float
    steps: int
    every: int
    copies: int

    def __post_init__(self):
        beta = real_number(
            "beta", self.beta, "an inverse temperature β > 0", lambda beta: beta > 0, remedy="inf stands for no noise"
        )
        dt = positive_number("dt", self.dt, remedy="it is the length of a step")
        whole = {argument: whole_number(argument, getattr(self, argument)) for argument in ("steps", "every", "copies")}
        vars(self).update(whole, beta=beta, dt=dt)
        if self.steps % self.every:
            raise InvalidArgumentError(
                "every", f"a divisor of steps = {self.steps}", f"{self.every}", "the last state is to be recorded, too"
            )


def _euler_maruyama(
    start: Sequence[Array], gradient: Any, step: _Step, clock: _Clock, rng: np.random.Generator | int | None
) -> LangevinPath:
    """Iterate `step` from copies of `start` and keep every so many states."""
    function("gradient", gradient, "a function X ↦ E'(X)")
    generator = as_generator(rng, optional=True)
    dtype = np.result_type(*start)  # one complex layer makes the gradients of all layers complex
    layers = [np.tile(weight.astype(dtype), (clock.copies, 1, 1)) for weight in start]
    records = [np.empty((clock.steps // clock.every + 1, *layer.shape), dtype=dtype) for layer in layers]
    scale = np.sqrt(2 * clock.dt / clock.beta)
    for k in range(clock.steps + 1):
        if k % clock.every == 0:
            for record, layer in zip(records, layers, strict=True):
                record[k // clock.every] = layer
        if k < clock.steps:
            noise = [scale * _normal(generator, layer) for layer in layers]
            with np.errstate(over="ignore", invalid="ignore"):  # refused below
                layers = step(layers, noise)
            _check_finite(layers, k + 1)
    times = clock.dt * clock.every * np.arange(clock.steps // clock.every + 1)
    return LangevinPath(times=frozen(times), weights=tuple(frozen(record) for record in records))


def _normal(generator: np.random.Generator, like: Array) -> Array:
    """Independent standard normal numbers in every real coordinate of an array like this one."""
    real = generator.standard_normal(like.shape)
    return real + 1j * generator.standard_normal(like.shape) if np.iscomplexobj(like) else real


def _layer_gradients(layers: Sequence[Array], gradient: Gradient) -> list[Array]:
    """Gradients L_k* E'(X) R_k* of the loss with respect to the layers, L_k = W_N ⋯ W_{k+1}, R_k = W_{k−1} ⋯ W_1."""
    products = [layers[0]]
    for weight in layers[1:]:
        products.append(weight @ products[-1])
    back = _evaluated(gradient, products[-1])
    slopes = []
    for weight, before in zip(layers[:0:-1], products[-2::-1], strict=True):
        slopes.append(back @ _adjoints(before))
        back = _adjoints(weight) @ back
    return [back, *reversed(slopes)]


def _evaluated(gradient: Gradient, X: Array) -> Array:
    """E'(X), with its shape and type checked."""
    value = np.asarray(gradient(X))
    if value.shape != X.shape or value.dtype.kind not in "iufc":
        raise InvalidArgumentError(
            "gradient",
            f"numbers of shape {X.shape} for matrices of shape {X.shape}",
            f"dtype {value.dtype} and shape {value.shape}",
            "let it act on the last two axes: the first one counts the copies",
        )
    if np.iscomplexobj(value) and not np.iscomplexobj(X):
        raise InvalidArgumentError(
            "gradient", "real values at real matrices", "complex ones", "start from a complex matrix or network"
        )
    return value


def _adjoints(stack: Array) -> Array:
    """Conjugate transposes of a stack of matrices."""
    return np.swapaxes(stack, -1, -2).conj()


def _check_finite(layers: Sequence[Array], step: int) -> None:
    if not all(np.isfinite(layer).all() for layer in layers):
        raise NumericalError(
            "dt", "paths that stay finite", f"overflow or NaN at step {step}", "take a shorter time step, or check E'"
        )
