"""The low-rank ADI iteration, against the equations that it solves."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.linalg.sparse import adi
from dlnbalance.linalg.sparse.pencils import SparsePencil

from ...models import grid_system, mass_chain


def test_ritz_weights_and_history_lead_to_poles(rng):
    """With a right-hand side in an invariant subspace, the first Ritz values are eigenvalues, and few steps suffice."""
    A = sp.block_diag([[[-1.0, 30.0], [-30.0, -1.0]], sp.diags_array(-np.arange(2.0, 80.0))]).tocsc()
    B = np.zeros((80, 2))
    B[:2] = np.eye(2)
    pencil = SparsePencil(A)
    state = adi.start(pencil, pencil.permute(B), pencil.permute(B), most_columns=100)
    adi.advance(state, 1e-12)
    assert not state.pending(1e-12)
    assert state.history.shifts[0] == pytest.approx(-1 + 30j) or state.history.shifts[0] == pytest.approx(-1 - 30j)


@pytest.mark.parametrize("complex_entries", [False, True])
def test_the_residual_factor_is_that_of_the_equation(rng, complex_entries):
    """After every factorization R R* = A P E* + E P A* + B B* at P = Z Z*, for both equations."""
    system = grid_system(rng, complex_entries=complex_entries, descriptor=True)
    pencil = SparsePencil(system.A, system.E)
    B, C = pencil.permute(system.B), pencil.permute(system.C.conj().T)
    state = adi.start(pencil, B, C, most_columns=500)
    for _ in range(6):
        adi.advance(state, 1e-12)
        for side, right in zip(state.sides, (B, C), strict=True):
            A, E, Z = side.A.toarray(), side.E.toarray(), side.factor.array
            AZ, EZ = A @ Z, E @ Z
            equation = AZ @ EZ.conj().T + EZ @ AZ.conj().T + right @ right.conj().T
            R = side.residual
            assert la.norm(equation - R @ R.conj().T) <= 1e-11 * la.norm(A) * la.norm(E) * la.norm(Z) ** 2
            assert side.relative_residual == pytest.approx(la.norm(R, 2) ** 2 / la.norm(right, 2) ** 2, rel=1e-10)
            confirmed = adi.confirmed_residual(side, right)
            assert confirmed == pytest.approx(la.norm(equation, 2) / la.norm(right, 2) ** 2, rel=0.05, abs=1e-12)
    first, last = state.progress().factorizations, len(state.history.shifts)
    assert first == last == 6
    assert state.progress().columns == tuple(side.factor.array.shape[1] for side in state.sides)


def test_factorizations_are_foreseen_from_the_lowest_residual(rng):
    pencil = SparsePencil(grid_system(rng).A)
    state = adi.start(pencil, np.ones((81, 1)), np.ones((81, 1)), most_columns=50)
    assert adi.foreseen_factorizations(state, 1e-10) == np.inf
    adi.advance(state, 1e-10)
    adi.advance(state, 1e-10)
    slowest = max(side.lowest for side in state.sides)
    expected = 2 * np.log(1e-10) / np.log(slowest)
    assert adi.foreseen_factorizations(state, 1e-10) == pytest.approx(expected)
    assert state.reach.produced == state.reach.factor.count


def test_a_right_hand_side_that_is_zero_has_no_residual(rng):
    pencil = SparsePencil(grid_system(rng).A)
    state = adi.start(pencil, np.zeros((81, 1)), np.ones((81, 1)), most_columns=50)
    assert state.reach.relative_residual == 0
    assert state.pending(1e-10) == [state.observe]
    assert adi.rounding_of_residual(state.reach) == adi.confirmed_residual(state.reach, np.zeros((81, 1))) == 0


def test_a_lightly_damped_chain_takes_the_shifts_that_its_modes_foresee():
    system = mass_chain(150, damping=0.05, between=True)
    pencil = system.sparse_pencil
    B, C = pencil.permute(system.B), pencil.permute(system.C.T)
    state = adi.start(pencil, B, C, most_columns=500)
    while state.pending(1e-10):
        adi.make_plan(state, 1e-10, most=1000)
        adi.advance(state, 1e-10)
    assert adi.is_planned(state)
    assert adi.foreseen_factorizations(state, 1e-10) == len(state.history.shifts)
    assert state.foreseen is not None
    assert len(state.history.shifts) <= 1.2 * state.foreseen
    assert set(state.history.steps[12 : int(state.foreseen) - 10]) == {1}
    for side, right in zip(state.sides, (B, C), strict=True):
        assert adi.confirmed_residual(side, right) <= 1e-9


def test_what_is_well_damped_has_no_plan(rng):
    system = grid_system(rng)
    pencil = SparsePencil(system.A)
    state = adi.start(pencil, pencil.permute(system.B), pencil.permute(system.C.T), most_columns=500)
    state.history.shifts[:], state.history.steps[:] = [-1.0 + 0j] * 12, [1] * 12
    adi.make_plan(state, 1e-10, most=1000)
    assert state.plan is None
    assert not adi.is_planned(state)
