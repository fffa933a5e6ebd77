"""The truth about small systems, in 40 digits or as many as it takes."""

import mpmath as mp
import numpy as np
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS


def as_mp(M):
    """An array as a matrix of mpmath."""
    return mp.matrix(np.asarray(M).tolist())


def response(system, z, digits=40):
    """Transfer matrix at a point z of the s- or z-plane."""
    with mp.workdps(digits):
        D = as_mp(system.D)
        if not system.nstates:
            return D
        pencil = z * as_mp(system.descriptor) - as_mp(system.A)
        return D + as_mp(system.C) * (pencil**-1 * as_mp(system.B))


def distance(first, second, omega, digits=40):
    """‖G − H‖₂ at one frequency."""
    with mp.workdps(digits):
        step = mp.mpf(first.sampling_time)
        z = mp.expj(omega * step) if first.is_discrete else mp.mpc(0, omega)
        difference = response(first, z, digits) - response(second, z, digits)
        scale = max(abs(x) for x in difference) or mp.mpf(1)
        matrix = np.array([[complex(x / scale) for x in row] for row in difference.tolist()])
        return float(scale) * la.norm(matrix, 2)


def hankel_values(system, digits=60):
    """Hankel singular values, descending: by a complex Schur form, two triangular equations and the spectrum of PQ."""
    with mp.workdps(digits):
        A, B, C = (as_mp(M) * mp.mpf(1) for M in (system.A, system.B, system.C))
        if system.E is not None:
            inverse = as_mp(system.E) ** -1
            A, B = inverse * A, inverse * B
        if system.is_discrete:  # z = (1 + s)/(1 − s) changes neither Gramian
            inverse = (A + mp.eye(A.rows)) ** -1
            A, B, C = inverse * (A - mp.eye(A.rows)), mp.sqrt(2) * inverse * B, mp.sqrt(2) * C * inverse
        U, R = mp.schur(A * mp.mpc(1))
        reach = _triangular_gramian(R, U.H * B)
        flip = mp.matrix(np.eye(A.rows)[::-1].tolist())
        observe = flip * _triangular_gramian(flip * R.H * flip, flip * (C * U).H) * flip
        squares = mp.eig(reach * observe, left=False, right=False)
        return np.array(sorted((float(mp.sqrt(abs(square))) for square in squares), reverse=True))


def _triangular_gramian(R, B):
    """Solve R P + P R* + B B* = 0 for upper triangular R, the last rows first."""
    n, right = R.rows, B * B.H
    P = mp.matrix(n, n)
    for i in reversed(range(n)):
        for j in reversed(range(n)):
            known = mp.fsum(R[i, k] * P[k, j] for k in range(i + 1, n))
            known += mp.fsum(P[i, k] * mp.conj(R[j, k]) for k in range(j + 1, n))
            P[i, j] = -(right[i, j] + known) / (R[i, i] + mp.conj(R[j, j]))
    return P


def nearness(system, points, digits=40):
    """Largest spr(|(zE − A)⁻¹|(|A| + |z||E|)) at some points: entrywise errors below its inverse keep poles away."""
    A, E = np.asarray(system.A), system.descriptor
    largest = 0.0
    with mp.workdps(digits):
        for z in points:
            try:
                inverse = (mp.mpmathify(complex(z)) * as_mp(E) - as_mp(A)) ** -1
            except ZeroDivisionError:
                return np.inf
            magnitudes = np.array([[float(abs(x)) for x in row] for row in inverse.tolist()])
            radius = np.abs(la.eigvals(magnitudes @ (np.abs(A) + abs(z) * np.abs(E)))).max()
            largest = max(largest, float(radius))
    return largest


def is_in_doubt(system, errors=100):
    """Whether relative errors of `errors` eps in every entry might move a pole to the stability boundary."""
    poles = la.eigvals(np.asarray(system.A), system.descriptor)
    points = np.exp(1j * np.angle(poles)) if system.is_discrete else 1j * poles.imag
    return errors * EPS * nearness(system, np.unique(points)) >= 1
