r"""Linear systems in discrete time whose matrices change from step to step: what periodic and finite ones share.

.. math:: x_{k+1} = A_k x_k + B_k u_k, \qquad y_k = C_k x_k + D_k u_k, \qquad k = 0, …, K-1.

The states form a chain of gauged vertices: closed to a cycle for a
:class:`~dlnbalance.structured.periodic.PeriodicSystem`, open for a
:class:`~dlnbalance.structured.time_varying.TimeVaryingSystem`. At every time the two Gramians have factors (Z_c, Z_o*),
a network of depth 2; all that is done with it at one time (center, certificate, truncation) is what is done for
time-invariant systems.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError
from ..gramians.base import ErrorBounds
from ..gramians.lyapunov import Lyapunov
from ..linalg.arguments import items
from ..linalg.arrays import Array, adjoint, as_matrix, frozen
from ..linalg.lyapunov import compressed
from ..networks.factor_pairs import FactorPair
from ..networks.network import DeepLinearNetwork
from ..norms.measured import Measured
from ..quiver.representation import Arrow, Representation
from ..summary import ranged
from .model import Model

__all__ = ["StateSequence", "Unrolled", "gramian_residual", "reach_factors"]

_LARGEST = 1e150  # entry of a factor whose Gramian is still a number


class Unrolled(NamedTuple):
    """All steps in one: x_K = state x_0 + reach u and y = observe x_0 + direct u, with u and y stacked over time."""

    state: Array
    reach: Array
    observe: Array
    direct: Array


class StateSequence(Model):
    """Common ground of :class:`PeriodicSystem` and :class:`TimeVaryingSystem`.

    Parameters
    ----------
    A : sequence of (n_{k+1}, n_k) array_like
        State matrices; the dimension of the state may change from time to time.
    B : sequence of (n_{k+1}, m_k) array_like
        Input matrices; m_k = 0 means no input at that time.
    C : sequence of (p_k, n_k) array_like
        Output matrices; p_k = 0 means no output at that time.
    D : sequence of (p_k, m_k) array_like, optional
        Feedthrough; zero when left out.

    Raises
    ------
    InvalidArgumentError
        For sequences of different lengths, shapes that disagree, and entries that are not finite numbers.
    """

    measure = "ℓ₂ gain of the error"
    #: Whether the last state leads back to the first.
    is_closed: bool

    def __init__(self, A: Any, B: Any, C: Any, D: Any, *, first: int | None = None):
        given = {"A": _items("A", A), "B": _items("B", B), "C": _items("C", C)}
        if self.is_closed and not given["A"]:
            raise InvalidArgumentError("A", "at least one step", "none", "a period has K ≥ 1 steps")
        if D is not None:
            given["D"] = _items("D", D)
        for argument, matrices in given.items():
            if len(matrices) != len(given["A"]):
                received = f"{len(matrices)}"
                raise InvalidArgumentError(
                    argument, f"{len(given['A'])} matrices, as many as in A", received, "give one for every step"
                )
        self.A: tuple[Array, ...] = tuple(_chained(given["A"], first, self.is_closed))
        n = [matrix.shape[1] for matrix in self.A]
        after = [matrix.shape[0] for matrix in self.A]
        self.B: tuple[Array, ...] = tuple(
            as_matrix(f"B[{k}]", matrix, rows=rows)
            for k, (matrix, rows) in enumerate(zip(given["B"], after, strict=True))
        )
        self.C: tuple[Array, ...] = tuple(
            as_matrix(f"C[{k}]", matrix, columns=columns)
            for k, (matrix, columns) in enumerate(zip(given["C"], n, strict=True))
        )
        sizes = list(zip(self.noutputs, self.ninputs, strict=True))
        self.D: tuple[Array, ...] = tuple(
            frozen(np.zeros(size)) if D is None else as_matrix(f"D[{k}]", given["D"][k], rows=size[0], columns=size[1])
            for k, size in enumerate(sizes)
        )

    @property
    def length(self) -> int:
        """Number of steps K."""
        return len(self.A)

    @property
    def ninputs(self) -> tuple[int, ...]:
        """Number of inputs m_k of every step."""
        return tuple(matrix.shape[1] for matrix in self.B)

    @property
    def noutputs(self) -> tuple[int, ...]:
        """Number of outputs p_k of every step."""
        return tuple(matrix.shape[0] for matrix in self.C)

    @property
    @abstractmethod
    def nstates(self) -> tuple[int, ...]:
        """Dimension n_k of the state at every time."""

    @property
    def ends(self) -> tuple[Array, ...]:
        """Matrices at the ends of an open chain: into the first state and out of the last."""
        return ()

    @property
    def is_complex(self) -> bool:
        """Whether any matrix is complex."""
        return any(np.iscomplexobj(M) for M in (*self.A, *self.B, *self.C, *self.D, *self.ends))

    @abstractmethod
    def with_matrices(self, A: Sequence[Array], B: Sequence[Array], C: Sequence[Array], ends: Sequence[Array]) -> Self:
        """Return the model with the same D and time base that has other matrices."""

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bounds max_k σ_{k,r_k+1} ≤ error ≤ 2 Σ σ over the distinct values truncated, in exact arithmetic.

        Notes
        -----
        If all states of one value γ are truncated, at whatever times, the error is at most 2γ: the proof for
        time-invariant systems rests on two Lyapunov inequalities that the kept part enters only time by time, and the
        truncated realization satisfies them again, so that the triangle inequality adds up the distinct values. That is
        a bound for any orders r_k. It can be far from sharp, since values that merely differ from time to time count
        each: where σ_{k,i} is monotonic in k, Lall, Beck and Dullerud [1]_, [2]_ and Sandberg and Rantzer [3]_ have
        better ones, which are not implemented. The lower bound holds since the Hankel operator at time k of the reduced
        model has rank r_k at most.

        References
        ----------
        .. [1] S. Lall, C. Beck, G. Dullerud, "Guaranteed error bounds for model reduction of linear time-varying
           systems", Proc. American Control Conf. 1998.
        .. [2] S. Lall, C. Beck, "Error bounds for balanced model-reduction of linear time-varying systems", IEEE Trans.
           Automat. Control 48 (2003) 946-956.
        .. [3] H. Sandberg, A. Rantzer, "Balanced truncation of linear time-varying systems", IEEE Trans. Automat.
           Control 49 (2004) 217-229.
        .. [4] S. Longhi, G. Orlando, "Balanced reduction of linear periodic systems", Kybernetika 35 (1999) 737-751.
        .. [5] A. Varga, "Balanced truncation model reduction of periodic systems", Proc. 39th IEEE CDC (2000)
           2379-2384.
        """
        lower, upper, _ = Lyapunov().error_bounds(values, order, floor)
        return ErrorBounds(lower, upper, self.measure)

    def how(self, pairs: Sequence[FactorPair]) -> str:
        """One line on the Gramian factors, with the largest residual of their equations."""
        return f"one pair for every time, relative residual {gramian_residual(self, pairs):.1e}"

    def _measured(self, gain: float) -> Measured:
        """A gain of the difference of two models, ‖y − ŷ‖ / ‖u‖ with ℓ₂ norms over all time."""
        return Measured(value=gain, norm=self.measure)

    # -- the quiver ---------------------------------------------------------------------------------------------

    @cached_property
    def representation(self) -> Representation:
        """The quiver with a gauged vertex x[k] for every time: A_k, B_k, C_k in this order, then the ends.

        Its energy is half of what norm balancing minimizes, Σ‖A_k‖² + ‖B_k‖² + ‖C_k‖².
        """
        times = len(self.nstates)
        states = [f"x[{k}]" for k in range(times)]
        after = [states[(k + 1) % times] for k in range(self.length)]
        arrows = [
            *(Arrow(states[k], after[k], matrix) for k, matrix in enumerate(self.A)),
            *(Arrow(f"in[{k}]", after[k], matrix) for k, matrix in enumerate(self.B)),
            *(Arrow(states[k], f"out[{k}]", matrix) for k, matrix in enumerate(self.C)),
        ]
        if self.ends:
            first, last = self.ends
            arrows += [Arrow("start", states[0], first), Arrow(states[-1], "end", last)]
        return Representation(arrows, gauged=states)

    def with_representation(self, representation: Representation) -> Self:
        """Return the model with the same D and time base that a representation of its quiver describes."""
        K, matrices = self.length, representation.matrices
        if len(matrices) != 3 * K + len(self.ends):
            raise InvalidArgumentError(
                "representation",
                f"{3 * K + len(self.ends)} arrows, in the order of this model's own representation",
                f"{len(matrices)}",
                "move the representation of this model by a gauge",
            )
        return self.with_matrices(matrices[:K], matrices[K : 2 * K], matrices[2 * K : 3 * K], matrices[3 * K :])

    def project(self, transforms: Sequence[Array], inverses: Sequence[Array]) -> Self:
        """Project along the states: (T_{k+1} A_k S_k, T_{k+1} B_k, C_k S_k) with T_k S_k = I at every time."""
        T, S = transforms, inverses
        after = [(k + 1) % len(self.nstates) for k in range(self.length)]
        ends = [T[0] @ self.ends[0], self.ends[1] @ S[-1]] if self.ends else []
        return self.with_matrices(
            [T[after[k]] @ (matrix @ S[k]) for k, matrix in enumerate(self.A)],
            [T[after[k]] @ matrix for k, matrix in enumerate(self.B)],
            [matrix @ S[k] for k, matrix in enumerate(self.C)],
            ends,
        )

    def hankel_singular_values(self) -> tuple[Array, ...]:
        """Hankel singular values at every time: those of the map from past inputs to future outputs."""
        return tuple(pair.singular_values for pair in self.factor_pairs())

    def unrolled(self, start: int = 0) -> Unrolled:
        """Compose K steps from time `start` on; O(K n² Σ(m_k + p_k)) flops.

        Raises
        ------
        NumericalError
            When a product leaves the range of double precision.
        """
        order = [(start + k) % self.length for k in range(self.length)] if self.is_closed else list(range(self.length))
        columns = np.cumsum([0, *(self.ninputs[k] for k in order)])
        dtype = complex if self.is_complex else float
        n = self.nstates[start]
        state, reach = np.eye(n, dtype=dtype), np.zeros((n, columns[-1]), dtype)
        observe, direct = [np.zeros((0, n), dtype)], [np.zeros((0, columns[-1]), dtype)]
        with np.errstate(over="ignore", invalid="ignore"):
            for step, k in enumerate(order):
                here = slice(columns[step], columns[step + 1])
                observe.append(self.C[k] @ state)
                row = self.C[k] @ reach
                row[:, here] += self.D[k]
                direct.append(row)
                state, reach = self.A[k] @ state, self.A[k] @ reach
                reach[:, here] += self.B[k]
        unrolled = Unrolled(state, reach, np.vstack(observe), np.vstack(direct))
        if not all(np.isfinite(matrix).all() for matrix in unrolled):
            raise _overflow()
        return unrolled

    def to_arrays(self) -> dict[str, Array]:
        """The matrices of every step, and the time base or the ends."""
        steps = {f"{letter}{k}": M for letter in "ABCD" for k, M in enumerate(getattr(self, letter))}
        return steps | {name: np.asarray(value) for name, value in self._further().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """The model of these arrays."""
        steps = sum(name[0] == "A" for name in arrays)
        further = {name: value for name, value in arrays.items() if name[0] not in "ABCD"}
        return cls(*([arrays[f"{letter}{k}"] for k in range(steps)] for letter in "ABCD"), **cls._arguments(further))

    @abstractmethod
    def _further(self) -> dict[str, Any]:
        """What the model is made of beside A, B, C and D, by the names of arguments."""

    @classmethod
    def _arguments(cls, further: Mapping[str, Array]) -> dict[str, Any]:
        """The same as arguments, from the arrays of a file."""
        return dict(further)

    def __repr__(self) -> str:
        kind = "complex" if self.is_complex else "real"
        return (
            f"{type(self).__name__}: {self._span()}, {kind},"
            f" states {ranged(self.nstates)}, inputs {ranged(self.ninputs)}, outputs {ranged(self.noutputs)}"
        )

    @abstractmethod
    def _span(self) -> str:
        """The time that the model covers, in words."""


def reach_factors(A: Sequence[Array], B: Sequence[Array], first: Array) -> list[Array]:
    r"""Factors of P_{k+1} = A_k P_k A_k* + B_k B_k* from a factor of P_0: Z_{k+1} = [A_k Z_k, B_k], compressed by QR.

    The dual recursion Q_k = A_k* Q_{k+1} A_k + C_k* C_k is the same for the adjoint matrices in reversed order. No
    Gramian is formed; O(n²(n + m_k)) flops a step.
    """
    factors = [compressed(first)]
    for state, inputs in zip(A, B, strict=True):
        with np.errstate(over="ignore", invalid="ignore"):
            factor = np.hstack([state @ factors[-1], inputs])
        if not np.abs(factor).max(initial=0.0) < _LARGEST:
            raise _overflow()
        factors.append(compressed(factor))
    return factors


def gramian_residual(model: StateSequence, pairs: Sequence[DeepLinearNetwork]) -> float:
    r"""Largest residual of the Gramian equations over all times, relative to the size of their terms, recomputed.

    .. math:: ‖P_{k+1} - A_k P_k A_k^* - B_k B_k^*‖ \; / \; (‖P_{k+1}‖ + ‖A_k‖^2 ‖P_k‖ + ‖B_k‖^2)

    and likewise for Q. The Gramians are formed for it.
    """
    P = [pair.weights[0] @ adjoint(pair.weights[0]) for pair in pairs]
    Q = [adjoint(pair.weights[1]) @ pair.weights[1] for pair in pairs]
    worst = 0.0
    for k, (A, B, C) in enumerate(zip(model.A, model.B, model.C, strict=True)):
        after = (k + 1) % len(pairs)
        worst = max(worst, _residual(P[after], A, P[k], B), _residual(Q[k], adjoint(A), Q[after], adjoint(C)))
    return worst


def _overflow() -> NumericalError:
    return NumericalError("A", "products within the range of double precision", "overflow", "scale the states")


def _residual(new: Array, A: Array, old: Array, B: Array) -> float:
    size = la.norm(new) + la.norm(A) ** 2 * la.norm(old) + la.norm(B) ** 2
    rest = la.norm(new - A @ old @ adjoint(A) - B @ adjoint(B))
    return float(rest / size) if size > 0 else 0.0


def _items(argument: str, matrices: Any) -> list[Any]:
    """The matrices of a sequence; refuse a single one."""
    if isinstance(matrices, np.ndarray) and matrices.ndim < 3 and matrices.size:
        raise InvalidArgumentError(
            argument, "a sequence of matrices", f"one array of shape {matrices.shape}", "wrap it in a list"
        )
    return items(argument, matrices, "a sequence of matrices", remedy="give one matrix for every step")


def _chained(matrices: list[Any], first: int | None, closed: bool) -> list[Array]:
    """State matrices, each with as many columns as the one before has rows; the last leads back if `closed`."""
    checked: list[Array] = []
    for k, matrix in enumerate(matrices):
        columns = checked[-1].shape[0] if checked else first
        rows = checked[0].shape[1] if closed and checked and k == len(matrices) - 1 else None
        checked.append(as_matrix(f"A[{k}]", matrix, rows=rows, columns=columns))
    if closed and len(checked) == 1 and checked[0].shape[0] != checked[0].shape[1]:
        raise InvalidArgumentError(
            "A[0]", "a square matrix", f"shape {checked[0].shape}", "with one step a period it leads back to itself"
        )
    return checked
