"""How many cores and how much memory this process may really use, inside a container too."""

import math
import os
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """Cores this process may run on, no more than its container is given time for."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    if quota.isdigit() and period.strip().isdigit():
        cores = min(cores, math.ceil(int(quota) / int(period)))
    return max(1, cores)


def available_memory_bytes(cgroup: Path = _CGROUP) -> int:
    """Memory that can be had without swapping, no more than the container has left."""
    available = psutil.virtual_memory().available
    limit, used = _read(cgroup / "memory.max").strip(), _read(cgroup / "memory.current").strip()
    if limit.isdigit() and used.isdigit():
        # What the container's files take up in the page cache is given back when memory runs short.
        reclaimable = _inactive_file_bytes(_read(cgroup / "memory.stat"))
        available = min(available, int(limit) - int(used) + reclaimable)
    return max(0, available)


def worker_count(
    networks: int, *, cores: int, memory_bytes: int, memory_per_worker_bytes: int
) -> int:
    """How many workers to start: bounded by all three, and never none.

    >>> worker_count(20, cores=8, memory_bytes=8 << 30, memory_per_worker_bytes=5 << 29)
    3
    """
    return max(1, min(networks, cores, memory_bytes // memory_per_worker_bytes))


def _inactive_file_bytes(text: str) -> int:
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name == "inactive_file" and value.isdigit():
            return int(value)
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
