"""Parts of a system that no input reaches or no output reads, split off until none is left."""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array, Matrix, adjoint, dense, norm, product
from ..linalg.hidden_modes import Modes, mode_staircase
from ..linalg.staircase import Staircase, pencil_sizes, regular_pencil, staircase
from ..systems.coordinates import Coordinates

__all__ = ["Pencil", "Rest"]

_HALF_THE_DIGITS = EPS**0.5
# Eigenvalues of a scaled pencil beyond which no point is looked at: they may be rounding of infinite ones, and rounding
# of E counts z times, of chains of infinite eigenvalues z² times as much.
_FASTEST = 100.0


class Pencil(NamedTuple):
    """A pencil A − λE, with None for the identity; values of E up to the floor are rounding of a larger matrix."""

    A: Matrix
    E: Matrix | None
    floor: float = 0.0

    @property
    def eigenvalues(self) -> Array:
        """Its eigenvalues, infinite ones included; O(n³), dense."""
        A, E = dense(self.A), None if self.E is None else dense(self.E)
        if E is None or A.shape[0] == 0:
            return la.eigvals(A, check_finite=False) if A.shape[0] else np.zeros(0, complex)
        alpha, beta = la.eigvals(A, E, homogeneous_eigvals=True, check_finite=False)
        finite = np.abs(beta) > max(A.shape[0] * EPS * norm(E), self.floor)
        return np.where(finite, alpha / np.where(finite, beta, 1.0), np.inf)

    @property
    def finite_eigenvalues(self) -> Array:
        """Those that are finite."""
        values = self.eigenvalues
        return values[np.isfinite(values)]

    def solve(self, z: complex, right: Array) -> Array:
        """(zE − A)⁻¹ times a matrix, where it exists; infinite where z is an eigenvalue. Dense."""
        A, E = dense(self.A), np.eye(self.A.shape[0]) if self.E is None else dense(self.E)
        try:
            return np.linalg.solve(z * E - A, right.astype(complex))
        except np.linalg.LinAlgError:
            return np.full(right.shape, np.inf, complex)


class Rest:
    """What is left of a system, in its well-scaled coordinates, while unreached and unread parts are split off.

    Parameters
    ----------
    here : Coordinates
        The system; columns of B̂ and rows of Ĉ with norms about 1.
    tol, later_tol : float
        Shares of the norms up to which singular values count as zero: at first, and once a part has been split off.

    Attributes
    ----------
    left, right : (n, r) array
        Orthonormal bases W and V of what is left.
    hidden : tuple of two lists of pencils
        Parts that no input reaches, and those that no output reads, in the unit of time of the system.
    kept, dropped, distance : float
        As in :class:`~dlnbalance.decompositions.minimal_realizations.MinimalRealization`.
    """

    def __init__(self, here: Coordinates, tol: float, later_tol: float):
        self.here, self.tol, self._later_tol = here, tol, later_tol
        self.pencil = (here.A, None) if here.E is None else regular_pencil(here.A, here.E)
        self.A, self.E = self.pencil
        self.B, self.C = here.B, here.C
        self.left = self.right = np.eye(here.A.shape[0])
        self.entering = pencil_sizes(self.A, self.E, self.B)
        self.leaving = pencil_sizes(self.A, self.E, self.C)
        self.hidden: tuple[list[Pencil], list[Pencil]] = ([], [])
        self.kept, self.dropped, self.distance = np.inf, 0.0, np.inf

    @property
    def adjoint_matrices(self) -> tuple[Array, Array | None, Array]:
        """(A*, E*, C*), whose inputs are the outputs."""
        return adjoint(self.A), None if self.E is None else adjoint(self.E), adjoint(self.C)

    def reduced(self) -> "Rest":
        """Two staircases; then modes that long staircases miss, and again, until there are none."""
        found = True
        while found and self.A.shape[0]:
            self.kept = np.inf  # what is kept now may be dropped next
            self.split(staircase(self.A, self.E, self.B, self.tol, self.entering))
            self.split(staircase(*self.adjoint_matrices, self.tol, self.leaving), outputs=True)
            found = self.A.shape[0] > 0 and self.split_modes()
        return self

    def split_modes(self) -> bool:
        """Split off modes that are not reached, or else those that are not read; whether there are any."""
        modes = Modes(self.A, self.E)
        unreached = mode_staircase(modes, self.B, self.tol, self.entering)
        unread = None if unreached else mode_staircase(modes.adjoint, adjoint(self.C), self.tol, self.leaving)
        form = unreached or unread
        if form is not None:
            self.split(form, outputs=unread is not None)
            return True
        inward = modes.coupling(self.B).min() / self.entering[0]
        outward = modes.adjoint.coupling(adjoint(self.C)).min() / self.leaving[0]
        self.distance = float(min(inward, outward))
        return False

    def split(self, form: Staircase, *, outputs: bool = False) -> None:
        """Keep the leading part of a staircase form, that of the adjoint matrices for what the outputs read."""
        self.kept, self.dropped = min(self.kept, form.kept), max(self.dropped, form.dropped)
        order = form.order
        if order == self.A.shape[0]:
            return  # nothing is rounded for nothing
        self.tol = self._later_tol
        left, right = (form.right, form.left) if outputs else (form.left, form.right)
        left, right = self.left @ left, self.right @ right
        lost = _projected(self.here.A, self.here.E, left[:, order:], right[:, order:])
        floor = 0.0 if self.here.E is None else self.tol * norm(self.here.E)
        self.hidden[outputs].append(Pencil(lost.A * self.here.unit, lost.E, floor))
        self.left, self.right = left[:, :order], right[:, :order]
        self.A, self.E, _ = _projected(*self.pencil, self.left, self.right)
        self.B, self.C = adjoint(self.left) @ self.here.B, self.here.C @ self.right

    def keeps_response(self, center: float) -> bool:
        """Whether the response is that of the system: to half of the digits of its peak, or to what rounding explains.

        Rates that differ by more decades than numbers have digits are zeros beside the norm of a matrix, and decide the
        response nevertheless. Looked at are a few points about the `center`, 0 or 1, as far from it as poles are; none
        of them on the boundary, which may have poles.
        """
        kept = _projected(self.here.A, self.here.E, self.left, self.right)
        hidden = [p.finite_eigenvalues / self.here.unit for p in (*self.hidden[0], *self.hidden[1])]
        distances = np.abs(np.concatenate([kept.finite_eigenvalues, *hidden]) - center)
        distances = distances[(distances > 0) & (distances < (np.inf if self.E is None else _FASTEST))]
        if not distances.size:
            return True
        points = center + np.exp(1.1j) * np.quantile(distances, [0, 0.5, 1], method="nearest")
        errors, sizes, explained = np.transpose([self._error_at(z, kept) for z in points])
        return bool((errors <= np.maximum(_HALF_THE_DIGITS * sizes.max(), explained)).all())

    def _error_at(self, z: complex, kept: "Pencil") -> tuple[float, float, float]:
        """Error of the response at a point, size of what makes it up, and how far relative errors `tol` may move it."""
        A, E, B, C = self.here.A, self.here.E, self.here.B, self.here.C
        reach = Pencil(A, E).solve(z, B)
        observe = Pencil(adjoint(A), None if E is None else adjoint(E)).solve(z.conjugate(), adjoint(C))
        error = norm(C @ reach - self.C @ kept.solve(z, self.B))
        reach, observe = np.abs(reach), np.abs(adjoint(observe))
        size = norm(np.abs(C) @ reach)
        moved = (np.abs(A) + np.abs(z) * (np.eye(A.shape[0]) if E is None else np.abs(E))) @ reach + np.abs(B)
        return error, size, self.tol * (norm(observe @ moved) + size)

    @property
    def bases(self) -> tuple[Array, Array] | None:
        """Bases in the coordinates of the system; None for all of it."""
        if self.left.shape[0] == self.left.shape[1]:
            return None
        return self.here.equations[:, None] * self.left, self.here.states[:, None] * self.right


def _projected(A: Array, E: Array | None, left: Array, right: Array) -> Pencil:
    """W* (A − λE) V."""
    rows = adjoint(left)
    return Pencil(product(rows, product(A, right)), None if E is None else product(rows, product(E, right)))
