"""What the benchmarks share: repetitions in turn, time and peak memory of a call, and on what machine it was.

Medians of wall time (`alternating`) need a machine of one's own. The least of several times (`fastest`), of the
processor and on the clock, bears some work beside it; the processor's is that of all threads together.
"""

import os
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

_PAUSE = 0.25  # seconds; OpenBLAS threads spin for about 0.1 s after their work
_SHORT = 0.1  # seconds
_WORTH_ANOTHER = 3.0  # seconds of a first call, much of which may be loading, that a second one is tried after


def alternating(runs: Mapping[str, Callable[[], Any]], repetitions: int = 5) -> dict[str, float]:
    """Median seconds of every run; all are repeated in turn, after two rounds that do not count.

    Before each there is a pause: every library brings its own BLAS, whose idle threads keep a core busy for a while.
    Short runs are timed several together, since the first one after a pause finds everything cold.
    """
    for run in runs.values():  # loads what is loaded on first use
        run()
    together = {name: min(max(int(_SHORT / _seconds(run)), 1), 20) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repetitions):
        for name, run in runs.items():
            time.sleep(_PAUSE)
            seconds[name].append(_seconds(run, together[name]))
    return {name: float(np.median(values)) for name, values in seconds.items()}


def _seconds(run: Callable[[], Any], count: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count


class Measured(NamedTuple):
    """What one call returned, its seconds, and the bytes of resident memory that it needed at its peak (or None)."""

    result: Any
    seconds: float
    peak: float | None

    @property
    def mebibytes(self) -> str:
        """Peak memory, to read."""
        return "–" if self.peak is None else f"{self.peak / 2**20:.1f}"


def measured(run: Callable[[], Any]) -> Measured:
    """Call once; the peak is that beyond the memory at the start, as far as the system tells."""
    try:
        before = _status("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again from here
    except OSError:
        before = None
    start = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - start
    return Measured(result, seconds, None if before is None else _status("VmHWM") - before)


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * float(next(line for line in lines if line.startswith(field)).split()[1])


class Times(NamedTuple):
    """Least seconds of the processor (of all threads) and on the clock; or the reason why there is no result."""

    cpu: float
    wall: float
    failed: str = ""


def fastest(runs: Mapping[str, Callable[[], Any]], budget: float, rounds: int = 7) -> dict[str, Times]:
    """Least times of every run: in turn, at most so many rounds, and for about `budget` seconds each.

    The first call, which loads what is loaded on first use, counts only where there is no time for another. What fails
    is not tried again.
    """
    best = {name: _first(run) for name, run in runs.items()}
    going = {name: run for name, run in runs.items() if not best[name].failed}
    together = {name: min(max(int(_SHORT / 5 / max(best[name].wall, 1e-6)), 1), 1000) for name in going}
    for k in range(rounds):
        for name, run in going.items():
            times = best[name]
            if times.wall * together[name] * (k + 1) <= max(budget, _WORTH_ANOTHER if k == 0 else 0):
                again = timed(run, together[name])
                best[name] = again if k == 0 else Times(min(times.cpu, again.cpu), min(times.wall, again.wall))
    return best


def _first(run: Callable[[], Any]) -> Times:
    try:
        return timed(run)
    except Exception as error:  # noqa: BLE001 - whatever a library raises, the others go on
        return Times(np.nan, np.nan, f"{type(error).__name__}: {error}".splitlines()[0])


def timed(run: Callable[[], Any], count: int = 1) -> Times:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        run()
    return Times((time.process_time() - cpu) / count, (time.perf_counter() - wall) / count)


def blas_threads(number: int) -> AbstractContextManager[Any]:
    """Give every BLAS of the process, SLICOT's among them, so many threads."""
    for name in ("scipy.linalg", "slycot", "pymor"):
        try:
            import_module(name)
        except ImportError:
            continue
    return threadpool_limits(number, user_api="blas")


def machine(*packages: str) -> dict[str, Any]:
    """What a table has to say about where its figures come from, for programs."""
    from importlib import metadata

    installed = {}
    for name in ("dlnbalance", "numpy", "scipy", *packages):
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed[name] = None
    blas = sorted({f"{pool['internal_api']} {pool['version']}" for pool in threadpool_info()})
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": load,
        "system": platform.system(),
        "python": platform.python_version(),
        "blas": blas,
        "versions": installed,
        "date": time.strftime("%Y-%m-%d"),
    }


def machine_in_words(facts: Mapping[str, Any]) -> str:
    """The same, to read."""
    installed = ", ".join(f"{name} {number}" for name, number in facts["versions"].items() if number)
    missing = ", ".join(name for name, number in facts["versions"].items() if not number)
    load = "" if facts["load"] is None else f", load {facts['load']:.1f} at the start"
    words = f"{facts['cores']} cores of {facts['processor']}{load}; Python {facts['python']}, {installed}"
    return f"{words} ({', '.join(facts['blas'])})" + (f"; not installed: {missing}" if missing else "")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    found = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = found.get("model name", platform.machine())
    return f"{name} (family {found['cpu family']}, model {found['model']})" if "cpu family" in found else name
