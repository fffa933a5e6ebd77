"""Poles of lightly damped second-order models, against closed forms."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.linalg.sparse.modal_spectra import modal_spectrum
from dlnbalance.linalg.sparse.second_order_pencils import SecondOrderPencil

from ...models import random_matrix


def chain(masses, damping, *, mass=1.0):
    off = -np.ones(masses - 1)
    K = sp.diags_array([np.full(masses, 2.0), off, off], offsets=[0, 1, -1]).tocsc()
    return SecondOrderPencil(mass * sp.eye_array(masses, format="csc"), damping * K, K)


def closed_form(masses, damping):
    squares = 2 - 2 * np.cos(np.arange(1, masses + 1) * np.pi / (masses + 1))
    return -damping * squares / 2 + np.sqrt((damping * squares / 2) ** 2 - squares + 0j)


def test_separate_modes_are_poles_and_none_is_missing():
    pencil, right = chain(300, 1e-4), np.random.default_rng(0).standard_normal((600, 1))
    found = modal_spectrum(pencil, right, right, most=1000)
    assert found is not None
    expected = closed_form(300, 1e-4)
    assert found.points.size == 300
    assert np.abs(found.points[np.argsort(np.abs(found.points))] - expected[np.argsort(np.abs(expected))]).max() <= 1e-8


def test_modes_that_overlap_are_points_of_their_curve_no_further_apart_than_their_damping():
    """Dampers in proportion to springs: Re λ = −c|λ|²/2."""
    pencil, right = chain(2000, 0.05), np.zeros((4000, 1))
    right[2000] = 1
    found = modal_spectrum(pencil, right, right, most=3000)
    assert found is not None
    size = np.abs(found.points)
    inside = size <= 1.9  # beyond the last mode the curve goes on as it ended
    np.testing.assert_allclose(-found.points.real[inside], 0.025 * size[inside] ** 2, rtol=0.1)
    order = np.argsort(size)
    gaps, damping = np.diff(size[order]), -found.points.real[order][1:]
    modes = np.diff(np.sort(np.abs(closed_form(2000, 0.05)))).max()
    assert (gaps <= np.maximum(damping, 2 * modes)).all()
    assert size.min() == pytest.approx(np.abs(closed_form(2000, 0.05)).min(), rel=1e-6)
    assert size.max() >= 1.95
    assert found.points.size < 700


def test_weights_are_those_of_an_expansion_in_eigenvectors(rng):
    """The larger of the parts of both right-hand sides, from dense eigenvectors of the pencil."""
    pencil = chain(12, 0.02, mass=3.0)
    reach, observe = random_matrix(rng, 24, 2), random_matrix(rng, 24, 1)
    found = modal_spectrum(pencil, reach, observe, most=100)
    assert found is not None
    A, E = pencil.A.toarray(), pencil.E.toarray()
    parts = []
    for first, second, right in ((A, E, reach), (A.T, E.T, observe)):
        values, vectors = la.eig(first, second)
        columns = second @ vectors
        shares = la.norm(la.solve(columns, right), axis=1) * la.norm(columns, axis=0) / la.norm(right, 2)
        parts.append([shares[np.argmin(np.abs(values - point))] for point in found.points])
    np.testing.assert_allclose(np.exp(found.weights), np.maximum(*parts), rtol=1e-6)


@pytest.mark.parametrize("change", ["gyroscopic", "indefinite", "undamped"])
def test_other_models_have_no_modal_spectrum(change):
    blocks = dict(zip("MDK", chain(20, 0.01).blocks, strict=True))
    if change == "gyroscopic":
        blocks["D"] = blocks["D"] + sp.triu(sp.eye_array(20, k=1)) - sp.tril(sp.eye_array(20, k=-1))
    elif change == "indefinite":
        blocks["K"] = blocks["K"] - 1.5 * sp.eye_array(20)
    else:
        blocks["D"] = 0 * blocks["D"]
    pencil = SecondOrderPencil(*(sp.csc_array(blocks[name]) for name in "MDK"))
    assert modal_spectrum(pencil, np.ones((40, 1)), np.ones((40, 1)), most=100) is None
