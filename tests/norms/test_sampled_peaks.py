"""Samples of bands: within them, and refined where the gain is largest."""

import numpy as np

import dlnbalance as dln
from dlnbalance.norms.sampled_peaks import sampled_band_peak


def test_samples_stay_within_the_bands():
    lag, seen = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]), []

    def response(omega):
        seen.extend(omega)
        return dln.frequency_response(lag, omega)

    peak = sampled_band_peak(response, lag, [(0.5, 1.0), (3.0, np.inf)])
    assert peak.frequency == 0.5
    assert len(seen) <= 60
    assert all(0.5 <= omega <= 1.0 or omega >= 3.0 for omega in seen)
