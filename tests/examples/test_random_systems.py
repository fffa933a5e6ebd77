"""Random systems: their distance to the boundary, their seeds, their variance."""

import numpy as np
import pytest

from dlnbalance import examples
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import EPS

from ..models import assert_small


class TestRandomStable:
    @pytest.mark.parametrize("complex_entries", [False, True])
    @pytest.mark.parametrize("dt", [0, 0.25, True])
    @pytest.mark.parametrize("n", [1, 2, 15])
    def test_distance_to_the_boundary(self, n, dt, complex_entries):
        system = examples.random_stable(n, 2, 3, rng=n, dt=dt, complex_entries=complex_entries)
        assert (system.nstates, system.ninputs, system.noutputs) == (n, 2, 3)
        assert system.dt is True if dt is True else system.dt == dt
        assert system.is_complex is complex_entries
        poles = system.poles()
        margin = 0.9 - np.abs(poles).max() if dt else -0.1 - poles.real.max()
        assert abs(margin) < 1e3 * n * EPS

    def test_the_seed_decides(self):
        first, second = (examples.random_stable(4, 1, 1, rng=7) for _ in range(2))
        assert_small(np.abs(first.A - second.A).max(), np.abs(first.A).max(), 100)
        assert np.abs(first.A - examples.random_stable(4, 1, 1, rng=8).A).max() > 0.1

    def test_a_generator_moves_on(self, rng):
        first, second = (examples.random_stable(4, 1, 1, rng=rng) for _ in range(2))
        assert np.abs(first.A - second.A).max() > 0.1

    @pytest.mark.parametrize("complex_entries", [False, True])
    def test_variance_of_the_entries(self, complex_entries):
        system = examples.random_stable(2, 200, 200, rng=3, complex_entries=complex_entries)
        assert np.mean(np.abs(system.D) ** 2) == pytest.approx(1, abs=5 / 200)


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "argument"),
        [
            (lambda: examples.random_stable(0, 1, 1, rng=0), "n"),
            (lambda: examples.random_stable(2, 0, 1, rng=0), "inputs"),
            (lambda: examples.random_stable(2, 1, None, rng=0), "outputs"),
            (lambda: examples.random_stable(2, 1, 1, rng=None), "rng"),
            (lambda: examples.random_stable(2, 1, 1, rng=-1), "rng"),
            (lambda: examples.random_stable(2, 1, 1, rng=0, dt=None), "dt"),
            (lambda: examples.random_stable(2, 1, 1, rng=0, dt=-0.1), "dt"),
        ],
    )
    def test_names_the_argument(self, call, argument):
        with pytest.raises(InvalidArgumentError) as caught:
            call()
        assert caught.value.argument == argument
