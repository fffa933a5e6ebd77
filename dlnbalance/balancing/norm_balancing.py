"""Norm-balanced realizations (Helmke): the least Euclidean norm of a model over all changes of coordinates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la

from ..drawable import Drawable
from ..errors import InvalidArgumentError, NumericalError
from ..files.conversion import as_model
from ..files.to_libraries import restore_type
from ..html_views import HtmlView
from ..linalg.arrays import Array, factorized, frozen
from ..linalg.threads import threads_by_size
from ..quiver.certificates import NormCertificate
from ..quiver.integration import Progress
from ..quiver.kempf_ness import Minimum, minimize
from ..summary import Fact, Summary, told

__all__ = ["NormBalancedRealization", "balance_norm"]


@dataclass(frozen=True, kw_only=True, eq=False)
class NormBalancedRealization(Drawable, HtmlView):
    """A realization of least norm, with the bound that proves it.

    Attributes
    ----------
    system : same type as what was passed in
        The model in the new coordinates; of a linear system (TAT⁻¹, TB, CT⁻¹, D). Descriptor systems come out with
        E = I.
    minimal_system : same type as what was passed in, or None
        The minimal part, balanced in norm, where the given model is not minimal to rounding (status "diverging") and so
        has no realization of least norm.
    gauge, inverse_gauge : tuple of (n_v, n_v) array
        T_v and T_v⁻¹ of z_v = T_v x_v, one for every state space of the model (several for periodic and time-varying
        systems).
    certificate : NormCertificate
        Squared norm before and after, and how much it can still lose at most.
    minimum : Minimum
        How the solver got there, and what stands in the way where there is no minimum.

    See Also
    --------
    dlnbalance.balance_norm : the smallest coefficients that realize a transfer function.
    dlnbalance.quiver.NormCertificate : how near a point of a gauge orbit is to the least norm.
    dlnbalance.quiver.Minimum : a point of least norm on a gauge orbit, and how it was reached.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> result = dln.balance(dln.LinearSystem([[-1.0]], [[4.0]], [[1.0]]), form="norm")
    >>> round(abs(result.system.B.item()), 9), result.minimum.status
    (2.0, 'converged')
    """

    system: Any
    minimal_system: Any
    gauge: tuple[Array, ...]
    inverse_gauge: tuple[Array, ...]
    certificate: NormCertificate
    minimum: Minimum

    @property
    def transform(self) -> Array:
        """T of z = T x, for a model with one state space.

        Raises
        ------
        InvalidArgumentError
            When the model has several, each with its own T.
        """
        return self._only("transform", "gauge", self.gauge)

    @property
    def inverse(self) -> Array:
        """T⁻¹, for a model with one state space."""
        return self._only("inverse", "inverse_gauge", self.inverse_gauge)

    def _only(self, name: str, plural: str, matrices: tuple[Array, ...]) -> Array:
        if len(matrices) != 1:
            raise InvalidArgumentError(name, "a model with one state space", f"{len(matrices)}", f"use .{plural}")
        return matrices[0]

    @property
    def order(self) -> Any:
        """Number of states; one for every state space where there are several."""
        sizes = tuple(T.shape[0] for T in self.gauge)
        return sizes[0] if len(sizes) == 1 else sizes

    def summary(self) -> Summary:
        """Facts about the realization: keys and values for programs, labels and words for people."""
        states = " + ".join(str(T.shape[0]) for T in self.gauge)
        minimum = self.minimum
        work = f"{minimum.steps} Newton steps, {minimum.linear_iterations} of conjugate gradients"
        return [
            Fact("kind", "", "model"),
            Fact("form", "Form", "norm"),
            Fact("order", "Order", self.order, words=f"{states or 0} states"),
            Fact("certificate", "Certificate", self.certificate.to_dict(), words=f"{self.certificate}"),
            Fact("steps", "Solver", minimum.steps, words=f"{work}, relative moment {minimum.moment_norms[-1]:.1e}"),
            Fact("status", "Status", minimum.status, words=f"{minimum.status}: {minimum.advice}"),
        ]

    def __repr__(self) -> str:
        return told("NormBalancedRealization", self.summary(), ("order",))


@threads_by_size
def balance_norm(
    system: Any, *, rtol: float = 1e-12, max_steps: int = 60, progress: Progress | None = None
) -> NormBalancedRealization:
    r"""Balance a realization in norm: the smallest coefficients that realize its transfer function.

    .. math:: \min_T ‖TAT^{-1}‖^2 + ‖TB‖^2 + ‖CT^{-1}‖^2, \qquad [A, A^*] + BB^* = C^*C \text{ at the minimum;}

    for models with several state spaces, matrices or loops the sum over all of them.

    Parameters
    ----------
    system : LinearSystem, anything :func:`as_system` reads, or any other Representable
        Continuous or discrete, stable or not, real or complex, E nonsingular; families, bilinear, periodic and
        time-varying systems. A system that is not minimal has no least norm: the result comes close to the infimum,
        its status says "diverging", `minimum` names the directions, and the minimal part comes balanced beside it.
    rtol : float
        ‖μ‖ relative to the squared norm at which the solver ends, unless rounding ends it before.
    max_steps : int
        Newton steps at most.
    progress : callable, optional
        Called with the finished share of the way (in decades of the moment), from 0 to 1.

    Returns
    -------
    NormBalancedRealization
        Unique up to unitary changes of coordinates.

    Raises
    ------
    NumericalError
        When more steps are needed.
    SingularDescriptorError
        When E is singular.

    Notes
    -----
    See :func:`dlnbalance.quiver.kempf_ness.minimize`; O(n³) a step.

    References
    ----------
    .. [1] U. Helmke, "Balanced realizations for linear systems: a variational approach", SIAM J. Control Optim. 31
       (1993) 1-15.

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.minimize : find the point of least norm on the gauge orbit of a representation.
    dlnbalance.comparison.compare_realizations : Gramian-balanced, norm-balanced and as given, side by side.

    Examples
    --------
    >>> result = balance_norm(([[-1.0]], [[4.0]], [[1.0]]))
    >>> result.system.B.round(9).item(), result.minimum.status
    (2.0, 'converged')
    """
    model = as_model(system)
    start = model.representation
    minimum = minimize(start, rtol=rtol, max_steps=max_steps, progress=progress)
    if minimum.status == "steps":
        raise NumericalError(
            "system",
            "a realization whose norm can be minimized",
            f"a search that ends {minimum.status!r} after {minimum.steps} Newton steps",
            "raise max_steps, or take the minimal part (dlnbalance.minreal) first",
        )
    part = minimum.minimal_part
    minimal = None if part is None or part.is_whole else minimize(part.representation, rtol=rtol, max_steps=max_steps)
    return NormBalancedRealization(
        minimal_system=None
        if minimal is None
        else restore_type(model.with_representation(minimal.representation), system),
        system=restore_type(model.with_representation(minimum.representation), system),
        gauge=tuple(frozen(np.array(T)) for T in minimum.gauge),
        inverse_gauge=tuple(frozen(_inverse(T)) for T in minimum.gauge),
        certificate=NormCertificate.compare(start, minimum.representation),
        minimum=minimum,
    )


def _inverse(T: Array) -> Array:
    return la.lu_solve(factorized(T)[0], np.eye(T.shape[0]))
