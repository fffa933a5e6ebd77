"""Delays: Padé approximations against python-control and forty digits, shift registers, and delayed systems."""

import control
import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.files.conversion import as_system
from dlnbalance.modelling.delays import delay_line, delayed, pade
from dlnbalance.modelling.sampling import c2d
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, grid_system
from ..systems.models import dense_system, transfer


def exact_pade(order, x):
    """The approximation of exp(-x) from its coefficients, in forty digits."""
    with mpmath.workdps(60 + 2 * order):
        c = [mpmath.fac(2 * order - k) / mpmath.fac(k) / mpmath.fac(order - k) for k in range(order + 1)]
        above, below = (sum(value * (sign * mpmath.mpc(x)) ** k for k, value in enumerate(c)) for sign in (-1, 1))
        return complex(above / below)


class TestPade:
    @pytest.mark.parametrize("order", [1, 2, 3, 6])
    def test_against_control(self, order):
        expected = control.tf(*control.pade(0.7, order))
        for s in (0.0, 1j, 3j, 10j, 1 + 1j):
            assert pade(0.7, order)(s).item() == pytest.approx(expected(s), rel=1e-12)

    @pytest.mark.parametrize("order", [1, 2, 7, 20, 60, 200])
    def test_against_forty_digits(self, order):
        system = pade(2.0, order)
        for share in (0.1, 0.9, 1.7, 2.2):
            s = 0.5j * share * order
            assert_small(abs(system(s).item() - exact_pade(order, 2 * s)), 1, 100 + 4 * order)  # observed 40 at 200

    @pytest.mark.parametrize("order", [1, 4, 50])
    def test_it_is_balanced(self, order):
        system = pade(1e-3, order)
        for root in (system.B, system.C.T):
            A = system.A if root is system.B else system.A.T
            assert_small(la.norm(A + A.T + root @ root.T), la.norm(A), 20)
        assert system.D.item() in (-1.0, 1.0)

    def test_no_delay(self):
        assert pade(0, 5).nstates == 0
        assert pade(0, 5)(3j).item() == 1

    @pytest.mark.parametrize("delay, order", [(-1, 2), (1, 0), (1, 2.0), ([1, 2], 2), (np.inf, 2), ("1", 2)])
    def test_refusals(self, delay, order):
        with pytest.raises(InvalidArgumentError, match=r"^(delay|order): expected"):
            pade(delay, order)


class TestDelayLine:
    @pytest.mark.parametrize("steps", [0, 1, 5])
    def test_response(self, steps):
        for z in (2.0, 1j, -1.5):
            assert delay_line(steps, 0.2)(z).item() == pytest.approx(z**-steps, rel=1e-15)

    def test_long_ones_are_sparse(self):
        assert delay_line(2000).is_sparse
        assert not delay_line(1500).is_sparse

    @pytest.mark.parametrize("arguments", [(-1,), (1.0,), (2, 0), (0, 0), (2, None), (0, None)])
    def test_refusals(self, arguments):
        with pytest.raises(InvalidArgumentError, match=r"^(steps|dt): expected"):
            delay_line(*arguments)


class TestDelayed:
    def test_continuous(self, rng, complex_entries, descriptor):
        G = dense_system(rng, 3, 2, 3, complex_entries=complex_entries, descriptor=descriptor)
        late = delayed(G, input_delays=[0.1, 0], output_delays=0.2, order=8)
        assert late.nstates == 3 + 8 + 24
        for s in (0.5j, 3j, -7j):
            value = np.exp(-0.2 * s) * transfer(G, s) @ np.diag([np.exp(-0.1 * s), 1])
            assert_small(la.norm(late(s) - value), la.norm(value), 400)

    def test_discrete(self, rng, descriptor):
        G = dense_system(rng, 3, 2, 3, discrete=True, descriptor=descriptor)
        late = delayed(G, input_delays=[0.5, 0], output_delays=[0, 0.25, 0.75])
        assert late.nstates == 3 + 2 + 4
        for z in (1.0, 1j, 2 + 1j):
            powers = np.power(z + 0j, [0, -1, -3])
            value = powers[:, None] * transfer(G, z) * np.array([z**-2, 1])
            assert_small(la.norm(late(z) - value), la.norm(value), 200)

    def test_it_is_what_sampling_the_delayed_system_gives(self):
        """With a delay of whole samples, a hold commutes with it."""
        G = LinearSystem(-1, 1, 1)
        late = delayed(c2d(G, 0.1), input_delays=0.3)
        assert late(1.1).item() == pytest.approx(c2d(G, 0.1)(1.1).item() / 1.1**3, rel=1e-14)

    def test_names_kinds_and_storage(self, rng):
        G = control.ss([[-1.0]], [[1.0]], [[1.0]], 0, inputs="throttle", outputs="speed", name="car")
        late = delayed(G, input_delays=1.0, order=2)
        assert isinstance(late, control.StateSpace)
        assert (late.input_labels, late.output_labels, late.name) == (["throttle"], ["speed"], "car")
        assert as_system(delayed(G)).nstates == 1
        sparse = delayed(grid_system(rng, descriptor=True), input_delays=1.0, order=3)
        assert sparse.is_sparse
        assert sparse.E is not None

    def test_samples_of_unspecified_length(self):
        assert delayed(LinearSystem(0.5, 1, 1, dt=True), output_delays=4).nstates == 5

    @pytest.mark.parametrize(
        "dt, arguments, message",
        [
            (0, {"input_delays": 1.0}, "order: expected the order of the Padé"),
            (0, {"input_delays": -1.0, "order": 2}, "input_delays: expected a delay that is not negative"),
            (0, {"output_delays": [1.0, 2.0], "order": 2}, "output_delays: expected"),
            (0.1, {"output_delays": 0.25}, "multiples of the sampling time 0.1"),
            (None, {"output_delays": 0.25}, "time base"),
        ],
    )
    def test_refusals(self, dt, arguments, message):
        with pytest.raises(InvalidArgumentError, match=message):
            delayed(LinearSystem(0.5, 1, 1, dt=dt), **arguments)
