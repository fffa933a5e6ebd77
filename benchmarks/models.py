"""The systems that benchmarks are about, as matrices: random, oscillating, lightly damped, with E, and from files."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln

FILES = ("build", "pde", "CDplayer", "heat-cont", "iss")


class Matrices(NamedTuple):
    """E x' = A x + B u, y = C x + D u, in continuous (dt = 0) or discrete time."""

    A: Any
    B: Any
    C: Any
    E: Any = None
    dt: float | bool = 0
    D: Any = None

    @property
    def n(self):
        return self.A.shape[0]

    @property
    def feedthrough(self):
        return np.zeros((self.C.shape[0], self.B.shape[1])) if self.D is None else self.D

    def system(self):
        """A new LinearSystem, which has computed nothing yet."""
        return dln.LinearSystem(self.A, self.B, self.C, self.D, E=self.E, dt=self.dt)

    def explicit(self):
        """The matrices of E⁻¹A, E⁻¹B: what a routine without E has to start with."""
        if self.E is None:
            return self
        solved = la.solve(self.E, np.hstack([self.A, self.B]))
        return self._replace(A=solved[:, : self.n], B=solved[:, self.n :], E=None)


def random(n, *, discrete=False, seed=0):
    """Gaussian entries, shifted or scaled to be stable; two inputs and two outputs."""
    rng = np.random.default_rng(seed)
    A, B, C = rng.standard_normal((n, n)), rng.standard_normal((n, 2)), rng.standard_normal((2, n))
    poles = la.eigvals(A)
    if discrete:
        return Matrices(0.95 / np.abs(poles).max() * A, B, C, dt=True)
    return Matrices(A - (poles.real.max() + 0.1 * np.sqrt(n)) * np.eye(n), B, C)


def with_descriptor(n, seed=0):
    """The random system, its equations mixed by a well-conditioned E."""
    explicit = random(n, seed=seed)
    E = np.eye(n) + 0.3 / np.sqrt(n) * np.random.default_rng(seed + 1).standard_normal((n, n))
    return explicit._replace(A=E @ explicit.A, B=E @ explicit.B, E=E)


def oscillators(n, damping=(0.02, 0.12), *, discrete=False, seed=0):
    """n/2 oscillators from 0.1 to 1000 rad/s (n is even), damping ratios in a range, in orthogonal coordinates.

    In discrete time they are sampled, exactly, at a rate of 1 kHz.
    """
    rng = np.random.default_rng(seed)
    frequency, ratio = np.geomspace(0.1, 1000, n // 2), rng.uniform(*damping, n // 2)
    blocks = np.array([[-ratio, np.sqrt(1 - ratio**2)], [-np.sqrt(1 - ratio**2), -ratio]]) * frequency
    if discrete:
        blocks = la.expm(1e-3 * blocks.transpose(2, 0, 1)).transpose(1, 2, 0)
    Q = la.qr(rng.standard_normal((n, n)))[0]
    A = Q @ la.block_diag(*blocks.transpose(2, 0, 1)) @ Q.T
    return Matrices(A, rng.standard_normal((n, 2)), rng.standard_normal((2, n)), dt=1e-3 if discrete else 0)


def lightly_damped(n):
    """Oscillators of damping ratios from 0.001 to 0.005."""
    return oscillators(n, (0.001, 0.005))


def discrete_random(n):
    """The random system in discrete time."""
    return random(n, discrete=True)


def discrete_oscillators(n):
    """The oscillators, sampled."""
    return oscillators(n, discrete=True)


def hiding(n):
    """A random system of which the inputs miss a fifth of the states, and the outputs another one."""
    rng, hidden = np.random.default_rng(0), n // 5
    A, B, C = random(n)[:3]
    A[:hidden, hidden:], B[:hidden] = 0, 0
    A[: n - hidden, n - hidden :], C[:, n - hidden :] = 0, 0
    Q = la.qr(rng.standard_normal((n, n)))[0]
    return Matrices(Q @ A @ Q.T, Q @ B, C @ Q.T)


#: By their names in the tables: models of any even number of states.
FAMILIES = {
    "random": random,
    "random, discrete": discrete_random,
    "random, with E": with_descriptor,
    "oscillators": oscillators,
    "oscillators, discrete": discrete_oscillators,
    "lightly damped": lightly_damped,
}


def folder():
    """The folder of reference models, or None."""
    name = os.environ.get("DLNBALANCE_DATA")
    return Path(name) if name else None


def stored(name):
    """A reference model, explicit and dense."""
    A, B, C, D, dt = dln.load(folder() / f"{name}.mat").to_tuple()
    return Matrices(A, B, C, None, dt, D)


def chain(damping, masses=1000):
    """Masses in a row with springs and dampers between them, held at both ends; sparse, two states a mass."""
    K = sp.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(masses, masses), format="csc")
    force = np.zeros((masses, 1))
    force[0] = 1.0
    return dln.SecondOrderSystem(sp.eye_array(masses, format="csc"), damping * K, K, force, force.T).first_order()


def modes(n, damping=0.005, inputs=3):
    """n/2 modes of one damping ratio, from 0.1 to 1000 rad/s, as sparse blocks."""
    rng, frequency = np.random.default_rng(0), np.geomspace(0.1, 1000, n // 2)
    blocks = [np.array([[0.0, w], [-w, -2 * damping * w]]) for w in frequency]
    A = sp.block_diag(blocks, format="csc")
    return dln.LinearSystem(A, rng.standard_normal((n, inputs)), rng.standard_normal((inputs, n)))
