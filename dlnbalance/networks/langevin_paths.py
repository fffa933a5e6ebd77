"""Ensembles of Langevin paths: the Euler–Maruyama iteration, its records, and the arguments of a simulation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ..drawable import Drawable
from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import positive_number, real_number
from ..linalg.arrays import Array, as_generator, frozen, whole_number
from .network import DeepLinearNetwork

__all__ = ["LangevinPath"]

#: One Euler–Maruyama step: layers and scaled noise of the same shapes to the next layers.
Step = Callable[[Sequence[Array], Sequence[Array]], list[Array]]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LangevinPath(Drawable):
    """Recorded states of an ensemble of independent Langevin paths.

    Attributes
    ----------
    times : (K,) ndarray
        Times of the records, from 0.
    weights : tuple of (K, copies, d_k, d_{k-1}) ndarray
        The layers W_1, …, W_N; for a process of end-to-end matrices the single entry X.

    See Also
    --------
    dlnbalance.networks.langevin.riemannian_langevin : Langevin dynamics of end-to-end matrices.
    dlnbalance.networks.langevin.weight_langevin : noisy training with weight decay.

    Examples
    --------
    >>> LangevinPath(times=np.array([0.0]), weights=(np.zeros((1, 5, 1, 1)),)).times.tolist()
    [0.0]
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


@dataclass(frozen=True, kw_only=True)
class Clock:
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


def euler_maruyama(
    start: Sequence[Array], step: Step, clock: Clock, *, rng: np.random.Generator | int | None
) -> LangevinPath:
    """Iterate `step` from copies of `start` and keep every so many states."""
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
            noise = [scale * _standard_normal(generator, layer) for layer in layers]
            with np.errstate(over="ignore", invalid="ignore"):  # refused below
                layers = step(layers, noise)
            _check_finite(layers, k + 1)
    times = clock.dt * clock.every * np.arange(clock.steps // clock.every + 1)
    return LangevinPath(times=frozen(times), weights=tuple(frozen(record) for record in records))


def _standard_normal(generator: np.random.Generator, like: Array) -> Array:
    """Independent standard normal numbers in every real coordinate of an array like this one."""
    real = generator.standard_normal(like.shape)
    return real + 1j * generator.standard_normal(like.shape) if np.iscomplexobj(like) else real


def _check_finite(layers: Sequence[Array], step: int) -> None:
    if not all(np.isfinite(layer).all() for layer in layers):
        raise NumericalError(
            "dt", "paths that stay finite", f"overflow or NaN at step {step}", "take a shorter time step, or check E'"
        )
