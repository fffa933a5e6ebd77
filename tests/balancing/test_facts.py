"""What balanced and reduced models say alike: with one state space, and with one for every time."""

import json

import numpy as np
import pytest

from dlnbalance.balancing.facts import certificate_facts, each, floor_fact, one_or_all, order_facts, values_facts
from dlnbalance.quiver.certificates import Certificate
from dlnbalance.summary import document, rows

VALUES = np.array([4.0, 2.0, 0.5, 0.25, 0.125])


def test_one_or_all():
    assert one_or_all([3], False) == 3
    assert one_or_all([3], True) == (3,)
    assert one_or_all(iter([1, 2]), True) == (1, 2)
    assert one_or_all([], True) == ()
    with pytest.raises(ValueError, match="unpack"):
        one_or_all([1, 2], False)


def test_each():
    assert each(VALUES, len) == 5
    assert each((VALUES, VALUES[:2]), len) == (5, 2)


@pytest.mark.parametrize(
    ("order", "full", "remark", "words"),
    [
        (2, 5, "", "2 of 5 states"),
        (2, 5, "not minimal", "2 of 5 states; not minimal"),
        ((2, 2), (5, 5), "", "2 of 5 states at 2 times"),
        ((1, 2, 2), (3, 5, 4), "the minimal part", "1…2 of 3…5 states at 3 times (the minimal part)"),
    ],
)
def test_orders(order, full, remark, words):
    facts = order_facts(order, full, remark)
    assert rows(facts) == [("Order", words)]
    plain = {"order": order, "full_order": full}
    assert document(facts) == {key: list(v) if isinstance(v, tuple) else v for key, v in plain.items()}


def test_values_of_one_state_space():
    facts = values_facts("gains", VALUES, 2)
    assert document(facts) == {"values": "gains", "hankel_singular_values": VALUES.tolist()}
    assert rows(facts) == [("Gains", "kept 4, 2 | dropped 0.5, 0.25, 0.125")]
    assert rows(values_facts("gains", VALUES))[0][1] == "4, 2, 0.5, 0.25, 0.125"
    assert rows(values_facts("gains", VALUES, 0))[0][1] == "kept none | dropped 4, 2, 0.5, … (5 in all)"
    assert rows(values_facts("gains", VALUES, 5))[0][1].endswith("dropped none")
    assert rows(values_facts("gains", VALUES[:0]))[0][1] == "none"


@pytest.mark.parametrize(("count", "times"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (4, [0, 2, 3]), (9, [0, 4, 8])])
def test_values_of_many_times_are_shown_at_three(count, times):
    values = tuple(VALUES * (k + 1) for k in range(count))
    facts = values_facts("gains", values, (1,) * count)
    assert [label for label, _ in rows(facts)] == [f"Gains at time {k}" for k in times]
    assert document(facts)["hankel_singular_values"] == [one.tolist() for one in values]
    assert [words.split()[1] for _, words in rows(facts)] == [f"{4.0 * (k + 1):.4g}" for k in times]


def test_the_worst_certificate_is_shown_and_all_are_in_the_document():
    good, bad = Certificate(before=9.0, after=8.0, minimum=8.0), Certificate(before=9.0, after=8.5, minimum=8.0)
    assert rows(certificate_facts(good)) == [("Certificate", f"{good}")]
    assert json.loads(json.dumps(document(certificate_facts(good))))["certificate"] == good.to_dict()
    facts = certificate_facts((good, bad, good))
    assert rows(facts) == [("Certificate of time 1, the worst", f"{bad}")]
    assert document(facts)["certificate"] == [one.to_dict() for one in (good, bad, good)]


def test_the_largest_floor_is_shown():
    assert rows([floor_fact(1e-12)]) == [("Accuracy floor", "1.0e-12")]
    assert rows([floor_fact((1e-12, 3e-10))]) == [("Accuracy floor", "3.0e-10")]
    assert document([floor_fact((1e-12, 3e-10))]) == {"accuracy_floor": [1e-12, 3e-10]}
