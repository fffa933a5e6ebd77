"""Damping matrices by their closed forms."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.structured.damping import modal_damping, rayleigh_damping


def chain(n=5):
    M = np.diag(np.arange(1.0, n + 1))
    return M, 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)


def test_rayleigh_damping_gives_its_ratios():
    M, K = chain()
    system = dln.SecondOrderSystem.with_rayleigh_damping(M, K, 0.02, 0.01, np.ones(5), np.ones(5), inputs=["force"])
    omega = np.sqrt(la.eigh(K, M, eigvals_only=True))
    ratios = 0.02 / (2 * omega) + 0.01 * omega / 2
    expected = -ratios * omega + 1j * omega * np.sqrt(1 - ratios**2)
    poles = system.poles()
    above = poles[poles.imag > 0]
    assert np.abs(above[np.argsort(above.imag)] - expected).max() < 1e-13
    assert system.inputs == ("force",)


@pytest.mark.parametrize("zeta", [0.05, [0.01, 0.02, 0.03, 0.04, 1.5]])
def test_modal_damping_gives_its_ratios(zeta):
    M, K = chain()
    system = dln.SecondOrderSystem.with_modal_damping(M, K, zeta, np.ones(5), np.ones(5))
    omega = np.sqrt(la.eigh(K, M, eigvals_only=True)).astype(complex)
    ratios = np.broadcast_to(zeta, 5)
    poles = np.concatenate([-ratios * omega + sign * omega * np.sqrt(ratios**2 - 1 + 0j) for sign in (1, -1)])
    found = system.poles()
    assert max(np.abs(found - pole).min() for pole in poles) < 1e-12


def test_complex_modal_damping_is_hermitian():
    M = np.array([[2.0, 1j], [-1j, 3.0]])
    D = modal_damping(M, np.diag([1.0, 4.0]), 0.1)
    assert np.abs(D - D.conj().T).max() < 1e-15
    assert la.eigvalsh(D).min() > 0


def test_rigid_modes_have_no_modal_damping():
    K = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert np.abs(modal_damping(np.eye(2), K, 0.1) @ np.ones(2)).max() < 1e-8


def test_sparse_matrices_stay_sparse():
    M, K = (sp.csc_array(X) for X in chain())
    assert sp.issparse(rayleigh_damping(M, K, 0.1, 0.2))


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda M, K: rayleigh_damping(M, K, -0.1, 0.1), "alpha"),
        (lambda M, K: rayleigh_damping(M, K, 0.1, np.inf), "beta"),
        (lambda M, K: rayleigh_damping(M, K[:3], 0.1, 0.1), "K"),
        (lambda M, K: modal_damping(sp.csc_array(M), K, 0.1), "M"),
        (lambda M, K: modal_damping(M, sp.csc_array(K), 0.1), "K"),
        (lambda M, K: modal_damping(M, K, -0.1), "zeta"),
        (lambda M, K: modal_damping(M, K, [0.1, 0.2]), "zeta"),
        (lambda M, K: modal_damping(-M, K, 0.1), "M"),
        (lambda M, K: modal_damping(M, -K, 0.1), "K"),
        (lambda M, K: modal_damping(M, np.triu(K), 0.1), "K"),
    ],
)
def test_what_is_refused(call, argument):
    with pytest.raises(InvalidArgumentError) as caught:
        call(*chain())
    assert caught.value.argument == argument
