"""Factors of the solutions of Lyapunov and Stein equations, against residuals, exact solutions and SLICOT."""

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg import lyapunov
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.lyapunov import gramian_factor
from dlnbalance.linalg.pencils import SchurForm, schur_form

from ..models import assert_small, random_matrix, random_pencil, random_unitary
from ..slicot import PRINTED, inputs, printed


@pytest.fixture(params=["unblocked", "blocked"], autouse=True)
def way(request, monkeypatch):
    """Both ways to solve, whatever the order."""
    order = 0 if request.param == "blocked" else 10**6
    monkeypatch.setattr(lyapunov, "_UNBLOCKED", {True: order, False: order})
    return request.param


def residual(A, E, B, Z, *, discrete):
    """‖AXE* + EXA* + BB*‖, respectively ‖AXA* − EXE* + BB*‖, for X = ZZ*, and the size of its terms."""
    E = np.eye(A.shape[0]) if E is None else E
    AZ, EZ = A @ Z, E @ Z
    if discrete:
        rest = AZ @ adjoint(AZ) - EZ @ adjoint(EZ) + B @ adjoint(B)
        size = (la.norm(A, 2) ** 2 + la.norm(E, 2) ** 2) * la.norm(Z, 2) ** 2 + la.norm(B, 2) ** 2
    else:
        rest = AZ @ adjoint(EZ) + EZ @ adjoint(AZ) + B @ adjoint(B)
        size = 2 * la.norm(A, 2) * la.norm(Z, 2) ** 2 * la.norm(E, 2) + la.norm(B, 2) ** 2
    return la.norm(rest, 2), size


def assert_solves(schur, A, E, B, *, discrete):
    """Solve, check shape, type and scaled residual, and return the factor of the solution."""
    U = gramian_factor(schur, B, discrete=discrete)
    n = A.shape[0]
    assert U.shape == (n, n)
    assert np.isfinite(U).all()
    assert not np.tril(U, -1).any() or np.iscomplexobj(U) > np.iscomplexobj(schur.S)
    assert np.iscomplexobj(U) == any(np.iscomplexobj(M) for M in (A, B, E) if M is not None)
    Z = schur.Z @ U
    error, size = residual(A, E, B, Z, discrete=discrete)
    assert_small(error, max(n, 1) * size, 10)  # observed 2.4
    return Z


@pytest.mark.parametrize("n", [1, 2, 3, 8, 17, 40, 150])
@pytest.mark.parametrize("inputs", [1, 2, 5])
def test_both_equations_of_random_pencils(rng, n, inputs, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    A, E = random_pencil(rng, n, **options)
    B = random_matrix(rng, n, inputs, complex_entries=complex_entries)
    C = random_matrix(rng, inputs, n, complex_entries=complex_entries)
    schur = schur_form(A, E)
    assert_solves(schur, A, E, B, discrete=discrete)
    E_adjoint = None if E is None else adjoint(E)
    assert_solves(schur.adjoint, adjoint(A), E_adjoint, adjoint(C), discrete=discrete)


@pytest.mark.parametrize("n, inputs", [(1, 3), (2, 2), (2, 7), (6, 20), (30, 31)])
def test_more_inputs_than_states(rng, n, inputs, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    A, E = random_pencil(rng, n, **options)
    B = random_matrix(rng, n, inputs, complex_entries=complex_entries)
    assert_solves(schur_form(A, E), A, E, B, discrete=discrete)


@pytest.mark.parametrize("inputs", [0, 1, 4])
@pytest.mark.parametrize("n", [0, 1, 2, 9])
def test_zero_right_hand_side(rng, n, inputs, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    A, E = random_pencil(rng, n, **options)
    U = gramian_factor(schur_form(A, E), np.zeros((n, inputs)), discrete=discrete)
    assert U.shape == (n, n)
    assert not U.any()


@pytest.mark.parametrize("n", [5, 40])
def test_right_hand_side_of_low_rank(rng, n, complex_entries, discrete, descriptor):
    """Four columns that span two directions, and a zero column."""
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    A, E = random_pencil(rng, n, **options)
    B = random_matrix(rng, n, 2, complex_entries=complex_entries)
    wide = np.hstack([B, B @ [[1, 2], [3, 4]], np.zeros((n, 1))])
    Z = assert_solves(schur_form(A, E), A, E, wide, discrete=discrete)
    mixing = np.array([[1, 0, 1, 2, 0], [0, 1, 3, 4, 0]])
    same = B @ la.cholesky(mixing @ mixing.T, lower=True)
    reference = assert_solves(schur_form(A, E), A, E, same, discrete=discrete)
    assert_small(la.norm(la.svdvals(Z) - la.svdvals(reference)), la.norm(reference, 2), 50)  # observed 8.3


def test_unreachable_modes(rng, complex_entries, discrete):
    """Block diagonal A of which B reaches only one block: the factor vanishes on the other."""
    A = la.block_diag(
        random_pencil(rng, 4, complex_entries=complex_entries, discrete=discrete)[0],
        random_pencil(rng, 5, complex_entries=complex_entries, discrete=discrete)[0],
    )
    for reached, silent in [(slice(0, 4), slice(4, 9)), (slice(4, 9), slice(0, 4))]:
        B = np.zeros((9, 2), dtype=A.dtype)
        B[reached] = random_matrix(rng, reached.stop - reached.start, 2, complex_entries=complex_entries)
        Z = assert_solves(schur_form(A), A, None, B, discrete=discrete)
        assert_small(la.norm(Z[silent]), la.norm(Z), 1)  # observed 0
        assert np.count_nonzero(la.svdvals(Z) > 1e-10 * la.norm(Z)) == reached.stop - reached.start


def test_right_hand_side_that_reaches_one_eigenvector(rng, discrete, complex_entries):
    n = 6
    Q = random_unitary(rng, n, complex_entries=complex_entries)
    poles = np.linspace(0.1, 0.9, n) if discrete else -np.linspace(0.1, 3, n)
    A = (Q * poles) @ adjoint(Q)
    Z = assert_solves(schur_form(A), A, None, Q[:, [2]], discrete=discrete)
    gain = 1 - poles[2] ** 2 if discrete else -2 * poles[2]
    assert la.svdvals(Z)[0] == pytest.approx(gain**-0.5, rel=1e-14)
    assert_small(la.svdvals(Z)[1], gain**-0.5, 50)  # observed 9.6


@pytest.mark.parametrize("n", [2, 3, 10, 60])
@pytest.mark.parametrize("pole", ["real", "pair"])
def test_jordan_blocks(rng, n, pole, complex_entries, discrete):
    """One defective eigenvalue, or a defective complex pair, in full and in triangular coordinates."""
    if pole == "real":
        A = (0.3 if discrete else -1.0) * np.eye(n) + 0.5 * np.eye(n, k=1)
    else:
        rotation = np.array([[0.0, 1.0], [-1.0, 0.0]])
        block = 0.4 * rotation if discrete else rotation - np.eye(2)
        A = np.kron(np.eye(n // 2), block) + 0.5 * np.eye(2 * (n // 2), k=2)
    n = A.shape[0]
    B = random_matrix(rng, n, 2, complex_entries=complex_entries)
    Q = random_unitary(rng, n, complex_entries=complex_entries)
    for matrix in (A, Q @ A @ adjoint(Q)):
        assert_solves(schur_form(matrix), matrix, None, B, discrete=discrete)
        adjoint_matrix = adjoint(matrix)
        assert_solves(schur_form(matrix).adjoint, adjoint_matrix, None, B, discrete=discrete)


def test_multiples_of_the_identity(rng, discrete, complex_entries):
    """X = BB*/(1 − a²) or BB*/(−2a): the singular values of the factor are those of B."""
    B = random_matrix(rng, 7, 3, complex_entries=complex_entries)
    a = 0.5 if discrete else -2.0
    Z = assert_solves(schur_form(a * np.eye(7)), a * np.eye(7), None, B, discrete=discrete)
    expected = la.svdvals(B) / np.sqrt(1 - a**2 if discrete else -2 * a)
    assert_small(la.norm(la.svdvals(Z)[:3] - expected), expected[0], 20)  # observed 3.8


@pytest.mark.parametrize("distance", [1e-4, 1e-6, 1e-8])
def test_nearly_unstable(rng, distance, complex_entries, discrete, descriptor):
    """The rightmost eigenvalues within `distance` of the boundary."""
    n = 20
    A, E = random_pencil(rng, n, complex_entries=complex_entries, descriptor=descriptor)
    E_inverse = np.eye(n) if E is None else la.inv(E)
    poles = np.linalg.eigvals(E_inverse @ A)
    unit = np.eye(n) if E is None else E
    A = A * (1 - distance) / np.abs(poles).max() if discrete else A - (poles.real.max() + distance) * unit
    schur = schur_form(A, E)
    margin = np.abs(schur.eigenvalues).max() - 1 if discrete else schur.eigenvalues.real.max()
    assert -1.1 * distance < margin < -0.9 * distance
    B = random_matrix(rng, n, 2, complex_entries=complex_entries)
    assert_solves(schur, A, E, B, discrete=discrete)


@pytest.mark.parametrize(
    "distance",
    [
        1e-4,
        1e-8,
        1e-12,
    ],
)
def test_nearly_unstable_pairs(rng, distance, discrete):
    """Real 2-by-2 blocks as the QZ algorithm leaves them, with unequal diagonal entries."""
    for a in np.linspace(-0.9, 0.9, 19):
        rotation = np.array([[a, 1.0], [-1.0 - a**2, -a]])  # eigenvalues ±i
        if discrete:
            angle = np.exp(1j * (1.0 + a / 2)) * (1 - distance)
            S = angle.real * np.eye(2) + angle.imag * rotation
        else:
            S = rotation - distance * np.eye(2)
        B = random_matrix(rng, 2, 1)
        schur = SchurForm(S=S, T=None, Q=np.eye(2), Z=np.eye(2))
        assert_solves(schur, S, None, B, discrete=discrete)


@pytest.mark.parametrize("spread", [2, 4, 6])
def test_widely_spread_eigenvalues(rng, spread, complex_entries, descriptor):
    """Time constants from 10^-spread to 10^spread, with complex pairs, in coordinates of no structure."""
    sizes = np.geomspace(10.0**-spread, 10.0**spread, 12)
    A = la.block_diag(*([[-a, 3 * a], [-3 * a, -a]] for a in sizes[::2]), *(-sizes[1::2, None, None]))
    n = A.shape[0]
    Q = random_unitary(rng, n, complex_entries=complex_entries)
    A = Q @ A @ adjoint(Q)
    E = None
    if descriptor:
        E = np.diag(np.geomspace(1, 100, n)) @ random_unitary(rng, n, complex_entries=complex_entries)
        A = E @ A
    shift = max(schur_form(A, E).eigenvalues.real.max(), 0.0)  # rounding may push slow poles over
    A = A - 10 * shift * (np.eye(n) if E is None else E)
    B = random_matrix(rng, n, 3, complex_entries=complex_entries)
    assert schur_form(A, E).eigenvalues.real.max() < 0
    assert_solves(schur_form(A, E), A, E, B, discrete=False)


@pytest.mark.parametrize("fastest", [1e3, 1e9, 1e20, 1e100])
def test_slow_eigenvalues_beside_fast_ones(fastest, complex_entries, descriptor):
    """Each entry b_i b_j/(λ_i + λ_j) to a few eps: LAPACK's trsyl takes λ_i + λ_j for eps times the largest of all."""
    rates = np.array([1e-9, 2e-9, 3e-9, 1.0, 2.0, 0.5 * fastest, fastest])
    rates = rates * (1 + 0.5j) if complex_entries else rates
    b = np.sqrt(np.abs(rates))
    E = np.eye(7) if descriptor else None
    form = schur_form(-np.diag(rates)[::-1, ::-1], E, np.arange(7), np.ones(7, dtype=int))
    Z = form.Z @ gramian_factor(form, b[::-1, None], discrete=False)
    expected = np.outer(b, b) / np.add.outer(rates, rates.conj())
    assert np.abs((Z @ adjoint(Z))[::-1, ::-1] / expected - 1).max() <= 100 * EPS  # observed 20


@pytest.mark.parametrize("exponent", [-140, -20, 20, 140])
def test_scaling_of_the_right_hand_side(rng, exponent, complex_entries, discrete):
    A, _ = random_pencil(rng, 10, complex_entries=complex_entries, discrete=discrete)
    B = random_matrix(rng, 10, 2, complex_entries=complex_entries)
    schur = schur_form(A)
    U = gramian_factor(schur, B, discrete=discrete)
    scaled = gramian_factor(schur, B * 2.0**exponent, discrete=discrete)
    assert_small(la.norm(scaled * 2.0**-exponent - U), la.norm(U), 1)  # observed 0


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_extreme_right_hand_sides(size, discrete):
    A = np.array([[0.5, 0.3], [-0.3, 0.5]]) if discrete else np.array([[-1.0, 3.0], [-3.0, -1.0]])
    U = gramian_factor(schur_form(A), size * np.array([[1.0], [2.0]]), discrete=discrete)
    reference = gramian_factor(schur_form(A), np.array([[1.0], [2.0]]), discrete=discrete)
    assert la.norm(U / size - reference) <= 10 * EPS * la.norm(reference)


@pytest.mark.parametrize("size", [1e-230, 1e-160, 1e-75, 1.0])
@pytest.mark.parametrize("ratio", [1.0, 1e60, -1e-60])
def test_pairs_whose_inputs_have_squares_out_of_range(rng, size, ratio):
    """Rows of B far below those of another pair, or far apart: X ↦ DXD when the coordinates are scaled by D."""
    D, B = np.array([[1.0], [1 / ratio]]), random_matrix(rng, 2, 3)
    M = np.array([[-0.1, 1.0], [-1.0, -0.1]])
    S = la.block_diag(M, D * M / D.T)
    schur = SchurForm(S=S, T=None, Q=np.eye(4), Z=np.eye(4))
    U = gramian_factor(schur, np.vstack([B, size * D * B]), discrete=False)
    reference = gramian_factor(SchurForm(S=M, T=None, Q=np.eye(2), Z=np.eye(2)), B, discrete=False)
    scaled = U[2:, 2:] / (size * D)
    assert_small(la.norm(scaled @ scaled.T - reference @ reference.T), la.norm(reference) ** 2, 20)


def test_inputs_too_small_to_be_normal_numbers(discrete):
    """Rows of B among the subnormal numbers, where no relative accuracy is left, do no harm."""
    A = np.diag([0.5, 0.3, 0.1]) if discrete else np.diag([-1.0, -2.0, -3.0])
    A[0, 1:] = 0.2
    B = np.array([[1.0], [1e-310], [5e-324]])
    Z = assert_solves(schur_form(A), A, None, B, discrete=discrete)
    assert_small(abs(la.svdvals(Z)[0] - (1 - 0.25 if discrete else 2) ** -0.5), 1, 5)  # observed 1


def test_complex_right_hand_side_of_a_real_pencil(rng, discrete, descriptor):
    A, E = random_pencil(rng, 9, discrete=discrete, descriptor=descriptor)
    B = random_matrix(rng, 9, 2, complex_entries=True)
    assert_solves(schur_form(A, E), A, E, B, discrete=discrete)


def test_real_right_hand_side_of_a_complex_pencil(rng, discrete, descriptor):
    A, E = random_pencil(rng, 9, complex_entries=True, discrete=discrete, descriptor=descriptor)
    B = random_matrix(rng, 9, 2)
    assert_solves(schur_form(A, E), A, E, B, discrete=discrete)


def test_gramian_is_invariant_under_unitary_changes_of_input(rng, discrete, complex_entries):
    A, _ = random_pencil(rng, 12, complex_entries=complex_entries, discrete=discrete)
    B = random_matrix(rng, 12, 4, complex_entries=complex_entries)
    Q = random_unitary(rng, 4, complex_entries=complex_entries)
    first, second = (gramian_factor(schur_form(A), M, discrete=discrete) for M in (B, B @ Q))
    X, Y = first @ adjoint(first), second @ adjoint(second)
    assert_small(la.norm(X - Y), la.norm(X), 40)  # observed 6.8


# -- exact solutions -----------------------------------------------------------------------------------


def to_mp(M):
    return mpmath.matrix(M.tolist())


def exact_factor_singular_values(A, E, B, *, discrete):
    """Square roots of the eigenvalues of X from a 60-digit Kronecker solve of the equation."""
    n = A.shape[0]
    with mpmath.workdps(60):
        A, B = to_mp(A), to_mp(B)
        E = mpmath.eye(n) if E is None else to_mp(E)
        system = mpmath.matrix(n * n, n * n)
        for i, j, k, m in np.ndindex(n, n, n, n):  # (A X E*)_ij = Σ A_ik X_km conj(E_jm)
            if discrete:
                value = A[i, k] * mpmath.conj(A[j, m]) - E[i, k] * mpmath.conj(E[j, m])
            else:
                value = A[i, k] * mpmath.conj(E[j, m]) + E[i, k] * mpmath.conj(A[j, m])
            system[i * n + j, k * n + m] = value
        right = B * B.H
        flat = mpmath.lu_solve(system, mpmath.matrix([-right[i, j] for i, j in np.ndindex(n, n)]))
        X = mpmath.matrix(n, n)
        for i, j in np.ndindex(n, n):
            X[i, j] = (flat[i * n + j] + mpmath.conj(flat[j * n + i])) / 2
        values = mpmath.eighe(X, eigvals_only=True)
        return np.array(sorted((float(mpmath.sqrt(abs(value))) for value in values), reverse=True))


def triangular_pencil(rng, n, *, complex_entries, discrete, descriptor):
    """Schur form with Q = Z = I, known exactly, whose Gramian is close to singular."""
    S = np.triu(random_matrix(rng, n, n, complex_entries=complex_entries), 1)
    sizes = np.linspace(0.3, 0.8, n) if discrete else np.linspace(0.5, 2, n)
    np.fill_diagonal(S, (1 if discrete else -1) * sizes)
    S = S * (0.5 if discrete else 1.0) ** (np.arange(n)[None, :] > np.arange(n)[:, None])
    T = None
    if descriptor:
        T = np.eye(n) + 0.3 * np.triu(random_matrix(rng, n, n, complex_entries=complex_entries), 1)
    if not complex_entries and n >= 4:  # a complex pair in rows 1 and 2
        S[2, 1], S[1, 2], S[2, 2] = -0.4, 0.4, S[1, 1]
        if T is not None:
            T[1, 2] = 0
    return SchurForm(S=S, T=T, Q=np.eye(n), Z=np.eye(n))


@pytest.mark.parametrize("n", [1, 2, 4, 6])
def test_singular_values_of_the_factor_against_60_digits(rng, n, complex_entries, discrete, descriptor):
    """The point of factors: errors are eps·σ_1, though eigenvalues of X reach down to σ_1² eps and below."""
    schur = triangular_pencil(rng, n, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    B = random_matrix(rng, n, 1, complex_entries=complex_entries) * np.geomspace(1, 1e-8, n)[:, None]
    expected = exact_factor_singular_values(schur.S, schur.T, B, discrete=discrete)
    if n == 6:
        assert expected[-1] ** 2 < EPS * expected[0] ** 2  # lost in X, not in U
    U = gramian_factor(schur, B, discrete=discrete)
    assert_small(np.abs(la.svdvals(U) - expected).max(), expected[0], 30)  # observed 4.8


@pytest.mark.parametrize("n", [2, 5])
def test_factor_of_a_full_pencil_against_60_digits(rng, n, complex_entries, discrete, descriptor):
    """The same in full coordinates, where the Schur form brings its own rounding."""
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    A, E = random_pencil(rng, n, **options)
    B = random_matrix(rng, n, 2, complex_entries=complex_entries)
    expected = exact_factor_singular_values(A, E, B, discrete=discrete)
    schur = schur_form(A, E)
    U = gramian_factor(schur, B, discrete=discrete)
    assert_small(np.abs(la.svdvals(schur.Z @ U) - expected).max(), expected[0], 200)  # observed 34


def cauchy_factor_singular_values(poles, b, *, discrete):
    """Square roots of the eigenvalues of X, −b_i b_j / (p_i + p_j) or b_i b_j / (1 − p_i p_j), with 100 digits."""
    with mpmath.workdps(100):
        p, c = (list(map(mpmath.mpf, values.tolist())) for values in (poles, b))
        X = mpmath.matrix(len(p), len(p))
        for i, j in np.ndindex(len(p), len(p)):
            X[i, j] = c[i] * c[j] / (1 - p[i] * p[j] if discrete else -p[i] - p[j])
        values = mpmath.eigsy(X, eigvals_only=True)
        return np.array(sorted((float(mpmath.sqrt(value)) for value in values), reverse=True))


@pytest.mark.parametrize("n", [12, 20])
def test_cauchy_gramians(n, discrete):
    """Diagonal A and a column of ones: X is a Cauchy or a geometric-series matrix, singular to rounding."""
    poles = np.linspace(0.05, 0.5, n) if discrete else -np.linspace(0.5, 4, n)
    expected = cauchy_factor_singular_values(poles, np.ones(n), discrete=discrete)
    assert expected[-1] ** 2 < EPS * expected[0] ** 2
    U = gramian_factor(schur_form(np.diag(poles)), np.ones((n, 1)), discrete=discrete)
    assert_small(np.abs(la.svdvals(U) - expected).max(), expected[0], 10)  # observed 1.7


def test_small_singular_values_of_a_cauchy_matrix(rng):
    """The singular values of the factor fall fast, and narrow steps know each of them."""
    poles, errors = -np.geomspace(1, 1e4, 70), []
    schur = SchurForm(S=np.diag(poles), T=None, Q=np.eye(70), Z=np.eye(70))
    for b in rng.standard_normal((3, 70)):
        exact = cauchy_factor_singular_values(poles, b, discrete=False)[:20]
        values = la.svdvals(gramian_factor(schur, b[:, None], discrete=False))[:20]
        errors.append(np.abs(values / exact - 1).max())
    # One pole at a time would leave 700 eps, a whole block at a time 25000 and more.
    assert_small(float(np.mean(errors)), 1, 15000)  # observed 9154


@pytest.mark.parametrize(
    "imaginary",
    [
        1e-2,
        1e-5,
        1e-8,
        1e-12,
    ],
)
def test_pair_that_is_almost_a_double_real_eigenvalue(imaginary, discrete):
    """2-by-2 blocks far from normal, with inputs along and across the direction they barely move."""
    pole = 0.5 if discrete else -1.0
    A = np.array([[pole, 1.0], [-(imaginary**2), pole]])
    for column in ([1.0, 0.0], [0.0, 1.0], [1.0, 1e-6], [1.0, 1.0]):
        B = np.array(column)[:, None]
        schur = SchurForm(S=A, T=None, Q=np.eye(2), Z=np.eye(2))
        expected = exact_factor_singular_values(A, None, B, discrete=discrete)
        U = gramian_factor(schur, B, discrete=discrete)
        assert not np.iscomplexobj(U)
        assert_small(np.abs(la.svdvals(U) - expected).max(), expected[0], 10)  # observed 2.1


# -- SLICOT --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("routine", ["SB03OD", "SG03BD"])
def test_slicot_examples(routine):
    """Examples of the routines, which solve A'XE + E'XA + B'B = 0: the adjoint equation with C = B."""
    given = inputs(routine)
    schur = schur_form(given["A"], given.get("E")).adjoint
    factor = schur.Z @ gramian_factor(schur, given["B"].T, discrete=False)
    # the triangular factor X = U'U with positive diagonal is unique
    assert np.abs(la.cholesky(factor @ factor.T) - printed(routine)["U"]).max() <= PRINTED
