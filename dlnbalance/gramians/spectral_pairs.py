r"""Pairs of Gramian factors from the Riccati equations of spectral factors.

With the output K of a spectral factor of the states, and the input L of one of the adjoint system, the solutions of both
Riccati equations are the Gramians of an extended system: X the observability Gramian of (C; K), Y the reachability
Gramian of (B, L), with the A of the system. So their factors come from the Schur form that the system has, like those of
:class:`~dlnbalance.gramians.lyapunov.Lyapunov`.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..linalg.arrays import EPS, Array, adjoint, norm
from ..linalg.lyapunov import gramian_factors
from ..linalg.spectral_densities import SpectralDensity
from ..linalg.spectral_riccati import Extremal
from ..networks.factor_pairs import TriangularPair
from ..systems.coordinates import schur_form_in
from ..systems.linear_system import LinearSystem
from .base import check_range

__all__ = ["Extension", "extended_pair", "extension", "frequency_in_words"]

# Relative residual of a Riccati equation up to which its solution says what is to be reduced: one digit more than the
# bounds of the results are printed with.
_WORTH_HAVING = 1e-4


class Extension(NamedTuple):
    """Outputs (C; K) whose observability Gramian solves a Riccati equation.

    Attributes
    ----------
    density : SpectralDensity
        What the equation belongs to.
    output : (m, n) array
        K.
    steps : int
        Steps of Newton's method.
    """

    density: SpectralDensity
    output: Array
    steps: int

    @property
    def outputs(self) -> Array:
        """(C; K)."""
        return np.vstack([self.density.C, self.output])

    def residual(self, half: Array) -> float:
        """Relative residual of the Riccati equation at X = H*H, which is the Gramian for this K."""
        _, output = self.density.factor(half)
        size = norm(self.density.C) ** 2 + norm(output) ** 2
        return norm(output - self.output) * norm(output + self.output) / (size or 1.0)

    def words(self, half: Array) -> str:
        """How the equation was solved, for reports.

        Raises
        ------
        numpy.linalg.LinAlgError
            When the residual leaves no digits.
        """
        residual = self.residual(half)
        if not residual <= _WORTH_HAVING:
            raise np.linalg.LinAlgError(f"a residual of {residual:.1e}")
        way = f"Newton's method in {self.steps} steps" if self.steps else "an extended pencil"
        return f"residual {max(residual, EPS):.0e} by {way}"


def extension(density: SpectralDensity, found: Extremal) -> Extension:
    """The output of the spectral factor that a minimal solution gives."""
    return Extension(density, density.factor(found.half)[1], found.steps)


def extended_pair(plant: LinearSystem, inputs: Array, outputs: Array) -> tuple[TriangularPair, Array, Array]:
    """Gramian factors of a plant with E = I and other inputs and outputs, given in its well-scaled coordinates.

    Returns
    -------
    TriangularPair, (n, n) array, (n, n) array
        The pair in the states of the plant, and both factors, adjoint the first, in its well-scaled coordinates.
    """
    here, schur = plant.coordinates, plant.schur
    if any(map(np.iscomplexobj, (inputs, outputs))) and not np.iscomplexobj(schur.S):
        schur = schur_form_in(replace(here, B=here.B.astype(complex)))
    reach, observe = gramian_factors(schur, inputs, outputs, discrete=plant.is_discrete)
    check_range(norm(reach), norm(observe))
    halves = adjoint(schur.Z @ reach), observe @ adjoint(schur.Z)
    return TriangularPair(reach, observe, schur.Z, here.states), *halves


def frequency_in_words(plant: LinearSystem, point: complex) -> str:
    """The frequency of a point of the stability boundary in the well-scaled coordinates of a plant."""
    if not np.isfinite(point):
        return "infinite frequency"
    if not plant.is_discrete:
        return f"{plant.coordinates.unit * point.imag:.6g} rad/s"
    unit = "rad/sample" if plant.dt is True else "rad/s"
    return f"{np.angle(point) / (1.0 if plant.dt is True else plant.dt):.6g} {unit}"
