"""Gramians against python-control's with slycot, and where that fails, against the equations."""

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
import dlnbalance.compat as ours
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError

from ..models import assert_small, random_system


def residual(system, W, kind):
    A, B = (system.A, system.B) if kind == "c" else (system.A.conj().T, system.C.conj().T)
    left = A @ W @ A.conj().T - W if system.is_discrete else A @ W + W @ A.conj().T
    return la.norm(left + B @ B.conj().T), la.norm(W)


@pytest.mark.parametrize("kind", ["c", "o", "cf", "of"])
def test_it_is_that_of_python_control_where_slycot_can(rng, discrete, kind):
    pytest.importorskip("slycot")
    system = random_system(rng, 6, 2, 3, discrete=discrete).to_control()
    theirs = control.gram(system, kind)
    if kind.endswith("f"):
        theirs = np.sign(np.diag(theirs))[:, None] * theirs
    assert_small(la.norm(ours.gram(system, kind) - theirs), la.norm(theirs), 1e6)  # seen: 2e4


@pytest.mark.parametrize("kind", ["c", "o"])
def test_complex_wide_tall_descriptor_and_no_states(rng, complex_entries, discrete, kind):
    for n, m, p in ((2, 5, 1), (2, 1, 5), (4, 2, 2), (0, 2, 2)):
        system = random_system(rng, n, m, p, complex_entries=complex_entries, discrete=discrete)
        if n == 4:
            system = system.replaced(B=0 * system.B, C=0 * system.C)
        W, R = ours.gram(system, kind), ours.gram(system, f"{kind}f")
        assert W.shape == R.shape == (n, n)
        assert not np.tril(R, -1).any()
        assert (np.diag(R).real >= 0).all()
        assert_small(la.norm(R.conj().T @ R - W), la.norm(W), 100)
        found, size = residual(system, W, kind)
        assert_small(found, size, 1000)
    E = rng.standard_normal((3, 3))
    system = random_system(rng, 3, 1, 1, discrete=discrete)
    pencil = dln.LinearSystem(E @ system.A, E @ system.B, system.C, E=E, dt=system.dt)
    W = ours.gram(system, kind)
    assert_small(la.norm(ours.gram(pencil, kind) - W), la.norm(W), 1e5)


def test_what_python_control_fails_at():
    """Factors where there are more inputs than states, and systems without states; if these pass there, say so less."""
    pytest.importorskip("slycot")
    wide = control.ss([[-1.0]], [[1.0, 2.0]], [[1.0], [1.0]], np.zeros((2, 2)))
    for kind in ("cf", "of"):
        with pytest.raises(ValueError, match="broadcast"):
            control.gram(wide, kind)
    with pytest.raises(Exception, match="n>0"):
        control.gram(control.ss([], [], [], [[1.0]]), "c")
    assert_small(abs(ours.gram(wide, "cf").item() ** 2 - 2.5), 2.5, 10)


def test_refusals_are_value_errors_with_advice():
    with pytest.raises(UnstableSystemError):
        ours.gram(control.ss([[1.0]], [[1.0]], [[1.0]], 0), "c")
    with pytest.raises(ValueError, match="as_system"):
        ours.gram(control.tf([1.0], [1.0, 1.0]), "c")
    with pytest.raises(InvalidArgumentError, match="'cf'"):
        ours.gram(control.ss([[-1.0]], [[1.0]], [[1.0]], 0), "C")
