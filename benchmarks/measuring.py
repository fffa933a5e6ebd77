"""What the benchmarks share: alternating repetitions, and the time and peak memory of a call."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

_PAUSE = 0.25  # seconds; OpenBLAS threads spin for about 0.1 s after their work
_SHORT = 0.1  # seconds


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
