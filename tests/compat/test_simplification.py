"""The functions of python-control: the same signature, the same result where that is right, and where it is not."""

import inspect

import control
import numpy as np
import pytest
import scipy.linalg

import dlnbalance as dln
import dlnbalance.compat as ours
from dlnbalance.errors import InvalidArgumentError, OrderError, UnstableSystemError

from ..models import assert_small, random_system

FREQUENCIES = np.geomspace(1e-2, 1e2, 30)


def gap(first, second):
    """Largest difference of two responses, and the largest gain."""
    responses = [dln.frequency_response(system, FREQUENCIES) for system in (first, second)]
    return np.abs(responses[0] - responses[1]).max(), np.abs(responses[0]).max()


def chain(dt=0, poles=(-1.0, -2.0, -30.0)):
    matrices = np.diag(poles), np.ones((len(poles), 1)), np.ones((1, len(poles)))
    return control.ss(*matrices, 0, dt, inputs=["force"], outputs=["position"], name="rod")


@pytest.mark.parametrize("name", ["balred", "gram", "hsvd", "minreal"])
def test_parameters_and_defaults_are_those_of_python_control(name):
    mine, theirs = (inspect.signature(getattr(module, name)).parameters for module in (ours, control))
    assert list(mine) == list(theirs)
    assert [p.default for p in mine.values()] == [p.default for p in theirs.values()]
    assert [p.kind for p in mine.values()] == [p.kind for p in theirs.values()]


def test_nothing_is_here_that_python_control_lacks_but_balreal():
    functions = {name for name in ours.__all__ if inspect.isfunction(getattr(ours, name))}
    assert {name for name in functions if not hasattr(control, name)} == {"balreal"}


# -- where both are right --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["truncate", "matchdc"])
@pytest.mark.parametrize("unstable", [False, True])
def test_balred_as_there_in_continuous_time(rng, method, unstable):
    pytest.importorskip("slycot")
    A, B, C, D, _ = random_system(rng, 7, 2, 2).to_tuple()
    if unstable:
        A = A + 0.3 * np.eye(7)
    system = control.ss(A, B, C, D, 0)
    kept = int((np.linalg.eigvals(A).real >= 0).sum())
    assert (kept > 0) == unstable
    mine, theirs = (module.balred(system, [kept + 2, kept + 3], method) for module in (ours, control))
    for first, second in zip(mine, theirs, strict=True):
        assert isinstance(first, control.StateSpace)
        assert_small(*gap(first, second), 1e7)  # seen: 3e4


@pytest.mark.parametrize("alpha", [-0.5, -1.5])
def test_balred_with_alpha_as_there(alpha):
    pytest.importorskip("slycot")
    system = chain(poles=(1.0, -0.4, -1.2, -3.0, -50.0))
    mine, theirs = (module.balred(system, 4, alpha=alpha) for module in (ours, control))
    assert_small(*gap(mine, theirs), 1e5)
    stable = chain(poles=(-0.4, -1.2, -3.0, -50.0))
    mine, theirs = (module.balred(stable, 3, method="matchdc", alpha=alpha) for module in (ours, control))
    assert_small(*gap(mine, theirs), 1e5)


def test_hsvd_as_there_in_continuous_time(rng):
    pytest.importorskip("slycot")
    system = random_system(rng, 4, 2, 2).to_control()
    mine, theirs = ours.hsvd(system), control.hsvd(system)
    assert mine.shape == theirs.shape
    assert np.abs(mine - theirs).max() <= 1e-7 * mine[0]  # half of the digits is what is left there


def test_minreal_as_there(rng, capsys):
    pytest.importorskip("slycot")
    plant = random_system(rng, 3, 2, 2)
    twice = (plant + plant).to_control()
    mine, theirs = ours.minreal(twice), control.minreal(twice)
    assert capsys.readouterr().out.splitlines() == ["3 states have been removed from the model"] * 2
    assert mine.nstates == theirs.nstates == 3
    assert_small(*gap(mine, theirs), 1e6)
    quotient = control.tf([1.0, 1.0], [1.0, 3.0, 2.0])
    for module in (ours, control):
        assert module.minreal(quotient, verbose=False).den_array[0, 0].round(9).tolist() == [1.0, 2.0]
    assert not capsys.readouterr().out


# -- where python-control is wrong -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["truncate", "matchdc"])
def test_balred_in_discrete_time(method):
    pytest.importorskip("slycot")
    system = chain(0.1, (-0.9, -0.5, -0.1))
    mine, theirs = ours.balred(system, 2, method), control.balred(system, 2, method)
    assert mine.dt == 0.1
    assert theirs.dt == 0
    bound = 2 * ours.hsvd(system)[2]
    assert float(dln.hinf_norm(dln.as_system(system) - dln.as_system(mine))) <= bound * (1 + 1e-9)
    moved = control.ss(theirs.A, theirs.B, theirs.C, theirs.D, 0.1)
    assert float(dln.hinf_norm(dln.as_system(system) - dln.as_system(moved))) > 3 * bound
    if method == "matchdc":
        assert_small(abs(mine.dcgain() - system.dcgain()), abs(system.dcgain()), 100)


def test_hsvd_in_discrete_time():
    system = chain(0.1, (-0.9, -0.5, -0.1))
    with pytest.raises(NotImplementedError):
        control.hsvd(system)
    P, Q = (scipy.linalg.solve_discrete_lyapunov(A, W) for A, W in _pair(system))
    expected = np.sqrt(np.sort(np.linalg.eigvals(P @ Q).real)[::-1])
    assert np.abs(ours.hsvd(system) - expected).max() <= 1e-8 * expected[0]


def _pair(system):
    return (system.A, system.B @ system.B.T), (system.A.T, system.C.T @ system.C)


def test_small_hankel_singular_values():
    """Those of the heat rod fall below √eps σ_1, where roots of eigenvalues are wrong or complex."""
    pytest.importorskip("slycot")
    rod = dln.examples.get("heat-rod")
    mine, theirs = ours.hsvd(rod.to_control()), control.hsvd(rod.to_control())
    assert (mine >= 0).all()
    assert mine.dtype == float
    exact = dln.hankel_singular_values(rod)
    assert_small(np.abs(mine - exact).max(), exact[0], 100)
    assert np.iscomplexobj(theirs) or np.abs(theirs - exact).max() > 1e-13 * exact[0]


def test_alpha_counts_for_stable_systems_too():
    pytest.importorskip("slycot")
    system = chain()
    poles = [np.sort(module.balred(system, 2, alpha=-1.5).poles().real) for module in (ours, control)]
    assert_small(abs(poles[0][-1] + 1), 1, 100)  # the pole −1 is kept
    assert abs(poles[1][-1] + 1) > 0.1


def test_alpha_in_discrete_time():
    system = chain(0.1, (0.9, 0.5, -0.3, -0.1))
    kept = ours.balred(system, 3, alpha=0.8).poles()
    assert_small(np.abs(kept - 0.9).min(), 1, 100)
    assert ours.balred(system, 4, alpha=0).nstates == 4
    with pytest.raises(OrderError, match="4 states that are kept"):
        ours.balred(system, 3, alpha=0)
    unset = control.ss(system.A, system.B, system.C, system.D, True)
    assert_small(np.abs(ours.balred(unset, 3, alpha=0.8).poles() - 0.9).min(), 1, 100)


def test_names_and_type_stay():
    system = chain()
    results = [ours.balred(system, 2), ours.minreal(system, verbose=False), ours.balreal(system).sysb]
    for result in results:
        assert (result.name, result.input_labels, result.output_labels) == ("rod", ["force"], ["position"])
    if pytest.importorskip("slycot"):
        assert control.balred(system, 2).input_labels == ["u[0]"]
    quotient = control.ss2tf(chain(0.1, (0.5, 0.4)))
    reduced = ours.balred(quotient, 1)
    assert isinstance(reduced, control.TransferFunction)
    assert reduced.dt == 0.1


def test_a_list_gives_a_list():
    assert [model.nstates for model in ours.balred(chain(), [2])] == [2]
    assert [model.nstates for model in ours.balred(chain(), np.array([1, 2]))] == [1, 2]


def test_systems_without_states():
    gain = control.ss([], [], [], [[2.0]])
    assert ours.hsvd(gain).shape == (0,)
    assert ours.balred(gain, 0).D.item() == 2.0
    assert ours.minreal(gain, verbose=False).nstates == 0
    assert ours.balreal(gain).T.shape == (0, 0)


def test_multiple_roots_of_transfer_functions_cancel():
    square = control.tf([1.0, 2.0, 1.0], [1.0, 4.0, 6.0, 4.0, 1.0])  # (s + 1)²/(s + 1)⁴
    assert len(control.minreal(square, verbose=False).poles()) == 4
    assert len(ours.minreal(square, verbose=False).poles()) == 2


# -- orders and refusals -----------------------------------------------------------------------------------------------


def test_more_states_than_a_minimal_realization_has():
    hidden = control.ss(np.diag([-1.0, -2.0, -30.0]), [[1.0], [1.0], [0.0]], np.ones((1, 3)), 0)
    with pytest.warns(UserWarning, match="2 states to rounding, and is returned for order 3"):
        models = ours.balred(hidden, [3, 1])
    assert [model.nstates for model in models] == [2, 1]
    assert_small(*gap(models[0], hidden), 1000)
    zero = control.ss([[-1.0]], [[0.0]], [[1.0]], [[1.0]])
    with pytest.warns(UserWarning, match="0 states"):
        assert ours.balred(zero, 1).nstates == 0


def test_orders_that_cannot_be_had():
    for orders, argument in ((4, "orders"), (-1, "orders"), ([1, 4], "orders")):
        with pytest.raises(ValueError, match=argument):
            ours.balred(chain(), orders)
    with pytest.raises(OrderError, match="2 states that are kept"):
        ours.balred(chain(poles=(1.0, 2.0, -3.0)), 1)
    with pytest.raises(OrderError, match="unique"):
        ours.balred(dln.append(dln.LinearSystem(-1, 1, 1), dln.LinearSystem(-1, 1, 1)), 1)


def test_refusals_are_value_errors_with_advice():
    with pytest.raises(UnstableSystemError):
        ours.hsvd(chain(poles=(1.0,)))
    with pytest.raises(InvalidArgumentError, match="'matchdc'"):
        ours.balred(chain(), 1, method="residualize")
    for system, alpha in ((chain(), 0.5), (chain(0.1, (0.5,)), -0.5), (chain(), np.nan), (chain(), "0")):
        with pytest.raises(InvalidArgumentError, match="alpha"):
            ours.balred(system, 1, alpha=alpha)
    with pytest.raises(InvalidArgumentError, match="tol"):
        ours.minreal(chain(), -1.0)


def test_zero_tolerance_is_the_default_as_for_slicot(rng):
    plant = random_system(rng, 3, 1, 1)
    assert ours.minreal(plant + plant, 0.0, verbose=False).nstates == 3


def test_balreal(rng, discrete):
    system = random_system(rng, 4, 2, 2, discrete=discrete).to_control()
    sysb, g, T, Ti = ours.balreal(system)
    for kind in "co":
        assert_small(np.abs(ours.gram(sysb, kind) - np.diag(g)).max(), g[0], 1e4)
    assert_small(np.abs(T @ Ti - np.eye(4)).max(), 1, 1e4)
    assert_small(np.abs(T @ system.A @ Ti - sysb.A).max(), 1, 1e4)
    assert sysb.dt == system.dt
