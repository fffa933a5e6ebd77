"""What other libraries, and a few lines of NumPy, do of the same: called as directly as they can be.

Every function takes `models.Matrices`. SLICOT's AB09AD and its kin run without equilibration; AB13DD with
the tolerance 1e-9, which is what is certified here. Routines without E start with the solution for E⁻¹A and E⁻¹B.
"""

import importlib.util
from importlib import metadata

import numpy as np
from batches import plain_numpy

#: What peers need, by the name that tables call them by.
LIBRARIES = {"SLICOT": "slycot", "control": "control", "pyMOR": "pymor"}


def version(package):
    """The version of an installed package; None without it."""
    return metadata.version(package) if importlib.util.find_spec(package) else None


def available(peers):
    """Those whose library, the first word of the name, is installed."""
    return {name: run for name, run in peers.items() if _is_installed(name)}


def _is_installed(name):
    package = LIBRARIES.get(name.split()[0])
    return package is None or importlib.util.find_spec(package) is not None


def _sizes(matrices):
    return matrices.n, matrices.B.shape[1], matrices.C.shape[0]


def _kind(matrices):
    return "D" if matrices.dt else "C"


def ab09ad(matrices, order):
    """Balanced truncation by SLICOT: the reduced matrices and all Hankel singular values."""
    import slycot

    explicit = matrices.explicit()
    _, *reduced, hsv = slycot.ab09ad(_kind(matrices), "B", "N", *_sizes(matrices), *explicit[:3], nr=order)
    return reduced, hsv


def ab09md(matrices, order):
    """Balanced truncation of the stable part by SLICOT."""
    import slycot

    return slycot.ab09md(_kind(matrices), "B", "N", *_sizes(matrices), *matrices[:3], nr=order)


def ab13dd(matrices):
    """H∞ norm by SLICOT."""
    import slycot

    E = np.eye(matrices.n) if matrices.E is None else matrices.E
    return slycot.ab13dd(
        _kind(matrices),
        "I" if matrices.E is None else "G",
        "S",
        "Z" if matrices.D is None else "D",
        *_sizes(matrices),
        matrices.A,
        E,
        matrices.B,
        matrices.C,
        matrices.feedthrough,
        tol=1e-9,
    )[0]


def ab13bd(matrices):
    """H2 norm by SLICOT."""
    import slycot

    explicit = matrices.explicit()
    return slycot.ab13bd(_kind(matrices), "H", *_sizes(matrices), *explicit[:3], matrices.feedthrough)


def sb03od(matrices):
    """Both Gramian factors by SLICOT, from one Schur form."""
    import slycot

    explicit = matrices.explicit()
    n, m, p = _sizes(matrices)
    A, Q = np.array(explicit.A, order="F"), np.zeros((n, n), order="F")
    last = slycot.sb03od(n, p, A, Q, _room(explicit.C, n), _kind(matrices))  # A and Q become the Schur form
    wide = _room(explicit.B.T, n).T
    return last, slycot.sb03od(n, m, A, Q, wide, _kind(matrices), fact="F", trans="T")


def _room(rows, n):
    """Rows with room for the factor below them."""
    room = np.zeros((n, n), order="F")
    room[: rows.shape[0]] = rows
    return room


def tb01pd(matrices):
    """Minimal realization by SLICOT."""
    import slycot

    n, m, p = _sizes(matrices)
    B, C = np.zeros((n, max(m, p))), np.zeros((max(m, p), n))
    B[:, :m], C[:p] = matrices.B, matrices.C
    return slycot.tb01pd(n, m, p, matrices.A, B, C)


def control_model(matrices):
    """A control.StateSpace."""
    import control

    explicit = matrices.explicit()
    return control.ss(*explicit[:3], matrices.feedthrough, matrices.dt)


def control_reduction(matrices, order, method="truncate"):
    """Balanced truncation by python-control, which calls AB09AD or AB09MD; or residualization, "matchdc", by AB09ND.

    Of SLICOT's own AB09BD the wrapper in slycot 0.7 writes beyond its arrays.
    """
    import control

    reduced = control.balanced_reduction(control_model(matrices), order, method)
    return (reduced.A, reduced.B, reduced.C, reduced.D), None


def control_h2(matrices):
    """H2 norm by python-control."""
    import control

    return control.norm(control_model(matrices), 2)


def control_hankel(matrices):
    """Hankel singular values by python-control."""
    import control

    return control.hankel_singular_values(control_model(matrices))


def control_response(matrices, omega):
    """Frequency response by python-control."""
    import control

    return control.frequency_response(control_model(matrices), omega)


def pymor_reduction(matrices, order):
    """Balanced truncation by pyMOR."""
    from pymor.core.logger import set_log_levels
    from pymor.models.iosys import LTIModel
    from pymor.reductors.bt import BTReductor

    set_log_levels({"pymor": "ERROR"})
    sampling = 1 if matrices.dt is True else matrices.dt
    model = LTIModel.from_matrices(matrices.A, matrices.B, matrices.C, E=matrices.E, sampling_time=sampling)
    return BTReductor(model).reduce(order, projection="sr").to_matrices()[:4], model.hsv()


def numpy_reduction(matrices, order):
    """The square-root method in a few lines of NumPy; nothing is checked, small values lose half of their digits."""
    explicit = matrices.explicit()
    *reduced, values = plain_numpy(*(M[None] for M in explicit[:3]), order, discrete=bool(matrices.dt))
    return [M[0] for M in reduced], values[0]


def numpy_response(matrices, omega):
    """The modal form in a few lines of NumPy; nothing is checked."""
    explicit = matrices.explicit()
    values, X = np.linalg.eig(explicit.A)
    b, c = np.linalg.solve(X, explicit.B), explicit.C @ X
    points = np.exp(1j * omega * float(matrices.dt)) if matrices.dt else 1j * omega
    return (c / (points[:, None] - values)[:, None, :]) @ b + matrices.feedthrough
