r"""The regularizing flow of a network in weight space, for orbits that are not closed.

.. math:: \dot W = -(W - W^\perp), \qquad W^\perp_k = L_k^* Y R_k^*, \quad L_k = W_N ⋯ W_{k+1}, \; R_k = W_{k-1} ⋯ W_1,

where the normal part W^⊥ is the projection of W to the normal space of the orbit. On an orbit that is not closed the
gauge from W(0) to W(t) diverges, and an integration on the group needs ever more work; the layers themselves converge
to a balanced network over the same X. They are integrated here, and what the gauge group would conserve by construction
is conserved by correction.
"""

from collections.abc import Sequence

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arrays import EPS, Array, adjoint
from ..linalg.packing import packed, unpacked
from ..networks.network import DeepLinearNetwork
from ..networks.orbits import nearest_balanced
from ..networks.rank_profiles import RankProfile
from ..quiver.gram import Matrices
from ..quiver.integration import Counts, Progress, checked_rtol, total_norm
from .conserved_products import conserved_products, is_rigid
from .normal_space import DYING, NOTHING, NormalSpace

__all__ = ["HORIZON", "WeightFlow"]

#: Time at which e^{-t}, the slowest way in which layers approach their limit, is rounding.
HORIZON = -float(np.log(EPS))
#: Rate at which the flow pulls conserved products back; not above those of the flow itself, 1 and 2.
_RATE = 2.0
#: Longest step. At rates up to 2 the method of order 8 is stable up to a step of about 3; well below it the errors of
#: the moments decay with the moments.
_LONGEST_STEP = 1.0
#: Steps that an integration may take; 30 to 100 is usual.
_MOST_STEPS = 2000
#: (σ_r/σ_1)^{1−1/N}, the length of the shortest normal vector that matters at balanced networks, in units of those that
#: count as zero: at least this, since far from them it may be shorter.
_LEAST_LENGTH = 100.0
#: Newton steps that restore the conserved products; the second one is already below rounding as a rule.
_CORRECTIONS = 4
_CORRECTION = 200  # steps of conjugate gradients for one of them, part of which rounding may put out of reach
#: Distance of the last network from the balanced one that replaces it at t = ∞, relative to its norm and in units of
#: `rtol`: the sum of the local errors of some hundred steps.
_LARGEST_GAP = 1000.0


class WeightFlow:
    r"""Regularizing flow from a network, integrated in weight space.

    Parameters
    ----------
    network : DeepLinearNetwork
        Where it starts; rigid in the sense of :func:`dlnbalance.flows.conserved_products.is_rigid`.
    rtol : float
        Local error of a step, relative to the layers.
    counts : Counts
        Of right-hand sides and steps of conjugate gradients.
    progress : callable, optional
        Called with the finished share of the time, from 0 to 1.

    Raises
    ------
    InvalidArgumentError
        For a network that is not rigid (another flow would result) or whose singular values spread too far.

    Notes
    -----
    Ends first: W_1 = Ŵ_1P* with an orthonormal basis P of its rows, which gauges leave alone, and W_N likewise. Then
    SciPy's DOP853 of order 8. A right-hand side is one projection, see
    :class:`dlnbalance.flows.normal_space.NormalSpace`; it pulls the conserved products back at rate 2. At the times
    asked for a correction along the normal space makes them exact to rounding. The moments need none: G(t) =
    e^{-2t}G(0) holds for any Y.

    Examples
    --------
    >>> flow = WeightFlow(DeepLinearNetwork([[[4.0]], [[1.0]]]), rtol=1e-9, counts=Counts())
    >>> [[w.round(6).item() for w in network.weights] for network in flow.follow([0.0, 20.0])]
    [[4.0, 1.0], [2.0, 2.0]]
    """

    def __init__(self, network: DeepLinearNetwork, *, rtol: float, counts: Counts, progress: Progress | None = None):
        self.network, self.rtol, self.counts, self.progress = network, checked_rtol(rtol), counts, progress
        reason, profile = obstacle(network), network.rank_profile
        if reason is not None:
            raise InvalidArgumentError(
                "integrator", "a network whose orbit its partial products determine", reason, "use integrator='gauge'"
            )
        self._vanishes = profile.rank == 0
        if not self._vanishes:
            self._ends = _row_basis(network.weights[0], profile), _column_basis(network.weights[-1], profile)
            self._start = self._compressed(network.weights)
            inner = DeepLinearNetwork(self._start)
            self._products = conserved_products(self._start, inner.rank_profile)
            least = inner.depth * np.sum(inner.singular_values[: profile.rank] ** (2 / inner.depth))
            self._least_norm = float(np.sqrt(least))

    def follow(self, times: Sequence[float] | Array) -> list[DeepLinearNetwork]:
        """Networks at increasing finite times."""
        if self._vanishes:  # nothing keeps any layer: the normal part of W is zero
            self._report(1.0)
            return [DeepLinearNetwork([np.exp(-t) * w for w in self.network.weights]) for t in times]
        reached, weights, now = [], self._start, 0.0
        end = min(float(times[-1]), HORIZON)
        for stop in (min(float(t), HORIZON) for t in times):
            if stop > now:
                weights = self._corrected(self._integrated(weights, now, stop, end))
                now = stop
            reached.append(self.network if stop == 0 else self._expanded(weights))
        self._report(1.0)
        return reached

    def limit(self, last: DeepLinearNetwork) -> tuple[DeepLinearNetwork, float]:
        """Balanced network next to `last`, the one at the horizon, and its distance relative to ‖`last`‖.

        Raises
        ------
        NumericalError
            When it is not next to it.
        """
        found = nearest_balanced(last)
        size = self.network.norm if self._vanishes else last.norm
        distance = found.distance / (size or 1.0)
        if distance > _LARGEST_GAP * self.rtol:
            raise NumericalError(
                "t",
                "a balanced network next to the end of the flow",
                f"a relative distance of {distance:.1e}",
                f"ask for a finite time (at t = {HORIZON:.0f} nothing moves any more), or take network.center()",
            )
        return found.network, distance

    # -- one time after the other --------------------------------------------------------------------------------

    def _integrated(self, weights: Matrices, begin: float, stop: float, end: float) -> Matrices:
        from scipy.integrate import DOP853

        shapes, complex_entries = [weight.shape for weight in weights], np.iscomplexobj(weights[0])
        vector = packed(weights, complex_entries)
        solver = DOP853(
            lambda time, y: packed(self._slope(time, unpacked(y, shapes, complex_entries)), complex_entries),
            begin,
            vector,
            stop,
            max_step=_LONGEST_STEP,
            rtol=max(self.rtol, 100 * EPS),  # what SciPy accepts
            atol=self.rtol * self._least_norm / np.sqrt(vector.size),
        )
        steps = 0
        while solver.status == "running":
            if steps == _MOST_STEPS:
                raise _out_of_reach(solver.t, f"{steps} steps")
            message = solver.step()
            if solver.status == "failed":
                raise _out_of_reach(solver.t, str(message))
            steps += 1
            self._report(solver.t / end)
        return unpacked(solver.y, shapes, complex_entries)

    def _slope(self, time: float, weights: Matrices) -> Matrices:
        self.counts.evaluations += 1
        pull = [_RATE * (p.value - p.at(weights)) for p in self._products]
        downhill = [-weight for weight in weights]
        # a hundredth of the error of a step, so that it does not show in its estimate
        found = NormalSpace(weights, self._products).nearest(downhill, pull, rtol=1e-2 * self.rtol)
        self.counts.linear_iterations += found.iterations
        if not found.converged:
            raise _out_of_reach(time, f"{found.iterations} steps of conjugate gradients for one projection")
        return found.value

    def _corrected(self, weights: Matrices) -> Matrices:
        """Make the conserved products exact to rounding, by the smallest changes of the layers that do."""
        missing = [p.value - p.at(weights) for p in self._products]
        nothing: Matrices = [np.zeros_like(weight) for weight in weights]
        for _ in range(_CORRECTIONS):
            # three digits a step: a Newton step is not better than that before the last one
            found = NormalSpace(weights, self._products).nearest(
                nothing, missing, rtol=1e-3, max_iterations=_CORRECTION
            )
            self.counts.linear_iterations += found.iterations
            moved: Matrices = [weight + v for weight, v in zip(weights, found.value, strict=True)]
            left = [p.value - p.at(moved) for p in self._products]
            if not total_norm(left) < total_norm(missing):
                break
            weights, missing = moved, left
        return weights

    def _report(self, share: float) -> None:
        if self.progress is not None:
            self.progress(min(share, 1.0))

    # -- ends that gauges leave alone ----------------------------------------------------------------------------

    def _compressed(self, weights: Sequence[Array]) -> Matrices:
        rows, columns = self._ends
        dtype = np.result_type(*weights)  # one for all, since they go into one vector
        inner: Matrices = [np.asarray(weight, dtype) for weight in weights]
        inner[0] = inner[0] @ rows
        inner[-1] = adjoint(columns) @ inner[-1]
        return inner

    def _expanded(self, weights: Sequence[Array]) -> DeepLinearNetwork:
        rows, columns = self._ends
        outer = list(weights)
        outer[0] = outer[0] @ adjoint(rows)
        outer[-1] = columns @ outer[-1]
        return DeepLinearNetwork(outer)


def obstacle(network: DeepLinearNetwork) -> str | None:
    """Say in words what keeps a network from being integrated in weight space; None where nothing does."""
    profile = network.rank_profile
    if profile.rank == 0:
        return None
    if not is_rigid(profile):
        return (
            "one with layers of lower rank than X and the ends require, which the orbit keeps and small errors do not"
        )
    values = network.singular_values
    length = (values[profile.rank - 1] / (values[0] or 1.0)) ** (1 - 1 / network.depth)
    full = profile.rank == min(profile.layer_ranks[0], profile.layer_ranks[-1])
    if length < _LEAST_LENGTH * (NOTHING if full else DYING):
        return f"one whose singular values spread from {values[0]:.1e} to {values[profile.rank - 1]:.1e}"
    return None


def _row_basis(weight: Array, profile: RankProfile) -> Array:
    return adjoint(la.svd(weight, full_matrices=False)[2])[:, : profile.layer_ranks[0]]


def _column_basis(weight: Array, profile: RankProfile) -> Array:
    return la.svd(weight, full_matrices=False)[0][:, : profile.layer_ranks[-1]]


def _out_of_reach(time: float, received: str) -> NumericalError:
    return NumericalError(
        "t",
        "times up to which the flow can be followed",
        f"{received} at t = {time:.3g}",
        "end earlier, raise rtol, truncate the network first, or use the Kirwan–Ness flow",
    )
