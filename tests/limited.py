"""The truth about limited Gramians: quadrature, and fifty digits of the modal form."""

import mpmath as mp
import numpy as np
import scipy.linalg as la
from scipy.integrate import quad_vec

from dlnbalance.linalg.arrays import adjoint

from .forty_digits import as_mp


def band_gramians(system, bands):
    """Both Gramians of bands by adaptive quadrature, negative frequencies of a real system included."""
    A, B, C, _, _ = system.to_tuple()
    step, unit = system.sampling_time, np.eye(len(A))
    if not system.is_complex:
        bands = [*bands, *((-high, -low) for low, high in bands)]

    def integrand(omega):
        pencil = (np.exp(1j * omega * step) if step else 1j * omega) * unit - A
        reach, observe = la.solve(pencil, B), la.solve(adjoint(pencil), adjoint(C))
        return np.array([reach @ adjoint(reach), observe @ adjoint(observe)]) * (step or 1) / (2 * np.pi)

    return sum(quad_vec(integrand, low, high, epsrel=1e-13, epsabs=1e-16)[0] for low, high in bands)


def band_values(system, bands, digits=50):
    """Frequency-limited singular values of a real continuous system for bands of positive frequencies, in 50 digits.

    In modal coordinates the integrals of 1/((iν − λ_i)(−iν − λ_j*)) are differences of logarithms.
    """
    with mp.workdps(digits):
        A, B, C = (as_mp(M) * mp.mpc(1) for M in (system.A, system.B, system.C))
        values, X = mp.eig(A)
        b, c = X**-1 * B, (C * X).H
        reach = X * _modal(values, b, bands) * X.H
        left = (X**-1).H
        observe = left * _modal([mp.conj(value) for value in values], c, bands) * left.H
        squares = mp.eig(reach * observe, left=False, right=False)
        return np.array(sorted((float(mp.sqrt(abs(square))) for square in squares), reverse=True))


def _modal(values, b, bands):
    n, P = len(values), mp.matrix(len(values), len(values))
    right = b * b.H
    for i in range(n):
        for j in range(n):
            first, second = values[i], mp.conj(values[j])
            total = mp.fsum(
                _antiderivative(high, first, second) - _antiderivative(low, first, second)
                for band in bands
                for low, high in (band, (-band[1], -band[0]))
            )
            P[i, j] = right[i, j] * total / (2 * mp.pi)
    return P


def _antiderivative(nu, first, second):
    """Of 1/((iν − a)(−iν − b)), for a and b in the left half plane: logarithms of numbers in the right one."""
    nu = mp.mpf(nu)
    logs = mp.log(mp.mpc(0, nu) - first) - mp.log(mp.mpc(0, -nu) - second)
    return logs / (mp.mpc(0, -1) * (first + second))


def time_gramians(system, horizon):
    """Both Gramians up to a horizon, by adaptive quadrature or by the sum."""
    A, B, C, _, _ = system.to_tuple()
    if system.is_discrete:
        powers = [np.linalg.matrix_power(A, k) for k in range(round(horizon / system.sampling_time))]
        sides = [[power @ B for power in powers], [adjoint(power) @ adjoint(C) for power in powers]]
        return np.array([sum(M @ adjoint(M) for M in side) for side in sides])

    def integrand(t):
        power = la.expm(A * t)
        reach, observe = power @ B, adjoint(power) @ adjoint(C)
        return np.array([reach @ adjoint(reach), observe @ adjoint(observe)])

    return quad_vec(integrand, 0, horizon, epsrel=1e-13, epsabs=1e-16)[0]


def gramians(network):
    """Both Gramians of a pair of factors."""
    first, second = network.weights
    return first @ adjoint(first), adjoint(second) @ second
