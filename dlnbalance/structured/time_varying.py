"""Time-varying systems on a finite horizon: an open chain of states, of which a deep linear network is one."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy
from ..linalg.arrays import Array, adjoint, as_matrix, frozen
from ..networks.factor_pairs import FactorPair
from ..norms.measured import Measured
from .sequences import StateSequence, reach_factors

__all__ = ["TimeVaryingSystem"]


class TimeVaryingSystem(StateSequence):
    r"""A linear time-varying system on the finite horizon 0, …, K.

    .. math:: x_0 = X_0 v, \qquad x_{k+1} = A_k x_k + B_k u_k, \qquad y_k = C_k x_k + D_k u_k, \qquad w = F x_K.

    It maps (v, u_0, …, u_{K−1}) to (y_0, …, y_{K−1}, w).

    Parameters
    ----------
    A : sequence of (n_{k+1}, n_k) array_like
        State matrices A_0, …, A_{K−1}; the dimension of the state may vary. K = 0 is allowed.
    B : sequence of (n_{k+1}, m_k) array_like
        Input matrices; m_k = 0 means no input at that time.
    C : sequence of (p_k, n_k) array_like
        Output matrices; p_k = 0 means no output at that time.
    D : sequence of (p_k, m_k) array_like, optional
        Feedthrough; zero when left out.
    initial : (n_0, q) array_like, optional
        Factor X_0 of the initial states x_0 = X_0 v; x_0 = 0 when left out.
    final : (s, n_K) array_like, optional
        Weight F of the final state; not observed when left out.

    Raises
    ------
    InvalidArgumentError
        For sequences of different lengths, shapes that disagree, or a horizon K = 0 without initial and final matrix.

    Notes
    -----
    :func:`dlnbalance.balance` and :func:`dlnbalance.reduce` accept it. The Gramians come from two recursions,

    .. math:: P_0 = X_0 X_0^*, \; P_{k+1} = A_k P_k A_k^* + B_k B_k^*, \qquad
       Q_K = F^* F, \; Q_k = A_k^* Q_{k+1} A_k + C_k^* C_k,

    carried out on factors with QR. Z_o* Z_c at time k is, up to orthogonal factors, the block of the operator that maps
    inputs before k to outputs from k on, and the Hankel singular values at time k are its singular values. Near the
    ends the ranks fall below n_k: balancing keeps the minimal part at every time.

    See Also
    --------
    dlnbalance.PeriodicSystem : a linear system with period K in discrete time.
    dlnbalance.bridge.network_to_time_varying : run a deep linear network as a time-varying system.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = TimeVaryingSystem([[[2.0]], [[3.0]]], [[[1.0]], [[1.0]]], [[[1.0]], [[1.0]]], final=[[1.0]])
    >>> system
    TimeVaryingSystem: horizon 0…2, real, states 1, inputs 1, outputs 1
    >>> system.operator().tolist()  # rows y_0, y_1, w; columns u_0, u_1
    [[0.0, 0.0], [1.0, 0.0], [3.0, 1.0]]
    >>> dln.balance(system).order
    (0, 1, 1)
    """

    is_closed = False

    def __init__(self, A: Any, B: Any, C: Any, D: Any = None, *, initial: Any = None, final: Any = None):
        start = None if initial is None else as_matrix("initial", initial)
        super().__init__(A, B, C, D, first=None if start is None else start.shape[0])
        if not self.A and (start is None or final is None):
            raise InvalidArgumentError(
                "A", "at least one step", "none", "without steps, initial and final have to make the system"
            )
        if start is None:
            start = frozen(np.zeros((self.A[0].shape[1], 0)))
        last = self.A[-1].shape[0] if self.A else start.shape[0]
        self.initial: Array = start
        self.final: Array = frozen(np.zeros((0, last))) if final is None else as_matrix("final", final, columns=last)

    @property
    def nstates(self) -> tuple[int, ...]:
        """Dimension n_k of the state at the times k = 0, …, K."""
        return (self.initial.shape[0], *(matrix.shape[0] for matrix in self.A))

    @property
    def ends(self) -> tuple[Array, ...]:
        """The initial factor X_0 and the final weight F."""
        return self.initial, self.final

    def with_matrices(self, A: Sequence[Array], B: Sequence[Array], C: Sequence[Array], ends: Sequence[Array]) -> Self:
        """Return the system with the same D that has other matrices; `ends` are X_0 and F."""
        initial, final = ends
        return type(self)(A, B, C, self.D, initial=initial, final=final)

    def operator(self) -> Array:
        """Matrix of the map from (v, u_0, …, u_{K−1}) to (y_0, …, y_{K−1}, w), block lower triangular.

        O(K n² Σ(m_k + p_k)) flops.
        """
        state, reach, observe, direct = self.unrolled()
        return np.block([[observe @ self.initial, direct], [self.final @ (state @ self.initial), self.final @ reach]])

    def factor_pairs(self, gramians: GramianStrategy = Automatic()) -> tuple[FactorPair, ...]:
        """Factor pairs (Z_c, Z_o*) of the Gramians at the times 0, …, K; O(K n²(n + m + p)) flops."""
        del gramians  # there are no others
        forward = reach_factors(self.A, self.B, self.initial)
        backward = reach_factors(
            [adjoint(matrix) for matrix in reversed(self.A)],
            [adjoint(matrix) for matrix in reversed(self.C)],
            adjoint(self.final),
        )
        pairs = zip(forward, reversed(backward), strict=True)
        return tuple(FactorPair([reach, adjoint(observe)]) for reach, observe in pairs)

    def distance(self, other: Any) -> Measured:
        """Largest gain over all inputs: the spectral norm of the difference of the operators."""
        difference = self.operator() - other.operator()
        return self._measured(float(la.norm(difference, 2)) if difference.size else 0.0)

    @property
    def is_stable(self) -> bool:
        """True: on a finite horizon nothing grows without bound, whatever rounding does."""
        return True

    def _further(self) -> dict[str, Any]:
        return {"initial": self.initial, "final": self.final}

    def _span(self) -> str:
        return f"horizon 0…{self.length}"
