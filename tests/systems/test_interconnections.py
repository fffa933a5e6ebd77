"""Systems connected by constant gains: the response, exact zeros, and loops that have no solution."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import NumericalError
from dlnbalance.systems import interconnections
from dlnbalance.systems.interconnections import Wiring, interconnected
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small
from .models import POINTS, dense_system, transfer


@pytest.fixture
def systems(rng, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete}
    first = dense_system(rng, 3, 2, 1, descriptor=descriptor, **options)
    static = LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), 0.5, dt=first.dt)
    return [first, static, dense_system(rng, 4, 1, 3, **options)]


def test_any_wiring(rng, systems):
    m, p = 4, 5
    wiring = Wiring(0.1 * rng.standard_normal((m, p)), rng.standard_normal((m, 2)), rng.standard_normal((3, p)))
    whole = LinearSystem(**interconnected(systems, wiring)._asdict())
    for point in POINTS:
        G = la.block_diag(*(transfer(system, point) for system in systems))
        inverse = np.linalg.inv(np.eye(p) - G @ wiring.feedback)
        value = wiring.leaving @ inverse @ G @ wiring.entering
        size = la.norm(wiring.leaving) * la.norm(inverse) * la.norm(G) * la.norm(wiring.entering)
        assert_small(la.norm(whole(point) - value), size, 60)


def test_sparse_is_the_same(rng, systems):
    wiring = Wiring(0.1 * rng.standard_normal((4, 5)), rng.standard_normal((4, 2)), rng.standard_normal((3, 5)))
    dense = interconnected(systems, wiring)
    sparse = interconnected([systems[0].replaced(A=sp.csc_array(systems[0].A)), *systems[1:]], wiring)
    assert sp.issparse(sparse.A)
    assert_small(la.norm(sparse.A.toarray() - dense.A), la.norm(dense.A), 8)
    for one, other in zip(sparse[1:4], dense[1:4], strict=True):
        assert_small(la.norm(one - other), la.norm(other), 8)


def test_what_is_not_connected_stays_apart(rng):
    """Systems in loops of their own, one behind the other in any order: exact zeros where no signal goes."""
    order = [2, 0, 3, 1]
    systems = [dense_system(rng, 2, 3, 3) for _ in order]
    before = np.array([[order[i] >= order[j] for j in range(4)] for i in range(4)])
    for _ in range(20):  # pivoting couples them by rounding in every third case
        feedback = (
            np.kron(before, np.ones((3, 3))) * rng.standard_normal((12, 12)) * 10.0 ** rng.integers(-3, 3, (12, 1))
        )
        blocks = interconnected(systems, Wiring(feedback, np.eye(12), np.eye(12)))
        assert not blocks.A[np.kron(before, np.ones((2, 2))) == 0].any()
        assert not blocks.D[np.kron(before, np.ones((3, 3))) == 0].any()


def test_an_ill_posed_loop_of_matrices_is_refused(rng):
    D = rng.standard_normal((3, 3))
    zeros, unit = np.zeros((3, 3)), np.eye(3)
    systems = [LinearSystem(-np.eye(3), unit, unit, gain) for gain in (D, np.linalg.inv(D))]
    with pytest.raises(NumericalError, match="algebraic loop"):
        interconnected(systems, Wiring(np.block([[zeros, unit], [unit, zeros]]), np.eye(6, 3), np.eye(3, 6)))


@pytest.mark.parametrize("gain", [1.0, 1e-9, 3.0, 49.0, 1e12])
def test_an_ill_posed_loop_is_refused_in_any_unit(gain):
    systems = [LinearSystem(-1, 1, 1, gain), LinearSystem(-1, 1, 1, 1 / gain)]
    wiring = Wiring(np.array([[0, 1.0], [1, 0]]), np.eye(2)[:, :1], np.eye(2)[:1])
    with pytest.raises(NumericalError, match="I − D₁D₂"):
        interconnected(systems, wiring)
    wiring = wiring._replace(feedback=np.array([[0, -1.0], [1, 0]]))
    D = interconnected(systems, wiring).D.item()
    assert_small(abs(D - gain / 2), gain, 4)


def test_a_sparse_result_that_would_be_full_is_refused(monkeypatch):
    monkeypatch.setattr(interconnections, "_MOST_ENTRIES", 99)
    G = LinearSystem(-sp.eye_array(10), np.ones((10, 1)), np.ones((1, 10)))
    with pytest.raises(NumericalError, match="reduce the systems first"):
        G * G
    assert (G + G).is_sparse
