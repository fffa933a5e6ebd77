r"""Framed quiver representations: the one object behind networks and systems.

Vertices carry spaces :math:`F^{n_v}`; an arrow *a* carries a matrix :math:`W_a` that maps the space at its tail
to the space at its head. *Framing* vertices (inputs, outputs) keep their coordinates; at every other, *gauged*
vertex acts a group of coordinate changes,

.. math:: W_a \mapsto T_{head(a)} W_a T_{tail(a)}^{-1}.

A deep linear network, a pair of Gramian factors and a state-space model (A, B, C) are all of this kind, and a
realization is *balanced* when it minimizes the energy :math:`E = ½ Σ‖W_a‖²` on its gauge orbit. By Kempf and
Ness that happens exactly where the moment map vanishes. There is no iteration in this module: only the
geometry that every algorithm needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import instance, items, text
from ..linalg.arrays import Array, adjoint, as_matrix, factorized, in_range

__all__ = ["Arrow", "Representable", "Representation"]


@dataclass(frozen=True, eq=False)
class Arrow:
    """One arrow of a quiver with the matrix that it carries.

    Parameters
    ----------
    tail, head : str
        Names of the vertices where the arrow starts and ends.
    matrix : (n_head, n_tail) array_like
        The linear map from the space at `tail` to the space at `head`.

    See Also
    --------
    dlnbalance.Representation : a representation of a framed quiver, real or complex.

    Examples
    --------
    >>> Arrow("input", "hidden", np.eye(2)).head
    'hidden'
    """

    tail: str
    head: str
    matrix: Array


class Representation:
    r"""A representation of a framed quiver, real or complex.

    Parameters
    ----------
    arrows : sequence of Arrow
        Parallel arrows and loops are allowed.
    gauged : sequence of str
        The vertices where the gauge group acts, in the order in which gauge elements are passed and moments are
        returned. Every other vertex is framing.

    Raises
    ------
    InvalidArgumentError
        When two arrows disagree about the dimension of a vertex, or a gauged vertex meets no arrow.

    Notes
    -----
    With ⟨X, Y⟩ = Re tr(X*Y), *ρ* the infinitesimal action b ↦ w_b and *ρ** its adjoint, the moment map is
    ρ*(W), its pairing with b is the derivative dE(w_b), and the Gram operator is H = ρ*ρ, so that
    dμ(w_b) = H(b) + H(b)*.

    References
    ----------
    .. [1] G. Kempf, L. Ness, "The length of vectors in representation spaces", LNM 732, 1979.
    .. [2] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Lemmas "moments" and "pushforward".

    See Also
    --------
    dlnbalance.minimize : find the point of least norm on the gauge orbit of a representation.
    dlnbalance.quiver.Arrow : one arrow of a quiver with the matrix that it carries.

    Examples
    --------
    The state-space model x' = -x + 2u, y = x is a quiver with one gauged vertex and a loop:

    >>> model = Representation(
    ...     [Arrow("u", "x", [[2.0]]), Arrow("x", "x", [[-1.0]]), Arrow("x", "y", [[1.0]])], gauged=["x"]
    ... )
    >>> model.energy
    3.0
    >>> model.moment_map()[0].item()  # BB* - C*C + [A, A*]
    3.0
    >>> scaled = model.act([[[2.0**-0.5]]])  # x -> x/√2 makes B and C equally large
    >>> round(scaled.energy, 12), round(abs(scaled.moment_map()[0].item()), 12)
    (2.5, 0.0)
    """

    def __init__(self, arrows: Sequence[Arrow], gauged: Sequence[str]):
        self.arrows: tuple[Arrow, ...] = tuple(map(_checked, items("arrows", arrows, "a sequence of arrows")))
        self.gauged: tuple[str, ...] = tuple(
            text("gauged", vertex, "names of vertices") for vertex in items("gauged", gauged, "a sequence of names")
        )
        self._dimensions: dict[str, int] = {}
        for arrow in self.arrows:
            for vertex, size in zip((arrow.head, arrow.tail), arrow.matrix.shape, strict=True):
                if self._dimensions.setdefault(vertex, size) != size:
                    raise InvalidArgumentError(
                        f"arrow {arrow.tail}→{arrow.head}",
                        f"dimension {self._dimensions[vertex]} at vertex {vertex!r}",
                        f"{size}",
                        "let the arrows that meet at a vertex agree about its dimension",
                    )
        if len(set(self.gauged)) < len(self.gauged):
            raise InvalidArgumentError(
                "gauged", "different vertices", f"{list(self.gauged)}", "one group acts at every vertex: list it once"
            )
        for vertex in self.gauged:
            if vertex not in self._dimensions:
                raise InvalidArgumentError(
                    "gauged", "vertices that an arrow touches", repr(vertex), "leave out the isolated vertex"
                )

    @property
    def matrices(self) -> tuple[Array, ...]:
        """The matrices W_a, in the order of the arrows."""
        return tuple(arrow.matrix for arrow in self.arrows)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Dimensions of the gauged vertices."""
        return tuple(self._dimensions[vertex] for vertex in self.gauged)

    @property
    def is_complex(self) -> bool:
        """Whether any matrix is complex."""
        return any(np.iscomplexobj(matrix) for matrix in self.matrices)

    @property
    def energy(self) -> float:
        """The energy E(W) = ½ Σ‖W_a‖²."""
        return 0.5 * sum(float(np.vdot(matrix, matrix).real) for matrix in self.matrices)

    @property
    def norm(self) -> float:
        """Euclidean norm ‖W‖ = (Σ‖W_a‖²)^½."""
        return float(np.sqrt(2 * self.energy))

    @property
    def representation(self) -> Self:
        """The representation itself: it is a model, too (see :class:`Representable`)."""
        return self

    def with_representation(self, representation: Self) -> Self:
        """Return `representation`."""
        return representation

    def with_matrices(self, matrices: Sequence[Array]) -> Self:
        """Return the representation of the same quiver that carries `matrices`."""
        arrows = [Arrow(a.tail, a.head, m) for a, m in zip(self.arrows, matrices, strict=True)]
        return type(self)(arrows, self.gauged)

    def act(self, gauge: Sequence[Array]) -> Self:
        """Change coordinates: W_a ↦ T_head W_a T_tail⁻¹.

        Parameters
        ----------
        gauge : sequence of (n_v, n_v) array_like
            One invertible matrix for every gauged vertex.

        Raises
        ------
        NumericalError
            When a gauge matrix is singular.
        """
        elements = self._at_vertices("gauge", gauge)
        factored = {vertex: _Divisor(vertex, matrix) for vertex, matrix in elements.items()}
        moved = []
        for arrow in self.arrows:
            matrix = arrow.matrix
            if arrow.tail in factored:
                matrix = factored[arrow.tail].divide(matrix)
            if arrow.head in elements:
                matrix = elements[arrow.head] @ matrix
            moved.append(matrix)
        return self.with_matrices(moved)

    def infinitesimal_action(self, direction: Sequence[Array]) -> tuple[Array, ...]:
        """Tangent vector of the orbit: (w_b)_a = b_head W_a − W_a b_tail."""
        b = self._at_vertices("direction", direction)
        tangent = []
        for arrow in self.arrows:
            step = np.zeros_like(arrow.matrix)
            if arrow.head in b:
                step = step + b[arrow.head] @ arrow.matrix
            if arrow.tail in b:
                step = step - arrow.matrix @ b[arrow.tail]
            tangent.append(step)
        return tuple(tangent)

    def adjoint_action(self, vectors: Sequence[Array]) -> tuple[Array, ...]:
        """Adjoint of the infinitesimal action: Σ_in X_a W_a* − Σ_out W_a* X_a at every gauged vertex."""
        sums: dict[str, Array] = {
            vertex: np.zeros((size, size)) for vertex, size in zip(self.gauged, self.dimensions, strict=True)
        }
        for arrow, vector in zip(self.arrows, vectors, strict=True):
            if arrow.head in sums:
                sums[arrow.head] = sums[arrow.head] + vector @ adjoint(arrow.matrix)
            if arrow.tail in sums:
                sums[arrow.tail] = sums[arrow.tail] - adjoint(arrow.matrix) @ vector
        return tuple(sums[vertex] for vertex in self.gauged)

    def moment_map(self) -> tuple[Array, ...]:
        """Moment μ_v = Σ_in W_a W_a* − Σ_out W_a* W_a at every gauged vertex (Hermitian).

        Raises
        ------
        NumericalError
            When a product leaves the range of double precision.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # refused below
            moments = tuple((moment + adjoint(moment)) / 2 for moment in self.adjoint_action(self.matrices))
        return tuple(in_range("representation", moment, "moments") for moment in moments)

    def moment_norm(self) -> float:
        """Euclidean norm of the moment map: zero exactly at the balanced points."""
        return float(np.sqrt(sum(la.norm(moment) ** 2 for moment in self.moment_map())))

    def gram_operator(self, direction: Sequence[Array]) -> tuple[Array, ...]:
        """Gram operator H(b) = ρ*(w_b), so that ⟨w_b, w_a⟩ = Σ_v ⟨H_v(b), a_v⟩."""
        return self.adjoint_action(self.infinitesimal_action(direction))

    def _at_vertices(self, argument: str, matrices: Sequence[Array]) -> dict[str, Array]:
        given = items(argument, matrices, "a sequence of matrices")
        if len(given) != len(self.gauged):
            raise InvalidArgumentError(
                argument,
                f"{len(self.gauged)} matrices, one for each gauged vertex",
                f"{len(given)}",
                "pass identity matrices where nothing changes",
            )
        return {
            vertex: as_matrix(f"{argument}[{i}]", matrix, rows=size, columns=size)
            for i, (vertex, matrix, size) in enumerate(zip(self.gauged, given, self.dimensions, strict=True))
        }

    def __repr__(self) -> str:
        arrows = ", ".join(f"{a.tail}→{a.head} {a.matrix.shape[0]}×{a.matrix.shape[1]}" for a in self.arrows)
        return (
            f"Representation({arrows}; gauged: {', '.join(self.gauged) or 'none'};"
            f" energy {self.energy:.6g}, moment norm {self.moment_norm():.2e})"
        )


def as_representation(argument: str, value: Any) -> Representation:
    """Return `value` when it is a representation; refuse anything else, models of other kinds included.

    Raises
    ------
    InvalidArgumentError
        With the way from a model to its representation.
    """
    return instance(
        argument, value, Representation, "a Representation", "networks and systems have one as .representation"
    )


def _checked(arrow: Any) -> Arrow:
    """The arrow with its matrix checked and copied."""
    instance("arrows", arrow, Arrow, "a sequence of arrows", "pass Arrow(tail, head, matrix)")
    for vertex in (arrow.tail, arrow.head):
        text("arrows", vertex, "names of vertices")
    return Arrow(arrow.tail, arrow.head, as_matrix(f"arrow {arrow.tail}→{arrow.head}", arrow.matrix))


class Representable(Protocol):
    """A model that is a quiver representation in other words: whatever has this can be balanced in norm.

    See Also
    --------
    dlnbalance.Representation : a representation of a framed quiver, real or complex.
    dlnbalance.minimize : find the point of least norm on the gauge orbit of a representation.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> model: Representable = dln.LinearSystem([[-1.0]], [[4.0]], [[1.0]])
    >>> round(model.representation.norm**2, 9)
    18.0
    """

    @property
    def representation(self) -> Representation:
        """The model as a representation; its gauged vertices are the state spaces."""
        ...

    def with_representation(self, representation: Any) -> Self:
        """Return the same model (signals, time base, feedthrough) with the matrices of `representation`."""
        ...


class _Divisor:
    """LU factors of a gauge matrix T, its rows scaled by powers of two; exactly singular ones are refused.

    Rows of very different sizes are the rule on deep networks, and no reason to lose digits.
    """

    def __init__(self, vertex: str, matrix: Array):
        self._scaling = 2.0 ** -np.frexp(np.abs(matrix).max(axis=1, initial=0.0))[1].clip(-1000, 1000)
        self._factors, rcond = factorized(self._scaling[:, None] * matrix)
        if rcond == 0:
            raise NumericalError(
                f"gauge at vertex {vertex!r}", "an invertible matrix", "a singular one", "pass a change of coordinates"
            )

    def divide(self, matrix: Array) -> Array:
        """The quotient W T⁻¹ = (T⁻* W*)*."""
        return adjoint(la.lu_solve(self._factors, adjoint(matrix), trans=2)) * self._scaling
