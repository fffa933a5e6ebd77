"""Descriptor matrices: their LU factors, evenly scaled, and the coordinates that they leave a choice of."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import scipy.linalg as la

from ..errors import SingularDescriptorError
from ..linalg.arrays import EPS, Array, factorized, norm
from ..linalg.pencil_structure import evenly_scaled, infinite_staircase
from ..linalg.scaling import even_powers
from .coordinates import Coordinates, predicted_effect, telling_points, well_scaled

__all__ = ["DescriptorFactors", "descriptor_coordinates", "eigenvalues", "explicit_coordinates", "singular_descriptor"]

_WELL_CONDITIONED = 8  # condition of an E that is solved away: that costs less than a digit, and saves most of the time
# Up to this condition E is solved away where bounds of what rounding does grow by no more than this power of two. They
# grow with n as if all rounding errors had one sign; the errors, against 40 digits, were those of the pencil.
_MODERATE, _HARMLESS = 32, 4


class DescriptorFactors:
    """LU factors of R E D, with R and D that scale a dense E evenly.

    Parameters
    ----------
    E : (n, n) array
        Descriptor matrix.

    Attributes
    ----------
    rcond : float
        Its reciprocal condition number in these scales.

    Raises
    ------
    SingularDescriptorError
        When E is singular to working precision in these scales.

    Examples
    --------
    >>> DescriptorFactors(np.diag([2.0, 1e-20])).solve(np.array([[1.0], [1.0]])).ravel().tolist()
    [0.5, 1e+20]
    """

    def __init__(self, E: Array):
        self._E = E
        self._rows, self._columns = even_powers(E)
        self._factors, self.rcond = factorized(self._rows[:, None] * E * self._columns)
        if not self.rcond > EPS:
            raise singular_descriptor(self.rcond)

    def solve(self, right: Array) -> Array:
        """E⁻¹ times a matrix."""
        return self._columns[:, None] * la.lu_solve(self._factors, self._rows[:, None] * right, check_finite=False)

    def adjoint_solve(self, right: Array) -> Array:
        """E⁻* times a matrix."""
        scaled = self._columns[:, None] * right
        return self._rows[:, None] * la.lu_solve(self._factors, scaled, trans=2, check_finite=False)

    @cached_property
    def magnitudes(self) -> tuple[Array, Array]:
        """Magnitudes of the entries of E⁻¹ and E."""
        inverse = la.lu_solve(self._factors, np.diag(self._rows), check_finite=False)
        return np.abs(self._columns[:, None] * inverse), np.abs(self._E)

    @cached_property
    def condition(self) -> float:
        r"""Skeel's condition :math:`‖ |E^{-1}| |E| ‖_∞`, the states scaled as E wants it: how errors grow."""
        inverse, E = self.magnitudes
        return norm(inverse @ (E * self._columns) / self._columns[:, None], "I")


def descriptor_coordinates(
    A: Array, E: Array, B: Array, C: Array, factors: DescriptorFactors | None, *, discrete: bool
) -> Coordinates:
    """Well-scaled coordinates of a pencil, or of what is left when E is solved away where rounding does no more harm.

    Parameters
    ----------
    A, E : (n, n) array
    B : (n, m) array
    C : (p, n) array
    factors : DescriptorFactors or None
        Those of E; None where it is singular.
    discrete : bool
        Whether time is discrete.
    """
    if factors is None:
        return well_scaled(A, E, B, C, discrete=discrete)
    if factors.condition <= _WELL_CONDITIONED:
        return explicit_coordinates(A, B, C, factors, discrete=discrete)
    pencil = well_scaled(A, E, B, C, discrete=discrete)
    if not np.isfinite(factors.condition):
        return pencil
    explicit = explicit_coordinates(A, B, C, factors, discrete=discrete)
    points = telling_points(explicit.unit * norm(explicit.A), discrete=discrete)
    harm = predicted_effect(explicit, points) - predicted_effect(pencil, points)
    return explicit if harm <= (_HARMLESS if factors.condition <= _MODERATE else 0) else pencil


def explicit_coordinates(A: Array, B: Array, C: Array, factors: DescriptorFactors, *, discrete: bool) -> Coordinates:
    r"""Coordinates of (E⁻¹A, E⁻¹B, C), with the errors :math:`|E^{-1}| (|A| + |E| |E^{-1} A|)` that solving makes."""
    solved_A, solved_B = np.hsplit(factors.solve(np.hstack([A, B])), [A.shape[1]])
    here = well_scaled(solved_A, None, solved_B, C, discrete=discrete)
    inverse, E = factors.magnitudes
    error_A, error_B = (inverse @ (np.abs(M) + E @ np.abs(solved)) for M, solved in ((A, solved_A), (B, solved_B)))
    d, unit = here.states, here.unit
    return replace(here, errors=(error_A * d / d[:, None] / unit, error_B / d[:, None] / np.sqrt(unit)))


def eigenvalues(A: Array, E: Array) -> Array:
    """Eigenvalues of a regular pencil A − λE with a singular E: the finite ones, and then the infinite ones.

    Infinite eigenvalues are deflated first, for QZ makes large finite ones of them; O(n³).

    Raises
    ------
    SingularPencilError
        When A − λE is singular for every λ.

    Examples
    --------
    >>> eigenvalues(np.array([[0.0, 1.0], [1.0, 2.0]]), np.diag([1.0, 0.0])).real.round(12).tolist()
    [-0.5, inf]
    """
    even = evenly_scaled(A, E)
    form = infinite_staircase(even.A, even.E)
    rest = slice(form.infinite, None)
    finite = np.ldexp(1.0, even.rate) * la.eigvals(form.A[rest, rest], form.E[rest, rest], check_finite=False)
    return np.concatenate([finite, np.full(form.infinite, complex(np.inf))])


def singular_descriptor(rcond: float) -> SingularDescriptorError:
    """Refusal of a descriptor matrix of this reciprocal condition number."""
    return SingularDescriptorError(
        "E",
        "a nonsingular descriptor matrix",
        f"reciprocal condition number {rcond:.1e}",
        "split it by dlnbalance.decompositions.finite_infinite(system), which eliminates the algebraic equations, and"
        " use the proper part",
    )
