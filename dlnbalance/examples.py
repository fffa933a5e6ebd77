r"""Model problems by formula: beams, rods, chains, the usual benchmarks, and random stable systems.

Every generator returns a :class:`~dlnbalance.systems.linear_system.LinearSystem` with named signals. :func:`get` makes
them by name with their default sizes:

>>> from dlnbalance import examples
>>> for name in examples.names():
...     print(f"{name}: {examples.describe(name)}")
beam: Clamped Euler–Bernoulli beam, driven by a force at its tip.
heat-rod: Heat conduction in a rod with cooled ends, heated at one node and measured at another.
fom: Penzl's "FOM": three resonances and a long line of real poles.
convection-diffusion: Convection and diffusion on the unit square, heated in one strip and measured in another.
mass-spring-damper: Chain of masses, each joined to the next by a spring and a damper.
random: Random asymptotically stable system, continuous or discrete, real or complex.

All of them are asymptotically stable, apart from the mechanical ones when their damping is set to zero.
"""

import inspect
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from .errors import InvalidArgumentError
from .linalg.arguments import flag, one_of, real_number, shown
from .linalg.arrays import Array, as_generator, real_vector, whole_number
from .systems.linear_system import LinearSystem
from .systems.signals import checked_time_base

__all__ = [
    "clamped_beam",
    "convection_diffusion",
    "describe",
    "get",
    "heat_rod",
    "mass_spring_damper",
    "names",
    "penzl_fom",
    "random_stable",
]


_RANGE = 1e-30, 1e30  # of the constants of a mechanical model, whose products stay within the range of numbers


def clamped_beam(
    elements: int = 20,
    *,
    length: float = 1.0,
    bending_stiffness: float = 1.0,
    mass_per_length: float = 1.0,
    mass_damping: float = 0.1,
    stiffness_damping: float = 1e-4,
    output: Literal["displacement", "velocity"] = "displacement",
) -> LinearSystem:
    r"""Clamped Euler–Bernoulli beam, driven by a force at its tip.

    .. math:: ρA\, \ddot w + EI\, w'''' = δ(s - ℓ)\, u, \quad w(0) = w'(0) = 0, \quad w''(ℓ) = w'''(ℓ) = 0,

    by Hermite cubic elements of equal length, :math:`M \ddot v + (αM + βK) \dot v + K v = e\, u`, where v holds
    the deflection and the slope at every node but the clamped one, and e picks the deflection of the tip.

    Parameters
    ----------
    elements : int
        Number of finite elements; the system has n = 4 · `elements` states.
    length : float
        ℓ, in metres (or any consistent unit).
    bending_stiffness : float
        EI, in N m².
    mass_per_length : float
        ρA, in kg/m.
    mass_damping, stiffness_damping : float
        Rayleigh's coefficients α (1/s) and β (s): the damping ratio of the mode of frequency ω is α/(2ω) + βω/2.
    output : "displacement" or "velocity"
        What is measured at the tip: the deflection (m) or its rate (m/s).

    Returns
    -------
    LinearSystem
        Dense, continuous. The states are x = (R*q, q') in the coordinates q = L*v, M = LL*, in which the mass
        matrix is the identity and the stiffness matrix is L⁻¹KL⁻* = RR*, so that ½‖x‖² is the energy:

        .. math:: A = \begin{pmatrix} 0 & R^* \\ -R & -αI - βRR^* \end{pmatrix}.

    Raises
    ------
    InvalidArgumentError
        For a number that is out of range, or an unknown `output`.

    Notes
    -----
    Natural frequencies converge from above, like the fourth power of the element size, to (β_i ℓ)² (EI/ρAℓ⁴)^½ with
    β_i ℓ = 1.875104, 4.694091, 7.854757, …; the static deflection ℓ³/(3EI) is met exactly. Cost O(n³), by Cholesky
    factorizations.

    References
    ----------
    .. [1] J. S. Archer, "Consistent mass matrix for distributed mass systems", J. Struct. Div. ASCE 89, 1963
       (the element matrices).
    .. [2] Y. Chahlaoui, P. Van Dooren, "A collection of benchmark examples for model reduction of linear time
       invariant dynamical systems", SLICOT Working Note 2002-2 (the model problem).

    Examples
    --------
    >>> beam = clamped_beam(10)
    >>> beam.nstates, round(beam.dcgain().item(), 9)
    (40, 0.333333333)
    """
    elements = whole_number("elements", elements, 1)
    length = _constant("length", length)
    bending_stiffness = _constant("bending_stiffness", bending_stiffness)
    mass_per_length = _constant("mass_per_length", mass_per_length)
    mass_damping = _constant("mass_damping", mass_damping, or_zero=True)
    stiffness_damping = _constant("stiffness_damping", stiffness_damping, or_zero=True)
    one_of("output", output, ("displacement", "velocity"))
    M, K = _beam_matrices(elements, length / elements)
    factor = la.cholesky(mass_per_length * M, lower=True)
    half = la.solve_triangular(factor, bending_stiffness * K, lower=True)
    stiffness = la.solve_triangular(factor, half.T, lower=True)
    root = la.cholesky((stiffness + stiffness.T) / 2, lower=True)
    tip = np.zeros((2 * elements, 1))
    tip[-2] = 1.0
    force = la.solve_triangular(factor, tip, lower=True)
    deflection = la.solve_triangular(root, force, lower=True).T
    zero, unit = np.zeros((2 * elements, 2 * elements)), np.eye(2 * elements)
    still = np.zeros((1, 2 * elements))
    return LinearSystem(
        np.block([[zero, root.T], [-root, -mass_damping * unit - stiffness_damping * root @ root.T]]),
        np.vstack([still.T, force]),
        np.hstack([still, force.T] if output == "velocity" else [deflection, still]),
        inputs=["tip force"],
        outputs=[f"tip {output}"],
        name="beam",
    )


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


def penzl_fom(real_poles: int = 1000) -> LinearSystem:
    r"""Penzl's "FOM": three resonances and a long line of real poles.

    .. math::
        A = \mathrm{diag}(A_{100}, A_{200}, A_{400}, -1, -2, …, -N), \quad
        A_ω = \begin{pmatrix} -1 & ω \\ -ω & -1 \end{pmatrix}, \quad
        B = C^T = (10, 10, 10, 10, 10, 10, 1, …, 1)^T.

    Parameters
    ----------
    real_poles : int
        N; the system has N + 6 states.

    Returns
    -------
    LinearSystem
        Sparse, continuous, dimensionless. Its gain peaks near ω = 100, 200 and 400.

    Raises
    ------
    InvalidArgumentError
        When `real_poles` is not a positive integer.

    References
    ----------
    .. [1] T. Penzl, "Algorithms for model reduction of large dynamical systems", Linear Algebra Appl. 415, 2006,
       pp. 322–343, Example 3.

    Examples
    --------
    >>> fom = penzl_fom()
    >>> fom.nstates, round(abs(fom(100j).item()), 2)
    (1006, 102.33)
    """
    real_poles = whole_number("real_poles", real_poles, 1)
    resonances = [np.array([[-1.0, omega], [-omega, -1.0]]) for omega in (100.0, 200.0, 400.0)]
    A = sp.block_diag([*resonances, sp.diags_array(-np.arange(1.0, real_poles + 1))], format="csc")
    B = np.concatenate([np.full(6, 10.0), np.ones(real_poles)])
    return LinearSystem(A, B, B, inputs=["u"], outputs=["y"], name="fom")


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


def mass_spring_damper(
    masses: int = 20,
    *,
    mass: float = 1.0,
    stiffness: float = 1.0,
    damping: float = 0.1,
    fixed: Literal["both", "first"] = "both",
) -> LinearSystem:
    r"""Chain of masses, each joined to the next by a spring and a damper.

    .. math:: m\, \ddot q + c\, T \dot q + k\, T q = e_1 u, \quad y = q_N, \quad T = \mathrm{tridiag}(-1, 2, -1),

    the force acting on the first mass and the position of the last one measured. With ``fixed="first"`` the last
    mass has no wall behind it, and the last entry of T is 1.

    Parameters
    ----------
    masses : int
        N; the system has 2N states.
    mass : float
        m, in kg.
    stiffness : float
        k of every spring, in N/m.
    damping : float
        c of every damper, in N s/m; with 0 the poles lie on the imaginary axis.
    fixed : "both" or "first"
        Which ends of the chain are tied to a wall, by a spring and a damper of the same kind.

    Returns
    -------
    LinearSystem
        Dense, continuous, with the positions (m) and then the velocities (m/s) as states. The poles solve
        m s² + cμ s + kμ = 0 for the eigenvalues μ of T: 2 − 2 cos(jπ/(N+1)), or 2 − 2 cos((2j−1)π/(2N+1)) with
        one free end.

    Raises
    ------
    InvalidArgumentError
        For a number that is out of range, or an unknown `fixed`.

    References
    ----------
    .. [1] D. J. Inman, "Engineering Vibration", chapter 4 (systems of many degrees of freedom).

    Examples
    --------
    >>> chain = mass_spring_damper(2)
    >>> chain.states, round(chain.dcgain().item(), 12)  # three springs in series: 1/3
    (('q[1]', 'q[2]', 'v[1]', 'v[2]'), 0.333333333333)
    """
    masses = whole_number("masses", masses, 1)
    mass, stiffness = _constant("mass", mass), _constant("stiffness", stiffness)
    damping = _constant("damping", damping, or_zero=True)
    one_of("fixed", fixed, ("both", "first"))
    T = 2 * np.eye(masses) - np.eye(masses, k=1) - np.eye(masses, k=-1)
    if fixed == "first":
        T[-1, -1] = 1.0
    zero, unit = np.zeros((masses, masses)), np.eye(masses)
    return LinearSystem(
        np.block([[zero, unit], [-stiffness / mass * T, -damping / mass * T]]),
        np.vstack([zero[:, :1], unit[:, :1] / mass]),
        np.hstack([unit[-1:], zero[-1:]]),
        inputs=["force"],
        outputs=["position"],
        states=[f"{letter}[{k}]" for letter in "qv" for k in range(1, masses + 1)],
        name="mass-spring-damper",
    )


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


class _Example(NamedTuple):
    """A generator, and the arguments that it has no defaults for."""

    generator: Callable[..., LinearSystem]
    defaults: dict[str, Any]


_EXAMPLES = {
    "beam": _Example(clamped_beam, {}),
    "heat-rod": _Example(heat_rod, {}),
    "fom": _Example(penzl_fom, {}),
    "convection-diffusion": _Example(convection_diffusion, {}),
    "mass-spring-damper": _Example(mass_spring_damper, {}),
    "random": _Example(random_stable, {"n": 20, "inputs": 2, "outputs": 2, "rng": 0}),
}


def names() -> tuple[str, ...]:
    """Names of the examples, as :func:`get` takes them.

    Examples
    --------
    >>> names()
    ('beam', 'heat-rod', 'fom', 'convection-diffusion', 'mass-spring-damper', 'random')
    """
    return tuple(_EXAMPLES)


def get(name: str, **options: Any) -> LinearSystem:
    """Return the example called `name`.

    Parameters
    ----------
    name : str
        One of :func:`names`, in any case, with hyphens or underscores.
    **options
        Arguments of the generator, where they differ from its defaults. ("random" has 20 states, 2 inputs,
        2 outputs and ``rng=0``.)

    Raises
    ------
    InvalidArgumentError
        For an unknown name or option, or a value that the generator refuses.

    Examples
    --------
    >>> get("heat_rod", n=12).nstates
    12
    """
    example = _find(name)
    signature = inspect.signature(example.generator)
    unknown = [option for option in options if option not in signature.parameters]
    if unknown:
        raise InvalidArgumentError(
            "options",
            f"options of {name!r}: {', '.join(signature.parameters)}",
            ", ".join(unknown),
            "leave out the rest",
        )
    return example.generator(**{**example.defaults, **options})


def describe(name: str) -> str:
    """Return the one-line summary of the example called `name`.

    Raises
    ------
    InvalidArgumentError
        For an unknown name.

    Examples
    --------
    >>> describe("mass-spring-damper")
    'Chain of masses, each joined to the next by a spring and a damper.'
    """
    return (_find(name).generator.__doc__ or "").partition("\n")[0]


def _find(name: str) -> _Example:
    example = _EXAMPLES.get(name.lower().replace("_", "-")) if isinstance(name, str) else None
    if example is None:
        raise InvalidArgumentError(
            "name", f"one of {', '.join(_EXAMPLES)}", shown(name), "choose an example by its name"
        )
    return example


def _constant(argument: str, value: Any, *, or_zero: bool = False) -> float:
    """A constant of a mechanical model: positive (or zero, where that is allowed) and of a size that has a use."""
    low, high = _RANGE
    expected = f"a number from {low:g} to {high:g}" + (", or zero" if or_zero else "")
    return real_number(
        argument,
        value,
        expected,
        lambda number: low <= number <= high or (or_zero and number == 0),
        remedy="give it in consistent units, such as SI",
    )


def _beam_matrices(elements: int, h: float) -> tuple[Array, Array]:
    """Mass and stiffness matrix (for ρA = EI = 1) of Hermite cubic elements of size `h`, clamped at the first node."""
    mass = [[156, 22 * h, 54, -13 * h], [22 * h, 4 * h**2, 13 * h, -3 * h**2]]
    mass += [[54, 13 * h, 156, -22 * h], [-13 * h, -3 * h**2, -22 * h, 4 * h**2]]
    stiffness = [[12, 6 * h, -12, 6 * h], [6 * h, 4 * h**2, -6 * h, 2 * h**2]]
    stiffness += [[-12, -6 * h, 12, -6 * h], [6 * h, 2 * h**2, -6 * h, 4 * h**2]]
    M, K = (np.zeros((2 * elements + 2, 2 * elements + 2)) for _ in range(2))
    for k in range(elements):
        dofs = slice(2 * k, 2 * k + 4)
        M[dofs, dofs] += h / 420 * np.array(mass)
        K[dofs, dofs] += np.array(stiffness) / h**3
    return M[2:, 2:], K[2:, 2:]


def _second_difference(n: int) -> Any:
    """Second differences tridiag(1, −2, 1)/h² on n interior nodes of the unit interval, h = 1/(n + 1)."""
    neighbours = sp.eye_array(n, k=-1) + sp.eye_array(n, k=1)
    return (n + 1.0) ** 2 * (neighbours - 2 * sp.eye_array(n))


def _transport(n: int, rate: float) -> Any:
    """Central differences of T ↦ `rate` · s dT/ds at n interior nodes s = h, 2h, … of the unit interval."""
    steps = rate / 2 * np.arange(1.0, n + 1)  # rate · s / 2h
    return sp.diags_array(steps) @ (sp.eye_array(n, k=1) - sp.eye_array(n, k=-1))
