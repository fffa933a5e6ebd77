r"""What rounding does to a transfer function: how far the answers of double precision can be trusted.

To first order a change of the matrices of a system changes its transfer function by

.. math:: δG = C (zE - A)^{-1} (δA - z\, δE) (zE - A)^{-1} B + δC (zE - A)^{-1} B + C (zE - A)^{-1} δB ,

and rounding, of data or by a backward stable algorithm, is such a change. Here each diagonal block of the pencil errs
relative to its own norm (see :mod:`dlnbalance.systems.coordinates`), so that neither units count, nor fast
states that do not reach a slow one.
"""

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..gramians.automatic import Automatic
from ..gramians.stability import poles_refused
from ..linalg.arguments import real_number
from ..linalg.arrays import EPS, Array, adjoint, as_matrix, real_vector
from ..linalg.modal_forms import MODAL_ORDER
from ..linalg.pencils import row_norms
from ..networks.network import DeepLinearNetwork, as_network
from ..systems.linear_system import LinearSystem
from .frequencies import telling_frequencies
from .large import projected_accuracy_floor
from .rounding_terms import rounding_terms

__all__ = [
    "accuracy_floor",
    "projection_rounding",
    "rounding_at",
    "rounding_near",
]

_WORST = 12  # frequencies at which rounding is estimated then


def accuracy_floor(system: LinearSystem, network: DeepLinearNetwork | None = None) -> float:
    r"""Size of the changes in a transfer function that rounding of its matrices can cause (absolute, estimated).

    .. math:: \max_ω \; eps \, Σ_{ij} ‖(C (zE - A)^{-1})_i‖ \, (‖A_{ij}‖ + |z|\,‖E_{ij}‖) \, ‖((zE - A)^{-1} B)_j‖,

    and the same for B and C, over the blocks of states that reach each other, in well-scaled coordinates: the
    first-order bound for a perturbation of each block by one rounding error, taken at the frequencies of the least
    damped poles and at corner frequencies. Where no two states reach each other, as for diagonal A, this is the bound
    for a relative error in every entry. Hankel singular values and model errors below it are those of *some* system
    that is indistinguishable from the given one in double precision.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Stable.
    network : DeepLinearNetwork, optional
        Gramian factors of `system`, if they are there. Where they are thin, as large sparse systems need them to be,
        the norms are estimated on the model projected along them, and lifted.

    Returns
    -------
    float

    Notes
    -----
    O(n²) for each of about a hundred frequencies, after the Schur form, which the system keeps; from some 40 states on
    for a dozen of them, those where sums over the poles say that rounding does most.

    See Also
    --------
    dlnbalance.norms.rounding_near : what rounding can do to the response of a system at one frequency.
    dlnbalance.norms.rounding_at : the terms of `accuracy_floor` at each of some finite frequencies.

    Examples
    --------
    >>> accuracy_floor(LinearSystem([[-1.0]], [[1.0]], [[1.0]])) == 3 * EPS  # one for each of A, B and C
    True
    """
    system = as_system(system)
    _check_factors(system, network)
    if system.nstates == 0:
        return 0.0
    if network is None and system.is_large:
        network = Automatic()(system)
    if network is not None and (system.is_large or min(network.widths) < system.nstates):
        return projected_accuracy_floor(system, network)
    return float(rounding_terms(system, _worst(system, telling_frequencies(system))).max())


def _worst(system: LinearSystem, omega: Array) -> Array:
    """Those frequencies where sums over the poles, terms without their signs, are largest; all of them where few."""
    if system.nstates < MODAL_ORDER or system.modal is None:
        return omega
    form = system.modal
    points = system.boundary_points(omega) / system.coordinates.unit
    with np.errstate(all="ignore"):
        inverse = 1 / np.abs(points[:, None] - form.poles)
        effects = (inverse @ la.norm(form.inputs, axis=1)) * (inverse @ la.norm(form.outputs, axis=0))
    return omega[np.argsort(effects)[-_WORST:]]


def _check_factors(system: LinearSystem, network: DeepLinearNetwork | None) -> None:
    """Refuse what is no network of Gramian factors of a system."""
    if network is not None and as_network("network", network).widths[1:-1] != (system.nstates,):
        raise InvalidArgumentError(
            "network", f"Gramian factors of {system.nstates} states", f"widths {network.widths}", "leave it out"
        )


def rounding_at(system: LinearSystem, omega: Array) -> Array:
    """The terms of `accuracy_floor` at each of some finite frequencies; dense, O(n²) each.

    Parameters
    ----------
    system : LinearSystem
        Dense.
    omega : (k,) array
        Frequencies in rad/s.

    See Also
    --------
    dlnbalance.accuracy_floor : what rounding of the matrices can do to a transfer function.
    dlnbalance.norms.rounding_near : what rounding can do to the response of a system at one frequency.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> terms = rounding_at(LinearSystem([[-1.0]], [[1.0]], [[1.0]]), np.array([0.0, 1.0]))
    >>> bool((terms < 1e-14).all())
    True
    """
    return rounding_terms(as_system(system), real_vector("omega", omega))


def rounding_near(system: LinearSystem, frequency: float, network: DeepLinearNetwork | None = None) -> float:
    """What rounding can do to the response of a system at one frequency; its accuracy floor where it is large.

    Parameters
    ----------
    system : LinearSystem
        Dense or sparse.
    frequency : float
        In rad/s; infinity stands for D.
    network : DeepLinearNetwork, optional
        Gramian factors of a large system, as :func:`accuracy_floor` takes them.

    See Also
    --------
    dlnbalance.accuracy_floor : what rounding of the matrices can do to a transfer function.
    dlnbalance.norms.rounding_at : the terms of `accuracy_floor` at each of some finite frequencies.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> 0 < rounding_near(LinearSystem([[-1.0]], [[1.0]], [[1.0]]), 0.0) < 1e-14
    True
    """
    system = as_system(system)
    frequency = real_number("frequency", frequency, "a real number", lambda omega: not np.isnan(omega))
    _check_factors(system, network)
    feedthrough = EPS * float(la.norm(system.D))
    if system.nstates == 0 or not np.isfinite(frequency):
        return feedthrough
    if system.is_large:
        return accuracy_floor(system, network) + feedthrough
    return float(rounding_at(system, np.array([frequency]))[0]) + feedthrough


def projection_rounding(full: LinearSystem, reduced: LinearSystem, left: Array, right: Array) -> float:
    r"""Size of the changes that rounding in a projection causes in the transfer function of the projected system.

    Parameters
    ----------
    full, reduced : LinearSystem
        A system and its projection (W*AV, W*B, CV, D).
    left, right : (n, r) array
        W and V, W*EV = I as far as rounding allows: what is missing counts.

    Returns
    -------
    float
        The first-order bound with :math:`|δA_r| ≤ eps |W^*||A||V| + |z||W^*EV - I|`, and so on for B and C, at its
        largest over the frequencies of the reduced system.

    See Also
    --------
    dlnbalance.accuracy_floor : what rounding of the matrices can do to a transfer function.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> system = LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> 0 < projection_rounding(system, system, np.eye(1), np.eye(1)) < 1e-14
    True
    """
    full, reduced = as_system(full), as_system(reduced)
    left, right = (
        as_matrix(name, basis, rows=full.nstates, columns=reduced.nstates)
        for name, basis in (("left", left), ("right", right))
    )
    if reduced.nstates == 0:
        return 0.0
    here, schur = reduced.coordinates, reduced.schur
    omega = telling_frequencies(reduced)
    points = reduced.boundary_points(omega)
    magnitudes = np.abs(left).T, np.abs(right)
    A = magnitudes[0] @ (abs(full.shifted_to_dc()) @ magnitudes[1])
    E = magnitudes[0] @ (abs(full.descriptor_or_identity()) @ magnitudes[1])
    missing = np.abs(adjoint(left) @ (full.descriptor_or_identity() @ right) - np.eye(reduced.nstates)) + EPS * E
    scale, unit = here.states, here.unit
    with poles_refused(reduced, omega):
        reach = row_norms(schur.Z, schur.resolvent(points / unit, here.B))
        observe = row_norms(schur.adjoint.Z, schur.adjoint.resolvent(points.conj() / unit, adjoint(here.C)))

    def seen(M: Array) -> Array:
        return np.sum(observe * ((M * scale / scale[:, None] / unit) @ reach), axis=0)

    with np.errstate(over="ignore"):  # what is out of range is not known to any digit: infinite
        entering = la.norm(magnitudes[0] @ np.abs(full.B), axis=1) / scale / np.sqrt(unit)
        leaving = la.norm(np.abs(full.C) @ magnitudes[1], axis=0) * scale / np.sqrt(unit)
    distance = np.abs(points - reduced.dc_point)
    own = np.abs(reduced.A) if full.is_discrete else 0.0  # the sum I + W*(A − E)V is rounded, too
    changes = EPS * seen(A + own) + distance * seen(missing)
    return float((changes + EPS * (entering @ observe + leaving @ reach)).max())
