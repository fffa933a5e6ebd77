"""Second-order systems in the rest of the library: norms, pictures, files, the command line, refusals."""

import numpy as np
import pytest
import scipy.io
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError, UnstableSystemError
from dlnbalance.structured import chain_of_masses, free_beam

from ..cli.program import run, run_json


def same(first, second):
    return la.norm(first(0.3j) - second(0.3j)) <= 1e-13 * la.norm(first(0.3j))


def test_what_takes_a_linear_system_takes_the_first_order_form(tmp_path):
    chain = chain_of_masses(8, sparse=False)
    first = dln.as_system(chain)
    assert first is chain.first_order()
    assert float(dln.hinf_norm(chain)) == float(dln.hinf_norm(first))
    assert dln.h2_norm(chain) == dln.h2_norm(first)
    path = dln.save(chain, tmp_path / "chain.npz")
    assert dln.as_system(path).nstates == 16
    assert dln.reduce(chain.first_order(), 4).bound > 0  # the plain way
    with pytest.raises(InvalidArgumentError, match="a BilinearSystem"):
        dln.as_system(dln.BilinearSystem([[-1.0]], [[[0.0]]], [[1.0]], [[1.0]]))


def test_names_are_kept():
    K = [[2.0, -1.0], [-1.0, 2.0]]
    system = dln.SecondOrderSystem(
        np.eye(2), 0.1 * np.eye(2), K, np.eye(2), np.eye(2), inputs=["a", "b"], outputs=["c", "d"], name="frame"
    )
    for small in (dln.reduce(system, 1).system, dln.balance(system).system, system.first_order()):
        assert (small.inputs, small.outputs, small.name) == (("a", "b"), ("c", "d"), "frame")
    assert list(system.linear_systems()) == ["frame"]


def test_undamped_models_have_no_gramians():
    system = chain_of_masses(4, mass_damping=0.0, stiffness_damping=0.0)
    with pytest.raises(UnstableSystemError):
        dln.reduce(system, 2)
    assert not system.is_stable
    assert chain_of_masses(4).is_stable
    assert not free_beam(3).is_stable


def test_stability_of_large_models_is_that_of_their_gramians():
    large = chain_of_masses(800)
    assert large.first_order().is_large
    assert large.is_stable
    assert not chain_of_masses(800, fixed="none").is_stable


# -- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sparse", [False, True])
def test_files_give_back_what_they_got(tmp_path, sparse):
    chain = chain_of_masses(5, sparse=sparse)
    again = dln.load(dln.save(chain, tmp_path / "chain.npz"))
    assert repr(again) == repr(chain)
    assert again.inputs == ("force",)
    assert same(again, chain)


@pytest.mark.parametrize("damping", ["D", "E"])
@pytest.mark.parametrize("output", ["C", "Cp", "C_position"])
@pytest.mark.parametrize("suffix", [".npz", ".mat"])
def test_matrices_of_others_are_recognized(tmp_path, suffix, output, damping):
    chain = chain_of_masses(5, sparse=suffix == ".mat")
    arrays = {"M": chain.M, damping: chain.D, "K": chain.K, "B": chain.B, output: chain.C_position}
    path = tmp_path / f"chain{suffix}"
    if suffix == ".npz":
        np.savez(path, **arrays)
    else:
        scipy.io.savemat(path, {name: sp.csc_matrix(X) if sp.issparse(X) else X for name, X in arrays.items()})
    model = dln.load(path)
    assert isinstance(model, dln.SecondOrderSystem)
    assert model.is_sparse == (suffix == ".mat")
    assert same(model, chain)


def test_a_feedthrough_stands_beside_a_damping_called_E(tmp_path):
    chain = chain_of_masses(3, sparse=False)
    path = tmp_path / "chain.npz"
    np.savez(path, M=chain.M, E=chain.D, D=[[2.0]], K=chain.K, B=chain.B, Cv=chain.C_position)
    model = dln.load(path)
    assert model.feedthrough.item() == 2.0
    assert not model.C_position.any()


def test_incomplete_files_are_refused(tmp_path):
    path = tmp_path / "chain.npz"
    np.savez(path, M=np.eye(2), K=np.eye(2), B=np.ones((2, 1)))
    with pytest.raises(FileFormatError, match="C_position"):
        dln.load(path)
    np.savez(path, M=np.eye(2), K=np.eye(2), B=np.ones((2, 1)), C=np.ones((1, 2)), dt=0.1)
    with pytest.raises(FileFormatError, match="continuous"):
        dln.load(path)


def test_the_command_line_reduces_files_of_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chain = chain_of_masses(12, sparse=False)
    np.savez("chain.npz", M=chain.M, E=chain.D, K=chain.K, B=chain.B, C=chain.C_position)
    facts, status = run_json("reduce", "chain.npz", "--order", 4, "-o", "small.npz", "--report", "small.html")
    assert (status, facts["order"], facts["full_order"]) == (0, 4, 12)
    small = dln.load("small.npz")
    assert isinstance(small, dln.SecondOrderSystem)
    assert small.is_symmetric
    facts, status = run_json("reduce", "chain.npz", "--order", 4, "--gramians", "second-order:kind=so")
    assert status == 0
    assert "so" in facts["how"]
    assert "4 of 12 positions" in run("reduce", "chain.npz", "--order", 4).stdout
    beam = free_beam(4)
    dln.save(beam, "beam.npz")
    refused = run("reduce", "beam.npz", "--order", 4)
    assert refused.exit_code != 0
    assert "2 rigid-body modes" in " ".join(refused.stderr.split())
    facts, status = run_json("reduce", "beam.npz", "--order", 4, "--gramians", "second-order:rigid=keep")
    assert (status, facts["order"]) == (0, 4)
    assert np.isfinite(facts["error"]["value"])
