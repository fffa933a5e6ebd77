"""Companion forms, with coefficients that are rounded once."""

from fractions import Fraction

import numpy as np
import pytest

from dlnbalance.systems.companion_forms import companion
from dlnbalance.systems.rational import Quotient


def quotient(above, below):
    return Quotient.of(np.array(above), np.array(below))


def test_companion_of_the_textbook():
    system = companion([quotient([1.0, 0.0, 5.0], [2.0, 6.0, 4.0])])
    assert (system.A[0].tolist(), system.D.item()) == ([-3, -2], 0.5)
    assert np.allclose(system.C @ system.B, -1.5)


def test_the_coefficients_are_the_quotients_rounded_once():
    """Division by the leading coefficient and subtraction of the constant part in exact arithmetic."""
    above, below = [0.1, 0.3, 0.7], [0.3, 0.9, 1.1]
    system = companion([quotient(above, below)])
    p, a = ([Fraction(c) for c in numbers] for numbers in (above, below))
    constant = p[0] / a[0]
    assert system.D.item() == float(constant)
    rest = [(p[k] - constant * a[k]) / a[0] for k in (1, 2)]
    for point in (0.5, 2.0, -0.25):
        s = Fraction(point)
        exact = constant + (rest[0] * s + rest[1]) / (s * s + a[1] / a[0] * s + a[2] / a[0])
        found = system.D + system.C @ np.linalg.solve(point * np.eye(2) - system.A, system.B)
        assert found.item() == pytest.approx(float(exact), rel=1e-14)


def test_functions_of_one_denominator_share_their_states():
    below = [1.0, 3.0, 2.0]
    system = companion([quotient([1.0], below), quotient([1.0, 5.0], below)])
    assert (system.A.shape, system.C.shape) == ((2, 2), (2, 2))
    for s in (1j, 4.0):
        found = system.D + system.C @ np.linalg.solve(s * np.eye(2) - system.A, system.B)
        assert found.ravel() == pytest.approx([1 / (s * s + 3 * s + 2), (s + 5) / (s * s + 3 * s + 2)], rel=1e-14)


def test_complex_coefficients_have_no_companion_form():
    assert companion([quotient([1.0], [1.0, 1j])]) is None
