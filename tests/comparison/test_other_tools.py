"""Calls of other libraries' functions."""

import time
import warnings

import pytest

from dlnbalance.comparison.other_tools import call_tool, timed


def test_results_come_with_their_time():
    result, remark, seconds = call_tool(lambda: time.sleep(0.02) or 42, "sleep")
    assert (result, remark) == (42, "")
    assert seconds >= 0.02
    result, seconds = timed(lambda: time.sleep(0.02) or 42)
    assert result == 42
    assert seconds >= 0.02


def test_refusals_are_told_by_their_first_line():
    def refuse():
        raise RuntimeError("\n no convergence\nand much more")

    assert call_tool(refuse, "tool")[:2] == (None, "tool refused: no convergence")


def test_errors_without_a_text_are_told_by_their_kind():
    def refuse():
        raise ZeroDivisionError

    assert call_tool(refuse, "tool")[1] == "tool refused: ZeroDivisionError"


def test_warnings_of_others_are_silent():
    def warn():
        warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
        return 1

    assert call_tool(warn, "tool")[0] == 1


def test_interruptions_pass():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call_tool(interrupt, "tool")
