"""Modal form of a system in Schur form: its response as a sum over the poles."""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint
from .pencils import SchurForm

__all__ = ["ModalForm", "modal_form"]

_ROWS = 16  # that are solved for before the product that all those above them share
_NUMBERS_IN_MEMORY = 2**17  # complex numbers held at a time by one batch of points: 2 MiB, which stay in the cache


class ModalForm(NamedTuple):
    r"""The strictly proper response :math:`Σ_i c_i b_i^T / (z - λ_i)` of an explicit pencil with simple eigenvalues.

    `poles` has shape (n,), `inputs` (rows b_i) has shape (n, m) and `outputs` (columns c_i) shape (p, n); eigenvectors
    have norm 1.
    """

    poles: Array
    inputs: Array
    outputs: Array

    @property
    def sizes(self) -> Array:
        """‖c_i‖ ‖b_i‖, bounds of the norms of the residues."""
        return la.norm(self.outputs, axis=0) * la.norm(self.inputs, axis=1)

    def sharpness(self, *, discrete: bool) -> Array:
        """Bounds (n,) of the gains of the terms at their resonances."""
        margins = np.abs(1 - np.abs(self.poles)) if discrete else np.abs(self.poles.real)
        return self.sizes / np.maximum(margins, np.finfo(float).tiny)

    @property
    def residues(self) -> Array:
        """c_i b_i^T, each in a row (n, p m)."""
        return (self.outputs.T[:, :, None] * self.inputs[:, None, :]).reshape(self.poles.size, -1)

    def response(self, points: Array) -> Array:
        """The response (K, p, m) at some points (K,) that are no poles; O(K n p m)."""
        n, m = self.inputs.shape
        p, count = self.outputs.shape[0], points.size
        response = np.empty((count, p, m), dtype=complex)
        residues = self.residues if n <= count else None
        step = max(1, _NUMBERS_IN_MEMORY // (n * (1 if residues is not None else p)))
        for start in range(0, count, step):
            batch = slice(start, start + step)
            factors = 1 / (points[batch, None] - self.poles)
            if residues is not None:
                response[batch] = (factors @ residues).reshape(-1, p, m)
            else:
                response[batch] = (self.outputs * factors[:, None, :]) @ self.inputs
        return response


def modal_form(schur: SchurForm, right: Array, left: Array) -> ModalForm | None:
    r"""Modal form of C (z I − A)⁻¹ B; None where eigenvectors are linearly dependent to working precision.

    Parameters
    ----------
    schur : SchurForm
        Of A, without an E.
    right : (n, m) array
        Q*B, in Schur coordinates.
    left : (p, n) array
        CZ, likewise.

    Notes
    -----
    The eigenvectors of the complex triangular form by back substitution, all together and row by row [1]_: every one is
    that of a matrix within n roundings of S, entry by entry. About 4/3 n³ real flops. Eigenvalues that coincide count
    as apart by one rounding error of S, which does nothing where they have eigenvectors of their own.

    References
    ----------
    .. [1] G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th edition, Johns Hopkins University Press 2013,
       section 7.6.4.

    Examples
    --------
    >>> from dlnbalance.linalg.pencils import schur_form
    >>> form = modal_form(schur_form(np.array([[-1.0]])), np.ones((1, 1)), np.ones((1, 1)))
    >>> form.response(np.array([1j])).ravel().round(12).tolist()  # 1/(1 + i)
    [(0.5-0.5j)]
    """
    triangular = schur.triangular
    S, turns = triangular.S, triangular.right
    with np.errstate(all="ignore"):  # dependent eigenvectors leave the range of numbers, which the last line sees
        V = _eigenvectors(S)
        V /= la.norm(V, axis=0, check_finite=False)
        if not np.isfinite(V).all():
            return None
        right = right if turns is None else turns.adjoint_applied(right)
        left = left if turns is None else adjoint(turns.adjoint_applied(adjoint(left)))
        (trtrs,) = la.lapack.get_lapack_funcs(("trtrs",), (V, right))
        inputs, info = trtrs(V, right)
        outputs = left @ V
    if info or not (np.isfinite(inputs).all() and np.isfinite(outputs).all()):
        return None
    return ModalForm(S.diagonal().copy(), np.asarray(inputs), outputs)


def _eigenvectors(S: Array) -> Array:
    """Eigenvectors of an upper triangular matrix, unit upper triangular."""
    n, poles = S.shape[0], S.diagonal()
    least = EPS * np.abs(S).max(initial=np.finfo(float).tiny)
    V = np.eye(n, dtype=complex)
    for low in range((n - 1) // _ROWS * _ROWS, -1, -_ROWS):
        high = min(low + _ROWS, n)
        block = V[low:high]
        if high < n:
            block[:, high:] = S[low:high, high:] @ V[high:, high:]
        for row in range(high - 1, low - 1, -1):
            here = row - low
            couplings = block[here, row + 1 :] + S[row, row + 1 : high] @ block[here + 1 :, row + 1 :]
            gaps = poles[row + 1 :] - poles[row]
            gaps[np.abs(gaps) < least] = least
            block[here, row + 1 :] = couplings / gaps
    return V
