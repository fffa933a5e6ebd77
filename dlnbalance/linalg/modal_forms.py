"""Modal form of a system in Schur form: its response as a sum over the poles."""

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint
from .pencils import SchurForm

__all__ = ["MODAL_ORDER", "ModalForm", "modal_form", "side_by_side"]

#: States from which on the modal form takes less time than what it saves where a few dozen frequencies are wanted.
MODAL_ORDER = 40

_ROWS = 16  # that are solved for before the product that all those above them share
_NUMBERS_IN_MEMORY = 2**17  # complex numbers held at a time by one batch of points: 2 MiB, which stay in the cache


class ModalForm(NamedTuple):
    r"""The strictly proper response :math:`Σ_i c_i b_i^T / (z - λ_i)` of a pencil with simple eigenvalues.

    `poles` has shape (n,), `inputs` (rows b_i) has shape (n, m) and `outputs` (columns c_i) shape (p, n); eigenvectors
    have norm 1.
    """

    poles: Array
    inputs: Array
    outputs: Array

    @property
    def sizes(self) -> Array:
        """‖c_i‖ ‖b_i‖, bounds of the norms of the residues."""
        with np.errstate(over="ignore"):  # infinite bounds bound nothing
            return la.norm(self.outputs, axis=0) * la.norm(self.inputs, axis=1)

    def sharpness(self, *, discrete: bool) -> Array:
        """Bounds (n,) of the gains of the terms at their resonances."""
        margins = np.abs(1 - np.abs(self.poles)) if discrete else np.abs(self.poles.real)
        with np.errstate(over="ignore"):
            return self.sizes / np.maximum(margins, np.finfo(float).tiny)

    @property
    def residues(self) -> Array:
        """c_i b_i^T, each in a row (n, p m)."""
        with np.errstate(over="ignore", invalid="ignore"):
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
    r"""Modal form of C (z E − A)⁻¹ B; None where eigenvectors are linearly dependent to working precision.

    Parameters
    ----------
    schur : SchurForm
        Of the pencil; there is no modal form where E is singular.
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
    S, T, rows, columns = schur.triangular
    with np.errstate(all="ignore"):  # dependent eigenvectors leave the range of numbers, which the last lines see
        poles = S.diagonal() if T is None else S.diagonal() / T.diagonal()
        V = _eigenvectors(S, T, poles)
        V /= la.norm(V, axis=0, check_finite=False)
        if not np.isfinite(V).all():
            return None
        right = right if rows is None else rows.adjoint_applied(right)
        left = left if columns is None else adjoint(columns.adjoint_applied(adjoint(left)))
        image = V if T is None else T @ V
        (trtrs,) = la.lapack.get_lapack_funcs(("trtrs",), (image, right))
        inputs, info = trtrs(image, right)
        outputs = left @ V
    if info or not (np.isfinite(inputs).all() and np.isfinite(outputs).all()):
        return None
    return ModalForm(poles.copy(), inputs.reshape(right.shape), outputs)  # ?trtrs of one equation returns a row


def side_by_side(first: ModalForm, second: ModalForm, units: tuple[float, float]) -> ModalForm:
    """Modal form of a difference, in another unit of rates; `units` are those of the two forms in terms of it.

    Examples
    --------
    >>> one = ModalForm(np.array([-1.0]), np.ones((1, 1)), np.ones((1, 1)))
    >>> side_by_side(one, one, (1.0, 2.0)).response(np.zeros(1)).item()  # 1 − 1
    0j
    """
    unit, other = units
    return ModalForm(
        np.concatenate([unit * first.poles, other * second.poles]),
        np.vstack([unit * first.inputs, other * second.inputs]),
        np.hstack([first.outputs, -second.outputs]),
    )


def _eigenvectors(S: Array, T: Array | None, poles: Array) -> Array:
    """Eigenvectors of an upper triangular pencil, unit upper triangular."""
    n = S.shape[0]
    least = EPS * np.abs(S).max(initial=np.finfo(float).tiny)
    V = np.eye(n, dtype=complex)
    for low in range((n - 1) // _ROWS * _ROWS, -1, -_ROWS):
        high = min(low + _ROWS, n)
        block = V[low:high]
        if high < n:
            block[:, high:] = _image(S, T, np.s_[low:high, high:], V[high:, high:], poles[high:])
        for row in range(high - 1, low - 1, -1):
            here, beyond, inside = row - low, slice(row + 1, n), slice(row + 1, high)
            known = block[here + 1 :, beyond]
            couplings = block[here, beyond] + _image(S, T, np.s_[row, inside], known, poles[beyond])
            gaps = (poles[beyond] - poles[row]) * (1.0 if T is None else T[row, row])
            gaps[np.abs(gaps) < least] = least
            block[here, beyond] = couplings / gaps
    return V


def _image(S: Array, T: Array | None, part: Any, V: Array, poles: Array) -> Array:
    """S V − T V Λ, by a part of the pencil."""
    return S[part] @ V if T is None else S[part] @ V - (T[part] @ V) * poles
