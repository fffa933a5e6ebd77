"""Algebraic equations as zero rows of E: elimination from dense systems, and on the sparse pencil."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.decompositions.algebraic_parts import eliminated, implicit_split, semi_explicit
from dlnbalance.decompositions.polynomial_parts import polynomial_split
from dlnbalance.errors import SingularDescriptorError
from dlnbalance.linalg.pencil_structure import rank_tolerance
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small
from .descriptor_models import dense_copy, ladder_gain, rlc_ladder, saddle_point

FREQUENCIES = [0.0, 1e3, 3e4]


def split_of(system):
    """Its zero rows and columns, at the usual tolerance."""
    return semi_explicit(system, rank_tolerance(system.nstates))


def test_zero_rows_and_columns_are_found_wherever_they_are(rng):
    split = split_of(saddle_point(rng, 30, 6))
    assert split.constraints.size == split.multipliers.size == 6
    assert split.mass.shape == (24 + 6, 30)
    E = split.system.E.toarray()
    assert not E[split.constraints].any()
    assert not E[:, split.multipliers].any()


@pytest.mark.parametrize(
    "E",
    [
        [[0.0, 1.0], [0.0, 0.0]],  # nilpotent: one zero row and one zero column, and what is left is nonsingular
        np.diag([1.0, 0.0]),
    ],
)
def test_one_zero_row_and_column(E):
    split = split_of(LinearSystem(np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=E))
    assert split.constraints.tolist() == [1]


@pytest.mark.parametrize("E", [np.ones((2, 2)), [[1.0, 0.0], [1.0, 0.0]], np.eye(2)])
def test_other_forms_are_not_taken_for_it(E):
    assert split_of(LinearSystem(np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=E)) is None


def test_a_system_may_be_algebraic_altogether():
    system = LinearSystem([[2.0, 1.0], [0.0, 1.0]], [[1.0], [1.0]], [[1.0, 1.0]], E=np.zeros((2, 2)))
    found = eliminated(split_of(system))
    assert found.proper.nstates == 0
    np.testing.assert_allclose(found.proper.D, [[-1.0]], rtol=1e-15)


def test_the_ladder_without_its_algebraic_nodes(rng):
    system = rlc_ladder(20)
    found = eliminated(split_of(dense_copy(system)))
    assert (found.index, found.infinite, found.polynomial) == (1, 20, ())
    assert found.proper.states[:2] == ("current0", "voltage0")
    assert found.proper.nstates == 40
    np.testing.assert_allclose(found.proper.D.ravel(), [0, 0, 1], atol=1e-15)  # at s = ∞ the inductor is open
    for omega in FREQUENCIES:
        exact = ladder_gain(20, 1j * omega)
        assert_small(la.norm(found.proper(1j * omega) - exact), la.norm(exact), 2000)  # 250 was seen


def test_elimination_does_not_depend_on_units(rng):
    """Equations and states in units from 1e-30 to 1e30, time in units of 1e-9 s."""
    system = dense_copy(rlc_ladder(5))
    r, d = (2.0 ** rng.integers(-100, 100, system.nstates) for _ in range(2))
    unit = 2.0**30
    A, E = unit * (r[:, None] * system.A * d), r[:, None] * system.E * d
    moved = LinearSystem(A, unit * (r[:, None] * system.B), system.C * d, system.D, E=E)
    plain, scaled = (eliminated(split_of(model)) for model in (system, moved))
    assert 1 <= max(plain.condition, scaled.condition) < 100
    for omega in FREQUENCIES:
        exact = plain.proper(1j * omega)
        assert_small(la.norm(scaled.proper(1j * unit * omega) - exact), la.norm(exact), 500)


def test_elimination_leaves_higher_indices_to_others(rng):
    assert eliminated(split_of(dense_copy(saddle_point(rng, 12, 3)))) is None
    nearly = LinearSystem([[-1.0, 1.0], [1.0, 1e-12]], np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 0.0]))
    assert eliminated(split_of(nearly)) is not None  # in even scales that is well conditioned


def test_a_sparse_ladder_keeps_its_pencil(rng):
    system = rlc_ladder(40)
    found = implicit_split(split_of(system))
    assert (found.index, found.infinite, found.polynomial) == (1, 40, ())
    assert sp.issparse(found.proper.A)
    assert sp.issparse(found.proper.E)
    np.testing.assert_allclose(found.proper.D.ravel(), [0, 0, 1], atol=1e-15)
    for omega in FREQUENCIES:
        exact = ladder_gain(40, 1j * omega)
        assert_small(la.norm(found.proper(1j * omega) - exact), la.norm(exact), 4000)  # 400 was seen


@pytest.mark.parametrize("coupled", [True, False], ids=["coupled", "proper"])
@pytest.mark.parametrize("static", [0, 9])
def test_a_saddle_point_has_the_parts_of_its_dense_copy(rng, complex_entries, discrete, coupled, static):
    options = {"complex_entries": complex_entries, "discrete": discrete, "coupled": coupled, "static": static}
    system = saddle_point(rng, 60, 12, **options)
    found, dense = implicit_split(split_of(system)), polynomial_split(dense_copy(system))
    assert (found.index, found.infinite) == (dense.parts.form.index, dense.parts.form.infinite) == (2, 24 + static)
    assert len(found.polynomial) == len(dense.polynomial) == coupled
    assert found.proper.is_complex == complex_entries
    for D, exact in zip(found.polynomial, dense.polynomial, strict=True):
        assert_small(la.norm(D - exact), la.norm(exact), 5000)
    for z in (0.7 + 0.4j, -1.3j):
        exact = dense.proper(z)
        assert_small(la.norm(found.proper(z) - exact), la.norm(exact), 5000)
        whole = found.proper(z) + sum((D * z for D in found.polynomial), 0 * exact)
        assert_small(la.norm(whole - system(z)), la.norm(system(z)), 1000)


def test_what_is_neither_is_refused_with_a_way_out():
    """A_22 is singular and not zero; and constraints that contradict each other."""
    line = sp.diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(6, 6))
    mixed = sp.block_diag([line, sp.csc_array([[1.0, 0.0], [0.0, 0.0]])], format="csc")
    doubled = sp.block_array([[line, np.ones((6, 2))], [np.ones((2, 6)), None]], format="csc")
    E = sp.block_diag([sp.eye_array(6), sp.csc_array((2, 2))], format="csc")
    for A in (mixed, doubled):
        system = LinearSystem(A, np.ones((8, 1)), np.ones((1, 8)), E=E)
        with pytest.raises(SingularDescriptorError, match=r"reciprocal condition number .*finite_infinite"):
            implicit_split(split_of(system))
