"""Which Gramians a second-order model is balanced by: those of its positions, its velocities, or one of each."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from ..errors import InvalidArgumentError
from ..linalg.arguments import one_of
from ..systems.linear_system import LinearSystem
from .automatic import Automatic
from .base import GramianStrategy, checked_strategy

__all__ = ["KINDS", "SecondOrderGramians"]

Kind = Literal["auto", "p", "v", "pv", "vp", "fv", "so"]

#: The kinds of second-order balancing, in words.
KINDS: dict[str, str] = {
    "p": "position",
    "v": "velocity",
    "pv": "position-velocity",
    "vp": "velocity-position",
    "fv": "free-velocity",
    "so": "second-order",
}


@dataclass(frozen=True)
class SecondOrderGramians(GramianStrategy):
    r"""Gramians of the positions and the velocities of a second-order model, which keep its structure.

    The Gramians of the first-order form with the state (x, x') have blocks that belong to positions and to velocities,

    .. math:: P = \begin{pmatrix} P_p & * \\ * & P_v \end{pmatrix}, \qquad
              Y = \begin{pmatrix} Q_p & * \\ * & Q_v \end{pmatrix}, \qquad E^* Y E = Q,

    with factors P_p = R_p R_p*, Q_p = L_p L_p* and so on. The reduced matrices are W*MV, W*DV and W*KV:

    ======  ============================================  =========================================
    kind    its singular values                           bases
    ======  ============================================  =========================================
    ``p``   :math:`L_p^* R_p`                             V of ``p``, W of ``v``
    ``v``   :math:`L_v^* M R_v`                           V and W of ``v``
    ``pv``  :math:`L_v^* M R_p`                           V and W of ``pv``
    ``vp``  :math:`L_p^* R_v`                             V of ``vp``, W of ``v``
    ``fv``  :math:`L_p^* R_p`                             V of ``p``, and W = V
    ``so``  :math:`L_p^* R_p`                             of ``p`` for positions, of ``v`` for velocities
    ======  ============================================  =========================================

    Parameters
    ----------
    kind : {"auto", "p", "v", "pv", "vp", "fv", "so"}
        "auto" takes "v" where only velocities are measured, and "pv" elsewhere. Where M, D and K are symmetric and the
        outputs are the positions (velocities) at which the inputs act, P_p = Q_v (P_v = Q_v), so that W = V: the
        reduced matrices are symmetric, too, and as definite as the given ones.
    of : GramianStrategy
        Gramians of the first-order form.
    rigid : {"refuse", "keep"}
        What becomes of rigid-body modes, for which K is singular and there are no Gramians: "keep" keeps them exactly,
        and balances the rest.

    Raises
    ------
    InvalidArgumentError
        For a setting that is none of these, and when asked to solve for a system of first order.

    Notes
    -----
    No kind proves a bound of the error, and only W = V with symmetric definite matrices proves stability; the results
    say what was measured, and whether the reduced model is stable.

    References
    ----------
    .. [1] D. G. Meyer, S. Srinivasan, "Balancing and model reduction for second-order form linear systems", IEEE Trans.
       Automat. Control 41 (1996) 1632-1644 (free velocity).
    .. [2] Y. Chahlaoui, D. Lemonnier, A. Vandendorpe, P. Van Dooren, "Second-order balanced truncation", Linear Algebra
       Appl. 415 (2006) 373-384 ("so").
    .. [3] T. Reis, T. Stykel, "Balanced truncation model reduction of second-order systems", Math. Comput. Model. Dyn.
       Syst. 14 (2008) 391-406 (the other kinds).

    See Also
    --------
    dlnbalance.SecondOrderSystem : a second-order system, dense or sparse, real or complex, in continuous time.
    dlnbalance.Lyapunov : reachability and observability Gramians of a stable system.

    Examples
    --------
    >>> SecondOrderGramians("pv")
    SecondOrderGramians(kind='pv', of=Automatic(), rigid='refuse')
    """

    kind: Kind = "auto"
    of: GramianStrategy = Automatic()
    rigid: Literal["refuse", "keep"] = "refuse"

    name = "second-order"
    description = "blocks of positions and velocities of a second-order model, whose structure they keep"
    values_name: ClassVar[str] = "second-order singular values"

    def __post_init__(self) -> None:
        one_of("kind", self.kind, get_args(Kind))
        checked_strategy(self.of)
        if isinstance(self.of, SecondOrderGramians):
            raise InvalidArgumentError("of", "Gramians of the first-order form", f"{self.of}", "leave it out")
        one_of("rigid", self.rigid, ("refuse", "keep"))

    def solve(self, system: LinearSystem) -> Any:
        """Refuse: a system of first order has no positions and velocities."""
        raise InvalidArgumentError(
            "system",
            "a second-order model, whose positions and velocities these Gramians tell apart",
            f"{type(system).__name__}",
            "pass dlnbalance.SecondOrderSystem(M, D, K, B, C), or gramians=dlnbalance.Automatic()",
        )
