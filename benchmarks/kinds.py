"""The time of every kind of Gramians beside Lyapunov(), and of the Riccati kinds beside pyMOR and SLICOT.

    python benchmarks/kinds.py                        # n = 50, 200, 400, continuous and discrete, a few minutes
    python benchmarks/kinds.py --sizes 200 --kinds lqg coprime

prints one table: seconds from the matrices to the singular values, medians of alternating repetitions in one process,
BLAS limited to one thread (--threads), and the ratio to Lyapunov(). The systems are stable and random, with two inputs
and outputs, D = I/2 and an H∞ norm of at most 3/4; a kind that needs settings takes those that `settings` lists. Kinds
that refuse a system are listed with their reason.
"""

import argparse
import importlib.util

import numpy as np
import scipy.linalg as la
from measuring import alternating
from rich.console import Console
from rich.table import Table

import dlnbalance as dln
from dlnbalance.gramians.kinds import kinds

SIZES = (50, 200, 400)
BASE = "lyapunov"
console = Console(width=140)


def filters(system):
    """A low-pass weight for every input."""
    m, dt = system.ninputs, system.dt
    A, gain = (0.5, 0.5) if dt else (-1.0, 1.0)
    return dln.LinearSystem(A * np.eye(m), gain * np.eye(m), np.eye(m), dt=dt)


def settings(system):
    """Settings of the kinds that need some, or that do more with some, by name."""
    return {
        "bounded-real": {"gamma": 1.0},
        "frequency-limited": {"bands": [(0.1, 1.0)]},
        "h-infinity": {"gamma": 10.0},
        "empirical": {"times": 10.0},
        "shifted": {"alpha": 0.01},
        "time-limited": {"horizon": 10.0},
        "weighted": {"input": filters(system)},
    }


#: Kinds of other models, and those that stand for other kinds.
LEFT_OUT = {"auto", "second-order"}


def random_system(n, *, discrete, seed=0):
    """A stable system with full matrices, of H∞ norm 1/4 but for its direct term, which makes it passive."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n)) / np.sqrt(n)
    A = 0.9 * A / np.abs(la.eigvals(A)).max() if discrete else A - (la.eigvals(A).real.max() + 0.1) * np.eye(n)
    B, C = rng.standard_normal((n, 2)), rng.standard_normal((2, n))
    system = dln.LinearSystem(A, B, C, dt=float(discrete))
    size = np.sqrt(0.25 / float(dln.hinf_norm(system)))
    return dln.LinearSystem(A, size * B, size * C, np.eye(2) / 2, dt=float(discrete))


def of_kind(kind, system):
    """The work of one kind: from the matrices, so that nothing is there already, to the singular values."""
    strategy = kind(**settings(system).get(kind.name, {}))
    return lambda: strategy(dln.LinearSystem(*system.to_tuple()[:4], dt=system.dt)).singular_values


def with_slycot(system):
    """Both Riccati equations by SLICOT's SB02OD, and the eigenvalues of XY."""
    import slycot

    A, B, C, D, _ = system.to_tuple()
    (n, m), p, time = B.shape, C.shape[0], "D" if system.is_discrete else "C"

    def run():
        X = slycot.sb02od(n, m, A, B, C.T @ C, np.eye(m) + D.T @ D, time, L=C.T @ D)[0]
        Y = slycot.sb02od(n, p, A.T, C.T, B @ B.T, np.eye(p) + D @ D.T, time, L=B @ D.T)[0]
        return np.sqrt(np.abs(la.eigvals(X @ Y)))

    return run


def with_pymor(system):
    """LQG balancing of pyMOR, which leaves D out; continuous time."""
    from pymor.core.logger import set_log_levels
    from pymor.models.iosys import LTIModel
    from pymor.reductors.bt import LQGBTReductor

    set_log_levels({"pymor": "ERROR"})
    A, B, C = system.to_tuple()[:3]
    return lambda: LQGBTReductor(LTIModel.from_matrices(A, B, C)).reduce(10)


def others(system):
    """Runs of other libraries, as far as they are installed and take the system."""
    found = {}
    if importlib.util.find_spec("slycot"):
        found["slycot.sb02od, twice"] = with_slycot(system)
    if importlib.util.find_spec("pymor") and not system.is_discrete:
        found["pymor LQGBTReductor"] = with_pymor(system)
    return found


def runs(system, wanted):
    """What is measured, and why the rest is not."""
    work, refused = {}, {}
    for name, kind in kinds().items():
        if name in LEFT_OUT or (wanted and name not in {*wanted, BASE}):
            continue
        try:
            run = of_kind(kind, system)
            run()
        except (dln.DlnBalanceError, TypeError) as error:
            refused[name] = str(error)
        else:
            work[name] = run
    return work | others(system), refused


def limited(threads):
    """Limit the threads of every BLAS in the process, if threadpoolctl is there to do so."""
    if importlib.util.find_spec("threadpoolctl") is None:
        console.print("threadpoolctl is not installed: BLAS runs with as many threads as it likes")
        return
    import threadpoolctl

    threadpoolctl.threadpool_limits(threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--kinds", nargs="+", default=())
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    limited(options.threads)
    title = f"Singular values of every kind of Gramians, {options.threads} BLAS threads"
    table = Table(title=title, title_justify="left")
    for column in ("time", "n", "kind", "median", "/ lyapunov"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    remarks = []
    for discrete in (False, True):
        for n in options.sizes:
            system = random_system(n, discrete=discrete)
            work, refused = runs(system, options.kinds)
            time = "discrete" if discrete else "continuous"
            remarks += [f"{time}, n = {n}, {name}: {reason}" for name, reason in refused.items()]
            seconds = alternating(work, options.repetitions)
            for name, value in seconds.items():
                shown = f"{1e3 * value:.1f} ms" if value < 1 else f"{value:.2f} s"
                table.add_row(time, f"{n}", name, shown, f"{value / seconds[BASE]:.1f}")
            table.add_section()
    console.print(table)
    for remark in remarks:
        console.print(remark)


if __name__ == "__main__":
    main()
