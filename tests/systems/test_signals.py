"""Time base and signal names."""

import control
import numpy as np
import pytest

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.systems.linear_system import LinearSystem
from dlnbalance.systems.signals import (
    abridged,
    checked_names,
    checked_time_base,
    common_time_base,
    counted,
    joined_names,
    time_base_in_words,
)


class TestTimeBase:
    @pytest.mark.parametrize(
        "dt, is_discrete, sampling_time",
        [(0, False, 0.0), (0.0, False, 0.0), (0.5, True, 0.5), (1, True, 1.0), (True, True, 1.0)],
    )
    def test_as_in_python_control(self, dt, is_discrete, sampling_time):
        system = LinearSystem(0.5, 1, 1, dt=dt)
        assert system.is_discrete is is_discrete
        assert system.sampling_time == sampling_time
        assert system.dt == dt
        assert (system.dt is True) == (dt is True)

    @pytest.mark.parametrize("dt", [np.float64(0.5), np.float32(0.5), np.int64(2)])
    def test_numpy_numbers_are_sampling_times(self, dt):
        system = LinearSystem(0.5, 1, 1, dt=dt)
        assert system.dt == dt
        assert type(system.dt) is float

    @pytest.mark.parametrize("dt", [-1, -1e-300, np.inf, np.nan, False, "0", 1j, [0.1]])
    def test_impossible_ones_are_refused(self, dt):
        with pytest.raises(InvalidArgumentError, match=r"^dt: expected 0.*positive"):
            LinearSystem(0.5, 1, 1, dt=dt)

    def test_unspecified_one_is_kept_but_not_computed_with(self):
        system = LinearSystem(0.5, 1, 1, dt=None)
        assert system.dt is None
        assert system(2.0).item() == pytest.approx(1 / 1.5)
        for question in ("is_discrete", "sampling_time"):
            with pytest.raises(InvalidArgumentError, match="dt: expected a stated time base, got None"):
                getattr(system, question)
        with pytest.raises(InvalidArgumentError, match="dt: expected a stated time base"):
            system.dcgain()

    def test_dc_gain_is_at_zero_or_at_one(self):
        assert LinearSystem(-2, 1, 1, dt=0).dcgain().item() == 0.5
        assert LinearSystem(0.5, 1, 1, dt=0.1).dcgain().item() == 2
        assert LinearSystem(0.5, 1, 1, dt=True).dcgain().item() == 2


def test_time_bases_and_counts_in_words():
    texts = [time_base_in_words(dt) for dt in (0, 0.25, True, None)]
    assert texts == [
        "continuous (dt = 0)",
        "discrete (dt = 0.25)",
        "discrete (dt = True)",
        "time base unspecified (dt = None)",
    ]
    assert [counted(n, "state") for n in (0, 1, 2)] == ["0 states", "1 state", "2 states"]


def test_true_is_kept_and_other_time_bases_become_numbers():
    assert checked_time_base(True) is True
    assert checked_time_base(None) is None
    assert checked_time_base(-0.0) == 0
    assert type(checked_time_base(np.int64(2))) is float


def test_names_are_numbered_by_a_letter_or_taken_as_they_are():
    assert checked_names("inputs", None, 2, "u") == ("u[0]", "u[1]")
    assert checked_names("inputs", iter(["force", "torque"]), 2, "u") == ("force", "torque")
    assert checked_names("inputs", "force", 1, "u") == ("force",)
    for wrong in (["force"], ["force", "force"], [1, 2]):
        with pytest.raises(InvalidArgumentError, match=r"^inputs"):
            checked_names("inputs", wrong, 2, "u")


@pytest.mark.parametrize(("count", "words"), [(8, 8), (9, 8), (100, 8)])
def test_many_names_are_abridged_to_eight_words(count, words):
    names = tuple(f"u{k}" for k in range(count))
    shown = abridged(names).split(", ")
    assert len(shown) == words
    assert (shown[0], shown[-1]) == (names[0], names[-1])
    assert ("…" in shown) == (count > 8)


class TestTogether:
    @pytest.mark.parametrize("first", [None, True, 0, 0.1, 1, 2])
    @pytest.mark.parametrize("second", [None, True, 0, 0.1, 1, 2])
    def test_time_bases_as_in_python_control(self, first, second):
        try:
            expected = control.common_timebase(first, second)
        except ValueError:
            with pytest.raises(InvalidArgumentError, match="c2d and d2c"):
                common_time_base(first, second)
        else:
            found = common_time_base(first, second)
            assert found == expected
            assert (found is True) == (expected is True)

    @pytest.mark.parametrize(
        "groups, owners, expected",
        [
            ([("a",), ("b", "c")], [None, None], ("a", "b", "c")),
            ([("a",), ("a",)], ["left", "right"], ("left_a", "right_a")),
            ([("a",), ("a",)], ["same", "same"], None),
            ([(), ()], [None, None], ()),
        ],
    )
    def test_names(self, groups, owners, expected):
        assert joined_names(groups, owners) == expected
