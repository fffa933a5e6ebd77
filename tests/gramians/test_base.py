"""What every kind of Gramians has without saying so, and what is refused for all of them."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.gramians.base import HINF_ERROR, ErrorBounds, Gramians, GramianStrategy, check_range, checked_strategy
from dlnbalance.networks.factor_pairs import FactorPair
from dlnbalance.networks.network import DeepLinearNetwork


@dataclass(frozen=True)
class Unit(GramianStrategy):
    """P = Q = size · I, whatever the system; solved as a plain network."""

    size: float = 1.0

    name = "unit"
    description = "multiples of the identity"

    def solve(self, system):
        factor = self.size**0.5 * np.eye(system.nstates)
        return Gramians(network=DeepLinearNetwork([factor, factor]), how=f"{self}")


TRIPLE = ([[-1.0, 0.0], [0.0, -2.0]], [[1.0], [1.0]], [[1.0, 1.0]])


def test_a_kind_takes_whatever_describes_a_system_and_gives_a_factor_pair():
    pair = Unit(4.0)(TRIPLE)
    assert type(pair) is FactorPair
    np.testing.assert_array_equal(pair.singular_values, [4.0, 4.0])


def test_a_kind_that_says_nothing_promises_nothing():
    kind, values = Unit(), np.array([3.0, 1.0])
    assert kind.error_bounds(values, 1, 0.0) == ErrorBounds(None, None, HINF_ERROR)
    assert kind.for_system(dln.as_system(TRIPLE)) is kind
    assert kind.values_name == "singular values of the Gramian factors"
    assert pickle.loads(pickle.dumps(kind)) == kind
    assert Gramians(network=Unit()(TRIPLE), how="").complete


def test_a_kind_must_solve():
    class Idle(GramianStrategy):
        name, description = "idle", "nothing"

    with pytest.raises(TypeError, match="solve"):
        Idle()


@pytest.mark.parametrize("value", ["lyapunov", dln.Lyapunov, None, 3])
def test_names_and_classes_are_no_kinds(value):
    with pytest.raises(InvalidArgumentError, match="pass dlnbalance"):
        checked_strategy(value)
    kind = dln.Lyapunov()
    assert checked_strategy(kind) is kind


@pytest.mark.parametrize("norms", [(1e200, 1e150), (1e-200, 1e-150)])
def test_products_of_norms_out_of_range_are_refused(norms):
    with pytest.raises(NumericalError, match="Hankel norm"):
        check_range(*norms)


@pytest.mark.parametrize("norms", [(0.0, 1e300), (1e-300, 0.0), (1e200, 1e-200), (1e150, 1e150), (1.0, 1.0)])
def test_products_of_norms_in_range_are_taken(norms):
    check_range(*norms)
