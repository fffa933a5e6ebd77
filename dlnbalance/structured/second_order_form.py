r"""The data of second-order systems: matrices and signal names, checked, and what can be read off them.

.. math:: M x'' + D x' + K x = B u, \qquad y = C_p x + C_v x' + D_u u.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from ..errors import InvalidArgumentError, NumericalError, SingularDescriptorError
from ..linalg.arguments import real_number
from ..linalg.arrays import EPS, Array, Matrix, adjoint, as_matrix, dense, is_sparse, norm
from ..linalg.immutable import Immutable
from ..linalg.scaling import evenly_scaled_solution
from ..linalg.sparse.second_order_pencils import SecondOrderPencil
from ..norms.responses import frequency_response
from ..systems.coordinates import out_of_range
from ..systems.descriptors import DescriptorFactors
from ..systems.linear_system import LinearSystem
from ..systems.signals import counted

__all__ = ["SecondOrderForm"]

_SYMMETRIC = 4 * EPS  # relative difference up to which two matrices count as equal: rounding of how they were computed


class SecondOrderForm(Immutable):
    """The data of a :class:`~dlnbalance.structured.second_order.SecondOrderSystem`, its responses and projections."""

    def __init__(
        self,
        M: Any,
        D: Any,
        K: Any,
        B: Any,
        C_position: Any = None,
        C_velocity: Any = None,
        *,
        feedthrough: Any = None,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        name: str | None = None,
        dt: float = 0,
    ):
        sparse = is_sparse(M) and is_sparse(K)
        self.M: Matrix = as_matrix("M", M, allow_sparse=sparse)
        n = self.M.shape[0]
        if self.M.shape != (n, n):
            raise InvalidArgumentError(
                "M", "a square matrix", f"shape {self.M.shape}", "M maps the n accelerations to n forces"
            )
        self.K: Matrix = as_matrix("K", K, rows=n, columns=n, allow_sparse=sparse)
        self.D: Matrix = _damping(D, n, sparse=sparse)
        position, velocity = _outputs(C_position, C_velocity, n)
        real_number(
            "dt", dt, "0: second-order models are in continuous time", lambda dt: dt == 0, remedy="leave it out"
        )
        signals: dict[str, Any] = {"inputs": inputs, "outputs": outputs, "name": name}
        B = as_matrix("B", B, rows=n)
        first = _first_order(self.M, self.D, self.K, B, position, velocity, feedthrough, signals)
        self.B: Array = B
        self.C_position: Array = position
        self.C_velocity: Array = velocity
        self.feedthrough: Array = first.D
        self.inputs: tuple[str, ...] = first.inputs
        self.outputs: tuple[str, ...] = first.outputs
        self.name: str | None = first.name
        vars(self)["_first"] = first  # what was made to check the signals is kept, as a cached property would be
        self._check_mass()

    # -- what it is -----------------------------------------------------------------------------------------------

    @property
    def nstates(self) -> int:
        """Number of positions n; the first-order form has 2 n states."""
        return self.M.shape[0]

    @property
    def ninputs(self) -> int:
        """Number of inputs m."""
        return self.B.shape[1]

    @property
    def noutputs(self) -> int:
        """Number of outputs p."""
        return self.C_position.shape[0]

    @property
    def dt(self) -> float:
        """Time base: 0, continuous."""
        return 0

    @property
    def is_sparse(self) -> bool:
        """Whether M, D and K are stored sparse."""
        return is_sparse(self.M)

    @property
    def is_complex(self) -> bool:
        """Whether any matrix is complex."""
        return self.first_order().is_complex

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether M, D and K are Hermitian, to rounding."""
        return all(_equal(X, X.T.conj()) for X in (self.M, self.D, self.K))

    @cached_property
    def collocated(self) -> str:
        """What is measured where the inputs act: "position" (C_p = B*), "velocity" (C_v = B*), or "" for neither."""
        for which, mine, other in (
            ("position", self.C_position, self.C_velocity),
            ("velocity", self.C_velocity, self.C_position),
        ):
            if mine.shape == self.B.T.shape and _equal(mine, adjoint(self.B)) and not other.any():
                return which
        return ""

    def first_order(self) -> LinearSystem:
        r"""The first-order form with the state (x, x'): 2 n states, sparse where the model is.

        .. math:: \begin{pmatrix} I & \\ & M \end{pmatrix} z' = \begin{pmatrix} & I \\ -K & -D \end{pmatrix} z +
                  \begin{pmatrix} 0 \\ B \end{pmatrix} u, \qquad y = (C_p \; C_v)\, z + D_u u.
        """
        return self._first

    @cached_property
    def _first(self) -> LinearSystem:
        signals = {"inputs": self.inputs, "outputs": self.outputs, "name": self.name}
        outputs = self.C_position, self.C_velocity
        return _first_order(self.M, self.D, self.K, self.B, *outputs, self.feedthrough, signals)

    def _check_mass(self) -> None:
        """Refuse a mass matrix that is singular to working precision."""
        smallest = float(abs(self.M).max(axis=1).min()) if self.nstates else 1.0
        received = f"a row whose entries are at most {smallest:.1e}"
        if smallest >= np.finfo(float).tiny:  # the inverses of denormal numbers overflow
            try:
                _ = self.first_order().check_descriptor() if self.is_sparse else self._mass_factors
            except SingularDescriptorError as error:
                received = error.received
            else:
                return
        raise SingularDescriptorError(
            "M",
            "a nonsingular mass matrix",
            received,
            "condense the coordinates without mass, or pass a LinearSystem with E = diag(I, M)",
        )

    @cached_property
    def _mass_factors(self) -> DescriptorFactors:
        return DescriptorFactors(dense(self.M))

    def solved_with_mass_adjoint(self, right: Array) -> Array:
        """Solve M* X = R; one factorization of M, which is kept."""
        if not self.is_sparse:
            return self._mass_factors.adjoint_solve(right)
        zeros = np.zeros_like(right)
        return self.first_order().left_basis(adjoint(np.vstack([zeros, right])))[self.nstates :]

    # -- what it does -----------------------------------------------------------------------------------------------

    def __call__(self, point: complex) -> Array:
        """Transfer matrix (C_p + s C_v)(s²M + sD + K)⁻¹B + D_u at one complex `point` s; one solve of order n.

        Raises
        ------
        NumericalError
            When the point is a pole, or the gain out of range.
        """
        if self.nstates == 0:
            return self.feedthrough.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            gain = self.feedthrough + (self.C_position + point * self.C_velocity) @ self._positions(point)
        if not np.isfinite(gain).all():
            raise out_of_range("gain")
        return gain

    def _positions(self, point: complex) -> Array:
        """Solve (s²M + sD + K) X = B."""
        singular = NumericalError("point", "no pole of the system", f"{point}", "evaluate beside it")
        pencil = self.first_order().sparse_pencil if self.is_sparse else None
        if isinstance(pencil, SecondOrderPencil):
            order = pencil.order[: self.nstates]
            positions = np.empty_like(self.B, dtype=complex)
            try:
                positions[order] = pencil.quadratic(-1.0, point).solve(self.B[order])
            except NumericalError:
                raise singular from None
            return positions
        solution = evenly_scaled_solution(point * point * self.M + point * self.D + self.K, self.B)
        if solution is None:
            raise singular
        return solution

    def frequency_response(self, omega: Any) -> Array:
        """Transfer matrices at real frequencies, (K, p, m) (see :func:`dlnbalance.frequency_response`)."""
        return frequency_response(self.first_order(), omega)

    def poles(self) -> Array:
        """The 2 n eigenvalues of s²M + sD + K. Dense, O(n³), whatever the size."""
        return self.first_order().poles()

    def dcgain(self) -> Array:
        """Static gain C_p K⁻¹ B + D_u: real for a real system."""
        gain = self(0.0)
        return gain if self.is_complex else gain.real

    def project(self, transforms: Sequence[Array], inverses: Sequence[Array]) -> Self:
        """The system (I, W*DS, W*KS, W*B, C_pS, C_vS) with W*M = T, for T S = I."""
        (T,), (S,) = transforms, inverses
        W = self.solved_with_mass_adjoint(adjoint(T))
        return self.with_matrices(
            np.eye(S.shape[1]),
            adjoint(W) @ (self.D @ S),
            adjoint(W) @ (self.K @ S),
            adjoint(W) @ self.B,
            self.C_position @ S,
            self.C_velocity @ S,
        )

    def with_matrices(self, M: Matrix, D: Matrix, K: Matrix, B: Array, C_position: Array, C_velocity: Array) -> Self:
        """Return a system with the same feedthrough and signals from other matrices."""
        signals: dict[str, Any] = {"inputs": self.inputs, "outputs": self.outputs, "name": self.name}
        return type(self)(M, D, K, B, C_position, C_velocity, feedthrough=self.feedthrough, **signals)

    def __repr__(self) -> str:
        signals = ", ".join(
            counted(count, what)
            for count, what in ((self.nstates, "position"), (self.ninputs, "input"), (self.noutputs, "output"))
        )
        kind = ("sparse " if self.is_sparse else "dense ") + ("complex" if self.is_complex else "real")
        title = "SecondOrderSystem" if self.name is None else f"SecondOrderSystem {self.name!r}"
        symmetric = ", symmetric" if self.is_symmetric else ""
        return f"{title}: {signals}, continuous (dt = 0), {kind}{symmetric}{', collocated' if self.collocated else ''}"


def _damping(D: Any, n: int, *, sparse: bool) -> Matrix:
    """The damping, in the storage of the other matrices."""
    if D is None:
        return sp.csc_array((n, n)) if sparse else as_matrix("D", np.zeros((n, n)))
    D = as_matrix("D", D, rows=n, columns=n, allow_sparse=sparse)
    return sp.csc_array(D) if sparse else D


def _outputs(C_position: Any, C_velocity: Any, n: int) -> tuple[Array, Array]:
    """Both output matrices, zero where one is left out."""
    if C_position is None and C_velocity is None:
        raise InvalidArgumentError("C_position", "a matrix, here or as C_velocity", "neither", "say what is measured")
    if C_position is None:
        velocity = as_matrix("C_velocity", C_velocity, columns=n)
        return as_matrix("C_position", np.zeros(velocity.shape)), velocity
    position = as_matrix("C_position", C_position, columns=n)
    rows = position.shape[0]
    given = np.zeros(position.shape) if C_velocity is None else C_velocity
    return position, as_matrix("C_velocity", given, rows=rows, columns=n)


def _first_order(
    M: Matrix,
    D: Matrix,
    K: Matrix,
    B: Array,
    position: Array,
    velocity: Array,
    through: Any,
    signals: Mapping[str, Any],
) -> LinearSystem:
    n = M.shape[0]
    if is_sparse(M):
        unit = sp.eye_array(n, format="csc")
        A = sp.block_array([[None, unit], [-K, -D]], format="csc")
        E = sp.block_diag([unit, M], format="csc")
    else:
        A = np.block([[np.zeros((n, n)), np.eye(n)], [-K, -D]])
        E = la.block_diag(np.eye(n), M)
    return LinearSystem(A, np.vstack([np.zeros_like(B), B]), np.hstack([position, velocity]), through, E=E, **signals)


def _equal(first: Matrix, second: Matrix) -> bool:
    return norm(first - second) <= _SYMMETRIC * norm(first)
