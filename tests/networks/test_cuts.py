"""Where singular values may be cut, and which ones count as equal."""

import numpy as np
import pytest

from dlnbalance.errors import OrderError
from dlnbalance.networks.cuts import check_cut, splits_equal


def test_check_cut_uses_the_callers_name_for_the_order():
    values = np.array([2.0, 1.0, 1.0, 0.5])
    check_cut(values, 3, 4, 0.0, "order")
    with pytest.raises(OrderError, match=r"^order: .*choose 1 or 3$"):
        check_cut(values, 2, 4, 0.0, "order")


def test_values_count_as_equal_when_rounding_can_explain_the_difference():
    values = np.array([1 + 1e-10, 1.0, 1.0, 0.999])
    assert splits_equal(values, 2, 0.0)
    assert not splits_equal(values, 1, 0.0)
    assert splits_equal(values, 1, 1e-9)
    assert not splits_equal(values, 3, 1.0)  # seen at a glance to differ, however large the floor
    assert not splits_equal(values, 0, 0.0)
    assert not splits_equal(values, 4, 0.0)


def test_the_largest_order_is_told_where_a_larger_one_was_asked_for():
    values = np.array([3.0, 2.0, 1e-20])
    for r, rank, kept, largest in ((3, 2, 0, 2), (3, 2, 4, 6), (1, 0, 4, 4), (-1, 2, 0, None), (-1, 0, 0, None)):
        with pytest.raises(OrderError) as caught:
            check_cut(values, r, rank, 0.0, "order", least=0, kept=kept)
        assert caught.value.largest == largest
