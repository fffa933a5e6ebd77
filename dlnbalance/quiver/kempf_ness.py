r"""Least norm on a gauge orbit: the solver behind norm-balanced realizations.

.. math:: \min_{g} E(g·W), \qquad E = ½ Σ ‖W_a‖^2,

for any :class:`~dlnbalance.quiver.representation.Representation`. By Kempf and Ness a critical point is a global
minimum, it lies exactly where the moment map vanishes, and E is convex along the geodesics t ↦ e^{ta}·W, a Hermitian.
Three stages: diagonal scaling by powers of two, majorize–minimize steps while they pay, and Newton's method along
geodesics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.linalg as la

from ..drawable import Drawable
from ..linalg.arguments import real_number
from ..linalg.arrays import EPS, Array, adjoint, whole_number
from ..linalg.scaling import equilibrating_powers
from ..linalg.threads import threads_by_size
from .gram import GramOperator, Matrices
from .hessian import Hessian
from .integration import Progress, checked_progress, total_norm
from .minimality import MinimalPart, complement, minimal_part
from .representation import Representation, as_representation

__all__ = ["Minimum", "minimize"]

_MAJORIZATIONS = 10  # majorize–minimize steps at most: they converge linearly, and Newton goes on from anywhere
_PAYS = 0.02  # share of the energy that such a step must save to be followed by another: Newton's method saves more
_LONGEST = 2.0  # spectral norm of a Newton step: beyond scales of e² its quadratic model says little
_ITERATIONS = 400  # steps of conjugate gradients a Newton step: what they leave is left to the next one
# Spectral norm of a Newton step up to which the minimum is near. On the way to infinity, where couplings decay
# like e^{-2a}, steps never get shorter than ¼.
_NEAR = 0.1
_FLAT = 1e-7  # relative moment below which differences of the energy, which go like its square, are rounding
_ROUNDING = 100 * EPS  # relative moment that is indistinguishable from zero
# Where the moment is rounding, directions that go to infinity are coupled with a strength of its square root at most,
# and leaving them out changes what the rest computes by the square of that.
_COUPLED = 10 * _ROUNDING**0.5
_HALVINGS = 40  # of a Newton step: down to 10⁻¹², where no energy tells a difference

Status = Literal["converged", "rounding", "diverging", "steps"]

_ADVICE = {
    "converged": "the moment vanishes to the tolerance: the norm is the least on the orbit",
    "rounding": "the moment stopped shrinking at rounding level",
    "diverging": "the norm is least at infinity, to rounding, and the gauge would go on for ever",
    "steps": "more Newton steps are needed: raise max_steps",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Minimum(Drawable):
    """A point of least norm on a gauge orbit, and how it was reached.

    Attributes
    ----------
    representation : Representation
        The point.
    gauge : tuple of array
        Gauge that leads there from where the search began, one matrix a vertex.
    energies, moment_norms : (K,) array
        ½‖W‖² and ‖μ‖/‖W‖² before each Newton step and at the end.
    linear_iterations : int
        Steps of conjugate gradients in all Newton steps.
    status : str
        "converged"; "rounding": as far as double precision goes; "diverging": the moment vanishes to rounding, but
        the gauge would still go far, so that the orbit has no minimum or an extremely flat one; "steps".
    minimal_part : MinimalPart or None
        Where the status is "diverging": the representation without the directions that are not reached or not read to
        rounding, and the bases in the coordinates of `representation`. Its orbit has a minimum.
    diverging_directions : tuple of (int, int)
        At every vertex, how many of the directions that were left out would grow for ever (they are not reached) and
        how many would shrink (they are not read).

    See Also
    --------
    dlnbalance.minimize : find the point of least norm on the gauge orbit of a representation.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> found = dln.minimize(dln.DeepLinearNetwork([[[4.0]], [[1.0]]]).representation)
    >>> found.status, round(float(found.energies[-1]), 9)  # ½ (2² + 2²)
    ('converged', 4.0)
    """

    representation: Representation
    gauge: tuple[Array, ...]
    energies: Array
    moment_norms: Array
    linear_iterations: int
    status: Status
    minimal_part: MinimalPart | None = None
    diverging_directions: tuple[tuple[int, int], ...] = ()

    @property
    def steps(self) -> int:
        """Number of Newton steps."""
        return self.energies.size - 1

    @property
    def advice(self) -> str:
        """What the status means, in words."""
        places = [
            f"at {vertex} {growing} are not reached and {shrinking} not read"
            for vertex, (growing, shrinking) in zip(self.representation.gauged, self.diverging_directions, strict=False)
            if growing or shrinking
        ]
        return "; ".join([_ADVICE[self.status], *(["of the directions " + ", ".join(places)] if places else [])])

    def __repr__(self) -> str:
        reached = f"‖W‖² = {2 * self.energies[-1]:.6g}, relative moment {self.moment_norms[-1]:.1e}"
        return (
            f"Minimum ({self.status}): {reached}\n"
            f"  {self.steps} Newton steps, {self.linear_iterations} steps of conjugate gradients\n"
            f"  {self.advice}"
        )


@threads_by_size
def minimize(
    representation: Representation, *, rtol: float = 1e-12, max_steps: int = 60, progress: Progress | None = None
) -> Minimum:
    r"""Find the point of least norm on the gauge orbit of a representation.

    Parameters
    ----------
    representation : Representation
        Where the search begins.
    rtol : float
        Moment norm relative to ‖W‖² at which it ends.
    max_steps : int
        Newton steps at most.
    progress : callable, optional
        Called with the finished share of the way (in decades of the moment), from 0 to 1.

    Returns
    -------
    Minimum
        Unique up to unitary gauges.

    Raises
    ------
    InvalidArgumentError
        For a tolerance or a number of steps that makes no sense.

    Notes
    -----
    Majorize–minimize: T_v = (S_v^{-1} # R_v)^{1/4}, monotone without a step size. Newton: H(a) + H(a)* = −μ for
    Hermitian a by preconditioned conjugate gradients (inexact at first), then W ← e^{sa}·W with backtracking of s;
    O(n³) a product, quadratic convergence at the end.

    References
    ----------
    .. [1] G. Kempf, L. Ness, "The length of vectors in representation spaces", LNM 732, 1979.
    .. [2] U. Helmke, "Balanced realizations for linear systems: a variational approach", SIAM J. Control Optim. 31
       (1993) 1-15.

    See Also
    --------
    dlnbalance.balance_norm : the smallest coefficients that realize a transfer function.
    dlnbalance.quiver.Minimum : a point of least norm on a gauge orbit, and how it was reached.
    dlnbalance.quiver.NormCertificate : how near a point of a gauge orbit is to the least norm.

    Examples
    --------
    >>> from dlnbalance.networks.network import DeepLinearNetwork
    >>> result = minimize(DeepLinearNetwork([[[400.0]], [[1.0]]]).representation)
    >>> result.status, round(2 * result.representation.energy, 9)
    ('converged', 800.0)
    """
    representation = as_representation("representation", representation)
    rtol = real_number(
        "rtol", rtol, "a number between 0 and 1", lambda rtol: 0 < rtol < 1, remedy="it bounds the relative moment"
    )
    whole_number("max_steps", max_steps, 0, remedy="try 60")
    progress = checked_progress(progress)
    representation.moment_map()  # refuses matrices whose squares overflow
    search = _Search(representation)
    search.scale()
    search.majorize()
    return search.newton(rtol, max_steps, progress)


class _Search:
    """A point that moves along its orbit, and the gauge that it has gathered."""

    def __init__(self, representation: Representation):
        self.point = representation
        self.gauge: Matrices = [np.eye(n) for n in representation.dimensions]

    def _accept(self, moved: Representation, elements: Sequence[Array]) -> None:
        """Go on from `moved`, which the gauge `elements` led to."""
        self.point = moved
        self.gauge = [step @ gathered for step, gathered in zip(elements, self.gauge, strict=True)]

    def scale(self) -> None:
        """Equilibrate rows and columns by powers of two, which rounds nothing."""
        index = {vertex: v for v, vertex in enumerate(self.point.gauged)}
        squares = [(np.abs(a.matrix) ** 2, index.get(a.tail), index.get(a.head)) for a in self.point.arrows]
        elements = [np.diag(1 / d) for d in equilibrating_powers(squares, self.point.dimensions)]
        moved = self.point.act(elements)
        if moved.energy < self.point.energy:
            self._accept(moved, elements)

    def majorize(self) -> None:
        """Take majorize–minimize steps while they save a notable share of the energy."""
        for _ in range(_MAJORIZATIONS):
            operator = GramOperator(self.point)
            try:
                step = [_quarter_mean(s, r) for s, r in zip(operator.incoming, operator.outgoing, strict=True)]
                moved = self.point.act(step)
            except (la.LinAlgError, ArithmeticError):  # a vertex that is not filled or not read: leave it to Newton
                return
            if not moved.energy < self.point.energy:
                return
            pays = moved.energy < (1 - _PAYS) * self.point.energy
            self._accept(moved, step)
            if not pays:
                return

    def newton(self, rtol: float, max_steps: int, progress: Progress | None) -> Minimum:
        """Newton's method along geodesics, with backtracking."""
        energies, moments, iterations = [self.point.energy], [self._moment()], 0
        status: Status | None = None
        direction: list[tuple[Array, Array]] = []
        length = np.inf  # of the step before
        while status is None:
            if progress is not None and 0 < moments[-1] < moments[0]:
                progress(min(1.0, np.log(moments[0] / moments[-1]) / np.log(moments[0] / rtol)))
            # A small moment is not enough: where the infimum lies at infinity, it is small and the way still long.
            if moments[-1] <= rtol and length <= _NEAR:
                status = "converged"
                break
            direction, used = self._direction(moments[-1])
            iterations, length = iterations + used, _length(direction)
            if moments[-1] <= rtol and length <= _NEAR:
                status = "converged"
            elif moments[-1] <= _ROUNDING:
                status = "diverging"
            elif len(energies) > max_steps:
                status = "steps"
            elif self._step(direction, moments[-1]):
                energies.append(self.point.energy)
                moments.append(self._moment())
            else:
                status = "converged" if moments[-1] <= rtol else "rounding"
        part = minimal_part(self.point, rtol=_COUPLED) if status == "diverging" else None
        return Minimum(
            representation=self.point,
            gauge=tuple(self.gauge),
            energies=np.array(energies),
            moment_norms=np.array(moments),
            linear_iterations=iterations,
            status=status,
            minimal_part=part,
            diverging_directions=() if part is None else tuple(map(_diverging_directions, direction, part.bases)),
        )

    def _moment(self) -> float:
        energy = self.point.energy
        return self.point.moment_norm() / (2 * energy) if energy > 0 else 0.0

    def _direction(self, relative: float) -> tuple[list[tuple[Array, Array]], int]:
        """Newton direction by its eigenvalues and eigenvectors, and what its linear system cost."""
        solution = Hessian(self.point).solve(
            [-m for m in self.point.moment_map()], rtol=min(0.1, np.sqrt(relative)), max_iterations=_ITERATIONS
        )
        return [la.eigh(a, check_finite=False) for a in solution.value], solution.iterations

    def _step(self, direction: list[tuple[Array, Array]], relative: float) -> bool:
        """Move along a direction as far as it pays; whether it did."""
        moment, energy = self.point.moment_map(), self.point.energy
        slope = sum(
            np.sum(w * np.real(np.sum(V.conj() * (m @ V), axis=0))) for (w, V), m in zip(direction, moment, strict=True)
        )
        length, norm = _length(direction), total_norm(moment)
        flat = relative < _FLAT  # the energy is flat to rounding; there the moment decides
        size = min(1.0, _LONGEST / length) if length > 0 else 1.0
        for _ in range(_HALVINGS):
            elements = [(V * np.exp(size * w)) @ adjoint(V) for w, V in direction]
            moved = self.point.act(elements)
            # Armijo's condition with its usual constant
            if moved.moment_norm() < norm if flat else moved.energy <= energy + 1e-4 * size * slope:
                self._accept(moved, elements)
                return True
            size /= 2
        return False


def _diverging_directions(direction: tuple[Array, Array], basis: Array) -> tuple[int, int]:
    """How many directions outside `basis` a Newton step makes longer, and how many shorter."""
    w, V = direction
    outside = adjoint(V) @ complement(basis)
    signs = la.eigvalsh(adjoint(outside) @ (w[:, None] * outside), check_finite=False)
    return int(np.count_nonzero(signs > 0)), int(np.count_nonzero(signs <= 0))


def _length(direction: list[tuple[Array, Array]]) -> float:
    """Spectral norm of a direction."""
    return max((float(np.abs(w).max(initial=0.0)) for w, _ in direction), default=0.0)


def _quarter_mean(filled: Array, read: Array) -> Array:
    """(S⁻¹ # R)^{1/4}, the square root of the gauge that makes S and R equal."""
    if not filled.size:
        return filled
    lower = la.cholesky(filled, lower=True, check_finite=False)
    w, U = la.eigh(adjoint(lower) @ read @ lower, check_finite=False)
    if not w[0] > EPS * w[-1]:
        raise la.LinAlgError("a vertex is not read in every direction")
    half = la.solve_triangular(adjoint(lower), U * w**0.25, lower=False)
    mean = half @ adjoint(half)
    w, U = la.eigh((mean + adjoint(mean)) / 2, check_finite=False)
    if not w[0] > 0:
        raise la.LinAlgError("the mean is not positive definite to rounding")
    return (U * w**0.25) @ adjoint(U)
