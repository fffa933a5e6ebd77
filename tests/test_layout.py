"""Tables at every width: no value left out, no word broken that a line could hold."""

import io
import re

import numpy as np
import pytest
from rich.console import Console

import dlnbalance as dln
from dlnbalance.layout import pairs, tables

from .cli.test_commands import run

WIDTHS = [4, 7, 20, 21, 30, 40, 57, 80, 81, 118, 200]
ROWS = [
    ("System", "LinearSystem 'heat-rod': 30 states, 1 input, 1 output, continuous (dt = 0), dense real"),
    ("Hankel singular values", "0.002137, 0.0002934, 1.199e-05, 8.119e-06"),
    ("", "dropped 1e-9"),
    ("H∞ norm", "0.00369239 at 0 rad/s"),
    ("Name", "電動機 [bold]τ[/bold]"),
]
HEADER = ["bits", "realization", "H∞ error / peak gain", "standard error", "‖A‖²+‖B‖²+‖C‖²", "unstable"]
TABLE = [
    [str(bits), name, "0.0123", "1.3e-04", str(index), "0 of 20"]
    for bits in (8, 12)
    for index, name in enumerate(["Gramian-balanced", "norm-balanced", "as given"])
]


def printed(parts, width):
    """The lines on a screen of that width."""
    page = io.StringIO()
    console = Console(file=page, width=width, highlight=False)
    for part in parts:
        console.print(part)
    return page.getvalue().splitlines()


def words(text):
    """All words of printed lines, which are not broken, without the borders of tables."""
    return re.findall(r"[^\s┏┓┗┛┃│┡┩┳╇━┴─└┘]+", text)


@pytest.mark.parametrize("width", WIDTHS)
def test_labels_and_values(width):
    lines = printed(pairs(ROWS, width), width)
    letters = "".join("".join(line.split()) for line in lines)
    for label, value in ROWS:
        assert "".join(label.split()) in letters
        assert "".join(value.split()) in letters
    if width >= 20:
        assert words(" ".join(lines)) == words(" ".join(f"{label} {value}" for label, value in ROWS))


@pytest.mark.parametrize("width", WIDTHS)
def test_tables(width):
    lines = printed(tables(HEADER, TABLE, width), width)
    letters = "".join("".join(words(line)) for line in lines)
    for cell in HEADER + [cell for row in TABLE for cell in row]:
        if width >= 20 or len(cell) == 1:
            assert all(word in letters for word in words(cell))
    if width >= 20:
        assert {*words(" ".join(lines))} == {*words(" ".join([*HEADER, *(cell for row in TABLE for cell in row)]))}
    assert all(len(line) <= width for line in lines)


def test_each_part_of_a_table_tells_its_rows_apart():
    parts = tables(HEADER, TABLE, 60)
    assert len(parts) > 1
    for part in parts:
        lines = [line for line in printed([part], 60) if line.startswith("│")]
        assert [line.split("│")[1].strip() for line in lines] == [row[0] for row in TABLE]
        assert [line.split("│")[2].strip() for line in lines] == [row[1] for row in TABLE]


def test_a_table_with_room_is_one():
    [table] = tables(HEADER, TABLE, 118)
    assert len(printed([table], 118)) == 4 + len(TABLE)


def test_rows_that_nothing_tells_apart_and_no_rows():
    assert len(tables(["a", "b"], [["1", "2"], ["1", "2"]], 40)) == 1
    assert len(tables(["a", "b"], [], 40)) == 1


def test_markup_in_cells_is_text():
    [table] = tables(["[red]a[/red]"], [["[bold]b[/bold]"]], 60)
    assert "[bold]b[/bold]" in " ".join(printed([table], 60))


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("command", [["info"], ["reduce", "--order", "2"], ["balance"]])
def test_commands_show_labels_with_values(tmp_path, monkeypatch, command, width):
    monkeypatch.chdir(tmp_path)
    dln.save(dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)), name="motor"), "m.npz")
    monkeypatch.setenv("COLUMNS", "200")
    wide = run(command[0], "m.npz", *command[1:])
    monkeypatch.setenv("COLUMNS", str(width))
    narrow = run(command[0], "m.npz", *command[1:])
    assert narrow.exit_code == 0
    assert words(narrow.stdout) == words(wide.stdout)
    assert max(map(len, narrow.stdout.splitlines())) <= width


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("arguments", [["examples"], ["compare", "example:heat-rod", "--realizations", "--order", "3"]])
def test_tables_of_commands_break_no_words(monkeypatch, arguments, width):
    options = ["--draws", "2"] if arguments[0] == "compare" else []
    monkeypatch.setenv("COLUMNS", "300")
    wide = run(*arguments, *options)
    monkeypatch.setenv("COLUMNS", str(width))
    narrow = run(*arguments, *options)
    assert narrow.exit_code == 0
    assert {*words(narrow.stdout)} == {*words(wide.stdout)}
    assert max(map(len, narrow.stdout.splitlines())) <= width


def test_what_no_line_can_hold():
    """A path longer than the line is the only thing that is broken."""
    lines = printed(pairs([("Written", "x" * 30), ("Order", "2")], 24), 24)
    assert lines == ["Written", "  " + "x" * 22, "  " + "x" * 8, "Order", "  2"]
