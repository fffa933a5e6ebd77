r"""Linear time-invariant systems.

.. math:: E x' = A x + B u, \quad y = C x + D u \quad (\text{continuous}, dt = 0),
.. math:: E x_{t+1} = A x_t + B u_t, \quad y_t = C x_t + D u_t \quad (\text{discrete}, dt > 0).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from numbers import Number
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError, SingularDescriptorError
from ..linalg.arguments import items, real_number, shown, text
from ..linalg.arrays import EPS, Array, Matrix, adjoint, as_matrix, dense, factorized, frozen, is_sparse, norm, product
from ..linalg.immutable import Immutable
from ..linalg.pencils import SchurForm, schur_form
from ..linalg.scaling import even_powers
from ..linalg.sparse.pencils import SparseFactors, SparsePencil
from ..quiver.representation import Arrow, Representation
from .coordinates import Coordinates, out_of_range, predicted_effect, telling_points, well_scaled

__all__ = ["LinearSystem"]

_WELL_CONDITIONED = 8  # condition of an E that is solved away: that costs less than a digit, and saves most of the time
_LARGE = 1500  # sparse systems with more states are not turned into dense ones unasked


class LinearSystem(Immutable):
    r"""A linear time-invariant state-space model, dense or sparse, real or complex.

    Parameters
    ----------
    A : (n, n) array_like or sparse
        State matrix. Sparse input stays sparse.
    B : (n, m) array_like
        Input matrix.
    C : (p, n) array_like
        Output matrix.
    D : (p, m) array_like, optional
        Feedthrough; zero when left out.
    E : (n, n) array_like or sparse, optional
        Nonsingular descriptor matrix; the identity when left out.
    dt : float, True or None
        Time base as in python-control: 0 continuous, a positive number the sampling time, True discrete with
        unspecified sampling time, None unspecified (kept, but nothing can be balanced until it is set).
    inputs, outputs, states : sequence of str, optional
        Signal names; ``u[0]``, ``y[0]``, ``x[0]``, … when left out.
    name : str, optional
        Name of the system.

    Raises
    ------
    InvalidArgumentError
        For shapes that disagree, entries that are not finite numbers, an impossible `dt`, or the wrong number
        of names.

    Examples
    --------
    >>> system = LinearSystem([[-1.0, 0.0], [0.0, -2.0]], [1.0, 1.0], [1.0, 1.0], inputs=["force"])
    >>> system
    LinearSystem: 2 states, 1 input, 1 output, continuous (dt = 0), dense real
      inputs:  force
      outputs: y[0]
    >>> (2 * system).dcgain().item()
    3.0
    """

    __array_ufunc__ = None  # numpy arrays leave arithmetic with systems to the system

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
        self.inputs: tuple[str, ...] = _names("inputs", inputs, m, "u")
        self.outputs: tuple[str, ...] = _names("outputs", outputs, p, "y")
        self.states: tuple[str, ...] = _names("states", states, n, "x")
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

    @property
    def is_large(self) -> bool:
        """Whether A is sparse and has more than 1500 rows: then nothing of order n² is formed unasked."""
        return is_sparse(self.A) and self.nstates > _LARGE

    @property
    def is_complex(self) -> bool:
        """Whether any matrix is complex."""
        return any(np.iscomplexobj(M) for M in (self.A, self.B, self.C, self.D, self.E) if M is not None)

    @property
    def descriptor(self) -> Array:
        """E as a dense matrix (the identity when there is none)."""
        return np.eye(self.nstates) if self.E is None else dense(self.E)

    @cached_property
    def representation(self) -> Representation:
        """The quiver [in] → x → [out] with a loop at x; its energy is the norm that Helmke balances.

        Raises
        ------
        InvalidArgumentError
            When E is given: the quiver needs the explicit form.
        """
        if self.E is not None:
            raise InvalidArgumentError("E", "an explicit system", "a descriptor matrix", "call .explicit() first")
        arrows = [Arrow("in", "x", self.B), Arrow("x", "out", self.C), Arrow("x", "x", dense(self.A))]
        return Representation(arrows, gauged=["x"])

    def with_representation(self, representation: Representation) -> "LinearSystem":
        """Return the system with D, time base and signals of this one and (A, B, C) of `representation` (E = I)."""
        B, C, A = representation.matrices
        return self.with_matrices(A, B, C)

    @cached_property
    def coordinates(self) -> Coordinates:
        """The system in well-scaled coordinates of its states, equations and rates; dense, O(n²), with E O(n³).

        An E that is well conditioned is solved away, and so is one where that does less harm than the pencil does.
        """
        discrete = self.dt is None or self.is_discrete
        if self.E is None:
            return well_scaled(dense(self.A), None, self.B, self.C, discrete=discrete)
        try:
            condition = self._descriptor_condition
        except SingularDescriptorError:
            condition = np.inf
        pencil = explicit = None
        if condition > _WELL_CONDITIONED:
            pencil = well_scaled(dense(self.A), dense(self.E), self.B, self.C, discrete=discrete)
        if np.isfinite(condition):
            explicit = self._explicit_coordinates(discrete=discrete)
        if pencil is None or explicit is None:
            return pencil or explicit  # pyright: ignore[reportReturnType]
        points = telling_points(explicit.unit * norm(explicit.A), discrete=discrete)
        return min(explicit, pencil, key=lambda here: predicted_effect(here, points))

    def _explicit_coordinates(self, *, discrete: bool) -> Coordinates:
        """Coordinates of (E⁻¹A, E⁻¹B, C), with the errors |E⁻¹|(|A| + |E||E⁻¹A|) that solving makes."""
        A, B = self._solved_for_descriptor()
        here = well_scaled(A, None, B, self.C, discrete=discrete)
        inverse, E = self._descriptor_magnitudes
        error_A, error_B = (
            inverse @ (np.abs(M) + E @ np.abs(solved)) for M, solved in ((dense(self.A), A), (self.B, B))
        )
        d, unit = here.states, here.unit
        return replace(here, errors=(error_A * d / d[:, None] / unit, error_B / d[:, None] / np.sqrt(unit)))

    @cached_property
    def schur(self) -> SchurForm:
        """Schur form of the pencil A − λE in `coordinates`, computed once and shared. O(n³)."""
        here = self.coordinates
        A = here.A
        if np.iscomplexobj(here.B) or np.iscomplexobj(here.C):  # then the factors are complex, and so must be its basis
            A = A.astype(complex)
        return schur_form(A, here.E, here.order, here.sizes)

    @cached_property
    def sparse_pencil(self) -> SparsePencil:
        """The pencil A − λE in an order that keeps its factors sparse; one ordering serves all shifts."""
        return SparsePencil(self.A, self.E)

    def poles(self) -> Array:
        """Poles: the eigenvalues of A, or of the pencil A − λE. Dense, O(n³), whatever the size."""
        return self.coordinates.unit * self.schur.eigenvalues

    def __call__(self, point: complex) -> Array:
        """Transfer matrix D + C (zE − A)⁻¹ B at one complex `point` of the s- or z-plane; one solve, O(n³).

        Raises
        ------
        NumericalError
            When the point is a pole, or the gain out of range.
        """
        if self.nstates == 0:
            return self.D.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            gain = self.D + self.C @ self.resolvent(point, self.B)
        if not np.isfinite(gain).all():
            raise out_of_range("gain")
        return gain

    def resolvent(self, point: complex, right: Array) -> Array:
        r"""Solve (zE − A) X = R at one complex `point` z: one LU factorization, sparse where A is.

        Parameters
        ----------
        point : complex
            z.
        right : (n, k) array
            R.

        Raises
        ------
        NumericalError
            When the point is a pole.
        """
        singular = NumericalError("point", "no pole of the system", f"{point}", "evaluate beside it")
        if is_sparse(self.A):
            try:
                return self.sparse_pencil.solve(-1.0, point, right)
            except NumericalError:
                raise singular from None
        solution = self._dense_resolvent(point, right)
        if solution is None:
            raise singular
        return solution

    def _dense_resolvent(self, point: complex, right: Array) -> Array | None:
        """Solve (zE − A) X = R, evenly scaled and refined once; None at a pole.

        The pencil is block upper triangular in the order of `coordinates`, which partial pivoting keeps; the refinement
        makes the error that of small relative changes of all entries (R. D. Skeel, Math. Comp. 35 (1980) 817-832).
        """
        order = self.coordinates.order
        pencil = (point * self.descriptor_or_identity() - self.A)[np.ix_(order, order)]
        rows, columns = even_powers(pencil)
        pencil = rows[:, None] * pencil * columns
        factors, rcond = factorized(pencil)
        if rcond == 0:
            return None
        scaled = rows[:, None] * right[order]
        solution = la.lu_solve(factors, scaled, check_finite=False)
        solution += la.lu_solve(factors, scaled - pencil @ solution, check_finite=False)
        states = np.empty_like(solution)
        states[order] = columns[:, None] * solution
        return states

    def dcgain(self) -> Array:
        """Transfer matrix at frequency zero, G(0) or G(1): real for a real system."""
        gain = self(self.dc_point)
        return gain if self.is_complex else gain.real

    @property
    def dc_point(self) -> float:
        """Where the transfer function takes the DC gain: 0 in continuous and 1 in discrete time."""
        return 1.0 if self.is_discrete else 0.0

    @cached_property
    def _sparse_descriptor_factors(self) -> SparseFactors:
        """Sparse LU factors of E, refused when E is singular to working precision."""
        try:
            factors = self.sparse_pencil.factorized(0.0, 1.0)
            rcond = factors.rcond
        except NumericalError:
            factors, rcond = None, 0.0
        if factors is None or not rcond > EPS:
            raise _singular_descriptor(rcond)
        return factors

    @cached_property
    def _descriptor_factors(self) -> tuple[tuple[Array, Array], Array, Array]:
        """LU factors of R E D, and R and D that scale E; refused when it is singular to working precision there."""
        E = self.descriptor
        rows, columns = even_powers(E)
        factors, rcond = factorized(rows[:, None] * E * columns)
        if not rcond > EPS:
            raise _singular_descriptor(rcond)
        return factors, rows, columns

    def boundary_points(self, omega: Array) -> Array:
        """Points iω or e^{iω dt} of the stability boundary at real frequencies."""
        with np.errstate(invalid="ignore"):  # what infinite frequencies stand for is for the caller to say
            return np.exp(1j * omega * self.sampling_time) if self.is_discrete else 1j * omega

    def left_basis(self, transform: Array) -> Array:
        r"""Basis W with W*E = `transform`: one LU factorization of E and a solve (a copy-free adjoint without E).

        Parameters
        ----------
        transform : (r, n) array
            Rows of a change of coordinates z = T x.

        Returns
        -------
        (n, r) array

        Raises
        ------
        SingularDescriptorError
            When E is singular to working precision.
        """
        if self.E is None:
            return adjoint(transform)
        if is_sparse(self.A) and is_sparse(self.E):
            pencil = self.sparse_pencil
            return pencil.leave(self._sparse_descriptor_factors.solve(pencil.enter(adjoint(transform)), "H"))
        factors, rows, columns = self._descriptor_factors
        scaled = columns[:, None] * adjoint(transform)
        return rows[:, None] * la.lu_solve(factors, scaled, trans=2, check_finite=False)

    def explicit(self) -> "LinearSystem":
        """The same system with E = I: A ← E⁻¹A and B ← E⁻¹B by one LU factorization of E.

        Raises
        ------
        SingularDescriptorError
            When E is singular to working precision.
        """
        if self.E is None:
            return self
        A, B = self._solved_for_descriptor()
        return self.with_matrices(A, B, self.C, self.states)

    def _solved_for_descriptor(self) -> tuple[Array, Array]:
        """E⁻¹A and E⁻¹B."""
        factors, rows, columns = self._descriptor_factors
        both = rows[:, None] * np.hstack([dense(self.A), self.B])
        solution = columns[:, None] * la.lu_solve(factors, both, check_finite=False)
        return solution[:, : self.nstates], solution[:, self.nstates :]

    @cached_property
    def _descriptor_magnitudes(self) -> tuple[Array, Array]:
        """Magnitudes of the entries of E⁻¹ and E."""
        factors, rows, columns = self._descriptor_factors
        inverse = la.lu_solve(factors, np.diag(rows), check_finite=False)
        return np.abs(columns[:, None] * inverse), np.abs(self.descriptor)

    @cached_property
    def _descriptor_condition(self) -> float:
        """‖|E⁻¹||E|‖_∞, the states scaled as E wants it: how errors grow when E is solved away."""
        columns = self._descriptor_factors[2]
        inverse, E = self._descriptor_magnitudes
        return norm(inverse @ (E * columns) / columns[:, None], "I")

    def check_descriptor(self) -> None:
        """Refuse a descriptor matrix E that is singular to working precision.

        Raises
        ------
        SingularDescriptorError
            With the reciprocal condition number of E.
        """
        if self.E is not None:
            sparse = is_sparse(self.A) and is_sparse(self.E)
            _ = self._sparse_descriptor_factors if sparse else self._descriptor_factors

    def with_matrices(self, A: Any, B: Any, C: Any, states: Sequence[str] | None = None) -> "LinearSystem":
        """Return a system with the same D, time base and signals from other matrices (E = I)."""
        return LinearSystem(
            A,
            B,
            C,
            self.D,
            dt=self.dt,
            inputs=self.inputs,
            outputs=self.outputs,
            states=states,
            name=self.name,
        )

    def project(self, left: Array, right: Array) -> "LinearSystem":
        r"""Petrov–Galerkin projection (W*AV, W*B, CV, D) for bases with W*EV = I; time base and signals stay.

        Parameters
        ----------
        left, right : (n, r) array_like
            W and V.

        Notes
        -----
        In discrete time the state matrix is formed as I + W*(A − E)V: the slow modes that decide the Gramians are
        the distance of A from E, and its digits must not drown in those of W*EV.
        """
        adjoint_left = adjoint(left)
        if self.is_discrete:
            A = np.eye(right.shape[1]) + adjoint_left @ product(self.shifted_to_dc(), right)
        else:
            A = adjoint_left @ product(self.A, right)
        return self.with_matrices(A, adjoint_left @ self.B, self.C @ right)

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

    # -- algebra ------------------------------------------------------------------------------------------------

    def __add__(self, other: "LinearSystem") -> "LinearSystem":
        """Parallel connection G + H (states side by side, dense)."""
        if not isinstance(other, LinearSystem):
            return NotImplemented
        if (self.ninputs, self.noutputs) != (other.ninputs, other.noutputs):
            raise InvalidArgumentError(
                "other",
                f"{self.ninputs} inputs and {self.noutputs} outputs",
                f"{other.ninputs} and {other.noutputs}",
                "only systems with the same signals can be added",
            )
        if self.dt != other.dt or (self.dt is True) != (other.dt is True):
            raise InvalidArgumentError(
                "other", f"dt = {self.dt}", f"dt = {other.dt}", "convert one of them to the other's time base"
            )
        E = None
        if self.E is not None or other.E is not None:
            E = la.block_diag(self.descriptor, other.descriptor)
        return LinearSystem(
            la.block_diag(dense(self.A), dense(other.A)),
            np.vstack([self.B, other.B]),
            np.hstack([self.C, other.C]),
            self.D + other.D,
            E=E,
            dt=self.dt,
            inputs=self.inputs,
            outputs=self.outputs,
        )

    def __sub__(self, other: "LinearSystem") -> "LinearSystem":
        """Error system G − H."""
        return self + (-1) * other

    def __mul__(self, factor: complex) -> "LinearSystem":
        """Multiply the transfer function by a scalar."""
        if not isinstance(factor, Number) or isinstance(factor, bool):
            return NotImplemented
        return LinearSystem(
            self.A,
            self.B,
            factor * self.C,
            factor * self.D,
            E=self.E,
            dt=self.dt,
            inputs=self.inputs,
            outputs=self.outputs,
            states=self.states,
            name=self.name,
        )

    __rmul__ = __mul__

    # -- other libraries ----------------------------------------------------------------------------------------

    def __getattribute__(self, name: str) -> Any:
        # control.ss asks what it does not know for this attribute, and takes what has it for the right-hand side of a
        # nonlinear system, unread. Evaluating a system does not pass here.
        if name == "__call__":
            raise InvalidArgumentError("system", "a control.StateSpace", "a LinearSystem", "pass system.to_control()")
        return object.__getattribute__(self, name)

    def to_control(self) -> Any:
        """Return the ``control.StateSpace`` with the same matrices, dt, signal names and name.

        Raises
        ------
        InvalidArgumentError
            For complex systems, which python-control does not represent.
        SingularDescriptorError
            When there is an E that cannot be solved away.
        """
        import control

        self._check_real("control.StateSpace")
        system = self.explicit()
        return control.StateSpace(
            dense(system.A),
            system.B,
            system.C,
            system.D,
            self.dt,
            inputs=list(self.inputs),
            outputs=list(self.outputs),
            states=list(self.states) or None,
            remove_useless_states=False,
            **self._control_name(),
        )

    def to_transfer_function(self) -> Any:
        """Return the ``control.TransferFunction`` with the same response, dt, signal names and name.

        Every entry goes through the zeros and poles of its minimal part: what rounding made is dropped, and the
        coefficients are those of the polynomials, rounded once.

        Raises
        ------
        InvalidArgumentError
            For complex systems, which python-control does not represent.
        NumericalError
            When polynomials in double precision cannot have the response of an entry to 1e-8 of its norm.

        Examples
        --------
        >>> LinearSystem([[-3.0, -2.0], [1.0, 0.0]], [[1.0], [0.0]], [[0.0, 1.0]]).to_transfer_function().den_list
        [[array([1., 3., 2.])]]
        """
        import control

        from .transfer_functions import polynomial_entries

        self._check_real("control.TransferFunction")
        entries = polynomial_entries(self)
        return control.TransferFunction(
            [[entry.numerator for entry in row] for row in entries],
            [[entry.denominator for entry in row] for row in entries],
            self.dt,
            inputs=list(self.inputs),
            outputs=list(self.outputs),
            **self._control_name(),
        )

    def _control_name(self) -> dict[str, Any]:
        return {} if self.name is None else {"name": self.name}

    def _check_real(self, kind: str) -> None:
        if self.is_complex:
            raise InvalidArgumentError(
                "system",
                f"real matrices ({kind} holds no others)",
                "complex ones",
                "keep the LinearSystem, or pass its tuple (A, B, C, D)",
            )

    def to_scipy(self) -> Any:
        """Return the ``scipy.signal.StateSpace`` with the same matrices and dt (it has no signal names).

        Raises
        ------
        InvalidArgumentError
            When ``dt`` is None: scipy would read it as continuous.
        """
        import scipy.signal

        system = self.explicit()
        matrices = (dense(system.A), system.B, system.C, system.D)
        return (
            scipy.signal.StateSpace(*matrices, dt=self.dt) if self.is_discrete else scipy.signal.StateSpace(*matrices)
        )

    def to_tuple(self) -> tuple[Array, Array, Array, Array, float | bool | None]:
        """Return (A, B, C, D, dt) of the explicit form."""
        system = self.explicit()
        return dense(system.A), system.B, system.C, system.D, self.dt

    def __repr__(self) -> str:
        storage = ("sparse " if self.is_sparse else "dense ") + ("complex" if self.is_complex else "real")
        title = "LinearSystem" if self.name is None else f"LinearSystem {self.name!r}"
        head = (
            f"{title}: {_count(self.nstates, 'state')}, {_count(self.ninputs, 'input')},"
            f" {_count(self.noutputs, 'output')}, {_time_base(self.dt)}, {storage}"
            + (", descriptor E" if self.E is not None else "")
        )
        return f"{head}\n  inputs:  {abridged(self.inputs)}\n  outputs: {abridged(self.outputs)}"


def _singular_descriptor(rcond: float) -> SingularDescriptorError:
    return SingularDescriptorError(
        "E",
        "a nonsingular descriptor matrix",
        f"reciprocal condition number {rcond:.1e}",
        "eliminate the algebraic equations first",
    )


def checked_time_base(dt: Any) -> float | bool | None:
    if dt is None or dt is True:
        return dt
    seconds = real_number(
        "dt",
        dt,
        "0 (continuous), a positive sampling time, True or None",
        lambda seconds: 0 <= seconds < np.inf,
        remedy="give seconds between samples",
    )
    return seconds or 0


def _names(argument: str, names: Sequence[str] | None, count: int, letter: str) -> tuple[str, ...]:
    if names is None:
        return tuple(f"{letter}[{i}]" for i in range(count))
    given = [names] if isinstance(names, str) else items(argument, names, "a sequence of names")
    labels = tuple(text(argument, label, "names that are texts") for label in given)
    if len(labels) != count or len(set(labels)) != count:
        raise InvalidArgumentError(
            argument,
            f"{count} different names",
            shown(list(labels)),
            "name every signal once, or leave the names out",
        )
    return labels


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _time_base(dt: float | bool | None) -> str:
    if dt is None:
        return "time base unspecified (dt = None)"
    if dt is True:
        return "discrete (dt = True)"
    return f"discrete (dt = {dt:g})" if dt else "continuous (dt = 0)"


def abridged(names: tuple[str, ...]) -> str:
    """The names on one line, some left out where there are many."""
    return ", ".join(names if len(names) <= 8 else (*names[:6], "…", names[-1]))
