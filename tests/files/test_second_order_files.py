"""The names of second-order models in files."""

import pytest

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.files.second_order_files import is_second_order, second_order_arguments


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"M", "D", "K", "B", "C"}, True),
        ({"M", "E", "K", "B", "Cp", "Cv"}, True),
        ({"M", "K"}, True),
        ({"A", "B", "C", "M", "K"}, False),
        ({"a", "b", "c", "M", "K"}, False),
        ({"A", "B", "C", "E"}, False),
        ({"m", "k"}, False),
    ],
)
def test_which_files_hold_one(names, expected):
    assert is_second_order(names) is expected


def test_damping_goes_by_two_names():
    given = {"M": 1, "K": 2, "B": 3, "C": 4}
    assert second_order_arguments(given | {"D": 5})["D"] == 5
    assert second_order_arguments(given | {"E": 6})["D"] == 6
    both = second_order_arguments(given | {"D": 5, "E": 6})
    assert (both["D"], both["feedthrough"]) == (6, 5)
    assert second_order_arguments(given)["D"] is None


def test_one_matrix_by_two_names_is_refused():
    with pytest.raises(InvalidArgumentError, match="C_position and C"):
        second_order_arguments({"M": 1, "K": 2, "B": 3, "C": 4, "C_position": 5})


def test_missing_matrices_are_named():
    for missing, given in (("B", {"M": 1, "K": 1, "C": 1}), ("C_position", {"M": 1, "K": 1, "B": 1})):
        with pytest.raises(InvalidArgumentError) as caught:
            second_order_arguments(given)
        assert caught.value.argument == missing
