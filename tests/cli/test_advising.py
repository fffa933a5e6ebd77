"""``dlnbalance advise``."""

import json

from typer.testing import CliRunner

from dlnbalance.cli.commands import app


def test_it_recommends(tmp_path):
    picture = tmp_path / "ways.png"
    result = CliRunner().invoke(app, ["advise", "example:heat-rod", "--order", "3", "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    assert "recommended for largest error" in result.output
    assert picture.exists()


def test_json():
    result = CliRunner().invoke(app, ["advise", "example:heat-rod", "--order", "3", "--criterion", "dc", "--json"])
    document = json.loads(result.output)
    assert {row["way"] for row in document["rows"]} >= {"balanced truncation", "residualization"}
