"""Gramians of what happens in bands of frequencies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ..files.conversion import as_system
from ..linalg.arguments import flag, real_number
from ..linalg.arrays import EPS, Array, adjoint, norm, product
from ..linalg.band_integrals import Band, resolvent_integral
from ..linalg.sparse.band_krylov import band_factors
from ..networks.factor_pairs import FactorPair
from ..systems.linear_system import LinearSystem
from ..systems.normal_sides import NormalSide, normal_sides
from .automatic import Automatic
from .bands import bands_in_words, bands_of, checked_bands, is_everything
from .base import ErrorBounds, Gramians, GramianStrategy, check_dense, check_range
from .limited_pairs import LimitedPair
from .lyapunov import Lyapunov
from .modified_sides import modified_pair, modulus_root
from .stability import check_stable

__all__ = ["BAND_ERROR", "FrequencyLimited"]

#: What is measured of a model reduced for bands: the largest gain of G − G_r in them.
BAND_ERROR = "largest error in the bands"

# Errors of the shares of the bands, in units of n eps ‖S‖: the logarithms of random, lightly damped and stiff systems
# with 2 to 200 states were off by 1 of it at most.
_SHARE_ROUNDING = 1.0
_MOST = 500  # sparse factorizations for a large system


@dataclass(frozen=True)
class FrequencyLimited(GramianStrategy):
    r"""Gramians of a stable system limited to bands Ω of frequencies, those of Gawronski and Juang.

    .. math:: P = \frac{1}{2π} \int_Ω (iνE - A)^{-1} B B^* (iνE - A)^{-*} dν, \qquad
              A P E^* + E P A^* + S B B^* + B B^* S^* = 0, \qquad S = \frac{E}{2π} \int_Ω (iνE - A)^{-1} dν

    and the same for the outputs; in discrete time the integrals over the arcs of the unit circle. Where all frequencies
    are in Ω these are the Gramians of :class:`~dlnbalance.gramians.lyapunov.Lyapunov`. Nothing is proved about the
    reduced model, not even that it is stable; its error is measured in the bands.

    Parameters
    ----------
    bands : sequence of (float, float)
        Ends of the bands in rad/s (rad/sample for dt = True), the lower ones first; they may overlap. ``inf`` is the
        end of the axis: no frequency is too high, in discrete time the Nyquist frequency π/dt. The bands of a real
        system stand for their negative frequencies as well; those of a complex system may be on one side. A single pair
        is one band.
    exclude : bool
        The bands are those that do not count: Ω is everything else.
    modified : bool
        Take the right-hand sides of Gugercin and Antoulas: the moduli \|S B B* + B B* S*\|, and the same for the
        outputs, the roots of which are inputs B_m and outputs C_m with B = B_m K and C = L C_m. Truncation keeps
        stability then, and the sum of the singular values bounds the H∞ error,

        .. math:: ‖G - G_r‖_∞ ≤ 2 ‖L‖ ‖K‖ Σ_{i>r} σ_i ,

        at all frequencies. The factors are multiplied by ‖K‖ and ‖L‖, so that the bound is 2 Σ σ_i of the values
        that are returned. The moduli depend on the units of the states: they are those of the system as it is given,
        with E solved away.
    tol : float
        For large sparse systems: relative residual of the equations (iνE − A)X = B over the bands.

    Raises
    ------
    InvalidArgumentError
        For other settings; when called with a system whose Nyquist frequency is below a finite end of a band, one of
        more than 5000 states for modified Gramians, or one whose ``dt`` is None.
    UnstableSystemError
        When called with a system that is not asymptotically stable; large sparse ones are not asked, as the integrals
        are there where no pole is in the bands.
    NumericalError
        When called with a system whose Hankel norm is out of the range of numbers, or a large sparse one for which the
        tolerance is not reached; for modified Gramians whose inputs do not contain those of the system.

    Notes
    -----
    The right-hand side is indefinite, and the difference of two factors would lose half of the digits of the first
    Gramian. Here the equations are solved in the coordinates where the Gramian of all frequencies is I, from
    Hammarling's method (:mod:`dlnbalance.linalg.input_normal_forms`): there P = S + S*, the share of the bands in every
    direction, which is between 0 and I, is a logarithm of a triangular matrix
    (:mod:`dlnbalance.linalg.band_integrals`), and its root one eigenvalue decomposition. The error of P is δ P_∞ in
    every direction at once, P_∞ being the Gramian of all frequencies and δ about n eps: a singular value is
    known to its last digits where the bands have a large share, and not at all where their share is below δ; the
    accuracy floor of the pair says so. About 25 n³ flops for the Schur form and 60 n³ for every band.

    Large sparse systems: (iνE − A)⁻¹B is projected onto a rational Krylov space that grows where its residual over the
    bands is largest (:mod:`dlnbalance.linalg.sparse.band_krylov`), one sparse factorization a shift for both sides, and
    the projection integrated by a rule with positive weights. Lightly damped modes cost about two shifts each, if they
    are in the bands.

    References
    ----------
    .. [1] W. Gawronski, J.-N. Juang, "Model reduction in limited time and frequency intervals", Int. J. Systems Sci. 21
       (1990) 349-376.
    .. [2] S. Gugercin, A. C. Antoulas, "A survey of model reduction by balanced truncation and some new results", Int.
       J. Control 77 (2004) 748-766, section 6 (modified Gramians and their bound).
    .. [3] P. Benner, P. Kürschner, J. Saak, "Frequency-limited balanced truncation with low-rank approximations", SIAM
       J. Sci. Comput. 38 (2016) A471-A499.

    See Also
    --------
    dlnbalance.Weighted : weights instead of bands.
    dlnbalance.norms.band_peak : the error in the bands.

    Examples
    --------
    >>> lag = LinearSystem([[-1.0]], [[1.0]], [[1.0]])  # P = Q = arctan(1)/π
    >>> FrequencyLimited([(0, 1)])(lag).singular_values.round(12).tolist()
    [0.25]
    >>> FrequencyLimited([(0, 1)], exclude=True)(lag).singular_values.round(12).tolist()
    [0.25]
    """

    bands: Any
    exclude: bool = False
    modified: bool = False
    tol: float = 1e-10

    name = "frequency-limited"
    description = "what happens in bands of frequencies; proves nothing, modified=True the H∞ error"
    values_name = "frequency-limited singular values"

    def __post_init__(self):
        object.__setattr__(self, "bands", checked_bands(self.bands))
        flag("exclude", self.exclude)
        flag("modified", self.modified)
        expected = f"a relative residual from {EPS:.1e} to 1"
        real_number("tol", self.tol, expected, lambda tol: EPS <= tol < 1, remedy="try 1e-10")

    def bands_of(self, system: LinearSystem) -> tuple[Band, ...]:
        """The bands on the frequency axis of a system: disjoint, not negative for real systems, none excluded."""
        return bands_of(system, self.bands, exclude=self.exclude)

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of `system`."""
        system = as_system(system)
        bands = self.bands_of(system)
        how = f"{self}, {bands_in_words(system, bands)}"
        if is_everything(system, bands):
            found = Automatic().for_system(system).solve(system)
            return Gramians(network=found.network, how=f"{how}, {found.how}", complete=found.complete)
        if system.is_large and not self.modified:
            return _large(system, bands, self.tol, how)
        check_dense(system)
        check_stable(system)
        plant = system.explicit()
        sides = _sides(plant, bands)
        pair = modified_pair(plant, _roots(plant, sides)) if self.modified else _pair(plant, sides)
        return Gramians(network=pair, how=how)

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bound of the H∞ error by twice the tail for modified Gramians; for others nothing is proved."""
        if not self.modified:
            return ErrorBounds(None, None, BAND_ERROR)
        return Lyapunov().error_bounds(values, order, floor)._replace(lower=None)


def _large(system: LinearSystem, bands: Sequence[Band], tol: float, how: str) -> Gramians:
    """Thin factors of a large sparse system."""
    system.check_descriptor()
    pencil, unit = system.sparse_pencil, system.sampling_time or 1.0
    found = band_factors(
        pencil,
        pencil.permute(system.B),
        pencil.permute(adjoint(system.C)),
        [(low * unit, high * unit) for low, high in bands],
        lambda omega: system.boundary_points(omega / unit),
        tol=tol,
        most=_MOST,
    )
    reach, observe = pencil.unpermute(found.reach), pencil.unpermute(found.observe)
    if system.E is not None:
        observe = adjoint(system.E) @ observe
    check_range(norm(reach), norm(observe))
    how += f", residual {found.residual:.1e} by {found.factorizations} sparse factorizations"
    return Gramians(network=FactorPair([reach, adjoint(observe)]), how=how, complete=False)


class _Share(NamedTuple):
    """A side of a system, and the integral S of the bands in its input-normal coordinates."""

    side: NormalSide
    integral: Array


def _sides(plant: LinearSystem, bands: Sequence[Band]) -> list[_Share]:
    here = plant.coordinates
    unit = plant.sampling_time or 1 / here.unit
    scaled = [(low * unit, high * unit) for low, high in bands]
    shares = []
    for side in normal_sides(here, plant.schur, discrete=plant.is_discrete):
        # The adjoint meets the conjugate points.
        seen = [(-high, -low) for low, high in scaled] if side.of_outputs else scaled
        integral = resolvent_integral(side.form.A, seen, discrete=plant.is_discrete)
        shares.append(_Share(side, integral if plant.is_complex else 2 * integral))
    return shares


def _pair(plant: LinearSystem, sides: Sequence[_Share]) -> LimitedPair:
    """The pair of factors U (S + S*)^½, with what its singular values are uncertain by."""
    triangles, wholes, doubt = [], [], 0.0
    for side, integral in sides:
        share, V = la.eigh(integral + adjoint(integral), check_finite=False)
        doubt = max(doubt, _SHARE_ROUNDING * len(V) * EPS * norm(integral, "1"))
        triangles.append(side.triangle(side.factor(V * np.sqrt(np.maximum(share, 0.0)))))
        wholes.append(side.factor(np.eye(len(V))))
    F, G = triangles
    check_range(norm(F), norm(G))
    return LimitedPair(F, G, plant.schur.Z, plant.coordinates, (wholes[0], wholes[1]), doubt)


def _roots(plant: LinearSystem, sides: Sequence[_Share]) -> list[Array]:
    """Roots of the moduli of the right-hand sides, in the states of the plant."""
    here, unit, roots = plant.coordinates, np.sqrt(plant.coordinates.unit), []
    for (side, integral), signals in zip(sides, (plant.B, adjoint(plant.C)), strict=True):
        image = product(plant.schur.Z, side.factor(integral @ side.form.B))
        image = unit * (image if plant.is_complex else image.real)
        image = image / here.states[:, None] if side.of_outputs else here.states[:, None] * image
        swap = np.kron([[0.0, 1.0], [1.0, 0.0]], np.eye(signals.shape[1]))
        roots.append(modulus_root(image, signals, swap))
    return roots
