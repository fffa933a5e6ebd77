"""The compiled recursions against the same formulas in Python (which have their own tests), and how one is chosen."""

import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg import compiled
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.pencils import SchurForm, schur_form
from dlnbalance.linalg.triangular_lyapunov import adjoint_triangular_factor, triangular_factor
from dlnbalance.linalg.triangular_pencils import triangular_pencil

from ..models import assert_small, random_matrix, random_pencil

needs_both = pytest.mark.skipif(compiled.recursions is None, reason=f"the recursions are {compiled.in_words()}")


@pytest.fixture
def both_ways(monkeypatch):
    """What a function returns by the compiled recursions, and in Python."""

    def called(function):
        first = function()
        with monkeypatch.context() as patch:
            patch.setattr(compiled, "recursions", None)
            return first, function()

    return called


@needs_both
@pytest.mark.parametrize("n", [0, 1, 2, 5, 12, 40])
@pytest.mark.parametrize("m", [1, 3, 60])
def test_factors_agree(rng, both_ways, n, m, complex_entries, discrete, descriptor):
    A, E = random_pencil(rng, n, discrete=discrete, descriptor=descriptor, complex_entries=complex_entries)
    pencil, right = schur_form(A, E).triangular, random_matrix(rng, n, m, complex_entries=complex_entries)
    for factor in (triangular_factor, adjoint_triangular_factor):
        first, second = both_ways(lambda factor=factor: factor(pencil, right, discrete=discrete))
        assert first.dtype == second.dtype
        # Not the factors themselves: a diagonal entry that is nothing but rounding decides the sign of its row.
        grams = (M @ adjoint(M) if factor is triangular_factor else adjoint(M) @ M for M in (first, second))
        assert_small(la.norm(np.subtract(*grams)), la.norm(second) ** 2, 50 * (n + 1))


@needs_both
@pytest.mark.parametrize("right", ["zero", "row of zeros", "tiny", "huge", "complex"])
def test_factors_of_unusual_right_hand_sides_agree(rng, both_ways, right, discrete, descriptor):
    A, E = random_pencil(rng, 9, discrete=discrete, descriptor=descriptor)
    pencil = schur_form(A, E).triangular
    B = random_matrix(rng, 9, 2, complex_entries=right == "complex")
    B = {"zero": 0 * B, "row of zeros": B * (np.arange(9) != 8)[:, None], "tiny": 1e-300 * B, "huge": 1e300 * B}.get(
        right, B
    )
    first, second = both_ways(lambda: triangular_factor(pencil, B, discrete=discrete))
    size = np.abs(second).max()
    assert bool(size > 0) is (right != "zero")
    if size > 0:
        first, second = first / size, second / size
        assert_small(la.norm(first @ adjoint(first) - second @ adjoint(second)), 1, 1000)


@needs_both
def test_badly_scaled_factors_agree_row_by_row(rng, both_ways, discrete):
    """Rates over twelve decades, and inputs as well: small rows of the factor are as accurate as large ones."""
    rates, n = np.geomspace(1e-12, 0.5, 20), 20
    S = np.diag(1 - rates if discrete else -rates) + np.triu(random_matrix(rng, n, n), 1) * np.minimum.outer(
        rates, rates
    )
    pencil, right = triangular_pencil(S, None), rates[:, None] * random_matrix(rng, n, 2)
    first, second = both_ways(lambda: triangular_factor(pencil, right, discrete=discrete))
    assert_small((la.norm(first - second, axis=1) / la.norm(second, axis=1)).max(), 1, 1000)


@needs_both
def test_poles_at_zero_agree(both_ways):
    S = np.diag(np.ones(4), 1)
    first, second = both_ways(lambda: triangular_factor(triangular_pencil(S, None), np.eye(5)[:, -1:], discrete=True))
    assert_small(la.norm(first - second), 1, 5)


@needs_both
@pytest.mark.parametrize("n", [0, 1, 2, 7, 30])
@pytest.mark.parametrize("m", [0, 1, 40])
@pytest.mark.parametrize("count", [0, 1, 700])
def test_resolvents_agree(rng, both_ways, n, m, count, complex_entries, descriptor):
    A, E = random_pencil(rng, n, discrete=False, descriptor=descriptor, complex_entries=complex_entries)
    schur, B = schur_form(A, E), random_matrix(rng, n, m, complex_entries=complex_entries)
    points = 1j * np.linspace(-3, 3, count)
    first, second = both_ways(lambda: schur.resolvent(points, B))
    assert first.shape == second.shape == (n, count, m)
    assert first.dtype == second.dtype
    if first.size:
        pencil = [points[-1] * (np.eye(n) if E is None else E) - A, schur.Z @ first[:, -1, :]]
        assert_small(la.norm(pencil[0] @ pencil[1] - B), la.norm(pencil[0]) * la.norm(pencil[1]), 20)
        assert_small(la.norm(first - second), la.norm(second) * 100, 100 * n)


@needs_both
def test_badly_scaled_resolvents_agree_row_by_row(rng, both_ways):
    rates = np.geomspace(1e-150, 1e150, 11)
    schur = SchurForm(S=np.diag(-rates), T=None, Q=np.eye(11), Z=np.eye(11))
    points, B = 1j * rates, rates[:, None] * random_matrix(rng, 11, 2)
    first, second = both_ways(lambda: schur.resolvent(points, B))
    assert_small((np.abs(first - second) / np.abs(second)).max(), 1, 10)


def test_a_shift_that_is_an_eigenvalue_is_refused(descriptor):
    T = np.eye(2) if descriptor else None
    schur = SchurForm(S=np.diag([-1.0, -2.0]), T=T, Q=np.eye(2), Z=np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        schur.resolvent(np.array([1j, -2.0]), np.ones((2, 1)))


def test_the_pure_way_can_be_asked_for():
    command = "from dlnbalance.linalg import compiled; print(compiled.recursions, compiled.in_words())"
    environment = os.environ | {"DLNBALANCE_PURE": "1"}
    said = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "None pure Python (DLNBALANCE_PURE is set)"
