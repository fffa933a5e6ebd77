"""What a kind of Gramians is meant to keep is checked on the result."""

from dataclasses import dataclass

import pytest

import dlnbalance as dln
from dlnbalance.gramians.base import GramianStrategy


@dataclass(frozen=True)
class Bounded(GramianStrategy):
    gamma: float
    name = "bounded-for-a-test"
    description = "Lyapunov's Gramians, said to keep a gain"
    preserves = ("contractivity",)

    def solve(self, system):
        return dln.Lyapunov().solve(system)


@pytest.mark.parametrize("share, holds", [(1.01, True), (0.5, False)])
def test_contractivity_is_checked_and_told(share, holds):
    system = dln.examples.get("heat-rod")
    model = dln.reduce(system, 3, gramians=Bounded(share * float(dln.hinf_norm(system))))
    (check,) = model.preserved
    assert check.holds is holds
    assert "preserved: contractivity" in repr(model)
    assert ("contractivity NOT kept" in repr(model)) is not holds
    assert ("preserved", holds) in [(f.key, f.value[0]["holds"]) for f in model.summary() if f.key == "preserved"]


def test_nothing_is_said_where_nothing_is_claimed():
    model = dln.reduce(dln.examples.get("heat-rod"), 3)
    assert model.preserved == ()
    assert "preserved" not in repr(model)
