r"""Spectral densities of systems: Hermitian functions of frequency that bounded real and positive real mean positive.

With the states :math:`x = (zI - A)^{-1}B` that a unit input leads to,

.. math:: Φ = W - Nx - x^*N^* - x^*C^*C\,x, \qquad z = iω \;\text{ or }\; e^{iω},

is I − G*G for W = I − D*D and N = D*C, and G + G* for W = D + D*, N = −C and no output C. It is positive definite at
all frequencies where and only where it is the square of a spectral factor, Φ = V*V with a stable V that has a stable
inverse (see :mod:`dlnbalance.linalg.spectral_riccati`).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint, norm
from .pencils import SchurForm, schur_form

__all__ = ["Least", "SpectralDensity"]

_LEVELS = 40  # level sets at most; convergence is quadratic, so that a handful is the rule
_RTOL = 1e-9  # distance from the least eigenvalue found to a level that must be empty: more digits than are printed
# Distance from the imaginary axis, in units of the norm, within which rounding may have moved an eigenvalue off it: two
# that meet move by its root. One frequency too many only costs an evaluation.
_ON_THE_AXIS = 1e-5


class Least(NamedTuple):
    """Least eigenvalue of a density over all frequencies.

    Attributes
    ----------
    value : float
        The eigenvalue.
    point : complex
        Point of the stability boundary where it is found; ``complex(inf)`` is infinite frequency.
    size : float
        Largest absolute value of the eigenvalues that were looked at first.
    """

    value: float
    point: complex
    size: float


@dataclass(frozen=True, eq=False, kw_only=True)
class SpectralDensity:
    r"""Spectral density Φ of a stable system, by the quadratic form of its states and inputs.

    Attributes
    ----------
    A : (n, n) array
        Stable, in coordinates where orthogonal transformations lose nothing.
    B : (n, m) array
    C : (k, n) array
        k = 0 for none.
    cross : (m, n) array
        N.
    weight : (m, m) array
        W, Hermitian; in continuous time Φ at infinite frequency.
    discrete : bool
        Whether time is discrete.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> density = SpectralDensity.contractive(-2 * one, one, one, 0 * one, discrete=False)  # 1 − 1/(4 + ω²)
    >>> density.least()
    Least(value=0.75, point=0j, size=1.0)
    """

    A: Array
    B: Array
    C: Array
    cross: Array
    weight: Array
    discrete: bool

    @classmethod
    def contractive(cls, A: Array, B: Array, C: Array, D: Array, *, discrete: bool) -> Self:
        """I − G*G."""
        _, sizes, right = la.svd(D, check_finite=False)
        gains = np.zeros(D.shape[1])
        gains[: sizes.size] = sizes
        weight = (adjoint(right) * ((1 - gains) * (1 + gains))) @ right  # keeps the digits of gains next to one
        return cls(A=A, B=B, C=C, cross=adjoint(D) @ C, weight=weight, discrete=discrete)

    @classmethod
    def positive(cls, A: Array, B: Array, C: Array, D: Array, *, discrete: bool) -> Self:
        """G + G*."""
        return cls(A=A, B=B, C=C[:0], cross=-C, weight=D + adjoint(D), discrete=discrete)

    def factor(self, half: Array) -> tuple[Array, Array]:
        r"""Root R and output K of the factor that a solution X = H*H of the Riccati equation gives, V = R − Kx.

        .. math:: R^*R = W, \; R^*K = N + B^*X \quad\text{or}\quad R^*R = W - B^*XB, \; R^*K = N + B^*XA .

        Parameters
        ----------
        half : (l, n) array
            H, any l.

        Raises
        ------
        numpy.linalg.LinAlgError
            When R*R is not positive definite.
        """
        weight, cross = self.squares(half)
        root = la.cholesky(weight, check_finite=False)
        return root, la.solve_triangular(root, cross, trans=2, check_finite=False)

    def squares(self, half: Array) -> tuple[Array, Array]:
        """What R*R and R*K have to be for X = H*H (see `factor`)."""
        inputs = half @ self.B
        if not self.discrete:
            return self.weight, self.cross + adjoint(inputs) @ half
        return self.weight - adjoint(inputs) @ inputs, self.cross + adjoint(inputs) @ (half @ self.A)

    def eigenvalues(self, points: Array) -> Array:
        """Eigenvalues of Φ at some points of the stability boundary, ascending; O(n²) a point after a Schur form."""
        x = np.moveaxis(np.tensordot(self._schur.Z, self._schur.resolvent(points, self.B), 1), 1, 0)
        crossed, outputs = self.cross @ x, self.C @ x
        values = self.weight - crossed - crossed.conj().swapaxes(1, 2) - outputs.conj().swapaxes(1, 2) @ outputs
        return np.linalg.eigvalsh(values)

    @cached_property
    def _schur(self) -> SchurForm:
        return schur_form(self.A)

    def least(self) -> "Least":
        """Least eigenvalue of Φ over all frequencies, to rounding.

        Notes
        -----
        From the frequencies of the poles on, by level sets: Φ has the eigenvalue t at the frequencies where a
        Hamiltonian matrix has eigenvalues on the imaginary axis; between them Φ is looked at again. O((2n)³) a level,
        of which a handful is the rule [1]_. Discrete systems are mapped to continuous ones for it.

        References
        ----------
        .. [1] S. Boyd, V. Balakrishnan, Syst. Control Lett. 15 (1990) 1-7.
        """
        image = self._continuous()
        poles = la.eigvals(image.A, check_finite=False)
        omega = np.concatenate([poles.imag, np.abs(poles), [0.0, np.inf]])
        values = self._values(omega)
        size, found, best, below = float(np.abs(values).max(initial=0.0)), np.inf, 0.0, _RTOL
        for _ in range(_LEVELS):
            k = int(np.argmin(values[:, 0]))
            if values[k, 0] < found - below * size:
                found, best = float(values[k, 0]), float(omega[k])
            elif below:
                below = 0.0  # the minimum is found; the middle between the crossings beside it has its last digits
            else:
                break
            omega = np.append(best, image.crossings(found - below * size))
            values = self._values(omega)
        return Least(found, complex(self._points(np.array([best]))[0]), size)

    def _values(self, omega: Array) -> Array:
        """Eigenvalues at some frequencies of the continuous image."""
        points = self._points(omega)
        finite = np.isfinite(points)
        values = np.tile(np.linalg.eigvalsh(self.weight), (omega.size, 1))
        values[finite] = self.eigenvalues(points[finite])
        return values

    def _points(self, omega: Array) -> Array:
        """Points of the stability boundary at frequencies of the continuous image."""
        if self.discrete:
            return np.exp(2j * np.arctan(omega))
        return np.where(np.isfinite(omega), 1j * np.where(np.isfinite(omega), omega, 0.0), np.inf)

    def crossings(self, level: float) -> Array:
        """Frequencies where an eigenvalue of Φ, of continuous time, may equal a level, and the middles between them.

        None for a level that is not below the least eigenvalue at infinite frequency.
        """
        try:
            factors = la.cho_factor(self.weight - level * np.eye(len(self.weight)), check_finite=False)
        except np.linalg.LinAlgError:
            return np.zeros(0)
        solved = la.cho_solve(factors, np.hstack([self.cross, adjoint(self.B)]), check_finite=False)
        feedback, inputs = np.hsplit(solved, [self.A.shape[0]])
        closed, states = self.A + self.B @ feedback, adjoint(self.C) @ self.C + adjoint(self.cross) @ feedback
        hamiltonian = np.block([[closed, self.B @ inputs], [-states, -adjoint(closed)]])
        size = norm(hamiltonian)
        values = la.eigvals(hamiltonian, check_finite=False, overwrite_a=True)
        axis = np.unique(values.imag[np.abs(values.real) <= _ON_THE_AXIS * size])
        return np.unique(np.concatenate([axis, (axis[1:] + axis[:-1]) / 2]))

    def _continuous(self) -> "SpectralDensity":
        """The same function of s, z = (1 + s)/(1 − s), with states x = (√2 x_c − Bu) / (I + A)."""
        if not self.discrete:
            return self
        n, unit = self.A.shape[0], np.eye(self.A.shape[0])
        solved = la.solve(self.A + unit, np.hstack([self.A - unit, np.sqrt(2) * unit, self.B]), check_finite=False)
        A, states, inputs = solved[:, :n], solved[:, n : 2 * n], solved[:, 2 * n :]
        C, direct, crossed = self.C @ states, -self.C @ inputs, self.cross @ inputs
        return replace(
            self,
            A=A,
            B=np.sqrt(2) * inputs,
            C=C,
            cross=self.cross @ states + adjoint(direct) @ C,
            weight=self.weight + crossed + adjoint(crossed) - adjoint(direct) @ direct,
            discrete=False,
        )
