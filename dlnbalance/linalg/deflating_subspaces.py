r"""Complementary deflating subspaces of a pencil A − λE: its eigenvalues in two groups, each with a pencil of its own.

An ordered Schur form gives the right deflating subspace of the eigenvalues that it has first, and the left one of
those that it has last. Two orderings give all four of them, in orthonormal bases, and with them the decomposition

.. math:: L_i^* A V_j = δ_{ij} S_i, \qquad L_i^* E V_j = δ_{ij} T_i, \qquad i, j = 1, 2,

that a generalized Sylvester equation would otherwise be solved for; complex pencils and those with infinite eigenvalues
are no special case.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy.linalg as la
from scipy.linalg import lapack

from .arrays import EPS, Array, Flags, adjoint, norm
from .pencils import SchurForm

__all__ = ["Deflation", "Part", "Reordering", "deflated", "reordered"]

# Backward errors of a Schur form and of its reordering, in units of eps times the norm: this many, and one for every
# row.
_ROUNDINGS = 16


class Part(NamedTuple):
    """One of the two parts of a pencil: S, T (None for the identity), and the bases L and V of its subspaces."""

    S: Array
    T: Array | None
    L: Array
    V: Array


class Reordering(NamedTuple):
    """A Schur form with selected eigenvalues first, their number, and how they are separated from the others.

    Of a complex pair of a real pencil both are selected when one is. It is not complete where eigenvalues are too close
    for LAPACK to change their places.
    """

    form: SchurForm
    leading: int
    separation: float
    is_complete: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Deflation:
    r"""A pencil in two parts that share no eigenvalue.

    Attributes
    ----------
    first, second : Part
        The selected eigenvalues, and the others.
    condition : float
        Norm of the spectral projectors, the larger of the left and the right one; 1 for a normal matrix.
    separation : float
        Estimate of sep(S_1, S_2) = min ‖S_1 X − X S_2‖_F / ‖X‖_F; with E of Dif, where T_1 X − Y T_2 counts as well.
    gap : float
        Least distance of an eigenvalue of one part to one of the other, where both belong to one block of a block
        triangular pencil, in units of what rounding of this block can close: below 1 the parts are no fact about the
        pencil. Infinite where no block is divided.
    closest : (int, int) or None
        These two eigenvalues; None where no block is divided.
    """

    first: Part
    second: Part
    condition: float
    separation: float
    gap: float
    closest: tuple[int, int] | None

    @property
    def is_safe(self) -> bool:
        """Whether the parts stay apart under rounding errors, and keep half of their digits at least."""
        return self.gap > 1 and self.condition < EPS**-0.5


def deflated(form: SchurForm, selected: Flags) -> Deflation | None:
    """Divide a pencil by its eigenvalues; None where eigenvalues are too close for LAPACK to put them in another order.

    Parameters
    ----------
    form : SchurForm
        Of the pencil.
    selected : (n,) bool array
        Which of its eigenvalues belong to the first part, in their order; of a complex pair of a real pencil both.

    Notes
    -----
    O(n²) for every pair of eigenvalues that change places, O(n³) at worst.

    References
    ----------
    .. [1] Z. Bai, J. W. Demmel, "On swapping diagonal blocks in real Schur form", Linear Algebra Appl. 186 (1993)
       73-95.
    .. [2] J. W. Demmel, B. Kågström, "Computing stable eigendecompositions of matrix pencils", Linear Algebra Appl.
       88/89 (1987) 139-186.

    Examples
    --------
    >>> from dlnbalance.linalg.pencils import schur_form
    >>> form = schur_form(np.array([[-1.0, 3.0], [0.0, 2.0]]))
    >>> parts = deflated(form, form.eigenvalues.real > 0)
    >>> parts.first.S.tolist(), parts.second.S.tolist(), round(parts.condition, 12)
    ([[2.0]], [[-1.0]], 1.414213562373)
    """
    k, n = int(np.count_nonzero(selected)), form.order
    if k in (0, n):
        return _undivided(form, k)
    ahead, behind = reordered(form, selected, separation=True), reordered(form, ~selected)
    if not (ahead.is_complete and behind.is_complete):
        return None
    one, two, separation = ahead.form, behind.form, ahead.separation
    first, left = _part(one, two, k)
    second, _ = _part(two, one, n - k)
    right = la.svdvals(adjoint(two.Z[:, n - k :]) @ first.V, check_finite=False)
    cosine = min(left, float(right[-1]))
    condition = 1 / cosine if cosine > 0 else np.inf
    gap, closest = _closest(form, selected, condition)
    return Deflation(first=first, second=second, condition=condition, separation=separation, gap=gap, closest=closest)


def _undivided(form: SchurForm, k: int) -> Deflation:
    """Everything in one part, and nothing in the other."""
    n, none = form.order, slice(0, 0)
    all_of_it = Part(form.S, form.T, form.Q, form.Z)
    T = None if form.T is None else form.T[none, none]
    nothing = Part(form.S[none, none], T, form.Q[:, none], form.Z[:, none])
    first, second = (all_of_it, nothing) if k == n and n else (nothing, all_of_it)
    return Deflation(first=first, second=second, condition=1.0, separation=np.inf, gap=np.inf, closest=None)


def reordered(form: SchurForm, selected: Flags, *, separation: bool = False) -> Reordering:
    """Bring selected eigenvalues of a Schur form to its front, and if asked estimate how they are separated.

    Examples
    --------
    >>> from dlnbalance.linalg.pencils import schur_form
    >>> found = reordered(schur_form(np.array([[1.0, 1.0], [0.0, 2.0]])), np.array([False, True]))
    >>> found.form.eigenvalues.real.tolist(), found.is_complete
    ([2.0, 1.0], True)
    """
    n, k = form.order, int(np.count_nonzero(selected))
    room, prefix = 4 * n + 16 + 4 * k * (n - k), "z" if np.iscomplexobj(form.S) else "d"
    if form.T is None:
        more = {} if prefix == "z" else {"liwork": room}
        order = getattr(lapack, f"{prefix}trsen")
        S, Z, *_, count, _, sep, info = order(
            selected, form.S, form.Z, job="V" if separation else "N", lwork=room, **more
        )
        return Reordering(SchurForm(S=S, T=None, Q=Z, Z=Z), int(count), float(sep), info == 0)
    order = getattr(lapack, f"{prefix}tgsen")
    S, T, *_, Q, Z, count, _, _, dif, info = order(
        selected, form.S, form.T, form.Q, form.Z, ijob=2 if separation else 0, lwork=room, liwork=room
    )
    return Reordering(SchurForm(S=S, T=T, Q=Q, Z=Z), int(count), float(min(dif)), info == 0)


def _part(own: SchurForm, other: SchurForm, k: int) -> tuple[Part, float]:
    """The part that `own` has first and `other` last, and the cosine of the angle between its left subspaces."""
    Q, annihilating = own.Q[:, :k], other.Q[:, own.order - k :]
    cosines = adjoint(annihilating) @ Q
    U, sines, Vh = la.svd(cosines, check_finite=False)
    smallest = float(sines[-1])
    with np.errstate(divide="ignore", invalid="ignore"):  # a cut that nothing survives is refused by its condition
        L = annihilating @ ((U / sines) @ Vh)
    T = None if own.T is None else own.T[:k, :k]
    return Part(own.S[:k, :k], T, L, own.Z[:, :k]), smallest


def _closest(form: SchurForm, selected: Flags, condition: float) -> tuple[float, tuple[int, int] | None]:
    """See `Deflation.gap`: chordal distances of eigenvalues, S and T of a block in units of their norms."""
    least, closest = np.inf, None
    for start, end in pairwise([*form.starts, form.order]):
        here = slice(start, end)
        inside, outside = np.flatnonzero(selected[here]), np.flatnonzero(~selected[here])
        if not inside.size or not outside.size:
            continue
        s, t = _homogeneous(form.block(here), form.eigenvalues[here])
        sizes = np.hypot(np.abs(s), np.abs(t))
        with np.errstate(divide="ignore", invalid="ignore"):  # 0/0 is what a singular pencil has: no eigenvalue at all
            apart = np.abs(np.outer(s[inside], t[outside]) - np.outer(t[inside], s[outside]))
            apart = apart / np.outer(sizes[inside], sizes[outside])
            errors = EPS / np.minimum.outer(sizes[inside], sizes[outside])
            gaps = np.nan_to_num(apart / (4 * (_ROUNDINGS + end - start) * condition * errors), nan=0.0)
        i, j = np.unravel_index(int(np.argmin(gaps)), gaps.shape)
        if gaps[i, j] < least:
            least, closest = float(gaps[i, j]), (start + int(inside[i]), start + int(outside[j]))
    return least, closest


def _homogeneous(block: SchurForm, values: Array) -> tuple[Array, Array]:
    """Eigenvalues s/t of a block, with S and T in units of their norms."""
    t = np.ones(block.order) if block.T is None else np.abs(np.diag(block.T))
    with np.errstate(invalid="ignore"):
        s = np.where(t > 0, values * t, np.diag(block.S))
    size_T = 1.0 if block.T is None else norm(block.T) or 1.0
    return s / (norm(block.S) or 1.0), t / size_T
