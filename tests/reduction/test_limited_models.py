"""Results that measure in bands, up to a horizon and on a shifted line: what they say, save and hide."""

import pickle

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.gramians import BAND_ERROR, SHIFTED_ERROR, TIME_ERROR

from ..models import random_system

KINDS = {
    BAND_ERROR: dln.FrequencyLimited([(0.1, 2.0)]),
    TIME_ERROR: dln.TimeLimited(2.0),
    SHIFTED_ERROR: dln.Shifted(0.01),
}


@pytest.mark.parametrize("measure", KINDS)
@pytest.mark.parametrize("method", ["truncate", "residualize"])
def test_what_a_result_says(rng, discrete, measure, method):
    system = random_system(rng, 6, 2, 2, discrete=discrete)
    if measure == TIME_ERROR and method == "residualize" and not discrete:  # another feedthrough, an infinite error
        with pytest.raises(dln.errors.InvalidArgumentError, match="another direct term"):
            dln.reduce(system, 3, gramians=KINDS[measure], method=method)
        return
    model = dln.reduce(system, 3, gramians=KINDS[measure], method=method)
    assert model.measure == model.error_name == measure
    error = model.error()
    assert np.isfinite(float(error))
    document = {fact.key: fact.value for fact in model.summary()}
    assert document["error"]["norm"] == measure
    assert f"{measure[0].upper()}{measure[1:]}, measured" in repr(model).replace(
        measure, f"{measure[0].upper()}{measure[1:]}"
    )
    assert float(pickle.loads(pickle.dumps(model)).error()) == float(error)


def test_an_unstable_reduced_model_has_an_error_in_the_band():
    """Truncation along the limited Gramians of this chain is not stable, which the result says."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        system = random_system(rng, 6, 1, 1)
        model = dln.reduce(system, 3, gramians=dln.FrequencyLimited([(2.0, 2.05)]))
        if not model.stable:
            assert np.isfinite(float(model.error()))
            assert "NOT STABLE" in repr(model)
            return
    pytest.fail("all of them stable")
