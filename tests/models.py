"""Random matrices, pencils, networks and quivers that several test modules build, and a way to compare."""

from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from dlnbalance.examples import convection_diffusion
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.quiver.representation import Arrow, Representation
from dlnbalance.systems.linear_system import LinearSystem

#: Beginning of a script that SIGINT interrupts even where the tests run in the background, and hence ignore it.
INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


def assert_small(value, scale, bound):
    """Assert value ≤ bound · eps · scale, so that every tolerance is a multiple of the rounding unit.

    The comments beside the calls say which multiple was the largest seen, over nine seeds of `rng`.
    """
    assert np.isfinite(value), f"not a finite number: {value}"
    limit = bound * EPS * scale
    assert value <= limit, f"{value:.3e} exceeds {limit:.3e} = {bound} eps · {scale:.3e}"


def random_matrix(rng, rows, columns, *, complex_entries=False):
    """Gaussian matrix with entries of unit variance."""
    matrix = rng.standard_normal((rows, columns))
    if complex_entries:
        matrix = (matrix + 1j * rng.standard_normal((rows, columns))) / np.sqrt(2)
    return matrix


def random_unitary(rng, n, *, complex_entries=False):
    """Haar-distributed orthogonal or unitary matrix."""
    Q, R = np.linalg.qr(random_matrix(rng, n, n, complex_entries=complex_entries))
    return Q * (np.diag(R) / np.abs(np.diag(R)))


def random_gauge(rng, n, *, complex_entries=False):
    """Invertible matrix, neither unitary nor triangular, with singular values in [1/2, 2]."""
    left = random_unitary(rng, n, complex_entries=complex_entries)
    return (left * np.geomspace(0.5, 2, n)) @ random_unitary(rng, n, complex_entries=complex_entries)


def random_hermitian(rng, n, *, complex_entries=False):
    """Gaussian symmetric or Hermitian matrix."""
    matrix = random_matrix(rng, n, n, complex_entries=complex_entries)
    return (matrix + adjoint(matrix)) / 2


def random_pencil(rng, n, *, complex_entries=False, discrete=False, descriptor=False):
    """Stable pencil (A, E) with a full matrix A, and E either None or well-conditioned."""
    A = random_matrix(rng, n, n, complex_entries=complex_entries) / max(np.sqrt(n), 1)
    if n:
        poles = np.linalg.eigvals(A)
        A = A * (0.9 / np.abs(poles).max()) if discrete else A - (poles.real.max() + 0.1) * np.eye(n)
    if not descriptor:
        return A, None
    E = random_gauge(rng, n, complex_entries=complex_entries)
    return E @ A, E


def random_system(rng, n, m, p, *, complex_entries=False, discrete=False, descriptor=False, feedthrough=True):
    """Stable system with Gaussian input, output and feedthrough matrices."""
    A, E = random_pencil(rng, n, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    B, C = random_matrix(rng, n, m, complex_entries=complex_entries), random_matrix(rng, p, n)
    D = random_matrix(rng, p, m) if feedthrough else None
    return LinearSystem(A, B, C, D, E=E, dt=0.1 if discrete else 0)


def grid_system(rng, *, complex_entries=False, discrete=False, descriptor=False, side=9, m=2, p=3):
    """Convection and diffusion on a small grid with several inputs and outputs; sampled by the midpoint rule."""
    A = convection_diffusion(side, (5.0, 8.0)).A
    n = A.shape[0]
    E = None
    if complex_entries:
        A = A + 20j * sp.diags_array(np.linspace(-1, 1, n))
    if descriptor:
        E = sp.diags_array([np.full(n - 1, 0.2), np.linspace(1, 3, n), np.full(n - 1, 0.1)], offsets=[-1, 0, 1])
    if discrete:
        unit = sp.eye_array(n) if E is None else E
        A, E = unit + 2e-3 * A, unit - 2e-3 * A
    B, C = random_matrix(rng, n, m, complex_entries=complex_entries), random_matrix(rng, p, n)
    return LinearSystem(sp.csc_array(A), B, C, E=E, dt=0.1 if discrete else 0)


def random_weights(rng, widths, *, complex_entries=False, rank=None):
    """Layers of the given widths; the first one of the given rank."""
    layers = [random_matrix(rng, b, a, complex_entries=complex_entries) for a, b in pairwise(widths)]
    if rank is not None:
        thin = random_matrix(rng, rank, widths[0], complex_entries=complex_entries)
        layers[0] = random_matrix(rng, widths[1], rank, complex_entries=complex_entries) @ thin
    return layers


def random_network(rng, widths, *, complex_entries=False, rank=None):
    """Network of Gaussian layers; the rank of its end-to-end matrix can be limited."""
    return DeepLinearNetwork(random_weights(rng, widths, complex_entries=complex_entries, rank=rank))


#: Quivers by name: dimensions of the vertices, arrows (tail, head), gauged vertices.
QUIVERS = {
    "chain": ({"in": 4, "h1": 2, "h2": 3, "out": 5}, ["in-h1", "h1-h2", "h2-out"], ["h1", "h2"]),
    "wide chain": ({"in": 3, "h1": 4, "h2": 2, "out": 5}, ["in-h1", "h1-h2", "h2-out"], ["h1", "h2"]),
    "factor pair": ({"past": 6, "x": 3, "future": 4}, ["past-x", "x-future"], ["x"]),
    "state space": ({"in": 2, "x": 4, "out": 3}, ["in-x", "x-out", "x-x"], ["x"]),
    "several loops": ({"in": 2, "x": 3, "out": 2}, ["in-x", "x-out", "x-x", "x-x", "x-x"], ["x"]),
    "parallel arrows": ({"v": 3, "w": 2}, ["v-w", "v-w", "v-w", "w-v"], ["v", "w"]),
    "cycle": (
        {"a": 2, "b": 4, "c": 3, "in": 1, "out": 2},
        ["a-b", "b-c", "c-a", "in-a", "in-b", "in-c", "a-out", "b-out", "c-out"],
        ["c", "a", "b"],
    ),
}


def random_representation(rng, quiver, *, complex_entries=False):
    """Gaussian representation of one of the `QUIVERS`."""
    dimensions, arrows, gauged = QUIVERS[quiver]
    ends = [arrow.split("-") for arrow in arrows]
    return Representation(
        [
            Arrow(
                tail,
                head,
                random_matrix(rng, dimensions[head], dimensions[tail], complex_entries=complex_entries),
            )
            for tail, head in ends
        ],
        gauged,
    )


def random_direction(rng, representation, *, complex_entries=False):
    """One Gaussian matrix at every gauged vertex: an element of the Lie algebra of the gauge group."""
    return [random_matrix(rng, n, n, complex_entries=complex_entries) for n in representation.dimensions]


def inner(left, right):
    """Real inner product Σ ⟨X_i, Y_i⟩ = Re Σ tr(X_i* Y_i) of two tuples of matrices."""
    return float(sum(np.vdot(x, y).real for x, y in zip(left, right, strict=True)))


def norm(matrices):
    """Norm of a tuple of matrices that goes with `inner`."""
    return np.sqrt(inner(matrices, matrices))


def random_steps(rng, states, inputs, outputs, *, complex_entries=False, radius=0.7):
    """Matrices (A, B, C, D) of the steps between times with the given numbers of states.

    The state matrices are scaled so that their product has the given spectral radius, where it is square and not zero.
    """
    options = {"complex_entries": complex_entries}
    A = [random_matrix(rng, b, a, **options) / np.sqrt(max(a, 1)) for a, b in pairwise(states)]
    product = np.eye(states[0])
    for matrix in A:
        product = matrix @ product
    square = product.size and product.shape[0] == product.shape[1]
    size = (np.abs(np.linalg.eigvals(product)).max() if square else 0.0) or 1.0
    A = [matrix * (radius / size) ** (1 / len(A)) for matrix in A]
    B = [random_matrix(rng, n, m, **options) for n, m in zip(states[1:], inputs, strict=True)]
    C = [random_matrix(rng, p, n, **options) for n, p in zip(states[:-1], outputs, strict=True)]
    D = [random_matrix(rng, p, m, **options) for m, p in zip(inputs, outputs, strict=True)]
    return A, B, C, D


def mass_chain(masses, *, damping, between=False, free=False):
    """Chain of unit masses and springs, sparse; dampers to the ground or between neighbours; the ends may be free."""
    stiffness = np.full(masses, 2.0)
    if free:
        stiffness[[0, -1]] = 1
    off = -np.ones(masses - 1)
    K, one = sp.diags_array([stiffness, off, off], offsets=[0, 1, -1]), sp.eye_array(masses)
    A = sp.block_array([[None, one], [-K, -damping * (K if between else one)]]).tocsc()
    states = np.eye(2 * masses)
    return LinearSystem(A, states[:, masses : masses + 1], states[masses - 1 : masses], E=sp.eye_array(2 * masses))
