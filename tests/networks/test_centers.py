"""The form of balanced centers."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.product_svd import product_svd
from dlnbalance.networks.centers import assemble_center

from ..models import (
    assert_small,
    random_matrix,
    random_network,
)


def test_center_has_the_form_of_the_theorem(rng, complex_entries):
    """(Λ Q_0*, Λ, …, Λ, Q_N Λ): inner layers Λ, outer layers with orthogonal rows and columns."""
    network = random_network(rng, (4, 4, 4, 4), complex_entries=complex_entries)
    roots = np.diag(network.singular_values ** (1 / 3))
    first, inner, last = network.center().weights
    assert_small(la.norm(inner - roots), la.norm(roots), 1)  # observed 0
    assert_small(la.norm(first @ adjoint(first) - roots**2), la.norm(roots**2), 30)  # observed 4.1
    assert_small(la.norm(adjoint(last) @ last - roots**2), la.norm(roots**2), 30)  # observed 5.7


@pytest.mark.parametrize("hidden", [(), (3,), (4, 3, 5)])
def test_layers_multiply_to_the_truncated_matrix(rng, complex_entries, hidden):
    X = random_matrix(rng, 4, 5, complex_entries=complex_entries)
    left, values, right = la.svd(X, full_matrices=False)
    layers = assemble_center(product_svd([X]), 2, hidden)
    assert [layer.shape[0] for layer in layers] == [*hidden, 4]
    product = np.eye(5)
    for layer in layers:
        product = layer @ product
    assert_small(la.norm(product - (left[:, :2] * values[:2]) @ right[:2]), values[0], 50)


def test_values_beyond_the_range_of_numbers_have_roots(rng):
    """σ = 1e-400 is no number, its fourth root is."""
    svd = product_svd([np.array([[1e-100]])] * 4)
    assert [layer.item() for layer in assemble_center(svd, 1, (1, 1, 1))] == pytest.approx([1e-100] * 4, rel=1e-12)
