"""The bases of all kinds of second-order balancing, against a transcription of their definitions in plain NumPy."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import NumericalError, OrderError
from dlnbalance.gramians import SecondOrderGramians
from dlnbalance.networks.factor_pairs import FactorPair
from dlnbalance.structured.second_order_balancing import Halves, bases, one_sided_bases, pair_of

from ..models import random_matrix

KINDS = ("p", "v", "pv", "vp", "fv", "so")


def model(*, complex_entries=False, n=7, m=2, p=3):
    """A stable model without any symmetry: gyroscopic damping, positions and velocities measured."""
    rng = np.random.default_rng(11)

    def definite(least):
        X = random_matrix(rng, n, n, complex_entries=complex_entries)
        return X @ X.conj().T / n + least * np.eye(n)

    M, D, K = definite(0.5), definite(0.3), definite(1.0)
    X = 0.1 * random_matrix(rng, n, n, complex_entries=complex_entries)
    B, Cp, Cv = (random_matrix(rng, *size, complex_entries=complex_entries) for size in ((n, m), (p, n), (p, n)))
    return dln.SecondOrderSystem(M, D + X - X.conj().T, K + 0.3 * X, B, Cp, Cv, feedthrough=np.ones((p, m)))


def root(G):
    """A factor of a Gramian, by its eigenvalues."""
    values, vectors = la.eigh((G + G.conj().T) / 2)
    return vectors * np.sqrt(np.maximum(values, 0))


def transcribed(system, kind, r):
    """Gain of the reduced model and singular values, after the definitions of Reis–Stykel and Chahlaoui et al."""
    M, D, K, B, Cp, Cv = system.M, system.D, system.K, system.B, system.C_position, system.C_velocity
    n = len(M)
    E = la.block_diag(np.eye(n), M)
    A = la.solve(E, np.block([[np.zeros((n, n)), np.eye(n)], [-K, -D]]))
    b, c = la.solve(E, np.vstack([0 * B, B])), np.hstack([Cp, Cv])
    P = la.solve_continuous_lyapunov(A, -b @ b.conj().T)
    Q = la.solve_continuous_lyapunov(A.conj().T, -c.conj().T @ c)  # in the coordinates (x, x')
    Y = la.solve(E.conj().T, la.solve(E.conj().T, Q).conj().T)
    pc, vc, po, vo = root(P[:n, :n]), root(P[n:, n:]), root(Y[:n, :n]), root(Y[n:, n:])
    Up, sp, Vp = la.svd(po.conj().T @ pc)
    Uv, sv, Vv = la.svd(vo.conj().T @ M @ vc)
    Upv, spv, Vpv = la.svd(vo.conj().T @ M @ pc)
    _, svp, Vvp = la.svd(po.conj().T @ vc)
    leading = slice(0, r)
    V1, W1 = pc @ Vp.conj().T[:, leading], po @ Up[:, leading]
    V2, W2 = vc @ Vv.conj().T[:, leading], vo @ Uv[:, leading]
    V, W, s = {
        "p": (V1, W2, sp),
        "v": (V2, W2, sv),
        "pv": (pc @ Vpv.conj().T[:, leading], vo @ Upv[:, leading], spv),
        "vp": (vc @ Vvp.conj().T[:, leading], W2, svp),
        "fv": (V1, V1, sp),
        "so": (V2, W2, sp),
    }[kind]
    X = V1 @ la.solve(W1.conj().T @ V1, W1.conj().T @ V2) if kind == "so" else V

    def gain(point):
        H = W.conj().T
        states = la.solve(point**2 * H @ M @ V + point * H @ D @ V + H @ K @ X, H @ B)
        return (Cp @ X + point * Cv @ V) @ states + system.feedthrough

    return gain, s


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", [1, 3, 5])
def test_kinds_are_what_they_are_defined_to_be(kind, order, complex_entries):
    system = model(complex_entries=complex_entries)
    result = dln.reduce(system, order, gramians=SecondOrderGramians(kind))
    gain, values = transcribed(system, kind, order)
    assert np.abs(result.hsv - values).max() < 1e-10 * values[0]
    for point in (0.0, 0.7j, 2j, 1.0 - 3j, 50.0):
        expected = gain(point)
        assert la.norm(result.system(point) - expected) < 1e-8 * la.norm(expected)
    assert np.abs(result.left.conj().T @ result.right - np.eye(order)).max() < 1e-10


@pytest.mark.parametrize("kind", KINDS)
def test_the_full_order_is_the_model_itself(kind):
    system = model()
    result = dln.reduce(system, 7, gramians=SecondOrderGramians(kind))
    for point in (0.3j, 2j, 1.0):
        assert la.norm(result.system(point) - system(point)) < 1e-8 * la.norm(system(point))
    assert float(result.error()) < 1e-7


def halves_of(n, k):
    rng = np.random.default_rng(0)
    return Halves.of(FactorPair([rng.standard_normal((2 * n, 4 * n)), rng.standard_normal((k, 2 * n))]))


def test_blocks_have_no_more_columns_than_rows():
    halves = halves_of(3, 2)
    assert {Z.shape for Z in halves.reach.values()} == {(3, 3)}
    assert {Z.shape for Z in halves.observe.values()} == {(3, 2)}


def test_orders_above_those_of_the_velocities_are_refused():
    rng = np.random.default_rng(0)
    reach = rng.standard_normal((8, 4))
    reach[4:, 1:] = 0  # one velocity is reached
    halves = Halves.of(FactorPair([reach, rng.standard_normal((4, 8))]))
    for kind in ("p", "so"):
        with pytest.raises(OrderError, match="at most 1"):
            bases(kind, halves, pair_of(kind, halves), 2, np.eye(4), lambda right: right)


def test_singular_reduced_masses_are_refused():
    with pytest.raises(NumericalError, match="reduced mass matrix"):
        one_sided_bases(np.eye(2)[:, :1], np.array([[0.0, 1.0], [1.0, 0.0]]))
