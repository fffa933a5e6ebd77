r"""Pairs of Gramian factors from the Riccati equations of spectral factors.

With the output K of a spectral factor of the states, and the input L of one of the adjoint system, the solutions of
both Riccati equations are the Gramians of an extended system: X the observability Gramian of (C; K), Y the reachability
Gramian of (B, L), with the A of the system. So their factors come from the Schur form that the system has, like those
of :class:`~dlnbalance.gramians.lyapunov.Lyapunov`.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..linalg.arrays import EPS, Array, adjoint, norm
from ..linalg.lyapunov import gramian_factors
from ..linalg.spectral_densities import SpectralDensity
from ..linalg.spectral_riccati import Extremal, minimal_factors
from ..networks.factor_pairs import TriangularPair
from ..systems.coordinates import schur_form_in
from ..systems.linear_system import LinearSystem
from .base import Gramians, check_range

__all__ = ["Extension", "extended_pair", "extension", "frequency_in_words", "gramians_of_both"]

# Relative residual of a Riccati equation up to which its solution says what is to be reduced: one digit more than the
# bounds of the results are printed with.
_WORTH_HAVING = 1e-4


class Extension(NamedTuple):
    """Outputs (C; K) whose observability Gramian solves a Riccati equation, with the root R that belongs to K.

    Attributes
    ----------
    density : SpectralDensity
        What the equation belongs to.
    root : (m, m) array
        R.
    output : (m, n) array
        K.
    steps : int
        Steps of Newton's method.
    """

    density: SpectralDensity
    root: Array
    output: Array
    steps: int

    @property
    def outputs(self) -> Array:
        """(C; K)."""
        return np.vstack([self.density.C, self.output])

    def residual(self, half: Array) -> float:
        """How far R*R and R*K are, relatively, from what the Gramian X = H*H of these outputs makes them."""
        weight, cross = self.density.squares(half)
        of_weight = norm(weight - adjoint(self.root) @ self.root) / (norm(self.density.weight) or 1.0)
        size = norm(self.density.cross) + norm(cross - self.density.cross)
        return max(of_weight, norm(cross - adjoint(self.root) @ self.output) / (size or 1.0))

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
    return Extension(density, *density.factor(found.half), found.steps)


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


def gramians_of_both(
    plant: LinearSystem, density: SpectralDensity, dual: SpectralDensity, kind: object, size: float = 1.0
) -> Gramians:
    """Gramians that are the minimal solutions of a Riccati equation and of that of the adjoint system.

    Parameters
    ----------
    plant : LinearSystem
        With E = I.
    density, dual : SpectralDensity
        In its well-scaled coordinates.
    kind : object
        Who asks for them, in words.
    size : float
        The Gramians of the plant are those of the densities times this number.

    Raises
    ------
    numpy.linalg.LinAlgError
        When there are no solutions, or rounding hides them.
    """
    ends = [extension(*each) for each in zip((density, dual), minimal_factors(density, dual), strict=True)]
    outputs, inputs = (np.sqrt(size) * end.outputs for end in ends)
    pair, reach, observe = extended_pair(plant, adjoint(inputs), outputs)
    words = [end.words(half / np.sqrt(size)) for end, half in zip(ends, (observe, reach), strict=True)]
    return Gramians(network=pair, how=f"{kind}, Riccati equation: {words[0]}; dual: {words[1]}")


def frequency_in_words(plant: LinearSystem, point: complex) -> str:
    """The frequency of a point of the stability boundary in the well-scaled coordinates of a plant."""
    if not np.isfinite(point):
        return "infinite frequency"
    omega = float(np.angle(point)) / (plant.sampling_time or 1.0)
    if not plant.is_discrete:
        omega = plant.coordinates.unit * point.imag
    omega = omega if plant.is_complex else abs(omega)
    return f"{omega + 0.0:.6g} rad/{'sample' if plant.dt is True else 's'}"
