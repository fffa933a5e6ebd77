"""Gradients of losses of end-to-end matrices."""

import numpy as np


def squared_loss(target):
    """Gradient of ½‖X − T‖²."""
    return lambda X: X - target


MASK, GIVEN = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])


COMPLETION_START = 0.1 * np.array([[1.0, 0.2], [-0.2, 1.0]])


# Taylor steps of order 30 and length 1/8 of the layers in 60 digits, from balanced layers; X at t = 100, log det X.
COMPLETED = np.array([[7.890536673637964, 0.9848780919763227], [0.9848780919763227, 0.1229301498965984]])


def completion(X):
    """E'(X) of ½‖M∘(X − T)‖²: nothing is known of the upper left entry."""
    return MASK * (X - GIVEN)
