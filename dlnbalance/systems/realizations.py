r"""State-space realizations of rational functions, each checked.

A realization is compared with the given function on the boundary of stability before it is returned: what double
precision cannot hold is refused, not returned as another model.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arrays import Array
from .cascades import cascade
from .companion_forms import companion
from .rational import Factored, Quotient, boundary, relative_error, sensitivity
from .state_matrices import Realization, response

__all__ = ["realize"]

_HELD = 2.5e-9  # largest error of one step; those there and back make less than 1e-8 of the norm
_WELL_HELD = 1e-12  # an error at which no other form is tried: three decades below what is allowed


def realize(entries: Sequence[Sequence[Factored | Quotient]], *, discrete: bool) -> Realization:
    r"""Realize a matrix of rational functions, entry by entry, and check the response.

    Parameters
    ----------
    entries : p sequences of m functions
        Proper. Entries of a column (or of a row, where that saves more states) with the same denominator share their
        states; others do not, because poles that only nearly agree cannot be merged exactly.
    discrete : bool
        Whether the variable is z: the response is then compared on the unit circle.

    Returns
    -------
    Realization

    Raises
    ------
    InvalidArgumentError
        For a function with more zeros than poles.
    NumericalError
        When no realization in double precision has the response of an entry to 2.5e-9 of its norm.

    Examples
    --------
    >>> lag, fast = (Quotient(np.array([1.0]), np.array([1.0, a])) for a in (1.0, 50.0))
    >>> realize([[lag, fast], [lag, lag]], discrete=False).A.diagonal().tolist()
    [-1.0, -50.0, -1.0]
    """
    for i, row in enumerate(entries):
        for j, entry in enumerate(row):
            _check_proper(entry, i, j)
    by_column, by_row = list(_groups(list(zip(*entries, strict=True)))), list(_groups(entries))
    if _size(by_row) < _size(by_column):
        blocks = [_transposed(_block(group, discrete)) for group in by_row]
        places = [[(group.line, j) for j in group.members] for group in by_row]
    else:
        blocks = [_block(group, discrete) for group in by_column]
        places = [[(i, group.line) for i in group.members] for group in by_column]
    return _side_by_side(blocks, places, (len(entries), len(entries[0])))


# -- blocks of a matrix of functions --------------------------------------------------------------------------------


class _Group(NamedTuple):
    """Functions with one denominator in one line (column or row) of the matrix."""

    line: int
    members: list[int]
    functions: list[Factored | Quotient]


def _groups(lines: Sequence[Sequence[Factored | Quotient]]) -> Iterator[_Group]:
    for k, line in enumerate(lines):
        keys = [_denominator(function, i) for i, function in enumerate(line)]
        order = sorted(range(len(line)), key=lambda i, keys=keys: keys.index(keys[i]))
        for _, members in groupby(order, key=lambda i, keys=keys: keys.index(keys[i])):
            chosen = list(members)
            yield _Group(k, chosen, [line[i] for i in chosen])


def _denominator(function: Factored | Quotient, place: int) -> tuple[object, ...]:
    """What is equal for functions with exactly the same denominator."""
    if isinstance(function, Factored) or not function.is_real:
        return ("own", place)
    leading = Fraction(float(function.denominator[0]))
    return tuple(Fraction(float(c)) / leading for c in function.denominator)


def _size(groups: Sequence[_Group]) -> int:
    return sum(_degree(group.functions[0]) for group in groups)


def _degree(function: Factored | Quotient) -> int:
    return function.poles.size if isinstance(function, Factored) else function.denominator.size - 1


def _block(group: _Group, discrete: bool) -> Realization:
    """One input, an output for each function: with common states if these are as good as separate ones."""
    functions = group.functions
    if len(functions) > 1:
        common = companion([f for f in functions if isinstance(f, Quotient)])
        if common is not None and _errors(common, functions, discrete).max() <= _WELL_HELD:
            return common
    single = [_single(function, discrete) for function in functions]
    return _side_by_side(single, [[(i, 0)] for i in range(len(single))], (len(single), 1))


def _single(function: Factored | Quotient, discrete: bool) -> Realization:
    """The best realization of one function, or a refusal."""
    best, least, error = None, np.inf, np.inf
    for form in _forms(function, discrete):
        candidate = form()
        if candidate is None:
            continue
        found = _errors(candidate, [function], discrete)[0]
        worse = max(found, _damping_error(candidate, function, discrete))
        if best is None or worse < least / 10:  # by a digit: the first form is the simpler one
            best, least, error = candidate, worse, found
        if least <= _WELL_HELD:
            break
    if best is not None and error > _HELD:
        error = _own_error(best, function, discrete)
    if best is None or error > _HELD:
        raise _not_held(function, error)
    return best


def _damping_error(system: Realization, function: Factored | Quotient, discrete: bool) -> float:
    """Largest error of a computed pole in units of its distance from the boundary.

    Only poles with others no nearer than the boundary count: those of a cluster are determined together.
    """
    poles, values = function.poles, la.eigvals(system.A, check_finite=False)
    margins = np.abs(1 - np.abs(poles)) if discrete else np.abs(poles.real)
    gaps = np.abs(poles[:, None] - poles)
    np.fill_diagonal(gaps, np.inf)
    alone = (margins > 0) & (gaps.min(axis=1, initial=np.inf) >= margins)
    errors = np.abs(poles[alone, None] - values).min(axis=1, initial=np.inf) / margins[alone]
    return float(errors.max(initial=0.0))


def _forms(function: Factored | Quotient, discrete: bool) -> list[Callable[[], Realization | None]]:
    if isinstance(function, Factored):
        return [lambda: cascade(function, discrete=discrete)]
    return [lambda: companion([function]), lambda: cascade(function.factored, discrete=discrete)]


def _errors(system: Realization, functions: Sequence[Factored | Quotient], discrete: bool) -> Array:
    """How far the response of each output is from its function, relative to the norm of the function."""
    errors = []
    for i, function in enumerate(functions):
        points = boundary(function.poles, function.zeros, discrete=discrete, is_real=function.is_real)
        row = Realization(system.A, system.B, system.C[i : i + 1], system.D[i : i + 1])
        errors.append(relative_error(response(row, points)[:, 0, 0], function(points)))
    return np.array(errors)


def _own_error(system: Realization, function: Factored | Quotient, discrete: bool) -> float:
    """The same without the rounding of the evaluation, and without what rounding of the poles explains."""
    points = boundary(function.poles, function.zeros, discrete=discrete, is_real=function.is_real)
    found = response(system, points, refined=True)[:, 0, 0]
    return relative_error(found, function(points), sensitivity(points, function.poles))


def _side_by_side(
    blocks: Sequence[Realization], places: Sequence[Sequence[tuple[int, int]]], shape: tuple[int, int]
) -> Realization:
    """Put blocks with one input (or one output) at their places in the matrix of functions."""
    A = (
        la.block_diag(*(block.A for block in blocks if block.A.size))
        if any(b.A.size for b in blocks)
        else np.zeros((0, 0))
    )
    dtype = np.result_type(*(M for block in blocks for M in block))
    n = A.shape[0]
    B, C, D = np.zeros((n, shape[1]), dtype), np.zeros((shape[0], n), dtype), np.zeros(shape, dtype)
    at = 0
    for block, where in zip(blocks, places, strict=True):
        states = slice(at, at + block.A.shape[0])
        rows, columns = zip(*where, strict=True)
        B[states, columns[: block.B.shape[1]]] = block.B
        C[rows[: block.C.shape[0]], states] = block.C
        D[rows, columns] = block.D.ravel()
        at = states.stop
    return Realization(A.astype(dtype), B, C, D)


def _transposed(system: Realization) -> Realization:
    return Realization(*(M.T for M in (system.A, system.C, system.B, system.D)))


def _check_proper(function: Factored | Quotient, i: int, j: int) -> None:
    if isinstance(function, Factored):
        above, below = function.zeros.size, function.poles.size
    else:
        above, below = function.numerator.size - 1, function.denominator.size - 1
    if above > below:
        raise InvalidArgumentError(
            "system",
            "a proper transfer function",
            f"degree {above} over degree {below} from input {j} to output {i}",
            "split off its polynomial part, or add the fast poles that a real device has",
        )


def _not_held(function: Factored | Quotient, error: float) -> NumericalError:
    kind = "zeros, poles and gain" if isinstance(function, Factored) else "polynomials"
    return NumericalError(
        "system",
        f"a transfer function of order {_degree(function)} whose realization in double precision has its response",
        f"a relative error of {error:.1e} in the conversion of its {kind} to state space",
        "pass state-space matrices, or scipy.signal.ZerosPolesGain instead of polynomials",
    )
