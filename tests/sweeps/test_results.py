"""What a sweep shows of itself."""

import dlnbalance as dln

from .work import UNSTABLE


def test_repr_is_one_screen(systems):
    sweep = dln.reduce_many([systems[0], *[UNSTABLE] * 20, *systems], order=3, measure=True, unstable="refuse")
    lines = repr(sweep).splitlines()
    assert "9 reduced, 20 failed" in lines[0]
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 100
    assert "3 of 5 states, H∞ error" in lines[1]
    assert any("FAILED, UnstableSystemError" in line for line in lines)
