"""How long the whole zoo takes from nothing, how much memory, and whether a second run builds anything.

Builds every network into an empty folder, then asks for them again. Memory is the resident set of this process and
all that it started, summed (what they share counts for each), looked at four times a second. Other work on the
machine makes it slower: the load average before and after stands beside the time, and what the build had of the cores.

    python -m benchmarks.build_zoo
    python -m benchmarks.build_zoo --precision fp16 --networks ghostnet-1.0x mobilenetv2-1.0x
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from ghostbench.core.progress import Silence
from ghostbench.workflows.convert import ConvertOutcome, convert
from ghostbench.workflows.models import all_names
from ghostbench.zoo.capacity import usable_cores

LOOK_EVERY_S = 0.25
MOST_SECONDS = 300
MOST_BYTES = 8e9


@dataclass(slots=True)
class Peak:
    """The most memory that was seen."""

    rss_bytes: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--precision", nargs="+", default=["fp32"])
    parser.add_argument("--networks", nargs="+", help="only these; default: all")
    parser.add_argument("--workspace", type=Path, help="an empty folder to build in, and to keep")
    asked = parser.parse_args()
    if asked.workspace and asked.workspace.exists() and any(asked.workspace.iterdir()):
        parser.error(f"{asked.workspace} is not empty")
    names = asked.networks or all_names()
    print(f"{len(names)} networks in {', '.join(asked.precision)}, {usable_cores()} cores")
    with tempfile.TemporaryDirectory() as folder:
        for run in ("from nothing", "again"):
            tell(run, names, asked.precision, asked.workspace or Path(folder))
    print(
        f"asked for: at most {MOST_SECONDS} s and {MOST_BYTES / 1e9:g} GB on two cores of their own"
    )


def tell(run: str, names: Sequence[str], precisions: Sequence[str], folder: Path) -> None:
    """Convert and print what it took."""
    load, started, cpu_before_s = os.getloadavg()[0], time.monotonic(), cpu_s()
    with watched() as peak:
        outcome = convert(names, precisions=precisions, workspace=folder, progress=Silence())
    seconds = time.monotonic() - started
    print(
        f"{run}: {seconds:.1f} s ({cpu_s() - cpu_before_s:.1f} s of cores), "
        f"{peak.rss_bytes / 1e9:.2f} GB at most, {built(outcome)} built, "
        f"{len(outcome.artifacts) - built(outcome)} found, {len(outcome.failures)} failed; "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after",
        flush=True,
    )
    for failure in outcome.failures:
        print(f"  {failure.precision}: {failure.error}")


def cpu_s() -> float:
    """What this process and those that it started and that have ended have had of all cores."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def built(outcome: ConvertOutcome) -> int:
    """How many files were not found but built."""
    return sum(not artifact.cached for artifact in outcome.artifacts)


@contextmanager
def watched() -> Iterator[Peak]:
    """Look at the memory of this process and its descendants until the block ends."""
    peak, ended = Peak(), threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_EVERY_S):
            peak.rss_bytes = max(peak.rss_bytes, tree_rss_bytes())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def tree_rss_bytes() -> int:
    """Of this process and all its descendants."""
    own = psutil.Process()
    total = 0
    for process in (own, *own.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    main()
