"""Heat conduction in a rod, and convection with diffusion on a square, by finite differences."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..errors import InvalidArgumentError
from ..linalg.arguments import flag, shown
from ..linalg.arrays import real_vector, whole_number
from ..systems.linear_system import LinearSystem

__all__ = ["convection_diffusion", "heat_rod"]


def heat_rod(
    n: int = 30, input_node: int | None = None, output_node: int | None = None, *, sparse: bool = False
) -> LinearSystem:
    r"""Heat conduction in a rod with cooled ends, heated at one node and measured at another.

    .. math:: x' = \frac{1}{h^2} \mathrm{tridiag}(1, -2, 1)\, x + e_i u, \quad y = e_j^T x, \quad h = 1/(n+1),

    second differences of ∂T/∂t = ∂²T/∂s² + u(t) on the unit rod 0 < s < 1 with T = 0 at both ends.

    Parameters
    ----------
    n : int
        Number of interior nodes, and of states.
    input_node, output_node : int, optional
        The nodes i and j, counted from 1; round(n/3) and round(2n/3) when left out (10 and 20 for n = 30).
    sparse : bool
        Store A sparse.

    Returns
    -------
    LinearSystem
        Continuous; symmetric, with poles −(4/h²) sin²(kπh/2), k = 1, …, n. Time is in units of ℓ²/κ for a rod of
        length ℓ and diffusivity κ.

    Raises
    ------
    InvalidArgumentError
        When `n` is not a positive integer or a node lies outside 1, …, n.

    References
    ----------
    .. [1] Y. Chahlaoui, P. Van Dooren, "A collection of benchmark examples for model reduction of linear time
       invariant dynamical systems", SLICOT Working Note 2002-2 (the heat equation, there with κ = 0.01).

    See Also
    --------
    dlnbalance.examples.get : return the example called `name`.

    Examples
    --------
    >>> rod = heat_rod()
    >>> rod.inputs, rod.outputs, round(float(rod.poles().real.max()), 6)
    (('heat at node 10',), ('temperature at node 20',), -9.86116)
    """
    n = whole_number("n", n, 1)
    nodes = []
    for argument, node, default in [
        ("input_node", input_node, max(1, round(n / 3))),
        ("output_node", output_node, max(1, round(2 * n / 3))),
    ]:
        nodes.append(default if node is None else whole_number(argument, node, 1, n))
    A = _second_difference(n)
    B, C = np.zeros((n, 1)), np.zeros((1, n))
    B[nodes[0] - 1, 0] = C[0, nodes[1] - 1] = 1.0
    return LinearSystem(
        A if flag("sparse", sparse) else A.toarray(),
        B,
        C,
        inputs=[f"heat at node {nodes[0]}"],
        outputs=[f"temperature at node {nodes[1]}"],
        states=[f"T[{k}]" for k in range(1, n + 1)],
        name="heat-rod",
    )


def convection_diffusion(n0: int = 20, convection: tuple[float, float] = (10.0, 100.0)) -> LinearSystem:
    r"""Convection and diffusion on the unit square, heated in one strip and measured in another.

    .. math:: \frac{∂T}{∂t} = ΔT - c_1 x \frac{∂T}{∂x} - c_2 y \frac{∂T}{∂y} + 1_{0.1 < x ≤ 0.3}\, u(t)

    on 0 < x, y < 1 with T = 0 on the boundary, by central differences on a grid of n0 × n0 interior nodes with
    spacing h = 1/(n0 + 1). The output is the average of T over the nodes with 0.7 < x ≤ 0.9.

    Parameters
    ----------
    n0 : int
        Nodes in each direction, at least 3 (fewer leave a strip empty); the system has n0² states.
    convection : (float, float)
        c_1 and c_2, the rates at which the velocity (c_1 x, c_2 y) grows.

    Returns
    -------
    LinearSystem
        Sparse, continuous, not symmetric. State i + n0·j (counted from 0) is T at x = (i+1)h, y = (j+1)h. Time is
        in units of ℓ²/κ.

    Raises
    ------
    InvalidArgumentError
        When `n0` is too small, or `convection` is not a pair of finite numbers.

    Notes
    -----
    A = I ⊗ A_x + A_y ⊗ I, so that the poles are the sums of those of two tridiagonal matrices. The differences
    oscillate where max(c_1, c_2) h > 2, which the default size does: the model is a benchmark for solvers.

    References
    ----------
    .. [1] T. Penzl, "LYAPACK: a MATLAB toolbox for large Lyapunov and Riccati equations, model reduction
       problems, and linear-quadratic optimal control problems. Users' guide", SFB393/00-33, TU Chemnitz, 2000
       (``fdm_2d_matrix`` with fx = 10x, fy = 100y, whose output sums where this one averages).

    See Also
    --------
    dlnbalance.examples.get : return the example called `name`.
    dlnbalance.LowRank : Gramians of a large sparse system, by thin factors of stated residual.

    Examples
    --------
    >>> convection_diffusion(10)
    LinearSystem 'convection-diffusion': 100 states, 1 input, 1 output, continuous (dt = 0), sparse real
      inputs:  heat
      outputs: mean temperature
    """
    n0 = whole_number("n0", n0, 3)
    expected, remedy = "two finite real numbers", "pass (c_1, c_2), (0, 0) for pure diffusion"
    rates = real_vector("convection", convection, expected, remedy=remedy)
    if rates.size != 2:
        raise InvalidArgumentError("convection", expected, shown(convection), remedy)
    nodes = np.arange(1, n0 + 1)
    across, along = (_second_difference(n0) - _transport(n0, float(rate)) for rate in rates)
    A = sp.kron(sp.eye_array(n0), across) + sp.kron(along, sp.eye_array(n0))
    # Whole numbers decide which nodes a strip holds: 3 · 0.1 > 0.3 in floating point.
    heated = (10 * nodes > n0 + 1) & (10 * nodes <= 3 * (n0 + 1))
    measured = (10 * nodes > 7 * (n0 + 1)) & (10 * nodes <= 9 * (n0 + 1))
    B, C = (np.tile(strip.astype(float), n0) for strip in (heated, measured))
    return LinearSystem(A, B, C / C.sum(), inputs=["heat"], outputs=["mean temperature"], name="convection-diffusion")


def _second_difference(n: int) -> Any:
    """Second differences tridiag(1, −2, 1)/h² on n interior nodes of the unit interval, h = 1/(n + 1)."""
    neighbours = sp.eye_array(n, k=-1) + sp.eye_array(n, k=1)
    return (n + 1.0) ** 2 * (neighbours - 2 * sp.eye_array(n))


def _transport(n: int, rate: float) -> Any:
    """Central differences of T ↦ `rate` · s dT/ds at n interior nodes s = h, 2h, … of the unit interval."""
    steps = rate / 2 * np.arange(1.0, n + 1)  # rate · s / 2h
    return sp.diags_array(steps) @ (sp.eye_array(n, k=1) - sp.eye_array(n, k=-1))
