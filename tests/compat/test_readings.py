"""How systems are read: dt None is continuous, and comes back as None."""

import control
import pytest
import scipy.signal

import dlnbalance as dln
import dlnbalance.compat as ours
from dlnbalance.compat.readings import as_state_space
from dlnbalance.errors import InvalidArgumentError


def test_no_time_base_is_continuous_time_and_stays_none():
    matrices = [[-1.0, 1.0], [0.0, -3.0]], [[1.0], [1.0]], [[1.0, 0.5]], [[0.0]]
    unset, continuous = control.ss(*matrices, None), control.ss(*matrices, 0)
    assert unset.dt is None
    assert ours.hsvd(unset).tolist() == ours.hsvd(continuous).tolist()
    assert ours.gram(unset, "c").tolist() == ours.gram(continuous, "c").tolist()
    for result in (ours.balred(unset, 1), ours.balreal(unset).sysb, ours.minreal(unset, verbose=False)):
        assert isinstance(result, control.StateSpace)
        assert result.dt is None
    assert ours.balred(dln.as_system(unset), 1).dt is None


@pytest.mark.parametrize(
    "transfer_function",
    [
        control.tf([1.0], [1.0, 1.0]),
        scipy.signal.TransferFunction([1.0], [1.0, 1.0]),
        scipy.signal.lti([], [-1.0], 1.0),
    ],
)
def test_transfer_functions_have_no_coordinates(transfer_function):
    with pytest.raises(InvalidArgumentError, match="state space"):
        as_state_space(transfer_function)


def test_all_that_has_matrices_is_a_state_space():
    plant = dln.LinearSystem(-1, 1, 1)
    for given in (plant, plant.to_control(), plant.to_scipy(), (plant.A, plant.B, plant.C)):
        assert as_state_space(given).nstates == 1
