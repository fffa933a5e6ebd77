"""Reports: complete, self-contained, honest about what is proved, and safe with any names."""

import base64
import gzip
import hashlib
import json
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.gramians.base import ErrorBounds
from dlnbalance.report.page import cautions, measured_error, write_report
from dlnbalance.summary import rows

SYSTEM = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)), name="motor")


@pytest.fixture
def model():
    return dln.reduce(SYSTEM, 1)


class Page(HTMLParser):
    """Tags, identifiers, links, scripts and text of a page; refuses tags that are not closed."""

    VOID = frozenset({"meta", "img", "input"})

    def __init__(self, source):
        super().__init__()
        self.open, self.tags, self.sources, self.names, self.text = [], [], [], [], ""
        self.scripts, self.policy = {}, ""
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.sources += [attrs[name] for name in ("src", "href", "action", "srcset") if name in attrs]
        self.names += [attrs["id"]] if "id" in attrs else []
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if tag == "script":
            self.scripts[attrs.get("id", f"own{len(self.scripts)}")] = ""
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[list(self.scripts)[-1]] += data
        elif not (self.open and self.open[-1] == "style"):
            self.text += data

    @property
    def numbers(self):
        return json.loads(self.scripts["numbers"])


def read(path):
    """Parse a report."""
    return Page(path.read_text(encoding="utf-8"))


def test_report_states_all_facts(model, tmp_path):
    page = read(write_report(model, tmp_path / "r.html"))
    for label, value in rows(model.summary()):
        assert label in page.text
        assert value in page.text
    assert "Reduced model of motor" in page.text
    assert f"{model.bound:.4g}" in page.text
    assert f"{model.lower_bound:.4g}" in page.text
    assert "For every input signal" in page.text


def test_facts_are_those_of_the_repr(model):
    model.error()
    shown = " ".join(value for _, value in rows(model.summary()))
    for number in (f"{model.dc_mismatch:.3g}", f"{model.accuracy_floor:.1e}", str(model.certificate)):
        assert number in shown
        assert number in repr(model)


def test_the_page_is_self_contained_and_allows_its_own_scripts_only(model, tmp_path):
    page = read(write_report(model, tmp_path / "r.html"))
    assert page.sources == []
    assert not {"link", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert len(page.names) == len(set(page.names))
    [allowed] = re.findall(r"script-src ([^;]*)", page.policy)
    library = gzip.decompress(base64.b64decode(page.scripts["library"])).decode()
    own = [text for name, text in page.scripts.items() if name.startswith("own")]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (*own, library)]
    assert allowed.split() == [f"'sha256-{each}'" for each in hashes]
    assert page.policy.startswith("default-src 'none';")


def test_the_heading_says_where_the_model_came_from(model, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    page = read(write_report(model, tmp_path / "r.html", source="<motor>.mat", command="dlnbalance reduce & more"))
    for words in ("<motor>.mat", "dlnbalance reduce & more", "1970-01-02", dln.__version__):
        assert words in page.text


def test_the_numbers_of_all_orders_are_those_of_the_library(model, tmp_path):
    page = read(write_report(model, tmp_path / "r.html"))
    found = page.numbers["models"]
    assert [each["order"] for each in found] == [0, 1, 2, 3]
    assert page.numbers["chosen"] == 1
    for each in found:
        again = dln.reduce(SYSTEM, each["order"])
        assert each["bound"] == pytest.approx(again.bound, rel=1e-9, abs=1e-12)
        assert f"{again.bound:.4g}" in page.text or each["order"] == 3
        entries = np.frombuffer(base64.b64decode(each["matrices"]["A"]), "<f8")
        assert entries == pytest.approx(again.system.A.ravel(), rel=1e-9)


def test_other_models_have_pictures(tmp_path):
    model = dln.reduce(dln.SystemFamily([SYSTEM, SYSTEM]), 1)
    page = read(write_report(model, tmp_path / "r.html"))
    assert len(page.sources) == 2
    assert "script" not in page.tags
    assert "script-src" not in page.policy
    for source in page.sources:
        kind, data = source.split(",")
        assert kind == "data:image/svg+xml;base64"
        assert ET.fromstring(base64.b64decode(data)).tag.endswith("svg")


def test_reports_on_the_same_model_are_equal(model, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    first, second = (write_report(model, tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second


def test_names_are_escaped(tmp_path):
    name = "<script>alert('$x_{')</script> & \"Σ\""
    system = dln.LinearSystem(SYSTEM.A, SYSTEM.B, SYSTEM.C, name=name)
    for title in (None, name):
        page = read(write_report(dln.reduce(system, 1), tmp_path / "r.html", title=title, overwrite=True))
        assert page.tags.count("script") == 4
        assert name in page.text
        assert page.numbers["name"] == name


def test_title_is_used(model, tmp_path):
    assert "Quarterly <motor>" in read(write_report(model, tmp_path / "r.html", title="Quarterly <motor>")).text


def test_report_without_a_measurement(model, tmp_path):
    page = read(write_report(model, tmp_path / "r.html", measure=False))
    assert "measured peak" not in page.text
    assert "largest difference between" not in page.text
    assert not re.search(r"H∞ error, measured", page.text)


def test_report_without_a_proved_bound(model, tmp_path):
    page = read(write_report(replace(model, exact_bounds=ErrorBounds(None, None)), tmp_path / "r.html"))
    assert "No bound for the error is proved" in page.text
    assert "None" not in page.text


def test_report_on_a_model_that_is_not_stable(model, tmp_path):
    unstable = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])
    spoiled = replace(model, linear=unstable, balanced=model.balanced._replace(reduced=unstable))
    assert measured_error(spoiled).value == np.inf
    page = read(write_report(spoiled, tmp_path / "r.html"))
    assert "NOT STABLE" in page.text
    assert "no bound applies" in page.text
    assert "at most" not in page.text


def test_cautions(model):
    assert cautions(model) == []
    [caution] = cautions(replace(model, exact_bounds=ErrorBounds(0.0, model.accuracy_floor / 2)))
    assert "below the accuracy floor" in caution


def test_report_on_a_full_order_model_of_several_signals(rng, tmp_path):
    system = dln.LinearSystem(np.diag([-1.0, -2.0]), rng.standard_normal((2, 2)), rng.standard_normal((3, 2)), dt=None)
    with pytest.raises(InvalidArgumentError, match="dt"):
        dln.reduce(system, 2)
    system = dln.LinearSystem(system.A / 4, system.B, system.C, dt=True)
    page = read(write_report(dln.reduce(system, 2), tmp_path / "r.html"))
    assert "dropped none" in page.text
    assert "rad/sample" in page.text


@pytest.mark.parametrize(
    "value, frequency, unit, text",
    [
        (2.0, 3.0, "rad/s", "2 at 3 rad/s"),
        (2.0, 3.0, "rad/sample", "2 at 3 rad/sample"),
        (2.0, np.inf, "rad/s", "2 at infinite frequency"),
        (np.inf, np.nan, "rad/s", "infinite"),
    ],
)
def test_peaks_in_words(value, frequency, unit, text):
    assert f"{dln.PeakGain(value=value, frequency=frequency, unit=unit)}" == text


def test_reports_do_not_replace_files_unasked(model, tmp_path):
    path = tmp_path / "r.html"
    path.write_text("precious")
    with pytest.raises(FileFormatError, match="exists"):
        write_report(model, path)
    assert path.read_text() == "precious"
    write_report(model, path, overwrite=True)
    assert "Guarantee" in read(path).text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["jinja2", "plotly"])
def test_what_is_missing_is_said_with_how_to_get_it(name, model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InvalidArgumentError, match=re.escape("pip install 'dlnbalance[report]'")):
        write_report(model, tmp_path / "r.html")
    assert not list(tmp_path.iterdir())
