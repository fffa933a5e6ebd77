"""Conversions there and back: transfer functions and zeros, poles, gain of orders 1 to 20, poles over 0 to 8 decades.

    python benchmarks/conversions.py [seed]

prints one table: for every kind and order the largest error of the response, relative to its norm and evaluated with 40
digits, of the state-space model and of what comes back from it, the largest relative error of a pole, and how many of
the models were refused on the way there and on the way back. Under two minutes.
"""

import sys
import warnings
from dataclasses import dataclass, field
from itertools import product

import control
import mpmath
import numpy as np
import scipy.signal
from rich.console import Console
from rich.table import Table

import dlnbalance as dln
from dlnbalance.files.to_libraries import restore_type

ORDERS = (1, 2, 3, 5, 8, 12, 16, 20)
DECADES = (0, 2, 4, 6, 8)
KINDS = ("scipy zpk", "scipy tf", "control tf", "control tf 2×2")
SAMPLING = 0.1
mpmath.mp.dps = 40


@dataclass
class Model:
    """Matrices of (zeros, poles, gain), and how they are handed over."""

    kind: str
    discrete: bool
    entries: list


@dataclass
class Tally:
    """Worst figures and refusals of one kind and order."""

    there: float = 0.0
    back: float = 0.0
    poles: float = 0.0
    refused: list = field(default_factory=lambda: [0, 0])
    models: int = 0


def random_roots(rng, count, decades, discrete):
    """Stable roots in conjugate pairs; their rates are spread over the decades, their damping ratios over 0.03 to 1."""
    roots = []
    while len(roots) < count:
        size = 10.0 ** rng.uniform(-decades, 0)
        if count - len(roots) > 1 and rng.random() < 0.5:
            root = size * np.exp(1j * rng.uniform(np.pi / 2 + 0.03, np.pi))
            roots += [root, root.conjugate()]
        else:
            roots.append(-size)
    roots = np.array(roots, dtype=complex)
    return np.exp(roots) if discrete else roots


def random_model(rng, kind, order, decades, discrete):
    shape = (2, 2) if kind.endswith("2×2") else (1, 1)
    entries = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        zeros = random_roots(rng, rng.integers(0, order + 1), decades, discrete)
        entries[place] = (zeros, random_roots(rng, order, decades, discrete), 10.0 ** rng.uniform(-3, 3))
    return Model(kind, discrete, entries.tolist())


def coefficients(roots, gain=1.0):
    """Coefficients of a real polynomial, rounded once."""
    result = [mpmath.mpf(1)]
    for root in roots:
        exact = mpmath.mpmathify(complex(root))
        result = [a - exact * b for a, b in zip([*result, 0], [0, *result], strict=True)]
    return np.array([float(mpmath.re(c) * gain) for c in result])


def handed_over(model):
    """The object of the other library."""
    dt = {"dt": SAMPLING} if model.discrete else {}
    zeros, poles, gain = model.entries[0][0]
    if model.kind == "scipy zpk":
        return scipy.signal.ZerosPolesGain(zeros, poles, gain, **dt)
    if model.kind == "scipy tf":
        result = scipy.signal.TransferFunction([1.0], [1.0], **dt)
        result.num, result.den = coefficients(zeros, gain), coefficients(poles)
        return result
    above = [[coefficients(z, k) for z, _, k in row] for row in model.entries]
    below = [[coefficients(p) for _, p, _ in row] for row in model.entries]
    return control.tf(above, below, SAMPLING if model.discrete else 0)


def response(obj, points):
    """Response of an object of another library with 40 digits, at every point a matrix."""
    if isinstance(obj, scipy.signal.ZerosPolesGain):
        return [[[factored(obj, point)]] for point in points]
    if isinstance(obj, scipy.signal.TransferFunction):
        return [[[quotient(obj.num, obj.den, point)]] for point in points]
    return [
        [
            [quotient(above, below, point) for above, below in zip(*rows, strict=True)]
            for rows in zip(obj.num_list, obj.den_list, strict=True)
        ]
        for point in points
    ]


def factored(obj, point):
    value = mpmath.mpmathify(complex(obj.gain))
    for zero in obj.zeros:
        value *= point - mpmath.mpmathify(complex(zero))
    for pole in obj.poles:
        value /= point - mpmath.mpmathify(complex(pole))
    return value


def quotient(above, below, point):
    bottom = horner(below, point)
    return horner(above, point) / bottom if bottom != 0 else mpmath.inf


def horner(polynomial, point):
    value = mpmath.mpf(0)
    for coefficient in polynomial:
        value = value * point + float(coefficient)
    return value


def grid(model, decades):
    """Frequencies of the poles and zeros, and some between and beyond."""
    roots = np.concatenate([np.concatenate(entry[:2]) for row in model.entries for entry in row])
    rates = np.log(roots) if model.discrete else roots
    omega = np.concatenate([np.abs(rates), np.abs(rates.imag), np.logspace(-decades - 2, 2, 12), [0.0]])
    if model.discrete:
        omega = np.append(omega[omega < np.pi], np.pi)
    points = np.exp(1j * omega) if model.discrete else 1j * omega
    return [complex(point) for point in points]


def decided(given, points):
    """The points, and the response there, at which a rounding error of the point does not decide the response.

    Coefficients of clustered poles are rounded to functions with a pole on the boundary of stability.
    """
    values, moved = (
        response(given, [mpmath.mpmathify(p) * (1 + e) for p in points]) for e in (0, mpmath.mpf(2) ** -50)
    )
    finite = np.array([[[mpmath.isfinite(v) for v in row] for row in matrix] for matrix in values]).all(axis=(1, 2))
    points, values, moved = (np.array(v, dtype=object)[finite] for v in (points, values, moved))
    size = np.vectorize(lambda v: float(abs(v)))
    clear = (size(moved - values) < 1e-9 * size(values).max(axis=0)).all(axis=(1, 2))
    return [complex(point) for point in points[clear]], values[clear].tolist()


def distance(found, given):
    """Largest error of an entry over the norm of that entry."""
    found, given = (np.array(values, dtype=object) for values in (found, given))
    errors, sizes = (np.vectorize(lambda v: float(abs(v)))(values).max(axis=0) for values in (found - given, given))
    return float((errors / sizes).max())


def pole_error(system, model):
    left, worst = list(system.poles()), 0.0
    for pole in model.entries[0][0][1]:
        distances = [abs(pole - other) / abs(pole) for other in left]
        nearest = int(np.argmin(distances))
        worst = max(worst, distances[nearest])
        left.pop(nearest)
    return worst


def measure(tally, model, decades):
    tally.models += 1
    given = handed_over(model)
    try:
        system = dln.as_system(given)
    except dln.DlnBalanceError:
        tally.refused[0] += 1
        return
    points, wanted = decided(given, grid(model, decades))
    exact = [system(point) for point in points]
    tally.there = max(tally.there, distance(exact, wanted))
    if model.kind == "scipy zpk":
        tally.poles = max(tally.poles, pole_error(system, model))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", dln.errors.ConversionWarning)
        back = restore_type(system, given)
    if type(back) is not type(given):
        tally.refused[1] += 1
        return
    tally.back = max(tally.back, distance(response(back, points), wanted))


def run(seed=2026, orders=ORDERS, decades=DECADES, kinds=KINDS, repetitions=2):
    """Tallies by (kind, time base, order)."""
    tallies = {}
    for kind, discrete, order in product(kinds, (False, True), orders):
        tally = tallies[kind, discrete, order] = Tally()
        for spread, repetition in product(decades, range(repetitions)):
            rng = np.random.default_rng([seed, KINDS.index(kind), discrete, order, spread, repetition])
            measure(tally, random_model(rng, kind, order, spread, discrete), spread)
    return tallies


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 2026
    table = Table(title=f"Conversions there and back, seed {seed}", title_justify="left")
    for column in ("kind", "time", "order", "models", "state space", "back", "poles", "refused there", "back"):
        table.add_column(column)
    for (kind, discrete, order), t in run(seed).items():
        poles = f"{t.poles:.1e}" if kind == "scipy zpk" else "–"
        figures = (f"{t.there:.1e}", f"{t.back:.1e}", poles, str(t.refused[0]), str(t.refused[1]))
        table.add_row(kind, "discrete" if discrete else "continuous", str(order), str(t.models), *figures)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
