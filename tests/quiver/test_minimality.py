"""The minimal part of a representation: Kalman's decomposition for any quiver."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.quiver.minimality import minimal_part

from ..models import assert_small, random_gauge, random_matrix, random_network, random_representation


def hidden_system(rng, kept, unreached, unread, *, complex_entries=False):
    """System of `kept` minimal states with further ones that are not reached or not read, in full coordinates."""
    n = kept + unreached + unread
    A = random_matrix(rng, n, n, complex_entries=complex_entries) / np.sqrt(n)
    B, C = random_matrix(rng, n, 2, complex_entries=complex_entries), random_matrix(rng, 2, n)
    first, last = unread, unread + kept
    A[first:, :first] = A[last:, :last] = B[last:] = C[:, :first] = 0
    T = random_gauge(rng, n, complex_entries=complex_entries)
    return dln.LinearSystem(T @ A @ la.inv(T), T @ B, C @ la.inv(T))


@pytest.mark.parametrize("sizes", [(4, 0, 0), (4, 2, 0), (4, 0, 3), (5, 2, 3), (0, 2, 2), (1, 1, 0)])
def test_kalman_decomposition(rng, sizes, complex_entries):
    kept, unreached, unread = sizes
    system = hidden_system(rng, *sizes, complex_entries=complex_entries)
    part = minimal_part(system.representation, rtol=1e-11)
    assert part.representation.dimensions == (kept,)
    assert part.unreached[0].shape[1] == unreached
    assert part.unread[0].shape[1] == unread
    assert part.is_whole == (unreached + unread == 0)
    small = system.with_representation(part.representation)
    for point in 4 + 1j * np.linspace(-3, 3, 7):
        assert la.norm(small(point) - system(point)) <= 1e-12 * max(la.norm(system(point)), 1)
    A, dark = system.A, part.unread[0]
    assert_small(la.norm(system.C @ dark), la.norm(system.C), 200)
    assert_small(la.norm(A @ dark - dark @ (adjoint(dark) @ A @ dark)), la.norm(A), 200)
    assert_small(la.norm(adjoint(part.unreached[0]) @ system.B), la.norm(system.B), 200)


@pytest.mark.parametrize("quiver", ["factor pair", "state space", "several loops"])
def test_generic_representations_are_minimal(rng, quiver, complex_entries):
    model = random_representation(rng, quiver, complex_entries=complex_entries)
    part = minimal_part(model)
    assert part.is_whole
    assert part.representation.energy == pytest.approx(model.energy)
    assert "every state" in repr(part)


@pytest.mark.parametrize("quiver, kept", [("chain", (2, 2)), ("wide chain", (2, 2)), ("cycle", (3, 2, 3))])
def test_widths_bound_what_is_reached(rng, quiver, kept, complex_entries):
    """No vertex is filled in more directions than the arrows into it carry (2 + 1 into vertex b of the cycle)."""
    model = random_representation(rng, quiver, complex_entries=complex_entries)
    assert minimal_part(model).representation.dimensions == kept


def test_quiver_without_framing_has_no_minimal_part(rng):
    part = minimal_part(random_representation(rng, "parallel arrows"))
    assert part.representation.dimensions == (0, 0)
    assert "0 of 3 directions at v" in repr(part)


def test_minimal_part_of_a_network_has_the_width_of_its_rank(rng, complex_entries):
    network = random_network(rng, (5, 4, 6, 3), rank=2, complex_entries=complex_entries)
    part = minimal_part(network.representation, rtol=1e-12)
    assert part.representation.dimensions == (2, 2)
    difference = network.with_representation(part.representation).end_to_end - network.end_to_end
    assert la.norm(difference) <= 1e-13 * la.norm(network.end_to_end)


def test_tolerance_is_checked(rng):
    model = random_representation(rng, "state space")
    for rtol in (0.0, 1.0, "small", -1e-3):
        with pytest.raises(InvalidArgumentError, match="rtol"):
            minimal_part(model, rtol=rtol)


@pytest.mark.parametrize("sizes", [(4, 2, 0), (4, 0, 2), (4, 2, 3)])
def test_norm_balancing_names_what_escapes_and_offers_the_rest(rng, sizes, complex_entries):
    kept, unreached, unread = sizes
    system = hidden_system(rng, *sizes, complex_entries=complex_entries)
    result = dln.balance(system, form="norm")
    assert result.minimum.status == "diverging"
    assert result.minimum.diverging_directions == ((unreached, unread),)
    assert f"at x {unreached} are not reached and {unread} not read" in repr(result)
    assert result.minimal_system.nstates == kept
    assert result.minimal_system.representation.moment_norm() <= 1e-11 * result.certificate.after
    for point in 4 + 1j * np.linspace(-3, 3, 7):
        assert la.norm(result.minimal_system(point) - system(point)) <= 1e-10 * la.norm(system(point))


def test_minimal_systems_come_without_a_second_one(rng):
    result = dln.balance(hidden_system(rng, 4, 0, 0), form="norm")
    assert result.minimum.status == "converged"
    assert result.minimal_system is None
    assert result.minimum.minimal_part is None
