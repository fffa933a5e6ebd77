"""Input-normal forms satisfy their three equations, whatever the right-hand side reaches."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.input_normal_forms import input_normal_form

from ..models import assert_small, random_matrix, random_pencil


@pytest.mark.parametrize("inputs", [1, 3, 12])
@pytest.mark.parametrize("reached", [True, False])
def test_the_three_equations(rng, discrete, inputs, reached):
    n = 8
    A, _ = random_pencil(rng, n, complex_entries=True, discrete=discrete)
    S, right = la.schur(A, output="complex")[0], random_matrix(rng, n, inputs, complex_entries=True)
    if not reached:
        right[-3:] = 0.0  # S is triangular: what enters above never arrives below
    form = input_normal_form(S, right, discrete=discrete)
    U = form.factor
    assert_small(la.norm(S @ U - U @ form.A), la.norm(S) * la.norm(U), 40)
    assert_small(la.norm(right - U @ form.B), la.norm(right), 40)
    squares = form.B @ adjoint(form.B)
    departure = form.A @ adjoint(form.A) + squares - np.eye(n) if discrete else form.A + adjoint(form.A) + squares
    assert_small(la.norm(departure), la.norm(squares) + n, 40)
    assert (np.tril(form.A, -1) == 0).all()
    assert (np.tril(U, -1) == 0).all()


def test_a_pole_at_zero_and_no_states(rng):
    form = input_normal_form(np.array([[0.0, 2.0], [0.0, 0.5]]), np.array([[1.0], [1.0]]), discrete=True)
    assert_small(la.norm(form.A @ form.A.T + form.B @ form.B.T - np.eye(2)), 1.0, 10)
    assert input_normal_form(np.zeros((0, 0)), np.zeros((0, 2)), discrete=False).factor.shape == (0, 0)
