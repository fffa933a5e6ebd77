"""``dlnbalance explore``: a page is written and opened."""

import pytest

import dlnbalance as dln

from .program import SYSTEM, run, run_json


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """Addresses that the browser was asked to open, in a folder of its own."""
    addresses = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webbrowser.open", lambda address: addresses.append(address) or True)
    dln.save(SYSTEM, tmp_path / "motor.npz")
    return addresses


def test_the_page_is_opened(opened, tmp_path):
    result = run("explore", "motor.npz", "--report", "orders.html")
    assert result.exit_code == 0
    assert opened == [(tmp_path / "orders.html").resolve().as_uri()]
    assert "dlnbalance explore motor.npz --report orders.html" in (tmp_path / "orders.html").read_text(encoding="utf-8")


def test_without_a_name_the_page_is_temporary(opened):
    result = run("explore", "motor.npz", "--order", 1)
    assert result.exit_code == 0
    assert "order 1 of 3" in result.stdout
    assert opened[0].endswith("/orders.html")


def test_a_document_opens_nothing(opened):
    document, status = run_json("explore", "motor.npz", "--report", "orders.html")
    assert (document["full_order"], status, opened) == (3, 0, [])


def test_where_there_is_no_browser_the_page_is_named(opened, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    result = run("explore", "motor.npz", "--report", "orders.html")
    assert result.exit_code == 0
    assert "open orders.html" in result.stderr


def test_networks_and_files_that_exist_are_refused(opened, tmp_path):
    dln.save(dln.DeepLinearNetwork([[[1.0]], [[2.0]]]), tmp_path / "net.npz")
    assert run("explore", "net.npz").exit_code == 2
    (tmp_path / "there.html").write_text("precious")
    assert run("explore", "motor.npz", "--report", "there.html").exit_code == 2
    assert (tmp_path / "there.html").read_text() == "precious"
