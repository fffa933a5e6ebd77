r"""The few unstable poles of a large sparse system, and the system without them, sparse as before.

.. math:: G = G_{\mathrm{kept}} + G_{\mathrm{rest}}, \qquad
   G_{\mathrm{kept}} = (W^*AV, W^*B, CV), \quad G_{\mathrm{rest}} = (E, A, \tilde Π B, C Π, D)

with bases V and W of the right and the left deflating subspace that belongs to the unstable poles, W*EV = I, and the
projectors of :mod:`dlnbalance.linalg.sparse.deflated_pencils`.
"""

from functools import cached_property
from typing import NamedTuple

import scipy.sparse as sp

from ..files.conversion import as_system
from ..linalg.arguments import instance
from ..linalg.arrays import Array, adjoint, as_matrix, whole_number
from ..linalg.sparse.deflated_pencils import DeflatedPencil
from ..linalg.sparse.pencils import SparsePencil
from ..linalg.sparse.unstable_poles import UnstablePoles, unstable_poles
from ..systems.linear_system import LinearSystem
from ..systems.signals import counted
from ..systems.sparse_only_systems import SparseOnlySystem

__all__ = ["DeflatedSystem", "UnstablePart", "split_sparse", "unstable_part"]

_SHOWN = 4  # points and poles that a statement lists


class UnstablePart(NamedTuple):
    """The deflating subspaces of the unstable poles of a sparse system.

    Attributes
    ----------
    V, W : (n, k) array
        Bases of the right and the left subspace, W*EV = I; real for a real system. The kept part is
        ``system.project(W, V)``.
    poles : (k,) array
        The poles that belong to them.
    statement : str
        How they were searched for, how well they are separated, and what could have been missed.

    See Also
    --------
    dlnbalance.decompositions.unstable_part : unstable poles of a sparse system, and their deflating subspaces.
    dlnbalance.decompositions.split_sparse : split a sparse system into a small unstable part and the rest.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.sparse as sp
    >>> import dlnbalance as dln
    >>> A = sp.diags_array([1.0, -1.0, -2.0, -3.0], format="csc")
    >>> part = dln.decompositions.unstable_part(dln.LinearSystem(A, np.ones((4, 1)), np.ones((1, 4))))
    >>> part.poles.real.round(9).tolist()
    [1.0]
    """

    V: Array
    W: Array
    poles: Array
    statement: str


class DeflatedSystem(SparseOnlySystem):
    r"""A sparse system without the part of its states that belongs to some poles.

    Its matrices are those of the whole; B and C are projected, and so is every solution of ``sparse_pencil``, so that
    the poles left out are neither reached nor observed, and rounding does not bring them back. Low-rank Gramians,
    responses and projections are those of the rest. Dense methods (``poles``, ``schur``) still see the poles that were
    left out.

    Parameters
    ----------
    system : LinearSystem
        With sparse A.
    V, W : (n, k) array
        Bases of the right and the left deflating subspace left out, W*EV = I.

    See Also
    --------
    dlnbalance.decompositions.split_sparse : split a sparse system into a small unstable part and the rest.
    dlnbalance.decompositions.UnstablePart : the deflating subspaces of the unstable poles of a sparse system.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.sparse as sp
    >>> import dlnbalance as dln
    >>> A = sp.diags_array([1.0, -1.0, -2.0, -3.0], format="csc")
    >>> _, rest = dln.decompositions.split_sparse(dln.LinearSystem(A, np.ones((4, 1)), np.ones((1, 4))))
    >>> rest.nstates
    4
    """

    def __init__(self, system: LinearSystem, V: Array, W: Array):
        system = as_system(system)
        V = as_matrix("V", V, rows=system.nstates)
        W = as_matrix("W", W, rows=system.nstates, columns=V.shape[1])
        whole = system.sparse_pencil
        pencil = DeflatedPencil(whole, whole.permute(V), whole.permute(W))
        B = pencil.unpermute(pencil.project_equations(pencil.permute(system.B)))
        C = adjoint(pencil.unpermute(pencil.project_adjoint_equations(pencil.permute(adjoint(system.C)))))
        super().__init__(
            sp.csc_array(system.A),
            B,
            C,
            system.D,
            E=None if system.E is None else sp.csc_array(system.E),
            dt=system.dt,
            inputs=system.inputs,
            outputs=system.outputs,
            states=system.states,
            name=system.name,
        )
        self.V: Array = V
        self.W: Array = W

    @cached_property
    def sparse_pencil(self) -> DeflatedPencil:
        """The pencil, whose solutions are projected."""
        whole = SparsePencil(self.A, self.E)
        return DeflatedPencil(whole, whole.permute(self.V), whole.permute(self.W))


def unstable_part(system: LinearSystem, *, most: int = 20) -> UnstablePart:
    r"""Poles of a sparse system that are unstable or on the stability boundary, with their deflating subspaces.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        With nonsingular E; sparse, as a rule: ``dlnbalance.split`` finds all poles of a small one.
    most : int
        Number of such poles from which on the search is given up.

    Returns
    -------
    UnstablePart
        Without columns where no such pole was found.

    Raises
    ------
    SingularDescriptorError
        When E is singular.
    NumericalError
        When there are more than `most` of these poles, or they are not separated from the others.

    Notes
    -----
    See :func:`~dlnbalance.linalg.sparse.unstable_poles.unstable_poles`: some sparse factorizations and some hundred
    solves with each. Poles within 1e-7 of the boundary, relative to the distance from the point that they are seen
    from, count as on it. Only for Hermitian A and E is the number proved, by Sylvester's law of inertia; low-rank
    Gramians of the rest refuse a pole that was missed, when inputs or outputs reach it.

    See Also
    --------
    split_sparse : The two systems.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.sparse as sp
    >>> A = sp.diags_array(np.append([0.0, 3.0], -np.arange(1.0, 400.0))).tocsc()
    >>> part = unstable_part(LinearSystem(A, np.ones((401, 1)), np.ones((1, 401))))
    >>> sorted(abs(part.poles).round(9).tolist())
    [0.0, 3.0]
    """
    system = as_system(system)
    most = whole_number("most", most, remedy="try 20")
    system.check_descriptor()
    pencil = system.sparse_pencil
    found = unstable_poles(pencil, discrete=system.is_discrete, most=most)
    return UnstablePart(pencil.unpermute(found.right), pencil.unpermute(found.left), found.values, _statement(found))


def split_sparse(system: LinearSystem, part: UnstablePart | None = None) -> tuple[LinearSystem, DeflatedSystem]:
    r"""Split a sparse system into its unstable part, small and dense, and the rest, sparse.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        With sparse A and nonsingular E.
    part : UnstablePart, optional
        What :func:`unstable_part` found, which is called when left out.

    Returns
    -------
    kept : LinearSystem
        (W*AV, W*B, CV) with D = 0.
    rest : DeflatedSystem
        Stable as far as it is reached or observed, with the D of the system; `kept` + `rest` has the response of
        `system`.

    See Also
    --------
    dlnbalance.split : split a system into the sum of two by its poles.
    dlnbalance.decompositions.unstable_part : unstable poles of a sparse system, and their deflating subspaces.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.sparse as sp
    >>> A = sp.diags_array(np.append([0.0, 3.0], -np.arange(1.0, 400.0))).tocsc()
    >>> system = LinearSystem(A, np.ones((401, 1)), np.ones((1, 401)))
    >>> kept, rest = split_sparse(system)
    >>> kept.nstates, bool(abs(kept(2j) + rest(2j) - system(2j)).max() < 1e-12)
    (2, True)
    """
    system = as_system(system)
    part = (
        unstable_part(system)
        if part is None
        else instance("part", part, UnstablePart, "an UnstablePart", "leave it out")
    )
    rest = DeflatedSystem(system, part.V, part.W)
    projected = system.project(part.W, part.V)
    kept = LinearSystem(
        projected.A,
        projected.B,
        projected.C,
        dt=system.dt,
        inputs=system.inputs,
        outputs=system.outputs,
    )
    return kept, rest


def _statement(found: UnstablePoles) -> str:
    """What was done, and what it leaves open, in words."""
    count, points = found.values.size, len(found.points)
    searched = "each until a search without those known found none"
    words = [f"{counted(count, 'pole')} found from {counted(points, 'point')} of the unstable region, {searched}"]
    if count:
        words.append(f"residual {found.residual:.1e}")
    if found.counted:
        words.append("number proved by Sylvester's law of inertia")
    else:
        words.append(
            f"not proved: a pole could be missed that none of the random vectors shows, of modulus above"
            f" {found.reach[1]:.2g}, or hidden by poles as near to the boundary"
        )
    if found.doubtful:
        shown = ", ".join(f"{value:.4g}" for value in found.doubtful[:_SHOWN])
        words.append(f"in doubt, for they did not converge: {shown}" + (", …" if len(found.doubtful) > _SHOWN else ""))
    return "; ".join(words)
