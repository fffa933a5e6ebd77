"""Unstable parts of sparse systems, against dense eigenvalues, ordered Schur forms and responses."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.decompositions import DeflatedSystem, split_sparse, unstable_part
from dlnbalance.errors import InvalidArgumentError, NumericalError, SingularDescriptorError, UnstableSystemError

from ..models import assert_small, mass_chain, random_matrix


def heated(side, *, descriptor=False, complex_entries=False, discrete=False, integrator=False):
    """Convection and diffusion beside a few unstable modes, mixed by a sparse matrix; and its unstable poles."""
    rng = np.random.default_rng(side)
    blocks = [dln.examples.convection_diffusion(side).A, [[0.3, 7.0], [-7.0, 0.3]], [[1e-3, 50], [-50, 1e-3]], [[40.0]]]
    poles = [0.3 + 7j, 0.3 - 7j, 1e-3 + 50j, 1e-3 - 50j, 40.0]
    if integrator:
        blocks, poles = [*blocks, [[0.0]], [[0.0, 2.0], [-2.0, 0.0]]], [*poles, 0.0, 2j, -2j]
    if complex_entries:
        blocks, poles = [*blocks, [[0.1 - 3j]]], [*poles, 0.1 - 3j]
    A = sp.block_diag(blocks).tocsc()
    n = A.shape[0]
    mix = (sp.eye_array(n) + sp.random_array((n, n), density=n**-1.5, rng=rng)).tocsc()
    E, poles, dt = sp.eye_array(n, format="csc"), np.array(poles), 0
    if discrete:
        step, dt = 0.01, 0.01
        A, E, poles = E + step / 2 * A, E - step / 2 * A, (1 + step / 2 * poles) / (1 - step / 2 * poles)
    if descriptor or discrete:
        A, E = mix @ A, mix @ E
    B, C = random_matrix(rng, n, 2, complex_entries=complex_entries), random_matrix(rng, 3, n)
    return dln.LinearSystem(A, B, C, random_matrix(rng, 3, 2), E=E if descriptor or discrete else None, dt=dt), poles


def matched(found, expected):
    """Largest distance of poles from those expected, in pairs."""
    assert found.size == expected.size
    distances = np.abs(found[:, None] - expected[None, :])
    return max(distances.min(axis=0).max(), distances.min(axis=1).max())


def points(system):
    """Three points of the stability boundary."""
    omega = np.array([0.5, 8.0, 90.0])
    return [complex(z) for z in system.boundary_points(omega)]


@pytest.mark.parametrize("kind", ["plain", "descriptor", "complex", "discrete"])
@pytest.mark.parametrize("integrator", [False, True])
def test_kept_and_rest_have_the_response_of_the_system(kind, integrator):
    system, poles = heated(
        16,
        descriptor=kind == "descriptor",
        complex_entries=kind == "complex",
        discrete=kind == "discrete",
        integrator=integrator,
    )
    part = unstable_part(system)
    assert matched(part.poles, poles) <= 1e-12 * np.abs(poles).max()
    assert np.iscomplexobj(part.V) == np.iscomplexobj(part.W) == (kind == "complex")
    k = poles.size
    assert_small(la.norm(part.W.conj().T @ (system.descriptor_or_identity() @ part.V) - np.eye(k)), k, 100)
    kept, rest = split_sparse(system, part)
    assert kept.nstates == k
    assert not kept.D.any()
    for z in points(system):
        whole = system(z)
        assert la.norm(kept(z) + rest(z) - whole) <= 1e-11 * la.norm(whole)


@pytest.mark.parametrize("kind", ["plain", "descriptor", "discrete"])
def test_the_rest_is_that_of_an_ordered_schur_form(kind):
    """n about 260: kept and rest each have the response that dense eigenvectors give them."""
    system, poles = heated(16, descriptor=kind == "descriptor", discrete=kind == "discrete")
    kept, rest = split_sparse(system)
    values, left, right = la.eig(system.A.toarray(), system.descriptor, left=True)
    unstable = np.array([np.abs(poles - value).min() < 1e-6 for value in values])
    V, W = right[:, unstable], left[:, unstable]
    W = W / np.sum(W.conj() * (system.descriptor @ V), axis=0).conj()
    for z in points(system):
        expected = (system.C @ V / (z - values[unstable])) @ (W.conj().T @ system.B)
        assert la.norm(kept(z) - expected) <= 1e-9 * la.norm(expected)
        assert la.norm(rest(z) - (system(z) - expected)) <= 1e-9 * la.norm(system(z))


@pytest.mark.parametrize("kind", ["plain", "descriptor", "discrete"])
def test_the_rest_of_2500_states_has_low_rank_gramians_and_is_reduced(kind):
    system, poles = heated(50, descriptor=kind == "descriptor", discrete=kind == "discrete", integrator=True)
    with pytest.raises(UnstableSystemError, match=r"dlnbalance\.split"):
        dln.LowRank()(system)
    kept, rest = split_sparse(system)
    assert kept.nstates == poles.size
    found = dln.LowRank(tol=1e-9).solve(rest)
    assert max(found.residuals) <= 1e-8
    model = dln.reduce(rest, rtol=1e-6)
    assert model.stable
    assert float(model.error()) <= model.bound * (1 + 1e-6)
    for z in points(system):
        assert la.norm(kept(z) + model.system(z) - system(z)) <= 2 * model.bound + 1e-10 * la.norm(system(z))


def test_an_insulated_plate_has_one_integrator_and_the_number_is_proved():
    side = 50
    ends = np.full(side, -2.0)
    ends[[0, -1]] = -1
    line = sp.diags_array([ends, np.ones(side - 1), np.ones(side - 1)], offsets=[0, 1, -1]) * float(side**2)
    n = side**2
    system = dln.LinearSystem(sp.kronsum(line, line).tocsc(), np.eye(n, 2), np.eye(n)[-2:])
    part = unstable_part(system)
    assert part.poles.size == 1
    assert abs(part.poles[0]) <= 1e-9
    assert "Sylvester" in part.statement
    np.testing.assert_allclose(np.abs(part.V), 1 / side, rtol=1e-9)
    kept, rest = split_sparse(system, part)
    assert max(dln.LowRank().solve(rest).residuals) <= 1e-9
    assert abs(kept(1j) + rest(1j) - system(1j)).max() <= 1e-10 * abs(system(1j)).max()


def test_a_free_chain_has_a_double_integrator():
    """A Jordan block: one eigenvector only."""
    system = mass_chain(200, damping=0.5, between=True, free=True)
    part = unstable_part(system)
    assert part.poles.size == 2
    assert np.abs(part.poles).max() <= 1e-6
    mode = np.zeros((400, 2))
    mode[:200, 0] = mode[200:, 1] = 1 / np.sqrt(200)
    assert la.norm(mode - part.V @ (part.V.T @ mode)) <= 1e-9


def test_multiple_poles_are_all_found(rng):
    A = sp.diags_array(np.concatenate([[0, 0, 0, 1, 1], -np.arange(1.0, 600)])).tocsc()
    part = unstable_part(dln.LinearSystem(A, np.ones((604, 1)), np.ones((1, 604))))
    np.testing.assert_allclose(np.sort(part.poles.real), [0, 0, 0, 1, 1], atol=1e-9)


def test_poles_on_and_outside_the_unit_circle(rng):
    A = sp.diags_array(np.concatenate([[1, -1, 1.2, -1.5], np.linspace(-0.95, 0.95, 596)])).tocsc()
    system = dln.LinearSystem(A, random_matrix(rng, 600, 2), random_matrix(rng, 2, 600), dt=1.0)
    part = unstable_part(system)
    np.testing.assert_allclose(np.sort(part.poles.real), [-1.5, -1, 1, 1.2], rtol=1e-10)
    assert max(dln.LowRank().solve(split_sparse(system, part)[1]).residuals) <= 1e-9


@pytest.mark.parametrize("scale", [1e-9, 1e9, 1e150])
def test_the_unit_of_time_does_not_matter(scale):
    system, poles = heated(16, descriptor=True)
    part = unstable_part(dln.LinearSystem(scale * system.A, system.B, system.C, E=system.E))
    assert matched(part.poles / scale, poles) <= 1e-12 * np.abs(poles).max()


def test_a_stable_system_has_no_unstable_part():
    system = dln.examples.convection_diffusion(20)
    part = unstable_part(system)
    assert part.V.shape == part.W.shape == (400, 0)
    kept, rest = split_sparse(system, part)
    assert kept.nstates == 0
    np.testing.assert_array_equal(rest.B, system.B)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_small_systems_and_none_at_all(n):
    A = sp.csc_array(np.diag([2.0, -1.0, 0.0][:n]))
    system = dln.LinearSystem(A, np.ones((n, 1)), np.ones((1, n)))
    part = unstable_part(system)
    assert part.poles.size == {0: 0, 1: 1, 3: 2}[n]
    kept, rest = split_sparse(system, part)
    assert abs(kept(1j) + rest(1j) - system(1j)).max() <= 1e-14


def test_the_rest_of_a_small_system_has_gramians():
    A = sp.diags_array([2.0, -1.0, -2.0, -3.0, -4.0]).tocsc()
    _, rest = split_sparse(dln.LinearSystem(A, np.ones((5, 1)), np.ones((1, 5))))
    values = dln.LowRank(tol=1e-12)(rest).singular_values
    stable = dln.LinearSystem(np.diag([-1.0, -2.0, -3.0, -4.0]), np.ones((4, 1)), np.ones((1, 4)))
    np.testing.assert_allclose(values[:3], dln.hankel_singular_values(stable)[:3], rtol=1e-8)


@pytest.mark.parametrize("n", [1, 2, 50])
def test_integrators_and_nothing_else(n):
    part = unstable_part(dln.LinearSystem(sp.csc_array((n, n)), np.ones((n, 1)), np.ones((1, n)), dt=0), most=60)
    np.testing.assert_allclose(part.poles, np.zeros(n), atol=1e-15)


def test_what_did_not_converge_is_stated():
    """An unstable pair among 500 modes of little damping: found, or said to be in doubt."""
    real = np.full(500, -0.05)
    real[250] = 0.02
    A = sp.block_diag([[[a, b], [-b, a]] for a, b in zip(real, np.linspace(1, 100, 500), strict=True)]).tocsc()
    part = unstable_part(dln.LinearSystem(A, np.ones((1000, 1)), np.ones((1, 1000))))
    assert part.poles.size == 2 or "in doubt" in part.statement


def test_too_many_unstable_poles_are_refused(rng):
    A = sp.diags_array(np.concatenate([np.arange(1.0, 31), -np.arange(1.0, 300)])).tocsc()
    system = dln.LinearSystem(A, np.ones((329, 1)), np.ones((1, 329)))
    with pytest.raises(NumericalError, match="at most 20 poles"):
        unstable_part(system)
    assert unstable_part(system, most=40).poles.size == 30


def test_singular_descriptors_and_wrong_bases_are_refused(rng):
    A = sp.diags_array(-np.arange(1.0, 60)).tocsc()
    B, C = np.ones((59, 1)), np.ones((1, 59))
    with pytest.raises(SingularDescriptorError):
        unstable_part(dln.LinearSystem(A, B, C, E=sp.diags_array(np.append(np.ones(58), 0.0)).tocsc()))
    with pytest.raises(InvalidArgumentError, match="V"):
        DeflatedSystem(dln.LinearSystem(A, B, C), np.ones((3, 1)), np.ones((3, 1)))
    with pytest.raises(InvalidArgumentError, match="most"):
        unstable_part(dln.LinearSystem(A, B, C), most=0)
