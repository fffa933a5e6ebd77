"""Frequency-limited Gramians against quadrature and fifty digits, their limits, and what the modified ones prove."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.gramians.kinds import named
from dlnbalance.linalg.arrays import EPS, adjoint

from ..limited import band_gramians, band_values, gramians
from ..models import assert_small, grid_system, mass_chain, random_gauge, random_matrix, random_system

INF = np.inf


def bands_for(system):
    return [(-3.0, -0.2), (0.5, 1.0)] if system.is_complex else [(0.2, 1.0), (2.0, 4.0)]


def test_both_gramians_by_quadrature(rng, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    system = random_system(rng, 7, 2, 3, **options)
    network = dln.FrequencyLimited(bands_for(system))(system)
    assert network.is_complex == complex_entries
    for found, wanted in zip(gramians(network), band_gramians(system, bands_for(system)), strict=True):
        assert_small(la.norm(found - wanted), la.norm(wanted), 1e3)


@pytest.mark.parametrize("bands", [[(0.1, 0.5)], [(1.0, 1.01)], [(0.0, 3.0), (40.0, 80.0)]])
def test_values_in_fifty_digits(rng, bands):
    """No digit of a value above the accuracy floor is lost to a difference of Gramians."""
    stiff = dln.LinearSystem(np.diag([-0.1, -1.0, -3.0, -20.0, -100.0]), np.ones((5, 1)), np.arange(1.0, 6.0)[None])
    damped = dln.examples.mass_spring_damper(3, damping=0.02)
    for system in (stiff, damped, random_system(rng, 6, 2, 2)):
        network = dln.FrequencyLimited(bands)(system)
        values, wanted = network.singular_values, band_values(system, bands)
        known = network.accuracy_floor + dln.accuracy_floor(system)
        assert np.abs(values - wanted[: values.size]).max() <= known
        assert network.accuracy_floor <= 1e-9 * wanted[0]


def test_small_values_of_a_narrow_band_are_known():
    """σ_2/σ_1 = 2e-11, far below what a difference of Gramians leaves, which is the root of eps."""
    system, bands = dln.examples.heat_rod(8), [(1.0, 1.1)]
    network, wanted = dln.FrequencyLimited(bands)(system), band_values(system, bands)
    assert wanted[2] < 1e-9 * wanted[0]
    assert_small(abs(network.singular_values[2] - wanted[2]), wanted[0], 100)
    assert network.accuracy_floor < 1e-10 * wanted[0]


def test_the_equation_holds_in_balanced_coordinates(rng, complex_entries, discrete):
    """A P + P A* + S BB* + BB* S* = 0, with S from scipy's logarithm, and P = Q diagonal after balancing."""
    system = random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete)
    kind = dln.FrequencyLimited([(0.3, 2.0)])
    balanced = dln.balance(system, gramians=kind)
    A, B, C, _, _ = balanced.system.to_tuple()
    P, unit, step = np.diag(balanced.hsv), np.eye(6), system.sampling_time
    bands = [(0.3, 2.0)] if complex_entries else [(0.3, 2.0), (-2.0, -0.3)]
    for M, right in ((A, B), (adjoint(A), adjoint(C))):
        S = 0j * unit
        for low, high in [(-b, -a) for a, b in bands] if right is not B else bands:
            if discrete:
                logs = [la.logm(unit - np.exp(-1j * end * step) * M) for end in (low, high)]
                S += (logs[1] - logs[0]) / (2j * np.pi) + (high - low) * step / (4 * np.pi) * unit
            else:
                S += (la.logm(1j * high * unit - M) - la.logm(1j * low * unit - M)) / (2j * np.pi)
        whole = right @ adjoint(right)
        if discrete:
            residual = M @ P @ adjoint(M) - P + S @ whole + whole @ adjoint(S)
        else:
            residual = M @ P + P @ adjoint(M) + S @ whole + whole @ adjoint(S)
        assert_small(la.norm(residual), la.norm(M) * la.norm(P) + la.norm(S @ whole), 1e5)


def test_limits(rng, complex_entries, discrete):
    """All frequencies are Lyapunov's, and a band and its complement share each Gramian."""
    system = random_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete)
    whole = dln.Lyapunov()(system)
    end = system.nyquist_frequency
    everything = dln.FrequencyLimited([(-end, end)])(system)
    assert_small(la.norm(everything.singular_values - whole.singular_values), whole.singular_values[0], 10)
    wide = dln.FrequencyLimited([(-0.999999 * end, end)] if discrete else [(-1e9, 1e9)])(system)
    assert abs(wide.singular_values - whole.singular_values).max() < 1e-5 * whole.singular_values[0]
    parts = [gramians(dln.FrequencyLimited([(0.5, 2.0)], exclude=exclude)(system)) for exclude in (False, True)]
    for inside, outside, both in zip(*parts, gramians(whole), strict=True):
        assert_small(la.norm(inside + outside - both), la.norm(both), 1e3)


def test_half_infinite_bands(rng, complex_entries):
    system = random_system(rng, 5, 2, 2, complex_entries=complex_entries)
    bands = [(-INF, -2.0), (3.0, INF)] if complex_entries else [(2.0, INF)]
    wanted = band_gramians(system, [(max(a, -1e7), min(b, 1e7)) for a, b in bands])
    for found, limit in zip(gramians(dln.FrequencyLimited(bands)(system)), wanted, strict=True):
        assert la.norm(found - limit) < 1e-5 * la.norm(limit)  # what lies beyond 1e7


@pytest.mark.parametrize("inputs", [1, 9])
def test_unreached_states_and_wide_inputs(rng, inputs):
    A = np.triu(random_matrix(rng, 5, 5)) - 4 * np.eye(5)
    B = random_matrix(rng, 5, inputs)
    B[3:] = 0
    system = dln.LinearSystem(A, B, random_matrix(rng, 2, 5))
    network = dln.FrequencyLimited([(0.1, 2.0)])(system)
    wanted = band_gramians(system, [(0.1, 2.0)])
    assert_small(la.norm(gramians(network)[0] - wanted[0]), la.norm(wanted[0]), 1e3)
    assert network.rank == 3
    nothing = dln.LinearSystem(A, 0 * B, np.ones((1, 5)))
    assert dln.FrequencyLimited([(0.1, 2.0)])(nothing).rank == 0
    assert dln.FrequencyLimited([(0.1, 2.0)])(dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), [[]])).rank == 0


def test_units_do_not_count(rng):
    """States and time in other units: powers of ten change nothing but rounding."""
    system = random_system(rng, 6, 1, 1)
    d, rate = 10.0 ** rng.integers(-6, 7, 6), 1e5
    scaled = dln.LinearSystem(rate * system.A * d[:, None] / d, rate * system.B * d[:, None], system.C / d, system.D)
    first = dln.FrequencyLimited([(0.2, 1.0)])(system).singular_values
    second = dln.FrequencyLimited([(0.2 * rate, 1.0 * rate)])(scaled).singular_values
    assert_small(la.norm(first - second), first[0], 1e4)


def test_the_modified_ones_prove_the_error(rng, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    for _ in range(4):
        system = random_system(rng, 8, 2, 2, **options)
        kind = dln.FrequencyLimited([(0.1, 3.0)], modified=True)
        for model in dln.reduce(system, [2, 5], gramians=kind):
            assert model.stable
            assert float(model.error()) <= model.bound
            assert model.measure == "H∞ error"


def test_modified_right_hand_sides(rng):
    """The moduli of the eigenvalues of S BB* + BB* S*, up to the factor that makes the bound one without constants."""
    system = random_system(rng, 5, 2, 2)
    A, B, _, _, _ = system.to_tuple()
    P = gramians(dln.FrequencyLimited([(0.3, 2.0)], modified=True)(system))[0]
    S = (la.logm(2j * np.eye(5) - A) - la.logm(0.3j * np.eye(5) - A)).imag / np.pi
    values, V = la.eigh(S @ B @ B.T + B @ B.T @ S.T)
    right = (V * np.abs(values)) @ V.T
    left = -(A @ P + P @ A.T)
    weight = np.trace(left) / np.trace(right)
    assert_small(la.norm(left - weight * right), la.norm(left), 1e4)
    root = V[:, np.abs(values) > 1e-10] * np.sqrt(np.abs(values[np.abs(values) > 1e-10]))
    assert abs(la.norm(la.pinv(root) @ B, 2) ** 2 / weight - 1) < 1e-9


def test_an_order_that_a_band_needs_is_smaller_than_that_of_all_frequencies():
    system = dln.examples.get("beam")
    limited, whole = (
        dln.reduce(system, 6, gramians=kind) for kind in (dln.FrequencyLimited([(0, 20)]), dln.Lyapunov())
    )
    assert type(limited).__name__ == "BandReducedModel"
    assert float(limited.error()) < 1e-2 * float(dln.norms.band_peak(system.explicit() - whole.linear, [(0, 20)]))


def test_large_sparse_systems(rng, complex_entries, discrete, descriptor, monkeypatch):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    system = grid_system(rng, **options)
    kind = dln.FrequencyLimited([(-2.0, -1.0), (3.0, 10.0)])
    wanted = kind(system).singular_values
    monkeypatch.setattr(dln.LinearSystem, "is_large", property(lambda self: self.is_sparse))
    found = kind.solve(system)
    assert not found.complete
    assert "sparse factorizations" in found.how
    values = found.network.singular_values
    assert np.abs(values - wanted[: values.size]).max() < 1e-9 * wanted[0]
    model = dln.reduce(system, 3, gramians=kind)
    exact = dln.norms.band_peak(_dense_difference(system, model.system), [(-2.0, -1.0), (3.0, 10.0)])
    assert 0.9 * float(exact) <= float(model.error()) <= float(exact) * (1 + 1e-6)


def _dense_difference(system, reduced):
    A, B, C, D, dt = system.to_tuple()
    return dln.LinearSystem(A, B, C, D, dt=dt) - reduced


def test_lightly_damped_structures_have_few_columns():
    """A chain that has no low rank over all frequencies; only its modes in the band are looked at."""
    chain = mass_chain(3000, damping=0.01)
    found = dln.FrequencyLimited([(0.1, 0.104)]).solve(chain)
    assert found.network.widths[0] < 60
    assert float(found.how.split("residual ")[1].split()[0]) < 1e-10


def test_everything_excluded_but_the_ends_of_a_sparse_system(monkeypatch, rng):
    system, kind = grid_system(rng), dln.FrequencyLimited([(1.0, 30.0)], exclude=True)
    wanted = kind(system).singular_values
    monkeypatch.setattr(dln.LinearSystem, "is_large", property(lambda self: self.is_sparse))
    values = kind(system).singular_values
    assert np.abs(values - wanted[: values.size]).max() < 1e-9 * wanted[0]


def test_refusals(rng):
    unstable = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])
    with pytest.raises(UnstableSystemError):
        dln.FrequencyLimited([(0, 1)])(unstable)
    with pytest.raises(InvalidArgumentError, match="dt"):
        dln.FrequencyLimited([(0, 1)])(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], dt=None))
    with pytest.raises(InvalidArgumentError, match="no tolerance"):
        dln.reduce(random_system(rng, 4, 1, 1), tol=0.1, gramians=dln.FrequencyLimited([(0, 1)]))


def test_the_unstable_part_is_kept(rng):
    system = dln.LinearSystem(np.diag([0.5, -1.0, -2.0, -9.0]), np.ones((4, 1)), np.ones((1, 4)))
    model = dln.reduce(system, 3, gramians=dln.FrequencyLimited([(0, 1)]))
    assert model.kept.poles.real.round(9).tolist() == [0.5]
    assert np.isfinite(float(model.error()))


def test_a_similarity_changes_nothing(rng, discrete):
    system = random_system(rng, 6, 2, 2, discrete=discrete)
    T = random_gauge(rng, 6)
    other = dln.LinearSystem(T @ system.A @ la.inv(T), T @ system.B, system.C @ la.inv(T), dt=system.dt)
    first, second = (dln.FrequencyLimited([(0.2, 3.0)])(each).singular_values for each in (system, other))
    assert_small(la.norm(first - second), first[0], 1e4)


def test_the_command_line_knows_it():
    assert named("frequency-limited:bands=[(0, 1), (2, inf)],modified=True") == dln.FrequencyLimited(
        [(0, 1), (2, INF)], modified=True
    )
    assert named("frequency-limited:bands=(0.5,2)").bands == ((0.5, 2.0),)
    assert named("frequency-limited:bands=[(0, 1)],tol=1e-6").tol > EPS
