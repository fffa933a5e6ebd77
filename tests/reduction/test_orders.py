"""Which orders may be asked for, and where singular values can be cut."""

from itertools import pairwise

import numpy as np
import pytest

from dlnbalance.errors import InvalidArgumentError, OrderError
from dlnbalance.linalg.arrays import EPS
from dlnbalance.networks.factor_pairs import FactorPair
from dlnbalance.reduction.orders import checked_orders, checked_request, cuts, in_one_line, rounded_up, suggested_orders


def pair(*values):
    """Gramian factors with these singular values."""
    return FactorPair([np.diag(values), np.eye(len(values))])


# -- what is asked for --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "request_made"),
    [
        ({"order": 3}, ("order", 3)),
        ({"order": 0}, ("order", 0)),
        ({"order": (1, 2)}, ("order", [1, 2])),
        ({"order": np.array([2, 1])}, ("order", [2, 1])),
        ({"order": range(3)}, ("order", [0, 1, 2])),
        ({"order": []}, ("order", [])),
        ({"tol": 0.5}, ("tol", 0.5)),
        ({"rtol": 1}, ("rtol", 1.0)),
    ],
)
def test_one_request(asked, request_made):
    assert checked_request(**asked) == request_made


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "none of them"),
        ({"order": 1, "rtol": 0.1}, "order and rtol"),
        ({"order": 1, "tol": 1.0, "rtol": 0.1}, "order and tol and rtol"),
        ({"order": "3"}, "whole number"),
        ({"order": 2.0}, "whole number"),
        ({"order": [1, 2.5]}, r"order\[1\]"),
        ({"order": [True]}, r"order\[0\]"),
        ({"order": np.ones((2, 2), dtype=int)}, r"shape \(2, 2\)"),
        ({"tol": 0.0}, "tol"),
        ({"tol": np.nan}, "tol"),
        ({"rtol": "small"}, "rtol"),
    ],
)
def test_other_requests_are_refused(asked, said):
    with pytest.raises(InvalidArgumentError, match=said):
        checked_request(**asked)


# -- cuts ---------------------------------------------------------------------------------------------------------


def test_values_of_all_state_spaces_stand_in_one_line():
    pairs = [pair(5.0, 1.0), pair(4.0, 3.0, 2.0)]
    line = in_one_line(pairs)
    assert line.values.tolist() == [5.0, 4.0, 3.0, 2.0, 1.0]
    assert line.spaces.tolist() == [0, 1, 1, 1, 0]
    kept_first = in_one_line(pairs, (2, 1))
    assert kept_first.values.tolist() == [5.0, 4.0, 1.0, 3.0, 2.0]
    assert kept_first.spaces.tolist() == [0, 1, 0, 1, 1]


def test_cuts_go_down_the_line():
    assert list(cuts([pair(3.0, 2.0, 1.0)], 0.0)) == [(0,), (1,), (2,), (3,)]
    assert list(cuts([pair(5.0, 1.0), pair(4.0, 3.0)], 0.0)) == [(0, 0), (1, 0), (1, 1), (1, 2), (2, 2)]


def test_cuts_leave_equal_values_together():
    assert list(cuts([pair(3.0, 2.0, 2.0, 1.0)], 0.0)) == [(0,), (1,), (3,), (4,)]
    near = [pair(3.0, 2.0, 2.0 - 1e-12, 1.0)]
    assert list(cuts(near, 0.0)) == [(0,), (1,), (2,), (3,), (4,)]
    assert list(cuts(near, 1e-11)) == [(0,), (1,), (3,), (4,)]
    assert list(cuts([pair(3.0, 2.0), pair(2.0, 1.0)], 0.0)) == [(0, 0), (1, 0), (2, 1), (2, 2)]


def test_cuts_end_where_rounding_begins():
    tiny = [pair(3.0, 1.0, EPS**2)]
    assert tiny[0].rank == 2
    assert list(cuts(tiny, 0.0)) == [(0,), (1,), (2,)]
    assert list(cuts([pair(0.0, 0.0)], 0.0)) == [(0,)]


def test_cuts_of_random_values_grow_by_one_threshold(rng):
    pairs = [pair(*np.sort(rng.random(n))[::-1]) for n in (3, 5, 4)]
    found = list(cuts(pairs, 0.0))
    assert found[0] == (0, 0, 0)
    assert found[-1] == (3, 5, 4)
    for orders in found:
        kept = [p.singular_values[:r] for p, r in zip(pairs, orders, strict=True)]
        dropped = [p.singular_values[r:] for p, r in zip(pairs, orders, strict=True)]
        assert min(np.concatenate(kept), default=np.inf) > max(np.concatenate(dropped), default=0.0)
    assert all(sum(after) == sum(before) + 1 for before, after in pairwise(found))


# -- orders -------------------------------------------------------------------------------------------------------


def test_one_number_stands_for_all_state_spaces():
    pairs, floors = [pair(3.0, 2.0), pair(4.0, 3.0, 2.0, 1.0)], (0.0, 0.0)
    assert checked_orders(pairs, floors, 3, "order") == (2, 3)
    assert checked_orders(pairs, floors, [0, 4], "order") == (0, 4)
    assert checked_orders(pairs, floors, np.int64(1), "order") == (1, 1)


@pytest.mark.parametrize(
    ("order", "argument"),
    [(5, "order"), (-1, "order"), ([1, 5], "order[1]"), ([3, 1], "order[0]"), ([-1, 1], "order[0]")],
)
def test_orders_out_of_range_are_refused_by_their_place(order, argument):
    with pytest.raises(OrderError) as caught:
        checked_orders([pair(3.0, 2.0), pair(4.0, 3.0, 2.0, 1.0)], (0.0, 0.0), order, "order")
    assert caught.value.argument == argument


def test_an_order_for_every_time():
    with pytest.raises(InvalidArgumentError, match="2 orders, one for every time"):
        checked_orders([pair(3.0), pair(2.0)], (0.0, 0.0), [1], "order")


def test_equal_values_are_not_separated():
    pairs = [pair(3.0, 1.0), pair(2.0, 1.0, 1.0, 0.5)]
    for order in (2, [1, 2]):
        with pytest.raises(OrderError, match="agree to rounding"):
            checked_orders(pairs, (0.0, 0.0), order, "order")
    assert checked_orders(pairs, (0.0, 0.0), [1, 3], "order") == (1, 3)


# -- numbers that are said to be within reach -----------------------------------------------------------------------


def test_rounded_numbers_have_three_digits_and_are_above(rng):
    for value in np.exp(rng.uniform(-60, 60, 200)):
        found = rounded_up(value)
        assert value <= found <= 1.011 * value
        assert float(f"{found:.3g}") >= value
    for value in (0.0, np.inf):
        assert rounded_up(value) == value
    assert np.isnan(rounded_up(np.nan))


def test_suggested_orders_are_where_the_values_fall():
    values = np.array([10.0, 9.0, 0.1, 0.09, 1e-4, 9e-5])
    assert suggested_orders(values) == [2, 4]
    assert suggested_orders(values, floor=1e-3) == [2, 4]
    assert suggested_orders(values, floor=0.2) == [2]
    assert suggested_orders(np.array([3.0, 2.9, 2.5])) == [2]
    assert suggested_orders(np.array([1.0])) == [1]
    assert suggested_orders(np.zeros(0)) == [0]
