"""What the benchmarks share: alternating repetitions, and the peak memory of a call."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_PAUSE = 0.25  # seconds; OpenBLAS threads spin for about 0.1 s after their work
_SHORT = 0.1  # seconds


def alternating(runs: Mapping[str, Callable[[], Any]], repetitions: int = 5) -> dict[str, float]:
    """Median seconds of every run; all are repeated in turn, after one round that does not count.

    Before each there is a pause: every library brings its own BLAS, whose idle threads keep a core busy for a while.
    Short runs are timed several together, since the first one after a pause finds everything cold.
    """
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


def peak_memory(run: Callable[[], Any]) -> float | None:
    """Bytes of resident memory that `run` needs at its peak beyond those at its start; None where unknown."""
    try:
        before = _status("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again from here
    except OSError:
        return None
    result = run()
    peak = _status("VmHWM")
    del result
    return peak - before


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * float(next(line for line in lines if line.startswith(field)).split()[1])
