"""A kind of Gramians or a class of models is one module: everything else in the library takes it as it is."""

import inspect
import json
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.balancing.balanced_forms import FORMS
from dlnbalance.errors import FileFormatError, InvalidArgumentError, ToleranceError
from dlnbalance.gramians.kinds import kinds, named
from dlnbalance.plotting import bode, hankel, overview
from dlnbalance.reduction import ProjectedModel
from dlnbalance.summary import document, rows

from .cli.program import run, run_json
from .extensions import DelayedSystem, Moved, Sampled
from .models import random_matrix, random_steps, random_system

LINES = 40  # an extension of less is no burden

MOTOR = dln.LinearSystem(
    [[-1.0, 0.5, 0.0], [0.0, -2.0, 1.0], [0.0, 0.0, -30.0]], np.ones((3, 1)), [[1.0, 2.0, -1.0]], name="motor"
)
KINDS = [pytest.param(Moved(0.5), id="proved"), pytest.param(Sampled(), id="unproved")]


def family():
    return dln.SystemFamily([MOTOR, dln.LinearSystem(2 * MOTOR.A, MOTOR.B, MOTOR.C)])


def bilinear():
    return dln.BilinearSystem(MOTOR.A, [0.1 * np.eye(3)], MOTOR.B, MOTOR.C)


def periodic():
    return dln.PeriodicSystem(*random_steps(np.random.default_rng(5), (3, 4, 3), (2, 2), (2, 2)), dt=0.5)


def time_varying():
    rng = np.random.default_rng(6)
    steps = random_steps(rng, (3, 4, 4, 3), (2, 1, 2), (1, 2, 2))
    return dln.TimeVaryingSystem(*steps, initial=random_matrix(rng, 3, 3), final=random_matrix(rng, 3, 3))


def second_order():
    K = 2 * np.eye(3) - np.eye(3, k=1) - np.eye(3, k=-1)
    return dln.SecondOrderSystem(np.eye(3), 0.1 * K, K, np.eye(3)[:, :1], np.eye(3)[:1])


MODELS = [
    pytest.param(lambda: DelayedSystem(MOTOR, 0.3), id="DelayedSystem"),
    pytest.param(family, id="SystemFamily"),
    pytest.param(bilinear, id="BilinearSystem"),
    pytest.param(periodic, id="PeriodicSystem"),
    pytest.param(time_varying, id="TimeVaryingSystem"),
    pytest.param(second_order, id="SecondOrderSystem"),
]


@pytest.fixture(params=MODELS)
def model(request):
    return request.param()


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def same(first, second):
    """Whether two models are made of the same arrays, to the last bit."""
    ours, theirs = first.to_arrays(), second.to_arrays()
    return list(ours) == list(theirs) and all(np.array_equal(ours[name], theirs[name]) for name in ours)


def text_of(page):
    """What a reader of a report sees."""
    body = re.sub(r"<script.*?</script>", "", page.read_text(encoding="utf-8").partition("<body>")[2], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", body)).split())


def words_of(figure):
    """All words of a picture."""
    axes = figure.axes
    labels = [text.get_text() for one in axes if one.get_legend() for text in one.get_legend().get_texts()]
    return " | ".join([*(one.get_title() for one in axes), *(one.get_ylabel() for one in axes), *labels])


@pytest.mark.parametrize("extension", [Moved, Sampled, DelayedSystem], ids=lambda kind: kind.__name__)
def test_an_extension_takes_less_than_forty_lines(extension):
    assert len(inspect.getsource(extension).splitlines()) < LINES


# -- kinds of Gramians --------------------------------------------------------------------------------------------


def test_a_kind_is_known_by_its_name_and_its_settings():
    assert kinds()["moved"] is Moved
    assert named("moved:alpha=0.5") == Moved(alpha=0.5)
    assert named("sampled:samples=9, horizon=2") == Sampled(horizon=2, samples=9)
    with pytest.raises(InvalidArgumentError, match="alpha=…"):
        named("moved:beta=1")


def test_singular_values_are_those_of_the_kind():
    shifted = dln.hankel_singular_values(MOTOR, gramians=Moved(0.5))
    moved = dln.LinearSystem(MOTOR.A + 0.5 * np.eye(3), MOTOR.B, MOTOR.C)
    np.testing.assert_allclose(shifted, dln.hankel_singular_values(moved), rtol=1e-12)
    sampled = dln.hankel_singular_values(MOTOR, gramians=Sampled(samples=600))
    np.testing.assert_allclose(sampled[0], dln.hankel_singular_values(MOTOR)[0], rtol=5e-2)


@pytest.mark.parametrize("form", FORMS)
def test_balancing_by_a_kind(kind, form):
    result = dln.balance(MOTOR, gramians=kind, form=form)
    assert result.order == 3
    assert np.abs(np.sort(result.system.poles()) - np.sort(MOTOR.poles())).max() < 1e-9
    assert result.values_name == kind.values_name
    assert kind.values_name in repr(result)
    assert json.dumps(document(result.summary()))
    assert kind.values_name[1:] in words_of(hankel(result))
    arrived = pickle.loads(pickle.dumps(result))
    np.testing.assert_array_equal(arrived.transform, result.transform)


def test_a_proved_bound_of_another_measure_is_called_by_its_name(tmp_path):
    kind = Moved(0.5)
    result = dln.reduce(MOTOR, 1, gramians=kind)
    moved = [dln.LinearSystem(s.A + 0.5 * np.eye(s.nstates), s.B, s.C) for s in (MOTOR, result.system)]
    shifted_error = float(dln.hinf_norm(moved[0] - moved[1]))
    assert result.lower_bound <= shifted_error * (1 + 1e-9)
    assert shifted_error <= result.bound * (1 + 1e-9)
    assert result.measure == "gain of the error at Re s = -0.5"
    assert dln.reduce(MOTOR, tol=result.bound * 1.01, gramians=kind).order == 1
    assert dln.reduce(MOTOR, tol=1e-30, gramians=kind).order == 3  # in exact arithmetic, as the texts say
    assert f"at most {result.bound:.6g}, in exact arithmetic" in repr(result)
    assert float(result.error()) == pytest.approx(float(dln.hinf_norm(MOTOR - result.system)), rel=1e-9)
    facts = document(result.summary())
    assert (facts["bounded"], facts["bound"]) == (result.measure, result.bound)
    assert facts["error"]["norm"] == "H∞ error"
    page = text_of(dln.write_report(result, tmp_path / "r.html"))
    for words in (repr(result), page):
        assert "H∞ error, proved" not in words
        assert "H∞ error, measured" in words
        assert "ain of the error at Re s = -0.5, proved" in words
        assert "oved Hankel singular values" in words
    assert f"The gain of the error at Re s = -0.5 is at most {result.bound:.4g}, in exact arithmetic" in page
    assert "For every input signal" not in page
    assert "with the proved bound" not in page
    assert "proved bound" not in words_of(bode(result))
    assert "oved Hankel singular values" in words_of(overview(result, peak=result.error()))


def test_a_kind_without_a_proof_reduces_by_order_only(tmp_path):
    result = dln.reduce(MOTOR, 1, gramians=Sampled())
    assert (result.bound, result.lower_bound) == (None, None)
    for request in ("tol", "rtol"):
        with pytest.raises(ToleranceError, match="prove no error bound"):
            dln.reduce(MOTOR, **{request: 0.1}, gramians=Sampled())
    assert float(result.error()) == pytest.approx(float(dln.hinf_norm(MOTOR - result.system)), rel=1e-6)
    page = text_of(dln.write_report(result, tmp_path / "r.html"))
    for words in (repr(result), page):
        assert "proved, " not in words
        assert "error, proved" not in words
        assert "no bound" in words
        assert "ampled Hankel singular values" in words
    assert "No bound for the error is proved" in page
    assert "at most" not in page
    assert "proved bound" not in words_of(bode(result))


def test_results_of_a_kind_travel(kind, tmp_path):
    result = dln.reduce(MOTOR, 2, gramians=kind)
    result.error()
    arrived = pickle.loads(pickle.dumps(result))
    assert arrived.gramians == kind
    assert repr(arrived) == repr(result)
    assert document(arrived.summary()) == document(result.summary())
    assert json.loads(json.dumps(document(result.summary())))["hankel_singular_values"] == result.hsv.tolist()
    assert dln.load(dln.save(result, tmp_path / "small.mat")).nstates == 2
    residualized = dln.reduce(MOTOR, 2, gramians=kind, method="residualize")
    assert residualized.dc_mismatch < 1e-12


def test_many_reductions_by_a_kind(kind):
    with ThreadPoolExecutor(2) as pool:
        sweep = dln.reduce_many([MOTOR, MOTOR, family()], pool, order=1, gramians=kind, measure=True)
    sweep.raise_failures()
    assert [result.order for result in sweep] == [1, 1, 1]
    assert all(result.measured is not None for result in sweep)
    assert f"H∞ error {sweep.models[0].measured}" in repr(sweep)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_kind_on_the_command_line(tmp_path, monkeypatch, jobs):
    monkeypatch.chdir(tmp_path)
    dln.save(MOTOR, "motor.npz")
    dln.save(family(), "family.npz")
    choice = ["--gramians", "moved:alpha=0.5"]
    facts, status = run_json("reduce", "motor.npz", "--order", 1, *choice, "-o", "small.npz", "--report", "r.html")
    assert status == 0
    assert facts["bounded"] == "gain of the error at Re s = -0.5"
    assert facts["values"] == "moved Hankel singular values"
    assert dln.load("small.npz").nstates == 1
    facts, _ = run_json("balance", "motor.npz", *choice)
    assert facts["hankel_singular_values"] == dln.hankel_singular_values(MOTOR, gramians=Moved(0.5)).tolist()
    facts, status = run_json("sweep", "motor.npz", "family.npz", "--order", 1, "-j", jobs, *choice)
    assert status == 0
    assert [each["order"] for each in facts["results"]] == [1, 1]
    shown = run("sweep", "motor.npz", "--order", 1, "-j", 1, *choice).stdout
    assert "gain of the error at Re s = -0.5 at most" in " ".join(shown.split())
    refused = run("reduce", "motor.npz", "--tol", 0.1, "--gramians", "sampled:samples=50")
    assert refused.exit_code != 0
    assert "prove no error bound" in refused.stderr
    listed = run("reduce", "motor.npz", "--gramians", "nothing").stderr
    assert all(name in listed for name in ("moved", "sampled", "low-rank", "lyapunov"))


# -- classes of models --------------------------------------------------------------------------------------------


def each_space(value):
    return value if isinstance(value, tuple) else (value,)


def test_models_are_saved_and_read_back(model, tmp_path):
    path = dln.save(model, tmp_path / "model.npz")
    again = dln.load(path)
    assert type(again) is type(model)
    assert same(again, model)
    assert repr(again) == repr(model)
    reduced = dln.reduce(model, 1)
    assert same(dln.load(dln.save(reduced, tmp_path / "reduced.npz")), reduced.system)
    for suffix in (".mat", ".mtx"):
        with pytest.raises(FileFormatError, match=r"give the path the suffix \.npz"):
            dln.save(model, tmp_path / f"model{suffix}")
    with pytest.raises(FileFormatError, match=type(model).__name__):
        dln.files.load_system(path)
    with pytest.raises(FileFormatError, match="exists"):
        dln.save(model, path)


def test_models_travel(model):
    assert same(pickle.loads(pickle.dumps(model)), model)
    result = dln.reduce(model, 1)
    result.error()
    arrived = pickle.loads(pickle.dumps(result))
    assert repr(arrived) == repr(result)
    assert same(arrived.full, model)
    assert arrived.measured == result.measured


def test_models_are_balanced_in_every_form(model):
    values = dln.hankel_singular_values(model)
    for form in FORMS:
        result = dln.balance(model, form=form)
        assert type(result.system) is type(model)
        for T, S in zip(each_space(result.transform), each_space(result.inverse), strict=True):
            assert np.abs(T @ S - np.eye(len(T))).max() < 1e-9
        for ours, theirs in zip(each_space(result.hsv), each_space(values), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert json.dumps(document(result.summary()))
        assert type(model).values_name.lower() in repr(result).lower()
        assert type(model).values_name.lower() in words_of(hankel(result)).lower()


def test_models_are_reduced_and_reported(model, tmp_path):
    result = dln.reduce(model, 2)
    assert type(result) is ProjectedModel
    assert each_space(result.order) == tuple(min(2, n) for n in each_space(result.full_order))
    assert type(result.system) is type(model)
    error = result.error()
    assert error.norm == result.measure == type(model).measure
    assert result.bound is None or error.value <= result.bound * (1 + 1e-9)
    facts = json.loads(json.dumps(document(result.summary())))
    assert facts["bounded"] == type(model).measure
    assert facts["values"] == type(model).values_name
    assert facts["error"] == {"value": error.value, "norm": error.norm, "place": error.place}
    page = text_of(dln.write_report(result, tmp_path / "r.html"))
    for label, value in rows(result.summary()):
        assert label in page
        assert value in page
    assert f"{type(model).measure[1:]}, measured" in page
    assert "For every input signal" not in page
    claims = "in exact arithmetic, as the tail of the" if result.bound is not None else "No bound for the error"
    assert claims in page
    assert f"{type(model).values_name[1:]}: kept, dropped, and the accuracy floor" in page
    assert words_of(overview(result))


def test_tolerances_of_models_need_a_proof(model):
    result = dln.reduce(model, 1)
    if result.bound is None:
        with pytest.raises(ToleranceError, match="prove no error bound"):
            dln.reduce(model, tol=0.5)
        return
    found = dln.reduce(model, tol=result.bound * 1.01)
    assert found.bound <= result.bound * 1.01
    assert sum(each_space(found.order)) <= sum(each_space(result.order))


def test_a_new_class_without_a_representation_has_no_least_norm():
    with pytest.raises(InvalidArgumentError, match="DelayedSystem"):
        dln.balance(DelayedSystem(MOTOR, 0.3), form="norm")


def test_a_new_class_says_that_it_chooses_its_gramians_itself():
    with pytest.raises(InvalidArgumentError, match="leave it out"):
        dln.reduce(DelayedSystem(MOTOR, 0.3), 1, gramians=Moved())


def test_responses_of_models(model):
    result = dln.reduce(model, 1)
    if isinstance(model, dln.TimeVaryingSystem):
        for subject in (model, result):
            with pytest.raises(InvalidArgumentError, match="hankel"):
                bode(subject)
        return
    names = list(model.linear_systems())
    assert all(name in words_of(bode(model)) for name in names)
    drawn = words_of(bode(result))
    assert all(f"{which}, {name}" in drawn for name in names for which in ("full", "reduced"))
    assert "proved bound" not in drawn


def test_many_models(model):
    sweep = dln.reduce_many([model, model], order=1, measure=True)
    sweep.raise_failures()
    first, _ = sweep
    assert first.measured == dln.reduce(model, 1).error()
    assert type(model).measure in repr(sweep)


def test_models_on_the_command_line(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dln.save(model, "model.npz")
    facts, status = run_json("info", "model.npz")
    assert status == 0
    assert (facts["class"], facts["stable"]) == (type(model).__name__, True)
    assert facts["values"] == type(model).values_name
    assert repr(model).partition(":")[0] in run("info", "model.npz").stdout
    drawn = ["--report", "r.html", "--plot", "p.png"]
    facts, status = run_json("reduce", "model.npz", "--order", 1, "-o", "small.npz", *drawn)
    assert status == 0
    assert facts["bounded"] == type(model).measure
    assert facts["error"]["value"] == dln.reduce(model, 1).error().value
    assert same(dln.load("small.npz"), dln.reduce(model, 1).system)
    for form in FORMS:
        facts, status = run_json("balance", "model.npz", "--form", form, "-o", "balanced.npz", "--force")
        assert (status, facts["form"]) == (0, form)
    assert type(dln.load("balanced.npz")) is type(model)
    facts, status = run_json("sweep", "model.npz", "--order", 1, "-j", 1)
    assert status == 0
    assert facts["results"][0]["bounded"] == type(model).measure
    monkeypatch.setattr(type(model), "factor_pairs", None)  # a name is refused before anything is computed
    for command in (["reduce", "--order", 1], ["balance"]):
        refused = run(command[0], "model.npz", *command[1:], "-o", "small.mat")
        assert refused.exit_code != 0
        assert "ends in .npz" in " ".join(refused.stderr.split())


def test_systems_that_kinds_do_not_fit_are_refused(rng):
    with pytest.raises(InvalidArgumentError, match="continuous time"):
        dln.reduce(random_system(rng, 4, 1, 1, discrete=True), 2, gramians=Moved())
