"""Minimal realizations: orders and responses, of all kinds of systems, against closed forms and SLICOT."""

import copy
import pickle

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arrays import adjoint, dense

from ..models import assert_small, random_gauge, random_matrix, random_system, random_unitary
from ..slicot import PRINTED

N = 6
KINDS = ["none", "nonsingular", "singular"]


def system_of(rng, kind, n=N, m=2, p=3, *, discrete=False, complex_entries=False):
    """A minimal system with E of the given kind; unstable, too."""
    options = {"complex_entries": complex_entries}
    A, B, C = random_matrix(rng, n, n, **options), random_matrix(rng, n, m, **options), random_matrix(rng, p, n)
    E = None
    if kind != "none":
        left, right = random_gauge(rng, n, **options), random_gauge(rng, n, **options)
        E = left @ np.diag([1.0] * (n - 1) + [float(kind == "nonsingular")]) @ right
        A, B, C = left @ A @ right, left @ B, C @ right
    return dln.LinearSystem(A / np.sqrt(n), B, C, random_matrix(rng, p, m), E=E, dt=0.1 if discrete else 0)


def padded(system, rng, unreached=2, unread=1):
    """The same response with states that no input reaches, and others that no output reads, all mixed."""
    n, k = system.nstates, system.nstates + unreached
    size = k + unread
    A, E = (random_matrix(rng, size, size, complex_entries=system.is_complex) for _ in range(2))
    for M in (A, E):
        M[:n, k:] = M[n:k, :n] = M[n:k, k:] = 0
    A[:n, :n], E[:n, :n] = dense(system.A), system.descriptor
    B = np.vstack([system.B, np.zeros((unreached, system.ninputs)), random_matrix(rng, unread, system.ninputs)])
    C = np.hstack([system.C, random_matrix(rng, system.noutputs, unreached), np.zeros((system.noutputs, unread))])
    left, right = random_gauge(rng, size), random_gauge(rng, size)
    if system.E is None:
        inverse = la.inv(left)
        return dln.LinearSystem(left @ A @ inverse, left @ B, C @ inverse, system.D, dt=system.dt)
    A, B, C = left @ A @ right, left @ B, C @ right
    return dln.LinearSystem(A, B, C, system.D, E=left @ E @ right, dt=system.dt)


def distance(left, right, points=(0.3 + 0.1j, 1.2j, -2 + 3j, 40.0)):
    """Largest difference of two responses at a few points, relative to the second one."""
    return max(la.norm(left(z) - right(z)) / max(la.norm(right(z)), 1e-300) for z in points)


@pytest.mark.parametrize("kind", KINDS)
def test_a_minimal_system_is_returned_as_it_is(rng, kind, discrete, complex_entries):
    system = system_of(rng, kind, discrete=discrete, complex_entries=complex_entries)
    result = dln.minreal(system)
    assert result.system is system
    assert (result.order, result.is_minimal, result.uncontrollable, result.unobservable) == (N, True, 0, 0)
    assert np.array_equal(result.left, np.eye(N))
    assert 1e-6 < result.distance < np.inf


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inputs", [1, 2])
def test_a_sum_has_order_n_and_a_difference_none(rng, kind, inputs, discrete, complex_entries):
    for n in (1, 3, N, 20):
        system = system_of(rng, kind, n, inputs, discrete=discrete, complex_entries=complex_entries)
        if kind == "singular" and n == 1:
            continue  # the static gain of an algebraic equation
        added, nothing = dln.minreal(system + system), dln.minreal(system - system)
        assert (added.order, nothing.order) == (n, 0)
        assert added.uncontrollable + added.unobservable == n
        assert distance(added.system, 2 * system) < 1e-10
        assert nothing.distance == np.inf
        assert added.system.is_complex == complex_entries
        assert added.system.dt == system.dt
        assert (added.system.E is None) == (kind == "none")


@pytest.mark.parametrize("kind", ["none", "nonsingular", "singular"])
def test_hidden_parts_go_and_the_bases_say_how(rng, kind, discrete):
    inner = system_of(rng, kind, discrete=discrete)
    system = padded(inner, rng)
    result = dln.minreal(system)
    assert (result.order, result.uncontrollable, result.unobservable) == (N, 2, 1)
    assert distance(result.system, inner) < 1e-10
    W, V = result.left, result.right
    E = system.descriptor
    assert_small(la.norm(adjoint(W) @ dense(system.A) @ V - dense(result.system.A)), la.norm(system.A) * 10, 100)
    assert_small(la.norm(adjoint(W) @ E @ V - result.system.descriptor), la.norm(E) * 10, 100)
    assert_small(la.norm(adjoint(W) @ system.B - result.system.B), la.norm(system.B) * 10, 100)
    text = repr(result)
    assert f"{N} of {N + 3} states" in text
    assert "uncontrollable: 2, with eigenvalues" in text


def test_the_poles_that_were_removed_are_named(rng):
    A = la.block_diag([[-1.0]], [[0.0, 1.0], [-4.0, 0.0]], [[0.5]])
    system = dln.LinearSystem(A, [[1.0], [0], [0], [1.0]], [[1.0, 1, 1, 0]])
    for T in (np.eye(4), random_gauge(rng, 4)):
        turned = dln.LinearSystem(la.solve(T, A @ T), la.solve(T, system.B), system.C @ T)
        result = dln.minreal(turned)
        assert result.order == 1
        assert np.sort(result.uncontrollable_poles.imag) == pytest.approx([-2, 2], rel=1e-12)
        assert result.unobservable_poles.real == pytest.approx([0.5], rel=1e-12)
        assert result.system.poles() == pytest.approx([-1], rel=1e-12)


def test_hidden_integrators(rng):
    """1/(s + 1) beside a double integrator that is not driven, and an accumulator that is not read."""
    A = la.block_diag([[-1.0]], [[0.0, 1.0], [0.0, 0.0]], [[0.0]])
    for T in (np.eye(4), random_gauge(rng, 4), random_gauge(rng, 4) * [1e-6, 1e5, 1.0, 1e-3]):
        system = dln.LinearSystem(la.solve(T, A @ T), la.solve(T, [[1.0], [0], [0], [1]]), [[1.0, 1, 1, 0]] @ T)
        result = dln.minreal(system)
        assert result.order == 1
        assert result.system.dcgain().item() == pytest.approx(1, rel=1e-9)


def test_infinite_eigenvalues_that_are_not_reached_go(rng):
    """TG01JD: [E, B] and [E; C] have full rank afterwards; an algebraic equation that passes the input on stays."""
    A = np.diag([-1.0, 1, 1, 1])
    E = np.diag([1.0, 0, 0, 0])
    B, C = np.array([[1.0], [0], [1], [1]]), np.array([[1.0, 1, 0, 2]])  # passes on: the last one alone
    left, right = random_gauge(rng, 4), random_gauge(rng, 4)
    system = dln.LinearSystem(left @ A @ right, left @ B, C @ right, E=left @ E @ right)
    result = dln.minreal(system)
    assert result.order == 2
    assert np.isinf(np.concatenate([result.uncontrollable_poles, result.unobservable_poles])).all()
    assert distance(result.system, system) < 1e-12
    ranks = [np.linalg.matrix_rank(M) for M in (np.hstack([result.system.E, result.system.B]),)]
    assert ranks == [2]


@pytest.mark.parametrize("kind", KINDS)
def test_other_coordinates_and_orders_of_the_states(rng, kind, discrete):
    system = padded(system_of(rng, kind, discrete=discrete), rng)
    order = rng.permutation(system.nstates)
    T, S = random_gauge(rng, system.nstates), random_gauge(rng, system.nstates)
    A, E, B, C = dense(system.A), system.E, system.B, system.C
    permuted = dln.LinearSystem(
        A[np.ix_(order, order)],
        B[order],
        C[:, order],
        system.D,
        E=None if E is None else E[np.ix_(order, order)],
        dt=system.dt,
    )
    turned = (
        dln.LinearSystem(la.solve(T, A @ T), la.solve(T, B), C @ T, system.D, dt=system.dt)
        if E is None
        else dln.LinearSystem(S @ A @ T, S @ B, C @ T, system.D, E=S @ E @ T, dt=system.dt)
    )
    for other in (permuted, turned):
        result = dln.minreal(other)
        assert (result.order, result.uncontrollable, result.unobservable) == (N, 2, 1)
        assert distance(result.system, system) < 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_duality(rng, kind, complex_entries):
    """What is not reached of the adjoint system is what is not read; its minimal realization is the adjoint one."""
    system = padded(system_of(rng, kind, complex_entries=complex_entries), rng, unreached=2, unread=0)
    E = None if system.E is None else adjoint(system.E)
    dual = dln.LinearSystem(adjoint(dense(system.A)), adjoint(system.C), adjoint(system.B), adjoint(system.D), E=E)
    result, adjoint_result = dln.minreal(system), dln.minreal(dual)
    assert (result.uncontrollable, result.unobservable) == (2, 0)
    assert (adjoint_result.uncontrollable, adjoint_result.unobservable) == (0, 2)
    for z in (0.5j, 1 + 1j):
        left, right = adjoint_result.system(np.conj(z)), adjoint(result.system(z))
        assert la.norm(left - right) <= 1e-9 * la.norm(right)


def test_units_of_states_and_signals_do_not_matter(rng):
    system = random_system(rng, 5, 2, 2)
    whole = system + system
    for _ in range(5):
        d, b, c = (10.0 ** rng.uniform(-9, 9, size) for size in (10, 2, 2))
        scaled = dln.LinearSystem(whole.A * d / d[:, None], whole.B * b / d[:, None], (whole.C * d) * c[:, None])
        result = dln.minreal(scaled)
        assert result.order == 5
        gain = (result.system(1j) - result.system.D) / (c[:, None] * b)
        assert la.norm(gain - 2 * (system(1j) - system.D)) <= 1e-11 * la.norm(gain)


def test_an_input_in_large_units_is_an_input(rng):
    """What only one input reaches stays, whatever the unit of this input is; and the same of outputs."""
    Q, small = random_unitary(rng, 4), 1e-20
    A = la.block_diag([[-1.0, 1], [0, -2]], [[-3.0, 1], [0, -4]])
    B, C = la.block_diag([[0.0], [1]], [[0.0], [small]]), np.array([[1.0, 0, 1, 0]])
    system = dln.LinearSystem(Q @ A @ Q.T, Q @ B, C @ Q.T)
    assert dln.minreal(system).order == 4
    assert dln.minreal(dln.LinearSystem(system.A.T, system.C.T, system.B.T)).order == 4


@pytest.mark.parametrize("rates", [(1e-9, 1.7e-9, 1e9, 1.3e9), (1e9, 1.3e9, 1e-9, 1.7e-9), (1.0, 1e15)])
def test_rates_that_differ_by_many_decades_decide_the_response(rates):
    """Slow lags behind fast ones are zeros beside the norm of A; without them nothing would be left."""
    A = -np.diag(rates) + np.diag(rates[1:], -1)
    B, C = np.eye(len(rates))[:, :1] * rates[0], np.eye(len(rates))[-1:]
    d = 10.0 ** np.linspace(-5, 5, len(rates))
    for system in (
        dln.LinearSystem(A, B, C),
        dln.LinearSystem(d[:, None] * A, d[:, None] * B, C, E=np.diag(d)),
    ):
        small = dln.minreal(system).system
        for rate in rates:
            assert abs((small(1j * rate) - system(1j * rate)).item()) < 1e-7
        assert small.dcgain().item() == pytest.approx(1, rel=1e-7)


def nearly_cancelling(rng, poles, gap):
    """A system whose first pole has a residue of this size, in orthonormal coordinates that mix all poles."""
    n = len(poles)
    Q = random_unitary(rng, n)
    C = np.array([[gap, *np.linspace(1, 2, n - 1)]])
    return dln.LinearSystem(Q @ np.diag(poles) @ Q.T, Q @ np.ones((n, 1)), C @ Q.T)


@pytest.mark.parametrize("poles", [[-1.0, -2.0], [-1.0, -2.0, -3.5], [-1.0, -2.0, -3.5, -5.0, 2.0]])
def test_nearly_cancelling_poles_and_zeros(rng, poles):
    """A pole that a zero misses by 1e-6 is kept by default, and dropped at a tolerance of 1e-3."""
    given = nearly_cancelling(rng, poles, 1e-6)
    kept, dropped = dln.minreal(given), dln.minreal(given, tol=1e-3)
    assert kept.system is given
    assert 1e-8 < kept.distance < 1e-5
    assert dropped.order == len(poles) - 1
    assert dropped.unobservable_poles.real == pytest.approx([-1], abs=1e-4)
    assert dropped.dropped < 1e-3 < dropped.kept
    assert distance(dropped.system, given, points=(0.1j, 1j, 10j)) < 1e-4


def test_a_zero_beside_a_pole_of_a_transfer_function():
    given = control.tf([1.0, 1 + 1e-6], np.poly([-1.0, -2.0, -3.5]))
    assert dln.minreal(given).system is given
    small = dln.minreal(given, tol=1e-3).system
    assert isinstance(small, control.TransferFunction)
    assert np.sort(small.poles().real) == pytest.approx([-3.5, -2], abs=1e-4)


def test_exact_cancellation_in_every_kind_of_object():
    for given in (
        control.tf([1.0, 1.0], [1.0, 3.0, 2.0], 0.1),
        control.ss([[-3.0, -2], [1, 0]], [[1.0], [0]], [[1.0, 1]], 0),
        scipy.signal.ZerosPolesGain([-1.0], [-1.0, -2.0], 1.0),
        ([[-3.0, -2], [1, 0]], [[1.0], [0]], [[1.0, 1]]),
    ):
        result = dln.minreal(given)
        small = dln.as_system(result.system)
        assert result.order == small.nstates == 1
        assert small.poles().real == pytest.approx([-2], rel=1e-12)
        assert isinstance(given, tuple) or isinstance(result.system, type(given))


def test_slicot_tb01pd_example():
    """The worked example of TB01PD: order 3, and the transfer function of what it prints."""
    system = dln.LinearSystem([[1.0, 2, 0], [4, -1, 0], [0, 0, 1]], [1.0, 0, 1], [[0.0, 1, -1], [0, 0, 1]])
    A = [[1.0, -1.4142, 1.4142], [-2.8284, 0.0, 1.0], [2.8284, 1.0, 0.0]]
    printed = dln.LinearSystem(A, [-1.0, 0.7071, 0.7071], [[0.0, 0, -1.4142], [0, 0.7071, 0.7071]])
    result = dln.minreal(system)
    assert result.order == 3
    assert np.abs(result.system(3j) - printed(3j)).max() < PRINTED


def test_slicot_tb01pd_finds_the_same_order(rng):
    slycot = pytest.importorskip("slycot")
    for k, inputs in ((0, 1), (2, 2), (3, 1)):
        system = padded(system_of(rng, "none", m=inputs, p=1), rng, unreached=k, unread=1)
        A, B, C, D, _ = system.to_tuple()
        n, m, p = system.nstates, *D.T.shape
        wide, tall = np.zeros((n, max(m, p))), np.zeros((max(m, p), n))
        wide[:, :m], tall[:p] = B, C
        small_A, small_B, small_C, order = slycot.tb01pd(n, m, p, A, wide, tall, tol=1e-10)
        result = dln.minreal(system)
        assert result.order == order == N
        theirs = dln.LinearSystem(small_A, small_B[:, :m], small_C[:p], D)
        assert distance(result.system, theirs) < 1e-10


def test_long_staircases_do_not_hide_anything(rng):
    """TB01PD keeps all states of these: rounding of its first steps grows."""
    for kind in ("none", "nonsingular"):
        system = system_of(rng, kind, 50, 1, 1)
        assert dln.minreal(system + system).order == 50
        assert dln.minreal(system - system).order == 0


def test_distance_bounds_what_makes_it_smaller(rng):
    """A change of B of that size, and the next smaller realization is found."""
    system = nearly_cancelling(rng, [-1.0, -2.0, -3.0], 1e-5)
    result = dln.minreal(system)
    assert result.distance < 1e-4
    assert dln.minreal(system, tol=2 * result.distance).order == 2
    assert dln.minreal(system, tol=1e-3 * result.distance).order == 3


def test_time_base_and_names_stay(rng):
    for dt in (0, 0.5, True, None):
        half = random_system(rng, 2, 1, 1)
        A, B, C = la.block_diag(half.A, half.A), np.vstack([half.B] * 2), np.hstack([half.C] * 2)
        system = dln.LinearSystem(A, B, C, dt=dt, inputs=["u"], outputs=["y"], name="pair")
        small = dln.minreal(system).system
        assert (small.nstates, small.inputs, small.outputs, small.name) == (2, ("u",), ("y",), "pair")
        assert small.dt is dt


def test_zeros_decide_first_and_keep_names():
    system = dln.LinearSystem([[-1.0, 0], [0, -2]], [[1.0], [1]], [[0.0, 1]], states=["dark", "seen"])
    result = dln.minreal(system)
    assert result.system.states == ("seen",)
    assert (result.unobservable, result.dropped) == (1, 0.0)
    assert result.unobservable_poles.real.tolist() == [-1]
    assert result.left.ravel().tolist() == result.right.ravel().tolist() == [0, 1]


def test_static_systems():
    for n in (0, 2):
        system = dln.LinearSystem(-np.eye(n), np.zeros((n, 1)), np.ones((1, n)), [[3.0]])
        result = dln.minreal(system)
        assert (result.order, result.full_order, result.uncontrollable) == (0, n, n)
        assert dln.as_system(result.system).dcgain().item() == 3
        assert "0 of" in repr(result)


def test_a_result_can_be_pickled(rng):
    system = random_system(rng, 2, 1, 1)
    result = dln.minreal(system + system)
    for other in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        assert (other.order, repr(other)) == (2, repr(result))


def test_what_is_refused(rng):
    system = random_system(rng, 2, 1, 1)
    for tol in (0, 1, -1e-3, np.nan, "small"):
        with pytest.raises(InvalidArgumentError, match="tol"):
            dln.minreal(system, tol=tol)
    n = 3001
    chain = sp.diags_array([-np.ones(n), np.ones(n - 1)], offsets=[0, -1], format="csc")
    with pytest.raises(InvalidArgumentError, match=r"dlnbalance\.sminreal"):
        dln.minreal(dln.LinearSystem(chain, np.eye(n)[:, :1], np.eye(n)[-1:]))
    Q = random_unitary(rng, 3)
    singular = dln.LinearSystem(
        Q @ np.diag([1.0, 1, 0]) @ Q, np.ones((3, 1)), np.ones((1, 3)), E=Q @ np.diag([1.0, 1, 0]) @ Q
    )
    with pytest.raises(NumericalError, match="singular"):
        dln.minreal(singular)
