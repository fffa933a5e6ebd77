"""How far two sets of poles are from each other."""

import numpy as np


def closest(values, points):
    """Distance of the farthest of `points` from the nearest of `values`."""
    return max(np.abs(values - point).min() for point in points)
