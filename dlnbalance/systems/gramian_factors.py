"""Gramian factors of a dense system, from its Schur form in well-scaled coordinates."""

from ..linalg.arrays import Array, product
from ..linalg.lyapunov import gramian_factors
from ..linalg.pencils import SchurForm
from .coordinates import Coordinates

__all__ = ["triangular_factors"]


def triangular_factors(here: Coordinates, schur: SchurForm, *, discrete: bool) -> tuple[Array, Array]:
    r"""Triangular factors of both Gramians in Schur coordinates, F and G with P = (DZF)(DZF)* and GZ*D⁻¹ = Z_o*.

    Parameters
    ----------
    here : Coordinates
        The system in well-scaled coordinates, D being the scales of its states.
    schur : SchurForm
        Of its pencil, with Z.
    discrete : bool
        Whether time is discrete.

    Returns
    -------
    (n, n) arrays
        Upper triangular; without meaning where the system is not stable.

    Examples
    --------
    >>> import numpy as np
    >>> from dlnbalance.systems.coordinates import schur_form_in, well_scaled
    >>> here = well_scaled(np.array([[-1.0]]), None, np.array([[2.0]]), np.array([[2.0]]), discrete=False)
    >>> factors = triangular_factors(here, schur_form_in(here), discrete=False)
    >>> [round(factor.item() ** 2, 12) for factor in factors]
    [2.0, 2.0]
    """
    reach, observe = gramian_factors(schur, here.B, here.C, discrete=discrete)
    return reach, observe if schur.T is None else product(observe, schur.T)
