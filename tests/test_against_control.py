"""python-control as an oracle: Hankel singular values, Gramians and reduced responses of delay lines and examples."""

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance import bridge
from dlnbalance.linalg.arrays import adjoint

from .models import random_network

#: Every example; the two large ones in a size that SLICOT's Lyapunov solver handles at once.
EXAMPLES = {name: lambda name=name: dln.examples.get(name) for name in dln.examples.names()} | {
    "fom": lambda: dln.examples.penzl_fom(60),
    "convection-diffusion": lambda: dln.examples.convection_diffusion(8),
}

WIDTHS = {
    "N=2": (3, 4, 3),
    "N=3": (3, 4, 5, 4),
    "N=4 square": (4, 4, 4, 4, 4),
    "N=5": (2, 4, 3, 5, 4, 3),
    "N=6 square": (3, 3, 3, 3, 3, 3, 3),
}


@pytest.fixture(params=EXAMPLES)
def example(request):
    return EXAMPLES[request.param]()


@pytest.fixture(params=WIDTHS)
def network(request, rng):
    return random_network(rng, WIDTHS[request.param])


def gramians(system):
    first, second = dln.Lyapunov()(system).weights
    return first @ adjoint(first), adjoint(second) @ second


def hankel_values(system):
    """Hankel singular values from the Gramians of python-control; good to √eps σ_1.

    Its own function is for continuous time only, and takes the root of eigenvalues that rounding may make negative.
    """
    P, Q = (control.gram(system.to_control(), kind) for kind in "co")
    return np.sort(np.sqrt(np.abs(la.eigvals(P @ Q))))[::-1]


def assert_gramians_agree(system, rtol):
    state_space = system.to_control()
    for kind, ours in zip("co", gramians(system), strict=True):
        theirs = control.gram(state_space, kind)
        assert la.norm(theirs - ours) <= rtol * la.norm(theirs)


def response_of_control(state_space, omega):
    response = state_space.frequency_response(omega)
    return np.moveaxis(np.atleast_3d(response.complex).reshape(state_space.noutputs, state_space.ninputs, -1), 2, 0)


def test_gramians_of_examples(example):
    assert_gramians_agree(example, 1e-7)


def test_hankel_singular_values_of_examples(example):
    ours = dln.hankel_singular_values(example)
    assert np.abs(hankel_values(example) - ours).max() <= 1e-6 * ours[0]


def test_frequency_responses_of_examples(example):
    omega = dln.frequency_grid(example, points=60)
    theirs = response_of_control(example.to_control(), omega)
    ours = dln.frequency_response(example, omega)
    assert np.abs(theirs - ours).max() <= 1e-9 * np.abs(ours).max()


def test_reduced_responses_of_examples(example):
    order = dln.reduce(example, rtol=1e-3).order
    theirs = control.balanced_reduction(example.to_control(), order)
    ours = dln.reduce(example, order).system
    omega = dln.frequency_grid(example, points=60)
    full = dln.frequency_response(example, omega)
    difference = response_of_control(theirs, omega) - dln.frequency_response(ours, omega)
    assert np.abs(difference).max() <= 1e-7 * np.abs(full).max()


def test_gramians_of_delay_lines(network):
    for system in (bridge.network_to_system(network), bridge.network_to_system(network, dt=0)):
        assert_gramians_agree(system, 1e-12)


def test_hankel_singular_values_of_delay_lines(network):
    system = bridge.network_to_system(network)
    theirs, ours = hankel_values(system), dln.hankel_singular_values(system)
    expected = np.zeros(system.nstates)
    repeated = np.repeat(network.singular_values[: network.rank], network.depth - 1)
    expected[: repeated.size] = repeated
    assert np.abs(theirs - expected).max() <= 1e-6 * expected[0]
    assert np.abs(ours - expected).max() <= 1e-12 * expected[0]
    lagged = bridge.network_to_system(network, dt=0)
    ours = dln.hankel_singular_values(lagged)
    assert np.abs(hankel_values(lagged) - ours).max() <= 1e-6 * ours[0]


def test_reduced_responses_of_delay_lines(network):
    """Discrete: reduce our way, simulate with python-control. Continuous: reduce with both."""
    omega = np.linspace(0.01, np.pi, 40)
    for r in range(1, network.rank):
        model = dln.reduce(bridge.network_to_system(network), r * (network.depth - 1))
        theirs = response_of_control(model.system.to_control(), omega)
        truncated = network.truncate(r).end_to_end
        expected = truncated * np.exp(-1j * omega * (network.depth - 1))[:, None, None]
        assert np.abs(theirs - expected).max() <= 1e-9 * np.abs(expected).max()
    lagged = bridge.network_to_system(network, dt=0)
    values = dln.hankel_singular_values(lagged)
    order = next(k for k in range(2, values.size) if values[k] < 0.7 * values[k - 1])
    theirs = control.balanced_reduction(lagged.to_control(), order)
    difference = response_of_control(theirs, omega) - dln.frequency_response(dln.reduce(lagged, order).system, omega)
    assert np.abs(difference).max() <= 1e-8 * values[0]


def test_balanced_delay_lines_are_balanced_for_python_control(network):
    """The Gramians that python-control computes of our Gramian-balanced delay line are equal and diagonal."""
    result = dln.balance(bridge.network_to_system(network))
    state_space = result.system.to_control()
    expected = np.diag(result.hsv[: result.order])
    for kind in "co":
        assert la.norm(control.gram(state_space, kind) - expected) <= 1e-9 * la.norm(expected)


def test_norm_balanced_examples_have_the_response_that_python_control_computes(example):
    example = dln.balance(example).system
    result = dln.balance(example, form="norm").system
    omega = dln.frequency_grid(example, points=60)
    expected = response_of_control(example.to_control(), omega)
    moved = dln.frequency_response(result, omega)
    assert np.abs(moved - expected).max() <= 1e-9 * np.abs(expected).max()
    assert result.representation.norm <= example.representation.norm
