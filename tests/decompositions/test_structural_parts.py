"""What the zeros of the matrices decide: paths from inputs and to outputs, with E, dense and sparse."""

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.decompositions.structural_parts import structural_part
from dlnbalance.errors import NumericalError

from ..models import random_matrix

NAMES = ["driven", "read", "both", "dark", "alone"]


def five_states(*, sparse=False, dt=0):
    """driven → both → read; dark is driven by both and read by nobody; alone drives both and is driven by nobody."""
    A = -np.diag([1.0, 2, 3, 4, 5])
    A[2, 0] = A[1, 2] = A[3, 2] = A[2, 4] = 1
    B, C = np.eye(5)[:, :1], np.eye(5)[1:2]
    return dln.LinearSystem(sp.csc_array(A) if sparse else A, B, C, states=NAMES, inputs=["force"], name="five", dt=dt)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("dt", [0, 0.1, None])
def test_states_that_lead_from_inputs_to_outputs_stay(sparse, dt):
    system = five_states(sparse=sparse, dt=dt)
    small = dln.sminreal(system)
    assert small.states == ("driven", "read", "both")
    assert (small.inputs, small.name, small.dt, small.is_sparse) == (("force",), "five", dt, sparse)
    assert np.array_equal(small(2.0 + 1j), system(2.0 + 1j)) or la.norm(small(2.0 + 1j) - system(2.0 + 1j)) < 1e-16
    part = structural_part(system)
    assert part.reached.tolist() == [True, True, True, True, False]
    assert part.read.tolist() == [True, True, True, False, True]


def test_python_control_removes_the_same_states_and_gets_its_type_back():
    given = control.ss(*five_states().to_tuple()[:4], states=NAMES, remove_useless_states=False)
    small = dln.sminreal(given)
    assert isinstance(small, control.StateSpace)
    assert small.state_labels == ["driven", "read", "both"]
    whole = control.ss(small.A, small.B, small.C, small.D)
    assert dln.sminreal(whole) is whole


@pytest.mark.parametrize("sparse", [False, True])
def test_equations_in_any_order(rng, sparse):
    """With E no equation belongs to a state by its place: the matching finds the one that does."""
    system = five_states()
    E = np.diag(rng.uniform(1, 2, 5))
    order = rng.permutation(5)
    A, E, B = (M[order] for M in (system.A, E, system.B))
    A, E = (sp.csc_array(A), sp.csc_array(E)) if sparse else (A, E)
    given = dln.LinearSystem(A, B, system.C, E=E, states=NAMES)
    small = dln.sminreal(given)
    assert small.states == ("driven", "read", "both")
    assert (sp.issparse(small.A), sp.issparse(small.E)) == (sparse, sparse)
    assert la.norm(small(1.5j) - given(1.5j)) <= 1e-15 * la.norm(given(1.5j))


def test_algebraic_equations_are_equations():
    """0 = −x₂ + x₁ reads x₁; the singular E is nothing special."""
    A, E = [[-1.0, 0, 0], [1, -1, 0], [0, 0, 1]], np.diag([1.0, 0, 0])
    small = dln.sminreal(dln.LinearSystem(A, [[1.0], [0], [0]], [[0.0, 1, 0]], E=E))
    assert small.states == ("x[0]", "x[1]")


def test_blocks_give_the_states_that_brute_force_finds(rng):
    for _ in range(20):
        pattern = rng.random((8, 8)) < 0.15
        A = np.where(pattern, random_matrix(rng, 8, 8), 0)
        B, C = np.where(rng.random((8, 1)) < 0.3, 1.0, 0), np.where(rng.random((1, 8)) < 0.3, 1.0, 0)
        reach = np.linalg.matrix_power((np.eye(8) + pattern) > 0, 8) > 0
        expected = np.flatnonzero((reach @ B != 0).ravel() & (C @ reach != 0).ravel())
        assert np.array_equal(structural_part(dln.LinearSystem(A, B, C)).kept, expected)


def test_stored_zeros_are_zeros():
    A = sp.csc_array(([0.0, -1.0, -2.0], ([0, 0, 1], [1, 0, 1])), shape=(2, 2))
    assert dln.sminreal(dln.LinearSystem(A, [[0.0], [1.0]], [[1.0, 0.0]])).nstates == 0


def test_a_large_sparse_system():
    """A chain of 200 000 states, of which the input drives the first, and the output reads the hundredth."""
    n = 200_000
    A = sp.diags_array([-np.ones(n), np.ones(n - 1)], offsets=[0, -1], format="csc")
    B, C = np.zeros((n, 1)), np.zeros((1, n))
    B[0] = C[0, 99] = 1
    system = dln.LinearSystem(A, B, C)
    assert dln.sminreal(system).nstates == 100
    result = dln.minreal(system)
    assert (result.order, result.uncontrollable, result.unobservable) == (100, 0, n - 100)


def test_nothing_to_remove():
    empty = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((1, 0)), [[1.0, 2.0]])
    for system in (empty, dln.examples.get("heat-rod")):
        assert dln.sminreal(system) is system
    dark = dln.LinearSystem([[-1.0]], [[0.0]], [[1.0]], [[3.0]])
    assert dln.sminreal(dark).D.item() == dln.sminreal(dark).dcgain().item() == 3.0


def test_too_few_equations_are_refused():
    with pytest.raises(NumericalError, match="1 states without an equation"):
        dln.sminreal(dln.LinearSystem([[1.0, 1], [0, 0]], [1.0, 1], [1.0, 1], E=[[1.0, 0], [0, 0]]))
