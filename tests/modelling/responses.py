"""Responses of sampled systems, compared."""

import numpy as np

from ..systems.models import transfer

#: Sampling time of the tests.
H = 0.3
#: Points of the unit circle.
CIRCLE = np.exp(1j * np.array([0.0, 0.01, 0.4, 1.7, 3.0, np.pi]))


def differences(first, second, points=CIRCLE):
    """Distance of two responses, and their size."""
    values = np.array([[transfer(first, z), transfer(second, z)] for z in points])
    return np.abs(values[:, 0] - values[:, 1]).max(), np.abs(values).max()
