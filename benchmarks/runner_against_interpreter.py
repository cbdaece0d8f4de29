"""Time the native runner against a plain loop over the interpreter of LiteRT, to see that both show the same.

Both time the same model on one thread, each block in a fresh process, in interleaved rounds whose order is drawn from a
seed. Printed is the ratio of the medians (runner / interpreter) with a 95 % interval from resampling the rounds.

    python benchmarks/runner_against_interpreter.py MODEL.tflite
"""

import argparse
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ghostbench.core.plan import RunSettings
from ghostbench.core.runner_events import SampleEvent
from ghostbench.device.host import HostDevice
from ghostbench.engine.litert import LiteRtEngine

# The plain loop that anybody would write; the same kind of input, warm-up and clock as the runner.
INTERPRETER_BLOCK = """
import sys, time, os
cpu = sys.argv[2]
if cpu != "any":
    os.sched_setaffinity(0, {int(cpu)})
from ai_edge_litert.interpreter import Interpreter
from ghostbench.core.plan import InputSettings
from ghostbench.engine.inputs import make_input
interpreter = Interpreter(sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
for index, facts in enumerate(interpreter.get_input_details()):
    made = make_input(InputSettings(), index, facts["dtype"].__name__, tuple(map(int, facts["shape"])))
    interpreter.set_tensor(facts["index"], made)
clock = time.CLOCK_MONOTONIC_RAW
def timed_for(seconds):
    durations, end = [], time.monotonic() + seconds
    while time.monotonic() < end or len(durations) < 10:
        begin = time.clock_gettime_ns(clock)
        interpreter.invoke()
        durations.append(time.clock_gettime_ns(clock) - begin)
    return durations
timed_for(float(sys.argv[3]))
print(*timed_for(float(sys.argv[4])))
"""

WARMUP_S = 0.5
TIMED_S = 1.0


def runner_block(model: Path, cpu: int | None) -> float:
    """Median of one process of the runner, in nanoseconds."""
    device, engine = HostDevice(), LiteRtEngine()
    settings = RunSettings(
        cpu=cpu, warmup_min_ms=int(WARMUP_S * 1000), min_ms=int(TIMED_S * 1000), timeout_s=300
    )
    command = engine.command(device, device.install(model), settings)
    lines = device.stream(
        command.argv, timeout_s=settings.timeout_s, environment=command.environment
    )
    return statistics.median(
        event.duration_ns
        for event in engine.events(lines)
        if isinstance(event, SampleEvent) and event.phase == "timed"
    )


def interpreter_block(model: Path, cpu: int | None) -> float:
    """Median of one process of the interpreter, in nanoseconds."""
    core = "any" if cpu is None else str(cpu)
    command = [
        sys.executable,
        "-c",
        INTERPRETER_BLOCK,
        str(model),
        core,
        str(WARMUP_S),
        str(TIMED_S),
    ]
    result = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        timeout=300,
    )
    return statistics.median(map(int, result.stdout.split()))


def measure_rounds(
    model: Path, cpu: int | None, rounds: int, chance: random.Random
) -> list[tuple[float, float]]:
    """Medians of runner and interpreter of each round."""
    blocks: dict[str, Callable[[Path, int | None], float]] = {
        "runner": runner_block,
        "interpreter": interpreter_block,
    }
    found = []
    for number in range(rounds):
        order = chance.sample(list(blocks), k=2)
        medians = {name: blocks[name](model, cpu) for name in order}
        found.append((medians["runner"], medians["interpreter"]))
        told = "  ".join(f"{name} {median / 1e6:9.4f} ms" for name, median in medians.items())
        print(f"round {number + 1:2d}  {told}", flush=True)
    return found


def ratio(rounds: Sequence[tuple[float, float]]) -> float:
    """The runner's median block over the interpreter's."""
    runner, interpreter = zip(*rounds, strict=True)
    return float(statistics.median(runner) / statistics.median(interpreter))


def interval(
    rounds: Sequence[tuple[float, float]], chance: random.Random, draws: int = 5000
) -> tuple[float, float]:
    """95 % of the ratios of rounds drawn with replacement."""
    drawn = sorted(ratio(chance.choices(rounds, k=len(rounds))) for _ in range(draws))
    return drawn[int(0.025 * draws)], drawn[int(0.975 * draws)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--cpu", type=int, default=None, help="core to pin both to")
    parser.add_argument("--seed", type=int, default=0, help="of the order and of the resampling")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    rounds = measure_rounds(arguments.model, arguments.cpu, arguments.rounds, chance)
    low, high = interval(rounds, chance)
    print(
        f"runner / interpreter: {ratio(rounds):.4f}  (95 % {low:.4f} to {high:.4f}, {len(rounds)} rounds)"
    )


if __name__ == "__main__":
    main()
