"""Both sides of a dense system in input-normal form, and the way back to triangular factors of Gramians."""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint, product
from ..linalg.input_normal_forms import InputNormalForm, input_normal_form
from ..linalg.pencils import SchurForm, flipped
from ..linalg.triangular_pencils import Turns
from .coordinates import Coordinates

__all__ = ["NormalSide", "input_side", "normal_sides"]


class NormalSide(NamedTuple):
    """The system as the inputs (or, of its adjoint, the outputs) reach it, in input-normal form.

    Attributes
    ----------
    form : InputNormalForm
        Of the complex triangular Schur form, for the outputs of its adjoint with the states in reversed order.
    turns : Turns or None
        From the triangular to the real Schur form.
    of_outputs : bool
        Which side it is.
    is_real : bool
        Whether the Schur form is real.
    """

    form: InputNormalForm
    turns: Turns | None
    of_outputs: bool
    is_real: bool

    def factor(self, M: Array) -> Array:
        """U M in the coordinates of the Schur form, for M in the input-normal coordinates."""
        full = self.form.factor @ M
        full = full[::-1] if self.of_outputs else full
        return full if self.turns is None else self.turns.applied(full)

    def triangle(self, full: Array) -> Array:
        """Upper triangular F with FF* = MM*, for the outputs G with G*G = MM*; of Re MM* for real systems."""
        if self.is_real and np.iscomplexobj(full):
            full = np.hstack([full.real, full.imag])
        n = full.shape[0]
        rows = adjoint(full if self.of_outputs else full[::-1])
        if rows.shape[0] < n:
            rows = np.vstack([rows, np.zeros((n - rows.shape[0], n), dtype=rows.dtype)])
        R = la.qr(rows, mode="r", check_finite=False)[0][:n]
        return np.asfortranarray(R) if self.of_outputs else flipped(R)


def normal_sides(here: Coordinates, schur: SchurForm, *, discrete: bool) -> tuple[NormalSide, NormalSide]:
    r"""Input-normal forms for the inputs and the outputs of a stable dense system with E = I.

    Parameters
    ----------
    here : Coordinates
        The system in well-scaled coordinates, without Ê.
    schur : SchurForm
        Of Â, from `schur_form_in`.
    discrete : bool
        Whether time is discrete.

    Examples
    --------
    >>> from dlnbalance.systems.coordinates import schur_form_in, well_scaled
    >>> here = well_scaled(np.array([[-1.0]]), None, np.array([[2.0]]), np.array([[4.0]]), discrete=False)
    >>> inputs, outputs = normal_sides(here, schur_form_in(here), discrete=False)
    >>> abs(outputs.form.factor @ inputs.form.factor).round(12).tolist()  # the Hankel singular value
    [[4.0]]
    """
    S, _, _, turns = schur.triangular
    dual = _turned(schur, adjoint(here.C))
    outputs = input_normal_form(flipped(S), dual[::-1], discrete=discrete)
    real = not np.iscomplexobj(schur.S)
    return (
        input_side(here, schur, discrete=discrete),
        NormalSide(outputs, turns, of_outputs=True, is_real=real),
    )


def input_side(here: Coordinates, schur: SchurForm, *, discrete: bool) -> NormalSide:
    """The first of the `normal_sides` alone."""
    S, _, _, turns = schur.triangular
    form = input_normal_form(S, _turned(schur, here.B), discrete=discrete)
    return NormalSide(form, turns, of_outputs=False, is_real=not np.iscomplexobj(schur.S))


def _turned(schur: SchurForm, signals: Array) -> Array:
    """Inputs in the coordinates of the triangular form."""
    right, turns = product(adjoint(schur.Z), signals), schur.triangular.right
    return right if turns is None else turns.adjoint_applied(right)
