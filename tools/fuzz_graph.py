"""Damage model files at random, inspect them and align them with what they were, for as long as asked.

    python tools/fuzz_graph.py --seconds 300 [--seed N] [--limit-mb 256] [--trace] [FILE.tflite ...]

Every outcome must be a value or a ModelFileError, within time and memory. Whatever else happens is told, the file that
did it is kept, and the exit code is 1.
"""

import argparse
import json
import random
import resource
import signal
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402, F401  before memory is limited

from ghostbench.core.errors import ModelFileError  # noqa: E402
from ghostbench.workflows.inspect import compare_graphs, comparison_record  # noqa: E402
from tests.graph.mutations import mutate  # noqa: E402
from tests.graph.seeds import SEEDS  # noqa: E402

TIMEOUT_S = 30  # real time, so that waiting is noticed too
LONGEST_REASON = 300


class TooSlow(BaseException):
    """One file took longer than any may; not an Exception, so that nothing on the way can swallow it."""


class Unclear(Exception):
    """A reason is not one short line."""


@dataclass
class Tally:
    """How it went so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0  # processor time
    most_bytes: int = 0  # that Python allocated for one file


def _too_slow(*_: object) -> None:
    raise TooSlow


def _limit_memory(spare_bytes: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + spare_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def outcome(path: Path, sound: Path) -> str:
    """Inspect a file, align it with a sound one and write the record as text; says how that went."""
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT_S)
    try:
        json.dumps(comparison_record(compare_graphs(path, sound)))
    except ModelFileError as error:
        if "\n" in error.reason or len(error.reason) > LONGEST_REASON:
            raise Unclear(error.reason) from error
        return "refused"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "read"


def try_file(path: Path, sound: Path, tally: Tally, *, trace: bool) -> None:
    """Inspect one file and note how it went."""
    if trace:
        tracemalloc.start()
    started = time.process_time()
    try:
        tally.outcomes[outcome(path, sound)] += 1
    except (Exception, TooSlow) as error:  # noqa: BLE001  that is what is looked for
        tally.outcomes["FAILED"] += 1
        kept = Path(tempfile.mkstemp(prefix="fuzz-graph-", suffix=".tflite")[1])
        kept.write_bytes(path.read_bytes())
        print(f"{kept}: {type(error).__name__}: {error}"[:LONGEST_REASON])
    tally.slowest_s = max(tally.slowest_s, time.process_time() - started)
    if trace:
        tally.most_bytes = max(tally.most_bytes, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="sound files to start from")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit-mb", type=int, default=256, help="memory beyond the start's")
    parser.add_argument("--trace", action="store_true", help="measure memory per file (slow)")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    chance, tally = random.Random(arguments.seed), Tally()
    files = arguments.files or sorted((ROOT / "tests" / "fixtures").glob("*.tflite"))
    sources = [*SEEDS.values(), *(path.read_bytes() for path in files)]
    signal.signal(signal.SIGALRM, _too_slow)
    _limit_memory(arguments.limit_mb * 2**20)
    before_mb, ends = _peak_mb(), time.monotonic() + arguments.seconds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        sound = Path(folder) / "sound.tflite"
        while time.monotonic() < ends:
            source = chance.choice(sources)
            sound.write_bytes(source)
            path.write_bytes(mutate(chance, source))
            try_file(path, sound, tally, trace=arguments.trace)
    print(f"{tally.outcomes.total():,} files from {len(sources)}: {dict(tally.outcomes)}")
    print(
        f"slowest {tally.slowest_s * 1000:.1f} ms; peak memory {before_mb:.1f} MB before, {_peak_mb():.1f} MB after"
    )
    if arguments.trace:
        print(f"most memory for one file {tally.most_bytes / 2**20:.2f} MB")
    return 1 if tally.outcomes["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
