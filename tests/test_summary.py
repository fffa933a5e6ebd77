"""What results say about themselves, for people and for programs."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.summary import Fact, document, headline, listed, ranged, rows, told

FACTS = [
    Fact("kind", "", "model"),
    Fact("system", "System", "a motor"),
    Fact("order", "Order", 2, "states"),
    Fact("gain", "Largest gain", 0.123456789, "V"),
    Fact("hsv", "Hankel singular values", [2.0, 1.0], words="2, 1"),
    Fact("hinf", "H∞ error", 0.5),
    Fact("dc", "DC mismatch", 1e-12),
    Fact("how", "Gramians", "Lyapunov()"),
    Fact("", "Picture", None, words="in m.png"),
]


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (Fact("a", "A", 3), "3"),
        (Fact("a", "A", 3, "states"), "3 states"),
        (Fact("a", "A", 0.1234567), "0.123457"),
        (Fact("a", "A", 1e-20, "s"), "1e-20 s"),
        (Fact("a", "A", np.float64(2.5)), "2.5"),
        (Fact("a", "A", None), "None"),
        (Fact("a", "A", 3, "states", "three states"), "three states"),
        (Fact("a", "A", "stable"), "stable"),
    ],
)
def test_texts(fact, text):
    assert fact.text == text


def test_people_are_told_what_has_a_label_and_programs_what_has_a_key():
    assert [label for label, _ in rows(FACTS)] == [fact.label for fact in FACTS if fact.label]
    assert dict(rows(FACTS))["Largest gain"] == "0.123457 V"
    assert document(FACTS) == {fact.key: fact.value for fact in FACTS[:-1]}
    assert document(FACTS)["gain"] == 0.123456789


def test_lines_begin_small_but_for_names_and_symbols():
    assert told("Motor", FACTS).splitlines() == [
        "Motor: 2 states",
        "  largest gain: 0.123457 V",
        "  Hankel singular values: 2, 1",
        "  H∞ error: 0.5",
        "  DC mismatch: 1e-12",
        "  Gramians: Lyapunov()",
        "  picture: in m.png",
    ]


def test_the_head_is_chosen_and_not_said_twice():
    assert told("Motor", FACTS[2:4], head=("gain", "order")).splitlines() == ["Motor: 2 states, 0.123457 V"]
    assert told("Motor", FACTS[:1], head=()) == "Motor: "


def test_one_number_or_the_ends_of_several():
    assert ranged([]) == "none"
    assert ranged((4,)) == ranged([4, 4, 4]) == "4"
    assert ranged([5, 2, 3]) == "2…5"


def test_long_lists_are_cut():
    values = np.array([10.0, 1.23456, 1e-9])
    assert listed(values) == "10, 1.235, 1e-09"
    assert listed(values, 3) == listed(values)
    assert listed(values, 1) == "10, … (3 in all)"
    assert listed([]) == ""


def test_headline():
    system = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], inputs=["force"])
    assert headline(system) == repr(system).splitlines()[0]
    assert headline("a\nb") == repr("a\nb")


def test_all_results_print_what_they_say():
    system = dln.examples.get("heat-rod")
    for result in (dln.reduce(system, 2), dln.balance(system), dln.balance(system, form="norm")):
        shown = repr(result).splitlines()
        assert shown[0].startswith(f"{type(result).__name__}: ")
        assert all(any(text in line for line in shown) for label, text in rows(result.summary()) if label != "System")
        assert all(key.isascii() and key.isidentifier() for key in document(result.summary()))
