"""Arithmetic of linear systems: sums, products, powers, and constant gains."""

from numbers import Number
from typing import Any, Self

import numpy as np

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import is_integer
from ..linalg.arrays import EPS, Array, as_matrix, factorized, in_range, is_sparse
from ..linalg.scaling import even_powers, evenly_scaled_solution
from .interconnections import Wiring, interconnected
from .signals import common_time_base, joined_names
from .state_space import StateSpace

__all__ = ["Arithmetic"]

_FIELDS = ("A", "B", "C", "D", "E", "dt", "inputs", "outputs", "states", "name")


class Arithmetic(StateSpace):
    """What can be computed with systems by +, −, *, / and **."""

    __array_ufunc__ = None  # numpy arrays leave arithmetic with systems to the system

    def replaced(self, **fields: Any) -> Self:
        """The system with other matrices, signals, time base or name, and the rest of this one.

        Parameters
        ----------
        **fields
            Parameters of the constructor.

        Examples
        --------
        >>> from dlnbalance import LinearSystem
        >>> LinearSystem(-1, 1, 1, name="lag").replaced(outputs=["speed"])
        LinearSystem 'lag': 1 state, 1 input, 1 output, continuous (dt = 0), dense real
          inputs:  u[0]
          outputs: speed
        """
        return type(self)(**{field: getattr(self, field) for field in _FIELDS} | fields)

    def __add__(self, other: Any) -> Self:
        """Parallel connection G + H; a number is added to every entry, a matrix to D.

        Raises
        ------
        InvalidArgumentError
            When numbers of signals or time bases differ.
        """
        constant = _constant(other)
        if constant is not None:
            p, m = self.D.shape
            gain = as_matrix("other", constant, rows=p, columns=m) if constant.ndim else constant
            with np.errstate(over="ignore", invalid="ignore"):
                return self.replaced(D=_finite(self.D + gain))
        if not isinstance(other, Arithmetic):
            return NotImplemented
        return self._sum(other, 1.0)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Self:
        """Error system G − H."""
        if isinstance(other, Arithmetic):
            return self._sum(other, -1.0)
        if _constant(other) is None:
            return NotImplemented
        return -(-self + other)  # arrays of unsigned integers have no negative

    def __rsub__(self, other: Any) -> Self:
        """K − G."""
        return -self + other

    def __neg__(self) -> Self:
        """−G."""
        return self * -1.0

    def _sum(self, other: "Arithmetic", sign: float) -> Self:
        self.check_same_signals(other)
        m, p = self.ninputs, self.noutputs
        wiring = Wiring(
            feedback=np.zeros((2 * m, 2 * p)),
            entering=np.vstack([np.eye(m), np.eye(m)]),
            leaving=np.hstack([np.eye(p), sign * np.eye(p)]),
        )
        return self._joined_with(other, wiring, self.inputs)

    def __mul__(self, other: Any) -> Self:
        """Series connection G H: y = G (H u); G times a number or a matrix.

        Raises
        ------
        InvalidArgumentError
            When H does not have an output for every input of G, or another time base.
        """
        constant = _constant(other)
        if constant is not None and constant.ndim == 0:
            return self.replaced(C=_product(constant, self.C), D=_product(constant, self.D))
        if constant is not None:
            K = as_matrix("other", constant, rows=self.ninputs)
            return self.replaced(B=_product(self.B, K), D=_product(self.D, K), inputs=None, name=None)
        if not isinstance(other, Arithmetic):
            return NotImplemented
        if self.ninputs != other.noutputs:
            raise InvalidArgumentError(
                "other",
                f"{self.ninputs} outputs, one for each input of the system that follows",
                f"{other.noutputs}",
                "choose rows by a matrix (S * other), or repeat the system on every channel by modelling.append",
            )
        outer, inner = np.zeros((self.ninputs, self.noutputs)), np.zeros((other.ninputs, other.noutputs))
        wiring = Wiring(
            feedback=np.block([[outer, np.eye(self.ninputs)], [np.zeros((len(inner), outer.shape[1])), inner]]),
            entering=np.eye(self.ninputs + other.ninputs)[:, self.ninputs :],
            leaving=np.eye(self.noutputs, self.noutputs + other.noutputs),
        )
        return self._joined_with(other, wiring, other.inputs)

    def __rmul__(self, other: Any) -> Self:
        """K G for a number or a matrix K."""
        constant = _constant(other)
        if constant is None:
            return NotImplemented
        if constant.ndim == 0:
            return self * other
        K = as_matrix("other", constant, columns=self.noutputs)
        return self.replaced(C=_product(K, self.C), D=_product(K, self.D), outputs=None, name=None)

    def __truediv__(self, other: Any) -> Self:
        """G divided by a number."""
        constant = _constant(other)
        if constant is None or constant.ndim:
            return NotImplemented
        if constant == 0:
            raise InvalidArgumentError("other", "a number that is not zero", "0", "divide by another number")
        with np.errstate(over="ignore", invalid="ignore"):
            C, D = self.C / constant, self.D / constant
        return self.replaced(C=_finite(C), D=_finite(D))

    def __pow__(self, exponent: Any) -> Self:
        """G as often in series as the exponent says; negative exponents invert G, 0 gives the identity.

        Raises
        ------
        InvalidArgumentError
            When G does not have as many inputs as outputs.
        NumericalError
            For a negative exponent, when D is singular to working precision.
        """
        if not is_integer(exponent):
            return NotImplemented
        if self.ninputs != self.noutputs:
            raise InvalidArgumentError(
                "system",
                "as many inputs as outputs",
                f"{self.ninputs} inputs and {self.noutputs} outputs",
                "only square systems have powers",
            )
        if exponent < 0:
            return self._inverse() ** -exponent
        if exponent == 0:
            none = np.zeros((0, 0)), np.zeros((0, self.ninputs)), np.zeros((self.noutputs, 0))
            return type(self)(*none, np.eye(self.noutputs), dt=self.dt, inputs=self.inputs, outputs=self.outputs)
        return self if exponent == 1 else self * self ** (exponent - 1)

    def _inverse(self) -> Self:
        """The system with inputs and outputs exchanged: u = D⁻¹(y − C x)."""
        rows, columns = even_powers(self.D)
        _, rcond = factorized(rows[:, None] * self.D * columns)
        inverse = evenly_scaled_solution(self.D, np.eye(self.noutputs)) if rcond > EPS else None
        if inverse is None:
            raise NumericalError(
                "system",
                "a nonsingular feedthrough D",
                f"reciprocal condition number {rcond:.1e}",
                "the inverse is improper: add a small feedthrough, or invert up to a frequency by modelling.feedback",
            )
        strictly_proper = self.replaced(D=None)
        blocks = interconnected([strictly_proper], Wiring(-inverse, inverse, -inverse))._replace(D=inverse)
        return self.replaced(**blocks._asdict(), inputs=self.outputs, outputs=self.inputs, name=None)

    def _joined_with(self, other: "Arithmetic", wiring: Wiring, inputs: tuple[str, ...]) -> Self:
        pair = (self, other)
        return type(self)(
            **interconnected(pair, wiring)._asdict(),
            dt=common_time_base(self.dt, other.dt),
            inputs=inputs,
            outputs=self.outputs,
            states=joined_names([system.states for system in pair], [system.name for system in pair]),
        )


def _constant(value: Any) -> Array | None:
    """A number or a matrix as an array, None for anything else; lists are no matrices here."""
    if isinstance(value, np.ndarray) and value.ndim:
        return value
    if (isinstance(value, Number) and not isinstance(value, bool)) or isinstance(value, np.ndarray):
        return as_matrix("other", value)[0, 0].reshape(())
    return value.toarray() if is_sparse(value) else None


def _finite(matrix: Array) -> Array:
    return in_range("system", matrix, "gains")


def _product(left: Array, right: Array) -> Array:
    """Of two matrices, or of a number and a matrix."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _finite(left @ right if left.ndim else left * right)
