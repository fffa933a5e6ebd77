"""The kinds of second-order balancing: their settings, and what they refuse."""

import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, ToleranceError
from dlnbalance.gramians import SecondOrderGramians
from dlnbalance.gramians.kinds import named
from dlnbalance.structured import chain_of_masses

from ..models import random_system


def test_the_command_line_knows_them():
    assert named("second-order:kind=vp") == SecondOrderGramians("vp")
    assert named("second-order:rigid=keep") == SecondOrderGramians(rigid="keep")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "pp"}, "'pv'"),
        ({"kind": None}, "'pv'"),
        ({"of": "lyapunov"}, "GramianStrategy"),
        ({"of": SecondOrderGramians()}, "first-order form"),
        ({"rigid": True}, "'keep'"),
    ],
)
def test_settings_are_checked(settings, said):
    with pytest.raises(InvalidArgumentError, match=said):
        SecondOrderGramians(**settings)


def test_systems_of_first_order_are_refused(rng):
    system = random_system(rng, 4, 1, 1)
    for function in (
        lambda: dln.reduce(system, 2, gramians=SecondOrderGramians()),
        lambda: SecondOrderGramians()(system),
    ):
        with pytest.raises(InvalidArgumentError, match="SecondOrderSystem"):
            function()


def test_other_kinds_are_taken_for_the_first_order_form():
    chain = chain_of_masses(20)
    by_default = dln.reduce(chain, 4)
    chosen = dln.reduce(chain, 4, gramians=dln.LowRank(tol=1e-12))
    assert chosen.gramians == SecondOrderGramians(of=dln.LowRank(tol=1e-12))
    assert abs(chosen.hsv[:4] / by_default.hsv[:4] - 1).max() < 1e-9
    assert "low rank" in chosen.how


def test_no_tolerance_is_proved():
    with pytest.raises(ToleranceError, match="prove no error bound"):
        dln.reduce(chain_of_masses(5), tol=0.1)
