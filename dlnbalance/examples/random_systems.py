"""Random stable systems, at a stated distance from the boundary of stability."""

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arguments import flag
from ..linalg.arrays import Array, as_generator, whole_number
from ..systems.linear_system import LinearSystem
from ..systems.signals import checked_time_base

__all__ = ["random_stable"]


def random_stable(
    n: int,
    inputs: int,
    outputs: int,
    *,
    rng: np.random.Generator | int,
    dt: float | bool = 0,
    complex_entries: bool = False,
) -> LinearSystem:
    r"""Random asymptotically stable system, continuous or discrete, real or complex.

    .. math:: A = G - (α(G) + 0.1) I \;\text{(continuous)}, \qquad A = 0.9\, G / ρ(G) \;\text{(discrete)},

    with independent normal entries: of variance 1/n in G, and of variance 1 in B, C and D. The spectral abscissa
    α(A) is −0.1 (1/s), respectively the spectral radius ρ(A) is 0.9, to rounding.

    Parameters
    ----------
    n, inputs, outputs : int
        Numbers of states, inputs and outputs.
    rng : numpy.random.Generator or int
        Where the numbers come from; an int seeds a new generator.
    dt : float or True
        Time base: 0 continuous, a positive sampling time in seconds, or True for an unspecified one.
    complex_entries : bool
        Draw complex normal entries (independent real and imaginary parts of half the variance).

    Returns
    -------
    LinearSystem
        Dense. Almost surely minimal.

    Raises
    ------
    InvalidArgumentError
        For sizes that are not positive integers, or an impossible `dt` or `rng`.

    Notes
    -----
    The poles fill a disc (Girko's circular law), and A is far from normal. Cost O(n³), for the eigenvalues of G.

    References
    ----------
    .. [1] V. L. Girko, "Circular law", Theory Probab. Appl. 29, 1985.

    See Also
    --------
    dlnbalance.examples.get : return the example called `name`.

    Examples
    --------
    >>> system = random_stable(8, 2, 3, rng=0, dt=0.5)
    >>> round(float(abs(system.poles()).max()), 12)
    0.9
    """
    for argument, value in [("n", n), ("inputs", inputs), ("outputs", outputs)]:
        whole_number(argument, value, 1)
    if checked_time_base(dt) is None:
        raise InvalidArgumentError("dt", "a stated time base", "None", "pass 0, a positive sampling time, or True")
    flag("complex_entries", complex_entries)
    generator = as_generator(rng)

    def normal(rows: int, columns: int) -> Array:
        entries = generator.standard_normal((rows, columns))
        if complex_entries:
            entries = (entries + 1j * generator.standard_normal((rows, columns))) / np.sqrt(2)
        return entries

    G = normal(n, n) / np.sqrt(n)
    poles = np.linalg.eigvals(G)
    A = G * (0.9 / np.abs(poles).max()) if dt else G - (poles.real.max() + 0.1) * np.eye(n)
    return LinearSystem(A, normal(n, inputs), normal(outputs, n), normal(outputs, inputs), dt=dt, name="random")
