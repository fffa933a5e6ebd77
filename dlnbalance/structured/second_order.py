r"""Second-order systems: mechanical and electrical models by mass, damping and stiffness.

.. math:: M x'' + D x' + K x = B u, \qquad y = C_p x + C_v x' + D_u u.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

from ..errors import UnstableSystemError
from ..files.model_formats import details_to_arrays, matrices_to_arrays, read_variables
from ..files.second_order_files import second_order_arguments
from ..gramians.automatic import Automatic
from ..gramians.base import HINF_ERROR, GramianStrategy
from ..gramians.second_order_gramians import SecondOrderGramians
from ..gramians.stability import is_stable
from ..linalg.arrays import Array
from ..networks.factor_pairs import FactorPair
from ..norms.measured import Measured
from ..systems.linear_system import LinearSystem
from .damping import modal_damping, rayleigh_damping
from .model import Model, Solved, Truncated
from .second_order_form import SecondOrderForm
from .second_order_reduction import SecondOrderReduction, distance

__all__ = ["SecondOrderSystem"]


class SecondOrderSystem(SecondOrderForm, Model):
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

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.gramians.SecondOrderGramians : Gramians of positions and velocities of a second-order model.
    dlnbalance.structured.chain_of_masses : chain of equal masses, each joined to the next by a spring.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> unit, K = [[1.0, 0.0], [0.0, 1.0]], [[2.0, -1.0], [-1.0, 1.0]]
    >>> chain = SecondOrderSystem.with_rayleigh_damping(unit, K, 0.1, 0.0, [1.0, 0.0], [1.0, 0.0])
    >>> chain
    SecondOrderSystem: 2 positions, 1 input, 1 output, continuous (dt = 0), dense real, symmetric, collocated
    >>> small = dln.reduce(chain, 1).system
    >>> small.M.shape, bool(small.K[0, 0] > 0), round(chain.dcgain().item(), 12)
    ((1, 1), True, 1.0)
    """

    measure = HINF_ERROR
    values_name = SecondOrderGramians.values_name
    counted = "positions"
    takes_gramians = True

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
        >>> round(SecondOrderSystem.with_modal_damping([[2.0]], [[8.0]], 0.05, [1.0], [1.0]).D.item(), 12)
        0.4
        """
        return cls(M, modal_damping(M, K, zeta), K, B, C_position, C_velocity, **others)

    @property
    def is_stable(self) -> bool:
        """Whether the system is asymptotically stable beyond rounding; with rigid-body modes it is not.

        Large sparse systems count as stable when their low-rank Gramians can be found: as far as inputs and outputs
        reach.
        """
        if not self.first_order().is_large:
            return is_stable(self.first_order())
        if self.reduction.rigid is not None:
            return False
        try:
            self.reduction.found(Automatic())
        except UnstableSystemError:
            return False
        return True

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
        (pair,) = self.reduction.solve(gramians).pairs
        return (pair,)

    def solve(self, gramians: GramianStrategy) -> Solved:
        """Solve for the Gramian factors of the first-order form, and take the blocks that the kind asks for."""
        return self.reduction.solve(gramians)

    def truncated(self, solved: Solved, orders: Sequence[int]) -> Truncated:
        """Reduce to the leading singular triples by the bases of a kind of second-order balancing."""
        (order,) = orders
        return self.reduction.truncated(solved, order)

    def distance(self, other: Any) -> Measured:
        """H∞ norm of the difference; infinite where one is unstable, or the rigid-body modes are not the same."""
        value, place = distance(self.reduction, other.reduction)
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
