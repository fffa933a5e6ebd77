"""Two kinds of Gramians and a class of models that the library does not have: what an extension takes."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.files.model_formats import system_from_arrays, system_to_arrays
from dlnbalance.gramians.automatic import Automatic
from dlnbalance.gramians.base import Gramians, GramianStrategy
from dlnbalance.linalg.arrays import adjoint, dense
from dlnbalance.networks.factor_pairs import FactorPair
from dlnbalance.norms.measured import Measured
from dlnbalance.structured.model import Model


@dataclass(frozen=True)
class Moved(GramianStrategy):
    """Gramians of A + alpha I, of signals that are weighed by exp(alpha t); they prove the error at Re s = -alpha."""

    alpha: float = 0.25

    name = "moved"
    description = "the Lyapunov equations of A + alpha I; proves the error on the line Re s = -alpha"
    values_name = "moved Hankel singular values"

    def solve(self, system):
        if system.is_discrete:
            raise InvalidArgumentError("system", "continuous time", f"dt = {system.dt}", "use Lyapunov()")
        A, B, C, D, _ = system.explicit().to_tuple()
        moved = dln.LinearSystem(dense(A) + self.alpha * np.eye(len(B)), B, C, D)
        return Gramians(network=dln.Lyapunov()(moved), how=f"{self}")

    def error_bounds(self, values, order, floor):
        proved = dln.Lyapunov().error_bounds(values, order, floor)
        return proved._replace(measure=f"gain of the error at Re s = -{self.alpha:g}")


@dataclass(frozen=True)
class Sampled(GramianStrategy):
    """Gramians of sampled impulse responses (snapshots); they prove nothing."""

    horizon: float = 20.0
    samples: int = 400

    name = "sampled"
    description = "snapshots of the impulse responses of a continuous system and its dual; proves nothing"
    values_name = "sampled Hankel singular values"

    def solve(self, system):
        A, B, C, _, _ = system.explicit().to_tuple()
        step = self.horizon / self.samples
        advance = la.expm(step * dense(A))
        reach, observe = [step**0.5 * la.expm(step / 2 * dense(A)) @ B], [step**0.5 * C @ la.expm(step / 2 * dense(A))]
        for _ in range(self.samples - 1):  # the midpoint rule for the integrals of both Gramians
            reach.append(advance @ reach[-1])
            observe.append(observe[-1] @ advance)
        network = FactorPair([np.hstack(reach), np.vstack(observe)])
        return Gramians(network=network, how=f"{self.samples} snapshots of {self.horizon:g} s", complete=False)


class DelayedSystem(Model):
    """A linear system behind a dead time, G(s) exp(-s delay), which reduction leaves alone."""

    measure = "H∞ error behind the dead time"

    def __init__(self, system, delay):
        self.linear, self.delay = dln.as_system(system), float(delay)

    nstates = property(lambda self: self.linear.nstates)
    is_stable = property(lambda self: dln.gramians.is_stable(self.linear))

    def factor_pairs(self, gramians=Automatic()):
        del gramians
        return (dln.Lyapunov()(self.linear),)  # the bound needs all values

    def project(self, transforms, inverses):
        return type(self)(self.linear.project(adjoint(transforms[0]), inverses[0]), self.delay)

    def distance(self, other):
        peak = dln.hinf_norm(self.linear - other.linear)
        return Measured(value=peak.value, norm=self.measure, place=peak.place)

    def error_bounds(self, values, order, floor):
        return dln.Lyapunov().error_bounds(values, order, floor)._replace(measure=self.measure)

    def linear_systems(self):
        return {"without dead time": self.linear}

    def to_arrays(self):
        return system_to_arrays(self.linear) | {"delay": np.array(self.delay)}

    @classmethod
    def from_arrays(cls, arrays):
        return cls(system_from_arrays({k: v for k, v in arrays.items() if k != "delay"}), arrays["delay"])

    def __repr__(self):
        return f"DelayedSystem: {self.nstates} states behind {self.delay:g} s"
