"""How much memory is left: what cannot fit is refused before it is read."""

import os
from pathlib import Path

from ..errors import InvalidArgumentError

__all__ = ["available_memory", "check_memory"]


def available_memory() -> int | None:
    """Bytes that this process could still use; None where the system does not say.

    The least of what the machine has left, of what the process's control group may take, and of its address space.
    """
    known = [size for size in (_of_machine(), _of_group(), _of_process()) if size is not None]
    return min(known, default=None)


def check_memory(argument: str, size: int, received: str) -> None:
    """Refuse what a file declares, if it cannot be held.

    Parameters
    ----------
    argument : str
        What would be read.
    size : int
        Bytes that it would take.
    received : str
        What declares that, for the message.

    Raises
    ------
    InvalidArgumentError
        When there is less memory than that.
    """
    available = available_memory()
    if available is not None and size > available:
        raise InvalidArgumentError(
            argument,
            f"something that fits in memory (where {available / 2**20:.4g} MiB are free)",
            f"{received} ({size / 2**20:.4g} MiB)",
            "if the file is not damaged, read it on a larger machine",
        )


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows never promises memory that it lacks: NumPy says so there
        return None


def _of_group(folder: Path = Path("/sys/fs/cgroup")) -> int | None:
    """What the control group may still take; copies of files that it keeps in memory give way."""
    try:
        limit = (folder / "memory.max").read_text(encoding="ascii").strip()
        used = int((folder / "memory.current").read_text(encoding="ascii"))
        lines = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
        parts = dict(line.split() for line in lines)
        copies = sum(int(parts.get(name, 0)) for name in ("active_file", "inactive_file", "slab_reclaimable"))
        return None if limit == "max" else max(int(limit) - used + copies, 0)
    except (OSError, ValueError):
        return None


def _of_process() -> int | None:
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return max(limit - pages * os.sysconf("SC_PAGE_SIZE"), 0)
    except (ImportError, OSError, ValueError, IndexError):
        return None
