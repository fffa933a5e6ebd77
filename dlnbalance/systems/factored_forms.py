"""Systems from zeros and poles, from poles and residues, from sections of second order, and from a constant gain."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arguments import one_of, shown
from ..linalg.arrays import Array, as_array, as_matrix
from .arithmetic import Arithmetic
from .parallel_sections import parallel, residues_of
from .rational import Factored, Quotient
from .realizations import realize
from .signals import checked_time_base
from .state_matrices import Realization

__all__ = ["FactoredForms"]

_SMALLEST = 1e-150  # modulus of a zero or pole, and the inverse of the largest: their squares are numbers


class FactoredForms(Arithmetic):
    """Constructors of systems that are not given by four matrices."""

    @classmethod
    def static(
        cls,
        D: Any,
        dt: float | bool | None = None,
        *,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        name: str | None = None,
    ) -> Self:
        """A constant gain y = D u as a system without states.

        Parameters
        ----------
        D : (p, m) array_like
            The gain.
        dt : float, True or None
            Time base; None, as in python-control, goes with any other system.
        inputs, outputs : sequence of str, optional
            Signal names.
        name : str, optional
            Name of the system.

        Raises
        ------
        InvalidArgumentError
            For anything that is no matrix of finite numbers, and as the constructor does.

        Examples
        --------
        >>> from dlnbalance import LinearSystem
        >>> difference = LinearSystem.static([[1.0, -1.0]], inputs=["reference", "speed"], outputs=["error"])
        >>> difference.nstates, difference.dt, difference.D.tolist()
        (0, None, [[1.0, -1.0]])
        """
        gain = as_matrix("D", D)
        p, m = gain.shape
        none = np.zeros((0, 0)), np.zeros((0, m)), np.zeros((p, 0))
        return cls(*none, gain, dt=dt, inputs=inputs, outputs=outputs, name=name)

    @classmethod
    def from_zpk(
        cls,
        zeros: Any,
        poles: Any,
        gain: complex,
        dt: float | bool | None = 0,
        *,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        name: str | None = None,
        form: Literal["cascade", "parallel"] = "cascade",
    ) -> Self:
        r"""The system with one input and one output that has these zeros, poles and gain.

        .. math:: G(s) = g \, \frac{(s - z_1) ⋯ (s - z_m)}{(s - p_1) ⋯ (s - p_n)}.

        Parameters
        ----------
        zeros, poles : array_like
            The z_i and p_i, not more zeros than poles; in the z-plane where `dt` says that time is discrete. In
            conjugate pairs (with a real gain) they make a real system, otherwise a complex one.
        gain : complex
            The g.
        dt, inputs, outputs, name
            As in the constructor.
        form : {"cascade", "parallel"}
            Sections one after another, or side by side, as of :meth:`from_residues`: for poles that lie apart, of which
            all Hankel singular values are then known relative to themselves.

        Raises
        ------
        InvalidArgumentError
            For anything but finite numbers, for more zeros than poles, and for equal poles in parallel.
        NumericalError
            When no realization in double precision has this response to 2.5e-9 of its norm.

        Notes
        -----
        A cascade of sections of first and second order, zeros with the poles that are nearest to them, states scaled by
        powers of two (:mod:`dlnbalance.systems.cascades`). No polynomial is expanded, and the response is checked on
        the boundary of stability. O(n³) a frequency of that check.

        Examples
        --------
        >>> from dlnbalance import LinearSystem
        >>> system = LinearSystem.from_zpk([-1.0], [-2.0, -1 + 3j, -1 - 3j], 4.0)
        >>> system.nstates, system.is_complex, round(system.dcgain().item(), 12)
        (3, False, 0.2)
        """
        one_of("form", form, ("cascade", "parallel"))
        factors = _roots("zeros", zeros), _roots("poles", poles)
        (value,) = _numbers("gain", gain, count=1)
        none = np.zeros(0, complex)
        gained = complex(value) if value.imag else float(value.real)
        function = Factored(*factors, gained) if value else Factored(none, none, 0.0)
        discrete = bool(checked_time_base(dt))
        if form == "parallel":
            realization = _in_parallel(function)
        else:
            realization = realize([[function]], discrete=discrete)
        return cls(*realization, dt=dt, inputs=inputs, outputs=outputs, name=name)

    @classmethod
    def from_residues(
        cls,
        poles: Any,
        residues: Any,
        direct: complex = 0.0,
        dt: float | bool | None = 0,
        *,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        name: str | None = None,
    ) -> Self:
        r"""The system with one input and one output that has these poles and residues.

        .. math:: G(s) = d + Σ_i \frac{ρ_i}{s - p_i}.

        Parameters
        ----------
        poles, residues : array_like
            The p_i and ρ_i, in the z-plane where `dt` says that time is discrete. In conjugate pairs (with a real d)
            they make a real system, otherwise a complex one.
        direct : complex
            The d.
        dt, inputs, outputs, name
            As in the constructor.

        Raises
        ------
        InvalidArgumentError
            For anything but finite numbers, and unless there are as many residues as poles.

        Notes
        -----
        A is diagonal, pairs p = a ± iω standing in blocks [[a, ω], [−ω, a]]; but for powers of two, B and C hold ones
        and the residues. So nothing is rounded, and all Hankel singular values are known relative to themselves.
        Powers of 1/(s − p) have no such form; see :meth:`from_zpk`.

        Examples
        --------
        >>> import dlnbalance as dln
        >>> system = dln.LinearSystem.from_residues([-1 + 5j, -1 - 5j], [3 + 2j, 3 - 2j])
        >>> system.A.tolist(), system.is_complex
        ([[-1.0, 5.0], [-5.0, -1.0]], False)
        >>> dln.hankel_singular_values(system, digits=True).digits.tolist()
        [14, 14]
        """
        numbers, weights = _roots("poles", poles), _numbers("residues", residues)
        if numbers.size != weights.size:
            received = f"{weights.size} for {numbers.size} poles"
            raise InvalidArgumentError("residues", "one for each pole", received, "pass zero where there is none")
        (value,) = _numbers("direct", direct, count=1)
        return cls(*parallel(numbers, weights, value), dt=dt, inputs=inputs, outputs=outputs, name=name)

    @classmethod
    def from_sos(
        cls,
        sections: Any,
        dt: float | bool | None,
        *,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        name: str | None = None,
    ) -> Self:
        r"""A cascade of sections of second order, as ``scipy.signal`` writes them.

        .. math:: G(z) = \prod_k \frac{b_{0k} z^2 + b_{1k} z + b_{2k}}{a_{0k} z^2 + a_{1k} z + a_{2k}}.

        Parameters
        ----------
        sections : (L, 6) array_like
            A row (b_0, b_1, b_2, a_0, a_1, a_2) for each section, the first one next to the input. In continuous time
            the variable is s. Sections of first order end in b_2 = a_2 = 0 or begin with b_0 = a_0 = 0.
        dt : float, True or None
            Time base; digital filters of unspecified sampling time have ``True``, analog ones 0.
        inputs, outputs, name
            As in the constructor.

        Raises
        ------
        InvalidArgumentError
            For another shape, a denominator of zeros, and an improper section.
        NumericalError
            When a section has no realization in double precision with its response.

        Notes
        -----
        The coefficients of each section are divided exactly and rounded once; sections are never multiplied out, so a
        filter of high order keeps the accuracy of its sections. O(L n²).

        Examples
        --------
        >>> import scipy.signal
        >>> from dlnbalance import LinearSystem
        >>> system = LinearSystem.from_sos(scipy.signal.butter(8, 0.1, output="sos"), True)
        >>> system.nstates, round(system.dcgain().item(), 12)
        (8, 1.0)
        """
        rows = as_matrix("sections", sections, columns=6)
        if not len(rows):
            raise InvalidArgumentError("sections", "at least one section", "none", "use LinearSystem.static(1, dt)")
        discrete = bool(checked_time_base(dt))
        forms = [cls(*realize([[_section(row)]], discrete=discrete), dt=dt) for row in rows]
        cascade = forms[0]
        for form in forms[1:]:
            cascade = form * cascade
        return cls(*(getattr(cascade, key) for key in "ABCD"), dt=dt, inputs=inputs, outputs=outputs, name=name)


def _in_parallel(function: Factored) -> Realization:
    """Partial fractions of a function whose poles differ."""
    if function.zeros.size > function.poles.size:
        received = f"degree {function.zeros.size} over degree {function.poles.size}"
        raise InvalidArgumentError("zeros", "not more zeros than poles", received, "leave some out")
    direct = function.gain if function.zeros.size == function.poles.size else 0.0
    return parallel(*residues_of(function), direct)


def _section(row: Array) -> Quotient:
    above, below = row[:3], row[3:]
    if not below.any():
        raise InvalidArgumentError("sections", "denominators that are not zero", shown(row.tolist()), "check a_0 … a_2")
    if not above[2] and not below[2]:  # a section of first order in z⁻¹: its pole and zero at the origin cancel
        above, below = above[:2], below[:2]
    return Quotient.of(above, below)


def _roots(argument: str, values: Any) -> Array:
    numbers = _numbers(argument, values)
    sizes = np.abs(numbers[numbers != 0])
    if sizes.size and not _SMALLEST <= sizes.min() <= sizes.max() <= 1 / _SMALLEST:
        expected = f"numbers with moduli between {_SMALLEST:g} and {1 / _SMALLEST:g}, or zero"
        raise InvalidArgumentError(argument, expected, shown(values), "change the unit of time")
    return numbers


def _numbers(argument: str, values: Any, count: int | None = None) -> Array:
    """Finite complex numbers in a vector."""
    array = np.atleast_1d(as_array(argument, values))
    if not array.size and count is None:
        return np.zeros(0, complex)
    if array.ndim != 1 or array.dtype.kind not in "iufc" or count not in (None, array.size):
        what = "a number" if count else "a sequence of numbers"
        raise InvalidArgumentError(argument, what, shown(values), "pass real or complex numbers")
    with np.errstate(over="ignore"):  # a longdouble beyond the range becomes inf and is refused as such
        numbers = array.astype(complex)
    if not np.isfinite(numbers).all():
        raise InvalidArgumentError(argument, "finite numbers", shown(values), "check where they come from")
    return numbers
