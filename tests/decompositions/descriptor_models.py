"""Descriptor systems with a known Weierstrass structure, and circuits and flows by formula."""

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.systems.linear_system import LinearSystem

from ..models import random_gauge, random_matrix


def weierstrass(rng, finite, blocks, *, complex_entries=False, discrete=False, hidden=False, inputs=2, outputs=3):
    """A descriptor system in random coordinates, its proper part, and its coefficients D_1, D_2, ….

    `blocks` are the sizes of its infinite Jordan blocks; where they are `hidden`, inputs reach the first state of each
    block only.
    """
    infinite = sum(blocks)
    n, options = finite + infinite, {"complex_entries": complex_entries}
    J = random_matrix(rng, finite, finite, **options) / max(np.sqrt(finite), 1) - 2 * np.eye(finite)
    J = J / 4 if discrete else J
    N = la.block_diag(*(np.eye(size, k=1) for size in blocks), np.zeros((0, 0)))
    B, C = random_matrix(rng, n, inputs, **options), random_matrix(rng, outputs, n, **options)
    D = random_matrix(rng, outputs, inputs)
    if hidden:
        starts = finite + np.cumsum([0, *blocks[:-1]])
        B[np.setdiff1d(np.arange(finite, n), starts)] = 0
    left, right = random_gauge(rng, n, **options), random_gauge(rng, n, **options)
    A, E = la.block_diag(J, np.eye(infinite)), la.block_diag(np.eye(finite), N)
    dt = 0.1 if discrete else 0
    system = LinearSystem(left @ A @ right, left @ B, C @ right, D, E=left @ E @ right, dt=dt, name="plant")
    powers = [np.linalg.matrix_power(N, k) for k in range(max(blocks, default=0))]
    constant, *polynomial = [-C[:, finite:] @ power @ B[finite:] for power in powers] or [0 * D]
    return system, LinearSystem(J, B[:finite], C[:, :finite], D + constant, dt=dt), polynomial


def rlc_ladder(sections, resistance=0.5, inductance=1e-3, capacitance=1e-6, conductance=1e-4, load=50.0):
    """Modified nodal analysis of a ladder: in each section a resistor, an inductor, and a capacitor to ground.

    The node between resistor and inductor has no capacitor, and its voltage is algebraic. The input is the voltage at
    the front; outputs are the voltage at the load, the current that flows in, and the first algebraic voltage.
    """
    n = 3 * sections
    A, E = sp.lil_array((n, n)), sp.lil_array((n, n))
    for k in range(sections):
        node, current, voltage = 3 * k, 3 * k + 1, 3 * k + 2
        A[node, node], A[node, current] = -1 / resistance, -1.0
        E[current, current], A[current, node], A[current, voltage] = inductance, 1.0, -1.0
        E[voltage, voltage], A[voltage, current], A[voltage, voltage] = capacitance, 1.0, -conductance
        if k:
            A[node, voltage - 3] = 1 / resistance
            A[voltage - 3, node] = 1 / resistance
            A[voltage - 3, voltage - 3] -= 1 / resistance
    A[n - 1, n - 1] -= 1 / load
    B, C = np.zeros((n, 1)), np.zeros((3, n))
    B[0] = 1 / resistance
    C[0, n - 1] = C[2, 0] = 1.0
    C[1, 0] = -1 / resistance
    names = [f"{kind}{k}" for k in range(sections) for kind in ("node", "current", "voltage")]
    D = [[0.0], [1 / resistance], [0.0]]
    return LinearSystem(sp.csc_array(A), B, C, D, E=sp.csc_array(E), states=names, name="ladder")


def ladder_gain(sections, s, resistance=0.5, inductance=1e-3, capacitance=1e-6, conductance=1e-4, load=50.0):
    """Outputs of the ladder for a unit voltage at its front, by the chain matrices of its sections."""
    load_voltage = voltage = first = 1.0  # at the load; voltage and current then are at the front of each section
    current = 1 / load
    for _ in range(sections):
        current = current + (conductance + s * capacitance) * voltage
        first = voltage + s * inductance * current
        voltage = first + resistance * current
        load_voltage, current, first, voltage = (x / voltage for x in (load_voltage, current, first, voltage))
    return np.array([[load_voltage], [current], [first]])


def saddle_point(rng, states, constraints, *, complex_entries=False, discrete=False, coupled=True, static=0):
    """A sparse system of index 2: a tridiagonal flow with a mass matrix, and random sparse constraints.

    Where it is `coupled`, inputs and outputs act on the constraints and multipliers, too, and it is improper. Further
    `static` variables have algebraic equations of their own.
    """
    options = {"complex_entries": complex_entries}
    line = sp.diags_array([1.0, -2.5, 1.2], offsets=[-1, 0, 1], shape=(states, states))
    mass = sp.diags_array([0.2, 1.0, 0.2], offsets=[-1, 0, 1], shape=(states, states))
    if complex_entries:
        line = sp.csc_array(line) + 0.3j * sp.eye_array(states, format="csc")
    if discrete:
        line, mass = mass + 0.2 * line, sp.csc_array(mass - 0.1 * line.real)
    places = np.arange(constraints) * (states // constraints)
    G = sp.lil_array((states, constraints), dtype=complex if complex_entries else float)
    G[places, np.arange(constraints)] = 1.0
    G[places + 1, np.arange(constraints)] = random_matrix(rng, 1, constraints, **options)[0]
    G = sp.csc_array(G)
    side = sp.csc_array((random_matrix(rng, 1, static)[0], (np.arange(static), np.arange(static))), (states, static))
    chain = sp.csc_array(np.eye(static, k=-1) - 3 * np.eye(static) + np.eye(static, k=1) / 2)
    A = sp.block_array([[line, G, side], [1.5 * G.conj().T, None, None], [-2 * side.T, None, chain]], format="csc")
    n = states + constraints + static
    E = sp.block_diag([mass, sp.csc_array((constraints + static, constraints + static))], format="csc")
    B, C = random_matrix(rng, n, 2, **options), random_matrix(rng, 2, n, **options)
    if not coupled:
        B[states : states + constraints], C[:, states : states + constraints] = 0, 0
    order = rng.permutation(n), rng.permutation(n)
    A, E = (sp.csc_array(M)[order[0]][:, order[1]] for M in (A, E))
    return LinearSystem(A, B[order[0]], C[:, order[1]], random_matrix(rng, 2, 2), E=E, dt=0.1 if discrete else 0)


def dense_copy(system):
    """The same system with dense matrices."""
    A, E = system.A.toarray(), system.E.toarray()
    return LinearSystem(A, system.B, system.C, system.D, E=E, dt=system.dt, states=system.states)
