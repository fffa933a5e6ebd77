"""H∞, H2 and Hankel norms, against closed forms and published values."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import NumericalError

from ..models import random_system
from .models import A2, B2, C2, lightly_damped

LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))
RESONANT = dln.LinearSystem([[0, 1], [-1, -2e-4]], [[0], [1]], [[1, 0]], name="resonator")


@pytest.mark.parametrize("damping", [1e-1, 1e-3, 1e-6, 1e-9])
def test_hinf_norm_of_a_resonance_closed_form(damping):
    peak = dln.hinf_norm(dln.LinearSystem([[0, 1], [-1, -2 * damping]], [[0], [1]], [[1, 0]]))
    assert peak.value == pytest.approx(1 / (2 * damping * np.sqrt(1 - damping**2)), rel=1e-6)
    assert peak.frequency == pytest.approx(np.sqrt(1 - 2 * damping**2), rel=1e-7)


@pytest.mark.parametrize(
    ("rate", "gain"), [(1.0, 2.0**990), (1.0, 2.0**-990), (2.0**500, 2.0**700), (2.0**-500, 2.0**-700)]
)
def test_hinf_norm_of_a_resonance_in_other_units(rate, gain):
    damping = 0.01
    A, B, C = np.array([[0.0, 1.0], [-1.0, -2 * damping]]), np.array([[0.0], [1.0]]), np.array([[1.0, 0.0]])
    peak = dln.hinf_norm(dln.LinearSystem(rate * A, rate * B, gain * C))
    assert peak.value / gain == pytest.approx(1 / (2 * damping * np.sqrt(1 - damping**2)), rel=1e-12)
    assert peak.frequency / rate == pytest.approx(np.sqrt(1 - 2 * damping**2), rel=1e-7)


def test_an_h2_norm_out_of_range_is_refused():
    with pytest.raises(NumericalError, match="system: expected an H2 norm within the range"):
        dln.h2_norm(dln.LinearSystem([[-1e300]], [[1e300]], [[1e300]]))


@pytest.mark.parametrize("pole", [0.5, 0.99, 1 - 1e-7, -0.99])
def test_hinf_norm_of_a_discrete_lag_closed_form(pole):
    peak = dln.hinf_norm(dln.LinearSystem([[pole]], [[1]], [[1]], dt=0.1))
    assert peak.value == pytest.approx(1 / (1 - abs(pole)), rel=1e-8)
    assert peak.frequency == pytest.approx(0 if pole > 0 else 10 * np.pi, abs=1e-9)


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("damping", [1e-1, 1e-4])
def test_hinf_norm_is_not_missed_between_close_resonances(rng, damping, discrete):
    system = lightly_damped(damping, [1.0, 1.0 + damping, 1.0 + 2 * damping, 3.0, 40.0], rng, discrete=discrete)
    peak = dln.hinf_norm(system)
    width = max(damping, 1e-6)
    grids = [np.linspace(w * (1 - 6 * width), w * (1 + 6 * width), 4001) for w in (1.0, 3.0, 40.0)]
    omega = np.concatenate([*grids, np.geomspace(1e-3, 300, 2000)])
    dense_grid = np.linalg.svd(dln.frequency_response(system, omega), compute_uv=False)[:, 0].max()
    assert dense_grid * (1 - 1e-9) <= peak.value <= dense_grid * (1 + 1e-4)


@pytest.mark.parametrize("discrete", [False, True])
def test_hinf_norm_against_a_fine_grid(discrete):
    """Peaks between the poles, which only level sets find; with feedthrough, and in discrete time by way of a map."""
    angles = np.linspace(-np.pi, np.pi, 4002)[1:-1]
    for seed in range(40):
        rng = np.random.default_rng(seed)
        system = random_system(rng, 4, 1, 1, discrete=discrete, complex_entries=bool(seed % 2))
        peak = dln.hinf_norm(system)
        omega = angles / system.dt if discrete else np.tan(angles / 2)
        grid = np.abs(dln.frequency_response(system, omega)).max()
        assert grid * (1 - 1e-9) <= peak.value <= grid * (1 + 1e-3)


def test_published_values_continuous():
    system = dln.LinearSystem(A2, B2, C2)
    peak = dln.hinf_norm(system)
    assert peak.value == pytest.approx(11.63398400218353, rel=1e-9)
    assert peak.frequency == pytest.approx(2.695926597795647, rel=1e-6)
    assert dln.h2_norm(system) == pytest.approx(14.19727086450068, rel=1e-12)


def test_published_values_discrete():
    system = dln.LinearSystem(A2 / 10, B2, C2, np.ones((3, 3)), dt=1.0)
    peak = dln.hinf_norm(system)
    assert peak.value == pytest.approx(41.33509781281479, rel=1e-9)
    # Printed as 2.7539046; at 40 digits the maximum lies at 2.7539077, where the gain is higher by 4e-13 relative.
    assert peak.frequency == pytest.approx(2.753907720702335, rel=1e-7)
    assert dln.h2_norm(system) == pytest.approx(34.38689619923066, rel=1e-12)


def test_hinf_norm_of_a_feedthrough_dominated_system_lies_at_infinity():
    peak = dln.hinf_norm(dln.LinearSystem([[-1.0]], [[1.0]], [[-1.0]], [[5.0]]))  # 5 − 1/(s+1)
    assert peak.frequency == np.inf
    assert peak.value == pytest.approx(5.0)


@pytest.mark.parametrize("dt", [0, 0.5, True])
def test_norms_of_trivial_systems(dt):
    zero = dln.LinearSystem([[-0.5]], [[0.0]], [[1.0]], dt=dt)
    assert float(dln.hinf_norm(zero)) == 0
    assert dln.h2_norm(zero) == 0
    gain = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((2, 0)), [[3.0, 0.0], [0.0, 4.0]], dt=dt)
    assert float(dln.hinf_norm(gain)) == pytest.approx(4.0)
    assert dln.hankel_norm(gain) == 0
    assert dln.h2_norm(gain) == pytest.approx(np.inf if dt == 0 else 5.0)


def test_h2_norm_is_infinite_with_feedthrough_in_continuous_time(rng):
    assert dln.h2_norm(random_system(rng, 3, 1, 1)) == np.inf


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_h2_norm_is_the_energy_of_the_frequency_response(rng, discrete, descriptor):
    system = random_system(rng, 6, 2, 3, discrete=discrete, descriptor=descriptor, feedthrough=discrete)
    # Equal weights converge geometrically for periodic functions; in continuous time ω = tan(angle / 2).
    angle = (np.arange(4000) + 0.5) * 2 * np.pi / 4000 - np.pi
    omega = angle / 0.1 if discrete else np.tan(angle / 2)
    density = np.sum(np.abs(dln.frequency_response(system, omega)) ** 2, axis=(1, 2))
    energy = np.mean(density if discrete else density / np.cos(angle / 2) ** 2 / 2)
    assert dln.h2_norm(system) == pytest.approx(np.sqrt(energy), rel=1e-10)


def test_hankel_norm_lies_between_zero_and_the_hinf_norm(rng):
    for _ in range(20):
        system = random_system(rng, 5, 2, 2, feedthrough=False)
        assert dln.hankel_norm(system) <= float(dln.hinf_norm(system)) * (1 + 1e-9)


@pytest.mark.parametrize("function", [dln.hinf_norm, dln.h2_norm, dln.hankel_norm])
@pytest.mark.parametrize(("pole", "dt"), [(0.1, 0), (0.0, 0), (1.0, 1.0), (-1.5, True)])
def test_unstable_systems_are_refused(function, pole, dt):
    with pytest.raises(dln.errors.UnstableSystemError, match="worst at"):
        function(dln.LinearSystem([[pole]], [[1.0]], [[1.0]], dt=dt))


def test_grid_covers_the_poles():
    grid = dln.frequency_grid(LAGS)
    assert grid[0] == pytest.approx(0.1)
    assert grid[-1] == pytest.approx(3000)
    assert (np.diff(grid) > 0).all()


@pytest.mark.parametrize("dt", [0, 0.1, True])
def test_grid_finds_the_peak_of_a_sharp_resonance(dt):
    system = RESONANT
    if dt:
        pole = np.exp((-1e-4 + 1j) * (0.1 if dt == 0.1 else 1.0))
        A = [[pole.real, pole.imag], [-pole.imag, pole.real]]
        system = dln.LinearSystem(A, [[0], [1]], [[1, 0]], dt=dt)
    gains = np.abs(dln.frequency_response(system, dln.frequency_grid(system))).max()
    assert gains > 0.99 * float(dln.hinf_norm(system))


def test_grid_ends_at_the_nyquist_frequency():
    sampled = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.01)
    assert dln.frequency_grid(sampled)[-1] == pytest.approx(np.pi / 0.01, rel=1e-15)
    assert dln.frequency_grid(sampled, LAGS)[-1] == pytest.approx(3000)
