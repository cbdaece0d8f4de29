"""What the runner itself costs: the clock inside a time, and what is done around an inference.

Times a trivial model; between the end of an inference and the start of the next lies everything that the runner does
around one. The aim is one microsecond at most.

    python benchmarks/runner_overhead.py
"""

import argparse
import statistics
from itertools import pairwise
from pathlib import Path

from ghostbench.core.plan import RunSettings
from ghostbench.core.runner_events import Hello, SampleEvent
from ghostbench.device.host import HostDevice
from ghostbench.engine.litert import LiteRtEngine

TRIVIAL = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "tiny_conv.tflite"
AIM_NS = 1000


def measure(model: Path, cpu: int | None) -> tuple[int, float, float]:
    """Cost of the clock, median time between two inferences, median inference; in nanoseconds, of one process."""
    device, engine = HostDevice(), LiteRtEngine()
    settings = RunSettings(cpu=cpu, min_ms=200)
    command = engine.command(device, device.install(model), settings)
    lines = device.stream(command.argv, timeout_s=60, environment=command.environment)
    events = list(engine.events(lines))
    timed = [e for e in events if isinstance(e, SampleEvent) and e.phase == "timed"]
    between = [
        after.started_ns - before.started_ns - before.duration_ns
        for before, after in pairwise(timed)
    ]
    (clock,) = [event.clock_overhead_ns for event in events if isinstance(event, Hello)]
    return clock, statistics.median(between), statistics.median(e.duration_ns for e in timed)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=TRIVIAL)
    parser.add_argument("--blocks", type=int, default=7, help="fresh processes")
    parser.add_argument("--cpu", type=int, default=None, help="core to pin to")
    arguments = parser.parse_args()
    print(f"{'process':>8} {'clock ns':>9} {'between ns':>11} {'inference ns':>13}")
    between_all = []
    for number in range(arguments.blocks):
        clock, between, inference = measure(arguments.model, arguments.cpu)
        between_all.append(between)
        print(f"{number + 1:8d} {clock:9d} {between:11.0f} {inference:13.0f}", flush=True)
    median = statistics.median(between_all)
    verdict = "within" if median <= AIM_NS else "ABOVE"
    print(f"around an inference: {median:.0f} ns, {verdict} the aim of {AIM_NS} ns")


if __name__ == "__main__":
    main()
