r"""Linear time-invariant systems.

.. math:: E x' = A x + B u, \quad y = C x + D u \quad (\text{continuous}, dt = 0),
.. math:: E x_{t+1} = A x_t + B u_t, \quad y_t = C x_t + D u_t \quad (\text{discrete}, dt > 0).
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError, NumericalError, SingularDescriptorError
from ..linalg.arrays import EPS, Array, adjoint, dense, is_sparse, product
from ..linalg.modal_forms import ModalForm, modal_form
from ..linalg.pencils import SchurForm
from ..linalg.scaling import evenly_scaled_solution
from ..linalg.sparse.pencils import SparseFactors
from ..quiver.representation import Arrow, Representation
from .coordinates import Coordinates, out_of_range, schur_form_in, well_scaled
from .descriptors import DescriptorFactors, descriptor_coordinates, eigenvalues, singular_descriptor
from .factored_forms import FactoredForms
from .state_matrices import Realization
from .transfer_functions import polynomial_entries

__all__ = ["LinearSystem"]


class LinearSystem(FactoredForms):
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
        Descriptor matrix; the identity when left out. Where it is singular, responses are computed as they are, and
        everything else wants the proper part (:func:`~dlnbalance.decompositions.descriptor_forms.finite_infinite`).
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

    See Also
    --------
    dlnbalance.as_system : turn anything that describes a linear system into a LinearSystem.
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.balance : coordinates of least norm, with the proof.

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
        factors = None if self._has_singular_descriptor else self._descriptor_factors
        return descriptor_coordinates(dense(self.A), self.descriptor, self.B, self.C, factors, discrete=discrete)

    @cached_property
    def schur(self) -> SchurForm:
        """Schur form of the pencil A − λE in `coordinates`, computed once and shared. O(n³)."""
        return schur_form_in(self.coordinates)

    @cached_property
    def modal(self) -> ModalForm | None:
        """Modal form in the unit of rates of `coordinates`, without D; None where there is none. O(n³)."""
        here = self.coordinates
        return modal_form(self.schur, product(adjoint(self.schur.Q), here.B), product(here.C, self.schur.Z))

    def poles(self) -> Array:
        """Poles: the eigenvalues of A, or of the pencil A − λE. Dense, O(n³), whatever the size.

        Where E is singular, the infinite eigenvalues come last, as inf.

        Raises
        ------
        SingularPencilError
            When A − λE is singular for every λ.
        """
        if self.E is not None and self._has_singular_descriptor:
            return eigenvalues(dense(self.A), self.descriptor)
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
        order = self.coordinates.order  # block upper triangular, which partial pivoting keeps
        pencil = (point * self.descriptor_or_identity() - self.A)[np.ix_(order, order)]
        solution = evenly_scaled_solution(pencil, right[order])
        if solution is None:
            raise singular
        states = np.empty_like(solution)
        states[order] = solution
        return states

    def dcgain(self) -> Array:
        """Transfer matrix at frequency zero, G(0) or G(1): real for a real system."""
        gain = self(self.dc_point)
        return gain if self.is_complex else gain.real

    @cached_property
    def _sparse_descriptor_factors(self) -> SparseFactors:
        """Sparse LU factors of E, refused when E is singular to working precision."""
        try:
            factors = self.sparse_pencil.factorized(0.0, 1.0)
            rcond = factors.rcond
        except NumericalError:
            factors, rcond = None, 0.0
        if factors is None or not rcond > EPS:
            raise singular_descriptor(rcond)
        return factors

    @cached_property
    def _descriptor_factors(self) -> DescriptorFactors:
        """LU factors of a dense E, refused when it is singular to working precision."""
        return DescriptorFactors(self.descriptor)

    @cached_property
    def _has_singular_descriptor(self) -> bool:
        """Whether a dense E is singular to working precision."""
        try:
            _ = self._descriptor_factors
        except SingularDescriptorError:
            return True
        return False

    @property
    def descriptor_rcond(self) -> float:
        """Reciprocal condition number of a dense E in even scales; 0 where it is singular to working precision."""
        return 0.0 if self._has_singular_descriptor else self._descriptor_factors.rcond

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
            return pencil.unpermute(self._sparse_descriptor_factors.solve(pencil.permute(adjoint(transform)), "H"))
        return self._descriptor_factors.adjoint_solve(adjoint(transform))

    def explicit(self) -> "LinearSystem":
        """The same system with E = I: A ← E⁻¹A and B ← E⁻¹B by one LU factorization of E.

        Raises
        ------
        SingularDescriptorError
            When E is singular to working precision.
        """
        if self.E is None:
            return self
        both = self._descriptor_factors.solve(np.hstack([dense(self.A), self.B]))
        return self.with_matrices(both[:, : self.nstates], both[:, self.nstates :], self.C, self.states)

    @property
    def finite_form(self) -> "LinearSystem":
        """What has the finite poles of the system and no others: itself, unless a singular E is taken care of."""
        return self

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
        the distance of A from E, and its digits would fall below the rounding of W*EV.
        """
        adjoint_left = adjoint(left)
        if self.is_discrete:
            A = np.eye(right.shape[1]) + adjoint_left @ product(self.shifted_to_dc(), right)
        else:
            A = adjoint_left @ product(self.A, right)
        return self.with_matrices(A, adjoint_left @ self.B, self.C @ right)

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

        self.check_real("control.StateSpace")
        return control.StateSpace(
            *self.to_tuple(),
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

        self.check_real("control.TransferFunction")
        entries = polynomial_entries(Realization(*self.to_tuple()[:4]), discrete=bool(self.dt))
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

    def to_scipy(self) -> Any:
        """Return the ``scipy.signal.StateSpace`` with the same matrices and dt (it has no signal names).

        Raises
        ------
        InvalidArgumentError
            When ``dt`` is None: scipy would read it as continuous.
        """
        import scipy.signal

        matrices = self.to_tuple()[:4]
        return (
            scipy.signal.StateSpace(*matrices, dt=self.dt) if self.is_discrete else scipy.signal.StateSpace(*matrices)
        )

    def to_tuple(self) -> tuple[Array, Array, Array, Array, float | bool | None]:
        """Return (A, B, C, D, dt) of the explicit form."""
        system = self.explicit()
        return dense(system.A), system.B, system.C, system.D, self.dt
