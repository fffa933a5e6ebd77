"""Beams and chains of masses: mechanical models, with damping that may be set to zero."""

from typing import Any, Literal

import numpy as np
import scipy.linalg as la

from ..linalg.arguments import one_of, real_number
from ..linalg.arrays import Array, whole_number
from ..systems.linear_system import LinearSystem

__all__ = ["clamped_beam", "mass_spring_damper"]

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

    See Also
    --------
    dlnbalance.examples.get : return the example called `name`.
    dlnbalance.structured.free_beam : Free–free Euler–Bernoulli beam, driven by a force at one end.

    Examples
    --------
    >>> beam = clamped_beam(10)
    >>> beam.nstates, round(beam.dcgain().item(), 9)
    (40, 0.333333333)
    """
    elements = whole_number("elements", elements, 1)
    length = constant("length", length)
    bending_stiffness = constant("bending_stiffness", bending_stiffness)
    mass_per_length = constant("mass_per_length", mass_per_length)
    mass_damping = constant("mass_damping", mass_damping, or_zero=True)
    stiffness_damping = constant("stiffness_damping", stiffness_damping, or_zero=True)
    one_of("output", output, ("displacement", "velocity"))
    M, K = (matrix[2:, 2:] for matrix in beam_matrices(elements, length / elements))
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

    See Also
    --------
    dlnbalance.examples.get : return the example called `name`.
    dlnbalance.structured.chain_of_masses : chain of equal masses, each joined to the next by a spring.

    Examples
    --------
    >>> chain = mass_spring_damper(2)
    >>> chain.states, round(chain.dcgain().item(), 12)  # three springs in series: 1/3
    (('q[1]', 'q[2]', 'v[1]', 'v[2]'), 0.333333333333)
    """
    masses = whole_number("masses", masses, 1)
    mass, stiffness = constant("mass", mass), constant("stiffness", stiffness)
    damping = constant("damping", damping, or_zero=True)
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


def constant(argument: str, value: Any, *, or_zero: bool = False) -> float:
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


def beam_matrices(elements: int, h: float) -> tuple[Array, Array]:
    """Mass and stiffness matrix (for ρA = EI = 1) of a free beam of Hermite cubic elements of size `h`.

    Examples
    --------
    >>> M, K = beam_matrices(2, 0.5)  # M measures the mass, and K no rigid motion
    >>> still = np.array([1.0, 0.0] * 3)
    >>> round(float(still @ M @ still), 12), float(abs(K @ still).max())
    (1.0, 0.0)
    """
    mass = [[156, 22 * h, 54, -13 * h], [22 * h, 4 * h**2, 13 * h, -3 * h**2]]
    mass += [[54, 13 * h, 156, -22 * h], [-13 * h, -3 * h**2, -22 * h, 4 * h**2]]
    stiffness = [[12, 6 * h, -12, 6 * h], [6 * h, 4 * h**2, -6 * h, 2 * h**2]]
    stiffness += [[-12, -6 * h, 12, -6 * h], [6 * h, 2 * h**2, -6 * h, 4 * h**2]]
    M, K = (np.zeros((2 * elements + 2, 2 * elements + 2)) for _ in range(2))
    for k in range(elements):
        dofs = slice(2 * k, 2 * k + 4)
        M[dofs, dofs] += h / 420 * np.array(mass)
        K[dofs, dofs] += np.array(stiffness) / h**3
    return M, K
