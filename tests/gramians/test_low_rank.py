"""Low-rank Gramians of sparse systems, against the dense solver and by their own residuals."""

import re

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import (
    FileFormatError,
    InvalidArgumentError,
    NumericalError,
    SingularDescriptorError,
    UnstableSystemError,
)

from ..models import grid_system, mass_chain, random_matrix, random_system

CASES = [(c, d, e) for c in (False, True) for d in (False, True) for e in (False, True)]


def residual_of_dense_equation(system, network):
    """Relative residuals of both equations, with everything dense and nothing shared with the library."""
    A, E = system.A.toarray(), system.descriptor
    reach, observe = network.weights
    P = reach @ reach.conj().T
    Y = la.solve(E.conj().T, observe.conj().T)
    Y = Y @ Y.conj().T
    BB, CC = system.B @ system.B.conj().T, system.C.conj().T @ system.C
    if system.is_discrete:
        first = A @ P @ A.conj().T - E @ P @ E.conj().T + BB
        second = A.conj().T @ Y @ A - E.conj().T @ Y @ E + CC
    else:
        first = A @ P @ E.conj().T + E @ P @ A.conj().T + BB
        second = A.conj().T @ Y @ E + E.conj().T @ Y @ A + CC
    return la.norm(first, 2) / la.norm(BB, 2), la.norm(second, 2) / la.norm(CC, 2)


@pytest.mark.parametrize(("complex_entries", "discrete", "descriptor"), CASES)
def test_residuals_are_what_they_are_said_to_be(rng, complex_entries, discrete, descriptor):
    system = grid_system(rng, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    found = dln.LowRank(tol=1e-9).solve(system)
    for stated, true in zip(found.residuals, residual_of_dense_equation(system, found.network), strict=True):
        assert stated <= 1e-8
        assert stated == pytest.approx(true, rel=0.05, abs=1e-12)
    assert found.network.is_complex == complex_entries


@pytest.mark.parametrize(("complex_entries", "discrete", "descriptor"), CASES)
def test_hankel_singular_values_are_those_of_the_dense_solver(rng, complex_entries, discrete, descriptor):
    system = grid_system(rng, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    exact = dln.hankel_singular_values(system)
    values = dln.LowRank(tol=1e-12)(system).singular_values
    count = min(values.size, exact.size)
    assert np.abs(values[:count] - exact[:count]).max() <= 1e-9 * exact[0]
    assert exact[count:].max(initial=0.0) <= 1e-9 * exact[0]


@pytest.mark.parametrize("name", ["rail_371", "fom", "CDplayer"])
def test_reference_models(reference_model, name):
    system = reference_model(name)
    exact = dln.hankel_singular_values(system, gramians=dln.Lyapunov())
    found = dln.LowRank(tol=1e-12, max_columns=250).solve(system)
    values = found.network.singular_values
    count = min(values.size, exact.size)
    assert max(found.residuals) <= 1e-10  # rounding, where columns are compressed
    assert np.abs(values[:count] - exact[:count]).max() <= 1e-8 * exact[0]


def test_a_dense_matrix_may_have_low_rank_gramians(rng):
    system = random_system(rng, 40, 1, 1)
    values = dln.LowRank(tol=1e-12)(system).singular_values
    exact = dln.hankel_singular_values(system)
    assert np.abs(values[:20] - exact[:20]).max() <= 1e-7 * exact[0]


def test_compression_changes_nothing_but_the_number_of_columns(rng):
    system = grid_system(rng, m=12, p=12)
    all_columns, few = dln.LowRank()(system), dln.LowRank(max_columns=60)(system)
    assert few.widths[0] < all_columns.widths[0]
    count = min(few.widths[0], few.widths[2], 81)
    ours, theirs = few.singular_values[:count], all_columns.singular_values[:count]
    assert np.abs(ours - theirs).max() <= 1e-10 * theirs[0]


@pytest.mark.parametrize("zero", ["B", "C", "both"])
def test_zero_inputs_or_outputs(rng, zero):
    system = grid_system(rng)
    B = system.B if zero == "C" else 0 * system.B
    C = system.C if zero == "B" else 0 * system.C
    found = dln.LowRank().solve(dln.LinearSystem(system.A, B, C))
    assert not found.network.singular_values.any()
    assert (found.residuals[0] == 0) == (zero != "C")


@pytest.mark.parametrize("real_part", [1.0, 1e-3])
@pytest.mark.parametrize("oscillating", [False, True])
def test_unstable_systems_are_refused(rng, real_part, oscillating):
    A = dln.examples.convection_diffusion(12).A.tolil()
    A[:2, :], A[:, :2] = 0, 0
    A[0, 0] = A[1, 1] = real_part
    A[0, 1], A[1, 0] = (5.0, -5.0) if oscillating else (0.0, 0.0)
    system = dln.LinearSystem(A.tocsc(), random_matrix(rng, 144, 1), random_matrix(rng, 1, 144))
    with pytest.raises(UnstableSystemError, match="stabilize"):
        dln.LowRank()(system)


def test_integrators_and_undamped_modes_are_refused():
    fast = sp.diags_array(-np.arange(1.0, 400.0))
    for slow in ([[0.0]], [[0.0, 1.0], [-1.0, 0.0]]):
        A = sp.block_diag([slow, fast]).tocsc()
        with pytest.raises(UnstableSystemError):
            dln.LowRank()(dln.LinearSystem(A, np.ones((A.shape[0], 1)), np.ones((1, A.shape[0]))))


def test_a_delay_line_needs_as_many_columns_as_states():
    """Nilpotent A: every Hankel singular value is one, and the shift −1 makes the iteration exact."""
    n = 60
    A = sp.eye_array(n, k=-1).tocsc()
    found = dln.LowRank().solve(dln.LinearSystem(A, np.eye(n, 1), np.eye(n)[-1:], dt=1.0))
    np.testing.assert_allclose(found.network.singular_values, np.ones(n), rtol=1e-13)


def test_an_unstable_discrete_system_is_refused(rng):
    A = sp.diags_array(np.append(np.linspace(-0.9, 0.9, 50), 1.1)).tocsc()
    with pytest.raises(UnstableSystemError):
        dln.LowRank()(dln.LinearSystem(A, np.ones((51, 1)), np.ones((1, 51)), dt=1.0))


def test_singular_descriptors_are_refused(rng):
    system = grid_system(rng)
    E = sp.diags_array(np.append(np.ones(80), 0.0)).tocsc()
    with pytest.raises(SingularDescriptorError, match="E"):
        dln.LowRank()(dln.LinearSystem(system.A, system.B, system.C, E=E))


def test_a_residual_out_of_reach_is_an_error_that_says_what_was_reached(rng):
    with pytest.raises(NumericalError, match=r"after 2 factorizations; allow more"):
        dln.LowRank(max_factorizations=2)(grid_system(rng))


def test_a_search_of_no_avail_is_given_up_after_forty_factorizations():
    """1000 modes of damping 0.005 over four decades: nothing of low rank, seen long before 500 factorizations."""
    modes = [[[-0.005 * w, w], [-w, -0.005 * w]] for w in np.geomspace(0.1, 1000, 1000)]
    system = dln.LinearSystem(sp.block_diag(modes).tocsc(), np.ones((2000, 1)), np.ones((1, 2000)))
    seen = []
    with pytest.raises(NumericalError, match=r"foresees .* of them; .*gramians=dlnbalance\.Lyapunov\(\)"):
        dln.LowRank(progress=seen.append)(system)
    assert 40 <= len(seen) <= 100


def test_a_refusal_of_a_chain_names_a_number_of_factorizations_that_is_enough():
    system = mass_chain(200, damping=0.02)
    with pytest.raises(NumericalError, match=r"max_factorizations=(\d+) finds factors of about") as refused:
        dln.LowRank(max_factorizations=60)(system)
    enough = int(re.search(r"max_factorizations=(\d+)", str(refused.value))[1])  # pyright: ignore[reportOptionalSubscript]
    assert max(dln.LowRank(max_factorizations=enough).solve(system).residuals) <= 1e-9


def test_singular_values_of_lightly_damped_chains_are_those_of_the_dense_solver():
    system = mass_chain(150, damping=0.05, between=True)
    found, expected = (kind(system).singular_values for kind in (dln.LowRank(), dln.Lyapunov()))
    assert abs(found[:100] - expected[:100]).max() <= 1e-8 * expected[0]


def test_more_columns_than_allowed_are_foreseen_and_refused():
    system, seen = mass_chain(300, damping=0.003), []
    with pytest.raises(NumericalError, match="max_rank: expected Gramian factors of at most 600 columns"):
        dln.LowRank(max_rank=600, progress=seen.append)(system)
    assert len(seen) == 12
    damped = mass_chain(300, damping=0.3)
    assert max(dln.LowRank(max_rank=600).solve(damped).residuals) <= 1e-9


@pytest.mark.parametrize(
    "settings",
    [
        {"tol": 0.0}, {"tol": 1.0}, {"tol": np.nan}, {"tol": "small"}, {"max_factorizations": 0}, {"max_columns": 1.5},
        {"max_rank": 0},
        {"progress": 3}, {"checkpoint_seconds": -1.0},
    ],
)  # fmt: skip
def test_settings_are_checked_when_made(settings):
    with pytest.raises(InvalidArgumentError, match=next(iter(settings))):
        dln.LowRank(**settings)


def test_progress_is_reported_after_every_factorization(rng):
    seen = []
    found = dln.LowRank(progress=seen.append).solve(grid_system(rng))
    assert [state.factorizations for state in seen] == list(range(1, found.shifts.size + 1))
    assert max(seen[-1].residuals) <= 1e-10
    assert seen[-1].columns == (found.network.widths[0], found.network.widths[2])


def test_an_interrupted_run_goes_on_from_its_checkpoint(rng, tmp_path):
    system, path = grid_system(rng), tmp_path / "run.npz"
    whole = dln.LowRank().solve(system)

    class InterruptedRunError(Exception):
        pass

    def interrupt(state):
        if state.factorizations == 4:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        dln.LowRank(checkpoint=path, checkpoint_seconds=0, progress=interrupt)(system)
    seen = []
    resumed = dln.LowRank(checkpoint=path, checkpoint_seconds=0, progress=seen.append).solve(system)
    assert seen[0].factorizations == 4
    np.testing.assert_allclose(resumed.shifts, whole.shifts, rtol=1e-6)
    values = whole.network.singular_values
    assert np.abs(resumed.network.singular_values - values).max() <= 1e-10 * values[0]
    finished = []
    dln.LowRank(checkpoint=path, progress=finished.append)(system)
    assert not finished


def test_a_planned_run_goes_on_from_its_checkpoint(tmp_path):
    """Interrupted in the midst of its plan, it plans the rest, and takes no more factorizations but for a few."""
    system, path = mass_chain(150, damping=0.05, between=True), tmp_path / "chain.npz"

    def interrupt(state):
        if state.factorizations == 40:
            raise KeyboardInterrupt

    whole = dln.LowRank().solve(system)
    assert whole.shifts.size > 50
    with pytest.raises(KeyboardInterrupt):
        dln.LowRank(checkpoint=path, checkpoint_seconds=0, progress=interrupt)(system)
    rest = dln.LowRank(checkpoint=path, checkpoint_seconds=0).solve(system)
    assert max(rest.residuals) <= 1e-9
    assert rest.shifts.size <= 1.1 * whole.shifts.size
    np.testing.assert_allclose(rest.shifts[:39], whole.shifts[:39])


def test_checkpoints_of_other_systems_and_other_files_are_refused(rng, tmp_path):
    system, path = grid_system(rng), tmp_path / "run.npz"
    dln.LowRank(checkpoint=path)(system)
    other = dln.LinearSystem(system.A, 2 * system.B, system.C)
    with pytest.raises(FileFormatError, match="another system"):
        dln.LowRank(checkpoint=path)(other)
    path.write_text("no archive")
    with pytest.raises(FileFormatError, match="a checkpoint"):
        dln.LowRank(checkpoint=path)(system)
    with pytest.raises(InvalidArgumentError, match="npz"):
        dln.LowRank(checkpoint=tmp_path / "run.mat")(system)


# -- what reduce makes of it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["truncate", "residualize"])
@pytest.mark.parametrize("discrete", [False, True])
def test_large_and_dense_roads_lead_to_the_same_model(rng, method, discrete):
    system = grid_system(rng, discrete=discrete, descriptor=True, side=12)
    ours = dln.reduce(system, 5, gramians=dln.LowRank(tol=1e-12), method=method)
    theirs = dln.reduce(system, 5, gramians=dln.Lyapunov(), method=method)
    scale = theirs.hsv[0]
    omega = np.linspace(0, 30, 20)
    difference = dln.frequency_response(ours.system, omega) - dln.frequency_response(theirs.system, omega)
    assert np.abs(difference).max() <= 1e-6 * scale
    assert float(ours.error()) == pytest.approx(float(theirs.error()), rel=1e-4)
    assert ours.error().uncertainty <= 1e-6 * float(theirs.error())
    assert ours.dc_mismatch == pytest.approx(theirs.dc_mismatch, rel=1e-3, abs=1e-8 * scale)


def test_nothing_dense_is_formed_for_a_large_system(monkeypatch):
    def refuse(self):
        raise AssertionError("a large matrix was made dense")

    system = dln.examples.convection_diffusion(40)
    monkeypatch.setattr(sp.csc_array, "toarray", refuse)
    model = dln.reduce(system, rtol=1e-5)
    assert model.stable
    assert model.lower_bound <= float(model.error()) <= model.bound
    assert dln.balance(system).order >= model.order
    assert dln.hankel_norm(system) == pytest.approx(model.hsv[0], rel=1e-12)
    assert float(dln.hinf_norm(system)) >= dln.hankel_norm(system) * (1 - 1e-9)
    assert dln.h2_norm(system) > 0
