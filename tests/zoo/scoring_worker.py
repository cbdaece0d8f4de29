"""Stands in for ghostbench.zoo.enlarge_worker, without TensorFlow: the score is made of the options alone.

Wider last stages score higher. What the environment names in GHOSTBENCH_TEST_DIES_ON ends the process.
"""

import os
import sys

from ghostbench.core.enlarging import read_dashed
from ghostbench.core.strict import from_json, to_json
from ghostbench.zoo.enlarge_messages import ScoreReport, ScoreRequest, ScoringSetup


def main() -> None:
    setup = from_json(sys.stdin.buffer.readline(), ScoringSetup)
    missing = "missing" in setup.function
    answer(ScoreReport(failure="there is no such function" if missing else None))
    for line in sys.stdin.buffer:
        spec = from_json(line, ScoreRequest).spec
        channels = str(spec.options["channels"])
        if channels == os.environ.get("GHOSTBENCH_TEST_DIES_ON"):
            os._exit(3)
        if "slow" in setup.function:
            sys.stdin.buffer.readline()
        widths = read_dashed(channels)
        answer(ScoreReport(score=sum(at * width for at, width in enumerate(widths, start=1))))


def answer(report: ScoreReport) -> None:
    sys.stdout.buffer.write(to_json(report) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
