"""Rules on panels that adapt: closed forms, and poles next to the axis."""

import mpmath as mp
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import NumericalError
from dlnbalance.linalg.panel_rules import band_factor


def lags(poles):
    return lambda nu: 1 / (1j * nu[None, :, None] - np.asarray(poles)[:, None, None])


@pytest.mark.parametrize("damping", [1.0, 1e-3, 1e-7])
@pytest.mark.parametrize("band", [(0.0, 2.0), (-1.0, 3.0), (0.5, np.inf), (-np.inf, 0.25), (-np.inf, np.inf)])
def test_a_lag_in_closed_form(damping, band):
    """∫ dν/((ν − 1)² + d²) = [arctan((ν − 1)/d)]/d."""
    Z = band_factor(lags([-damping + 1j]), [band], 1e-12)
    with mp.workdps(40):
        low, high = (mp.atan((mp.mpf(end) - 1) / mp.mpf(damping)) for end in band)
        wanted = float((high - low) / mp.mpf(damping) / (2 * mp.pi))
    assert abs(la.norm(Z) ** 2 / wanted - 1) < 1e-10


def test_a_pole_on_the_axis_is_refused():
    refused = pytest.raises(NumericalError, match="no pole at a frequency of the bands")
    with refused, np.errstate(divide="ignore", invalid="ignore"):
        band_factor(lags([0.7j]), [(0.0, 1.0)], 1e-12)


def test_many_columns_are_compressed():
    Z = band_factor(lags([-1e-6 + 0.3j]), [(0.0, 1.0)], 1e-12)
    assert Z.shape[1] <= 8
