"""The search for unstable eigenvalues of sparse pencils; `tests/decompositions` has it on systems."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import NumericalError
from dlnbalance.linalg.sparse.pencils import SparsePencil
from dlnbalance.linalg.sparse.unstable_poles import unstable_poles


def test_bases_are_biorthogonal_and_deflating(rng):
    n = 300
    T = sp.eye_array(n) + 0.5 * sp.random_array((n, n), density=1 / n, rng=rng)
    diagonal = sp.diags_array(np.concatenate([[3.0, 1e-2, 0.0], -np.geomspace(1e-2, 1e4, n - 3)]))
    pencil = SparsePencil((T @ diagonal).tocsc(), T.tocsc())
    found = unstable_poles(pencil, discrete=False)
    assert found.right.shape == found.left.shape == (n, 3)
    assert la.norm(found.left.T @ (pencil.E @ found.right) - np.eye(3)) <= 1e-13
    small = found.left.T @ (pencil.A @ found.right)
    assert la.norm(pencil.A @ found.right - pencil.E @ found.right @ small) <= 1e-12 * la.norm(pencil.A.toarray())
    assert found.residual <= 1e-14
    np.testing.assert_allclose(np.sort(found.values.real), [0, 1e-2, 3], atol=1e-12)
    assert not found.doubtful
    assert found.reach[1] > 1e4


def test_the_scales_of_a_spectrum_may_lie_nine_decades_apart():
    unstable = np.geomspace(1e-3, 1e3, 12)
    A = sp.diags_array(np.concatenate([unstable, -np.geomspace(1e-4, 1e5, 800)])).tocsc()
    found = unstable_poles(SparsePencil(A), discrete=False)
    np.testing.assert_allclose(np.sort(found.values.real), unstable, rtol=1e-9)
    assert found.counted


def test_the_law_of_inertia_is_for_hermitian_pencils_only():
    A = sp.diags_array(np.append([1.0], -np.arange(1.0, 50))).tolil()
    assert unstable_poles(SparsePencil(A.tocsc()), discrete=False).counted
    A[3, 4] = 0.5
    assert not unstable_poles(SparsePencil(A.tocsc()), discrete=False).counted


def test_the_search_ends_at_a_number():
    A = sp.diags_array(np.append(np.arange(1.0, 6), -np.arange(1.0, 100))).tocsc()
    with pytest.raises(NumericalError, match="at most 4 poles"):
        unstable_poles(SparsePencil(A), discrete=False, most=4)
