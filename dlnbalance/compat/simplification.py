r"""Reduction of models with the signatures of python-control: `balred`, `hsvd`, `minreal`, and MATLAB's `balreal`.

What comes back is of the type that came in, with its time base, signal names and name. What is different from
python-control 0.10.2:

=========  ===========================================================================================================
call       there
=========  ===========================================================================================================
`hsvd`     refuses discrete time; takes roots of the eigenvalues of W_o W_c, so that values below
           :math:`\sqrt{eps}\,σ_1` are wrong, complex or NaN
`balred`   solves the equations of continuous time for discrete systems, too, and returns dt = 0; ignores `alpha` for
           `method="truncate"` where all poles are stable; returns no list for a list of one order; loses the names
`minreal`  loses the names; leaves multiple roots of transfer functions uncancelled
`gram`     fails in "cf" and "of" where there are more inputs or outputs than states
`balreal`  does not exist
all        need slycot; refuse systems without states, complex ones and E
=========  ===========================================================================================================

Errors are those of :mod:`dlnbalance.errors`, which name a way out; those about arguments are a ``ValueError``.
"""

import warnings
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from ..balancing.balanced_forms import balance, hankel_singular_values
from ..decompositions import minimal_realizations
from ..errors import OrderError
from ..linalg.arguments import flag, one_of, real_number
from ..linalg.arrays import Array
from ..reduction.truncation import reduce
from ..systems.linear_system import LinearSystem
from .readings import as_state_space, as_timed_system, returned

__all__ = ["Balreal", "balreal", "balred", "hsvd", "minreal"]

_METHODS = {"truncate": "truncate", "matchdc": "residualize"}


class Balreal(NamedTuple):
    """A balanced realization, its Gramian's diagonal, and the change of coordinates: what MATLAB's balreal returns.

    See Also
    --------
    dlnbalance.compat.balreal : returns it.
    dlnbalance.balance : balanced realizations with a certificate.

    Examples
    --------
    >>> import control
    >>> from dlnbalance.compat import balreal
    >>> balreal(control.ss([[-1.0]], [[1.0]], [[2.0]], [[0.0]])).g.round(12).tolist()
    [1.0]
    """

    sysb: Any
    g: Array
    T: Array
    Ti: Array


def hsvd(sys: Any) -> Array:
    """Hankel singular values of a stable system, descending; continuous and discrete time.

    Parameters
    ----------
    sys : control.StateSpace, control.TransferFunction, or anything :func:`~dlnbalance.as_system` reads
        With n states. Where `dt` is None, time is continuous.

    Returns
    -------
    (n,) array
        Real and nonnegative.

    Raises
    ------
    UnstableSystemError
        When the system is not stable.

    See Also
    --------
    dlnbalance.hankel_singular_values : the same with a choice of Gramians.

    Examples
    --------
    >>> import control
    >>> import dlnbalance.compat as ct_better
    >>> ct_better.hsvd(control.ss([[0.5]], [[3.0]], [[1.0]], 0, 0.1)).round(12).tolist()
    [4.0]
    """
    return hankel_singular_values(as_timed_system(sys))


def balred(
    sys: Any,
    orders: int | Sequence[int],
    method: Literal["truncate", "matchdc"] = "truncate",
    alpha: float | None = None,
) -> Any:
    r"""Reduced models of given orders, by balanced truncation or residualization; what is not stable is kept.

    Parameters
    ----------
    sys : control.StateSpace, control.TransferFunction, or anything :func:`~dlnbalance.as_system` reads
        Continuous or discrete, stable or not. Where `dt` is None, time is continuous.
    orders : int or sequence of int
        Numbers of states, those that are kept included; a sequence asks for a model of each, from one factorization.
    method : {"truncate", "matchdc"}
        Truncation keeps D; residualization keeps the gain at frequency zero.
    alpha : float, optional
        Boundary of the poles that may be reduced, as in SLICOT's AB09MD and AB09ND: those with Re s < alpha ≤ 0, or in
        discrete time :math:`|z| < α \le 1`. The others are kept exactly. By default 0 and 1.

    Returns
    -------
    system of the type of `sys`, or a list of them for a sequence of orders

    Raises
    ------
    OrderError
        For an order below the number of kept poles or above that of states, and for one that separates equal Hankel
        singular values, where the model would not be unique; it names the nearest orders that can be had.
    InvalidArgumentError
        For another method, and for an `alpha` out of range.

    Warns
    -----
    UserWarning
        When a minimal realization has fewer states than were asked for: it is returned, as by SLICOT.

    See Also
    --------
    dlnbalance.reduce : the same, by tolerance, too, with what is proved and measured about the error.

    References
    ----------
    .. [1] A. Varga, "Coprime factors model reduction based on square-root balancing-free techniques", System Analysis,
       Modelling and Simulation 11 (1993) 303-311.
    .. [2] C. S. Hsu, D. Hou, "Reducing unstable linear control systems via real Schur transformation", Electronics
       Letters 27 (1991) 984-986.

    Examples
    --------
    >>> import control, numpy as np
    >>> import dlnbalance.compat as ct_better
    >>> slow = control.ss(np.diag([0.99, 0.5, 0.1]), np.ones((3, 1)), np.ones((1, 3)), 0, 0.1, inputs=["valve"])
    >>> small = ct_better.balred(slow, 1, method="matchdc")
    >>> small.dt, small.input_labels, bool(abs(small.dcgain() - slow.dcgain()) < 1e-10)
    (0.1, ['valve'], True)
    """
    one_of("method", method, tuple(_METHODS))
    system = as_timed_system(sys)
    try:
        found = _reduced(system, orders, method=_METHODS[method], offset=_offset(system, alpha))
    except OrderError as error:
        argument = error.argument.replace("order", "orders", 1)
        raise OrderError(argument, error.expected, error.received, error.remedy) from None
    models = found if isinstance(found, list) else [found]
    systems = [returned(model.system, sys) for model in models]
    return systems if isinstance(found, list) else systems[0]


def _reduced(system: LinearSystem, orders: Any, **how: Any) -> Any:
    """The reduced models; of no higher order than there is, as long as there are as many states."""
    try:
        return reduce(system, orders, **how)
    except OrderError as error:
        several = not isinstance(orders, int | np.integer)
        most, asked = error.largest, max(orders) if several else orders
        if most is None or asked > system.nstates:
            raise
    warnings.warn(
        f"orders: a minimal realization has {most} states to rounding, and is returned for order {asked}",
        UserWarning,
        stacklevel=3,
    )
    return reduce(system, [min(order, most) for order in orders] if several else most, **how)


def _offset(system: LinearSystem, alpha: float | None) -> float:
    """The rate of decay below which poles are kept."""
    if alpha is None:
        return 0.0
    if not system.is_discrete:
        remedy = "poles to the right of alpha are kept"
        # not −alpha, which is −0.0 for an alpha of zero
        return abs(real_number("alpha", alpha, "a number up to 0", lambda x: -np.inf < x <= 0, remedy=remedy))
    remedy = "poles outside the circle of this radius are kept"
    radius = real_number("alpha", alpha, "a number from 0 to 1", lambda x: 0 <= x <= 1, remedy=remedy)
    return abs(float(np.log(max(radius, np.finfo(float).tiny)))) / system.sampling_time


def minreal(sys: Any, tol: float | None = None, verbose: bool = True) -> Any:
    """The system without the states that no input reaches or no output reads.

    Parameters
    ----------
    sys : control.StateSpace, control.TransferFunction, or anything :func:`~dlnbalance.as_system` reads
        Stable or not, in any time base.
    tol : float, optional
        Share of the norms of the matrices up to which singular values count as zero; for transfer functions, too,
        which have another tolerance in python-control. By default a multiple of the rounding unit.
    verbose : bool
        Print how many states were removed.

    Returns
    -------
    system of the type of `sys`
        The object itself, where it is minimal.

    Raises
    ------
    InvalidArgumentError
        For a tolerance that is not between 0 and 1 (0 stands for the default, as for SLICOT).

    See Also
    --------
    dlnbalance.minreal : says how clear the decision was, and what was removed.

    Examples
    --------
    >>> import control
    >>> import dlnbalance.compat as ct_better
    >>> twice = control.tf([1.0, 2.0, 1.0], [1.0, 4.0, 6.0, 4.0, 1.0], name="twice")  # (s + 1)²/(s + 1)⁴
    >>> small = ct_better.minreal(twice)
    2 states have been removed from the model
    >>> small.den_array[0, 0].round(6).tolist(), small.name
    ([1.0, 2.0, 1.0], 'twice')
    """
    flag("verbose", verbose)
    share = None if tol is None else real_number("tol", tol)
    found = minimal_realizations.minreal(sys, share or None)
    if verbose:
        print(f"{found.full_order - found.order} states have been removed from the model")  # noqa: T201
    return found.system


def balreal(sys: Any) -> Balreal:
    r"""Balanced realization of a stable system, as MATLAB returns it; python-control has none.

    Parameters
    ----------
    sys : control.StateSpace, LinearSystem or any other state space
        Stable, continuous or discrete.

    Returns
    -------
    sysb : system of the type of `sys`
        (TAT⁻¹, TB, CT⁻¹, D), both of whose Gramians are diag(g). States of a part that is not minimal are dropped.
    g : (r,) array
        Its Hankel singular values.
    T, Ti : (r, n) and (n, r) array
        z = T x and x = Ti z.

    Raises
    ------
    UnstableSystemError
        When the system is not stable.
    InvalidArgumentError
        For transfer functions.

    See Also
    --------
    dlnbalance.balance : the same with a certificate, and other forms.

    Examples
    --------
    >>> import control
    >>> import dlnbalance.compat as ct_better
    >>> sysb, g, T, Ti = ct_better.balreal(control.ss([[-1.0]], [[4.0]], [[1.0]], 0))
    >>> g.round(12).tolist(), round(abs(sysb.B.item()), 12)
    ([2.0], 2.0)
    """
    found = balance(as_state_space(sys))
    return Balreal(returned(found.system, sys), found.hsv[: found.order], found.transform, found.inverse)
