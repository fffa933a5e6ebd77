"""Products that are formed: as accurate as the careful way where they are used, refused elsewhere."""

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.formed_product import formed_svd, is_thin, measured_error, multiplied
from dlnbalance.linalg.product_svd import product_svd

from ..models import random_matrix, random_unitary, random_weights


def exact(layers):
    with mpmath.workdps(60):
        X = mpmath.matrix(layers[0].tolist())
        for layer in layers[1:]:
            X = mpmath.matrix(layer.tolist()) * X
        X = X if X.rows >= X.cols else X.H
        solve = mpmath.svd_c if np.iscomplexobj(layers[0]) else mpmath.svd_r
        return np.array([float(x) for x in sorted(solve(X, compute_uv=False), reverse=True)])


@pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
@pytest.mark.parametrize("widths", [(6, 6, 6), (7, 5, 6), (8, 8, 8, 8), (6,) * 6, (10,) * 7])
def test_every_singular_value_to_twelve_digits_of_its_own(rng, widths, complex_entries):
    """Where the plain SVD of the product loses a thousand times more."""
    layers = random_weights(rng, widths, complex_entries=complex_entries)
    svd = formed_svd(layers, multiplied(layers))
    assert svd is not None
    values = exact(layers)[: min(widths)]
    assert np.abs(svd.values / values - 1).max() <= 1e-12
    assert (np.abs(svd.values - values) <= svd.errors).all()
    assert la.norm((svd.left * svd.values) @ adjoint(svd.right) - multiplied(layers)) <= 1e-13 * values[0]


def test_rectangular_products_are_as_good_as_the_careful_way_or_left_to_it():
    """Vectors of a small singular value lean towards the rounding errors of X beside the row and column spaces."""
    formed = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        layers = [layer / 2 for layer in random_weights(rng, rng.integers(3, 7, rng.integers(2, 60)))]
        svd = None if is_thin(layers) else formed_svd(layers, multiplied(layers))
        if svd is not None:
            formed += 1
            careful = product_svd(layers)
            ratio = svd.mantissas / careful.mantissas * 2.0 ** (svd.exponents - careful.exponents)
            assert np.abs(ratio - 1).max() <= 1e-11
    assert formed > 50


@pytest.mark.parametrize("width, depth", [(64, 2), (64, 4), (64, 6), (256, 3)])
def test_wide_layers_agree_with_the_careful_way(rng, width, depth):
    layers = [random_matrix(rng, width, width) / np.sqrt(width) for _ in range(depth)]
    svd = formed_svd(layers, multiplied(layers))
    assert svd is not None
    assert np.abs(svd.values / product_svd(layers).values - 1).max() <= 1e-11


def test_equal_singular_values_do_no_harm(rng):
    layers = [random_unitary(rng, 8) for _ in range(5)]
    assert np.abs(formed_svd(layers, multiplied(layers)).values - 1).max() <= 1e-14


@pytest.mark.parametrize(
    "layers",
    [
        [np.diag([1.0, 0.0]), np.eye(2)],  # a zero, indistinguishable from rounding
        [np.diag([1e200, 1.0]), np.diag([1e200, 1.0])],
        [np.diag([1e-200, 1e-200]), np.diag([1e-200, 1e-200])],
    ],
)
def test_what_the_product_cannot_show_is_left_to_the_careful_way(layers):
    assert formed_svd(layers, multiplied(layers)) is None


@pytest.mark.parametrize("depth", [10, 30])
def test_deep_and_cancelling_products_are_left_to_the_careful_way(rng, depth):
    graded = [random_unitary(rng, 5) @ np.diag(10.0 ** -np.arange(5)) @ random_unitary(rng, 5) for _ in range(depth)]
    inner = random_unitary(rng, 5) * np.geomspace(1e-7, 1e7, 5)
    for layers in (graded, [inner, la.inv(inner)] * (depth // 2)):
        assert formed_svd(layers, multiplied(layers)) is None


def test_thin_networks_are_not_formed():
    assert is_thin([np.ones((2, 9)), np.ones((9, 2))])
    assert not is_thin([np.ones((5, 9)), np.ones((9, 5))])


def test_measured_error_is_of_the_size_of_the_error(rng):
    layers = [random_matrix(rng, 8, 8) for _ in range(4)]
    X = multiplied(layers)
    disturbed = X + 1e-6 * random_matrix(rng, 8, 8)
    assert 0.2 < measured_error(layers, disturbed) / la.norm(disturbed - X) < 5
    assert measured_error(layers, X) <= 1e-13 * la.norm(X)
