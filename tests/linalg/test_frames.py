"""Orthonormal frames along products of layers."""

import numpy as np
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.frames import sweep

from ..models import random_weights


def test_sweep_carries_a_frame(rng, complex_entries):
    layers = random_weights(rng, (5, 7, 4, 6, 3), complex_entries=complex_entries)
    run = sweep(layers, np.eye(5)[:, :3])
    assert len(run.frames) == 5
    for layer, before, after, R in zip(layers, run.frames[:-1], run.frames[1:], run.triangles, strict=True):
        assert la.norm(layer @ before - after @ R) <= 1e-14 * la.norm(layer)
        assert la.norm(adjoint(after) @ after - np.eye(3)) <= 1e-14
        assert not np.tril(R, -1).any()


def test_triangles_multiply_to_the_determinant_of_the_product(rng):
    layers = random_weights(rng, (4,) * 6)
    run = sweep(layers, np.eye(4))
    determinants = [la.det(layer) for layer in layers]
    found = np.prod([np.prod(np.diagonal(R)) for R in run.triangles])
    np.testing.assert_allclose(abs(found), abs(np.prod(determinants)), rtol=1e-12)


def test_no_layers_leave_the_frame_alone():
    start = np.eye(3)[:, :2]
    run = sweep([], start)
    assert run.triangles == ()
    assert run.frames[0] is start
