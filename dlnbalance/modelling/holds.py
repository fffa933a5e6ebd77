r"""Sampling of inputs that are held constant, or drawn straight, between samples, and back.

.. math:: A_d = e^{Ah}, \quad B_d = \int_0^h e^{As} ds\, B \;(\text{zoh}), \quad
    B_d = h φ_1(Ah)^2 B,\; D_d = D + C h φ_2(Ah) B \;(\text{foh}).
"""

import warnings
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arrays import EPS, Array, dense, factorized, in_range, norm
from ..linalg.scaling import even_powers, evenly_scaled_solution
from ..systems.linear_system import LinearSystem

__all__ = ["held", "released"]

_HELD = 1e-8  # relative error of exp(log A) up to which a logarithm counts: half the digits


def held(system: LinearSystem, h: float, method: str) -> LinearSystem:
    r"""The discrete system whose output at the samples is that of the continuous one.

    Parameters
    ----------
    system : LinearSystem
        Continuous; with E, its explicit form is sampled.
    h : float
        Sampling time.
    method : {"zoh", "foh"}
        Inputs that are constant between samples, or run straight from sample to sample (triangles: the output depends
        on the input at the same sample).

    Raises
    ------
    NumericalError
        When exp(Ah) leaves the range of numbers, and for a singular E.

    Notes
    -----
    One matrix exponential of order n + m (n + 2m for foh) by ``scipy.signal.cont2discrete``, of states scaled by powers
    of two and inputs scaled to the size of A. Singular A need no other formula. O((n + m)³).

    References
    ----------
    .. [1] C. F. Van Loan, "Computing integrals involving the matrix exponential", IEEE Trans. Autom. Control 23 (1978)
       395-404.
    .. [2] A. H. Al-Mohy, N. J. Higham, "A new scaling and squaring algorithm for the matrix exponential", SIAM J.
       Matrix Anal. Appl. 31 (2009) 970-989.

    Examples
    --------
    >>> held(LinearSystem(0, 1, 1), 0.5, "foh").D.tolist()
    [[0.25]]
    """
    explicit = system.explicit()
    states = explicit.coordinates.states
    A, C = explicit.coordinates.unit * explicit.coordinates.A, explicit.C * states
    B = explicit.B / states[:, None]
    inputs = _powers(np.abs(B).sum(axis=0), h)
    A, B, D = _sampled(A, B / inputs, C, h, method)
    D = explicit.D + D * inputs
    return explicit.replaced(A=states[:, None] * A / states, B=states[:, None] * B * inputs, D=D, dt=h)


def released(system: LinearSystem, h: float, method: str) -> LinearSystem:
    r"""The continuous system whose samples these are: the principal logarithm of A, and B (and D) by a solve.

    Parameters
    ----------
    system : LinearSystem
        Discrete; with E, its explicit form.
    h : float
        Sampling time.
    method : {"zoh", "foh"}
        As in :func:`held`.

    Raises
    ------
    InvalidArgumentError
        When a pole is zero or on the negative real axis: no continuous system of the same order has it.
    NumericalError
        When no logarithm in double precision gives A back.

    Notes
    -----
    Of all continuous systems with these samples it is the one whose poles are slower than π/h. O(n³).

    References
    ----------
    .. [1] A. H. Al-Mohy, N. J. Higham, "Improved inverse scaling and squaring algorithms for the matrix logarithm",
       SIAM J. Sci. Comput. 34 (2012) C153-C169.

    Examples
    --------
    >>> released(held(LinearSystem(-2, 1, 1), 0.5, "zoh"), 0.5, "zoh").A.round(14).tolist()
    [[-2.0]]
    """
    explicit = system.explicit()
    here = explicit.coordinates
    states = here.states
    _check_poles(here.A, explicit.schur.eigenvalues)
    A = _logarithm(here.A) / h
    unit = np.eye(explicit.nstates)
    _, integral, integral_of_integral = _sampled(A, unit, unit, h, method)
    B = evenly_scaled_solution(integral, explicit.B / states[:, None])
    if B is None:
        raise _no_logarithm(np.inf)
    D = explicit.D - (explicit.C * states) @ integral_of_integral @ B
    return explicit.replaced(A=states[:, None] * A / states, B=states[:, None] * B, D=D, dt=0)


def _powers(sizes: Array, h: float) -> Array:
    """Powers of two near sizes · h, where those are numbers."""
    return np.exp2(np.clip(np.round(np.log2(np.maximum(sizes, np.finfo(float).tiny)) + np.log2(h)), -1000, 1000))


def _sampled(A: Array, B: Array, C: Array, h: float, method: str) -> tuple[Array, Array, Array]:
    """A_d, B_d and what D gains."""
    from scipy.signal import cont2discrete

    with np.errstate(all="ignore"):
        results: tuple[Any, ...] = cont2discrete((A, B, C, np.zeros((C.shape[0], B.shape[1]))), h, method)
    remedy = "choose a shorter sampling time, or method='tustin'"
    A, B, D = (in_range("dt", dense(results[k]), "exp(A dt)", remedy) for k in (0, 1, 3))
    return A, B, D


def _check_poles(A: Array, poles: Array) -> None:
    rows, columns = even_powers(A)
    _, rcond = factorized(rows[:, None] * A * columns)
    on_axis = np.abs(poles.imag) <= len(A) * EPS * np.abs(poles)  # poles of complex matrices are rounded
    negative = poles[on_axis & (poles.real < 0)]
    if negative.size or not rcond > len(A) * EPS:
        received = f"a pole at {negative[0].real:.3g}" if negative.size else "a pole at 0"
        raise InvalidArgumentError(
            "system",
            "no poles at zero or on the negative real axis, where no sampled continuous system of this order has any",
            received,
            "use method='tustin'",
        )


def _logarithm(A: Array) -> Array:
    """Principal logarithm, checked."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # the error is looked at here
        logarithm = dense(la.logm(A))
        logarithm = logarithm if np.iscomplexobj(A) else logarithm.real
        error = norm(dense(la.expm(logarithm)) - A) / norm(A) if np.isfinite(logarithm).all() else np.inf
    if not error <= _HELD:
        raise _no_logarithm(error)
    return logarithm


def _no_logarithm(error: float) -> NumericalError:
    return NumericalError(
        "system",
        "a state matrix with a logarithm in double precision",
        f"a relative error of {error:.1e} of its exponential",
        "use method='tustin'",
    )
