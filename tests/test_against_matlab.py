"""Numbers that MATLAB computed, as the tests of python-control print them.

From https://github.com/python-control/python-control, control/tests/modelsimp_test.py ("from MATLAB") and
statefbk_test.py.
"""

import numpy as np
import pytest
import scipy.signal

import dlnbalance as dln
from dlnbalance.linalg.arrays import adjoint

A = np.array([[1.0, -2.0], [3.0, -4.0]])
OMEGA = np.geomspace(1e-2, 1e3, 60)


def test_hankel_singular_values():
    values = dln.hankel_singular_values((A, [[5.0], [7.0]], [[6.0, 8.0]]))
    np.testing.assert_allclose(values, [24.42686, 0.5731395], rtol=0, atol=5.1e-6)


@pytest.mark.parametrize(
    "dt, reachability, observability, atol",
    [
        (0, [[18.5, 24.5], [24.5, 32.5]], [[257.5, -94.5], [-94.5, 56.5]], 1e-10),
        (
            0.2,
            [[3.666767, 4.853625], [4.853625, 6.435233]],
            [[1305.369179, -440.046414], [-440.046414, 333.034844]],
            5.1e-7,
        ),
    ],
)
def test_gramians(dt, reachability, observability, atol):
    B, C = np.array([[5.0, 6.0], [7.0, 8.0]]), np.array([[4.0, 5.0], [6.0, 7.0]])
    given = (A, B, C, np.zeros((2, 2)))
    system = dln.LinearSystem(*scipy.signal.cont2discrete(given, dt)[:4], dt=dt) if dt else dln.LinearSystem(*given)
    reach, observe = dln.Lyapunov()(system).weights
    np.testing.assert_allclose(reach @ adjoint(reach), reachability, rtol=0, atol=atol)
    np.testing.assert_allclose(adjoint(observe) @ observe, observability, rtol=0, atol=atol)


@pytest.mark.parametrize(
    "method, reduced, rtol",
    [
        (
            "truncate",
            ([[-1.958, -1.194], [-1.194, -0.8344]], [[0.9057], [0.4068]], [[0.9057, 0.4068]], [[0.0]]),
            3e-3,
        ),
        (
            "residualize",
            (
                [[-4.43094773, -4.55232904], [-4.55232904, -5.36195206]],
                [[1.36235673], [1.03114388]],
                [[1.36235673, 1.03114388]],
                [[-0.08383902]],
            ),
            5e-8,
        ),
    ],
)
def test_reduced_models(method, reduced, rtol):
    """Four digits are printed of the one model, whose static gain they move by ten units, and nine of the other."""
    companion = [[-15.0, -7.5, -6.25, -1.875], [8.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    plant = dln.LinearSystem(companion, [2.0, 0.0, 0.0, 0.0], [0.5, 0.6875, 0.7031, 0.5])
    ours = dln.frequency_response(dln.reduce(plant, 2, method=method).system, OMEGA)
    theirs = dln.frequency_response(dln.LinearSystem(*reduced), OMEGA)
    assert np.abs(ours - theirs).max() <= rtol * np.abs(theirs).max()
