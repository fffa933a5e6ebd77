"""Data and responses of second-order systems: closed forms, the first-order form, and what is refused."""

import pickle

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError, SingularDescriptorError
from dlnbalance.structured import chain_of_masses

from ..models import random_matrix

GIVEN = {
    "M": np.diag([1.0, 2.0]),
    "D": 0.1 * np.eye(2),
    "K": [[2.0, -1.0], [-1.0, 2.0]],
    "B": [1.0, 0.0],
    "C_position": [0.0, 1.0],
}


def changed(**change):
    return dln.SecondOrderSystem(**(GIVEN | change))


def general(*, complex_entries=False, sparse=False):
    rng = np.random.default_rng(4)
    M, D, K = (random_matrix(rng, 5, 5, complex_entries=complex_entries) + (k + 3) * np.eye(5) for k in range(3))
    B, Cp, Cv = (random_matrix(rng, *size, complex_entries=complex_entries) for size in ((5, 2), (3, 5), (3, 5)))
    if sparse:
        M, D, K = map(sp.csc_array, (M, D, K))
    return dln.SecondOrderSystem(M, D, K, B, Cp, Cv, feedthrough=np.ones((3, 2)))


def test_one_mass():
    m, d, k = 2.0, 0.3, 8.0
    system = dln.SecondOrderSystem([[m]], [[d]], [[k]], [[3.0]], [[1.0]], [[0.5]])
    for s in (0.0, 1j, 2.0 - 1j):
        assert system(s).item() == pytest.approx(3 * (1 + 0.5 * s) / (m * s * s + d * s + k), rel=1e-14)
    roots = np.roots([m, d, k])
    assert np.abs(np.sort_complex(system.poles()) - np.sort_complex(roots)).max() < 1e-14
    assert system.dcgain().item() == pytest.approx(3 / 8, rel=1e-15)
    assert np.isrealobj(system.dcgain())


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_both_forms_have_one_response(sparse, complex_entries):
    system = general(complex_entries=complex_entries, sparse=sparse)
    first = system.first_order()
    assert (first.nstates, first.is_sparse, first.inputs) == (10, sparse, system.inputs)
    M, D, K = (X.toarray() if sparse else X for X in (system.M, system.D, system.K))
    omega = np.array([0.0, 0.5, 20.0])
    response = system.frequency_response(omega)
    for k, s in enumerate(1j * omega):
        states = la.solve(s * s * M + s * D + K, system.B)
        expected = (system.C_position + s * system.C_velocity) @ states + system.feedthrough
        for found in (system(s), first(s), response[k], dln.frequency_response(system, omega)[k]):
            assert la.norm(found - expected) < 1e-13 * la.norm(expected)
    assert la.norm(system.dcgain() - response[0]) < 1e-13 * la.norm(response[0])


def test_velocities_alone_can_be_measured():
    system = changed(C_position=None, C_velocity=[1.0, 0.0])
    assert not system.C_position.any()
    assert system.collocated == "velocity"
    assert changed().collocated == ""
    assert changed(C_position=[1.0, 0.0]).collocated == "position"
    assert changed(C_position=[1.0, 0.0], C_velocity=[1.0, 0.0]).collocated == ""
    assert changed(B=np.eye(2)).collocated == ""


def test_symmetry_is_recognized():
    assert changed().is_symmetric
    assert changed(K=np.array(GIVEN["K"]) * (1 + 1e-16)).is_symmetric
    assert not changed(D=[[0.1, 0.1], [-0.1, 0.1]]).is_symmetric
    assert changed(K=[[2.0, 1j], [-1j, 2.0]]).is_symmetric
    assert not changed(K=[[2.0, 1j], [1j, 2.0]]).is_symmetric


def test_storage_is_that_of_mass_and_stiffness():
    M, K = sp.csc_array(GIVEN["M"]), sp.csc_array(GIVEN["K"])
    both = changed(M=M, K=K)
    assert both.is_sparse
    assert sp.issparse(both.D)
    assert sp.issparse(changed(M=M, K=K, D=None).D)
    assert not changed(M=M).is_sparse
    assert not changed(K=K, D=sp.csc_array(np.eye(2))).is_sparse
    assert "sparse real, symmetric" in repr(both)


def test_no_positions():
    nothing = dln.SecondOrderSystem(
        np.zeros((0, 0)), None, np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), feedthrough=2.0
    )
    assert nothing(1j).item() == 2.0
    assert nothing.first_order().nstates == 0
    assert dln.reduce(nothing, 0).order == 0


def test_projection_keeps_the_response_of_all_coordinates():
    system = general()
    S = random_matrix(np.random.default_rng(1), 5, 5)
    moved = system.project((la.inv(S),), (S,))
    assert np.array_equal(moved.M, np.eye(5))
    assert la.norm(moved(1j) - system(1j)) < 1e-11 * la.norm(system(1j))
    sparse = general(sparse=True).project((la.inv(S),), (S,))
    assert la.norm(sparse(1j) - system(1j)) < 1e-11 * la.norm(system(1j))


def test_it_is_pickled_without_its_caches():
    system = chain_of_masses(6)
    system.poles()
    arrived = pickle.loads(pickle.dumps(system))
    assert "_first" not in vars(arrived)
    assert arrived(1j).item() == pytest.approx(system(1j).item(), rel=1e-14)
    assert repr(arrived) == repr(system)


def test_points_that_are_poles_are_refused():
    for storage in (np.asarray, sp.csc_array):
        system = dln.SecondOrderSystem(storage([[1.0]]), None, storage([[4.0]]), [[1.0]], [[1.0]])
        with pytest.raises(NumericalError, match="no pole"):
            system(2j)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"M": np.ones((2, 3))}, "M"),
        ({"K": np.eye(3)}, "K"),
        ({"D": np.eye(3)}, "D"),
        ({"D": [[np.nan, 0], [0, 0]]}, "D"),
        ({"B": np.ones((3, 1))}, "B"),
        ({"C_position": np.ones((1, 3))}, "C_position"),
        ({"C_velocity": np.ones((2, 2))}, "C_velocity"),
        ({"C_position": None}, "C_position"),
        ({"feedthrough": np.ones((2, 2))}, "D"),
        ({"inputs": ["a", "b"]}, "inputs"),
        ({"name": 3}, "name"),
        ({"dt": 0.1}, "dt"),
        ({"dt": True}, "dt"),
        ({"dt": None}, "dt"),
    ],
)
def test_what_is_refused(change, argument):
    with pytest.raises(InvalidArgumentError) as caught:
        changed(**change)
    assert caught.value.argument == argument


@pytest.mark.parametrize("storage", [np.asarray, sp.csc_array])
def test_singular_masses_are_refused_with_the_way_out(storage):
    for M in (np.diag([1.0, 0.0]), [[1.0, 1.0], [1.0, 1.0 + 1e-16]]):
        with pytest.raises(SingularDescriptorError, match=r"nonsingular mass matrix.*condense"):
            changed(M=storage(M), K=storage(GIVEN["K"]))
    small = changed(M=storage(np.diag([1.0, 1e-12])), K=storage(GIVEN["K"]))  # light, and not without mass
    assert small.nstates == 2
