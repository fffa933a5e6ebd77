"""Reduction of second-order systems: symmetry kept, sparse as dense, rigid-body modes, measured errors."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError
from dlnbalance.gramians import SecondOrderGramians
from dlnbalance.plotting import hankel, overview
from dlnbalance.structured import chain_of_masses, free_beam
from dlnbalance.summary import document

from ..models import random_matrix

KINDS = ("p", "v", "pv", "vp", "fv", "so")


def symmetric(*, velocity=False, complex_entries=False, n=8, m=2):
    """Symmetric definite, not of Rayleigh damping, and collocated."""
    rng = np.random.default_rng(2)

    def definite(least):
        X = random_matrix(rng, n, n, complex_entries=complex_entries)
        return X @ X.conj().T / n + least * np.eye(n)

    M, D, K, B = (
        definite(0.3),
        0.1 * definite(0.1),
        definite(0.5),
        random_matrix(rng, n, m, complex_entries=complex_entries),
    )
    outputs = (None, B.conj().T) if velocity else (B.conj().T, None)
    return dln.SecondOrderSystem(M, D, K, B, *outputs)


def two_sided(system):
    """The model with outputs that differ in the thirteenth digit, so that it does not count as collocated."""
    return dln.SecondOrderSystem(
        system.M, system.D, system.K, system.B, (1 + 1e-13) * system.C_position, (1 + 1e-13) * system.C_velocity
    )


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("velocity", [False, True])
def test_collocated_symmetric_models_stay_so(velocity, complex_entries):
    system = symmetric(velocity=velocity, complex_entries=complex_entries)
    pair = dln.Lyapunov()(system.first_order())
    P, Q = pair.weights[0] @ pair.weights[0].conj().T, pair.weights[1].conj().T @ pair.weights[1]
    reached = P[8:, 8:] if velocity else P[:8, :8]
    observed = system.M @ reached @ system.M
    assert la.norm(Q[8:, 8:] - observed) < 1e-11 * la.norm(observed)  # why W = V
    for order in (1, 3, 6):
        result = dln.reduce(system, order)
        assert f"({'v' if velocity else 'pv'}, W = V)" in result.how
        small = result.system
        for matrix in (small.M, small.D, small.K):
            assert np.array_equal(matrix, matrix.conj().T)
            assert la.eigvalsh(matrix).min() > 0
        assert small.is_symmetric
        assert small.collocated == ("velocity" if velocity else "position")
        assert result.stable
        # the two-sided bases of the same Gramians give the same model
        other = dln.reduce(two_sided(system), order)
        assert "W = V" not in other.how
        assert np.abs(other.hsv - result.hsv).max() < 1e-10 * result.hsv[0]
        assert la.norm(other.system(1j) - small(1j)) < 1e-8 * la.norm(small(1j))


def test_free_velocities_keep_symmetry_without_collocation():
    system = symmetric()
    system = dln.SecondOrderSystem(system.M, system.D, system.K, system.B, np.ones((1, 8)))
    result = dln.reduce(system, 3, gramians=SecondOrderGramians("fv"))
    assert result.system.is_symmetric
    assert la.eigvalsh(result.system.K).min() > 0
    assert result.stable


@pytest.mark.parametrize("kind", KINDS)
def test_errors_are_those_of_the_first_order_forms(kind):
    system = symmetric()
    result = dln.reduce(system, 4, gramians=SecondOrderGramians(kind))
    assert result.bound is None
    error = result.error()
    if not result.stable:
        assert error.value == np.inf
        return
    difference = system.first_order() - result.system.first_order()
    assert error.value == pytest.approx(float(dln.hinf_norm(difference)), rel=1e-9)
    omega = np.linspace(0, 5, 400)
    gains = la.norm(system.frequency_response(omega) - result.system.frequency_response(omega), 2, axis=(1, 2))
    assert gains.max() <= error.value * (1 + 1e-9)
    assert gains.max() >= error.value * 0.5


def test_unstable_reduced_models_are_told():
    rng = np.random.default_rng(28)
    for _ in range(200):
        M, K = np.eye(4), np.diag(rng.uniform(0.5, 4, 4))
        system = dln.SecondOrderSystem(M, 0.02 * np.eye(4), K, random_matrix(rng, 4, 1), random_matrix(rng, 1, 4))
        result = dln.reduce(system, 2, gramians=SecondOrderGramians("vp"))
        if not result.stable:
            assert result.error().value == np.inf
            assert "NOT STABLE" in repr(result)
            return
    raise AssertionError("no reduced model was unstable")


@pytest.mark.parametrize("kind", KINDS)
def test_units_of_positions_and_time_change_nothing(kind):
    system, d, unit = symmetric(), np.geomspace(1e-5, 1e5, 8), 2.0**20
    scaled = dln.SecondOrderSystem(
        d[:, None] * system.M * d,
        unit * (d[:, None] * system.D * d),
        unit**2 * (d[:, None] * system.K * d),
        unit**2 * d[:, None] * system.B,
        system.C_position * d,
    )
    first, second = (dln.reduce(model, 3, gramians=SecondOrderGramians(kind)) for model in (system, scaled))
    ratio = first.hsv[0] / second.hsv[0]
    assert np.abs(second.hsv * ratio - first.hsv).max() < 1e-10 * first.hsv[0]
    for s in (0.0, 1j, 3j):
        expected = first.system(s)
        assert la.norm(second.system(unit * s) - expected) < 1e-8 * la.norm(expected)


def test_orders_share_their_gramians():
    chain = chain_of_masses(12)
    results = dln.reduce(chain, [1, 4])
    assert [result.order for result in results] == [1, 4]
    assert np.array_equal(results[0].hsv, results[1].hsv)
    with pytest.raises(OrderError):
        dln.reduce(chain, 13)


@pytest.mark.parametrize("kind", KINDS)
def test_sparse_models_are_reduced_as_dense_ones(kind):
    tight = SecondOrderGramians(kind, of=dln.LowRank(tol=1e-13))
    sparse, dense = chain_of_masses(40), chain_of_masses(40, sparse=False)
    first, second = dln.reduce(sparse, 5, gramians=tight), dln.reduce(dense, 5, gramians=SecondOrderGramians(kind))
    assert np.abs(first.hsv[:5] - second.hsv[:5]).max() < 1e-9 * second.hsv[0]
    assert la.norm(first.system(0.2j) - second.system(0.2j)) < 1e-6 * la.norm(second.system(0.2j))
    assert first.error().value == pytest.approx(second.error().value, rel=1e-5)


def test_large_models_are_measured_on_a_model_of_them():
    chain = chain_of_masses(800)
    result = dln.reduce(chain, 8)
    assert "low rank" in result.how
    error = result.error()
    assert "exact to" in error.place
    omega = np.geomspace(1e-2, 3, 40)
    gains = np.abs(chain.frequency_response(omega) - result.system.frequency_response(omega)).max()
    assert 0.3 * error.value < gains <= error.value * (1 + 1e-6)
    assert result.system.is_symmetric


# -- rigid-body modes -----------------------------------------------------------------------------------------------

KEEP = SecondOrderGramians(rigid="keep")


def test_rigid_body_modes_are_refused_with_two_ways_out():
    with pytest.raises(InvalidArgumentError, match=r"2 rigid-body modes.*rigid='keep'.*first_order\(\)") as caught:
        dln.reduce(free_beam(4), 3)
    assert caught.value.argument == "K"


@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("kind", ["auto", *KINDS])
def test_rigid_body_modes_are_kept_exactly(kind, alpha):
    beam = free_beam(6, mass_damping=alpha)
    result = dln.reduce(beam, 5, gramians=SecondOrderGramians(kind, rigid="keep"))
    small = result.system
    assert (result.order, result.order - result.balanced_order, small.nstates) == (5, 2, 5)
    # translation and rotation of a rigid beam of mass 1 and length 1, driven and measured at an end: 1 + 3
    for s in (1e-4, 1e-3j):
        rigid = 4 / (s * s + alpha * s)
        assert abs(small(s).item() - rigid) < 1.0  # the rest has a static gain of some hundredths
    poles = np.sort(np.abs(small.poles()))
    assert np.abs(poles[:2]).max() < 1e-7 if alpha == 0 else poles[1] < 1e-12
    error = result.error()
    assert 0 < error.value < 0.01
    for omega in (0.1, 50.0, 200.0):
        assert abs(beam(1j * omega) - small(1j * omega)).item() <= error.value * (1 + 1e-6)
    assert np.abs(result.left.conj().T @ result.right - np.eye(5)).max() < 1e-9
    assert "2 of them kept exactly" in repr(result)
    assert document(result.summary())["error"]["value"] == error.value
    assert result.certificate.relative_gap < 1e-9
    assert hankel(result)
    assert overview(result)


def test_orders_count_rigid_body_modes():
    beam = free_beam(4)
    nothing_else = dln.reduce(beam, 2, gramians=KEEP)
    assert nothing_else.order == 2
    assert not nothing_else.system.K.any()
    assert [result.order for result in dln.reduce(beam, [3, 4], gramians=KEEP)] == [3, 4]
    with pytest.raises(OrderError, match="at least the 2"):
        dln.reduce(beam, 1, gramians=KEEP)
    with pytest.raises(InvalidArgumentError, match="reduce keeps them"):
        dln.balance(beam, gramians=KEEP)
    free = dln.reduce(chain_of_masses(5), 2, gramians=KEEP)
    assert free.order == free.balanced_order


def test_models_that_are_rigid_altogether():
    system = dln.SecondOrderSystem(np.eye(2), None, np.zeros((2, 2)), np.eye(2), np.eye(2))
    result = dln.reduce(system, 2, gramians=KEEP)
    assert result.error().value < 1e-12
    assert la.norm(result.system(1j) - system(1j)) < 1e-13


def test_damping_that_couples_rigid_body_modes_is_refused():
    D = np.zeros((3, 3))
    D[0, 0] = 0.1
    K = np.array([[1.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 1.0]])
    system = dln.SecondOrderSystem(np.eye(3), D, K, np.ones(3), np.ones(3))
    with pytest.raises(InvalidArgumentError, match=r"uncoupled.*first_order\(\)") as caught:
        dln.reduce(system, 2, gramians=KEEP)
    assert caught.value.argument == "D"


def test_unsymmetric_rigid_body_modes():
    rng = np.random.default_rng(7)
    free = chain_of_masses(6, fixed="none", sparse=False)
    left, right = rng.standard_normal((6, 6)), rng.standard_normal((6, 6))
    M, D, K = (left @ X @ right for X in (free.M, free.D, free.K))
    system = dln.SecondOrderSystem(M, D, K, left @ free.B, free.C_position @ right)
    expected, result = (dln.reduce(model, 4, gramians=KEEP) for model in (free, system))
    assert not system.is_symmetric
    assert result.order - result.balanced_order == 1
    assert result.error().value == pytest.approx(expected.error().value, rel=1e-5)
    assert la.norm(result.system(0.1j) - expected.system(0.1j)) < 1e-6 * la.norm(expected.system(0.1j))


def test_rigid_body_modes_of_large_models():
    chain = chain_of_masses(800, fixed="none")
    result = dln.reduce(chain, 8, gramians=KEEP)
    assert (result.balanced_order, result.order) == (7, 8)
    error = result.error()
    assert abs(result.system(1e-6) - chain(1e-6)).item() < error.value < 1e-3 * abs(chain(1e-6)).item()
    doubt = float(error.place.partition("exact to ")[2].rstrip(")"))
    assert doubt < 1e-6 * error.value
    omega = np.geomspace(1e-3, 3, 30)
    gains = np.abs(chain.frequency_response(omega) - result.system.frequency_response(omega)).max()
    assert 0.3 * error.value < gains <= error.value * (1 + 1e-5)


def test_models_with_other_rigid_body_modes_are_infinitely_far():
    chain = chain_of_masses(4, fixed="none", sparse=False)
    heavier = chain.with_matrices(2 * chain.M, chain.D, chain.K, chain.B, chain.C_position, chain.C_velocity)
    assert chain.distance(heavier).value == np.inf
    assert chain.distance(chain_of_masses(4, sparse=False)).value == np.inf
    assert chain.distance(chain).value < 1e-12
