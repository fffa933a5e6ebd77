"""Reduction along coprime factors: the error is a ν-gap, whatever is stable."""

import pickle

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.reduction.gap_model import GapReducedModel

from ..models import random_matrix
from ..plants import PLANTS


@pytest.mark.parametrize("method", ["truncate", "residualize"])
@pytest.mark.parametrize("name", PLANTS)
def test_the_nu_gap_is_within_its_bounds(name, method):
    plant, _ = PLANTS[name]
    for order in range(1, plant.nstates):
        try:
            model = dln.reduce(plant, order, gramians=dln.Coprime(), method=method)
        except dln.errors.OrderError:
            continue
        error = model.error()
        assert isinstance(model, GapReducedModel)
        assert model.order == order
        slack = 1e-9 + error.rounding
        assert model.lower_bound - slack <= error.value <= model.bound + slack
        assert error.value == pytest.approx(float(dln.nu_gap(plant, model.linear)), abs=1e-12)


def test_random_plants_within_their_bounds(rng, complex_entries, discrete):
    for _ in range(5):
        A = random_matrix(rng, 6, 6, complex_entries=complex_entries) / (2 if discrete else 1)
        B, C = random_matrix(rng, 6, 2, complex_entries=complex_entries), random_matrix(rng, 2, 6)
        plant = dln.LinearSystem(A, B, C, random_matrix(rng, 2, 2), dt=float(discrete))
        for method in ("truncate", "residualize"):
            model = dln.reduce(plant, 4, gramians=dln.Coprime(), method=method)
            assert model.error().value <= model.bound + 1e-9


def test_a_tolerance_is_one_of_the_nu_gap():
    plant, _ = PLANTS["pendulum on a cart"]
    model = dln.reduce(plant, tol=0.01, gramians=dln.Coprime())
    assert model.bound <= 0.01
    assert model.measure == model.error_name == "ν-gap"


def test_the_result_says_so_everywhere(tmp_path):
    model = dln.reduce(PLANTS["pendulum on a cart"][0], 4, gramians=dln.Coprime())
    model.error()
    text = repr(model)
    assert not model.stable
    assert "not stable, which the ν-gap allows for" in text
    assert "ν-gap, proved: at least" in text
    assert "ν-gap, measured" in text
    assert "infinite:" not in text
    assert pickle.loads(pickle.dumps(model)).error().value == pytest.approx(model.error().value)
    page = dln.write_report(model, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "ν-gap" in page
    assert dln.plotting.overview(model, peak=model.error()).axes


def test_algebraic_equations_and_hidden_poles_are_left_out():
    A, B, C = np.diag([1.0, -1.0, -2.0, 1.0]), [[0.0], [1.0], [1.0], [1.0]], [[1.0, 1.0, 1.0, 1.0]]
    model = dln.reduce(dln.LinearSystem(A, B, C, E=np.diag([1.0, 1.0, 1.0, 0.0])), 1, gramians=dln.Coprime())
    assert model.error().value <= model.bound + 1e-12
    assert model.kept.hidden.real == pytest.approx([1.0])


def test_residualization_with_poles_at_frequency_zero():
    plant, _ = PLANTS["integrators and lags"]
    model = dln.reduce(plant, 3, gramians=dln.Coprime(), method="residualize")
    g, h = plant(1e-5j).item(), model.linear(1e-5j).item()
    # at the integrators both gains are as good as infinite: their chordal distance is what the ν-gap takes
    assert abs(g - h) / np.hypot(1, abs(g)) / np.hypot(1, abs(h)) < 1e-6
    assert model.error().frequency > 1
