"""Models that are stated by their poles: resonances beside many real poles."""

import numpy as np
import scipy.sparse as sp

from ..linalg.arrays import whole_number
from ..systems.linear_system import LinearSystem

__all__ = ["penzl_fom"]


def penzl_fom(real_poles: int = 1000) -> LinearSystem:
    r"""Penzl's "FOM": three resonances and a long line of real poles.

    .. math::
        A = \mathrm{diag}(A_{100}, A_{200}, A_{400}, -1, -2, …, -N), \quad
        A_ω = \begin{pmatrix} -1 & ω \\ -ω & -1 \end{pmatrix}, \quad
        B = C^T = (10, 10, 10, 10, 10, 10, 1, …, 1)^T.

    Parameters
    ----------
    real_poles : int
        N; the system has N + 6 states.

    Returns
    -------
    LinearSystem
        Sparse, continuous, dimensionless. Its gain peaks near ω = 100, 200 and 400.

    Raises
    ------
    InvalidArgumentError
        When `real_poles` is not a positive integer.

    References
    ----------
    .. [1] T. Penzl, "Algorithms for model reduction of large dynamical systems", Linear Algebra Appl. 415, 2006,
       pp. 322–343, Example 3.

    See Also
    --------
    dlnbalance.examples.get : return the example called `name`.

    Examples
    --------
    >>> fom = penzl_fom()
    >>> fom.nstates, round(abs(fom(100j).item()), 2)
    (1006, 102.33)
    """
    real_poles = whole_number("real_poles", real_poles, 1)
    resonances = [np.array([[-1.0, omega], [-omega, -1.0]]) for omega in (100.0, 200.0, 400.0)]
    A = sp.block_diag([*resonances, sp.diags_array(-np.arange(1.0, real_poles + 1))], format="csc")
    B = np.concatenate([np.full(6, 10.0), np.ones(real_poles)])
    return LinearSystem(A, B, B, inputs=["u"], outputs=["y"], name="fom")
