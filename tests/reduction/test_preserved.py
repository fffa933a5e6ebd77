"""What a kind of Gramians is meant to keep is checked on the result."""

from dataclasses import dataclass

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.gramians.base import GramianStrategy
from dlnbalance.reduction.preserved import preserved


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


@pytest.mark.parametrize("direct, holds", [(1.0, True), (0.125, True), (0.12, False)])
def test_passivity_is_the_sign_of_the_least_eigenvalue(direct, holds):
    """1/(s + 1)² has the least real part −⅛, at √3 rad/s."""
    system = dln.LinearSystem([[-1.0, 1.0], [0.0, -1.0]], [[0.0], [1.0]], [[1.0, 0.0]], [[direct]])
    (check,) = preserved(system, dln.PositiveReal())
    assert (check.name, check.holds) == ("passivity", holds)
    assert float(check.evidence.split("= ")[1]) == pytest.approx(2 * (direct - 0.125), abs=1e-6)


@pytest.mark.parametrize("gramians", [dln.PositiveReal(), dln.BoundedReal(10.0)])
def test_what_is_not_stable_keeps_nothing(gramians):
    unstable = dln.LinearSystem(np.eye(1), np.eye(1), np.eye(1), np.eye(1))
    (check,) = preserved(unstable, gramians)
    assert str(check).endswith("NOT kept (not stable)")
