"""Systems from python-control, scipy.signal and tuples."""

import control
import numpy as np
import pytest
import scipy.signal
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.files.conversion import as_system
from dlnbalance.files.to_libraries import restore_type
from dlnbalance.systems.linear_system import LinearSystem

from ..systems.models import assert_same_transfer, dense_system


@pytest.fixture
def system(rng, complex_entries, discrete, descriptor):
    return dense_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)


class TestControl:
    def test_improper_transfer_function_is_refused(self):
        with pytest.raises(InvalidArgumentError, match="system: expected a proper transfer function"):
            as_system(control.tf([1.0, 0.0, 0.0], [1.0, 1.0]))

    def test_other_control_objects_are_refused(self):
        with pytest.raises(InvalidArgumentError, match="got FrequencyResponseData"):
            as_system(control.frd([1.0, 2.0], [1.0, 2.0]))

    def test_subclass_of_state_space(self):
        class Plant(control.StateSpace):
            pass

        assert as_system(Plant([[-1]], [[1]], [[1]], [[0]])).nstates == 1


class TestScipy:
    def test_improper_transfer_function_is_refused(self):
        with pytest.raises(InvalidArgumentError):
            as_system(scipy.signal.TransferFunction([1.0, 0.0, 0.0], [1.0, 1.0]))


class TestTransferFunctions:
    def test_slow_third_order_lag(self):
        system = as_system(control.tf([1e-18], [1, 3e-6, 3e-12, 1e-18]))
        assert system.nstates == 3
        assert system.dcgain().item() == pytest.approx(1, rel=1e-12)
        assert dln.hankel_singular_values(system) == pytest.approx([0.660999, 0.177633, 0.016634], abs=1e-6)

    def test_twenty_lags(self):
        system = as_system(scipy.signal.ZerosPolesGain([], -1 / np.arange(1, 21), 1))
        # 40-digit arithmetic
        assert dln.hankel_singular_values(system)[0] == pytest.approx(2.0804658e18, rel=1e-7)

    @pytest.mark.parametrize(
        "given, message",
        [
            (control.frd([1.0, 2.0], [1.0, 2.0]), "got FrequencyResponseData; .*fit a model"),
            (control.tf([np.nan], [1.0, 1.0]), "finite coefficients"),
            (scipy.signal.ZerosPolesGain([np.inf], [-1.0, -2.0], 1.0), "finite zeros, poles and gain"),
        ],
    )
    def test_refusals(self, given, message):
        with pytest.raises(InvalidArgumentError, match=message):
            as_system(given)


class TestTuplesAndTheRest:
    def test_tuple_there_and_back(self, system):
        A, B, C, D, dt = system.to_tuple()
        assert isinstance(A, np.ndarray)
        back = as_system((A, B, C, D, dt))
        assert back.dt == system.dt
        assert_same_transfer(system, back)

    @pytest.mark.parametrize("length", [3, 4, 5])
    @pytest.mark.parametrize("kind", [tuple, list])
    def test_lengths(self, length, kind):
        system = as_system(kind([[[0.5]], [[1.0]], [[2.0]], [[3.0]], 0.1][:length]))
        assert system.D.item() == (3 if length > 3 else 0)
        assert system.dt == (0.1 if length > 4 else 0)

    @pytest.mark.parametrize("length", [0, 1, 2, 6])
    def test_other_lengths_are_refused(self, length):
        with pytest.raises(InvalidArgumentError, match=f"system: expected .* got {length} items"):
            as_system((1.0,) * length)

    def test_sparse_in_a_tuple(self):
        assert as_system((-sp.eye_array(2), np.ones((2, 1)), np.ones((1, 2)))).is_sparse

    def test_linear_system_is_itself(self):
        system = LinearSystem(-1, 1, 1)
        assert as_system(system) is system
        assert restore_type(system, (1, 2, 3)) is system
        assert restore_type(system, "plant.mat") is system
        assert restore_type(system, LinearSystem(-2, 1, 1)) is system

    @pytest.mark.parametrize("other", [None, 3.0, np.eye(3), {"A": 1}, sp.eye_array(2)])
    def test_everything_else_is_refused_by_its_type(self, other):
        with pytest.raises(InvalidArgumentError, match=r"system: expected a LinearSystem, .*; convert it"):
            as_system(other)


def test_python_control_does_not_take_a_system_for_a_nonlinear_one():
    system = LinearSystem(-1, 1, 1)
    with pytest.raises(InvalidArgumentError, match=r"pass system\.to_control\(\)"):
        control.ss(system)
    assert callable(system)
    assert system(1.0).item() == 0.5
    assert control.ss(system.to_control()).nstates == 1
