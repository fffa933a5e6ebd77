"""Options that several commands share."""

import pytest

import dlnbalance as dln
from dlnbalance.cli.options import asked, checked_gramians, checked_request, refuse_for_networks
from dlnbalance.errors import InvalidArgumentError


def test_one_thing_is_asked_for_and_the_default_is_said_to_be_one():
    assert checked_request(None, None, None) == {"rtol": 1e-3}
    assert checked_request(3, None, None) == {"order": 3}
    assert asked({"order": 3}) == "order 3"
    assert "the default" in asked({"rtol": 1e-3}, given=False)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ((3, 0.1, None), "--order and --tol"),
        ((None, -0.1, None), "--tol: expected a positive number"),
        ((None, None, float("inf")), "--rtol: expected a positive number"),
    ],
)
def test_what_contradicts_itself_is_refused_by_the_name_of_the_option(request_, said):
    with pytest.raises(InvalidArgumentError, match=said):
        checked_request(*request_)


def test_kinds_of_gramians_are_named_with_their_settings():
    assert checked_gramians(None) == dln.Automatic()
    assert checked_gramians("low-rank:tol=1e-6,max_columns=20") == dln.LowRank(tol=1e-6, max_columns=20)
    for words, said in (
        ("low-ran", "--gramians: expected .*'low-rank'"),
        ("lyapunov:tol=1", "no settings after lyapunov"),
        ("low-rank:tol=2", "relative residual"),
    ):
        with pytest.raises(InvalidArgumentError, match=said):
            checked_gramians(words)


def test_options_for_models_are_refused_for_networks_where_they_are_given():
    refuse_for_networks({"--report": None, "--method": False})
    with pytest.raises(InvalidArgumentError, match="--report: expected a linear model"):
        refuse_for_networks({"--method": False, "--report": "a.html"})
