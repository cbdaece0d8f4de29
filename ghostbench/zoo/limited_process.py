"""Run a program within limits of time and memory; one that goes beyond is ended."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ghostbench.core.errors import ConversionError

_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a program ended that kept to its limits."""

    status: int
    seconds: float
    peak_rss_bytes: int  # of all its processes together, looked at ten times a second


def run_limited(
    command: Sequence[str],
    *,
    what: str,
    log: Path,
    environment: Mapping[str, str],
    timeout_s: float,
    memory_bytes: int,
) -> Ended:
    """Run it to its end. Raises ConversionError when it was ended for a limit; `what` is what the user calls it."""
    started = time.monotonic()
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            start_new_session=True,
        )
    peak = 0
    try:
        while child.poll() is None:
            now = _memory_bytes(child.pid)
            peak = max(peak, now)
            if now > memory_bytes:
                raise ConversionError(
                    f"{what} was ended: it took {now / 1e9:.1f} GB, more than the {memory_bytes / 1e9:.1f} GB it may"
                )
            if time.monotonic() - started > timeout_s:
                raise ConversionError(f"{what} was ended: it did not end within {timeout_s:g} s")
            time.sleep(_LOOK_EVERY_S)
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    return Ended(status=child.returncode, seconds=time.monotonic() - started, peak_rss_bytes=peak)


def _memory_bytes(pid: int) -> int:
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:  # it ended while being looked at
        return total
    return total
