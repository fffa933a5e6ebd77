"""Frequency responses, H∞, H2 and Hankel norms, against closed forms and published values."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.linalg.arrays import EPS
from dlnbalance.norms.system_norms import peak_gain

from ..models import random_matrix, random_system, random_unitary

#: Published by A. Varga (DescriptorSystems.jl, test_analysis.jl).
A2 = np.array([[-1.0, 2.0], [-3.0, -2.0]])
B2 = np.array([[2.0, 3.0, 4.0], [1.0, 2.0, 3.0]])
C2 = np.array([[1.0, 4.0], [2.0, 2.0], [1.0, 3.0]])


def lightly_damped(damping, frequencies, rng, *, discrete=False):
    blocks = [np.array([[-damping * w, w], [-w, -damping * w]]) for w in frequencies]
    Q = random_unitary(rng, 2 * len(frequencies))
    A = Q @ la.block_diag(*blocks) @ Q.T
    B, C = random_matrix(rng, len(A), 2), random_matrix(rng, 3, len(A))
    return dln.LinearSystem(la.expm(0.01 * A) if discrete else A, B, C, dt=0.01 if discrete else 0)


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_frequency_response_is_the_transfer_function(rng, complex_entries, discrete, descriptor):
    system = random_system(rng, 70, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    omega = np.array([-3.0, 0.0, 0.7, 25.0])
    points = np.exp(0.1j * omega) if discrete else 1j * omega
    response = dln.frequency_response(system, omega)
    for value, point in zip(response, points, strict=True):
        assert la.norm(value - system(point)) <= 1e4 * EPS * la.norm(value)


def test_frequency_response_in_batches_equals_one_by_one(rng, monkeypatch):
    system = random_system(rng, 20, 2, 2)
    omega = np.linspace(0, 5, 17)
    together = dln.frequency_response(system, omega)
    monkeypatch.setattr(dln.norms.system_norms, "_POINTS_IN_MEMORY", 90)
    np.testing.assert_allclose(dln.frequency_response(system, omega), together, rtol=1e-12)


def test_frequency_response_at_infinity_is_the_feedthrough(rng):
    system = random_system(rng, 4, 2, 3)
    np.testing.assert_array_equal(dln.frequency_response(system, [np.inf])[0], system.D)


@pytest.mark.parametrize("omega", [[np.nan], [1j], ["a"], [[1.0, 2.0]]])
def test_frequencies_must_be_real_numbers(rng, omega):
    with pytest.raises(dln.errors.InvalidArgumentError, match="omega"):
        dln.frequency_response(random_system(rng, 2, 1, 1), omega)


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


def test_published_value_complex_with_a_negative_peak_frequency():
    system = dln.LinearSystem((1 + 1j) * A2, (1 + 1j) * B2, (1 + 1j) * C2)
    peak = peak_gain(lambda omega: dln.frequency_response(system, omega), system)  # an L∞ norm: one unstable pole
    assert peak.value == pytest.approx(56.23755418449257, rel=1e-9)
    assert peak.frequency == pytest.approx(-3.952242830041314, rel=1e-6)


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


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("damping", [1e-1, 1e-3])
def test_accuracy_floor_bounds_what_rounding_does_to_hankel_singular_values(rng, damping, discrete):
    system = lightly_damped(damping, np.geomspace(1, 30, 10), rng, discrete=discrete)
    values, floor = dln.hankel_singular_values(system), dln.accuracy_floor(system)
    A, B, C, D, dt = system.to_tuple()
    moved = []
    for _ in range(20):
        perturbed = A * (1 + EPS * rng.choice([-1.0, 1.0], A.shape))
        moved.append(np.abs(dln.hankel_singular_values((perturbed, B, C, D, dt)) - values).max())
    assert floor / 1e5 < max(moved) <= 10 * floor


def test_peak_gain_prints_and_converts():
    peak = dln.PeakGain(value=2.0, frequency=3.0)
    assert float(peak) == 2.0
    assert str(peak) == "2 at 3 rad/s"


@pytest.mark.parametrize("sparse", [False, True])
def test_responses_at_poles_are_refused(sparse):
    A = np.diag([0.0, -1.0])
    system = dln.LinearSystem(sp.csc_array(A) if sparse else A, np.ones((2, 1)), np.ones((1, 2)))
    with pytest.raises(NumericalError, match="no pole"):
        dln.frequency_response(system, [1.0, 0.0])


RESONANT = dln.LinearSystem([[0, 1], [-1, -2e-4]], [[0], [1]], [[1, 0]], name="resonator")
LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))


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
