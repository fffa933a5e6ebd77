r"""Normalized coprime factors of a system, stable or not: G = N M⁻¹ = M̃⁻¹ Ñ with an inner and a co-inner factor."""

from typing import Any, Literal, NamedTuple

import numpy as np

from ..errors import UnstableSystemError
from ..files.conversion import as_system
from ..files.from_libraries import library_of
from ..files.to_libraries import restore_type
from ..linalg.arguments import one_of
from ..linalg.arrays import Array, adjoint, dense
from ..linalg.riccati import Feedback, energy_feedback
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem
from .hidden_poles import check_nothing_hidden, nearly_hidden
from .stability import check_stable

__all__ = ["normalized_coprime_factors"]

Side = Literal["right", "left"]

Denominator = Literal["normalized", "inner"]

#: Which factors there are: N M⁻¹, M̃⁻¹ Ñ.
SIDES: tuple[Side, ...] = "right", "left"


class Factors(NamedTuple):
    """Normalized coprime factors as one system, and the relative residual of their Riccati equation."""

    system: LinearSystem
    residual: float


def normalized_coprime_factors(system: Any, side: Side = "right") -> Any:
    r"""Normalized coprime factors of a system, as one stable system.

    .. math:: G = N M^{-1}, \quad N^*N + M^*M = I \qquad\text{("right")}, \qquad\qquad
              G = \tilde M^{-1} \tilde N, \quad \tilde M \tilde M^* + \tilde N \tilde N^* = I \qquad\text{("left")}

    on the stability boundary. The right factor is the system under the feedback :math:`u = Fx + R^{-1/2} v`,

    .. math:: \begin{pmatrix} N \\ M \end{pmatrix} = \left[\begin{array}{c|c}
              A + BF & BR^{-1/2} \\ \hline C + DF & DR^{-1/2} \\ F & R^{-1/2} \end{array}\right], \qquad
              F = -R^{-1}(D^*C + B^*X), \quad R = I + D^*D

    in continuous time, and :math:`F = -R^{-1}(D^*C + B^*XA)`, :math:`R = I + D^*D + B^*XB` in discrete time, where X is
    the stabilizing solution of the Riccati equation and the observability Gramian of the factor. The left factor is
    that of the adjoint system.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Stable or not, continuous or discrete, real or complex, E nonsingular; n states, m inputs, p outputs.
    side : {"right", "left"}
        Which factorization.

    Returns
    -------
    LinearSystem (python-control objects give their own kind, scipy.signal objects a state space)
        "right": (N; M), with m inputs and p + m outputs, named after the outputs and inputs of the system. "left":
        (M̃, Ñ), with p + m inputs, named after the outputs and inputs of the system, and p outputs. In the states of the
        system; E is solved away.

    Raises
    ------
    UnstableSystemError
        When a pole that is not stable is hidden from the inputs or the outputs, or so nearly that rounding decides: no
        feedback moves it. The message names the poles.
    InvalidArgumentError
        When ``dt`` is None, or for another side.
    SingularDescriptorError
        When E is singular.
    NumericalError
        When the feedback is out of the range of numbers.

    Notes
    -----
    The Riccati equation is solved in well-scaled coordinates, by doubling and by Newton's method, whose steps solve
    Lyapunov equations for a factor of X (see :mod:`dlnbalance.linalg.riccati`): some 250 n³ flops. M is unique up to a
    unitary factor; here M(∞) = R^{-1/2} is positive definite.

    References
    ----------
    .. [1] D. G. Meyer, G. F. Franklin, "A connection between normalized coprime factorizations and linear quadratic
       regulator theory", IEEE Trans. Automat. Control 32 (1987) 227-228.
    .. [2] M. Vidyasagar, "Normalised coprime factorizations for nonstrictly proper systems", IEEE Trans. Automat.
       Control 33 (1988) 300-301.
    .. [3] K. Zhou, J. C. Doyle, K. Glover, "Robust and Optimal Control", Prentice Hall 1996, section 13.8.

    See Also
    --------
    dlnbalance.gramians.coprime.Coprime : balanced truncation of the factors.
    dlnbalance.norms.gaps.nu_gap : how far two systems are apart under feedback.

    Examples
    --------
    >>> unstable = LinearSystem([[1.0]], [[1.0]], [[1.0]])
    >>> factors = normalized_coprime_factors(unstable)  # N = 1/(s + √2), M = (s − 1)/(s + √2)
    >>> factors.poles().real.round(12).tolist()
    [-1.414213562373]
    >>> abs(factors(1.0)).ravel().round(12).tolist()
    [0.414213562373, 0.0]
    """
    factors = factors_of(as_system(system), side).system
    # The transfer functions of scipy.signal hold one input and one output, and factors have more.
    return factors.to_scipy() if library_of(system) == "scipy" else restore_type(factors, system)


def factors_of(system: LinearSystem, side: Side, denominator: Denominator = "normalized") -> Factors:
    """Return the normalized coprime factors of a linear system, as :func:`normalized_coprime_factors` does.

    Or those with an inner denominator, M*M = I on the stability boundary: the feedback has the least energy of inputs
    alone, and moves unstable poles to their mirror images.
    """
    one_of("side", side, SIDES)
    plant = as_system(system).explicit()
    here, unit = plant.coordinates, np.sqrt(plant.coordinates.unit)
    discrete = plant.is_discrete
    check_nothing_hidden(plant)
    A, B, C, D = here.A, here.B, here.C, plant.D
    if side == "left":
        A, B, C, D = adjoint(A), adjoint(C), adjoint(B), adjoint(D)
    if denominator == "inner":
        C, D = 0 * C, 0 * D
    try:
        feedback = energy_feedback(A, B, C, D, discrete=discrete)
    except np.linalg.LinAlgError as error:
        raise nearly_hidden() from error
    with np.errstate(over="ignore", invalid="ignore"):
        matrices = _right(plant, unit, feedback) if side == "right" else _left(plant, unit, feedback)
    if not all(np.isfinite(M).all() for M in matrices):
        raise out_of_range("feedback")
    names = {"outputs" if side == "right" else "inputs": _names(plant)}
    factors = LinearSystem(*matrices, dt=plant.dt, states=plant.states, name=plant.name, **names)
    try:
        check_stable(factors)
    except UnstableSystemError as error:
        raise nearly_hidden() from error
    return Factors(factors, feedback.residual)


def _right(plant: LinearSystem, unit: float, feedback: Feedback) -> tuple[Array, Array, Array, Array]:
    """The plant under a feedback that was found in its well-scaled coordinates."""
    gain, root = unit * feedback.gain / plant.coordinates.states, feedback.root
    return (
        dense(plant.A) + plant.B @ gain,
        plant.B @ root,
        np.vstack([plant.C + plant.D @ gain, gain]),
        np.vstack([plant.D @ root, root]),
    )


def _left(plant: LinearSystem, unit: float, feedback: Feedback) -> tuple[Array, Array, Array, Array]:
    """The plant under an output injection, which is a feedback of its adjoint."""
    gain, root = unit * plant.coordinates.states[:, None] * adjoint(feedback.gain), feedback.root
    return (
        dense(plant.A) + gain @ plant.C,
        np.hstack([gain, plant.B + gain @ plant.D]),
        root @ plant.C,
        np.hstack([root, root @ plant.D]),
    )


def _names(plant: LinearSystem) -> tuple[str, ...] | None:
    """Names of the outputs and inputs; None where some name stands for both."""
    names = plant.outputs + plant.inputs
    return names if len(set(names)) == len(names) else None
