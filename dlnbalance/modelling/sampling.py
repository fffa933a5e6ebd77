"""Continuous systems to discrete time and back: c2d and d2c."""

from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..files.to_libraries import restore_type
from ..linalg.arguments import one_of, positive_number, real_number, shown
from ..systems.linear_system import LinearSystem
from .holds import held, released
from .matched_poles import matched, unmatched
from .tustin import to_disc, to_half_plane

__all__ = ["c2d", "d2c"]

_METHODS = ("zoh", "foh", "tustin", "matched")


def c2d(system: Any, dt: float, method: str = "zoh", prewarp: float | None = None) -> Any:
    r"""Sample a continuous system.

    Parameters
    ----------
    system : system
        Whatever :func:`~dlnbalance.as_system` reads, in continuous time.
    dt : float
        Sampling time h.
    method : {"zoh", "foh", "tustin", "matched"}
        ``"zoh"``: the output at the samples for inputs that are constant between them,
        :math:`A_d = e^{Ah}`. ``"foh"``: for inputs that run straight from sample to sample. ``"tustin"``:
        :math:`s = α (z - 1)/(z + 1)` with :math:`α = 2/h`; keeps sparse systems sparse, stability and Gramians.
        ``"matched"``: zeros and poles by :math:`z = e^{sh}`, one input and one output.
    prewarp : float, optional
        With ``"tustin"``, a frequency ω in rad/s below π/h at which the responses agree:
        :math:`α = ω / \tan(ωh/2)`.

    Returns
    -------
    system
        Of the kind of `system`, with its signal names. Pencils A − λE stay pencils by ``"tustin"`` only.

    Raises
    ------
    InvalidArgumentError
        For a system that is discrete already, dt or a frequency out of range, and a method that does not take the
        system (a large sparse one: ``"tustin"`` does).
    NumericalError
        When the result leaves the range of numbers, or a pole of the system is at α.

    See Also
    --------
    dlnbalance.d2c : Back.

    Notes
    -----
    O((n + m)³) for dense systems; by ``"tustin"`` one factorization, sparse where A is. States keep their names by all
    methods but ``"matched"``, which makes new ones.

    Examples
    --------
    >>> from dlnbalance import LinearSystem
    >>> integrator = LinearSystem(0, 1, 1)
    >>> [float(c2d(integrator, 0.5, method)(3.0).real.item()) for method in ("zoh", "tustin")]
    [0.25, 0.5]
    """
    plant = as_system(system)
    h = positive_number("dt", dt)
    one_of("method", method, _METHODS)
    alpha = _alpha(h, method, prewarp)
    if plant.is_discrete:
        raise InvalidArgumentError(
            "system", "a continuous system", f"dt = {plant.dt}", "use modelling.d2c first, or sample the original"
        )
    return restore_type(_sampled(plant, h, method, alpha), system)


def _sampled(plant: LinearSystem, h: float, method: str, alpha: float) -> LinearSystem:
    if not plant.nstates:
        return plant.replaced(dt=h)
    if method == "tustin":
        return to_disc(plant, alpha, h)
    _check_size(plant, method)
    return matched(plant, h) if method == "matched" else held(plant, h, method)


def d2c(system: Any, method: str = "zoh", prewarp: float | None = None) -> Any:
    r"""The continuous system of which :func:`c2d` makes a discrete one.

    Parameters
    ----------
    system : system
        Whatever :func:`~dlnbalance.as_system` reads, in discrete time with a stated sampling time.
    method : {"zoh", "foh", "tustin", "matched"}
        As in :func:`c2d`.
    prewarp : float, optional
        As in :func:`c2d`.

    Returns
    -------
    system
        Of the kind of `system`, with its signal names.

    Raises
    ------
    InvalidArgumentError
        For a continuous system, an unspecified sampling time, and poles (with ``"matched"`` zeros, too) at zero or on
        the negative real axis, to which a hold leads from no continuous system of this order.
    NumericalError
        By ``"tustin"`` for a pole at -1; else when A has no logarithm in double precision.

    Notes
    -----
    Poles faster than π/h cannot be told from slower ones: the principal logarithm takes the latter. The logarithm
    amplifies the rounding of A by its condition number; poles that decay within a sample are lost first. O(n³), by
    ``"tustin"`` one factorization.

    See Also
    --------
    dlnbalance.c2d : sample a continuous system.

    Examples
    --------
    >>> from dlnbalance import LinearSystem
    >>> d2c(c2d(LinearSystem(-2, 1, 1), 0.1)).poles().real.round(12)
    array([-2.])
    """
    plant = as_system(system)
    one_of("method", method, _METHODS)
    if not plant.is_discrete or plant.dt is True:
        raise InvalidArgumentError(
            "system",
            "a discrete system with a stated sampling time",
            f"dt = {plant.dt}",
            "give it one: as_system(system).replaced(dt=seconds)",
        )
    h = plant.sampling_time
    return restore_type(_continued(plant, h, method, _alpha(h, method, prewarp)), system)


def _continued(plant: LinearSystem, h: float, method: str, alpha: float) -> LinearSystem:
    if not plant.nstates:
        return plant.replaced(dt=0)
    if method == "tustin":
        return to_half_plane(plant, alpha)
    _check_size(plant, method)
    return unmatched(plant, h) if method == "matched" else released(plant, h, method)


def _alpha(h: float, method: str, prewarp: float | None) -> float:
    """Where Tustin's map sends infinity."""
    if prewarp is None:
        if method == "tustin" and not np.isfinite(2 / h):
            raise InvalidArgumentError("dt", "a sampling time whose inverse is a number", f"{h}", "choose a longer one")
        return 2 / h
    if method != "tustin":
        raise InvalidArgumentError("prewarp", "none without method='tustin'", shown(prewarp), "leave it out")
    omega = real_number(
        "prewarp",
        prewarp,
        f"a frequency between 0 and π/dt = {np.pi / h:.6g} rad/s",
        lambda omega: 0 < omega < np.pi / h,
        remedy="choose a frequency below Nyquist's, or a shorter sampling time",
    )
    return float(omega / np.tan(omega * h / 2))


def _check_size(plant: LinearSystem, method: str) -> None:
    if plant.is_large:
        raise InvalidArgumentError(
            "method",
            f"'tustin' for a sparse system of {plant.nstates} states",
            f"{method!r}, which makes full matrices",
            "use method='tustin', reduce the system first, or pass it with a dense A",
        )
