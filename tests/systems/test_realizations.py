"""Realizations of rational functions, and what no realization can have."""

import control
import numpy as np
import pytest
import scipy.signal

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.files.conversion import as_system
from dlnbalance.systems.linear_system import LinearSystem
from dlnbalance.systems.rational import Factored, Quotient, boundary, relative_error
from dlnbalance.systems.realizations import realize


def quotient(above, below):
    return Quotient.of(np.array(above), np.array(below))


def rates(rng, count, decades, discrete):
    found = []
    while len(found) < count:
        size = 10.0 ** rng.uniform(-decades, 0)
        if count - len(found) > 1 and rng.random() < 0.5:
            root = size * np.exp(1j * rng.uniform(1.62, np.pi))
            found += [root, root.conjugate()]
        else:
            found.append(-size)
    found = np.array(found, dtype=complex)
    return np.exp(found) if discrete else found


class TestRealizations:
    @pytest.mark.parametrize("decades", [0, 4, 8])
    @pytest.mark.parametrize("order", [1, 2, 5, 12, 20])
    def test_of_zeros_poles_and_gain(self, rng, order, decades):
        for discrete in (False, True):
            for zeros in (0, order // 2, order):
                poles = rates(rng, order, decades, discrete)
                function = Factored(rates(rng, zeros, decades, discrete), poles, 2.5)
                system = LinearSystem(*realize([[function]], discrete=discrete))
                left = list(system.poles())
                for pole in poles:
                    nearest = min(left, key=lambda other, pole=pole: abs(other - pole))
                    assert abs(nearest - pole) <= 1e-10 * abs(pole)
                    left.remove(nearest)
                points = boundary(poles, function.zeros, discrete=discrete, is_real=True)
                found = np.array([system(point).item() for point in points])
                assert relative_error(found, function(points)) < 2.5e-9

    def test_equal_denominators_share_their_states_and_nearly_equal_ones_do_not(self):
        near = 1 + 2.0**-40
        column = [[quotient([1.0], [1.0, 3.0, 2.0])], [quotient([2.0, 1.0], [2.0, 6.0, 4.0])]]
        assert realize(column, discrete=False).A.shape == (2, 2)
        assert realize([[*column[0], *column[1]]], discrete=False).A.shape == (2, 2)
        other = [[*column[0]], [quotient([2.0, 1.0], [1.0, 3.0 * near, 2.0])]]
        assert realize(other, discrete=False).A.shape == (4, 4)

    def test_improper_entries_are_named(self):
        with pytest.raises(InvalidArgumentError, match="degree 2 over degree 1 from input 1 to output 0"):
            realize([[quotient([1.0], [1.0, 1.0]), quotient([1.0, 0, 0], [1.0, 1.0])]], discrete=False)

    def test_what_no_double_can_be_is_refused(self):
        with pytest.raises(NumericalError, match="conversion of its polynomials to state space; pass state-space"):
            as_system(control.tf([1e300], [1e-300, 1e-300]))
        with pytest.raises(NumericalError, match="conversion of its zeros, poles and gain"):
            as_system(scipy.signal.ZerosPolesGain([], [-1e-200, -1e-200], 1.0))
