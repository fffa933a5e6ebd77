"""Exceptions: what they say, what they are caught as, and that they travel between processes."""

import pickle

import pytest

from dlnbalance import errors

KINDS = [
    kind
    for name in errors.__all__
    if issubclass(kind := getattr(errors, name), Exception) and not issubclass(kind, Warning)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_names_what_is_wrong_and_what_to_do_wherever_it_arrives(kind):
    error = pickle.loads(pickle.dumps(kind("order", "an order from 0 to 3", "7", "choose one of these")))
    assert type(error) is kind
    assert str(error) == "order: expected an order from 0 to 3, got 7; choose one of these"
    assert (error.argument, error.expected, error.received, error.remedy) == error.args
    assert isinstance(error, errors.DlnBalanceError)


def test_errors_are_also_what_a_caller_would_expect():
    numerical = {"NumericalError", "SingularDescriptorError", "SingularPencilError"}
    for kind in KINDS:
        if kind is not errors.DlnBalanceError:
            assert issubclass(kind, ArithmeticError if kind.__name__ in numerical else ValueError)
