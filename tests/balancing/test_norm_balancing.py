"""Realizations of least norm: closed forms, the moment at the minimum, and what is said where there is none."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arrays import adjoint, dense

from ..models import random_system


@pytest.mark.parametrize(("b", "c"), [(4.0, 1.0), (1e-3, 1e3), (-2.0, 8.0)])
def test_one_state_shares_the_gain_evenly(b, c):
    """T scales b by t and c by 1/t: the least norm has |b| = |c| = |bc|^½, and A stays."""
    result = dln.balance_norm(([[-1.0]], [[b]], [[c]]))
    size = abs(b * c) ** 0.5
    assert np.abs([result.system.B.item(), result.system.C.item()]) == pytest.approx([size, size], rel=1e-9)
    assert result.system.A.item() == pytest.approx(-1.0, rel=1e-14)
    assert result.certificate.after == pytest.approx(1 + 2 * size**2, rel=1e-9)


def test_theorem_of_helmke_the_moment_vanishes_and_the_response_stays(rng, discrete, complex_entries):
    """[A, A*] + BB* = C*C at the minimum, and no change of coordinates makes the norm smaller."""
    system = random_system(rng, 5, 2, 2, discrete=discrete, complex_entries=complex_entries)
    result = dln.balance_norm(system)
    A, B, C = dense(result.system.A), result.system.B, result.system.C
    squared = la.norm(A) ** 2 + la.norm(B) ** 2 + la.norm(C) ** 2
    moment = A @ adjoint(A) - adjoint(A) @ A + B @ adjoint(B) - adjoint(C) @ C
    assert la.norm(moment) <= 1e-9 * squared
    omega = np.linspace(0, 3, 7)
    before, after = (dln.frequency_response(model, omega) for model in (system, result.system))
    assert np.abs(before - after).max() <= 1e-10 * np.abs(before).max()
    for _ in range(5):
        T = la.expm(1e-2 * rng.standard_normal((5, 5)))
        inverse = la.inv(T)
        moved = la.norm(T @ A @ inverse) ** 2 + la.norm(T @ B) ** 2 + la.norm(C @ inverse) ** 2
        assert moved >= squared * (1 - 1e-12)


def test_a_system_that_is_not_minimal_comes_with_its_minimal_part(rng):
    part = random_system(rng, 3, 1, 1)
    padded = dln.LinearSystem(la.block_diag(part.A, -0.5), np.vstack([part.B, [[0.0]]]), np.hstack([part.C, [[1.0]]]))
    result = dln.balance_norm(padded)
    assert result.minimum.status == "diverging"
    assert "diverging" in repr(result)
    assert result.minimal_system.nstates == 3


def test_results_of_several_state_spaces_have_a_gauge_each():
    steps = [[[0.5]], [[0.8]]]
    system = dln.PeriodicSystem(steps, [[[4.0]], [[1.0]]], [[[1.0]], [[1.0]]])
    result = dln.balance_norm(system)
    assert (len(result.gauge), result.order) == (2, (1, 1))
    with pytest.raises(InvalidArgumentError, match=r"use \.gauge"):
        _ = result.transform


def test_a_search_that_is_cut_short_is_refused(rng):
    with pytest.raises(NumericalError, match="max_steps"):
        dln.balance_norm(random_system(rng, 6, 2, 2), max_steps=1)
