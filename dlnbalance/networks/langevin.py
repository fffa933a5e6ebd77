r"""Langevin dynamics of deep linear networks, on end-to-end matrices and in weight space.

Noise at inverse temperature β turns a flow into a diffusion with a stationary density. Two of them:

* Riemannian Langevin dynamics on (M_d, g^N), the image of noisy training that stays on the balanced manifold. It
  descends the free energy E − S/β, S the entropy of :func:`dlnbalance.networks.geometry.entropy`;
* noisy training with weight decay in the space of weights, which is what selects balanced networks: its stationary
  density is :math:`\exp(-β(E + ½κ‖W‖^2))`.

Both are the usual Langevin process at depth one. Itô's convention throughout; a Brownian motion B has independent
standard normal increments per unit of time in every real coordinate (real and imaginary parts of a complex entry).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..linalg.arguments import flag, positive_number
from ..linalg.arrays import Array, as_matrix
from .end_to_end_operators import checked_depth, operator_eigenvalues
from .entropies import checked_full_rank, mean_powers
from .langevin_paths import Clock, LangevinPath, euler_maruyama
from .loss_gradients import Gradient, checked_gradient, layer_gradients
from .network import DeepLinearNetwork, as_network

__all__ = ["LangevinPath", "brownian_drift", "riemannian_langevin", "weight_langevin"]


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

    See Also
    --------
    dlnbalance.networks.langevin.riemannian_langevin : Langevin dynamics of end-to-end matrices.

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

    See Also
    --------
    dlnbalance.networks.langevin.weight_langevin : noisy training with weight decay.
    dlnbalance.networks.langevin.brownian_drift : Itô drift of the Langevin dynamics without a loss.

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
    clock = Clock(beta=beta, dt=dt, steps=steps, every=every, copies=copies)
    evaluated = checked_gradient(gradient, stacked=True)
    entropic, normalized = flag("entropic", entropic), flag("normalized", normalized)
    scale = depth if normalized else 1
    is_complex = np.iscomplexobj(X)

    def step(layers: Sequence[Array], noise: Sequence[Array]) -> list[Array]:
        (point,), (kick,) = layers, noise
        slope = evaluated(point)
        if depth == 1:
            return [point - clock.dt * slope + kick]
        left, values, right = np.linalg.svd(point)
        eigenvalues = operator_eigenvalues(values, values, depth, normalized=normalized)
        drift = _drift_values(values, depth, is_complex, entropic) / (scale * clock.beta)
        left_adjoint, right_adjoint = left.conj().mT, right.conj().mT
        change = np.sqrt(eigenvalues) * (left_adjoint @ kick @ right_adjoint)
        change = change - clock.dt * eigenvalues * (left_adjoint @ slope @ right_adjoint)
        return [point + left @ change @ right + clock.dt * (left * drift[..., None, :]) @ right]

    return euler_maruyama([X], step, clock, rng=rng)


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
    beta, dt, steps, every, copies, rng
        As for :func:`riemannian_langevin`.

    Returns
    -------
    LangevinPath

    Raises
    ------
    InvalidArgumentError, NumericalError
        As :func:`riemannian_langevin`.

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

    See Also
    --------
    dlnbalance.networks.langevin.riemannian_langevin : Langevin dynamics of end-to-end matrices.
    dlnbalance.flows.weight_decay : gradient flow of a loss with weight decay.

    Examples
    --------
    >>> start = DeepLinearNetwork([[[2.0]], [[1.0]]])
    >>> path = weight_langevin(start, lambda X: X - 1.0, kappa=0.1, beta=1e6, dt=0.02, steps=5000, every=5000, rng=0)
    >>> path.network().end_to_end.round(2)  # w_1 = w_2 = w with w² = 1 − κ
    array([[0.9]])
    """
    network = as_network("network", network)
    kappa = positive_number("kappa", kappa, or_zero=True, remedy="weight decay shrinks")
    clock = Clock(beta=beta, dt=dt, steps=steps, every=every, copies=copies)
    evaluated = checked_gradient(gradient, stacked=True)

    def step(layers: Sequence[Array], noise: Sequence[Array]) -> list[Array]:
        slopes = layer_gradients(layers, evaluated)
        moves = zip(layers, slopes, noise, strict=True)
        return [weight - clock.dt * (slope + kappa * weight) + kick for weight, slope, kick in moves]

    return euler_maruyama(network.weights, step, clock, rng=rng)
