"""The largest gain of a system as a function of frequency, with its derivatives, at one frequency at a time."""

import cmath
from typing import NamedTuple, cast

import numpy as np
import scipy.linalg as la

from ..gramians.stability import poles_refused
from ..linalg.arrays import EPS, Array, adjoint
from ..linalg.modal_forms import MODAL_ORDER, ModalForm
from ..linalg.shifted_solves import shifted_solution
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem

__all__ = ["GainCurve", "Slopes", "spectral_norms"]

_FAR_BELOW = 0.9  # share of a level below which gains need no digits


class Slopes(NamedTuple):
    """The largest singular value σ of a frequency response, and σ'/σ and σ''/σ; zeros where σ = 0.

    Derivatives are with respect to the frequency in the unit of the curve (:attr:`GainCurve.unit`).
    """

    gain: float
    first: float
    second: float


class GainCurve:
    r"""The largest gain of a system over the frequency, from its Schur form.

    Parameters
    ----------
    model : LinearSystem
        With a stated time base; with an E that is not singular.

    Notes
    -----
    .. math:: G' = -C(zE - A)^{-1}E(zE - A)^{-1}B \, z', \qquad
        σ_1'' = \mathrm{Re}\, u_1^* G'' v_1 + \frac12 Σ_{k>1} \Big( \frac{|M_{k1} + \bar M_{1k}|^2}{σ_1 - σ_k}
        + \frac{|M_{k1} - \bar M_{1k}|^2}{σ_1 + σ_k} \Big) + \frac{(\mathrm{Im} M_{11})^2}{σ_1}, \quad M = U^*G'V,

    from second-order perturbation theory for the eigenvalues of (0 G; G* 0); σ_k = 0 beyond the smaller dimension.
    One triangular solve with as many right-hand sides as there are inputs gives a gain, three give its derivatives,
    O(m n²) each.

    Examples
    --------
    >>> curve = GainCurve(LinearSystem([[-1.0]], [[1.0]], [[1.0]]))
    >>> round(curve.gain(1.0) ** 2, 12), curve.slopes(0.0)  # (1 + ω²)^{-½}
    (0.5, Slopes(gain=1.0, first=0.0, second=-1.0))
    """

    def __init__(self, model: LinearSystem):
        here, schur = model.coordinates, model.schur
        self._model, self._schur, self._D = model, schur, model.D
        self._B, self._C = adjoint(schur.Q) @ here.B, here.C @ schur.Z
        # C and D in a unit that leaves room for derivatives.
        self._exponent = int(np.frexp(np.abs(self._C).max(initial=0.0))[1])
        self._unit_C, self._unit_D = (np.ldexp(1.0, -self._exponent) * M for M in (self._C, self._D))
        # Phases that are not rational multiples of each other: inputs that cancel each other do so nowhere else.
        self._mixed = self._B @ np.exp(1j * np.arange(model.ninputs)[:, None] ** 2)
        self._step, self._rate = model.sampling_time, here.unit
        #: Modal form of the model, where it takes less time than a few solves with the Schur form.
        self.modal: ModalForm | None = model.modal if model.nstates >= MODAL_ORDER else None
        #: Whether that has been seen to give gains to a few digits.
        self.modal_serves: bool = False
        #: Unit of the frequencies that derivatives refer to: that of the rates, 1/dt for discrete systems.
        self.unit: float = 1 / self._step if self._step else here.unit

    def gains(self, omega: Array) -> Array:
        """Largest gains at some frequencies, in rad/s; that of D at infinity."""
        responses = np.repeat(self._D[None].astype(complex), omega.size, axis=0)
        finite = np.flatnonzero(np.isfinite(omega)) if self._C.size else []
        with np.errstate(over="ignore", invalid="ignore"):
            for k in finite:
                responses[k] += self._C @ self._solution(float(omega[k]), self._B)
        return spectral_norms(_finite(responses))

    def screened_gains(self, omega: Array, level: float) -> Array:
        """Largest gains at some frequencies; those far below a level by the modal form, where that serves."""
        if not self.modal_serves:
            return self.gains(omega)
        gains = self.modal_gains(omega)
        high = ~(gains < _FAR_BELOW * level)
        gains[high] = self.gains(omega[high])
        return gains

    def gain(self, omega: float) -> float:
        """Largest gain at one frequency."""
        return float(self.gains(np.array([omega]))[0])

    def rough_gains(self, omega: Array) -> Array:
        """Gains at finite frequencies from one combination of the inputs, of unit power each with a fixed phase."""
        with np.errstate(over="ignore", invalid="ignore"):
            mixed = [self._C @ self._solution(float(value), self._mixed) for value in omega]
        return la.norm(_finite(np.array(mixed)), axis=(1, 2))

    def modal_gains(self, omega: Array) -> Array:
        """Largest gains by the modal form, zero where it fails; only where there is one."""
        responses = np.repeat(self._D[None].astype(complex), omega.size, axis=0)
        finite = np.isfinite(omega)
        points = np.exp(1j * omega[finite] * self._step) if self._step else 1j * omega[finite] / self._rate
        with np.errstate(all="ignore"):
            responses[finite] += cast("ModalForm", self.modal).response(points)
        responses[~np.isfinite(responses).all(axis=(1, 2))] = 0.0
        return spectral_norms(responses)

    def slopes(self, omega: float) -> Slopes:
        """Largest gain at a finite frequency and its derivatives."""
        if not self._C.size:
            return Slopes(self.gain(omega), 0.0, 0.0)
        found = _slopes(*self._derivatives(omega))
        gain = _finite(np.ldexp(found.gain, self._exponent))
        return found._replace(gain=float(gain))

    def _derivatives(self, omega: float) -> tuple[Array, Array, Array]:
        """The response at a finite frequency and its two derivatives, in units that leave room for all of them."""
        X = self._solution(omega, self._B)
        once = self._solution(omega, X if self._schur.T is None else self._schur.T @ X)
        twice = self._solution(omega, once if self._schur.T is None else self._schur.T @ once)
        C, D = self._unit_C, self._unit_D
        first, second = -(C @ once), 2 * (C @ twice)
        if self._step:  # z = exp(iθ): z' = iz, z'' = −z
            z = cmath.rect(1.0, omega * self._step)
            first, second = 1j * z * first, -z * z * second - z * first
        else:
            first, second = 1j * first, -second
        return D + C @ X, first, second

    def _solution(self, omega: float, right: Array) -> Array:
        point = cmath.rect(1.0, omega * self._step) if self._step else complex(0.0, omega / self._rate)
        try:
            return shifted_solution(self._schur, point, right)
        except np.linalg.LinAlgError:
            with poles_refused(self._model, np.array([omega])):
                raise


def spectral_norms(stack: Array) -> Array:
    """Largest singular value of each matrix of a stack (K, p, m)."""
    if stack.shape[1:] == (1, 1):
        return np.abs(stack[:, 0, 0])
    return np.linalg.svd(stack, compute_uv=False)[:, 0]


def _finite(response: Array) -> Array:
    """Refuse gains out of the range of numbers."""
    if not np.isfinite(response).all():
        raise out_of_range("gain")
    return response


def _slopes(G: Array, first: Array, second: Array) -> Slopes:
    """σ_1 of a matrix function and its relative derivatives, from G, G' and G''."""
    if G.size == 1:
        g, a, b = G[0, 0], first[0, 0], second[0, 0]
        if g == 0:
            return Slopes(0.0, 0.0, 0.0)
        a, b = a / g, b / g
        return Slopes(float(np.abs(g)), float(a.real), float(b.real + a.imag**2))
    U, values, Vh = np.linalg.svd(G)
    gain = float(values[0])
    if gain == 0:
        return Slopes(0.0, 0.0, 0.0)
    left, right = U[:, 0].conj(), Vh[0].conj()
    down, across = U.conj().T @ (first @ right) / gain, Vh.conj() @ (left @ first) / gain
    slope, count = complex(down[0]), values.size
    bends = np.sum(np.abs(down[count:]) ** 2) + np.sum(np.abs(across[count:]) ** 2)
    if count > 1:
        ratios, mirrored = values[1:] / gain, across[1:count].conj()
        gaps, down = 1 - ratios, down[1:count]
        apart = gaps > 4 * EPS  # values that coincide to rounding are one, and have one derivative or a kink
        squares = np.abs(down + mirrored) ** 2 * apart / np.where(apart, gaps, 1)
        bends += np.sum(squares + np.abs(down - mirrored) ** 2 / (1 + ratios)) / 2
    curvature = float((left @ (second @ right)).real / gain + bends + slope.imag**2)
    return Slopes(gain, slope.real, curvature)
