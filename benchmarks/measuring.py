"""What the benchmarks share: alternating repetitions, and the peak memory of a call."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def alternating(runs: Mapping[str, Callable[[], Any]], repetitions: int = 5) -> dict[str, float]:
    """Median seconds of every run; all are repeated in turn, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repetitions + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values[1:])) for name, values in seconds.items()}


def peak_memory(run: Callable[[], Any]) -> float | None:
    """Bytes of resident memory that `run` needs at its peak beyond those at its start; None where it cannot be told."""
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
