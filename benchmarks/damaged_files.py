"""Damaged model files: refused, or read as what they were; never another error, a crash or a flood of memory.

    python benchmarks/damaged_files.py [mutations a file, default 1000]

prints what became of the mutations of each file. "another model" must be 0 for files that carry checksums. What kills
a reader kills this program, too; for comparison, SciPy's reader meets the same bytes in processes of their own.
"""

import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.io
import scipy.sparse as sp
from rich.console import Console
from rich.table import Table

import dlnbalance as dln

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.damage import mutations
from tests.files.models import assert_same

SEED = 20251101
MEMORY = 8 * 2**30  # bytes of address space: what is allocated beyond ends the program
_SCIPY = """
import sys, warnings, pathlib, scipy.io
warnings.simplefilter("ignore")
for path in sys.argv[1:]:
    print(path, flush=True)
    try:
        scipy.io.whosmat(path)
        scipy.io.loadmat(path, variable_names=["A", "B", "C", "D", "E", "dt", "inputs", "outputs", "states", "name"])
    except Exception:
        pass
print("end", flush=True)
"""


def systems():
    """A dense one with everything that a file can hold, and a sparse one."""
    rng = np.random.default_rng(SEED)
    full = dln.LinearSystem(
        rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4)),
        rng.standard_normal((4, 2)),
        rng.standard_normal((3, 4)),
        rng.standard_normal((3, 2)),
        E=np.eye(4) + rng.standard_normal((4, 4)) / 10,
        dt=0.5,
        inputs=["force", "Störung τ"],
        name="plant",
    )
    A = sp.csc_array(np.diag(rng.standard_normal(6)) + np.diag(rng.standard_normal(5), 1))
    return {"dense": full, "sparse": dln.LinearSystem(A, rng.standard_normal((6, 1)), rng.standard_normal((1, 6)))}


def files(folder):
    """Name, path and model of each file to damage; those whose names begin with "own" carry checksums."""
    for name, system in systems().items():
        for suffix in (".mat", ".npz"):
            yield f"own {name} {suffix}", dln.save(system, folder / f"own-{name}{suffix}"), system
        parts = {"A": system.A, "B": system.B, "C": system.C, "D": system.D}
        if system.E is not None:
            parts["E"] = system.E
        plain = dln.LinearSystem(*(parts[letter] for letter in "ABCD"), E=system.E)
        for kind, options in {"4": {"format": "4"}, "5": {}, "5 compressed": {"do_compression": True}}.items():
            path = folder / f"{name}-{kind.replace(' ', '-')}.mat"
            scipy.io.savemat(path, parts, **options)
            yield f"SciPy's {name} .mat, version {kind}", path, plain
        if name == "dense":
            np.savez(folder / "plain.npz", **parts)
            yield "NumPy's .npz", folder / "plain.npz", plain
            np.savez_compressed(folder / "packed.npz", **parts)
            yield "NumPy's .npz, compressed", folder / "packed.npz", plain
    network = dln.DeepLinearNetwork([np.ones((3, 2)), np.full((2, 3), 0.5)])
    yield "own network .npz", dln.save(network, folder / "network.npz"), network


def outcome(path, model):
    try:
        loaded = dln.load(path)
    except dln.errors.FileFormatError:
        return "refused"
    except Exception as error:  # noqa: BLE001 - what must not happen is counted
        return f"{type(error).__name__}"
    try:
        assert_same(loaded, model)
    except AssertionError:
        return "another model"
    return "as it was"


def deaths_of_scipy(paths):
    """How many of the files end the process that SciPy reads them in."""
    deaths, rest = 0, list(paths)
    while rest:
        command = [sys.executable, "-c", _SCIPY, *map(str, rest)]
        lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")
        last = [line for line in lines if line][-1]
        if last == "end":
            break
        deaths += 1
        rest = rest[rest.index(Path(last)) + 1 :]
    return deaths


def main(count):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.environ["OMP_NUM_THREADS"] = "1"
    shown = Table("file", "refused", "as it was", "another model", "other errors", "ms each", "kill SciPy")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, path, model in list(files(folder)):
            rng = np.random.default_rng(SEED)
            copies = []
            for number, content in enumerate(mutations(rng, path.read_bytes(), count)):
                copies.append(folder / f"{number}{path.suffix}")
                copies[-1].write_bytes(content)
            start = time.perf_counter()
            found = Counter(outcome(copy, model) for copy in copies)
            seconds = time.perf_counter() - start
            known = [found.pop(word, 0) for word in ("refused", "as it was", "another model")]
            deaths = str(deaths_of_scipy(copies)) if path.suffix == ".mat" else "–"
            others = ", ".join(f"{word} {times}" for word, times in found.items()) or "0"
            shown.add_row(title, *map(str, known), others, f"{1000 * seconds / count:.2f}", deaths)
    Console(width=120, file=io.TextIOWrapper(sys.stdout.buffer, "utf-8")).print(shown)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
