"""Plants that are not stable, each with the poles that a reduction keeps."""

import control
import numpy as np

import dlnbalance as dln


def pendulum_on_a_cart():
    """Position and speed of the cart (0.5 kg), angle and its rate of the pendulum (0.2 kg, 0.3 m), with an actuator."""
    M, m, b, inertia, g, length = 0.5, 0.2, 0.1, 0.006, 9.8, 0.3
    p = inertia * (M + m) + M * m * length**2
    A = np.zeros((6, 6))
    A[0, 1] = A[2, 3] = 1.0
    A[1, 1], A[1, 2] = -(inertia + m * length**2) * b / p, m**2 * g * length**2 / p
    A[3, 1], A[3, 2] = -m * length * b / p, m * g * length * (M + m) / p
    A[1, 4], A[3, 4] = (inertia + m * length**2) / p, m * length / p
    A[4, 4], A[4, 5], A[5, 5] = -50.0, 50.0, -200.0
    B = np.zeros((6, 1))
    B[5] = 200.0
    return dln.LinearSystem(A, B, [[1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]])


def free_beam(count=12):
    """Masses and springs in a line, held nowhere, with damping in proportion to the springs; a force on one end."""
    K = 2 * np.eye(count) - np.eye(count, k=1) - np.eye(count, k=-1)
    K[0, 0] = K[-1, -1] = 1.0
    A = np.block([[np.zeros((count, count)), np.eye(count)], [-K, -0.05 * K]])
    B, C = np.zeros((2 * count, 1)), np.zeros((1, 2 * count))
    B[count], C[0, count - 1] = 1.0, 1.0
    return dln.LinearSystem(A, B, C)


PLANTS = {
    "one unstable pole": (dln.LinearSystem(np.diag([1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3))), [1.0]),
    "double integrator": (dln.LinearSystem([[0.0, 1.0], [0.0, 0.0]], [[0.0], [1.0]], [[1.0, 0.0]]), [0.0, 0.0]),
    "integrators and lags": (dln.as_system(control.tf([1.0], [1.0, 3.0, 2.0, 0.0, 0.0])), [0.0, 0.0]),
    "pendulum on a cart": (pendulum_on_a_cart(), None),
    "free beam": (free_beam(), [0.0, 0.0]),
    "accumulator": (dln.as_system(control.tf([1.0, 0.3], [1.0, -1.4, 0.4, 0.0], 0.1)), [1.0]),
    "undamped mode": (
        dln.LinearSystem([[0, 2, 0], [-2, 0, 1], [0, 0, -3]], [[0], [1], [1]], [[1, 0, 1]], [[0.5]]),
        [-2j, 2j],
    ),
}
