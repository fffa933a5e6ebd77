"""Frequency-weighted Gramians against the equations that define them, SLICOT's combinations, and their limits."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.gramians.weighted import Cascade, Weighted

from ..models import assert_small, random_system

COMBINATIONS = ["enns", "lin-chiu", 0.6, "wang"]


def blocks(cascade, n):
    """Reachability Gramian of a cascade by Kronecker products, in its blocks (system, weight)."""
    A, B = cascade.A, cascade.B
    unit = np.eye(len(A))
    if cascade.is_discrete:
        operator = np.kron(A.conj(), A) - np.kron(unit, unit)
    else:
        operator = np.kron(unit, A) + np.kron(A.conj(), unit)
    P = la.solve(operator, -(B @ B.conj().T).ravel(order="F")).reshape(A.shape, order="F")
    return P[:n, :n], P[:n, n:], P[n:, n:]


def expected(system, weight, combination):
    """The weighted Gramian as its definition says."""
    n, A = system.nstates, system.A
    P, cross, own = blocks(system * weight, n)
    if combination == "wang":
        X = P - A @ P @ A.conj().T if system.is_discrete else -(A @ P + P @ A.conj().T)
        values, vectors = la.eigh((X + X.conj().T) / 2)
        right = vectors * np.sqrt(np.abs(values))
        return blocks(dln.LinearSystem(A, right, np.zeros((1, n)), dt=system.dt), n)[0]
    share = {"enns": 0.0, "lin-chiu": 1.0}.get(combination, combination)
    return P - share**2 * cross @ la.solve(own, cross.conj().T)


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_input_weight_by_definition(rng, complex_entries, discrete, combination):
    system = random_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=discrete)
    weight = random_system(rng, 3, 1, 2, complex_entries=complex_entries, discrete=discrete)
    Z = Weighted(input=weight, combination=combination)(system).weights[0]
    P = expected(system, weight, combination)
    assert_small(la.norm(Z @ Z.conj().T - P), la.norm(blocks(system * weight, 5)[0]), 2e5)  # seen: 1e4


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_output_weight_is_the_input_weight_of_the_adjoint(rng, complex_entries, discrete, combination):
    def adjoint(system):
        A, B, C, D = (M.conj().T for M in (system.A, system.C, system.B, system.D))
        return dln.LinearSystem(A, B, C, D, dt=system.dt)

    system = random_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=discrete)
    weight = random_system(rng, 3, 3, 1, complex_entries=complex_entries, discrete=discrete)
    Z = Weighted(output=weight, combination=combination)(system).weights[1]
    Q = expected(adjoint(system), adjoint(weight), combination)
    assert_small(la.norm(Z.conj().T @ Z - Q), la.norm(blocks(adjoint(weight * system), 8)[0]), 2e5)  # seen: 1e4


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_no_weight_and_the_weight_one_give_the_hankel_singular_values(rng, discrete, combination):
    system = random_system(rng, 6, 2, 2, discrete=discrete)
    plain = dln.hankel_singular_values(system)
    one = dln.LinearSystem.static(np.eye(2), dt=system.dt)
    for kind in (Weighted(combination=combination), Weighted(input=one, output=one, combination=combination)):
        values = dln.hankel_singular_values(system, gramians=kind)
        assert_small(np.abs(values - plain).max(), plain[0], 1e4)


def test_a_pair_of_combinations_and_the_ends_of_alpha(rng):
    system, weight = random_system(rng, 5, 1, 1), random_system(rng, 2, 1, 1)
    both = Weighted(input=weight, output=weight, combination=("enns", "lin-chiu"))
    by_number = Weighted(input=weight, output=weight, combination=(0, 1.0))
    for first, second in zip(both(system).weights, by_number(system).weights, strict=True):
        assert_small(la.norm(first - second), la.norm(first), 10)


def test_a_weight_of_one_channel_weighs_all(rng):
    system, weight = random_system(rng, 4, 2, 3), random_system(rng, 2, 1, 1)
    one, repeated = Weighted(output=weight), Weighted(output=dln.append(weight, weight, weight))
    values = [dln.hankel_singular_values(system, gramians=kind) for kind in (one, repeated)]
    assert_small(np.abs(values[0] - values[1]).max(), values[0][0], 100)


def test_descriptor_matrix_and_units_of_the_states_do_not_matter(rng):
    system, weight = random_system(rng, 5, 2, 2), random_system(rng, 3, 2, 2)
    E, T = rng.standard_normal((5, 5)), np.geomspace(1e-9, 1e9, 5)
    A, B, C, D, _ = system.to_tuple()
    pencil = dln.LinearSystem(E @ A, E @ B, C, D, E=E)
    scaled = dln.LinearSystem(A * T / T[:, None], B / T[:, None], C * T, D)
    for combination in ("enns", "lin-chiu", 0.6):
        kind = Weighted(input=weight, output=weight, combination=combination)
        values = [dln.hankel_singular_values(s, gramians=kind) for s in (system, pencil, scaled)]
        for other in values[1:]:
            assert_small(np.abs(other - values[0]).max(), values[0][0], 1e5)


def test_a_weight_from_a_file(rng, tmp_path):
    weight = random_system(rng, 2, 1, 1)
    dln.save(weight, tmp_path / "weight.npz")
    system = random_system(rng, 4, 1, 1)
    values = [dln.hankel_singular_values(system, gramians=Weighted(input=w)) for w in (weight, tmp_path / "weight.npz")]
    assert_small(np.abs(values[0] - values[1]).max(), values[0][0], 10)


def test_hidden_states_of_a_weight_are_no_harm(rng):
    """P₂₂ is singular where inputs do not reach all states of the weight."""
    system, weight = random_system(rng, 4, 1, 1), random_system(rng, 2, 1, 1)
    A, B, C, D, _ = weight.to_tuple()
    more = dln.LinearSystem(la.block_diag(A, [[-7.0]]), np.vstack([B, [[0]]]), np.hstack([C, [[2.0]]]), D)
    values = [
        dln.hankel_singular_values(system, gramians=Weighted(input=w, combination="lin-chiu")) for w in (weight, more)
    ]
    assert_small(np.abs(values[0] - values[1]).max(), values[0][0], 1e4)


@pytest.mark.parametrize("combination", COMBINATIONS)
@pytest.mark.parametrize("n", [0, 3])
def test_no_states_and_inputs_that_do_nothing(rng, n, combination):
    system = random_system(rng, n, 1, 2).replaced(B=np.zeros((n, 1)))
    kind = Weighted(input=random_system(rng, 2, 1, 1), output=random_system(rng, 1, 2, 2), combination=combination)
    assert np.abs(dln.hankel_singular_values(system, gramians=kind)).sum() < 1e-14


def test_what_does_not_fit_is_refused(rng):
    system = random_system(rng, 3, 2, 2)
    for kind, words in [
        (Weighted(input=random_system(rng, 2, 1, 3)), "input: expected a weight with 2 outputs"),
        (Weighted(output=random_system(rng, 2, 3, 1)), "output: expected a weight with 2 inputs"),
        (Weighted(input=random_system(rng, 2, 2, 2, discrete=True)), "input: expected dt"),
    ]:
        with pytest.raises(dln.errors.InvalidArgumentError, match=words):
            kind(system)
    unstable = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])
    with pytest.raises(dln.errors.UnstableSystemError):
        Weighted(input=unstable)(system)
    for combination in ("both", 1.5, -0.1, (0, 0, 0)):
        with pytest.raises(dln.errors.InvalidArgumentError, match="combination"):
            Weighted(combination=combination)


def test_spread_finds_the_inputs_in_the_right_hand_side(rng, discrete):
    system, weight = random_system(rng, 6, 2, 1, discrete=discrete), random_system(rng, 3, 2, 2, discrete=discrete)
    side = Cascade.behind(system, weight)
    gain = side.spread()
    assert_small(la.norm(side.B - side.right_side @ gain), la.norm(side.B), 1e3)
