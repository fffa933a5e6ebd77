"""The order picker: Python and the page agree on the order, whichever of them chooses."""

import json
import sys

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, ToleranceError
from dlnbalance.report import explorer
from dlnbalance.report.explorer import explore, explored

from .browser import Tab, started

SYSTEM = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0, -31.0]), np.ones((4, 1)), np.ones((1, 4)), name="lags")


def test_the_first_order_is_the_least_that_is_accurate():
    assert explored(SYSTEM).order == dln.reduce(SYSTEM, rtol=1e-3).order
    assert explored(SYSTEM, 1).order == 1
    assert explored(SYSTEM, 1, method="residualize").method == "residualize"


def test_results_are_explored_as_they_are():
    model = dln.reduce(SYSTEM, 2, method="residualize")
    assert explored(model) is model
    assert explored(model, 3).method == "residualize"
    with pytest.raises(InvalidArgumentError, match="order"):
        explored(model, 9)


def test_what_is_no_linear_system_is_refused():
    for other in (dln.DeepLinearNetwork([np.eye(2)] * 2), dln.SystemFamily([SYSTEM, SYSTEM])):
        with pytest.raises(InvalidArgumentError, match="linear system"):
            explored(other, 1)
    with pytest.raises(ToleranceError):
        explored(SYSTEM, method="irka")


def test_the_model_is_that_of_the_order():
    picker = explore(SYSTEM, 2)
    assert (picker.order, picker.model.order) == (2, 2)
    picker.order = 3
    assert picker.model.order == 3
    assert picker.model.bound == pytest.approx(dln.reduce(SYSTEM, 3).bound)
    picker.order = 99
    assert picker.order == 4


def test_what_is_missing_is_said_with_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    explorer._picker_class.cache_clear()
    with pytest.raises(InvalidArgumentError, match="notebook"):
        explore(SYSTEM, 2)


#: What anywidget does in a notebook: it imports the module and hands it the state that both sides share.
HOST = """<!DOCTYPE html><meta charset="utf-8"><body><div id="cell"></div><script type="module">
const state = %s, listeners = [];
window.saved = [];
const model = {
  get: (key) => state[key],
  set: (key, value) => { state[key] = value; },
  save_changes: () => { window.saved.push(state.order); },
  on: (name, heard) => listeners.push(heard),
  off: (name, heard) => listeners.splice(listeners.indexOf(heard), 1),
};
window.choose = (order) => { state.order = order; listeners.forEach((heard) => heard()); };
window.listeners = listeners;
const source = new Blob([%s], { type: "text/javascript" });
const { default: widget } = await import(URL.createObjectURL(source));
window.end = widget.render({ model, el: document.getElementById("cell") });
</script></body>"""


def test_page_and_python_hear_of_each_other(tmp_path):
    picker = explore(SYSTEM, 2)
    state = json.dumps({"page": picker.page, "order": 2, "height": 700}).replace("<", "\\u003c")
    host = tmp_path / "notebook.html"
    host.write_text(HOST % (state, json.dumps(picker._esm)), encoding="utf-8")
    driver = started(tmp_path)
    try:
        driver.get(host.as_uri())
        tab = Tab(driver)
        tab.wait("return document.querySelector('iframe') !== null")
        assert tab.find("iframe").get_attribute("title")
        driver.switch_to.frame(0)
        tab.wait("return document.body.dataset.drawn === '2'")
        tab.find("#orders tr:nth-child(4) button").send_keys("\n")
        tab.shows(3)
        driver.switch_to.default_content()
        tab.wait("return window.saved.length > 0")
        assert tab.run("return window.saved") == [3]
        tab.run("window.choose(1)")
        driver.switch_to.frame(0)
        tab.shows(1)
        driver.switch_to.default_content()
        tab.run("window.end()")
        assert tab.run("return window.listeners.length") == 0
        assert tab.complaints() == []
    finally:
        driver.quit()
