"""Relative errors: measured in the sense of the kind of Gramians, with the zeros that are kept."""

import pickle

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import UnstableSystemError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.reduction.preserved import zeros_kept
from dlnbalance.reduction.relative_model import RelativeError, RelativeReducedModel

from ..models import random_system


@pytest.mark.parametrize("side, signals", [("left", (3, 2)), ("right", (2, 3))])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_the_error_is_the_largest_ratio(rng, complex_entries, discrete, side, signals, alpha):
    system = random_system(rng, 6, *signals, complex_entries=complex_entries, discrete=discrete)
    model = dln.reduce(system, 4, gramians=dln.Stochastic(side, alpha))
    assert isinstance(model, RelativeReducedModel)
    error = model.error()
    assert isinstance(error, RelativeError)

    def ratio(G, E):
        G, E = (G, E) if side == "left" else (adjoint(G), adjoint(E))
        root = la.cholesky(G @ adjoint(G) + alpha**2 * np.eye(len(G)), lower=True)
        return la.norm(la.solve_triangular(root, E, lower=True), 2)

    line = np.geomspace(1e-3, 31.4 if discrete else 1e3, 200)
    omega = np.concatenate([[error.frequency, 0.0], line, -line])
    gains, errors = (dln.frequency_response(each, omega) for each in (system, system - model.system))
    ratios = [ratio(*both) for both in zip(gains, errors, strict=True)]
    assert ratios[0] == pytest.approx(error.value, rel=1e-9)
    assert max(ratios) <= error.value * (1 + 1e-9)


def test_what_the_result_says(rng):
    system = random_system(rng, 6, 2, 2)
    model = dln.reduce(system, 5, gramians=dln.Stochastic())
    float(model.error())
    text = repr(model)
    assert "relative H∞ error, proved: at least" in text.replace("Relative", "relative")
    assert "relative H∞ error, measured:" in text.replace("Relative", "relative")
    assert "preserved: " in text
    assert "stochastic singular values" in text
    assert pickle.loads(pickle.dumps(model)).error().value == model.error().value


def test_zeros_are_counted(discrete):
    dt = 1.0 if discrete else 0
    pole, inside, outside = (0.5, 0.2, 3.0) if discrete else (-0.5, -2.0, 3.0)
    good, bad = (dln.LinearSystem([[pole]], [[1.0]], [[pole - zero]], [[1.0]], dt=dt) for zero in (inside, outside))
    (kept,), (lost,) = zeros_kept(good, good), zeros_kept(good, bad)
    assert (kept.name, kept.holds) == ("minimum phase", True)
    assert (lost.name, lost.holds) == ("minimum phase", False)
    (of_two,) = zeros_kept(bad, good)
    assert str(of_two) == "zeros that are not stable NOT kept (0 of 1 zeros)"
    assert zeros_kept(bad, bad)[0].holds


def test_zeros_are_not_counted_where_there_is_no_inverse(rng):
    wide, no_direct_term = random_system(rng, 3, 3, 2), random_system(rng, 3, 2, 2, feedthrough=False)
    assert zeros_kept(wide, wide) == zeros_kept(no_direct_term, no_direct_term) == ()
    assert dln.reduce(no_direct_term, 2, gramians=dln.Stochastic(regularization=0.5)).preserved == ()


def test_poles_that_are_kept_stand_aside(rng):
    """What is relative is the error of the stable part, in units of that part."""
    stable = random_system(rng, 5, 1, 1)
    model = dln.reduce(stable + dln.LinearSystem([[1.0]], [[1.0]], [[1.0]]), 4, gramians=dln.Stochastic())
    alone = dln.reduce(stable, 3, gramians=dln.Stochastic())
    assert model.kept.order == 1
    assert float(model.error()) == pytest.approx(float(alone.error()), rel=1e-6)
    with pytest.raises(UnstableSystemError):
        dln.reduce(
            stable + dln.LinearSystem([[1.0]], [[1.0]], [[1.0]]), 4, gramians=dln.Stochastic(), unstable="refuse"
        )
