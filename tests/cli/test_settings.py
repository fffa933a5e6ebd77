"""``--units``."""

import numpy as np
import pytest

from dlnbalance.systems.frequency_units import shown_unit

from .program import run, run_json


@pytest.mark.parametrize("unit", ["hz", "Hz", "HZ"])
def test_frequencies_in_hertz_in_texts_and_documents(folder, unit):
    radians, _ = run_json("info", "example:beam")
    hertz, _ = run_json("info", "example:beam", "--units", unit)
    assert (radians["frequency_unit"], hertz["frequency_unit"]) == ("rad/s", "Hz")
    assert hertz["hinf_norm"]["frequency"] * 2 * np.pi == pytest.approx(radians["hinf_norm"]["frequency"], rel=1e-14)
    assert hertz["poles"] == radians["poles"]
    text = run("info", "example:beam", "--units", unit).stdout
    assert f"at {hertz['hinf_norm']['frequency']:.6g} Hz" in text
    assert "rad/s" not in text
    assert shown_unit() == "rad/s"


def test_errors_and_their_places(folder):
    document, _ = run_json("reduce", "example:beam", "--order", 4, "--units", "hz")
    assert document["error"]["place"] == f"{document['error']['frequency']:.6g} Hz"
    assert f"at {document['error']['place']}" in run("reduce", "example:beam", "--order", 4, "--units", "hz").stdout


def test_radians_are_the_default_and_can_be_named(folder):
    assert run("info", "example:beam").stdout == run("info", "example:beam", "--units", "rad/s").stdout
    assert run("info", "example:beam", "--units", "rpm").exit_code == 2
