r"""Second-order systems: mechanical and electrical models by mass, damping and stiffness.

.. math:: M x'' + D x' + K x = B u, \qquad y = C_p x + C_v x' + D_u u.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from ..errors import InvalidArgumentError, NumericalError, SingularDescriptorError
from ..files.model_formats import details_to_arrays, matrices_to_arrays, read_variables
from ..files.second_order_files import second_order_arguments
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy
from ..gramians.second_order_gramians import SecondOrderGramians
from ..gramians.stability import is_stable
from ..linalg.arrays import EPS, Array, Matrix, adjoint, as_matrix, dense, is_sparse, norm
from ..linalg.scaling import evenly_scaled_solution
from ..linalg.sparse.second_order_pencils import SecondOrderPencil
from ..networks.factor_pairs import FactorPair
from ..norms.measured import Measured
from ..norms.responses import frequency_response
from ..systems.coordinates import out_of_range
from ..systems.descriptors import DescriptorFactors
from ..systems.linear_system import LinearSystem
from ..systems.signals import counted
from .damping import modal_damping, rayleigh_damping
from .model import Model, Solved, Truncated
from .second_order_reduction import SecondOrderReduction, distance

__all__ = ["SecondOrderSystem"]

_SYMMETRIC = 4 * EPS  # relative difference up to which two matrices count as equal: rounding of how they were computed


class SecondOrderSystem(Model):
    r"""A second-order system, dense or sparse, real or complex, in continuous time.

    .. math:: M x'' + D x' + K x = B u, \qquad y = C_p x + C_v x' + D_u u.

    Parameters
    ----------
    M : (n, n) array_like or sparse
        Mass, nonsingular.
    D : (n, n) array_like or sparse, or None
        Damping (and gyroscopic terms); zero where it is None.
    K : (n, n) array_like or sparse
        Stiffness. The model is sparse where M and K are.
    B : (n, m) array_like
        Where the inputs act.
    C_position : (p, n) array_like or None
        C_p; zero where it is None.
    C_velocity : (p, n) array_like, optional
        C_v; zero when left out.
    feedthrough : (p, m) array_like, optional
        D_u; zero when left out.
    inputs, outputs : sequence of str, optional
        Signal names; ``u[0]``, ``y[0]``, … when left out.
    name : str, optional
        Name of the system.
    dt : 0
        Time is continuous.

    Raises
    ------
    InvalidArgumentError
        For shapes that disagree, entries that are not finite numbers, neither C_position nor C_velocity, another `dt`,
        or the wrong number of names.
    SingularDescriptorError
        When M is singular to working precision.

    Notes
    -----
    :func:`dlnbalance.reduce` returns a second-order model again: its `order` counts positions, of which it keeps as
    many (a first-order form has twice as many states). Which Gramians it balances is the choice of
    :class:`~dlnbalance.gramians.second_order_gramians.SecondOrderGramians`; any other kind of Gramians is taken for the
    first-order form. No bound is proved: errors are measured, and where the model is not symmetric, `stable` says
    whether the reduced model is. Everything that takes a linear system takes the first-order form of this one.

    Large sparse models are solved with by sparse factors of s²M + sD + K, which are half as large as the first-order
    form.

    References
    ----------
    .. [1] T. Reis, T. Stykel, "Balanced truncation model reduction of second-order systems", Math. Comput. Model. Dyn.
       Syst. 14 (2008) 391-406.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> chain = SecondOrderSystem(np.eye(2), 0.1 * np.eye(2), [[2.0, -1.0], [-1.0, 1.0]], [1.0, 0.0], [1.0, 0.0])
    >>> chain
    SecondOrderSystem: 2 positions, 1 input, 1 output, continuous (dt = 0), dense real, symmetric, collocated
    >>> small = dln.reduce(chain, 1).system
    >>> small.M.shape, bool(small.K[0, 0] > 0), round(chain.dcgain().item(), 12)
    ((1, 1), True, 1.0)
    """

    measure = "H∞ error"
    values_name = SecondOrderGramians.values_name
    takes_gramians = True

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
        if dt is None or dt is True or dt != 0:
            raise InvalidArgumentError(
                "dt",
                "0: second-order models are in continuous time",
                f"{dt!r}",
                "leave it out; sample the first-order form",
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
        try:
            self.first_order().check_descriptor() if self.is_sparse else self._mass_factors
        except SingularDescriptorError as error:
            raise SingularDescriptorError(
                "M",
                "a nonsingular mass matrix",
                error.received,
                "condense the coordinates without mass, or pass a LinearSystem with E = diag(I, M)",
            ) from None

    @cached_property
    def _mass_factors(self) -> DescriptorFactors:
        return DescriptorFactors(dense(self.M))

    def solved_with_mass_adjoint(self, right: Array) -> Array:
        """Solve M* X = R; one factorization of M, which is kept."""
        if not self.is_sparse:
            return self._mass_factors.adjoint_solve(right)
        zeros = np.zeros_like(right)
        return self.first_order().left_basis(adjoint(np.vstack([zeros, right])))[self.nstates :]

    # -- damping --------------------------------------------------------------------------------------------------

    @classmethod
    def with_rayleigh_damping(
        cls,
        M: Any,
        K: Any,
        alpha: float,
        beta: float,
        B: Any,
        C_position: Any = None,
        C_velocity: Any = None,
        **others: Any,
    ) -> Self:
        """The system with D = αM + βK: the mode of frequency ω has the damping ratio α/(2ω) + βω/2.

        Parameters
        ----------
        M, K : (n, n) array_like or sparse
            Mass and stiffness.
        alpha, beta : float
            α in 1/s and β in s, not negative.
        B, C_position, C_velocity, **others
            As for :class:`SecondOrderSystem`.

        Examples
        --------
        >>> SecondOrderSystem.with_rayleigh_damping([[2.0]], [[8.0]], 0.1, 0.01, [1.0], [1.0]).D.item()
        0.28
        """
        return cls(M, rayleigh_damping(M, K, alpha, beta), K, B, C_position, C_velocity, **others)

    @classmethod
    def with_modal_damping(
        cls, M: Any, K: Any, zeta: Any, B: Any, C_position: Any = None, C_velocity: Any = None, **others: Any
    ) -> Self:
        """The system whose undamped modes K φ = ω² M φ get damping ratios ζ: poles −ζω ± iω(1 − ζ²)^½.

        Parameters
        ----------
        M, K : (n, n) array_like
            Mass and stiffness, Hermitian; M positive definite, K positive semidefinite. The damping is dense.
        zeta : float or (n,) array_like
            One ratio for all modes, or one for each in the order of their frequencies; not negative.
        B, C_position, C_velocity, **others
            As for :class:`SecondOrderSystem`.

        Examples
        --------
        >>> SecondOrderSystem.with_modal_damping([[2.0]], [[8.0]], 0.05, [1.0], [1.0]).D.item()
        0.4
        """
        return cls(M, modal_damping(M, K, zeta), K, B, C_position, C_velocity, **others)

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

    @property
    def is_stable(self) -> bool:
        """Whether the system is asymptotically stable beyond rounding; with rigid-body modes it is not."""
        return is_stable(self.first_order())

    # -- balancing and reduction --------------------------------------------------------------------------------------

    @cached_property
    def reduction(self) -> SecondOrderReduction:
        """What balancing and reduction compute once."""
        return SecondOrderReduction(self)

    def factor_pairs(self, gramians: GramianStrategy = Automatic()) -> tuple[FactorPair]:
        """The pair of blocks of first-order Gramian factors that a kind of second-order balancing takes.

        Raises
        ------
        UnstableSystemError
            When the system is not stable.
        InvalidArgumentError
            When K is singular and rigid-body modes are to be refused, or damping couples them to the others.
        """
        return self.reduction.solve(gramians).pairs

    def solve(self, gramians: GramianStrategy) -> Solved:
        """Solve for the Gramian factors of the first-order form, and take the blocks that the kind asks for."""
        return self.reduction.solve(gramians)

    def truncated(self, solved: Solved, orders: Sequence[int]) -> Truncated:
        """Reduce to the leading singular triples by the bases of a kind of second-order balancing."""
        (order,) = orders
        return self.reduction.truncated(solved, order)

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

    def distance(self, other: Any) -> Measured:
        """H∞ norm of the difference; infinite where one is unstable, or the rigid-body modes are not the same."""
        value, place = distance(self, other)
        return Measured(value=value, norm=self.measure, place=place)

    def linear_systems(self) -> dict[str, LinearSystem]:
        """The first-order form."""
        return {self.name or "first-order form": self.first_order()}

    def as_linear_system(self) -> LinearSystem:
        """The first-order form, which everything that takes a linear system works on."""
        return self.first_order()

    # -- files --------------------------------------------------------------------------------------------------------

    def to_arrays(self) -> dict[str, Array]:
        """The arrays M, D, K, B, C_position, C_velocity and feedthrough, and the names."""
        names = ("M", "D", "K", "B", "C_position", "C_velocity", "feedthrough")
        return details_to_arrays(self.first_order()) | matrices_to_arrays({name: getattr(self, name) for name in names})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """The system of these arrays, by any of the names that files have for them."""
        matrices, details = read_variables(arrays)
        details.pop("states", None)
        if details.get("dt", 0) is None:  # an empty time base says nothing, and there is one only
            details.pop("dt")
        return cls(**second_order_arguments(matrices), **details)

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
    position = None if C_position is None else as_matrix("C_position", C_position, columns=n)
    rows = None if position is None else position.shape[0]
    velocity = None if C_velocity is None else as_matrix("C_velocity", C_velocity, rows=rows, columns=n)
    if position is None:
        return as_matrix("C_position", np.zeros(np.shape(velocity))), velocity
    return position, as_matrix("C_velocity", np.zeros(position.shape)) if velocity is None else velocity


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
