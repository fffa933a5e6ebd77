"""Periodic systems in discrete time: a closed chain of states."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError, UnstableSystemError
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy
from ..gramians.lyapunov import Lyapunov
from ..gramians.stability import check_stable
from ..linalg.arrays import Array, adjoint, whole_number
from ..networks.factor_pairs import FactorPair
from ..norms.measured import Measured
from ..norms.system_norms import hinf_norm
from ..systems.linear_system import LinearSystem
from .sequences import StateSequence, gramian_residual, reach_factors

__all__ = ["PeriodicSystem"]

_RESIDUAL = 1e-9  # of the periodic Lyapunov equations; above it the product of the A_k has lost too many digits


class PeriodicSystem(StateSequence):
    r"""A linear system with period K in discrete time.

    .. math:: x_{k+1} = A_k x_k + B_k u_k, \qquad y_k = C_k x_k + D_k u_k, \qquad k \bmod K.

    Parameters
    ----------
    A : sequence of (n_{k+1}, n_k) array_like
        State matrices A_0, …, A_{K−1}; the dimension of the state may vary within the period, n_K = n_0.
    B : sequence of (n_{k+1}, m_k) array_like
        Input matrices.
    C : sequence of (p_k, n_k) array_like
        Output matrices.
    D : sequence of (p_k, m_k) array_like, optional
        Feedthrough; zero when left out.
    dt : float or True
        Time between two steps, so that the period is K dt; True where it is unspecified.

    Raises
    ------
    InvalidArgumentError
        For sequences of different lengths, shapes that disagree, no input or no output in the whole period, or a `dt`
        that is not discrete.

    Notes
    -----
    :func:`dlnbalance.balance` and :func:`dlnbalance.reduce` accept periodic systems; their Gramians are

    .. math:: P_{k+1} = A_k P_k A_k^* + B_k B_k^*, \qquad Q_k = A_k^* Q_{k+1} A_k + C_k^* C_k.

    References
    ----------
    .. [1] S. Bittanti, P. Colaneri, "Periodic Systems: Filtering and Control", Springer 2009.

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.TimeVaryingSystem : a linear time-varying system on the finite horizon 0, …, K.
    dlnbalance.structured.Model : a class of models beside linear systems.

    Examples
    --------
    A scalar state that is fed every second step:

    >>> import dlnbalance as dln
    >>> system = PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[0.0]]], [[[0.0]], [[1.0]]], dt=0.1)
    >>> system
    PeriodicSystem: period 2 (dt = 0.1), real, states 1, inputs 1, outputs 1
    >>> system.multipliers().real.round(12).tolist()
    [0.4]
    >>> [value.round(6).item() for value in system.hankel_singular_values()]
    [0.47619, 1.190476]
    """

    is_closed = True

    def __init__(self, A: Any, B: Any, C: Any, D: Any = None, *, dt: float | bool = True):
        super().__init__(A, B, C, D)
        for argument, counts in (("B", self.ninputs), ("C", self.noutputs)):
            if not any(counts):
                raise InvalidArgumentError(
                    argument,
                    "an input and an output at some time",
                    "none in the whole period",
                    "use a zero column or row for a model without",
                )
        probe = LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), dt=dt)
        if not probe.is_discrete:
            raise InvalidArgumentError("dt", "a sampling time or True", repr(dt), "periodic systems are discrete here")
        self.dt: float | bool = True if dt is True else probe.sampling_time

    @property
    def nstates(self) -> tuple[int, ...]:
        """Dimension n_k of the state at the times k = 0, …, K−1."""
        return tuple(matrix.shape[1] for matrix in self.A)

    def with_matrices(
        self, A: Sequence[Array], B: Sequence[Array], C: Sequence[Array], ends: Sequence[Array] = ()
    ) -> Self:
        """Return the system with the same D and time base that has other matrices; a cycle has no ends."""
        del ends
        return type(self)(A, B, C, self.D, dt=self.dt)

    def lifted(self, start: int = 0) -> LinearSystem:
        r"""The time-invariant system of whole periods, seen at time `start`.

        .. math:: x_{j+1} = Ψ x_j + B_{lift} u_j, \qquad y_j = C_{lift} x_j + D_{lift} u_j,

        where u_j and y_j stack the inputs and outputs of one period, Ψ = A_{s+K−1} ⋯ A_s is the monodromy matrix and
        the sampling time is K dt (with dt = True it stays unspecified).

        Parameters
        ----------
        start : int
            Time s from 0 to K−1 at which a period begins.

        Raises
        ------
        InvalidArgumentError
            When there is no such time.
        NumericalError
            When the monodromy matrix leaves the range of double precision.

        Notes
        -----
        Its Gramians, and so its Hankel singular values, are P_s and Q_s; its H∞ norm is the ℓ₂ gain of the periodic
        system, whatever `start`.

        Examples
        --------
        >>> system = PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[0.0]]], [[[0.0]], [[1.0]]])
        >>> lifted = system.lifted()
        >>> lifted.A.round(12).tolist(), lifted.C.tolist()
        ([[0.4]], [[0.0], [0.5]])
        """
        start = whole_number("start", start, 0, self.length - 1, remedy="the period has no other times")
        state, reach, observe, direct = self.unrolled(start)
        return LinearSystem(state, reach, observe, direct, dt=True if self.dt is True else self.length * self.dt)

    def multipliers(self) -> Array:
        """Characteristic multipliers: the eigenvalues of the monodromy matrix at the time of fewest states."""
        return self.lifted(self._narrowest).poles()

    @property
    def is_stable(self) -> bool:
        """Whether the model is asymptotically stable beyond rounding: all multipliers inside the unit circle."""
        try:
            self._check_stable()
        except UnstableSystemError:
            return False
        return True

    def factor_pairs(self, gramians: GramianStrategy = Automatic()) -> tuple[FactorPair, ...]:
        r"""Factor pairs (Z_c, Z_o*) of the periodic Gramians at the times 0, …, K−1.

        Raises
        ------
        UnstableSystemError
            When a characteristic multiplier is not inside the unit circle beyond rounding.
        NumericalError
            When the monodromy matrix loses so much accuracy that the factors miss their equations.

        Notes
        -----
        Lifting: at the time of fewest states the Gramians are those of the lifted system, a Stein equation with the
        monodromy matrix Ψ that one Schur form and Hammarling's method solve for factors; they are carried to the
        other times by Z_{k+1} = [A_k Z_k, B_k] and its dual, compressed by QR. About 25 n³ + O(K n²(n + m + p)) flops.
        A Smith iteration needs no Ψ, but as many periods as the slowest multiplier takes to decay, and the periodic
        Schur form (Varga 1997), which avoids Ψ altogether, is in no library that this one depends on. The price is
        an error of eps ‖A_{K−1}‖⋯‖A_0‖ in Ψ, harmful where the product is far smaller than its factors' norms. So the
        equations are checked at all times, and a relative residual above 1e-9 is refused.

        References
        ----------
        .. [1] A. Varga, "Periodic Lyapunov equations: some applications and new algorithms", Int. J. Control 67
           (1997) 69-87.
        """
        del gramians  # there are no others
        start, K = self._narrowest, self.length
        reach, observe = Lyapunov()(self._check_stable()).weights
        order = [(start + k) % K for k in range(K)]
        forward = reach_factors([self.A[k] for k in order[:-1]], [self.B[k] for k in order[:-1]], reach)
        backward = reach_factors(
            [adjoint(self.A[k]) for k in order[:0:-1]],
            [adjoint(self.C[k]) for k in order[:0:-1]],
            adjoint(observe),
        )
        reaching = dict(zip(order, forward, strict=True))
        observing = dict(zip([start, *order[:0:-1]], backward, strict=True))
        networks = tuple(FactorPair([reaching[k], adjoint(observing[k])]) for k in range(K))
        residual = gramian_residual(self, networks)
        if not residual <= _RESIDUAL:
            raise NumericalError(
                "system",
                f"Gramian factors that satisfy their equations to {_RESIDUAL:.0e}",
                f"a relative residual of {residual:.1e}",
                "scale the states so that the norms of the A_k are not far above those of their products",
            )
        return networks

    def distance(self, other: Any) -> Measured:
        """Largest gain over all inputs: the H∞ norm of the difference of the lifted systems; infinite if unstable."""
        stable = self.is_stable and other.is_stable
        return self._measured(float(hinf_norm(self.lifted() - other.lifted())) if stable else np.inf)

    def linear_systems(self) -> dict[str, LinearSystem]:
        """The time-invariant system of whole periods."""
        return {"lifted": self.lifted()}

    def _further(self) -> dict[str, Any]:
        return {"dt": self.dt}

    @classmethod
    def _arguments(cls, further: Mapping[str, Array]) -> dict[str, Any]:
        return {"dt": further["dt"].item()}

    @property
    def _narrowest(self) -> int:
        """The time of fewest states."""
        return int(np.argmin(self.nstates))

    def _check_stable(self) -> LinearSystem:
        """Return the system lifted at the time of fewest states; refuse it when it may be unstable.

        Beside the rounding errors that :func:`~dlnbalance.gramians.stability.check_stable` allows for there are those
        of the product that forms the monodromy matrix (see :func:`_product_errors`).
        """
        expected = "all characteristic multipliers inside the unit circle"
        lifted = self.lifted(self._narrowest)
        try:
            check_stable(lifted)
        except UnstableSystemError as error:
            raise UnstableSystemError("system", expected, error.received, error.remedy) from None
        poles, d = lifted.poles(), lifted.coordinates.states
        errors = _product_errors([self.A[(self._narrowest + k) % self.length] for k in range(self.length)])
        share = la.norm(errors * d / d[:, None]) / (la.norm(lifted.schur.S) + np.sqrt(d.size or 1))
        nearness = share * lifted.schur.nearness(np.exp(1j * np.angle(poles)))
        if not nearness.max(initial=0.0) < 1:
            raise UnstableSystemError(
                "system",
                expected,
                f"{np.count_nonzero(nearness >= 1)} of {poles.size} too close to it to tell in double precision",
                "scale the states so that the norms of the A_k are not far above that of their product",
            )
        return lifted

    def _span(self) -> str:
        return f"period {self.length}" + ("" if self.dt is True else f" (dt = {self.dt:g})")


def _product_errors(matrices: Sequence[Array]) -> Array:
    r"""Bound of the rounding errors of a product A_{K−1} ⋯ A_0, entry by entry, to first order and in units of eps.

    .. math:: Σ_k n_k \, |A_{K-1} ⋯ A_{k+1}| \, |A_k| \, |A_{k-1} ⋯ A_0|
    """
    before: list[Array] = [np.eye(matrices[0].shape[1])]
    for matrix in matrices[:-1]:
        before.append(matrix @ before[-1])
    after: Array = np.eye(matrices[-1].shape[0])
    errors = np.zeros((matrices[-1].shape[0], matrices[0].shape[1]))
    for matrix, first in zip(reversed(matrices), reversed(before), strict=True):
        errors += matrix.shape[1] * np.abs(after) @ np.abs(matrix) @ np.abs(first)
        after = after @ matrix
    return errors
