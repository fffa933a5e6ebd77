r"""Modes that an input does not reach: left deflating subspaces that are orthogonal to B, cluster by cluster.

A staircase of many steps cannot find them all: rounding of one step grows in those that follow. The subspace of a
cluster of eigenvalues is known as well as the cluster is separated from the others, and its staircase is short.
"""

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from .arrays import Array, Flags, Indices, adjoint, product
from .deflating_subspaces import reordered
from .pencils import SchurForm, schur_form
from .staircase import Staircase, staircase

__all__ = ["Modes", "mode_staircase"]

# Eigenvalues that differ by less, relative to the largest, are looked at together: rounding moves threefold ones by the
# third root of eps, and a cluster that is too large costs nothing but a few steps more.
_CLUSTER = 1e-5
# Isolated modes are looked at where what B has of their eigenvectors is that near to the tolerance: eigenvectors err by
# eps over the distance to others, at most 1e5 eps.
_SUSPECT = 1e3


class Modes:
    """Eigenvalues and eigenvectors of length one of a pencil; one eigenvalue problem, computed when it is made.

    Parameters
    ----------
    A : (n, n) array
    E : (n, n) array or None
        Nonsingular; None is the identity.
    """

    def __init__(self, A: Array, E: Array | None):
        self.A, self.E = A, E
        self.values, left, right = la.eig(A, E, left=True, right=True, check_finite=False)
        self.left, self.right = left / la.norm(left, axis=0), right / la.norm(right, axis=0)

    @property
    def adjoint(self) -> "Modes":
        """Those of the adjoint pencil, for what an output reads."""
        other = object.__new__(Modes)
        other.A, other.E = adjoint(self.A), None if self.E is None else adjoint(self.E)
        other.values, other.left, other.right = self.values.conj(), self.right, self.left
        return other

    def coupling(self, B: Array) -> Array:
        """How much an input has of each mode: ‖y*B‖ with y*(A − λE) = 0, ‖y‖ = 1."""
        return la.norm(product(adjoint(self.left), B.astype(self.left.dtype)), axis=1)

    def clusters(self, B: Array, threshold: float) -> list[Array]:
        """Eigenvalues that B may not reach: clusters, and isolated ones whose coupling is near the threshold."""
        n = self.values.size
        radius = _radius(self.values)
        near = np.abs(self.values[:, None] - self.values) <= radius
        multiple = near.sum(axis=1) > 1
        if not np.iscomplexobj(self.A):  # conjugate poles go together
            near |= np.abs(self.values[:, None] - self.values.conj()) <= radius
        count, labels = connected_components(sp.csr_array(near), directed=False) if n else (0, np.zeros(0, int))
        suspect = multiple | (self.coupling(B) <= _SUSPECT * threshold)
        return [self.values[labels == k] for k in range(count) if suspect[labels == k].any()]


def mode_staircase(modes: Modes, B: Array, rtol: float, sizes: tuple[float, float]) -> Staircase | None:
    r"""Find deflating subspaces that no input reaches, one cluster of eigenvalues after the other.

    Parameters
    ----------
    modes : Modes
        Of the pencil (A, E).
    B : (n, m) array
    rtol, sizes
        As in :func:`~dlnbalance.linalg.staircase.staircase`, which is applied to each cluster.

    Returns
    -------
    Staircase or None
        Bases as of a staircase form, with one block; None when all modes are reached.

    Notes
    -----
    Every subspace that B does not reach is the sum of its parts in the clusters. Of each cluster in question an ordered
    Schur form (for pencils, ordered QZ) gives the left deflating subspace, O(n²) per eigenvalue.

    References
    ----------
    .. [1] V. M. Popov, V. Belevitch, M. L. J. Hautus: (λE − A, B) has full rank for every λ.

    Examples
    --------
    >>> A, B = np.diag([-1.0, -1.0, -2.0]), np.ones((3, 1))  # one of the two equal poles is not reached
    >>> mode_staircase(Modes(A, None), B, 1e-12, (1.0, 1.0)).order
    2
    """
    clusters = modes.clusters(B, rtol * sizes[0])
    if not clusters:
        return None
    form = schur_form(modes.A, modes.E)
    rows, columns, kept, dropped = [], [], np.inf, 0.0
    for cluster in clusters:
        Q, S, T, Z = _last(form, _members(form.eigenvalues, cluster))
        here = staircase(S, T, product(adjoint(Q), B.astype(Q.dtype)), rtol, sizes)
        rows.append(Q @ here.left[:, here.order :])
        columns.append(Z @ here.right[:, here.order :])
        kept, dropped = min(kept, here.kept), max(dropped, here.dropped)
    hidden = sum(part.shape[1] for part in rows)
    if hidden == 0:
        return None
    left, right = _completed(np.hstack(rows)), _completed(np.hstack(columns))
    order = left.shape[0] - hidden
    return Staircase(left=left, right=left if modes.E is None else right, sizes=(order,), kept=kept, dropped=dropped)


def _radius(values: Array) -> float:
    """Distance up to which eigenvalues are looked at together."""
    return _CLUSTER * float(np.abs(values).max(initial=0.0))


def _members(values: Array, cluster: Array) -> Flags:
    """Eigenvalues of a Schur form that are those of a cluster, which were computed otherwise."""
    distances = np.abs(values[:, None] - cluster)
    nearest = np.isin(np.arange(values.size), np.argmin(distances, axis=0))  # where rounding moved them by more
    return nearest | (distances.min(axis=1) <= _radius(values))


def _last(form: SchurForm, chosen: Flags) -> tuple[Array, Array, Array | None, Array]:
    """Trailing blocks of a Schur form with the chosen eigenvalues last: Q* (A − λE) = (S − λT) Z*."""
    ordered, others, *_ = reordered(form, ~chosen)
    last = slice(others, None)
    T = None if ordered.T is None else ordered.T[last, last]
    return ordered.Q[:, last], ordered.S[last, last], T, ordered.Z[:, last]


def _completed(basis: Array) -> Array:
    """A unitary matrix whose trailing columns span what these columns span."""
    Q = la.qr(basis, check_finite=False)[0]
    order: Indices = np.roll(np.arange(Q.shape[0]), Q.shape[0] - basis.shape[1])
    return Q[:, order]
