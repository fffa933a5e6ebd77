"""The Gramians of balanced stochastic truncation: reduction with a small relative error."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import one_of, positive_number
from ..linalg.arrays import Array, adjoint
from ..linalg.spectral_densities import SpectralDensity
from ..linalg.spectral_riccati import minimal_factor
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy, check_dense
from .power_spectra import power_spectrum
from .spectral_pairs import extended_pair, extension, frequency_in_words
from .stability import check_stable

__all__ = ["RELATIVE_ERROR", "Stochastic"]

#: What the singular values bound: ‖G⁻¹(G − G_r)‖_∞.
RELATIVE_ERROR = "relative H∞ error"

_SIDES = "left", "right"


@dataclass(frozen=True)
class Stochastic(GramianStrategy):
    r"""Gramians of balanced stochastic truncation, for errors that are small beside the gain at every frequency.

    "left": P is the reachability Gramian, Q = X the minimal solution of the Riccati equation of the spectral factor W
    of GG* = W*W, in continuous and in discrete time

    .. math:: A^*X + XA + (C - B_W^*X)^*(DD^*)^{-1}(C - B_W^*X) = 0, \qquad B_W = PC^* + BD^*,
    .. math:: A^*XA - X + (C - B_W^*XA)^*(DD^* + CPC^* - B_W^*XB_W)^{-1}(C - B_W^*XA) = 0, \quad B_W = APC^* + BD^*,

    with E⁻¹A and E⁻¹B for A and B, and Q = E*XE. "right" does the same for the adjoint system, with Q the observability
    Gramian and P from the spectral factor of G*G. Singular values are at most one, which every zero that is not stable
    gives.

    Parameters
    ----------
    side : {"left", "right"}
        Which relative error is bounded and measured: ‖G⁻¹(G − G_r)‖_∞ or ‖(G − G_r)G⁻¹‖_∞, which for systems that are
        not square are the gains of (GG*)^{-½}(G − G_r), with no more outputs than inputs, and (G − G_r)(G*G)^{-½},
        with no more inputs than outputs.
    regularization : float
        α: the gain beside which errors need not be small. The kind is then that of (G, αI), or of (G; αI), and its
        error relative to (GG* + α²I)^½; large α lead to absolute errors. Needed where D has no full rank, in continuous
        time, or G has a zero on the stability boundary.

    Raises
    ------
    InvalidArgumentError
        For another side or a negative regularization; when called with a system whose response has no full row (column)
        rank at some frequency, which the message names, or whose ``dt`` is None.
    UnstableSystemError
        When called with a system that is not asymptotically stable.

    Notes
    -----
    X is climbed to by Newton's method for factors (see :func:`~dlnbalance.linalg.spectral_riccati.minimal_factor`),
    about 200 n³ flops together. In continuous time zeros of G that are not stable stay where they are as long as the
    order is at least their number [1]_; in discrete time that is not proved. Results are checked for it. Dense,
    whatever the storage.

    References
    ----------
    .. [1] M. Green, "Balanced stochastic realizations", Linear Algebra Appl. 98 (1988) 211-247.
    .. [2] U. B. Desai, D. Pal, "A transformation approach to stochastic model reduction", IEEE Trans. Automat. Control
       29 (1984) 1097-1100.
    .. [3] A. Varga, K. H. Fasol, "A new square-root balancing-free stochastic truncation model reduction algorithm",
       Proc. 12th IFAC World Congress 1993, vol. 7, 153-156 (and the regularization).

    See Also
    --------
    dlnbalance.Weighted : weights of your own.

    Examples
    --------
    >>> system = LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[1.0]])  # P = ½, B_W = 1.5, −2X + (1 − 1.5 X)² = 0
    >>> Stochastic()(system).singular_values.round(12).tolist()
    [0.333333333333]
    >>> Stochastic()(LinearSystem([[-1.0]], [[1.0]], [[1.0]]))
    Traceback (most recent call last):
        ...
    dlnbalance.errors.InvalidArgumentError: system: expected a response of full row rank at all frequencies, got ...
    """

    side: Literal["left", "right"] = "left"
    regularization: float = 0.0

    name = "stochastic"
    description = "a Lyapunov and a Riccati equation of spectral factors; proves the relative error, keeps zeros"
    values_name = "stochastic singular values"

    def __post_init__(self) -> None:
        one_of("side", self.side, _SIDES)
        positive_number("regularization", self.regularization, or_zero=True)

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of `system`."""
        check_dense(as_system(system))
        plant = as_system(system).explicit()
        check_stable(plant)
        here, discrete, is_left = plant.coordinates, plant.is_discrete, self.side == "left"
        A, B, C, D, schur = here.A, here.B, here.C, plant.D, plant.schur
        if not is_left:
            A, B, C, D, schur = adjoint(A), adjoint(C), adjoint(B), adjoint(D), schur.adjoint
        density = power_spectrum(A, B, C, D, float(self.regularization), discrete=discrete, schur=schur)
        try:
            end = extension(density, minimal_factor(density))
            inputs, outputs = (here.B, end.outputs) if is_left else (adjoint(end.outputs), here.C)
            pair, reach, observe = extended_pair(plant, inputs, outputs)
            words = end.words(observe if is_left else reach)
        except np.linalg.LinAlgError as error:
            raise self._refusal(plant, density) from error
        return Gramians(network=pair, how=f"{self}, Riccati equation: {words}")

    def _refusal(self, plant: LinearSystem, density: SpectralDensity) -> InvalidArgumentError:
        """Why there are no Gramians: the frequency where the response loses rank."""
        rank = "row" if self.side == "left" else "column"
        least, point, _ = density.least()
        place = frequency_in_words(plant, point if self.side == "left" else np.conj(point))
        return InvalidArgumentError(
            "system",
            f"a response of full {rank} rank at all frequencies",
            f"a least singular value of {np.sqrt(max(least, 0.0)):.3g} at {place}",
            f"pass Stochastic({self.side!r}, regularization=α), the gain α beside which errors need not be small",
        )

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bounds σ_{r+1} ≤ ‖G⁻¹(G − G_r)‖_∞ ≤ Π_{i>r} (1 + σ_i)/(1 − σ_i) − 1, in exact arithmetic.

        Notes
        -----
        Upper bound in continuous time: [1]_, [2]_. In discrete time at every point z of the unit circle, for Σ =
        diag(Σ_1, σI): with θ = (z − A_11)⁻¹, B̃ = B_2 + A_21θB_1, C̃ and the output K̃ of the spectral factor W alike, and
        M = A_22/z + A_21θA_12/z, the equations say B̃B̃* = σ(I − MM*) and K̃*K̃ = σ(I − M*M), so that M is a contraction,

        .. math:: (1 - σ^2)(G - G_r) = W^* \tilde K (I - M)^{-1} \tilde B / z - σ G \tilde B^*(I - M^*)^{-1} \tilde B,

        and both products after W* and G = W*T, T co-isometric, have norms of at most 2σ: the error is at most
        2σ/(1 − σ) of W. The truncation solves the same equations with the input A_12σ^½ and the output σ^½A_21 added to
        G_r and W_r. So steps can follow each other, and their factors 1 + 2σ/(1 − σ) multiply. Residualization is the
        same after a bilinear map.

        Lower bound, for every stable G_r of order r: K(zI − A)⁻¹B is the stable part of W⁻*G, has the Hankel singular
        values σ_i, and W⁻* adds no stable poles to those of G_r.

        References
        ----------
        .. [1] M. Green, "A relative error bound for balanced stochastic truncation", IEEE Trans. Automat. Control 33
           (1988) 961-965.
        .. [2] W. Wang, M. G. Safonov, "A tighter relative-error bound for balanced stochastic truncation", Syst.
           Control Lett. 14 (1990) 307-317.
        """
        del floor
        tail = np.minimum(values[order:], 1.0)
        with np.errstate(divide="ignore"):
            upper = float(np.expm1(2 * np.arctanh(tail).sum()))
        return ErrorBounds(lower=float(tail[:1].sum()), upper=upper, measure=RELATIVE_ERROR)
