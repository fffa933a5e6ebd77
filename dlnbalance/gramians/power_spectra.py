r"""The power spectrum GG* of a system, and errors of a system in units of it.

With the reachability Gramian P and :math:`B_W = PC^* + BD^*` (:math:`APC^* + BD^*` in discrete time) the spectrum is
the sum of C(zI − A)⁻¹B_W, its adjoint and a constant, DD* or DD* + CPC*.
"""

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint, dense
from ..linalg.lyapunov import gramian_factor
from ..linalg.pencils import SchurForm, schur_form
from ..linalg.spectral_densities import SpectralDensity
from ..linalg.spectral_riccati import minimal_factor
from ..systems.linear_system import LinearSystem

__all__ = ["adjoint_system", "power_spectrum", "relative_to_spectrum"]


def power_spectrum(
    A: Array, B: Array, C: Array, D: Array, floor: float, *, discrete: bool, schur: SchurForm | None = None
) -> SpectralDensity:
    """The density GG* + α²I of a stable system, α being the `floor`; from the Schur form of A, if it is there.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> density = power_spectrum(-one, one, one, one, 0.0, discrete=False)  # (4 + ω²)/(1 + ω²)
    >>> density.eigenvalues(np.array([0j])).round(12).item()
    4.0
    """
    schur = schur_form(A) if schur is None else schur
    reach = schur.Z @ gramian_factor(schur, B, discrete=discrete)
    seen = C @ reach
    inputs = (A @ reach if discrete else reach) @ adjoint(seen) + B @ adjoint(D)
    weight = D @ adjoint(D) + floor**2 * np.eye(len(D))
    if discrete:
        weight = weight + seen @ adjoint(seen)
    return SpectralDensity(A=A, B=inputs, C=C[:0], cross=-C, weight=weight, discrete=discrete)


def adjoint_system(system: LinearSystem) -> LinearSystem:
    """The system (A*, C*, B*, D*), with E = I: its response is G* at the opposite frequency."""
    A, B, C, D, dt = system.explicit().to_tuple()
    return LinearSystem(adjoint(dense(A)), adjoint(C), adjoint(B), adjoint(D), dt=dt)


def relative_to_spectrum(system: LinearSystem, other: LinearSystem, floor: float = 0.0) -> LinearSystem:
    r"""A system whose gain is that of :math:`(GG^* + α^2I)^{-1/2}(G - G_r)` at all frequencies.

    Parameters
    ----------
    system, other : LinearSystem
        G and G_r, stable, with the same signals; n and r states.
    floor : float
        α.

    Returns
    -------
    LinearSystem
        Of n + r states: V⁻¹(G − G_r) with the factor V = C(zI − A)⁻¹L + N of GG* + α²I = VV* that has a stable inverse.

    Raises
    ------
    numpy.linalg.LinAlgError
        When the spectrum is not positive definite beyond rounding.

    Examples
    --------
    >>> system = LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[1.0]])
    >>> nothing = LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[0.0]])
    >>> abs(relative_to_spectrum(system, nothing)(2j)).round(12).item()
    1.0
    """
    plant, other = system.explicit(), other.explicit()
    here, discrete = plant.coordinates, plant.is_discrete
    density = power_spectrum(here.A, here.B, here.C, plant.D, floor, discrete=discrete, schur=plant.schur)
    dual = SpectralDensity(
        A=adjoint(here.A),
        B=adjoint(here.C),
        C=density.C[:, : here.A.shape[0]],
        cross=-adjoint(density.B),
        weight=density.weight,
        discrete=discrete,
    )
    root, output = dual.factor(minimal_factor(dual).half)
    root = adjoint(root)
    inputs = -np.sqrt(here.unit) * here.states[:, None] * adjoint(output)  # L, in the states of the plant
    inputs = adjoint(la.solve_triangular(root, adjoint(inputs), lower=True, trans=2, check_finite=False))
    direct = plant.D - other.D
    outputs = la.solve_triangular(root, np.hstack([plant.C, -other.C, direct]), lower=True, check_finite=False)
    n, r = plant.nstates, other.nstates
    A = np.block([[dense(plant.A) - inputs @ plant.C, inputs @ other.C], [np.zeros((r, n)), dense(other.A)]])
    B = np.vstack([plant.B - inputs @ direct, other.B])
    return LinearSystem(A, B, outputs[:, : n + r], outputs[:, n + r :], dt=plant.dt)
