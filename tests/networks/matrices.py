"""End-to-end matrices and balanced networks over them, built without the library, and bases to compare in."""

import numpy as np
import scipy.linalg as la

from dlnbalance.networks.network import DeepLinearNetwork

from ..models import inner, random_unitary

#: Shape of X and its rank where it is not full.
SHAPES = {
    "square": ((4, 4), None),
    "wide": ((3, 5), None),
    "tall": ((5, 2), None),
    "deficient": ((5, 5), 3),
    "wide, deficient": ((4, 6), 2),
    "scalar": ((1, 1), None),
    "row": ((1, 4), None),
}


def matrix_with(rng, values, *, complex_entries=False):
    """Square matrix of the given singular values in Haar-distributed frames."""
    left, right = (random_unitary(rng, len(values), complex_entries=complex_entries) for _ in range(2))
    return (left * np.asarray(values, float)) @ right


def real_basis(rows, columns, complex_entries):
    """Orthonormal basis of the matrices as a real vector space."""
    units = [np.eye(rows * columns)[k].reshape(rows, columns) for k in range(rows * columns)]
    return [(1 + 0j) * unit for unit in units] + [1j * unit for unit in units] if complex_entries else units


def matrix_of(linear, rows, columns, complex_entries):
    """Real matrix of a real-linear map of matrices in the basis above."""
    basis = real_basis(rows, columns, complex_entries)
    return np.array([[inner([left], [linear(right)]) for right in basis] for left in basis])


def center_over(X, depth, rank):
    left, values, right = la.svd(X, full_matrices=False)
    roots = values[:rank] ** (1 / depth)
    inner_layers = [np.diag(roots)] * (depth - 2)
    return DeepLinearNetwork([roots[:, None] * right[:rank], *inner_layers, left[:, :rank] * roots])


def real_vector(matrices):
    flat = np.concatenate([np.ravel(matrix) for matrix in matrices]) if matrices else np.zeros(0)
    return np.concatenate([flat.real, flat.imag]) if np.iscomplexobj(flat) else flat
