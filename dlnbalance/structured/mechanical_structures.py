"""Second-order models by formula: a chain of masses, fixed or free, and a free beam."""

from typing import Literal

import numpy as np
import scipy.sparse as sp

from ..examples.mechanics import beam_matrices, constant
from ..linalg.arguments import flag, one_of
from ..linalg.arrays import whole_number
from .second_order import SecondOrderSystem

__all__ = ["chain_of_masses", "free_beam"]


def chain_of_masses(
    masses: int = 100,
    *,
    mass: float = 1.0,
    stiffness: float = 1.0,
    mass_damping: float = 0.01,
    stiffness_damping: float = 0.1,
    fixed: Literal["both", "none"] = "both",
    sparse: bool = True,
) -> SecondOrderSystem:
    r"""Chain of equal masses, each joined to the next by a spring.

    .. math:: m\, x'' + (α m I + β k T)\, x' + k T x = e_1 u, \quad y = x_1,

    with T = tridiag(−1, 2, −1). Without walls the corners of T are 1, and there is one rigid-body mode.

    Parameters
    ----------
    masses : int
        N ≥ 2.
    mass, stiffness : float
        m in kg, and k of every spring in N/m.
    mass_damping, stiffness_damping : float
        Rayleigh's α in 1/s and β in s.
    fixed : "both" or "none"
        Which ends are tied to walls, by a spring of the same kind.
    sparse : bool
        How the matrices are stored.

    Returns
    -------
    SecondOrderSystem
        Symmetric and collocated. Its undamped frequencies are 2 (k/m)^½ sin(jπ/(2N + 2)), j = 1, …, N, or without walls
        2 (k/m)^½ sin(jπ/(2N)), j = 0, …, N − 1.

    Raises
    ------
    InvalidArgumentError
        For a number that is out of range, or an unknown `fixed`.

    See Also
    --------
    dlnbalance.SecondOrderSystem : a second-order system, dense or sparse, real or complex, in continuous time.
    dlnbalance.structured.free_beam : Free–free Euler–Bernoulli beam, driven by a force at one end.

    Examples
    --------
    >>> chain = chain_of_masses(3)
    >>> chain.is_sparse, chain.is_symmetric, chain.collocated
    (True, True, 'position')
    >>> round(chain.dcgain().item(), 12)  # one spring beside three in series
    0.75
    """
    masses = whole_number("masses", masses, 2)
    mass, stiffness = constant("mass", mass), constant("stiffness", stiffness)
    mass_damping = constant("mass_damping", mass_damping, or_zero=True)
    stiffness_damping = constant("stiffness_damping", stiffness_damping, or_zero=True)
    one_of("fixed", fixed, ("both", "none"))
    flag("sparse", sparse)
    diagonal = np.full(masses, 2.0)
    if fixed == "none":
        diagonal[[0, -1]] = 1.0
    beside = np.full(masses - 1, -1.0)
    K = stiffness * sp.diags_array([beside, diagonal, beside], offsets=[-1, 0, 1], format="csc")
    M = mass * sp.eye_array(masses, format="csc")
    end = np.zeros((masses, 1))
    end[0] = 1.0
    return SecondOrderSystem.with_rayleigh_damping(
        M if sparse else M.toarray(),
        K if sparse else K.toarray(),
        mass_damping,
        stiffness_damping,
        end,
        end.T,
        inputs=["force"],
        outputs=["position"],
        name="chain of masses",
    )


def free_beam(
    elements: int = 20,
    *,
    length: float = 1.0,
    bending_stiffness: float = 1.0,
    mass_per_length: float = 1.0,
    mass_damping: float = 0.0,
    stiffness_damping: float = 1e-4,
) -> SecondOrderSystem:
    r"""Free–free Euler–Bernoulli beam, driven by a force at one end.

    .. math:: ρA\, \ddot w + EI\, w'''' = δ(s)\, u, \quad w'' = w''' = 0 \text{ at both ends},

    by Hermite cubic elements of equal length: positions are the deflection and the slope at every node.

    Parameters
    ----------
    elements : int
        Number of finite elements; the model has 2 · `elements` + 2 positions.
    length : float
        ℓ, in metres (or any consistent unit).
    bending_stiffness : float
        EI, in N m².
    mass_per_length : float
        ρA, in kg/m.
    mass_damping, stiffness_damping : float
        Rayleigh's α in 1/s and β in s; with α = 0 the rigid-body modes meet no damping.

    Returns
    -------
    SecondOrderSystem
        Dense, symmetric and collocated, with two rigid-body modes: translation and rotation.

    Raises
    ------
    InvalidArgumentError
        For a number that is out of range.

    Notes
    -----
    Natural frequencies converge from above to (β_i ℓ)² (EI/ρAℓ⁴)^½ with β_i ℓ = 4.730041, 7.853205, 10.995608, ….

    See Also
    --------
    dlnbalance.SecondOrderSystem : a second-order system, dense or sparse, real or complex, in continuous time.
    dlnbalance.structured.chain_of_masses : chain of equal masses, each joined to the next by a spring.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> beam = free_beam(8)
    >>> gramians = dln.gramians.SecondOrderGramians(rigid="keep")
    >>> small = dln.reduce(beam, 5, gramians=gramians)
    >>> small.order, small.balanced_order, float(small.error()) < 1e-2
    (5, 3, True)
    """
    elements = whole_number("elements", elements, 1)
    length = constant("length", length)
    bending_stiffness = constant("bending_stiffness", bending_stiffness)
    mass_per_length = constant("mass_per_length", mass_per_length)
    mass_damping = constant("mass_damping", mass_damping, or_zero=True)
    stiffness_damping = constant("stiffness_damping", stiffness_damping, or_zero=True)
    M, K = beam_matrices(elements, length / elements)
    end = np.zeros((len(M), 1))
    end[0] = 1.0
    return SecondOrderSystem.with_rayleigh_damping(
        mass_per_length * M,
        bending_stiffness * K,
        mass_damping,
        stiffness_damping,
        end,
        end.T,
        inputs=["force"],
        outputs=["deflection"],
        name="free beam",
    )
