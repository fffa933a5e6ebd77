"""Kinds of Gramians by name, with settings as the command line writes them."""

import subprocess
import sys
from abc import abstractmethod
from dataclasses import dataclass

import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.gramians.base import GramianStrategy
from dlnbalance.gramians.kinds import kinds, named


class Shared(GramianStrategy):
    """What two kinds have in common."""

    @abstractmethod
    def half(self):
        """One of the two."""


@dataclass(frozen=True)
class Demanding(Shared):
    """A kind with a setting that has no default."""

    weight: float
    power: int = 2

    name = "demanding"
    description = "needs a weight"

    def half(self):
        return self.weight / 2

    def solve(self, system):
        return dln.Lyapunov().solve(system)


def test_the_kinds_of_the_package_are_known_before_anything_is_imported():
    code = "from dlnbalance.gramians.kinds import kinds; print(list(kinds()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['auto', 'coprime', 'empirical', 'low-rank', 'lyapunov', 'second-order', 'weighted']"


def test_kinds_say_what_they_are():
    found = kinds()
    assert list(found) == sorted(found)
    for name, kind in found.items():
        assert name == kind.name == name.lower()
        assert kind.description
        assert "\n" not in kind.description


def test_what_several_kinds_share_is_none_itself():
    assert kinds()["demanding"] is Demanding
    assert Shared not in kinds().values()


def test_the_first_of_a_name_counts():
    class Later(dln.Lyapunov):
        pass

    assert Later.name == "lyapunov"
    assert kinds()["lyapunov"] is dln.Lyapunov


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("auto", dln.Automatic()),
        (" lyapunov ", dln.Lyapunov()),
        ("lyapunov:", dln.Lyapunov()),
        ("coprime", dln.Coprime()),
        ("coprime:side=left", dln.Coprime("left")),
        ("low-rank:tol=1e-8", dln.LowRank(tol=1e-8)),
        ("low-rank: max_columns = 50 , tol=1e-6,", dln.LowRank(tol=1e-6, max_columns=50)),
        ("low-rank:checkpoint=run.npz", dln.LowRank(checkpoint="run.npz")),
        ("low-rank:checkpoint='run.npz'", dln.LowRank(checkpoint="run.npz")),
        ("demanding:weight=3", Demanding(3)),
    ],
)
def test_names_and_settings(words, kind):
    assert named(words) == kind


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "'lyapunov'"),
        ("Lyapunov", "'lyapunov'"),
        ("lyapunov:tol=1", "no settings after lyapunov:"),
        ("coprime:side=both", "'left'"),
        ("low-rank:tolerance=1", "tol=…, max_factorizations=…"),
        ("low-rank:tol", "tol=…"),
        ("low-rank:=1", "tol=…"),
        ("low-rank:tol=-1", "tol"),
        ("low-rank:tol=small", "tol"),
        ("demanding", "weight=… after demanding:"),
        ("demanding:power=3", "weight=… after demanding:"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(words, said):
    with pytest.raises(InvalidArgumentError) as caught:
        named(words)
    assert said in str(caught.value)
