"""Did you mean …?"""

import pytest

from dlnbalance.cli.suggesting import nearest_choice, nearest_source

from .program import run


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("heat-rod", "example:heat-rod"),
        ("example:heatrod", "example:heat-rod"),
        ("exmaple:beam", "example:beam"),
        ("motr.npz", "motor.npz"),
        ("motor.mat", "motor.npz"),
        ("models/rotr.mat", "models/rotor.mat"),
    ],
)
def test_the_nearest_source(folder, source, meant):
    (folder / "models").mkdir()
    (folder / "models" / "rotor.mat").write_text("")
    assert nearest_source(source) == f"did you mean {meant!r}?"


@pytest.mark.parametrize("source", ["absent.mat", "nowhere/motor.npz", "x", "taken.xyz/y"])
def test_nothing_is_near(folder, source):
    assert nearest_source(source) == ""


def test_the_nearest_choice():
    said = "Invalid value for '--form': 'balance' is not one of 'balanced', 'input-normal'."
    assert nearest_choice(said).endswith("; did you mean 'balanced'?")
    assert nearest_choice("Missing argument 'SOURCE'.") == "Missing argument 'SOURCE'."
    assert "did you mean" not in nearest_choice("'magic' is not one of 'balanced', 'input-normal'.")


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["info", "motr.npz"], "'motor.npz'"),
        (["info", "example:bean"], "'beam'"),
        (["reduce", "motor.npz", "--method", "trunctae"], "'truncate'"),
        (["reduce", "motor.npz", "--gramians", "lypunov"], "'lyapunov'"),
        (["reduce", "motor.npz", "--gramians", "low-rank:max_clumns=3"], "'max_columns'"),
        (["balance", "motor.npz", "--form", "input_normal"], "'input-normal'"),
    ],
)
def test_commands_ask(folder, arguments, meant):
    result = run(*arguments)
    assert result.exit_code == 2
    assert f"did you mean {meant}?" in result.stderr


def test_a_file_that_is_there_is_not_asked_about(folder):
    assert "did you mean" not in run("info", "corrupt.npz").stderr
