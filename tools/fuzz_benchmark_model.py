"""Damage logs of benchmark_model at random and read them, as often as asked.

    python tools/fuzz_benchmark_model.py --cases 1000000 [--seed N]

Half of the cases damage the lines of a bare log: every value that is read must be the true one or be missing. The other
half damage the sealed output that the engine reads, in any way: it must be refused, or be what it was. Whatever else
happens is told, and the exit code is 1.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ghostbench.engine.bm_log import BenchmarkLog  # noqa: E402
from tests.fixtures.benchmark_model.corpus import Log, corpus  # noqa: E402
from tests.fixtures.benchmark_model.damage import (  # noqa: E402
    digit_changed,
    misled_in_bare_log,
    misled_in_sealed_output,
    parse,
)

CASES_FOR_EACH_CORPUS = 20_000
SHOWN_FAILURES = 5


def sound_logs(seed: int) -> list[tuple[Log, BenchmarkLog]]:
    """Made-up logs that can be read, with what is read from them."""
    return [
        (log, parse(log, log.stdout, log.stderr)) for log in corpus(seed) if log.refused is None
    ]


def cases(count: int, seed: int) -> Iterator[tuple[str, str, str | None]]:
    """Kind and outcome of each case, and the damaged text when it misled the reader."""
    rng = random.Random(seed)
    logs = sound_logs(seed)
    for number in range(count):
        if number and number % CASES_FOR_EACH_CORPUS == 0:
            logs = sound_logs(seed + number)
        log, true = rng.choice(logs)
        if number % 2:
            yield "sealed", *misled_in_sealed_output(log, rng)
        else:
            yield "bare", *misled_in_bare_log(log, true, rng)
        if number % 10 == 0:
            yield "digit in a bare log", digit_changed(log, true, rng), None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    outcomes: Counter[str] = Counter()
    failures, began_s = 0, time.monotonic()
    for kind, outcome, text in cases(arguments.cases, arguments.seed):
        outcomes[f"{kind}: {outcome}"] += 1
        if text is not None:
            failures += 1
            if failures <= SHOWN_FAILURES:
                print(f"MISREAD ({kind}): {text}\n{'-' * 60}")
    for name, count in sorted(outcomes.items()):
        print(f"{count:>9,}  {name}")
    print(f"{arguments.cases:,} cases in {time.monotonic() - began_s:.0f} s, {failures} misread")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
