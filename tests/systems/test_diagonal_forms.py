"""Which systems show their modes, and that nothing of them is rounded."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.systems.diagonal_forms import diagonal_form
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_matrix


def response(form, point):
    """The transfer matrix of a form at one point."""
    return (form.C / (point / 2.0**form.rate * form.e - form.a)) @ form.B * 2.0**form.exponent


def blocks(*pairs):
    return la.block_diag(*([[a, w], [-w, a]] if w is not None else [[a]] for a, w in pairs))


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(
    "A, e",
    [
        (blocks((-1.0, None), (-5.0, None), (-0.3, None)), None),
        (blocks((-1.0, None), (-5.0, None), (-0.3, None)), [1.0, -3.0, 2e-5]),
        (blocks((-1.0, 4.0), (-5.0, None)), None),
        (blocks((-5.0, None), (-1.0, -4.0)), [0.1, 3.0, 3.0]),
        (np.diag([-1 + 1j, -2.0, -3 - 1j]), [1j, 2.0, 1 + 1j]),
        (-7.0 * np.eye(3), None),
        (np.zeros((3, 3)), None),
    ],
)
def test_the_response_is_that_of_the_system(rng, A, e, sparse, discrete):
    B, C = random_matrix(rng, 3, 2), 1e5 * random_matrix(rng, 2, 3)
    E = None if e is None else np.diag(e)
    if sparse:
        A, E = sp.csc_array(A), None if E is None else sp.csc_array(E)
    system = LinearSystem(A, B, C, E=E, dt=discrete or 0)
    form = diagonal_form(system)
    assert form is not None
    assert form.is_discrete == discrete
    expected, found = np.sort_complex(system.poles()), np.sort_complex(2.0**form.rate * form.a / form.e)
    assert_small(np.abs(found - expected).max(), np.abs(expected).max(), 10)
    for point in (1.7 + 0.4j, 3e4j):
        expected = system(point)
        assert_small(np.abs(response(form, point) - expected).max(), np.abs(expected).max(), 50)


def test_no_digit_is_rounded():
    a, w = -1 / 3 * 1e-9, 1 / 7
    form = diagonal_form(LinearSystem(blocks((a, w)), [1 / 3, 1 / 9], [1 / 11, 1 / 13]))
    assert form.a[0] * 2.0**form.rate == complex(a, w)
    shift = np.log2(np.abs(form.B[0, 0]) / np.abs((1 / 3 - 1j / 9) / 2))
    assert shift == round(shift)


@pytest.mark.parametrize(
    "A, E",
    [
        ([[-1.0, 1.0], [0.0, -1.0]], None),
        ([[-1.0, 1.0], [1.0, -1.5]], None),
        ([[-1.0, 1.0], [-1.0, -1.5]], None),
        ([[-1.0, 1.0], [-2.0, -1.0]], None),
        ([[-1.0, 0.0, 1.0], [0.0, -1.0, 0.0], [-1.0, 0.0, -1.0]], None),
        ([[-1.0, 1.0, 0.0], [-1.0, -1.0, 2.0], [0.0, -2.0, -1.0]], None),
        (-np.eye(2), [[1.0, 0.1], [0.0, 1.0]]),
        (-np.eye(2), [[1.0, 1.0], [-1.0, 1.0]]),
        (-np.eye(2), np.diag([1.0, 0.0])),
        ([[-1.0, 1.0], [-1.0, -1.0]], np.diag([1.0, 2.0])),
    ],
)
def test_others_have_none(A, E):
    n = len(A)
    assert diagonal_form(LinearSystem(A, np.ones((n, 1)), np.ones((1, n)), E=E)) is None


def test_no_states():
    form = diagonal_form(LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0))))
    assert form is not None
    assert form.a.size == 0
