"""Schatten regularizers: norms, minima, minimizers."""

import numpy as np
import pytest
import scipy.linalg as la
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.networks import schatten
from dlnbalance.networks.initialization import balanced, random_spectrum
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.networks.orbits import random_balanced

from ..models import random_gauge, random_hermitian, random_matrix, random_network

EXPONENTS = [0.5, 1, 1.5, 2, 4]

bounded = settings(max_examples=60, derandomize=True, deadline=None)


def test_norms_with_names_of_their_own(rng, complex_entries):
    M = random_matrix(rng, 4, 6, complex_entries=complex_entries)
    assert schatten.schatten_norm(M, 1) == pytest.approx(la.svdvals(M).sum(), rel=1e-13)
    assert schatten.schatten_norm(M, 2) == pytest.approx(la.norm(M), rel=1e-13)
    assert schatten.schatten_norm(M, np.inf) == pytest.approx(la.norm(M, 2), rel=1e-13)
    assert schatten.schatten_norm(M, 500) == pytest.approx(la.norm(M, 2), rel=1e-2)


@bounded
@given(p=st.sampled_from([0.1, *EXPONENTS, np.inf]), c=st.floats(1e-100, 1e100), seed=st.integers(0, 99))
def test_norm_is_homogeneous_and_unitarily_invariant(p, c, seed):
    rng = np.random.default_rng(seed)
    M = random_matrix(rng, 3, 4)
    Q = la.qr(random_matrix(rng, 3, 3))[0]
    size = schatten.schatten_norm(M, p)
    assert schatten.schatten_norm(c * M, p) == pytest.approx(c * size, rel=1e-12)
    assert schatten.schatten_norm(Q @ M, p) == pytest.approx(size, rel=1e-10)


def test_quasi_norm_ignores_singular_values_that_rounding_makes(rng):
    """A product of rank 2 in a 6-by-6 matrix: with p = 1/8 the noise would count 1 % a piece."""
    M = random_matrix(rng, 6, 2) @ random_matrix(rng, 2, 6)
    values = la.svdvals(M)
    assert schatten.schatten_norm(M, 1 / 8) == pytest.approx(np.sum(values[:2] ** 0.125) ** 8, rel=1e-10)


@pytest.mark.parametrize("p", [0.5, 1, np.inf])
def test_norm_of_zero(p):
    assert schatten.schatten_norm(np.zeros((2, 3)), p) == 0
    zero = DeepLinearNetwork([np.zeros((2, 3)), np.zeros((3, 2))])
    assert schatten.regularizer(zero, p) == schatten.gap(zero, p) == schatten.minimum(np.zeros((3, 3)), 2, p) == 0


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize(
    "widths, rank", [((4, 4, 4), None), ((3, 5, 4, 6, 3), None), ((5, 4, 6, 5), 2), ((4, 3), None)]
)
def test_theorem_intro_revised_value_on_balanced_networks(rng, widths, rank, p, complex_entries):
    """Σ‖W_k‖_{S_p} = N ‖X‖_{S_{p/N}}^{1/N} on every balanced network, at any widths and any rank."""
    # of whole numbers, whose products are exact: rounding would give a deficient X small singular values
    wide, thin = (
        np.round(8 * random_matrix(rng, d, rank or min(widths), complex_entries=complex_entries))
        for d in (widths[-1], widths[0])
    )
    given_ = wide @ thin.T / 64
    X = balanced(given_, widths=widths).end_to_end
    N = len(widths) - 1
    least = schatten.minimum(given_, N, p)
    assert least == pytest.approx(N * schatten.schatten_norm(given_, p / N) ** (1 / N), rel=1e-12)
    for seed in range(3):
        network = random_balanced(X, widths=widths, rng=seed)
        assert schatten.regularizer(network, p) == pytest.approx(least, rel=1e-11)
        assert abs(schatten.gap(network, p)) < 1e-11 * least


@bounded
@given(
    widths=st.lists(st.integers(1, 5), min_size=2, max_size=9),
    p=st.sampled_from([0.25, *EXPONENTS, np.inf]),
    seed=st.integers(0, 999),
    complex_entries=st.booleans(),
    rank=st.none() | st.integers(1, 4),
)
def test_theorem_intro_revised_lower_bound(widths, p, seed, complex_entries, rank):
    """The Hölder-Horn chain: no network is below the minimum, for any p > 0."""
    network = random_network(np.random.default_rng(seed), widths, complex_entries=complex_entries, rank=rank)
    assert schatten.gap(network, p) >= -1e-11 * schatten.regularizer(network, p)


@pytest.mark.parametrize("p", EXPONENTS)
def test_theorem_intro_revised_equality_only_when_balanced(rng, p, complex_entries):
    """The gap grows with the square of a Hermitian gauge away from the balanced orbit, for p ≤ 1 too."""
    center = random_spectrum((4, 4, 4, 4), [3.0, 2.0, 1.0, 0.5], rng=rng, complex_entries=complex_entries)
    a = [random_hermitian(rng, 4, complex_entries=complex_entries) for _ in range(2)]
    gaps = [schatten.gap(center.gauge([la.expm(t * x) for x in a]), p) for t in (1e-2, 1e-3)]
    assert gaps[1] > 0
    assert gaps[0] / gaps[1] == pytest.approx(100, rel=0.2)


@pytest.mark.parametrize("p", EXPONENTS)
def test_equality_wants_layers_of_equal_norm(rng, p):
    """Means: scaling the layers of a balanced network against each other costs, though the products stay the same."""
    center = random_spectrum((3, 3, 3), [2.0, 1.0, 0.5], rng=rng)
    scaled = DeepLinearNetwork([center.weights[0] * 1.1, center.weights[1] / 1.1])
    size = schatten.schatten_norm(center.weights[0], p)
    assert schatten.gap(scaled, p) == pytest.approx(size * (1.1 + 1 / 1.1 - 2), rel=1e-9)


@pytest.mark.parametrize("p", EXPONENTS)
def test_equality_wants_proportional_singular_values(p):
    """Hölder: layers of equal norm with spectra that are not proportional are above the minimum."""
    network = DeepLinearNetwork([np.diag([2.0, 1.0]), np.diag([1.0, 2.0])])
    norms = [schatten.schatten_norm(weight, p) for weight in network.weights]
    assert norms[0] == pytest.approx(norms[1])
    assert schatten.gap(network, p) > 1e-2


@pytest.mark.parametrize("p", EXPONENTS)
def test_equality_wants_aligned_layers(rng, p):
    """Horn: equal singular values in frames that do not match are above the minimum."""
    roots = np.diag([2.0, 1.0])
    c, s = np.cos(0.5), np.sin(0.5)
    network = DeepLinearNetwork([roots, np.array([[c, -s], [s, c]]), roots])
    pair = DeepLinearNetwork([roots, roots @ network.weights[1]])
    assert schatten.gap(pair, p) > 1e-2


def test_nuclear_norm_has_no_other_minimizers(rng, complex_entries):
    """p = 1, where strict convexity is missing: the excess is bounded below by the square of the moment."""
    center = random_spectrum((2, 2, 2), [2.0, 0.7], rng=rng, complex_entries=complex_entries)
    least = schatten.minimum(center.end_to_end, 2, 1)
    for _ in range(20):
        network = center.gauge([random_gauge(rng, 2, complex_entries=complex_entries)])
        excess = schatten.regularizer(network, 1) / least - 1
        moment = network.representation.moment_norm() / network.norm**2
        assert excess > 0.05 * moment**2


def test_spectral_norm_has_other_minimizers():
    """p = ∞: the value is N σ_1^{1/N}, and small modes may be unbalanced at no cost."""
    network = DeepLinearNetwork([np.diag([2.0, 0.5]), np.diag([2.0, 1.0])])
    assert not network.is_balanced()
    assert abs(schatten.gap(network, np.inf)) <= 1e-14
    assert schatten.gap(network, 4) > 1e-3


def test_p_two_is_the_root_of_the_energies(rng):
    network = random_network(rng, (3, 4, 2))
    assert schatten.regularizer(network, 2) == pytest.approx(sum(la.norm(weight) for weight in network.weights))


@pytest.mark.parametrize("p", [0, -1.0, np.nan, "2", None, True, 1j])
def test_exponents_that_are_none_are_refused(p):
    network = DeepLinearNetwork([[[1.0]]])
    calls = (
        lambda: schatten.schatten_norm([[1.0]], p),
        lambda: schatten.regularizer(network, p),
        lambda: schatten.minimum([[1.0]], 2, p),
        lambda: schatten.gap(network, p),
    )
    for call in calls:
        with pytest.raises(InvalidArgumentError, match=r"^p: expected a positive number or inf"):
            call()


@pytest.mark.parametrize("depth", [0, -1, 2.0, True, None])
def test_depths_that_are_none_are_refused(depth):
    with pytest.raises(InvalidArgumentError, match=r"^depth: "):
        schatten.minimum([[1.0]], depth, 1)


def test_overflow_for_tiny_p_is_refused():
    with pytest.raises(NumericalError, match="take a larger p"):
        schatten.schatten_norm(np.eye(4), 1e-4)


@pytest.mark.parametrize("M", [[[np.nan]], [["x"]], [[1.0], [2.0, 3.0]]])
def test_matrices_that_are_none_are_refused(M):
    with pytest.raises(InvalidArgumentError):
        schatten.schatten_norm(M, 1)
