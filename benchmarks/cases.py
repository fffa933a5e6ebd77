"""What is measured: every computation, on models of several kinds and sizes, with the peers that do the same.

A computation is a function of the sizes that yields cases; `COMPUTATIONS` has them by name. Reduced models have a third
of the states, at most 20. Everything is computed anew in every call: a case makes its systems each time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import batches
import flows
import models
import norm_balancing
import numpy as np
import peers

import dlnbalance as dln

_NUMPY_LIMIT = 200  # states; beyond it Gramians by eigenvectors are no way to go
_PYMOR_LIMIT = 600  # states; beyond it pyMOR's dense solvers take minutes
_CONTROL_LIMIT = 1000
_POINTS = 1000  # of a frequency response


class Case(NamedTuple):
    """One computation on one model: how it goes here, and how with others."""

    computation: str
    model: str
    n: int
    here: Callable[[], Any]
    peers: Mapping[str, Callable[[], Any]] = MappingProxyType({})

    @property
    def runs(self) -> dict[str, Callable[[], Any]]:
        """All that are installed, this library first."""
        return {"here": self.here, **peers.available(self.peers)}


Computation = Callable[[Sequence[int]], Iterator[Case]]


def _order(n):
    return min(max(n // 3, 1), 20)


def _each(sizes, *names, largest=2000):
    for name in names:
        for n in sizes:
            if n <= largest:
                yield name, n, models.FAMILIES[name](n)


def reduction(sizes):
    for name, n, given in _each(sizes, *models.FAMILIES):
        order = _order(n)
        others = {
            "SLICOT AB09AD": lambda g=given, r=order: peers.ab09ad(g, r),
            "control balanced_reduction": lambda g=given, r=order: peers.control_reduction(g, r),
            "NumPy, plain": lambda g=given, r=order: peers.numpy_reduction(g, r),
            "pyMOR BTReductor": lambda g=given, r=order: peers.pymor_reduction(g, r),
        }
        limits = {"NumPy, plain": _NUMPY_LIMIT, "pyMOR BTReductor": _PYMOR_LIMIT}
        # python-control takes the stable part in continuous time first, of discrete systems, too.
        limits["control balanced_reduction"] = 0 if given.dt else _CONTROL_LIMIT
        others = {peer: run for peer, run in others.items() if n <= limits.get(peer, n)}
        yield Case("reduce", name, n, lambda g=given, r=order: dln.reduce(g.system(), r), others)


def variants(sizes):
    """Other requests than an order: what they add to a reduction."""
    for n in sizes:
        if n > 400:
            continue
        given, order = models.random(n), _order(n)

        def run(given=given, **request):
            return dln.reduce(given.system(), **request)

        others = {"SLICOT AB09AD": lambda g=given, r=order: peers.ab09ad(g, r)}
        residualized = {"control matchdc": lambda g=given, r=order: peers.control_reduction(g, r, "matchdc")}
        yield Case("reduce, rtol=1e-3", "random", n, lambda run=run: run(rtol=1e-3), others)
        yield Case(
            "reduce, residualize",
            "random",
            n,
            lambda run=run, r=order: run(order=r, method="residualize"),
            residualized,
        )
        shifted = given._replace(A=given.A + 0.2 * np.sqrt(n) * np.eye(n))  # the rightmost poles become unstable
        parts = dln.split(shifted.system())
        least = parts.antistable.nstates
        if 0 < least < n:
            kept = least + max((n - least) // 3, 1)
            yield Case(
                "reduce, unstable poles kept",
                "random",
                n,
                lambda g=shifted, r=kept: dln.reduce(g.system(), r),
                {"SLICOT AB09MD": lambda g=shifted, r=kept: peers.ab09md(g, r)},
            )
        yield Case("reduce, Coprime()", "random", n, lambda run=run, r=order: run(order=r, gramians=dln.Coprime()))


def errors(sizes):
    """A reduction with its measured error; what the error adds is the difference to the row of AB09AD."""
    for name, n, given in _each(sizes, "random", "random, discrete", "oscillators", largest=1000):
        order = _order(n)
        yield Case(
            "reduce and error()",
            name,
            n,
            lambda g=given, r=order: dln.reduce(g.system(), r).error(),
            {"here, reduce alone": lambda g=given, r=order: dln.reduce(g.system(), r)},
        )


def peaks(sizes):
    for name, _, given in _each(sizes, *models.FAMILIES, largest=400):
        yield _peak(name, given)


def stored_models(_sizes):
    """H∞ norms and reductions of the models of the SLICOT collection."""
    if models.folder() is None:
        return
    for name in models.FILES:
        given = models.stored(name)
        yield _peak(name, given)
        yield Case(
            "reduce",
            name,
            given.n,
            lambda g=given: dln.reduce(g.system(), 4),
            {"SLICOT AB09AD": lambda g=given: peers.ab09ad(g, 4)},
        )


def _peak(name, given):
    return Case(
        "hinf_norm",
        name,
        given.n,
        lambda: dln.hinf_norm(given.system()),
        {"SLICOT AB13DD": lambda: peers.ab13dd(given)},
    )


def factors(sizes):
    for name, n, given in _each(sizes, "random", "random, discrete", "oscillators"):
        yield Case(
            "Gramian factors",
            name,
            n,
            lambda g=given: dln.Lyapunov()(g.system()).weights,
            {"SLICOT SB03OD, twice": lambda g=given: peers.sb03od(g)},
        )


def values(sizes):
    """python-control has none in discrete time."""
    for name, n, given in _each(sizes, "random", "random, discrete", largest=_CONTROL_LIMIT):
        others = {} if given.dt else {"control hankel_singular_values": lambda g=given: peers.control_hankel(g)}
        others["SLICOT AB09AD"] = lambda g=given: peers.ab09ad(g, 1)
        yield Case("hankel_singular_values", name, n, lambda g=given: dln.hankel_singular_values(g.system()), others)


def h2(sizes):
    for name, n, given in _each(sizes, "random", "random, discrete", largest=_CONTROL_LIMIT):
        yield Case(
            "h2_norm",
            name,
            n,
            lambda g=given: dln.h2_norm(g.system()),
            {
                "control norm": lambda g=given: peers.control_h2(g),
                "SLICOT AB13BD": lambda g=given: peers.ab13bd(g),
            },
        )


def minimal(sizes):
    for n in sizes:
        if 10 <= n <= 400:
            given = models.hiding(n)
            yield Case(
                "minreal",
                "random, 2/5 hidden",
                n,
                lambda g=given: dln.minreal(g.system()),
                {"SLICOT TB01PD": lambda g=given: peers.tb01pd(g)},
            )


def responses(sizes):
    omega = np.geomspace(1e-2, 1e2, _POINTS)
    for name, n, given in _each(sizes, "random", "oscillators", largest=400):
        yield Case(
            f"frequency_response, {_POINTS:,} points",
            name,
            n,
            lambda g=given: dln.frequency_response(g.system(), omega),
            {
                "NumPy, modal": lambda g=given: peers.numpy_response(g, omega),
                "control frequency_response": lambda g=given: peers.control_response(g, omega),
            },
        )


def many(sizes, count=300):
    """So many systems of the same size."""
    for name, (make, dt) in batches.KINDS.items():
        for n in sizes:
            if n > 20 or n % 2:
                continue
            rng, order = np.random.default_rng(n), _order(n)
            A, B, C = make(rng, count, n), rng.standard_normal((count, n, 1)), rng.standard_normal((count, 1, n))
            systems = [dln.LinearSystem(*matrices, dt=dt) for matrices in zip(A, B, C, strict=True)]
            yield Case(
                f"reduce_many, {count} systems",
                name,
                n,
                lambda systems=systems, r=order: dln.reduce_many(systems, order=r),
                {
                    "NumPy, stacked": lambda A=A, B=B, C=C, r=order, dt=dt: batches.plain_numpy(
                        A, B, C, r, discrete=bool(dt)
                    )
                },
            )


def sparse(sizes):
    """Chains, modes and a steel rail, as large as the largest size."""
    n = max(min(max(sizes), 2000), 4)
    given = {f"chain, damping {damping:g}": models.chain(damping, n // 2) for damping in (0.1, 0.01)}
    given["modes, ζ = 0.005"] = models.modes(n)
    given["convection–diffusion"] = dln.examples.convection_diffusion(max(int(np.sqrt(5 * n)), 4))
    if models.folder() is not None and n >= 1000:
        given["rail_1357"] = dln.load(models.folder() / "rail_1357.mat")
    for name, system in given.items():
        matrices = (system.A, system.B, system.C, system.D, system.E, system.dt)

        def run(matrices=matrices, gramians=None):
            A, B, C, D, E, dt = matrices
            chosen = dln.Automatic() if gramians is None else gramians
            return dln.reduce(dln.LinearSystem(A, B, C, D, E=E, dt=dt), 8, gramians=chosen)

        dense = {"here, Lyapunov()": lambda run=run: run(gramians=dln.Lyapunov())} if system.nstates <= 2000 else {}
        yield Case("reduce, sparse", name, system.nstates, run, dense)


def regularizing(sizes):
    """The regularizing flow of eight layers to t = 10; n is the width."""
    for width in (2, 8, 16):
        if width <= max(sizes) // 100:
            network = flows.gaussian((width,) * 9, unit=True)
            yield Case(
                "flows.regularizing",
                "8 layers, t = 10",
                width,
                lambda network=network: dln.flows.regularizing(network, [10.0]),
            )


def least_norm(sizes):
    for n in sizes:
        if 10 <= n <= min(200, max(sizes) // 5):  # the longest computation of all
            system = norm_balancing.scaled_system(n)
            yield Case("balance_norm", "states scaled over 1e±6", n, lambda system=system: dln.balance_norm(system))


COMPUTATIONS: dict[str, Computation] = {
    "reduce": reduction,
    "variants": variants,
    "error": errors,
    "hinf_norm": peaks,
    "files": stored_models,
    "factors": factors,
    "hankel_singular_values": values,
    "h2_norm": h2,
    "minreal": minimal,
    "frequency_response": responses,
    "reduce_many": many,
    "sparse": sparse,
    "flows": regularizing,
    "balance_norm": least_norm,
}
