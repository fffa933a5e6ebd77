r"""Triangular systems in the coordinates where their reachability Gramian is the identity.

For a stable triangular S there is, for every right-hand side R, an upper triangular U with

.. math:: S U = U \hat A, \quad R = U \hat B, \qquad \hat A + \hat A^* + \hat B \hat B^* = 0
          \quad (\text{discrete: } \hat A \hat A^* + \hat B \hat B^* = I),

so that UU* solves the Lyapunov (Stein) equation, and is the identity in the coordinates of Â. A function of S is known
by that of Â, whose numerical range is in the closed left half plane (in the unit disc), however far from normal S is:
errors of it are relative to the Gramian in every direction at once.
"""

from typing import NamedTuple

import numpy as np

from .arrays import Array, adjoint
from .triangular_lyapunov import input_normal_solution

__all__ = ["InputNormalForm", "input_normal_form"]


class InputNormalForm(NamedTuple):
    """Upper triangular Â, B̂ and the change of coordinates U with S U = U Â and R = U B̂; see the module."""

    A: Array
    B: Array
    factor: Array


def input_normal_form(S: Array, right: Array, *, discrete: bool) -> InputNormalForm:
    r"""Bring a triangular system to input-normal form, without inverting U, which may be singular.

    Parameters
    ----------
    S : (n, n) array
        Upper triangular, with eigenvalues in the open left half plane (the open unit disc).
    right : (n, m) array
        R.
    discrete : bool
        Whether the Stein equation is meant.

    Returns
    -------
    InputNormalForm

    Notes
    -----
    Hammarling's method, n triangular solves, meets the rows β_j of the inputs of the states after later ones are taken
    off. In continuous time these are the rows of B̂, and :math:`\hat a_{ij} = -\hat b_i \hat b_j^*` above the diagonal.
    In discrete time, later states are put back by the unitary sections
    :math:`[[λ, β], [-e^{iφ} β^*, I - β^*β/(1 + |λ|)]]`, λ = \|λ\|e^{iφ}, O(m n²).

    References
    ----------
    .. [1] S. J. Hammarling, IMA J. Numer. Anal. 2 (1982) 303-323.
    .. [2] A. P. Mullhaupt, K. S. Riedel, "Low grade matrices and matrix fraction representations", Linear Algebra Appl.
       342 (2002) 187-201 (triangular input-normal pairs).

    Examples
    --------
    >>> form = input_normal_form(np.array([[-1.0, 3.0], [0.0, -2.0]]), np.array([[1.0], [2.0]]), discrete=False)
    >>> np.round(form.A + form.A.T + form.B @ form.B.T, 12).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    found = input_normal_solution(S, right, discrete=discrete)
    poles = S.diagonal()
    if discrete:
        A, B = _sections_joined(poles, found.rows)
    else:
        B = found.rows
        A = -np.triu(B @ adjoint(B), 1) + np.diag(poles)
    return InputNormalForm(A, B, found.factor)


def _sections_joined(poles: Array, rows: Array) -> tuple[Array, Array]:
    """Â and B̂ from the sections of the states."""
    A, B = np.diag(poles), np.zeros_like(rows)
    for j, (pole, beta) in enumerate(zip(poles, rows, strict=True)):
        size = abs(pole)
        along = B[:j] @ beta.conj()
        A[:j, j] = -(pole / size if size else 1.0) * along
        B[:j] -= along[:, None] * beta / (1 + size)
        B[j] = beta
    return A, B
