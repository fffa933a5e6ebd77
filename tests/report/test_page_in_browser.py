"""The interactive page in a real browser: it is silent, asks for nothing, follows the order, and says what is true."""

import json

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.report.page import write_report

from .browser import Tab, started

RNG = np.random.default_rng(3)
POLES = la.block_diag(
    *([[-0.05 * k, 1.0 * k], [-1.0 * k, -0.05 * k]] for k in (1, 2, 5)), -np.diag([0.3, 1.0, 4.0, 20.0])
)
PLANT = dln.LinearSystem(
    POLES,
    RNG.standard_normal((10, 2)),
    RNG.standard_normal((2, 10)),
    inputs=["force", "torque"],
    outputs=["position", "<b>angle</b> & 'more'"],
    name="plant </script><script>broken = 1</script>",
)
UNSTABLE = dln.LinearSystem(
    la.block_diag(0.2, POLES), RNG.standard_normal((11, 1)), RNG.standard_normal((1, 11)), name="unstable"
)
SAMPLED = dln.c2d(dln.LinearSystem(POLES, PLANT.B[:, :1], PLANT.C[:1]), 0.1)
LAGS = dln.LinearSystem(np.eye(6, k=-1) - np.eye(6), np.eye(6)[:, :1], np.eye(6)[-1:], name="six equal lags")
CHAIN = dln.LinearSystem(
    la.block_diag([[0.0, 1.0], [0.0, 0.0]], -1.0, -3.0), np.ones((4, 1)), np.ones((1, 4)), name="double integrator"
)
COMPLEX = dln.LinearSystem(np.diag([-1 + 2j, -2 - 1j, -5.0, -9.0, -1.5]), np.ones((5, 1)), np.ones((1, 5)))
IMPROPER = dln.LinearSystem(
    np.diag([-1.0, -2.0, -3.0, 1.0, 1.0]),
    np.ones((5, 1)),
    np.ones((1, 5)),
    E=la.block_diag(np.eye(3), [[0.0, 1.0], [0.0, 0.0]]),
)
STATIC = dln.LinearSystem(-np.diag(np.arange(1.0, 6)), np.zeros((5, 1)), np.ones((1, 5)), [[2.0]])
MODELS = {"two by two": PLANT, "unstable": UNSTABLE, "discrete": SAMPLED, "lags": LAGS, "integrators": CHAIN}
OTHERS = {"complex": COMPLEX, "improper": IMPROPER, "static": STATIC}


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(downloads):
    driver = started(downloads)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return {
        name: write_report(dln.reduce(system, 0 if system is STATIC else 4), folder / f"{name}.html", source=name)
        for name, system in (MODELS | OTHERS).items()
    }


@pytest.fixture
def tab(browser, pages):
    return Tab(browser).open(pages["two by two"])


def choose(tab, order):
    """Move the slider, as its user does."""
    script = """
        const slider = document.getElementById("order");
        const buttons = [...document.querySelectorAll("#orders button")];
        slider.value = buttons.findIndex((each) => Number(each.textContent) === arguments[0]);
        slider.dispatchEvent(new Event("input", { bubbles: true }));"""
    tab.run(script, order)
    tab.shows(order)


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", MODELS | OTHERS)
def test_pages_are_silent_and_fit(browser, pages, name, width):
    tab = Tab(browser).open(pages[name], width=width)
    choose(tab, 0 if name == "static" else 3)
    assert tab.complaints() == []
    assert tab.requests() == [pages[name].as_uri()]
    assert tab.run("return document.documentElement.scrollWidth") <= width
    assert tab.run("return window.broken") is None
    assert tab.run("return parseFloat(getComputedStyle(document.body).fontSize)") >= 16


@pytest.mark.parametrize("name", MODELS)
def test_curves_are_those_of_the_library(browser, pages, name):
    """Gains as they were stored, phases and steps by sums over the poles: against the library and python-control."""
    tab, system = Tab(browser).open(pages[name]), MODELS[name]
    for order in (3, 4, system.nstates):
        choose(tab, order)
        reduced = dln.reduce(system, order).system
        omega, gain = (np.array(values, dtype=float) for values in tab.curve("gain", "reduced"))
        response = dln.frequency_response(reduced, omega)
        assert gain == pytest.approx(la.norm(response, 2, axis=(1, 2)), rel=1e-9)
        i, j = channel(tab, system)
        assert_phases(tab, response[:, i, j])
        assert_steps(tab, reduced, i, j)
    assert tab.complaints() == []


def channel(tab, system):
    """Numbers of the output and the input that phases and steps are of."""
    words = tab.text("#step-words")
    pairs = ((i, j) for i in range(system.noutputs) for j in range(system.ninputs))
    return next((i, j) for i, j in pairs if words.startswith(f"{system.outputs[i]} from {system.inputs[j]}:"))


def assert_phases(tab, response):
    full, drawn = (np.array(tab.curve("phase", name)[1]) for name in ("full", "reduced"))
    assert np.exp(1j * np.radians(drawn)) == pytest.approx(response / np.abs(response), abs=1e-6)
    assert np.abs(drawn - full).min() < 180  # on one branch


def assert_steps(tab, system, i, j):
    times, drawn = map(np.array, tab.curve("step", "reduced"))
    exact = control.step_response(system.to_control(), T=times, squeeze=False).outputs[i, j]
    assert drawn == pytest.approx(np.asarray(exact), rel=1e-6, abs=1e-7 * float(np.abs(exact).max()))


def test_the_table_has_the_numbers_of_the_library(tab):
    rows = tab.run(
        "return [...document.querySelectorAll('#orders tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))"
    )
    assert [int(row[0]) for row in rows] == list(range(len(rows)))
    for order, *cells in rows[:-1]:
        model = dln.reduce(PLANT, int(order))
        values = [f"{model.hsv[model.order]:.4g}", f"{model.bound:.4g}", f"{model.bound / model.hsv[0]:.3g}"]
        assert cells[:3] == values
        assert cells[3] == f"{20 * np.log10(model.bound):.1f}"
        assert float(cells[4]) <= float(model.error()) * (1 + 1e-3)
        assert float(cells[4]) >= 0.97 * float(model.error())
        assert cells[5] == f"{model.dc_mismatch:.3g}"
        choose(tab, model.order)
        assert tab.text("tr[aria-current] th") == order
        assert f"{model.bound:.4g}" in tab.text("#guarantee")
        assert f"{model.order} of 10 states" in tab.text("#facts")
        assert tab.text("#lead").startswith(f"{order} of 10 states")


def test_the_order_is_chosen_with_slider_table_and_pictures(tab):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    before = tab.curve("gain", "reduced")[1]
    tab.find("#order").send_keys(Keys.ARROW_RIGHT)
    tab.shows(5)
    assert tab.curve("gain", "reduced")[1] != before
    tab.find("#order").send_keys(Keys.HOME)
    tab.shows(0)
    button = tab.find("#orders tr:nth-child(7) button")
    button.send_keys(Keys.ENTER)
    tab.shows(6)
    assert tab.run("return document.getElementById('order').value") == "6"
    for plot, expected in (("values", 3), ("errors", 2)):
        tab.run("document.getElementById(arguments[0]).scrollIntoView({block: 'center'})", plot)
        place = tab.run(
            """
            const [id, order] = arguments, plot = document.getElementById(id), frame = plot.getBoundingClientRect();
            const { xaxis, yaxis } = plot._fullLayout;
            const { x, y } = plot.data.find((each) => Array.from(each.x).includes(order));
            const height = y[Array.from(x).indexOf(order)];
            return [frame.left + xaxis._offset + xaxis.d2p(order), frame.top + yaxis._offset + yaxis.d2p(height)];
            """,
            plot,
            expected,
        )
        actions = ActionChains(tab.driver)
        actions.w3c_actions.pointer_action.move_to_location(*map(round, place))
        actions.pause(0.3).click().perform()
        tab.shows(expected)


def test_the_channel_is_chosen(tab):
    from selenium.webdriver.support.select import Select

    chooser = Select(tab.find("#channel"))
    assert [option.text for option in chooser.options][1:3] == ["position from force", "position from torque"]
    chooser.select_by_visible_text("position from torque")
    tab.wait("return document.getElementById('step-words').textContent.startsWith('position from torque')")
    omega, gain = map(np.array, tab.curve("gain", "reduced"))
    model = dln.reduce(PLANT, 4)
    assert gain.astype(float) == pytest.approx(np.abs(dln.frequency_response(model.system, omega)[:, 0, 1]), rel=1e-9)
    error = np.abs(dln.frequency_response(PLANT - model.system, omega)[:, 0, 1])
    assert np.array(tab.curve("gain", "error")[1]).astype(float) == pytest.approx(error, rel=1e-6)


def test_readers_of_screens_are_told_everything(tab):
    """Everything that can be used has a name, every picture its words, and headings go down one by one."""
    nodes = tab.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    used = [
        node
        for node in nodes
        if node.get("role", {}).get("value") in ("slider", "combobox", "button", "image", "textbox", "img")
    ]
    assert len(used) > 10
    unnamed = [
        node["role"]["value"] for node in used if not node.get("ignored") and not node.get("name", {}).get("value")
    ]
    assert unnamed == []
    slider = next(node for node in nodes if node.get("role", {}).get("value") == "slider")
    assert slider["name"]["value"] == "Order"
    choose(tab, 5)
    assert tab.find("#order").get_attribute("aria-valuetext") == "order 5"
    for plot in ("values", "errors", "gain", "phase", "step", "poles"):
        assert tab.text(f"#{plot}-words")
    levels = tab.run("return [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) <= 1
    assert tab.run("return document.documentElement.lang") == "en"


def saved(tab, downloads, label, suffix, order=4):
    """Choose a format, save, and return the file."""
    from selenium.webdriver.support.select import Select

    Select(tab.find("#format")).select_by_visible_text(label)
    target = downloads / f"reduced_{order}.{suffix}"
    target.unlink(missing_ok=True)
    tab.find("#save").click()
    for _ in range(200):
        if target.exists() and target.stat().st_size:
            break
        tab.run("return new Promise((done) => setTimeout(done, 50))")
    assert tab.text("#done") == f"Saved as reduced_{order}.{suffix}."
    return target


def test_the_model_is_saved_as_json(tab, downloads):
    document = json.loads(saved(tab, downloads, "JSON", "json").read_text(encoding="utf-8"))
    expected = dln.reduce(PLANT, 4).system
    assert document["inputs"] == list(PLANT.inputs)
    assert document["outputs"] == list(PLANT.outputs)
    for key in "ABCD":
        assert np.array(document[key]) == pytest.approx(getattr(expected, key), rel=1e-12, abs=1e-12)


def test_the_code_for_python_control_runs(tab, downloads):
    found = {}
    exec(saved(tab, downloads, "Python: python-control", "py").read_text(encoding="utf-8"), found)
    expected = dln.reduce(PLANT, 4).system
    assert found["system"].output_labels == list(PLANT.outputs)
    for key in "ABCD":
        assert getattr(found["system"], key) == pytest.approx(getattr(expected, key), rel=1e-12, abs=1e-12)


def test_the_code_for_dlnbalance_writes_a_mat_file(tab, downloads, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(saved(tab, downloads, "Python: dlnbalance, and a .mat file", "py").read_text(encoding="utf-8"), {})
    written, expected = dln.load(tmp_path / "reduced_4.mat"), dln.reduce(PLANT, 4).system
    assert written.outputs == PLANT.outputs
    assert float(dln.hinf_norm(written - expected)) <= 1e-12 * float(dln.hinf_norm(expected))


@pytest.mark.parametrize("name", OTHERS)
def test_code_for_other_models_runs(browser, pages, downloads, tmp_path, monkeypatch, name):
    """Complex matrices, a descriptor matrix, and no states at all."""
    monkeypatch.chdir(tmp_path)
    tab, order = Tab(browser).open(pages[name]), 0 if name == "static" else 4
    found = {}
    exec(saved(tab, downloads, "Python: dlnbalance, and a .mat file", "py", order).read_text(encoding="utf-8"), found)
    expected = dln.reduce(OTHERS[name], order).system
    omega = np.array([0.0, 1.0, 3.0])
    responses = [dln.frequency_response(system, omega) for system in (found["system"], expected)]
    assert responses[0] == pytest.approx(responses[1], rel=1e-10)
    document = json.loads(saved(tab, downloads, "JSON", "json", order).read_text(encoding="utf-8"))
    D = np.array(document["D"]["real"]) + 1j * np.array(document["D"]["imag"]) if name == "complex" else document["D"]
    assert np.array(D) == pytest.approx(expected.D)
    assert ("E" in document) == (name == "improper")
    assert "dss(A, B, C, D, E)" in saved(tab, downloads, "MATLAB: ss", "m", order).read_text() or name != "improper"


def test_matlab_code_has_the_matrices(tab, downloads):
    code = saved(tab, downloads, "MATLAB: ss", "m").read_text(encoding="utf-8")
    block = code.partition("A = [\n")[2].partition("\n];")[0]
    entries = np.array([[float(entry) for entry in line.split(",")] for line in block.splitlines()])
    assert entries == pytest.approx(dln.reduce(PLANT, 4).system.A, rel=1e-12)
    assert "system = ss(A, B, C, D);" in code
    assert "'<b>angle</b> & ''more'''" in code
    assert (
        "add_block('simulink/Continuous/State-Space'"
        in saved(tab, downloads, "Simulink: State-Space block", "m").read_text()
    )


def test_pages_print_on_paper(tab):
    """Everything but the controls; nothing wider than the paper."""
    import base64

    assert tab.run("return matchMedia('print').matches") is False
    page = base64.b64decode(tab.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert page.startswith(b"%PDF")
    tab.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not tab.find("#order").is_displayed()
        assert tab.find("#guarantee").is_displayed()
        tab.run("dispatchEvent(new Event('beforeprint'))")
        widths = tab.run("return [...document.querySelectorAll('.plot svg.main-svg')].map((svg) => svg.clientWidth)")
        assert set(widths) == {640}
        frame = tab.find(".scroll")
        assert int(frame.get_property("scrollHeight")) <= int(frame.get_property("clientHeight")) + 1
    finally:
        tab.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
