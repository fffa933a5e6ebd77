r"""Normalized coprime factors of a system, stable or not: G = N M⁻¹ = M̃⁻¹ Ñ with an inner and a co-inner factor."""

from typing import Any, Literal, NamedTuple

import numpy as np
import scipy.linalg as la

from ..errors import UnstableSystemError
from ..files.conversion import as_system
from ..files.from_libraries import library_of
from ..files.to_libraries import restore_type
from ..linalg.arguments import one_of
from ..linalg.arrays import EPS, Array, adjoint, dense, norm
from ..linalg.riccati import Feedback, energy_feedback
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem
from .stability import check_stable

__all__ = ["normalized_coprime_factors"]

Side = Literal["right", "left"]

#: Which factors there are: N M⁻¹, M̃⁻¹ Ñ.
SIDES: tuple[Side, ...] = "right", "left"

# A hidden pole has an eigenvector that B does not reach, but for errors of eps to the power 1/k where k poles coincide;
# and several vectors to choose from where poles coincide and do not interact. Such poles are examined, an SVD each.
_SUSPECT = EPS**0.2
_CANDIDATES = 32  # of them, at most: those whose eigenvectors are nearest to being unreached
_REFINEMENTS = 4  # of a hidden pole and its vector, which converge quadratically; errors start near √eps
_NEAR = EPS**0.5  # relative distance from the boundary up to which a double pole may stand on its other side
_ROUNDING = 10 * EPS  # relative error of an entry, for every state: data that went through a few transformations
_SHOWN = 4  # hidden poles that a message lists
_INVISIBLE = 1e-6  # relative size of a real or imaginary part that six digits of a pole do not show


class Factors(NamedTuple):
    """Normalized coprime factors as one system, and how well their feedback is known (relative)."""

    system: LinearSystem
    correction: float


def normalized_coprime_factors(system: Any, side: Side = "right") -> Any:
    r"""Normalized coprime factors of a system, as one stable system.

    .. math:: G = N M^{-1}, \quad N^*N + M^*M = I \qquad\text{("right")}, \qquad\qquad
              G = \tilde M^{-1} \tilde N, \quad \tilde M \tilde M^* + \tilde N \tilde N^* = I \qquad\text{("left")}

    on the stability boundary. The right factor is the system under the feedback :math:`u = Fx + R^{-1/2} v`,

    .. math:: \begin{pmatrix} N \\ M \end{pmatrix} = \left[\begin{array}{c|c}
              A + BF & BR^{-1/2} \\ \hline C + DF & DR^{-1/2} \\ F & R^{-1/2} \end{array}\right], \qquad
              F = -R^{-1}(D^*C + B^*X), \quad R = I + D^*D

    in continuous time, and :math:`F = -R^{-1}(D^*C + B^*XA)`, :math:`R = I + D^*D + B^*XB` in discrete time, where X is
    the stabilizing solution of the Riccati equation and the observability Gramian of the factor. The left factor is
    that of the adjoint system.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Stable or not, continuous or discrete, real or complex, E nonsingular; n states, m inputs, p outputs.
    side : {"right", "left"}
        Which factorization.

    Returns
    -------
    LinearSystem (python-control objects give their own kind, scipy.signal objects a state space)
        "right": (N; M), with m inputs and p + m outputs, named after the outputs and inputs of the system. "left":
        (M̃, Ñ), with p + m inputs, named after the outputs and inputs of the system, and p outputs. In the states of the
        system; E is solved away.

    Raises
    ------
    UnstableSystemError
        When a pole that is not stable is hidden from the inputs or the outputs, or so nearly that rounding decides: no
        feedback moves it. The message names the poles.
    InvalidArgumentError
        When ``dt`` is None, or for another side.
    SingularDescriptorError
        When E is singular.
    NumericalError
        When the feedback is out of the range of numbers.

    Notes
    -----
    The invariant subspace of a Hamiltonian matrix (of a symplectic pencil in discrete time) in well-scaled coordinates,
    refined by Newton's method, whose steps solve Lyapunov equations for a factor of X. About 300 n³ flops, in discrete
    time 800 n³. M is unique up to a unitary factor; here M(∞) = R^{-1/2} is positive definite.

    References
    ----------
    .. [1] D. G. Meyer, G. F. Franklin, "A connection between normalized coprime factorizations and linear quadratic
       regulator theory", IEEE Trans. Automat. Control 32 (1987) 227-228.
    .. [2] M. Vidyasagar, "Normalised coprime factorizations for nonstrictly proper systems", IEEE Trans. Automat.
       Control 33 (1988) 300-301.
    .. [3] K. Zhou, J. C. Doyle, K. Glover, "Robust and Optimal Control", Prentice Hall 1996, section 13.8.

    See Also
    --------
    dlnbalance.gramians.coprime.Coprime : balanced truncation of the factors.
    dlnbalance.norms.gaps.nu_gap : how far two systems are apart under feedback.

    Examples
    --------
    >>> unstable = LinearSystem([[1.0]], [[1.0]], [[1.0]])
    >>> factors = normalized_coprime_factors(unstable)  # N = 1/(s + √2), M = (s − 1)/(s + √2)
    >>> factors.poles().real.round(12).tolist()
    [-1.414213562373]
    >>> abs(factors(1.0)).ravel().round(12).tolist()
    [0.414213562373, 0.0]
    """
    factors = factors_of(as_system(system), side).system
    # The transfer functions of scipy.signal hold one input and one output, and factors have more.
    return factors.to_scipy() if library_of(system) == "scipy" else restore_type(factors, system)


def factors_of(system: LinearSystem, side: Side) -> Factors:
    """Return the normalized coprime factors of a linear system, as :func:`normalized_coprime_factors` does."""
    one_of("side", side, SIDES)
    plant = as_system(system).explicit()
    here, unit = plant.coordinates, np.sqrt(plant.coordinates.unit)
    discrete = plant.is_discrete
    _check_hidden(plant)
    A, B, C, D = here.A, here.B, here.C, plant.D
    if side == "left":
        A, B, C, D = adjoint(A), adjoint(C), adjoint(B), adjoint(D)
    try:
        feedback = energy_feedback(A, B, C, D, discrete=discrete)
    except np.linalg.LinAlgError as error:
        raise _near_hidden() from error
    with np.errstate(over="ignore", invalid="ignore"):
        matrices = _right(plant, unit, feedback) if side == "right" else _left(plant, unit, feedback)
    if not all(np.isfinite(M).all() for M in matrices):
        raise out_of_range("feedback")
    names = {"outputs" if side == "right" else "inputs": _names(plant)}
    factors = LinearSystem(*matrices, dt=plant.dt, states=plant.states, name=plant.name, **names)
    try:
        check_stable(factors)
    except UnstableSystemError as error:
        raise _near_hidden() from error
    return Factors(factors, feedback.correction)


def _right(plant: LinearSystem, unit: float, feedback: Feedback) -> tuple[Array, Array, Array, Array]:
    """The plant under a feedback that was found in its well-scaled coordinates."""
    gain, root = unit * feedback.gain / plant.coordinates.states, feedback.root
    return (
        dense(plant.A) + plant.B @ gain,
        plant.B @ root,
        np.vstack([plant.C + plant.D @ gain, gain]),
        np.vstack([plant.D @ root, root]),
    )


def _left(plant: LinearSystem, unit: float, feedback: Feedback) -> tuple[Array, Array, Array, Array]:
    """The plant under an output injection, which is a feedback of its adjoint."""
    gain, root = unit * plant.coordinates.states[:, None] * adjoint(feedback.gain), feedback.root
    return (
        dense(plant.A) + gain @ plant.C,
        np.hstack([gain, plant.B + gain @ plant.D]),
        root @ plant.C,
        np.hstack([root, root @ plant.D]),
    )


def _names(plant: LinearSystem) -> tuple[str, ...] | None:
    """Names of the outputs and inputs; None where some name stands for both."""
    names = plant.outputs + plant.inputs
    return names if len(set(names)) == len(names) else None


def _near_hidden() -> UnstableSystemError:
    return UnstableSystemError(
        "system",
        "poles on the stability boundary or beyond it that a feedback moves, and that the outputs see",
        "some that are hidden, or so nearly that double precision does not tell which feedback moves them",
        "remove hidden states by dln.minreal first",
    )


def _check_hidden(plant: LinearSystem) -> None:
    """Refuse poles on the stability boundary or beyond it that the inputs do not reach, or the outputs do not see."""
    here = plant.coordinates
    sides = {
        "not reached by the inputs": _hidden_poles(here.A, here.B, discrete=plant.is_discrete),
        "not seen by the outputs": _hidden_poles(adjoint(here.A), adjoint(here.C), discrete=plant.is_discrete).conj(),
    }
    found = [f"{_listed(here.unit * poles)} ({how})" for how, poles in sides.items() if poles.size]
    if found:
        raise UnstableSystemError(
            "system",
            "no hidden pole on the stability boundary or beyond it",
            ", ".join(found),
            "remove them by dln.minreal, they are no part of the transfer function",
        )


def _hidden_poles(A: Array, B: Array, *, discrete: bool) -> Array:
    """Eigenvalues of A that are not stable and that B does not reach: some w*(A − λI, B) = 0, as far as rounding."""
    if A.shape[0] == 0:
        return np.zeros(0, dtype=complex)
    poles, left = la.eig(A, left=True, right=False, check_finite=False)
    scale, margins = norm(A), _margins(poles, discrete=discrete)
    reached = la.norm(adjoint(left) @ B, axis=1)
    alone = np.sort(np.abs(poles[:, None] - poles), axis=1)[:, 1:2].min(axis=1, initial=np.inf)
    suspect = (reached <= _SUSPECT * norm(B)) | (alone <= _SUSPECT * np.abs(poles).max())
    suspects = np.flatnonzero(suspect & (margins <= _NEAR * scale))
    nearest = suspects[np.argsort(reached[suspects])[:_CANDIDATES]]
    examined = [_nearest_hidden(A, B, poles[k]) for k in nearest]
    hidden = np.array([pole for pole, is_hidden in examined if is_hidden], dtype=complex)
    return hidden[_margins(hidden, discrete=discrete) <= _ROUNDING * len(A) * scale]


def _margins(poles: Array, *, discrete: bool) -> Array:
    return 1 - np.abs(poles) if discrete else -poles.real


def _nearest_hidden(A: Array, B: Array, pole: complex) -> tuple[complex, bool]:
    """The pole next to a given one for which (A − λI, B) is nearest to losing rank, and whether it does.

    It does when changes of a few eps of every entry of A and B do it. Newton's method for the least singular value.
    """
    n, reach = A.shape[0], _SUSPECT * norm(A)
    w, least, tried = np.zeros(n), np.inf, pole
    for _ in range(_REFINEMENTS):
        pencil = np.hstack([A - tried * np.eye(n), B])
        left, sizes, right = la.svd(pencil, full_matrices=False, check_finite=False)
        slope = np.vdot(left[:, -1], right[-1, :n].conj())
        if sizes[-1] < least:
            w, least, pole = left[:, -1], sizes[-1], tried
        if not sizes[-1] < abs(slope) * reach:  # no zero near by
            break
        tried += complex(sizes[-1] / slope)
    residual = np.hstack([w.conj() @ A - pole * w.conj(), w.conj() @ B])
    size = np.abs(w) @ np.hstack([np.abs(A) + abs(pole) * np.eye(n), np.abs(B)])
    return pole, bool(norm(residual[None]) <= _ROUNDING * n * norm(size[None]))


def _listed(poles: Array) -> str:
    """Poles in words, some left out where there are many."""
    parts = [[part if abs(part) > _INVISIBLE * abs(pole) else 0.0 for part in (pole.real, pole.imag)] for pole in poles]
    words = [f"{complex(real, imag):.6g}" if imag else f"{real:.6g}" for real, imag in parts]
    return ", ".join(words if len(words) <= _SHOWN else [*words[:_SHOWN], f"and {len(words) - _SHOWN} more"])
