r"""Descriptor systems with a singular E: what is proper of them, and what is a polynomial.

The transfer function of a regular pencil is that of an explicit system and a polynomial,

.. math:: G(s) = C(sE - A)^{-1}B + D
    = \underbrace{C_f(sE_f - A_f)^{-1}B_f + D_f}_{\text{proper}} + s D_1 + s^2 D_2 + … .
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import scipy.linalg as la

from ..drawable import Drawable
from ..errors import NumericalError, SingularDescriptorError
from ..files.conversion import as_system
from ..linalg.arguments import real_number
from ..linalg.arrays import EPS, Array, frozen, is_sparse
from ..linalg.pencil_structure import rank_tolerance
from ..summary import Fact, Summary, told
from ..systems.linear_system import LinearSystem
from ..systems.signals import counted
from .algebraic_parts import eliminated, even_factors, implicit_split, semi_explicit
from .polynomial_parts import polynomial_split, polynomial_system

__all__ = ["FiniteInfinite", "explicit_form", "finite_infinite"]


@dataclass(frozen=True, eq=False, kw_only=True)
class FiniteInfinite(Drawable):
    r"""A descriptor system as the sum of its proper and its polynomial part.

    Attributes
    ----------
    proper : LinearSystem
        The proper part, with no E or a nonsingular one, and with the constant of the polynomial part in its D. The
        given system itself where its E is nonsingular; for large sparse systems a
        :class:`~dlnbalance.decompositions.condensed_systems.CondensedSystem` on the sparse pencil that was given.
    polynomial : tuple of (p, m) array
        D_1, D_2, … of the improper part s D_1 + s² D_2 + …; empty where the transfer function is proper.
    index : int
        Index of the pencil: 0 where E is nonsingular. The degree of the polynomial part is less by one at least, and
        less by more where inputs or outputs do not see the infinite modes.
    finite, infinite : int
        Numbers of finite and infinite eigenvalues of the pencil, counted with their multiplicities.
    condition : float
        Norm of the larger spectral projector of the finite and the infinite part, in well-scaled coordinates: rounding
        errors grow by as much. For large sparse systems the condition number of the matrix that was factored.

    See Also
    --------
    dlnbalance.decompositions.finite_infinite : the proper and the polynomial part of a descriptor system.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, 1.0]), np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 0.0]))
    >>> parts = dln.decompositions.finite_infinite(system)
    >>> parts.finite, parts.infinite, parts.proper.D.tolist()
    (1, 1, [[-1.0]])
    """

    proper: LinearSystem
    polynomial: tuple[Array, ...]
    index: int
    finite: int
    infinite: int
    condition: float

    @property
    def is_proper(self) -> bool:
        """Whether there is no polynomial part."""
        return not self.polynomial

    @cached_property
    def improper(self) -> LinearSystem | None:
        """The polynomial part s D_1 + s² D_2 + … as a minimal descriptor system with a nilpotent E; None if proper."""
        return polynomial_system(self.proper, self.polynomial) if self.polynomial else None

    def summary(self) -> Summary:
        """What is known of the pencil and its transfer function."""
        words = "proper" if self.is_proper else _growth(len(self.polynomial), self.proper)
        numbers = f"{self.finite} finite and {self.infinite} infinite"
        return [
            Fact("index", "Index", self.index, words=f"index {self.index}"),
            Fact("eigenvalues", "Eigenvalues", {"finite": self.finite, "infinite": self.infinite}, words=numbers),
            Fact("polynomial_degree", "Transfer function", len(self.polynomial), words=words),
            Fact("condition", "Condition of the split", self.condition, words=f"{self.condition:.2g}"),
        ]

    def __repr__(self) -> str:
        return told("FiniteInfinite", self.summary(), head=("index",))


def finite_infinite(system: Any, *, tol: float | None = None) -> FiniteInfinite:
    r"""Split a descriptor system with a singular E into a proper and a polynomial part, which add up to it.

    .. math:: G(s) = C(sE - A)^{-1}B + D = G_{proper}(s) + s D_1 + s^2 D_2 + …

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Dense or sparse, real or complex, continuous or discrete (with z for s: then a polynomial part is not causal).
    tol : float, optional
        Singular values below this share of the norm of the pencil, in even scales, count as zero, and so do
        coefficients that a change of the matrices by this share could make: 10 n eps if left out.

    Returns
    -------
    FiniteInfinite
        Inputs, outputs, name and dt are those of the system, and real systems have real parts. The names of the states
        stay where the differential variables do.

    Raises
    ------
    SingularPencilError
        When A − λE is singular for every λ, which leaves the transfer function undefined; it says the normal rank.
    SingularDescriptorError
        For sparse systems of more than 5000 states that are of neither of the forms below.

    Notes
    -----
    A system with a well-conditioned E comes back as it is, after one LU factorization of E.

    Where algebraic equations and variables are zero rows and columns of E, and A has a well-conditioned block there
    (index 1), they are eliminated: 2n³ flops. All others go by a staircase form with orthogonal transformations and one
    generalized Sylvester equation, about 30 n³ flops for every step of the index
    (:mod:`dlnbalance.linalg.pencil_structure`). Modes at infinity that inputs do not reach, or outputs do not see,
    leave no polynomial part: the transfer function decides.

    Of large sparse systems nothing dense is formed. They have to have their algebraic equations and variables in zero
    rows and columns of E, with a block of A there that is nonsingular (index 1: circuits), zero (index 2: saddle
    points, as of incompressible flows), or nonsingular but for zero rows and columns. A few solves with that block, and
    with the saddle point, move inputs and outputs to the manifold of the differential states [2]_, [3]_.

    References
    ----------
    .. [1] P. Misra, P. Van Dooren, A. Varga, "Computation of structural invariants of generalized state-space systems",
       Automatica 30 (1994) 1921-1936.
    .. [2] F. Freitas, J. Rommes, N. Martins, "Gramian-based reduction method applied to large sparse power system
       descriptor models", IEEE Trans. Power Systems 23 (2008) 1258-1270.
    .. [3] M. Heinkenschloss, D. C. Sorensen, K. Sun, "Balanced truncation model reduction for a class of descriptor
       systems with application to the Oseen equations", SIAM J. Sci. Comput. 30 (2008) 1038-1063.

    See Also
    --------
    explicit_form : the proper part, where there is no other.

    Examples
    --------
    A lag and a differentiator, 1/(s + 1) + 3 s:

    >>> lag_and_derivative = LinearSystem(
    ...     [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ...     [[1.0], [0.0], [1.0]],
    ...     [[1.0, -3.0, 0.0]],
    ...     E=[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    ... )
    >>> parts = finite_infinite(lag_and_derivative)
    >>> parts
    FiniteInfinite: index 2
      eigenvalues: 1 finite and 2 infinite
      transfer function: improper, of degree 1, the gain grows like s
      condition of the split: 1
    >>> [D.round(12).tolist() for D in parts.polynomial], parts.proper.poles().round(12).tolist()
    ([[[3.0]]], [(-1+0j)])
    """
    model = as_system(system)
    n = model.nstates
    if tol is None:
        tol = rank_tolerance(n)
    tol = real_number("tol", tol, f"a share from {EPS:.1e} to 1", lambda value: EPS <= value < 1, remedy="try 1e-10")
    if n == 0 or model.E is None or _is_nonsingular(model, tol):
        return _as_it_is(model)
    split = semi_explicit(model, tol)
    found = _implicit(model, split) if model.is_large else None if split is None else eliminated(split)
    if found is not None:
        return FiniteInfinite(finite=n - found.infinite, **vars(found))
    whole = polynomial_split(model, tol)
    form = whole.parts.form
    if form.index == 0:
        return _as_it_is(model)
    return FiniteInfinite(
        proper=whole.proper,
        polynomial=tuple(map(frozen, whole.polynomial)),
        index=form.index,
        finite=form.finite,
        infinite=form.infinite,
        condition=whole.parts.condition,
    )


def explicit_form(system: Any, *, tol: float | None = None) -> LinearSystem:
    r"""Return the system with E = I that has the transfer function of a descriptor system, where that is proper.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        With any E whose pencil is regular; sparse systems become dense, whatever their size.
    tol : float, optional
        See :func:`finite_infinite`.

    Returns
    -------
    LinearSystem

    Raises
    ------
    SingularDescriptorError
        When there is a polynomial part, which no explicit system has.
    SingularPencilError
        When A − λE is singular for every λ.

    See Also
    --------
    finite_infinite : both parts.

    Examples
    --------
    A capacitor of 1 F that is charged through 2 Ω; the current is the algebraic variable.

    >>> circuit = LinearSystem([[0.0, 1.0], [1.0, 2.0]], [[0.0], [-1.0]], [[0.0, 1.0]], E=[[1.0, 0.0], [0.0, 0.0]])
    >>> [M.tolist() for M in explicit_form(circuit).to_tuple()[:4]]
    [[[-0.5]], [[0.5]], [[-0.5]], [[0.5]]]
    """
    parts = finite_infinite(system, tol=tol)
    if not parts.is_proper:
        raise SingularDescriptorError(
            "system",
            "a proper transfer function",
            f"one that is {_growth(len(parts.polynomial), parts.proper)}",
            "take the parts of dlnbalance.decompositions.finite_infinite(system), add the fast poles that a real device"
            f" has, or allow a larger tol where coefficients of {_sizes(parts.polynomial)} are nothing but rounding",
        )
    return parts.proper.explicit()


def _sizes(polynomial: tuple[Array, ...]) -> str:
    """Norms of some coefficients, in words."""
    return "norm " + " and ".join(f"{la.norm(D):.1e}" for D in polynomial)


def _growth(degree: int, system: LinearSystem) -> str:
    """What a polynomial part of some degree means."""
    if system.dt is not None and system.is_discrete:
        return f"improper, of degree {degree}, not causal: the output depends on inputs {counted(degree, 'step')} ahead"
    return f"improper, of degree {degree}, the gain grows like s" + (f"^{degree}" if degree > 1 else "")


def _as_it_is(model: LinearSystem) -> FiniteInfinite:
    """The result for a system without infinite eigenvalues."""
    return FiniteInfinite(proper=model, polynomial=(), index=0, finite=model.nstates, infinite=0, condition=1.0)


def _is_nonsingular(model: LinearSystem, tol: float) -> bool:
    """Whether E is nonsingular to a tolerance, in even scales; one LU factorization, sparse where A and E are."""
    if not is_sparse(model.A):
        return model.descriptor_rcond > tol
    try:
        return even_factors(model.E).rcond > tol
    except NumericalError:
        return False


def _implicit(model: LinearSystem, split: Any) -> Any:
    """Split a large sparse system without forming anything dense; None where only dense methods can, and may."""
    if split is not None:
        try:
            return implicit_split(split)
        except SingularDescriptorError:
            if not model.dense_is_affordable:
                raise
    if model.dense_is_affordable:
        return None
    raise SingularDescriptorError(
        "E",
        "as many zero rows as zero columns, and a nonsingular matrix between them",
        f"a singular matrix of order {model.nstates} of another form",
        "choose equations and variables that show which are algebraic, or make A and E dense first",
    )
