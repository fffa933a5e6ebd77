"""Finite and infinite parts of descriptor systems: closed forms, published examples, refusals."""

import numpy as np
import pytest
import scipy.io
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.decompositions import explicit_form, finite_infinite
from dlnbalance.decompositions.condensed_systems import CondensedSystem
from dlnbalance.errors import InvalidArgumentError, SingularDescriptorError, SingularPencilError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_gauge, random_system
from ..slicot import PRINTED
from .descriptor_models import dense_copy, ladder_gain, rlc_ladder, saddle_point, weierstrass


def whole(parts, z):
    """Sum of the parts at one point, the polynomial by its realization."""
    return parts.proper(z) + (0 if parts.improper is None else parts.improper(z))


def chain(size, dt=0):
    """A descriptor system with the transfer function s^(size − 1)."""
    B, C = np.zeros((size, 1)), np.zeros((1, size))
    B[-1], C[0, 0] = 1.0, -1.0
    return LinearSystem(np.eye(size), B, C, E=np.eye(size, k=1), dt=dt)


# -- closed forms ----------------------------------------------------------------------------------------------------


def test_a_capacitor_charged_through_a_resistor():
    """C v' = i, 0 = u − v − R i: the current is u/R − v/R, index 1."""
    R, C = 5.0, 0.25
    circuit = LinearSystem(
        [[0.0, 1.0], [-1.0, -R]],
        [[0.0], [1.0]],
        np.eye(2),
        E=np.diag([C, 0.0]),
        states=["voltage", "current"],
        inputs=["source"],
        outputs=["v", "i"],
        name="RC",
    )
    parts = finite_infinite(circuit)
    assert (parts.index, parts.finite, parts.infinite, parts.is_proper) == (1, 1, 1, True)
    assert parts.improper is None
    proper = parts.proper
    assert (proper.states, proper.inputs, proper.outputs, proper.name) == (("voltage",), ("source",), ("v", "i"), "RC")
    np.testing.assert_allclose(proper.D, [[0.0], [1 / R]], rtol=1e-15)
    np.testing.assert_allclose(proper.poles(), [-1 / (R * C)], rtol=1e-14)
    explicit = explicit_form(circuit)
    assert explicit.E is None
    for s in (0.0, 1j, 3.0 - 2j):
        exact = np.array([[1.0], [C * s]]) / (R * C * s + 1)
        np.testing.assert_allclose(explicit(s), exact, rtol=0, atol=1e-14)
    assert dln.reduce(proper, order=1).order == 1


def test_a_differentiator():
    parts = finite_infinite(chain(2))
    assert (parts.index, parts.finite, parts.infinite, parts.is_proper) == (2, 0, 2, False)
    assert parts.proper.nstates == 0
    [D] = parts.polynomial
    np.testing.assert_allclose(D, [[1.0]], rtol=1e-14)
    assert parts.improper.nstates == 2
    np.testing.assert_allclose(parts.improper(2 + 3j), [[2 + 3j]], rtol=1e-14)


def test_a_square_and_a_lag():
    """s² + 1/(s + 1), index 3."""
    lag, square = LinearSystem([[-1.0]], [[1.0]], [[1.0]]), chain(3)
    parts = finite_infinite(lag + square)
    assert (parts.index, parts.finite, parts.infinite) == (3, 1, 3)
    assert [round(D.item(), 12) for D in parts.polynomial] == [0.0, 1.0]
    for s in (0.5j, 2.0, -1 + 1j):
        np.testing.assert_allclose(parts.proper(s), [[1 / (s + 1)]], rtol=1e-13)
        np.testing.assert_allclose(whole(parts, s), [[s**2 + 1 / (s + 1)]], rtol=1e-13)


def test_a_matrix_with_polynomial_entries():
    """[s², s/(s + 1); 0, 1/s] of DescriptorSystems.jl, test/test_conversions.jl: s/(s + 1) = 1 − 1/(s + 1)."""
    A = la.block_diag(np.eye(3), -1.0, 0.0)
    E = la.block_diag(np.eye(3, k=1), 1.0, 1.0)
    B = np.zeros((5, 2))
    B[2, 0] = B[3, 1] = B[4, 1] = 1.0
    C = [[-1.0, 0, 0, -1.0, 0], [0, 0, 0, 0, 1.0]]
    parts = finite_infinite(LinearSystem(A, B, C, [[0.0, 1.0], [0.0, 0.0]], E=E))
    np.testing.assert_allclose(np.sort(parts.proper.poles().real), [-1, 0], atol=1e-14)
    s = 0.3 + 2j
    np.testing.assert_allclose(parts.proper(s), [[0, s / (s + 1)], [0, 1 / s]], rtol=0, atol=1e-14)
    np.testing.assert_allclose(parts.improper(s), [[s**2, 0], [0, 0]], rtol=0, atol=1e-13)
    assert parts.improper.nstates == 3


def test_a_delay_backwards_is_not_causal():
    parts = finite_infinite(chain(3, dt=0.1))
    assert "not causal: the output depends on inputs 2 steps ahead" in repr(parts)
    with pytest.raises(SingularDescriptorError, match="not causal"):
        explicit_form(chain(3, dt=0.1))


# -- structures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blocks", [(1, 1), (2,), (3, 1), (2, 2, 1)])
def test_parts_add_up_to_the_system(rng, blocks, complex_entries, discrete):
    system, proper, polynomial = weierstrass(rng, 6, blocks, complex_entries=complex_entries, discrete=discrete)
    parts = finite_infinite(system)
    assert (parts.index, parts.finite, parts.infinite) == (max(blocks), 6, sum(blocks))
    assert len(parts.polynomial) == len(polynomial)
    for part in (parts.proper, parts.improper):
        assert part is None or (part.dt, part.name, part.is_complex) == (system.dt, "plant", complex_entries)
    for z in (0.3 + 1.1j, -2.0j, 40.0):
        exact = proper(z) + sum((D * z ** (k + 1) for k, D in enumerate(polynomial)), 0j)
        assert_small(la.norm(whole(parts, z) - exact), parts.condition * la.norm(exact), 5000)


@pytest.mark.parametrize("blocks", [(1, 1), (2, 1), (3,)])
def test_sums_differences_duals_and_permutations(rng, blocks, complex_entries, discrete):
    system, _, _ = weierstrass(rng, 4, blocks, complex_entries=complex_entries, discrete=discrete)
    parts, z = finite_infinite(system), 0.3 + 1.1j
    twice = finite_infinite(system + system)
    np.testing.assert_allclose(whole(twice, z), 2 * whole(parts, z), rtol=0, atol=1e-11 * la.norm(system(z)))
    assert (twice.infinite, twice.index) == (2 * parts.infinite, parts.index)
    nothing = finite_infinite(system - system)
    assert nothing.is_proper
    assert la.norm(nothing.proper(z)) <= 1e-11 * la.norm(system(z))
    A, E, B, C, D = (adjoint(M) for M in (system.A, system.E, system.B, system.C, system.D))
    dual = finite_infinite(LinearSystem(A, C, B, D, E=E, dt=system.dt))
    np.testing.assert_allclose(
        whole(dual, z.conjugate()), adjoint(whole(parts, z)), rtol=0, atol=1e-11 * la.norm(system(z))
    )
    for order in (rng.permutation(system.nstates) for _ in range(2)):
        moved = LinearSystem(system.A[order], system.B[order], system.C, system.D, E=system.E[order], dt=system.dt)
        np.testing.assert_allclose(
            whole(finite_infinite(moved), z), whole(parts, z), rtol=0, atol=1e-11 * la.norm(system(z))
        )


def test_a_nonsingular_descriptor_comes_back_as_it_is(rng, complex_entries, descriptor):
    system = random_system(rng, 5, 2, 1, complex_entries=complex_entries, descriptor=descriptor)
    parts = finite_infinite(system)
    assert parts.proper is system
    assert (parts.index, parts.finite, parts.infinite, parts.polynomial) == (0, 5, 0, ())
    assert "transfer function: proper" in repr(parts)
    widely = LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 1e-20]))
    assert finite_infinite(widely).proper is widely
    nothing = LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]], E=np.zeros((0, 0)))
    assert finite_infinite(nothing).proper is nothing


def test_hidden_modes_at_infinity_do_not_make_a_system_improper(rng, complex_entries):
    system, proper, _ = weierstrass(rng, 4, (3, 2), complex_entries=complex_entries, hidden=True)
    assert finite_infinite(system).index == 3
    np.testing.assert_allclose(explicit_form(system)(2j), proper(2j), rtol=0, atol=1e-11)


def test_systems_in_units_that_differ_by_many_decades(rng):
    system, proper, polynomial = weierstrass(rng, 4, (3, 1))
    r, d = (10.0 ** rng.uniform(-40, 40, 8) for _ in range(2))
    scaled = LinearSystem(
        1e9 * (r[:, None] * system.A * d), 1e9 * (r[:, None] * system.B), system.C * d, system.D,
        E=r[:, None] * system.E * d,
    )  # fmt: skip
    parts = finite_infinite(scaled)
    assert (parts.index, parts.infinite, len(parts.polynomial)) == (3, 4, 2)
    exact = proper(1.5j)
    np.testing.assert_allclose(parts.proper(1.5e9j), exact, rtol=0, atol=1e-10 * la.norm(exact))
    for k, (D, other) in enumerate(zip(parts.polynomial, polynomial, strict=True), start=1):
        np.testing.assert_allclose(D * 1e9**k, other, rtol=0, atol=1e-9 * la.norm(other))


def test_ranks_are_those_at_the_tolerance():
    """A fast pole at −1e12 counts as infinite at a tolerance of 1e-9; eps is what is asked for at least."""
    fast = LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=[[1.0, 1.0], [1.0, 1.0 + 1e-12]])
    assert finite_infinite(fast).infinite == 0
    assert finite_infinite(fast, tol=1e-9).infinite == 1
    for tol in (0.0, 1.0, 1e-20, np.nan, "small"):
        with pytest.raises(InvalidArgumentError, match="tol"):
            finite_infinite(fast, tol=tol)


# -- published examples ----------------------------------------------------------------------------------------------


def test_the_example_of_tg01nd():
    """SLICOT's example TG01ND (the data of TG01FD): printed are its finite eigenvalues and its finite part."""
    A = [[-1, 0, 0, 3], [0, 0, 1, 2], [1, 1, 0, 4], [0, 0, 0, 0]]
    E = [[1, 2, 0, 0], [0, 1, 0, 1], [3, 9, 6, 3], [0, 0, 2, 0]]
    B = [[1, 0], [0, 0], [0, 1], [1, 1]]
    C = [[-1, 0, 1, 0], [0, 1, -1, 1]]
    parts = finite_infinite(LinearSystem(A, B, C, E=E))
    assert (parts.finite, parts.infinite, parts.index, parts.is_proper) == (3, 1, 1, True)
    poles = np.sort_complex(parts.proper.poles())
    np.testing.assert_allclose(poles, [-3.6375, 0, 0.1375], atol=PRINTED)
    finite = LinearSystem(
        [[1.2803, -2.3613, -0.9025], [0, -0.5796, 0.8504], [0, 0, 0]],
        [[7.7328, 1.6760], [2.2870, 0.4660], [-1.2140, -1.2140]],
        [[-0.0469, -0.9391, -0.8847], [-1.0697, 0.3620, 1.1795]],
        E=[[9.3142, -4.1463, 5.4026], [0, 0.1594, 0.1212], [0, 0, 2.3524]],
    )
    infinite = -np.outer([-6.0622, 0.0], [1.1339, 0.3780]) / 2.2913
    np.testing.assert_allclose(parts.proper.D, infinite, atol=4 * PRINTED)
    for s in (1j, 2 + 1j):
        np.testing.assert_allclose(parts.proper(s), finite(s) + infinite, atol=1e-3)  # of four decimals in A and E


def test_the_example_of_ag08bd():
    """SLICOT's AG08BD: DescriptorSystems.jl (test/test_analysis.jl) states 9 infinite eigenvalues and no finite one."""
    A, E = np.eye(9), la.block_diag(*[np.eye(3, k=-1)] * 3)
    B = np.zeros((9, 3))
    B[0, 0] = B[3, 1] = B[6, 2] = -1.0
    C = [[0, 1, 1, 0, 3, 4, 0, 0, 2], [0, 1, 0, 0, 4, 0, 0, 2, 0], [0, 0, 1, 0, -1, 4, 0, -2, 2]]
    D = [[1, 2, -2], [0, -1, -2], [0, 0, 0]]
    parts = finite_infinite(LinearSystem(A, B, C, D, E=E))
    assert (parts.index, parts.finite, parts.infinite) == (3, 0, 9)
    np.testing.assert_allclose(parts.polynomial[0], [[1, 3, 0], [1, 4, 2], [0, -1, -2]], atol=1e-14)
    np.testing.assert_allclose(parts.polynomial[1], [[1, 4, 2], [0, 0, 0], [1, 4, 2]], atol=1e-14)
    np.testing.assert_allclose(parts.proper.D, D, atol=1e-14)


def test_a_sampled_descriptor_keeps_its_dc_gain():
    """The system of index 1 of DescriptorSystems.jl, test/test_conversions.jl."""
    system = LinearSystem([[-4.0, -2.0], [1.0, 0.0]], [[2.0], [0.0]], [[0.5, 1.0]], E=[[1.0, 2.0], [0.0, 0.0]])
    parts = finite_infinite(system)
    assert (parts.index, parts.finite) == (1, 1)
    np.testing.assert_allclose(parts.proper.dcgain(), system.dcgain(), rtol=1e-14)
    np.testing.assert_allclose(parts.proper.dcgain(), [[1.0]], rtol=1e-14)


def test_the_circuit_mna_1(data):
    """An RLC circuit of the benchmark collection, E x' = A x + B u and y = B'x, of index 3.

    Its polynomial part is s times the capacitance between its ports, symmetric and not negative.
    """
    stored = scipy.io.loadmat(data / "more" / "MNA_1.mat")
    A, E, B = (sp.csc_array(stored[name].astype(float)) for name in "AEB")
    system = LinearSystem(A, B.toarray(), B.toarray().T, E=E)
    parts = finite_infinite(system)
    assert (parts.index, parts.finite, parts.infinite, len(parts.polynomial)) == (3, 256, 322, 1)
    [capacitance] = parts.polynomial
    assert_small(la.norm(capacitance - capacitance.T), la.norm(capacitance), 2.0**52 * 1e-6)
    assert la.eigvalsh((capacitance + capacitance.T) / 2).min() > -1e-6 * la.norm(capacitance)
    assert parts.proper.poles().real.max() < 0
    for omega in (0.0, 1e6, 1e8, 1e10, 1e12):
        exact = system(1j * omega)
        assert la.norm(whole(parts, 1j * omega) - exact) <= 1e-7 * la.norm(exact)


# -- sparse ----------------------------------------------------------------------------------------------------------


def test_a_small_sparse_ladder_becomes_dense_and_keeps_its_names():
    parts = finite_infinite(rlc_ladder(30))
    assert (parts.index, parts.finite, parts.infinite) == (1, 60, 30)
    assert parts.proper.states[:2] == ("current0", "voltage0")
    for omega in (0.0, 1e3, 3e4):
        exact = ladder_gain(30, 1j * omega)
        assert_small(la.norm(parts.proper(1j * omega) - exact), la.norm(exact), 4000)


def test_a_large_sparse_ladder_is_reduced_on_its_own_pencil():
    system = rlc_ladder(520, resistance=20.0)
    assert system.is_large
    parts = finite_infinite(system)
    assert (parts.index, parts.finite, parts.infinite) == (1, 1040, 520)
    assert isinstance(parts.proper, CondensedSystem)
    small = dln.reduce(parts.proper, order=8)
    assert small.gramians == dln.LowRank()
    np.testing.assert_allclose(small.linear.D.ravel(), [0, 0, 1], atol=1e-12)
    for omega in (0.0, 1e3, 1e5, 1e7):
        exact = ladder_gain(520, 1j * omega, resistance=20.0)
        assert la.norm(small.linear(1j * omega) - exact, 2) <= small.bound
    assert float(small.error()) <= small.bound
    assert float(dln.hinf_norm(parts.proper)) >= la.norm(ladder_gain(520, 0.0, resistance=20.0)) * (1 - 1e-6)


def test_a_large_saddle_point_has_its_polynomial_part(rng):
    system = saddle_point(rng, 1400, 200)
    parts = finite_infinite(system)
    assert (parts.index, parts.finite, parts.infinite, len(parts.polynomial)) == (2, 1200, 400, 1)
    z = 0.7 + 0.4j
    assert_small(la.norm(whole(parts, z) - system(z)), la.norm(system(z)), 1e4)


def test_large_sparse_systems_of_other_forms_are_refused():
    line = sp.diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(5100, 5100))
    E = sp.diags_array([-1.0, 1.0], offsets=[-1, 0], shape=(5100, 5100)).tolil()
    E[0, 5099] = -1.0  # a circle of differences, which constants are in the null space of
    system = LinearSystem(sp.csc_array(line), np.ones((5100, 1)), np.ones((1, 5100)), E=sp.csc_array(E))
    with pytest.raises(SingularDescriptorError, match="zero rows as zero columns"):
        finite_infinite(system)


# -- refusals --------------------------------------------------------------------------------------------------------


def test_singular_pencils_are_refused_with_their_normal_rank(rng):
    left, right = random_gauge(rng, 4), random_gauge(rng, 4)
    A, E = np.diag([-1.0, 1.0, 1.0, 0.0]), np.diag([1.0, 0.0, 0.0, 0.0])
    system = LinearSystem(left @ A @ right, np.ones((4, 1)), np.ones((1, 4)), E=left @ E @ right)
    for function in (finite_infinite, explicit_form, LinearSystem.poles):
        with pytest.raises(SingularPencilError, match="of normal rank 3"):
            function(system)


def test_an_improper_system_has_no_explicit_form():
    with pytest.raises(SingularDescriptorError, match=r"grows like s\^2.*finite_infinite"):
        explicit_form(chain(3))


def test_refusals_elsewhere_name_what_there_is():
    for system in (rlc_ladder(3), dense_copy(rlc_ladder(3))):
        with pytest.raises(SingularDescriptorError, match=r"dlnbalance\.decompositions\.finite_infinite\(system\)"):
            dln.Lyapunov()(system)
    assert callable(dln.decompositions.finite_infinite)
