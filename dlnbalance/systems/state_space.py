"""What a linear system is: matrices, time base and signal names, as they were given and checked."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..drawable import Drawable
from ..errors import InvalidArgumentError
from ..formulas import latex, mathml
from ..html_views import HtmlView
from ..linalg.arguments import text
from ..linalg.arrays import Array, Matrix, as_matrix, dense, frozen, is_sparse
from ..linalg.immutable import Immutable
from ..linalg.sparse.costs import dense_way_is_affordable, sparse_way_is_cheaper
from ..linalg.sparse.pencils import SparsePencil
from ..linalg.sparse.second_order_pencils import pencil_of
from .signals import abridged, checked_names, checked_time_base, common_time_base, counted, time_base_in_words

__all__ = ["StateSpace"]

_SHOWN_STATES, _SHOWN_SIGNALS = 6, 4  # of a system whose matrices fit side by side on a line


class StateSpace(Immutable, Drawable, HtmlView):
    """The data of a :class:`~dlnbalance.systems.linear_system.LinearSystem`, and what can be read off them.

    Notebooks show the matrices of small systems as formulas.
    """

    def __init__(
        self,
        A: Any,
        B: Any,
        C: Any,
        D: Any = None,
        *,
        E: Any = None,
        dt: float | bool | None = 0,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        states: Sequence[str] | None = None,
        name: str | None = None,
    ):
        self.A: Matrix = as_matrix("A", A, allow_sparse=True)
        n = self.A.shape[0]
        if self.A.shape != (n, n):
            raise InvalidArgumentError(
                "A", "a square matrix", f"shape {self.A.shape}", "A maps the n states to their n derivatives"
            )
        self.B: Array = as_matrix("B", B, rows=n)
        self.C: Array = as_matrix("C", C, columns=n)
        m, p = self.B.shape[1], self.C.shape[0]
        if m == 0 or p == 0:
            raise InvalidArgumentError(
                "B" if m == 0 else "C",
                "at least one input and one output",
                f"{m} inputs and {p} outputs",
                "use a zero column or row for a model without",
            )
        self.D: Array = frozen(np.zeros((p, m))) if D is None else as_matrix("D", D, rows=p, columns=m)
        self.E: Matrix | None = None if E is None else as_matrix("E", E, rows=n, columns=n, allow_sparse=is_sparse(E))
        self.dt: float | bool | None = checked_time_base(dt)
        self.inputs: tuple[str, ...] = checked_names("inputs", inputs, m, "u")
        self.outputs: tuple[str, ...] = checked_names("outputs", outputs, p, "y")
        self.states: tuple[str, ...] = checked_names("states", states, n, "x")
        self.name: str | None = None if name is None else text("name", name)

    # -- what it is ---------------------------------------------------------------------------------------------

    @property
    def nstates(self) -> int:
        """Number of states n."""
        return self.A.shape[0]

    @property
    def ninputs(self) -> int:
        """Number of inputs m."""
        return self.B.shape[1]

    @property
    def noutputs(self) -> int:
        """Number of outputs p."""
        return self.C.shape[0]

    @property
    def is_discrete(self) -> bool:
        """Whether time is discrete.

        Raises
        ------
        InvalidArgumentError
            When ``dt`` is None: the time base has to be stated before anything is computed with it.
        """
        if self.dt is None:
            raise InvalidArgumentError(
                "dt",
                "a stated time base",
                "None (unspecified)",
                "set dt=0 (continuous), a sampling time, or True",
            )
        return self.dt is True or self.dt > 0

    @property
    def sampling_time(self) -> float:
        """Sampling time of a discrete system (1 where it is unspecified), 0 for a continuous one."""
        return (1.0 if self.dt is True else float(self.dt or 0)) if self.is_discrete else 0.0

    @property
    def nyquist_frequency(self) -> float:
        """Nyquist frequency π/dt in rad/s (rad/sample where dt is True), infinite in continuous time."""
        return np.pi / self.sampling_time if self.is_discrete else np.inf

    @property
    def is_sparse(self) -> bool:
        """Whether A or E is stored sparse."""
        return is_sparse(self.A) or is_sparse(self.E)

    @cached_property
    def sparse_pencil(self) -> SparsePencil:
        """The pencil A − λE in an order that keeps its factors sparse; one ordering serves all shifts."""
        return pencil_of(self.A, self.E)

    @property
    def cayley_pencil(self) -> SparsePencil:
        """The sparse pencil (A − E) − λ(A + E), whose Lyapunov equations are half the Stein equations of the system."""
        return self.sparse_pencil.combined((1.0, -1.0), (1.0, 1.0))

    @cached_property
    def is_large(self) -> bool:
        """Whether A is sparse and sparse methods are foreseen to cost less: then nothing of order n² is formed unasked.

        Norms, responses, Gramians and reports all go by it. Up to a second or two of dense work it is False, above 5000
        states True; in between a trial factorization decides (see :mod:`dlnbalance.linalg.sparse.costs`).
        """
        if not is_sparse(self.A):
            return False
        signals = self.ninputs + self.noutputs
        return sparse_way_is_cheaper(lambda: self.sparse_pencil, self.nstates, signals, descriptor=self.E is not None)

    @property
    def dense_is_affordable(self) -> bool:
        """Whether dense methods, of O(n³), take minutes at most: what sparse ones may fall back on."""
        return dense_way_is_affordable(self.nstates)

    @property
    def is_complex(self) -> bool:
        """Whether any matrix is complex."""
        return any(np.iscomplexobj(M) for M in (self.A, self.B, self.C, self.D, self.E) if M is not None)

    @property
    def descriptor(self) -> Array:
        """E as a dense matrix (the identity when there is none)."""
        return np.eye(self.nstates) if self.E is None else dense(self.E)

    @property
    def dc_point(self) -> float:
        """Where the transfer function takes the DC gain: 0 in continuous and 1 in discrete time."""
        return 1.0 if self.is_discrete else 0.0

    def boundary_points(self, omega: Array) -> Array:
        """Points iω or e^{iω dt} of the stability boundary at real frequencies."""
        with np.errstate(invalid="ignore"):  # what infinite frequencies stand for is for the caller to say
            return np.exp(1j * omega * self.sampling_time) if self.is_discrete else 1j * omega

    def shifted_to_dc(self) -> Matrix:
        """A in continuous and A − E in discrete time: the matrix whose inverse gives the DC gain."""
        return self.A - self.descriptor_or_identity() if self.is_discrete else self.A

    def descriptor_or_identity(self) -> Matrix:
        """E in the storage of A."""
        if self.E is not None:
            return self.E
        if is_sparse(self.A):
            import scipy.sparse as sp

            return sp.eye_array(self.nstates, format="csc")
        return np.eye(self.nstates)

    def check_same_signals(self, other: "StateSpace") -> None:
        """Refuse a system with other numbers of inputs and outputs, or a time base that does not go with this one."""
        if (self.ninputs, self.noutputs) != (other.ninputs, other.noutputs):
            raise InvalidArgumentError(
                "other",
                f"{self.ninputs} inputs and {self.noutputs} outputs",
                f"{other.ninputs} and {other.noutputs}",
                "only systems with the same signals can be added",
            )
        common_time_base(self.dt, other.dt)

    def check_real(self, kind: str) -> None:
        """Refuse complex matrices, which that kind of object does not hold."""
        if self.is_complex:
            raise InvalidArgumentError(
                "system",
                f"real matrices ({kind} holds no others)",
                "complex ones",
                "keep the LinearSystem, or pass its tuple (A, B, C, D)",
            )

    def __repr__(self) -> str:
        storage = ("sparse " if self.is_sparse else "dense ") + ("complex" if self.is_complex else "real")
        title = "LinearSystem" if self.name is None else f"LinearSystem {self.name!r}"
        head = (
            f"{title}: {counted(self.nstates, 'state')}, {counted(self.ninputs, 'input')},"
            f" {counted(self.noutputs, 'output')}, {time_base_in_words(self.dt)}, {storage}"
            + (", descriptor E" if self.E is not None else "")
        )
        return f"{head}\n  inputs:  {abridged(self.inputs)}\n  outputs: {abridged(self.outputs)}"

    def _formula_html(self) -> str:
        return "".join(map(mathml, self._equations()))

    def _repr_latex_(self) -> str | None:
        """The equations of a small system, for what shows no HTML; None for others."""
        lines = r" \\ ".join(latex(equation).replace("=", "&=", 1) for equation in self._equations())
        return rf"$$\begin{{aligned}} {lines} \end{{aligned}}$$" if lines else None

    def _equations(self) -> list[list[Any]]:
        """State and output equation, where the matrices fit on a line."""
        fits = self.nstates <= _SHOWN_STATES and max(self.ninputs, self.noutputs) <= _SHOWN_SIGNALS
        if not fits or self.dt is None:
            return []
        discrete = bool(self.dt)
        x, u, y = ("x_t", "u_t", "y_t") if discrete else ("x", "u", "y")
        direct = ["+", self.D, u] if self.D.any() else []
        if self.nstates == 0:
            return [[y, "=", self.D, u]]
        left = [] if self.E is None else [dense(self.E)]
        following = "x_{t+1}" if discrete else r"\dot x"
        return [[*left, following, "=", dense(self.A), x, "+", self.B, u], [y, "=", self.C, x, *direct]]
