"""The nearest unitary matrix."""

import scipy.linalg as la

from .arrays import Array

__all__ = ["polar_factor"]


def polar_factor(matrix: Array) -> Array:
    r"""The nearest matrix with orthonormal columns (rows, if there are fewer of them): the unitary polar factor.

    .. math:: Q = \operatorname{argmin} ‖M - Q‖ = \operatorname{argmax} \mathrm{Re}\,\mathrm{tr}(Q^* M), \quad Q^*Q = I.

    Examples
    --------
    >>> import numpy as np
    >>> polar_factor(np.array([[0.0, -2.0], [3.0, 0.0]])).round(12).tolist()
    [[0.0, -1.0], [1.0, 0.0]]
    """
    left, _, right = la.svd(matrix, full_matrices=False)
    return left @ right
