r"""Nonlinear equations projected along balanced empirical Gramians."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..drawable import Drawable
from ..errors import InvalidArgumentError
from ..gramians.empirical import Empirical
from ..gramians.simulations import dynamics_of
from ..linalg.arguments import instance
from ..linalg.arrays import Array, frozen
from ..linalg.immutable import Immutable
from ..networks.cuts import check_cut
from ..networks.projections import projection

__all__ = ["ReducedDynamics", "reduce_dynamics"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReducedDynamics(Immutable, Drawable):
    r"""Equations in fewer states, with the calls of those that they stand for.

    .. math:: \dot z = T f(x_0 + S z, u, t), \qquad y = h(x_0 + S z, u, t), \qquad TS = I,

    and in discrete time :math:`z^+ = T (f(x_0 + S z, u, t) - x_0)`.

    Attributes
    ----------
    transform, inverse : (r, n) and (n, r) array
        T and S of z = T (x − x_0) and x = x_0 + S z.
    values : (n,) array
        All empirical singular values, descending; those from `order` on belong to what was dropped.
    x0 : (n,) array
        The state that stands for z = 0.
    discrete : bool
        Whether `f` is the next state, or the derivative.
    order, full_order : int
        Numbers of states kept and given.

    See Also
    --------
    dlnbalance.reduce_dynamics : returns them.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> kind = dln.Empirical((lambda x, u, t: -x + u[0], lambda x, u, t: x[:1]), times=20.0, x0=np.zeros(2), u0=[0.0])
    >>> dln.reduce_dynamics(kind, order=1).order
    1
    """

    transform: Array
    inverse: Array
    values: Array
    x0: Array
    discrete: bool
    _f: Callable[..., Any] = field(repr=False)
    _h: Callable[..., Any] = field(repr=False)

    @property
    def order(self) -> int:
        """Number of states kept."""
        return self.transform.shape[0]

    @property
    def full_order(self) -> int:
        """Number of states given."""
        return self.transform.shape[1]

    def lift(self, z: Array) -> Array:
        """The full state x_0 + S z, (n,), of a reduced one, (r,)."""
        return self.x0 + self.inverse @ z

    def restrict(self, x: Array) -> Array:
        """The reduced state T (x − x_0), (r,), of a full one, (n,)."""
        return self.transform @ (np.asarray(x) - self.x0)

    def f(self, z: Array, u: Array, t: float) -> Array:
        """The derivative of z, in discrete time the next z, (r,)."""
        image = np.asarray(self._f(self.lift(z), u, t))
        return self.restrict(image) if self.discrete else self.transform @ image

    def h(self, z: Array, u: Array, t: float) -> Array:
        """The outputs, (p,)."""
        return np.atleast_1d(self._h(self.lift(z), u, t))

    def __repr__(self) -> str:
        time = "discrete" if self.discrete else "continuous"
        return f"ReducedDynamics: {self.order} of {self.full_order} states, {time} time"


def reduce_dynamics(gramians: Empirical, order: int) -> ReducedDynamics:
    r"""Project nonlinear equations to the states that count most between inputs and outputs.

    .. math:: T = Σ^{-½} U^* Z_o^*, \qquad S = Z_c V Σ^{-½}, \qquad Z_o^* Z_c = U Σ V^*

    with the leading `order` singular triples of the empirical factors.

    Parameters
    ----------
    gramians : Empirical
        With a pair (f, h) or a control.NonlinearIOSystem as its simulator. It keeps its factors: further orders cost no
        simulation.
    order : int
        Number of states to keep, r.

    Returns
    -------
    ReducedDynamics
        With `f` and `h` to call, integrate, or balance again.

    Raises
    ------
    OrderError
        For an order below 0 or above the number of singular values that exceed their rounding errors, and between equal
        ones.
    InvalidArgumentError
        When the simulator has no right-hand side.
    NumericalError
        When a simulation fails.

    Notes
    -----
    Nothing is proved about the error: compare responses. The reduced equations still call f and h with all n states;
    what is saved are unknowns of an integrator, an estimator or an optimization. Where x_0 is a steady state, z = 0 is
    one, too.

    References
    ----------
    .. [1] S. Lall, J. E. Marsden, S. Glavaški, Int. J. Robust Nonlinear Control 12 (2002) 519-535.

    See Also
    --------
    dlnbalance.gramians.empirical.Empirical : the Gramians, and how they are measured.
    dlnbalance.reduce : linear systems, with these Gramians, too.

    Examples
    --------
    Masses in a line, each with a spring that hardens, and a force on the first:

    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> def f(x, u, t):
    ...     q, v = x[:4], x[4:]
    ...     stretch = np.diff(q, prepend=0.0)
    ...     force = stretch + stretch**3
    ...     return np.concatenate([v, np.append(force[1:], 0) - force - v + [u[0], 0, 0, 0]])
    >>> kind = dln.Empirical((f, lambda x, u, t: x[:1]), times=np.linspace(0, 60, 301), x0=np.zeros(8), u0=[0.0])
    >>> small = reduce_dynamics(kind, order=3)
    >>> small
    ReducedDynamics: 3 of 8 states, continuous time
    >>> small.f(np.zeros(3), [0.0], 0.0).tolist()  # the steady state stays one
    [0.0, 0.0, 0.0]
    """
    remedy = "pass dlnbalance.Empirical((f, h), times=…, x0=…, u0=…)"
    instance("gramians", gramians, Empirical, "empirical Gramians of nonlinear equations", remedy)
    dynamics = dynamics_of(gramians.simulator)
    if dynamics is None:
        raise InvalidArgumentError("gramians", "a simulator with a right-hand side", f"{gramians}", remedy)
    pair, experiment = gramians.factors, gramians.experiment
    check_cut(pair.singular_values, order, pair.rank, pair.accuracy_floor, "order", least=0)
    T, S = projection(pair, order)
    return ReducedDynamics(
        transform=frozen(T),
        inverse=frozen(S),
        values=pair.singular_values,
        x0=experiment.x0,
        discrete=experiment.discrete,
        _f=dynamics.f,
        _h=dynamics.h,
    )
