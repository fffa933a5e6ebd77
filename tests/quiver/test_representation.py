"""Framed quiver representations: gauge action, moment map, Gram operator, energy."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.quiver.representation import Arrow, Representation

from ..models import (
    QUIVERS,
    assert_small,
    inner,
    norm,
    random_direction,
    random_gauge,
    random_hermitian,
    random_matrix,
    random_representation,
    random_unitary,
)

STEPS = 10.0 ** -np.arange(1.5, 4.1, 0.5)

#: Dimension over F of the stabilizer of a generic representation. In the wide chain the first hidden layer
#: has one direction that nothing enters and two that nothing leaves; without framing, scalars act trivially.
STABILIZER = {"wide chain": 2, "parallel arrows": 1}


@pytest.fixture(params=QUIVERS)
def quiver(request):
    return request.param


@pytest.fixture
def model(rng, quiver, complex_entries):
    return random_representation(rng, quiver, complex_entries=complex_entries)


@pytest.fixture
def direction(rng, model, complex_entries):
    return random_direction(rng, model, complex_entries=complex_entries)


@pytest.fixture
def vectors(rng, model, complex_entries):
    """Anything of the shape of the arrows: a tangent vector of the whole space of representations."""
    return [random_matrix(rng, *W.shape, complex_entries=complex_entries) for W in model.matrices]


def exponential(direction, t):
    return [la.expm(t * b) for b in direction]


def orders(remainder, steps):
    """Orders of vanishing of `remainder`, one for every pair of neighbouring step sizes."""
    values = np.array([remainder(t) for t in steps])
    return np.diff(np.log(values)) / np.diff(np.log(steps))


def as_vector(matrices):
    """Flatten a tuple of matrices so that the dot product is the real inner product."""
    flat = np.concatenate([matrix.ravel() for matrix in matrices]).astype(complex)
    return np.concatenate([flat.real, flat.imag])


def gram_matrix(model, complex_entries):
    """Matrix of the Gram operator in an orthonormal basis of the Lie algebra."""
    sizes = [n * n for n in model.dimensions]
    units = [1, 1j] if complex_entries else [1]
    columns = []
    for unit in units:
        for i in range(sum(sizes)):
            flat = np.zeros(sum(sizes), dtype=type(unit) if unit == 1j else float)
            flat[i] = unit
            parts = np.split(flat, np.cumsum(sizes)[:-1])
            b = [part.reshape(n, n) for part, n in zip(parts, model.dimensions, strict=True)]
            columns.append(as_vector(model.gram_operator(b)))
    matrix = np.column_stack(columns)
    return matrix if complex_entries else matrix[: sum(sizes)]


def test_matrices_dimensions_energy(model, quiver):
    dimensions, arrows, gauged = QUIVERS[quiver]
    assert [f"{a.tail}-{a.head}" for a in model.arrows] == arrows
    assert model.gauged == tuple(gauged)
    assert model.dimensions == tuple(dimensions[v] for v in gauged)
    squares = sum(la.norm(W) ** 2 for W in model.matrices)
    assert_small(abs(2 * model.energy - squares), squares, 8)  # observed 1.3
    assert_small(abs(model.norm - np.sqrt(squares)), model.norm, 5)  # observed 0.92


def test_matrices_are_read_only_copies(model):
    with pytest.raises(ValueError, match="read-only"):
        model.matrices[0][0, 0] = 1


def test_moment_map_is_the_sum_over_arrows(model, quiver):
    for vertex, n, moment in zip(model.gauged, model.dimensions, model.moment_map(), strict=True):
        expected = np.zeros((n, n))
        for arrow in model.arrows:
            W = arrow.matrix
            if arrow.head == vertex:
                expected = expected + W @ W.conj().T
            if arrow.tail == vertex:
                expected = expected - W.conj().T @ W
        assert np.array_equal(moment, adjoint(moment))  # (M + M*)/2 is Hermitian whatever the rounding of M
        assert_small(la.norm(moment - expected), 2 * model.energy, 1)  # observed 0
    assert_small(abs(model.moment_norm() - norm(model.moment_map())), 2 * model.energy, 2)  # observed 0.39


def test_moment_pairs_with_a_direction_to_the_derivative_of_the_energy(model, direction):
    derivative = inner(model.matrices, model.infinitesimal_action(direction))
    scale = 2 * model.energy * norm(direction)
    assert_small(abs(inner(model.moment_map(), direction) - derivative), scale, 3)  # observed 0.52


def test_derivative_of_the_energy_by_slope(model, direction):
    """E(e^{tb}·W) − E(W) − t Σ⟨μ_v, b_v⟩ vanishes to second order."""
    slope = inner(model.moment_map(), direction)

    def remainder(t):
        return abs(model.act(exponential(direction, t)).energy - model.energy - t * slope)

    assert orders(remainder, STEPS)[-3:] == pytest.approx(2, abs=0.05)  # observed 0.016


def test_infinitesimal_action_is_the_derivative_of_the_action(model, direction):
    tangent = model.infinitesimal_action(direction)

    def remainder(t):
        moved = model.act(exponential(direction, t)).matrices
        return norm([V - W - t * X for V, W, X in zip(moved, model.matrices, tangent, strict=True)])

    assert orders(remainder, STEPS)[-3:] == pytest.approx(2, abs=0.05)


def test_derivative_of_the_moment_map_by_slope(model, direction):
    """μ(e^{tb}·W) − μ(W) − t (H(b) + H(b)*) vanishes to second order."""
    change = [H + adjoint(H) for H in model.gram_operator(direction)]
    start = model.moment_map()

    def remainder(t):
        moved = model.act(exponential(direction, t)).moment_map()
        return norm([new - old - t * H for new, old, H in zip(moved, start, change, strict=True)])

    assert orders(remainder, STEPS)[-3:] == pytest.approx(2, abs=0.05)


def test_second_derivative_of_the_energy_along_geodesics(model, rng, complex_entries):
    """E(e^{ta}·W) − E(W) − t Σ⟨μ_v, a_v⟩ − t² ‖w_a‖² vanishes to third order for Hermitian a."""
    a = [random_hermitian(rng, n, complex_entries=complex_entries) for n in model.dimensions]
    a = [x / norm(a) for x in a]
    first, second = inner(model.moment_map(), a), 2 * norm(model.infinitesimal_action(a)) ** 2

    def remainder(t):
        return abs(model.act(exponential(a, t)).energy - model.energy - t * first - t**2 / 2 * second)

    assert orders(remainder, 10.0 ** -np.arange(2, 3.6, 0.5))[-2:] == pytest.approx(3, abs=0.2)


def test_adjoint_action_is_the_adjoint(model, direction, vectors):
    left = inner(vectors, model.infinitesimal_action(direction))
    right = inner(model.adjoint_action(vectors), direction)
    assert_small(abs(left - right), norm(vectors) * norm(direction) * model.norm, 2)  # observed 0.25


def test_gram_operator_represents_the_metric(model, direction, rng, complex_entries):
    other = random_direction(rng, model, complex_entries=complex_entries)
    tangents = model.infinitesimal_action(direction), model.infinitesimal_action(other)
    scale = 2 * model.energy * norm(direction) * norm(other)
    assert_small(abs(inner(*tangents) - inner(model.gram_operator(direction), other)), scale, 2)  # observed 0.36


def test_gram_operator_is_symmetric_and_semidefinite(model, complex_entries, quiver):
    H = gram_matrix(model, complex_entries)
    assert_small(la.norm(H - H.T), la.norm(H), 3)  # observed 0.49
    values = la.eigvalsh(H)
    kernel = STABILIZER.get(quiver, 0) * (2 if complex_entries else 1)
    assert_small(np.abs(values[:kernel]).max(initial=0), values[-1], 8)  # observed 1.5
    assert values[kernel] > 1e-3 * values[-1]


def test_identity_acts_trivially(model):
    moved = model.act([np.eye(n) for n in model.dimensions])  # sums with zeros and products with ones are exact
    assert all(np.array_equal(V, W) for V, W in zip(moved.matrices, model.matrices, strict=True))


def test_act_is_a_group_action(model, rng, complex_entries):
    g, h = ([random_gauge(rng, n, complex_entries=complex_entries) for n in model.dimensions] for _ in "gh")
    twice = model.act(g).act(h)
    once = model.act([y @ x for x, y in zip(g, h, strict=True)])
    difference = [V - W for V, W in zip(twice.matrices, once.matrices, strict=True)]
    assert_small(norm(difference), twice.norm, 20)  # observed 3.4
    back = model.act(g).act([la.inv(x) for x in g])
    difference = [V - W for V, W in zip(back.matrices, model.matrices, strict=True)]
    assert_small(norm(difference), model.norm, 20)  # observed 3.4


def test_action_is_by_similarity_at_both_ends(model, rng, complex_entries):
    g = [random_gauge(rng, n, complex_entries=complex_entries) for n in model.dimensions]
    at = dict(zip(model.gauged, g, strict=True))
    for before, after in zip(model.arrows, model.act(g).arrows, strict=True):
        left = at.get(before.head, np.eye(before.matrix.shape[0])) @ before.matrix
        right = after.matrix @ at.get(before.tail, np.eye(before.matrix.shape[1]))
        assert (before.tail, before.head) == (after.tail, after.head)
        assert_small(la.norm(left - right), la.norm(after.matrix), 15)  # observed 3


def test_complex_gauge_of_any_representation(model, rng):
    g = [random_gauge(rng, n, complex_entries=True) for n in model.dimensions]
    back = model.act(g).act([la.inv(x) for x in g])
    difference = [V - W for V, W in zip(back.matrices, model.matrices, strict=True)]
    assert_small(norm(difference), model.norm, 20)  # observed 3.6


def test_real_gauge_keeps_real_representations_real(model, rng, complex_entries):
    moved = model.act([random_gauge(rng, n) for n in model.dimensions])
    assert all(np.iscomplexobj(W) == complex_entries for W in moved.matrices)
    assert all(np.iscomplexobj(moment) == complex_entries for moment in moved.moment_map())


def test_unitary_gauges_conserve_energy_and_conjugate_the_moment(model, rng, complex_entries):
    Q = [random_unitary(rng, n, complex_entries=complex_entries) for n in model.dimensions]
    moved = model.act(Q)
    assert_small(abs(moved.energy - model.energy), model.energy, 20)  # observed 3.8
    for q, before, after in zip(Q, model.moment_map(), moved.moment_map(), strict=True):
        assert_small(la.norm(after - q @ before @ adjoint(q)), 2 * model.energy, 30)  # observed 4.3
    assert_small(abs(moved.moment_norm() - model.moment_norm()), 2 * model.energy, 20)  # observed 3.8


def test_with_matrices_keeps_the_quiver(model, vectors):
    other = model.with_matrices(vectors)
    assert [(a.tail, a.head) for a in other.arrows] == [(a.tail, a.head) for a in model.arrows]
    assert other.gauged == model.gauged
    assert all(np.array_equal(V, W) for V, W in zip(other.matrices, vectors, strict=True))


def test_repr_names_arrows_and_vertices(model):
    text = repr(model)
    for arrow in model.arrows:
        assert f"{arrow.tail}→{arrow.head} {arrow.matrix.shape[0]}×{arrow.matrix.shape[1]}" in text
    assert f"gauged: {', '.join(model.gauged)};" in text
    assert f"energy {model.energy:.6g}" in text


@pytest.fixture
def chain(rng):
    return random_representation(rng, "chain")


@pytest.mark.parametrize("argument", ["gauge", "direction"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_wrong_number_of_gauge_matrices_is_refused(chain, argument, count):
    method = chain.act if argument == "gauge" else chain.infinitesimal_action
    with pytest.raises(InvalidArgumentError, match=f"^{argument}: expected 2 matrices") as info:
        method([np.eye(2), np.eye(3), np.eye(2)][:count])
    assert info.value.received == str(count)


@pytest.mark.parametrize("wrong", [np.eye(2), np.ones((3, 2))])
def test_gauge_matrix_of_wrong_size_is_refused(chain, wrong):
    with pytest.raises(InvalidArgumentError, match=r"^gauge\[1\]: expected shape \(3, 3\)"):
        chain.act([np.eye(2), wrong])


def test_singular_gauge_is_refused(chain):
    with pytest.raises(NumericalError, match="gauge at vertex 'h2': expected an invertible matrix"):
        chain.act([np.eye(2), np.ones((3, 3))])


def test_gauge_that_is_not_finite_is_refused(chain):
    with pytest.raises(InvalidArgumentError, match=r"^gauge\[0\]: expected finite numbers"):
        chain.act([np.full((2, 2), np.inf), np.eye(3)])


def test_arrows_that_disagree_about_a_dimension_are_refused(chain):
    with pytest.raises(InvalidArgumentError, match="h1→new: expected dimension 2 at vertex 'h1', got 4"):
        Representation([*chain.arrows, Arrow("h1", "new", np.ones((1, 4)))], chain.gauged)


def test_loop_that_is_not_square_is_refused():
    with pytest.raises(InvalidArgumentError, match="x→x: expected dimension 2 at vertex 'x', got 3"):
        Representation([Arrow("x", "x", np.ones((2, 3)))], ["x"])


def test_gauged_vertex_without_arrow_is_refused(chain):
    with pytest.raises(InvalidArgumentError, match=r"gauged: expected vertices .*, got 'nowhere'"):
        Representation(chain.arrows, ["h1", "nowhere"])


def test_vertex_gauged_twice_is_refused(chain):
    with pytest.raises(InvalidArgumentError, match="gauged"):
        Representation(chain.arrows, ["h1", "h2", "h1"])


def test_arrow_that_is_no_matrix_is_refused():
    with pytest.raises(InvalidArgumentError, match="arrow u→v: expected finite numbers, got NaN"):
        Representation([Arrow("u", "v", [[np.nan]])], [])


def test_representation_without_gauge_has_no_moment():
    fixed = Representation([Arrow("u", "v", [[3.0, 4.0]])], [])
    assert fixed.moment_map() == ()
    assert fixed.moment_norm() == 0
    assert fixed.norm == 5
    assert fixed.act([]).matrices[0].tolist() == [[3, 4]]
    assert "gauged: none" in repr(fixed)
