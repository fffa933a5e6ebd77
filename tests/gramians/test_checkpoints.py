"""Checkpoints whose content no iteration leaves: refused by name, never carried on with."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import FileFormatError

from ..damage import mutations
from .test_low_rank import grid_system


@pytest.fixture
def checkpoint(rng, tmp_path):
    """A system, and the file that its iteration left after some steps."""
    system, path = grid_system(rng), tmp_path / "run.npz"

    class EnoughError(Exception):
        pass

    def stop(state):
        if state.factorizations == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        dln.LowRank(checkpoint=path, checkpoint_seconds=0, progress=stop)(system)
    return system, path


def changed(path, **arrays):
    """Write a checkpoint with other arrays; None leaves one out, and the list of members with it."""
    with np.load(path) as archive:
        stored = dict(archive)
    stored.pop("dlnbalance")
    stored |= {name: change(stored[name]) for name, change in arrays.items() if change is not None}
    np.savez(path, **{name: array for name, array in stored.items() if arrays.get(name, "") is not None})


def with_nan(array):
    array = array.copy()
    array.flat[-1] = np.nan
    return array


@pytest.mark.parametrize(
    ("name", "change", "fragment"),
    [
        ("reach_factor", lambda Z: Z[:-1], "rows in reach_factor"),
        ("observe_factor", lambda Z: Z.T, "rows in observe_factor"),
        ("reach_factor", np.ravel, "rows in reach_factor"),
        ("reach_factor", with_nan, "finite numbers in reach_factor"),
        ("observe_factor", lambda Z: Z * np.inf, "finite numbers in observe_factor"),
        ("reach_factor", lambda Z: Z * 1j, "real numbers in reach_factor"),
        ("reach_factor", lambda Z: Z.astype(str), "real numbers in reach_factor"),
        ("reach_residual", lambda R: np.hstack([R, R]), "shape (81, 2) in reach_residual"),
        ("observe_residual", with_nan, "finite numbers in observe_residual"),
        ("shifts", lambda s: s[:-1], "in shifts"),
        ("shifts", lambda s: -s, "left half plane"),
        ("shifts", with_nan, "finite numbers in shifts"),
        ("steps", lambda k: 0 * k, "in shifts"),
        ("steps", lambda k: k[:, np.newaxis], "in shifts"),
        ("steps", lambda k: k.astype(float), "whole numbers in steps"),
        ("reach_factor", None, "in reach_factor"),
        ("fingerprint", None, "in fingerprint"),
    ],
)
def test_what_no_iteration_leaves_is_refused_by_name(checkpoint, name, change, fragment):
    system, path = checkpoint
    changed(path, **{name: change})
    with pytest.raises(FileFormatError) as caught:
        dln.LowRank(checkpoint=path)(system)
    assert caught.value.argument == str(path)
    assert fragment in str(caught.value)
    assert "remove it" in caught.value.remedy


def test_checkpoints_without_a_list_of_members_are_read(checkpoint):
    """Those of earlier versions."""
    system, path = checkpoint
    changed(path)
    seen = []
    dln.LowRank(checkpoint=path, progress=seen.append)(system)
    assert seen[0].factorizations == 3


def test_a_model_is_no_checkpoint(checkpoint):
    system, path = checkpoint
    dln.save(system, path, overwrite=True)
    with pytest.raises(FileFormatError, match="a checkpoint"):
        dln.LowRank(checkpoint=path)(system)


def test_damaged_checkpoints_are_refused(checkpoint, rng):
    """Or read as what they were; nothing but errors of this library, and nothing but the right answer."""
    system, path = checkpoint
    whole, refusals = dln.LowRank(tol=1e-6).solve(system).network.singular_values, 0
    for content in mutations(rng, path.read_bytes(), 60):
        path.write_bytes(content)
        try:
            found = dln.LowRank(tol=1e-6, checkpoint=path).solve(system).network.singular_values
        except FileFormatError:
            refusals += 1
        else:
            assert abs(found[0] - whole[0]) <= 1e-4 * whole[0]
    assert refusals > 30
