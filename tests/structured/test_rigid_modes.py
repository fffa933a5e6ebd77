"""Rigid-body modes against their closed forms, dense and sparse, in bad units, and where there are none."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.structured import chain_of_masses, free_beam
from dlnbalance.structured.rigid_modes import rigid_modes


def chain(n, *, storage=sp.csc_array):
    free = chain_of_masses(n, fixed="none")
    return storage(free.M.toarray()), storage(free.K.toarray())


@pytest.mark.parametrize("storage", [np.asarray, sp.csc_array])
def test_a_free_chain_moves_as_a_whole(storage):
    M, K = chain(30, storage=storage)
    rigid = rigid_modes(M, K)
    assert rigid.number == 1
    assert np.abs(np.abs(rigid.right) - 30**-0.5).max() < 1e-12
    assert np.abs(rigid.left.conj().T @ (M @ rigid.right) - 1).max() < 1e-12


@pytest.mark.parametrize("storage", [np.asarray, sp.csc_array])
@pytest.mark.parametrize("elements", [1, 5, 60])
def test_a_free_beam_moves_and_turns(elements, storage):
    beam = free_beam(elements)
    rigid = rigid_modes(storage(beam.M), storage(beam.K))
    nodes = np.linspace(0, 1, elements + 1)
    motions = np.column_stack(
        [np.ravel([np.ones_like(nodes), 0 * nodes], "F"), np.ravel([nodes, np.ones_like(nodes)], "F")]
    )
    assert rigid.number == 2
    angles = la.subspace_angles(rigid.right, motions)
    assert angles.max() < 1e-13 / rigid.gap
    assert np.abs(rigid.right.T @ beam.M @ rigid.right - np.eye(2)).max() < 1e-10


@pytest.mark.parametrize("storage", [np.asarray, sp.csc_array])
@pytest.mark.parametrize("elements", [2, 20, 100])
def test_a_clamped_beam_has_none(elements, storage):
    beam = free_beam(elements)
    assert rigid_modes(storage(beam.M[2:, 2:]), storage(beam.K[2:, 2:])) is None


@pytest.mark.parametrize("storage", [np.asarray, sp.csc_array])
def test_the_softest_support_is_one(storage):
    M, K = chain(10, storage=np.asarray)
    K = K + 1e-12 * np.eye(10)
    assert rigid_modes(storage(M), storage(K)) is None


def test_two_bodies():
    M, K = chain(20, storage=np.asarray)
    both = [sp.csc_array(la.block_diag(X, 3 * X)) for X in (M, K)]
    assert rigid_modes(*both).number == rigid_modes(*(X.toarray() for X in both)).number == 2


@pytest.mark.parametrize("storage", [np.asarray, sp.csc_array])
def test_units_change_nothing(storage):
    M, K = chain(12, storage=np.asarray)
    d = np.geomspace(1e-6, 1e6, 12)
    rigid = rigid_modes(storage(d[:, None] * M * d), storage(d[:, None] * K * d))
    assert rigid.number == 1
    motion = (d[:, None] * rigid.right).ravel()
    assert np.abs(motion / motion[0] - 1).max() < 1e-10
    fixed = chain_of_masses(12, sparse=False)
    assert rigid_modes(storage(d[:, None] * M * d), storage(d[:, None] * fixed.K * d)) is None


def test_unsymmetric_stiffness():
    M, K = chain(6, storage=np.asarray)
    left = np.random.default_rng(1).standard_normal((6, 6))
    rigid = rigid_modes(left @ M, left @ K)
    assert rigid.number == 1
    assert np.abs(rigid.left.T @ left @ K).max() < 1e-12
    assert np.abs(rigid.left.T @ left @ M @ rigid.right - 1).max() < 1e-12
    with pytest.raises(InvalidArgumentError, match="Hermitian or a nonsingular"):
        rigid_modes(sp.csc_array(left @ M), sp.csc_array(left @ K))
    assert rigid_modes(sp.csc_array(left @ M), sp.csc_array(left @ (K + np.eye(6)))) is None


def test_modes_that_mass_does_not_tell_apart_are_refused():
    K = np.array([[0.0, 1.0], [0.0, 0.0]])  # a null vector on the left that is orthogonal to M times that on the right
    with pytest.raises(InvalidArgumentError, match="moves apart"):
        rigid_modes(np.eye(2), K)


def test_very_many_in_a_sparse_stiffness_are_refused():
    with pytest.raises(InvalidArgumentError, match="fewer than 12"):
        rigid_modes(sp.eye_array(20, format="csc"), sp.csc_array(np.diag(np.r_[np.zeros(13), np.ones(7)])))
