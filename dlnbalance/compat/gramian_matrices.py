"""Gramians of a state space as matrices, with the signature of python-control's `gram`."""

from typing import Any, Literal

import numpy as np
import scipy.linalg as la

from ..gramians.lyapunov import Lyapunov
from ..linalg.arguments import one_of
from ..linalg.arrays import Array, adjoint, product
from .readings import as_state_space

__all__ = ["gram"]

GramType = Literal["c", "o", "cf", "of"]


def gram(sys: Any, type: GramType) -> Array:  # noqa: A002 - python-control calls it so
    r"""Controllability or observability Gramian of a stable system, or its triangular factor.

    .. math:: A W_c + W_c A^* + B B^* = 0, \qquad A^* W_o + W_o A + C^* C = 0

    in continuous time, :math:`A W_c A^* - W_c + B B^* = 0` and :math:`A^* W_o A - W_o + C^* C = 0` in discrete time.

    Parameters
    ----------
    sys : control.StateSpace, LinearSystem or any other state space that :func:`~dlnbalance.as_system` reads
        Real or complex, with any numbers of inputs and outputs; an E that is nonsingular is solved away.
    type : {"c", "o", "cf", "of"}
        W_c or W_o, or an upper triangular R with a nonnegative diagonal and W = R*R.

    Returns
    -------
    (n, n) array
        "c" and "o" are products of the factors, and hence exactly Hermitian, and without negative eigenvalues but for
        rounding.

    Raises
    ------
    UnstableSystemError
        When the system is not stable; both errors are a ValueError, as in python-control.
    InvalidArgumentError
        For another type, and for transfer functions.

    See Also
    --------
    dlnbalance.gramians.lyapunov.Lyapunov : the factors themselves, from one Schur form (25 n³ flops).

    Notes
    -----
    python-control 0.10.2 needs slycot, fails in "cf" and "of" where there are more inputs or outputs than states, and
    in all of them for systems without states. Elsewhere it gives the same.

    References
    ----------
    .. [1] S. J. Hammarling, IMA J. Numer. Anal. 2 (1982) 303-323.

    Examples
    --------
    >>> import control
    >>> import dlnbalance.compat as ct_better
    >>> wide = control.ss([[-2.0]], [[2.0, 4.0]], [[1.0]], [[0.0, 0.0]])
    >>> ct_better.gram(wide, "c").round(12).tolist(), ct_better.gram(wide, "of").round(12).tolist()
    ([[5.0]], [[0.5]])
    """
    one_of("type", type, ("c", "o", "cf", "of"))
    reach, observe = Lyapunov()(as_state_space(sys)).weights
    rows = adjoint(reach) if type.startswith("c") else observe
    if not type.endswith("f"):
        return product(adjoint(rows), np.ascontiguousarray(rows))
    triangle = la.qr(rows, mode="r", check_finite=False)[0] if rows.size else rows
    diagonal = np.diag(triangle)
    phases = np.where(diagonal == 0, 1.0, diagonal) / np.where(diagonal == 0, 1.0, np.abs(diagonal))
    return phases.conj()[:, None] * triangle
