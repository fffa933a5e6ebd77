"""Poles that are not stable and hidden from inputs or outputs: with them no Riccati solution stabilizes."""

import numpy as np
import scipy.linalg as la

from ..errors import UnstableSystemError
from ..linalg.arrays import EPS, Array, adjoint, norm
from ..systems.linear_system import LinearSystem

__all__ = ["check_nothing_hidden", "nearly_hidden"]

# A hidden pole has an eigenvector that B does not reach, but for errors of eps to the power 1/k where k poles coincide;
# and several vectors to choose from where poles coincide and do not interact. Such poles are examined, an SVD each.
_SUSPECT = EPS**0.2
_CANDIDATES = 32  # of them, at most: those whose eigenvectors are nearest to being unreached
_REFINEMENTS = 4  # of a hidden pole and its vector, which converge quadratically; errors start near √eps
_NEAR = EPS**0.5  # relative distance from the boundary up to which a double pole may stand on its other side
_ROUNDING = 10 * EPS  # relative error of an entry, for every state: data that went through a few transformations
_SHOWN = 4  # hidden poles that a message lists
_INVISIBLE = 1e-6  # relative size of a real or imaginary part that six digits of a pole do not show


def nearly_hidden() -> UnstableSystemError:
    """Refusal of poles about which rounding decides."""
    return UnstableSystemError(
        "system",
        "poles on the stability boundary or beyond it that a feedback moves, and that the outputs see",
        "some that are hidden, or so nearly that double precision does not tell which feedback moves them",
        "remove hidden states by dln.minreal first",
    )


def check_nothing_hidden(plant: LinearSystem) -> None:
    """Refuse poles on the stability boundary or beyond it that the inputs do not reach, or the outputs do not see.

    Raises
    ------
    UnstableSystemError
        Naming the poles.
    """
    here = plant.coordinates
    margins = _margins(plant.schur.eigenvalues, discrete=plant.is_discrete)
    if (margins > _NEAR * norm(here.A)).all():  # nothing to hide
        return
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
