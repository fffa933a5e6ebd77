"""Balanced realizations: the front door to coordinates in which both Gramians are what one wants."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .arrays import EPS, Array, frozen
from .bridge import projection
from .certificates import Certificate
from .errors import InvalidArgumentError, OrderError
from .gramians import GramianStrategy, Lyapunov
from .networks import DeepLinearNetwork
from .norms import accuracy_floor
from .systems import as_system, restore_type

__all__ = ["BalancedRealization", "balance", "hankel_singular_values"]

Form = Literal["balanced", "input-normal", "output-normal"]

#: The share of Σ that the transformation T = Σ^{-a} U* Z_o* takes, and what it makes of (P, Q).
_FORMS: dict[str, tuple[float, str]] = {
    "balanced": (0.5, "P = Q = diag(σ)"),
    "input-normal": (1.0, "P = I, Q = diag(σ²)"),
    "output-normal": (0.0, "P = diag(σ²), Q = I"),
}

# The change of coordinates has condition (σ_1/σ_r)^½, so the Gramians of the balanced realization carry errors
# of a multiple of eps (σ_1/σ_r)^½ σ_1. States below this share of σ_1 would push them past 1e-10 σ_1.
_BALANCEABLE = 5e-11


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedRealization:
    r"""A realization in balanced (or input-normal, output-normal) coordinates, with the proof that it is.

    Attributes
    ----------
    system : same type as what was passed in
        The realization (TAT⁻¹, TB, CT⁻¹, D) of order `order`; descriptor systems come out with E = I.
    transform, inverse : (order, n) and (n, order) array
        T and T⁻¹ of z = T x; ``transform @ inverse`` is the identity. For a system that is not minimal they
        are the projection to, and the embedding of, its minimal part.
    hsv : (n,) array
        All Hankel singular values, descending.
    order, full_order : int
        Number of states kept and given.
    form : str
        "balanced", "input-normal" or "output-normal".
    certificate : Certificate
        tr P + tr Q against its minimum 2Σσ, before and after (after: of the balanced factors, before the scaling
        that the other forms add).
    accuracy_floor : float
        Hankel singular values below it carry no information about the given system (first-order estimate).
    """

    system: Any
    transform: Array
    inverse: Array
    hsv: Array
    form: Form
    certificate: Certificate
    accuracy_floor: float

    @property
    def order(self) -> int:
        """Number of states of the balanced realization."""
        return self.transform.shape[0]

    @property
    def full_order(self) -> int:
        """Number of states of the system that was given."""
        return self.transform.shape[1]

    @property
    def is_minimal(self) -> bool:
        """Whether all states were kept."""
        return self.order == self.full_order

    def __repr__(self) -> str:
        kept = f"{self.order} states"
        if not self.is_minimal:
            dropped = self.full_order - self.order
            kept = (
                f"{self.order} of {self.full_order} states; not minimal to working precision: {dropped} dropped whose"
                f" Hankel singular values are at most {self.hsv[self.order]:.1e}"
            )
        return "\n".join(
            [
                f"BalancedRealization ({self.form}: {_FORMS[self.form][1]}), {kept}",
                f"  Hankel singular values: {listed(self.hsv)}",
                f"  certificate: {self.certificate}",
                f"  rounding reaches Hankel singular values of {self.accuracy_floor:.1e}",
            ]
        )


def balance(system: Any, gramians: GramianStrategy = Lyapunov(), form: Form = "balanced") -> BalancedRealization:
    r"""Balance a linear system: find coordinates z = T x in which its Gramians are diagonal and equal.

    .. math:: T P T^* = T^{-*} Q T^{-1} = \mathrm{diag}(σ_1, …, σ_n).

    Equivalently T minimizes tr(TPT*) + tr(T^{-*}QT^{-1}) over all changes of coordinates, with minimum 2Σσ_i: the
    network of the Gramian factors (Z_c, Z_o*) moves along its gauge orbit to its center.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Stable, continuous or discrete, real or complex, E nonsingular.
    gramians : GramianStrategy
        Which Gramians to balance.
    form : {"balanced", "input-normal", "output-normal"}
        P = Q = diag(σ); P = I and Q = diag(σ²); P = diag(σ²) and Q = I.

    Returns
    -------
    BalancedRealization
        Its ``system`` is of the type passed in, with names and time base. States whose Hankel singular values
        lie below 5e-11 σ_1 (or rounding) are dropped: the minimal part is balanced, and the result says so.

    Raises
    ------
    UnstableSystemError
        When Gramians do not exist.
    SingularDescriptorError
        When E is singular.
    InvalidArgumentError
        For an unknown form or an unset time base.
    OrderError
        When the transfer function is constant to rounding, so that no state is left.

    Notes
    -----
    The square-root method: factors of the Gramians from one Schur form, then one SVD Z_o*Z_c = UΣV*,
    T = Σ^{-½}U*Z_o* and T⁻¹ = Z_cVΣ^{-½}. About 25 n³ + 30 n³ flops. Unique up to a unitary change of
    coordinates within equal σ (signs, if they are distinct).

    References
    ----------
    .. [1] B. C. Moore, IEEE Trans. Automat. Control 26 (1981) 17-32.
    .. [2] A. J. Laub, M. T. Heath, C. C. Paige, R. C. Ward, IEEE Trans. Automat. Control 32 (1987) 115-122.
    .. [3] K. Lindsey, G. Menon, arXiv:2511.01137, Theorem 1 with N = 2.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem([[-1.0, 2.0], [0.0, -3.0]], [[1.0], [1.0]], [[1.0, 0.0]])
    >>> result = dln.balance(system)
    >>> result.hsv.round(6).tolist()
    [0.880647, 0.047314]
    >>> result.certificate.relative_gap < 1e-14
    True
    """
    if form not in _FORMS:
        raise InvalidArgumentError("form", " or ".join(map(repr, _FORMS)), repr(form), "choose one of these")
    full = as_system(system)
    network = gramians(full)
    order = _balanceable_order(network)
    T, inverse = projection(network, order, _FORMS[form][0])
    return BalancedRealization(
        system=restore_type(full.project(full.left_basis(T), inverse), system),
        transform=frozen(T),
        inverse=frozen(inverse),
        hsv=network.singular_values,
        form=form,
        certificate=certify(network, order),
        accuracy_floor=accuracy_floor(full),
    )


def certify(network: DeepLinearNetwork, order: int) -> Certificate:
    """Recompute the energy of the factor pair in the coordinates of its `order` leading singular triples."""
    T, inverse = projection(network, order)
    first, second = network.weights
    return Certificate.compare(network, DeepLinearNetwork([T @ first, second @ inverse]))


def hankel_singular_values(system: Any, gramians: GramianStrategy = Lyapunov()) -> Array:
    r"""Hankel singular values σ_1 ≥ … ≥ σ_n: the square roots of the eigenvalues of PQ, without forming either.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Stable.
    gramians : GramianStrategy
        Which Gramians.

    Returns
    -------
    (n,) array
        Singular values of Z_o*Z_c, accurate to a few eps σ_1 for the given factors; how far rounding in the data
        moves them is told by :func:`dlnbalance.norms.accuracy_floor`.

    Raises
    ------
    UnstableSystemError, SingularDescriptorError
        When there are no Gramians.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem([[1.0, -2.0], [3.0, -4.0]], [[5.0], [7.0]], [[6.0, 8.0]])
    >>> dln.hankel_singular_values(system).round(5).tolist()
    [24.42686, 0.57314]
    """
    return gramians(as_system(system)).singular_values


def _balanceable_order(network: DeepLinearNetwork) -> int:
    """Number of states that can be balanced without losing the accuracy of the leading ones."""
    values = network.singular_values
    order = int(np.count_nonzero(values[: network.rank] > _BALANCEABLE * values[:1].sum()))
    if order == 0:
        raise OrderError(
            "system",
            "a state that connects input and output",
            f"Hankel singular values that are all zero to rounding ({EPS:.0e})",
            "the transfer function is the constant D; there is nothing to balance",
        )
    return order


def listed(values: Array, count: int = 8) -> str:
    """Show the first `count` of many numbers on one line."""
    shown = ", ".join(f"{value:.4g}" for value in values[:count])
    return shown + (f", … ({values.size} in all)" if values.size > count else "")
