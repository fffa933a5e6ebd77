r"""Invariant subspaces of an operator that is only applied to vectors, by a restarted Arnoldi process (Krylov–Schur).

Schur vectors, not eigenvectors: a multiple eigenvalue, such as that of a double integrator, has too few of the latter.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..arrays import EPS, Array, Flags, adjoint, norm
from ..deflating_subspaces import reordered
from ..pencils import SchurForm

__all__ = ["InvariantSubspace", "krylov_values", "leading_subspace"]

_CONVERGED = 1e-11  # residual of a Ritz vector relative to its value; rounding leaves eps of the largest value
_KEPT = 0.4  # share of the basis that a restart keeps beyond the eigenvalues wanted: half gains, half remembers

#: Says of Ritz values: how much each leads, which are wanted, and from which residual on they are known to be neither.
Judge = Callable[[Array], tuple[Array, Flags, Array]]


class InvariantSubspace(NamedTuple):
    """A subspace X with T X = X S.

    Attributes
    ----------
    basis : (n, k) array
        X, orthonormal columns.
    values : (k,) array
        Eigenvalues of S.
    residual : float
        ‖T X − X S‖ / ‖T‖, the norm of T estimated by that of its projection.
    doubtful : array
        Ritz values that are wanted and did not converge, or not far enough to be told apart from wanted ones.
    """

    basis: Array
    values: Array
    residual: float
    doubtful: Array


def leading_subspace(
    apply: Callable[[Array], Array],
    start: Array,
    judge: Judge,
    *,
    steps: int,
    restarts: int,
) -> InvariantSubspace:
    r"""Invariant subspace of the wanted eigenvalues of an operator T, as far as Arnoldi's process sees them.

    Parameters
    ----------
    apply : callable
        x ↦ T x for a vector; real where `start` is.
    start : (n,) array
        First vector, random.
    judge : callable
        Maps Ritz values (j,) to (ranks, wanted, margins): the larger its rank the longer a Ritz value is kept; `wanted`
        are those whose subspace is returned; an unwanted one is known to be none when its residual is below its margin.
    steps : int
        Dimension of the Krylov space.
    restarts : int
        Times that it is built up at most.

    Returns
    -------
    InvariantSubspace
        Real for a real operator. The process ends when all that is wanted has converged to 1e-11 and no unwanted
        Ritz value is in doubt, or after the last restart: then `residual` and `doubtful` say what was reached.

    Notes
    -----
    `steps` operations and O(n steps²) flops for each restart. One vector alone sees one eigenvector of each eigenvalue:
    search again in the complement for others.

    References
    ----------
    .. [1] G. W. Stewart, "A Krylov–Schur algorithm for large eigenproblems", SIAM J. Matrix Anal. Appl. 23 (2002)
       601-614.

    Examples
    --------
    >>> def judge(values):
    ...     return values.real, values.real > 8.5, np.full(values.size, 0.1)
    >>> found = leading_subspace(lambda x: np.arange(10.0) * x, np.ones(10), judge, steps=6, restarts=20)
    >>> found.values.real.round(12).tolist(), abs(found.basis.ravel()).round(12).tolist()[-2:]
    ([9.0], [0.0, 1.0])
    """
    steps = min(steps, start.size)
    Q: Array = np.zeros((start.size, steps + 1), dtype=start.dtype, order="F")
    H: Array = np.zeros((steps + 1, steps), dtype=start.dtype)
    Q[:, 0] = start / la.norm(start)
    rng, kept = np.random.default_rng(0), 0
    for restart in range(restarts):
        for j in range(kept, steps):
            _extend(apply, Q, H, j, rng)
        schur = la.schur(H[:steps], output="real" if np.isrealobj(H) else "complex", check_finite=False)
        values, residuals = _ritz(*schur, H[steps])
        ranks, wanted, margins = judge(values)
        settled = wanted & (residuals <= _CONVERGED * np.abs(values))
        unsure = np.where(wanted, ~settled, residuals > margins)
        if not unsure.any() or restart == restarts - 1 or steps == start.size:
            T, Z, count = _led_by(*schur, settled)
            residual = float(la.norm(H[steps] @ Z[:, :count])) / (norm(H) or 1.0)
            found = _eigenvalues(T[:count, :count])
            return InvariantSubspace(Q[:, :steps] @ Z[:, :count], found, residual, values[unsure])
        count = int(np.count_nonzero(wanted))
        leading = np.argsort(np.where(wanted, np.inf, ranks))[::-1][: count + int(_KEPT * (steps - count))]
        T, Z, kept = _led_by(*schur, np.isin(np.arange(steps), leading))
        Q[:, : kept + 1] = np.hstack([Q[:, :steps] @ Z[:, :kept], Q[:, steps:]])
        row, H[:] = H[steps] @ Z[:, :kept], 0
        H[:kept, :kept], H[kept, :kept] = T[:kept, :kept], row
    raise AssertionError("the last restart returns")


def krylov_values(apply: Callable[[Array], Array], start: Array, *, steps: int) -> Array:
    """Ritz values of an operator on one Krylov space: the outermost are near eigenvalues."""
    steps = min(steps, start.size)
    Q: Array = np.zeros((start.size, steps + 1), dtype=start.dtype, order="F")
    H: Array = np.zeros((steps + 1, steps), dtype=start.dtype)
    Q[:, 0] = start / la.norm(start)
    rng = np.random.default_rng(0)
    for j in range(steps):
        _extend(apply, Q, H, j, rng)
    return la.eigvals(H[:steps], check_finite=False)


def _extend(apply: Callable[[Array], Array], Q: Array, H: Array, j: int, rng: np.random.Generator) -> None:
    """One step of Arnoldi's process, orthogonalized twice; a random direction where the space is invariant."""
    basis = Q[:, : j + 1]
    vector = apply(Q[:, j])
    size = la.norm(vector)
    for _ in range(2):
        parts = adjoint(basis) @ vector
        vector = vector - basis @ parts
        H[: j + 1, j] += parts
    length = la.norm(vector)
    if length <= EPS * size * np.sqrt(Q.shape[0]) or j + 1 == Q.shape[0]:
        vector, H[j + 1, j] = rng.standard_normal(Q.shape[0]).astype(Q.dtype), 0
        for _ in range(2):
            vector = vector - basis @ (adjoint(basis) @ vector)
        Q[:, j + 1] = vector / (la.norm(vector) or 1.0)
        return
    H[j + 1, j], Q[:, j + 1] = length, vector / length


def _ritz(T: Array, Z: Array, last: Array) -> tuple[Array, Array]:
    """Ritz values in the order of a Schur form, and the residuals of their Ritz vectors."""
    if np.isrealobj(T):
        T, Z = la.rsf2csf(T, Z, check_finite=False)
    values, row = np.diag(T), last @ Z
    smallest = EPS * norm(T) or 1.0
    residuals = np.empty(values.size)
    for i, value in enumerate(values):
        shifted = T[:i, :i] - value * np.eye(i)
        diagonal = np.diag(shifted)
        np.fill_diagonal(shifted, np.where(np.abs(diagonal) < smallest, smallest, diagonal))
        vector = np.append(la.solve_triangular(shifted, -T[:i, i], check_finite=False) if i else [], 1)
        residuals[i] = abs(row[: i + 1] @ vector) / la.norm(vector)
    return values, residuals


def _led_by(T: Array, Z: Array, selected: Flags) -> tuple[Array, Array, int]:
    """Schur form with the eigenvalues selected in front, and their number; of a real pair both go."""
    ordered, count, *_ = reordered(SchurForm(S=T, T=None, Q=Z, Z=Z), selected)
    return ordered.S, ordered.Z, count


def _eigenvalues(T: Array) -> Array:
    return np.diag(T).copy() if np.iscomplexobj(T) else la.eigvals(T, check_finite=False) if T.size else np.zeros(0)
