r"""Bilinear systems: a state-space model whose inputs also multiply the state.

.. math:: x' = A x + Σ_k u_k N_k x + B u, \qquad y = C x + D u.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError, UnstableSystemError
from ..files.model_formats import system_from_arrays, system_to_arrays
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy
from ..gramians.stability import check_stable, is_stable
from ..linalg.arguments import items, positive_number
from ..linalg.arrays import EPS, Array, adjoint, as_matrix, dense
from ..linalg.lyapunov import compressed, gramian_factor
from ..linalg.pencils import SchurForm
from ..networks.factor_pairs import FactorPair
from ..norms.measured import Measured
from ..quiver.representation import Arrow, Representation
from ..systems.linear_system import LinearSystem
from ..systems.signals import counted, time_base_in_words
from .model import Model

__all__ = ["BilinearSystem"]

_ITERATIONS = 1000  # stationary steps at most: enough for spectral radii of L⁻¹Π up to 0.92 (terms fall by 0.96 a step)
_STUCK = 50  # steps after which the terms of the series must have become smaller; they may grow at first
_LARGEST = 1e150  # size of a right-hand side whose square is still a number
_SETTLED = 5  # last ratios of terms that estimate their decay, as they may alternate
_RESIDUAL = 1e-10  # relative residual that is refused: rounding of a well-conditioned equation stays far below it


class BilinearSystem(Model):
    r"""A bilinear system, in continuous or discrete time.

    .. math:: x' = A x + Σ_{k=1}^m u_k N_k x + B u, \qquad y = C x + D u,

    and the same with x_{t+1} on the left in discrete time.

    Parameters
    ----------
    A : (n, n) array_like
        State matrix.
    N : sequence of (n, n) array_like
        One matrix for each of the m inputs.
    B : (n, m) array_like
        Input matrix.
    C : (p, n) array_like
        Output matrix.
    D : (p, m) array_like, optional
        Feedthrough; zero when left out.
    dt, inputs, outputs, name
        As for :class:`~dlnbalance.systems.linear_system.LinearSystem`.

    Raises
    ------
    InvalidArgumentError
        For shapes that disagree, a wrong number of matrices N_k, or entries that are not finite numbers.

    Notes
    -----
    :func:`dlnbalance.balance` and :func:`dlnbalance.reduce` accept it, with the Gramians of the generalized Lyapunov
    equations (see :meth:`factor_pairs`); ``form="norm"`` minimizes ‖A‖² + Σ‖N_k‖² + ‖B‖² + ‖C‖².

    References
    ----------
    .. [1] P. Benner, T. Damm, "Lyapunov equations, energy functionals, and model order reduction of bilinear and
       stochastic systems", SIAM J. Control Optim. 49 (2011) 686-711.

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.structured.Model : a class of models beside linear systems.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = BilinearSystem([[-1.0]], [[[0.5]]], [[1.0]], [[1.0]])
    >>> system
    BilinearSystem: 1 state, 1 input, 1 output, continuous (dt = 0)
    >>> round(dln.balance(system).hsv.item(), 12)  # P = Q = 1 / (2 − 0.25)
    0.571428571429
    """

    measure = "H2 error"

    def __init__(
        self,
        A: Any,
        N: Any,
        B: Any,
        C: Any,
        D: Any = None,
        *,
        dt: float | bool | None = 0,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        name: str | None = None,
    ):
        #: The linear part, with N = 0.
        self.linear: LinearSystem = LinearSystem(A, B, C, D, dt=dt, inputs=inputs, outputs=outputs, name=name)
        given = items("N", N, "a sequence of matrices", remedy="give one an input")
        n, m = self.linear.nstates, self.linear.ninputs
        if len(given) != m:
            raise InvalidArgumentError(
                "N", f"{m} matrices, one for every input", f"{len(given)}", "use zero where an input does not multiply"
            )
        self.N: tuple[Array, ...] = tuple(
            as_matrix(f"N[{k}]", matrix, rows=n, columns=n) for k, matrix in enumerate(given)
        )

    @property
    def A(self) -> Array:
        """State matrix."""
        return dense(self.linear.A)

    @property
    def B(self) -> Array:
        """Input matrix."""
        return self.linear.B

    @property
    def C(self) -> Array:
        """Output matrix."""
        return self.linear.C

    @property
    def D(self) -> Array:
        """Feedthrough."""
        return self.linear.D

    @property
    def dt(self) -> float | bool | None:
        """Time base, as for linear systems."""
        return self.linear.dt

    @property
    def nstates(self) -> int:
        """Number of states n."""
        return self.linear.nstates

    def with_matrices(self, A: Array, N: Sequence[Array], B: Array, C: Array) -> Self:
        """Return a system with the same D, time base and signals from other matrices."""
        linear = self.linear
        return type(self)(
            A, N, B, C, linear.D, dt=linear.dt, inputs=linear.inputs, outputs=linear.outputs, name=linear.name
        )

    @cached_property
    def representation(self) -> Representation:
        """The quiver [in] → x → [out] with the loops A, N_1, …, N_m at x; arrows B, C, A, N_1, …, N_m."""
        loops = [Arrow("x", "x", matrix) for matrix in (self.A, *self.N)]
        return Representation([Arrow("in", "x", self.B), Arrow("x", "out", self.C), *loops], gauged=["x"])

    def with_representation(self, representation: Representation) -> Self:
        """Return the system with the same D, time base and signals that a representation of its quiver describes."""
        if len(representation.matrices) != 3 + len(self.N):
            raise InvalidArgumentError(
                "representation",
                f"{3 + len(self.N)} arrows, in the order of this system's own representation",
                f"{len(representation.matrices)}",
                "move the representation of this system by a gauge",
            )
        B, C, A, *N = representation.matrices
        return self.with_matrices(A, N, B, C)

    def project(self, transforms: Sequence[Array], inverses: Sequence[Array]) -> Self:
        """Petrov–Galerkin projection (TAS, TN_kS, TB, CS, D) with T S = I."""
        (T,), (S,) = transforms, inverses
        linear = self.linear.project(adjoint(T), S)
        return self.with_matrices(dense(linear.A), [T @ N @ S for N in self.N], linear.B, linear.C)

    def scaled_inputs(self, gamma: float) -> Self:
        r"""The same system with inputs measured in other units, u = γ v: (A, γ N_k, γ B, C, γ D).

        Smaller γ makes the generalized Lyapunov equations solvable. The Gramians depend on γ: they weigh the bilinear
        term for inputs v of size 1.
        """
        gamma = positive_number("gamma", gamma, remedy="one new unit is gamma old ones")
        linear = self.linear
        return type(self)(
            linear.A,
            [gamma * N for N in self.N],
            gamma * linear.B,
            linear.C,
            gamma * linear.D,
            dt=linear.dt,
            inputs=linear.inputs,
            outputs=linear.outputs,
            name=linear.name,
        )

    def factor_pairs(self, gramians: GramianStrategy = Automatic()) -> tuple[FactorPair]:
        r"""Factor pair (Z_c, Z_o*) of the Gramians of the generalized Lyapunov equations.

        .. math:: A P + P A^* + Σ_k N_k P N_k^* + B B^* = 0, \qquad A^* Q + Q A + Σ_k N_k^* Q N_k + C^* C = 0;

        in discrete time :math:`A P A^* - P + Σ_k N_k P N_k^* + B B^* = 0` and its dual.

        Raises
        ------
        UnstableSystemError
            When A is not stable.
        NumericalError
            When the iteration does not converge: with L(P) = AP + PA* (or APA* − P) and Π(P) = Σ N_k P N_k*, the
            spectral radius of L⁻¹Π, estimated, is 1 or more or very near; scaling the inputs helps.

        Notes
        -----
        The stationary iteration L(P_{j+1}) = −Π(P_j) − BB*, by its increments: P = Σ_j Y_j Y_j*, where Y_{j+1} is the
        Hammarling factor for the right-hand side [N_1 Y_j, …, N_m Y_j], and the factors gather in one that QR keeps at
        n columns. All solves share one Schur form. It converges linearly, with the spectral radius ρ of L⁻¹Π as rate,
        and ends when what is left of the series lies below eps in the *factor*: about 31/−log₁₀ρ steps of
        (2 m + 7) n³ flops. The residual is recomputed, and one above 1e-10 (relative) refused.

        References
        ----------
        .. [1] T. Damm, "Direct methods and ADI-preconditioned Krylov subspace methods for generalized Lyapunov
           equations", Numer. Linear Algebra Appl. 15 (2008) 853-871.
        .. [2] L. Zhang, J. Lam, B. Huang, G.-H. Yang, "On Gramians and balanced truncation of discrete-time bilinear
           systems", Int. J. Control 76 (2003) 414-427.
        """
        del gramians  # there are no others
        linear = self.linear
        check_stable(linear)
        discrete, schur, here = linear.is_discrete, linear.schur, linear.coordinates
        d = here.states
        N = [matrix * d / d[:, None] / np.sqrt(here.unit) for matrix in self.N]
        reach = _generalized_factor(schur, N, here.B, discrete=discrete)
        observe = _generalized_factor(schur.adjoint, [adjoint(M) for M in N], adjoint(here.C), discrete=discrete)
        network = FactorPair([d[:, None] * reach, adjoint(observe) / d])
        residual = max(self.residuals(network))
        if not residual <= _RESIDUAL:
            raise NumericalError(
                "system",
                f"Gramian factors that satisfy their equations to {_RESIDUAL:.0e}",
                f"a relative residual of {residual:.1e}",
                "scale the inputs down with .scaled_inputs(gamma)",
            )
        return (network,)

    def how(self, pairs: Sequence[FactorPair]) -> str:
        """One line on the Gramian factors."""
        reached, observed = self.residuals(pairs[0])
        return f"generalized Lyapunov equations, relative residuals {reached:.1e} and {observed:.1e}"

    def residuals(self, network: FactorPair) -> tuple[float, float]:
        """Relative residuals of both generalized Lyapunov equations at a factor pair, recomputed. O(m n³)."""
        reach, observe = network.weights[0], adjoint(network.weights[1])
        discrete = self.linear.is_discrete
        dual = [adjoint(matrix) for matrix in self.N]
        return (
            _residual(self.A, self.N, self.B, reach, discrete=discrete),
            _residual(adjoint(self.A), dual, adjoint(self.C), observe, discrete=discrete),
        )

    def h2_norm(self) -> float:
        r"""H2 norm of the Volterra series, tr(C P C*)^½ (with ‖D‖_F² added in discrete time).

        Infinite for a continuous system with feedthrough. From the Gramian factor, without squaring.

        References
        ----------
        .. [1] L. Zhang, J. Lam, "On H2 model reduction of bilinear systems", Automatica 38 (2002) 205-216.
        """
        feedthrough = float(la.norm(self.D))
        if feedthrough and not self.linear.is_discrete:
            check_stable(self.linear)
            return np.inf
        return float(np.hypot(la.norm(self.C @ self.factor_pairs()[0].weights[0]), feedthrough))

    def __sub__(self, other: "BilinearSystem") -> "BilinearSystem":
        """Error system: both driven by the same inputs, outputs subtracted."""
        if not isinstance(other, BilinearSystem):
            return NotImplemented
        linear = self.linear - other.linear
        N = [la.block_diag(ours, theirs) for ours, theirs in zip(self.N, other.N, strict=True)]
        return BilinearSystem(
            linear.A, N, linear.B, linear.C, linear.D, dt=linear.dt, inputs=linear.inputs, outputs=linear.outputs
        )

    def distance(self, other: Any) -> Measured:
        """H2 norm of the error system; infinite when one of the two has no Gramians."""
        try:
            value = (self - other).h2_norm()
        except (UnstableSystemError, NumericalError):
            value = np.inf
        return Measured(value=value, norm=self.measure)

    @property
    def is_stable(self) -> bool:
        """Whether the linear part is asymptotically stable beyond rounding."""
        return is_stable(self.linear)

    def linear_systems(self) -> dict[str, LinearSystem]:
        """The linear part, which is the response to small inputs."""
        return {"linear part": self.linear}

    def to_arrays(self) -> dict[str, Array]:
        """The arrays of the linear part under its name, and N_0, N_1, …."""
        linear = {f"linear.{name}": array for name, array in system_to_arrays(self.linear).items()}
        return linear | {f"N{k}": matrix for k, matrix in enumerate(self.N)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """The system of these arrays."""
        parts = {name.removeprefix("linear."): M for name, M in arrays.items() if name.startswith("linear.")}
        linear = system_from_arrays(parts)
        N = [arrays[f"N{k}"] for k in range(linear.ninputs)]
        signals = {"dt": linear.dt, "inputs": linear.inputs, "outputs": linear.outputs, "name": linear.name}
        return cls(linear.A, N, linear.B, linear.C, linear.D, **signals)

    def __repr__(self) -> str:
        linear = self.linear
        signals = ", ".join(
            counted(count, what)
            for count, what in ((linear.nstates, "state"), (linear.ninputs, "input"), (linear.noutputs, "output"))
        )
        return f"BilinearSystem: {signals}, {time_base_in_words(self.dt)}"


def _generalized_factor(schur: SchurForm, N: Sequence[Array], B: Array, *, discrete: bool) -> Array:
    """Factor of the solution of a generalized Lyapunov equation, by the terms of the stationary iteration."""
    total: Array = np.zeros((B.shape[0], 0))
    right, sizes, ratio = B, list[float](), np.inf
    for _ in range(_ITERATIONS):
        term = schur.Z @ gramian_factor(schur, compressed(right), discrete=discrete)
        total = compressed(np.hstack([total, term]))
        sizes.append(float(la.norm(term)))
        ratio = _ratio(sizes)
        # the terms that are left out sum to the last one over 1 − ratio at most
        if sizes[-1] == 0 or (ratio < 1 and sizes[-1] <= EPS * (1 - ratio) * la.norm(total)):
            return total
        with np.errstate(over="ignore", invalid="ignore"):
            right = np.hstack([matrix @ term for matrix in N])
        grown = len(sizes) > _STUCK + 1 and sizes[-1] >= sizes[-1 - _STUCK]
        if grown or not np.abs(right).max() < _LARGEST:
            break
    known = np.isfinite(ratio)
    raise NumericalError(
        "system",
        "a generalized Lyapunov equation whose stationary iteration converges",
        f"a spectral radius of L⁻¹Π of about {ratio * ratio:.4g}" if known else "terms beyond the range of numbers",
        f"scale the inputs, for example with .scaled_inputs({0.7 / ratio if known else 1e-100:.2g})",
    )


def _ratio(sizes: Sequence[float]) -> float:
    """Largest of the last ratios of successive sizes, infinite while there is none."""
    recent = np.array(sizes[-_SETTLED - 1 :])
    return float(np.max(recent[1:] / recent[:-1])) if recent.size > 1 else np.inf


def _residual(A: Array, N: Sequence[Array], B: Array, factor: Array, *, discrete: bool) -> float:
    P = factor @ adjoint(factor)
    linear = A @ P @ adjoint(A) - P if discrete else A @ P + P @ adjoint(A)
    rest = linear + sum((M @ P @ adjoint(M) for M in N), B @ adjoint(B))
    weight = la.norm(A) ** 2 + 1 if discrete else 2 * la.norm(A)
    size = (weight + sum(la.norm(M) ** 2 for M in N)) * la.norm(P) + la.norm(B) ** 2
    return float(la.norm(rest) / size) if size > 0 else 0.0
