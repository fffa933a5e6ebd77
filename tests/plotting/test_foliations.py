"""The plane of scalar networks: its curves are where their equations say, and paths stay on them."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.plotting import foliation

from ..models import random_network
from .curves import lines


def scalar(first, second):
    return dln.DeepLinearNetwork([[[first]], [[second]]])


def test_fibers_and_leaves_obey_their_equations():
    [axes] = foliation(products=[0.5], moments=[-1.0])
    fibers = [line for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 2]
    leaves = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert len(fibers) == len(leaves) == 2
    for line in fibers:
        assert np.allclose(line.get_xdata() * line.get_ydata(), 0.5)
    for line in leaves:
        assert np.allclose(line.get_xdata() ** 2 - line.get_ydata() ** 2, -1)


def test_each_flow_keeps_to_its_curves():
    """The regularizing flow stays on a fiber, learning on a leaf."""
    times = np.linspace(0, 2, 41)
    [axes] = foliation(
        [
            dln.flows.regularizing(scalar(2.0, 0.5), times),
            dln.flows.learning(scalar(1.0, 0.3), lambda X: X - 2.0, times),
        ]
    )
    curves = lines(axes)
    along, across = curves["the regularizing flow"], curves["learning"]
    assert np.allclose(along.get_xdata() * along.get_ydata(), 1.0, rtol=1e-8)
    assert np.allclose(across.get_xdata() ** 2 - across.get_ydata() ** 2, 0.91, rtol=1e-6)


def test_a_path_that_does_not_move_is_a_point():
    foliation([dln.flows.regularizing(scalar(1.0, 1.0), [0.0])])


def test_other_networks_and_curves_at_zero_are_refused(rng):
    wide = dln.flows.regularizing(random_network(rng, (2, 2, 2)), [0.0, 1.0])
    for paths in ([wide], [3], 3):
        with pytest.raises(InvalidArgumentError, match="paths"):
            foliation(paths)
    with pytest.raises(InvalidArgumentError, match="products"):
        foliation(products=[0.0])
    with pytest.raises(InvalidArgumentError, match="moments"):
        foliation(moments=[0.0, 1.0])
