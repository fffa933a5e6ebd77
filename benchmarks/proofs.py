"""What the library says about random systems, against the truth in 40 digits.

    python benchmarks/proofs.py [--systems 5000] [--seed 0]

Stable systems of up to 12 states of many kinds are reduced to a random order. Checked are: refusals, which only systems
earn whose poles errors of 100 eps in every entry could move to the stability boundary; the error, which is to lie below
the bound; the lower bound; and the mismatch at frequency zero, which is to be what is stated but for what is stated as
rounding. Double precision decides where its own rounding is far below what is to be decided, 40 digits elsewhere.
Needs mpmath.
"""

import argparse
import time
from collections import Counter, defaultdict

import mpmath
import numpy as np
import scipy.linalg as la
from rich.console import Console
from rich.progress import track
from rich.table import Table

import dlnbalance as dln
from dlnbalance.errors import DlnBalanceError, UnstableSystemError
from dlnbalance.linalg.arrays import EPS
from dlnbalance.norms.accuracy import rounding_at
from dlnbalance.norms.frequencies import telling_frequencies

mpmath.mp.dps = 40
KINDS = ("plain", "graded", "badly scaled", "near the boundary", "repeated poles", "not minimal", "triangular", "stiff")


def random_poles(rng, n, kind, *, complex_entries):
    """Stable poles, in conjugate pairs for real systems, as continuous ones."""
    decades = {"graded": 6, "near the boundary": 12, "stiff": 10}.get(kind, 1)
    size = 10 ** rng.uniform(-decades / 2, decades / 2, n)
    if kind == "repeated poles":
        size = np.repeat(size, 3)[:n]
    damping = 10 ** rng.uniform(-decades if kind == "near the boundary" else -1, 0, n)
    angle = np.where(rng.random(n) < 0.5, 0.0, np.arccos(damping))
    poles = -size * np.exp(1j * angle)
    if not complex_entries:  # pairs stand side by side
        for k in range(0, n - 1, 2):
            poles[k + 1] = poles[k].conj()
            if poles[k].imag == 0:
                poles[k + 1] = -size[k + 1]
        if n % 2:
            poles[-1] = -size[-1]
    return poles


def block_diagonal(poles, *, complex_entries):
    """Matrix with the given poles, real where complex ones come in adjacent pairs."""
    if complex_entries:
        return np.diag(poles)
    blocks, k = [], 0
    while k < poles.size:
        a, b = poles[k].real, poles[k].imag
        blocks.append([[a, b], [-b, a]] if b else [[a]])
        k += 2 if b else 1
    return la.block_diag(*blocks)


def random_system(rng):
    """A system and what kind it is."""
    kind = KINDS[rng.integers(len(KINDS))]
    complex_entries, discrete, descriptor = rng.random(3) < (0.3, 0.5, 0.3)
    n, m, p = int(rng.integers(1, 13)), int(rng.integers(1, 4)), int(rng.integers(1, 4))

    def gaussian(rows, columns):
        matrix = rng.standard_normal((rows, columns))
        return matrix + 1j * rng.standard_normal((rows, columns)) if complex_entries else matrix

    poles = random_poles(rng, n, kind, complex_entries=complex_entries)
    if discrete:
        poles = np.exp(poles / max(np.abs(poles).max(), 1))
    A, B, C = block_diagonal(poles, complex_entries=complex_entries), gaussian(n, m), gaussian(p, n)
    if kind == "not minimal":
        B[: n // 3] = 0
    if kind == "triangular":
        A = A + np.triu(gaussian(n, n), 2)
    elif kind != "repeated poles" or rng.random() < 0.5:
        T = gaussian(n, n)
        A, B, C = la.solve(T, A @ T), la.solve(T, B), C @ T
    if kind == "badly scaled":
        d = 10 ** rng.uniform(-8, 8, n)
        A, B, C = A * d / d[:, None], B / d[:, None], C * d
    E = gaussian(n, n) + 3 * np.eye(n) if descriptor else None
    if E is not None:
        A, B = E @ A, E @ B
    D = gaussian(p, m) if rng.random() < 0.5 else None
    return dln.LinearSystem(A, B, C, D, E=E, dt=1.0 if discrete else 0), kind


# -- 40 digits --------------------------------------------------------------------------------------------------------


def response(system, z):
    """Transfer matrix at a point, in 40 digits."""
    A, B, C, D = (mpmath.matrix(np.asarray(M).tolist()) for M in (system.A, system.B, system.C, system.D))
    if not system.nstates:
        return D
    E = mpmath.matrix(system.descriptor.tolist())
    columns = [mpmath.lu_solve(z * E - A, B[:, k]) for k in range(B.cols)]
    X = mpmath.matrix(A.rows, B.cols)
    for k, column in enumerate(columns):
        X[:, k] = column
    return D + C * X


def distance(first, second, omega):
    """‖G − H‖₂ at one frequency, the difference taken in 40 digits."""
    z = mpmath.expj(omega) if first.is_discrete else mpmath.mpc(0, omega)
    difference = response(first, z) - response(second, z)
    scale = max(abs(x) for x in difference) or mpmath.mpf(1)
    matrix = np.array([[complex(x / scale) for x in row] for row in difference.tolist()])
    return float(scale) * la.norm(matrix, 2)


def is_in_doubt(system, poles):
    """Whether errors of 100 eps might move a pole to the boundary: 100 eps spr(|R|(|A| + |z||E|)) ≥ 1 there."""
    A, E = np.asarray(system.A), system.descriptor
    points = np.exp(1j * np.angle(poles)) if system.is_discrete else 1j * poles.imag
    for z in np.unique(points):
        pencil = mpmath.mpc(complex(z)) * mpmath.matrix(E.tolist()) - mpmath.matrix(A.tolist())
        try:
            inverse = pencil**-1
        except ZeroDivisionError:
            return True
        magnitudes = np.array([[float(abs(x)) for x in row] for row in inverse.tolist()])
        if 100 * EPS * np.abs(la.eigvals(magnitudes @ (np.abs(A) + abs(z) * np.abs(E)))).max() >= 1:
            return True
    return False


def true_error(model, omega):
    """Largest ‖G − G_r‖₂ at some frequencies, in 40 digits where double precision cannot judge."""
    full, reduced = model.full, dln.as_system(model.system)
    gains = la.norm(dln.frequency_response(full, omega) - dln.frequency_response(reduced, omega), 2, axis=(1, 2))
    rounding = 100 * rounding_at(full, omega) + (100 * rounding_at(reduced, omega) if reduced.nstates else 0)
    if (gains + rounding).max() <= model.bound:
        return gains.max(), False
    worst = np.argsort(gains + rounding)[::-1][:6]
    return max(distance(full, reduced, omega[k]) for k in worst), True


# -- the run ----------------------------------------------------------------------------------------------------------


def main():
    """Reduce the systems, and print what was wrong and how close the bounds are."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--systems", type=int, default=5000)
    options.add_argument("--seed", type=int, default=0)
    arguments = options.parse_args()
    rng = np.random.default_rng(arguments.seed)
    counts, worst, start = defaultdict(Counter), defaultdict(float), time.perf_counter()
    failures = []
    for k in track(range(arguments.systems), description="systems", transient=True):
        system, kind = random_system(rng)
        method = ("truncate", "residualize")[int(rng.random() < 0.3)]
        share = rng.random()
        tally = counts[kind]
        tally["systems"] += 1
        try:
            values = dln.hankel_singular_values(system)
            orders = dln.reduce(system, 0, unstable="refuse").order, dln.Lyapunov()(system).rank
            order = orders[0] + round(share * (orders[1] - orders[0]))
            model = dln.reduce(system, order, method=method, unstable="refuse")
        except UnstableSystemError:
            tally["refused"] += 1
            poles = la.eigvals(system.A, system.E)
            if not is_in_doubt(system, poles):
                failures.append((k, kind, "refused without need"))
            continue
        except dln.errors.OrderError:
            tally["equal values"] += 1
            continue
        except DlnBalanceError as error:
            failures.append((k, kind, f"refused: {error}"))
            continue
        if not model.stable:
            tally["reduced model not stable"] += 1
            continue
        reduced = dln.as_system(model.system)
        omega = np.union1d(telling_frequencies(system), telling_frequencies(reduced) if order else [0.0])
        omega = np.union1d(omega, [w for w in [model.error().frequency] if np.isfinite(w)])
        error, judged = true_error(model, omega)
        tally["in 40 digits"] += judged
        floor = model.accuracy_floor + model.rounding
        excess = error - model.exact_bounds.upper
        worst[f"bound {method}"] = max(worst[f"bound {method}"], excess / model.rounding if model.rounding else 0)
        if error > model.bound:
            failures.append((k, kind, f"{method}: error {error:.3e} > bound {model.bound:.3e}, floor {floor:.1e}"))
        measured = model.error()
        if measured.value + measured.rounding < model.lower_bound:
            failures.append((k, kind, f"measured {measured.value:.3e} < lower bound {model.lower_bound:.3e}"))
        if abs(measured.value - error) > 1e-6 * error:
            worst["measured"] = max(worst["measured"], (error - measured.value) / measured.rounding)
            if error > measured.value * (1 + 1e-6) + measured.rounding:
                failures.append((k, kind, f"true error {error:.3e} > measured {measured} {measured.rounding:.1e}"))
        mismatch = distance(system, reduced, 0.0)
        missing = abs(mismatch - model.dc_mismatch)
        worst["DC mismatch"] = max(worst["DC mismatch"], missing / model.dc_rounding)
        if missing > model.dc_rounding:
            failures.append(
                (k, kind, f"DC mismatch {mismatch:.3e}, stated {model.dc_mismatch:.3e} ± {model.dc_rounding:.1e}")
            )
        tally["floor above 1e-6 of the largest value"] += bool(model.accuracy_floor > 1e-6 * values[0])
    report(counts, worst, failures, time.perf_counter() - start)


def report(counts, worst, failures, seconds):
    """Print the counts of every kind, the closest shaves and all that went wrong."""
    console = Console(width=150)
    names = sorted({name for tally in counts.values() for name in tally}, key=lambda name: (name != "systems", name))
    table = Table("kind", *names, title=f"{sum(t['systems'] for t in counts.values())} systems in {seconds:.0f} s")
    for kind, tally in counts.items():
        table.add_row(kind, *(str(tally[name]) for name in names))
    console.print(table)
    for name, value in worst.items():
        console.print(f"{name}: what is missing reaches {value:.2g} of what is stated as rounding")
    console.print(f"{len(failures)} statements were wrong")
    for failure in failures[:40]:
        console.print(*failure)


if __name__ == "__main__":
    main()
