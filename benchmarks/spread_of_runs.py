"""How far repeated measurements of one model lie apart, and whether their intervals say so.

Three ways to time the same file take turns, in an order drawn anew each time, all in the same hour:

    ghostbench   one `ghostbench run` as it comes: rounds of fresh processes until 1 % half-width or two minutes
    plain loop   a loop of 50 runs in one process: what `benchmark_model` and most scripts do
    long loop    a plain loop in one process that lasts as long as the `ghostbench run` before it took; with --long

The plain loops use the same runner, so that only the method differs. Of a plain loop, the interval that its printed
mean and standard deviation suggest is shown: mean +- 1.96 std/sqrt(n).

    python benchmarks/spread_of_runs.py
    python benchmarks/spread_of_runs.py --model my.tflite --repeats 3 --rounds 3 --long
    python benchmarks/spread_of_runs.py --keep FOLDER    # every campaign stays there, to be looked at
"""

import argparse
import random
import tempfile
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from ghostbench.core.plan import (
    DEFAULT_BUDGET_S,
    DEFAULT_HALF_WIDTH_PERCENT,
    DEFAULT_ROUNDS,
    RunSettings,
    StoppingRule,
)
from ghostbench.core.runner_events import SampleEvent
from ghostbench.stats.compare import unpaired_ratio
from ghostbench.wiring import open_device, open_engine
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.run import find_artifacts, run
from ghostbench.workflows.session_spread import SessionSpreads

MODEL = "mobilenetv3-small-1.0x"
WAYS = ("ghostbench", "plain loop", "long loop")
AS_IT_COMES = StoppingRule(half_width_percent=DEFAULT_HALF_WIDTH_PERCENT, budget_s=DEFAULT_BUDGET_S)
PLAIN_RUNS = 50
PLAIN = RunSettings(min_runs=PLAIN_RUNS, min_ms=1, warmup_min_runs=1, warmup_min_ms=0, warmup_max_ms=0)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one measurement says."""

    median_ms: float
    interval_ms: tuple[float, float]
    seconds: float
    block_medians_ms: tuple[float, ...] = ()
    over_sessions_ms: tuple[float, float] | None = None  # claims to hold at any other time, too


def ghostbench_run(model: Path, rounds: int | None, keep: Path | None = None) -> Measured:
    """As a user would: `ghostbench run MODEL`, or with `--rounds N`; each in a workspace of its own."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        how = HowToMeasure(
            workspace=keep / time.strftime("%H%M%S") if keep else Path(folder),
            rounds=rounds or DEFAULT_ROUNDS,
            stopping=None if rounds else AS_IT_COMES,
            purpose="benchmark",
        )
        (result,) = run([str(model)], how=how).results
    assert result.ci95_ns
    assert result.over_sessions
    within, over = result.ci95_ns, result.over_sessions.ci95_ns
    return Measured(
        median_ms=result.median_ns / 1e6,
        interval_ms=(within[0] / 1e6, within[1] / 1e6),
        over_sessions_ms=(over[0] / 1e6, over[1] / 1e6),
        seconds=time.monotonic() - started,
        block_medians_ms=tuple(block.median_ns / 1e6 for block in result.blocks),
    )


def plain_loop(model: Path, settings: RunSettings) -> Measured:
    """One process, one loop; the interval that mean and standard deviation suggest."""
    started = time.monotonic()
    device, engine = open_device("host"), open_engine("litert")
    command = engine.command(device, device.install(model), settings)
    lines = device.stream(command.argv, timeout_s=600, environment=command.environment)
    events = [event for event in engine.events(lines) if isinstance(event, SampleEvent)]
    times = np.array([event.duration_ns for event in events if event.phase == "timed"]) / 1e6
    half = 1.96 * float(times.std(ddof=1)) / len(times) ** 0.5
    mean = float(times.mean())
    return Measured(
        median_ms=float(np.median(times)),
        interval_ms=(mean - half, mean + half),
        seconds=time.monotonic() - started,
    )


def long_loop(model: Path, seconds: float) -> Measured:
    """A plain loop of that length."""
    ms = max(1, round(1000 * seconds))
    return plain_loop(
        model,
        RunSettings(
            min_runs=PLAIN_RUNS, min_ms=ms, max_ms=2 * ms, warmup_min_runs=1, warmup_min_ms=0, warmup_max_ms=0,
            timeout_s=4 * seconds + 60,
        ),
    )  # fmt: skip


def measure_all(
    model: Path,
    ways: tuple[str, ...],
    repeats: int,
    rounds: int | None,
    seed: int,
    keep: Path | None = None,
) -> dict[str, list[Measured]]:
    """Every way so many times, taking turns."""
    rng, found = random.Random(seed), {way: list[Measured]() for way in ways}
    seconds = ghostbench_run(model, 3).seconds  # also brings everything into the caches
    for number in range(1, repeats + 1):
        for way in rng.sample(ways, len(ways)):
            if way == "ghostbench":
                found[way].append(ghostbench_run(model, rounds, keep))
                seconds = found[way][-1].seconds
            elif way == "plain loop":
                found[way].append(plain_loop(model, PLAIN))
            else:
                found[way].append(long_loop(model, seconds))
        told = "  ".join(f"{found[way][-1].median_ms:10.4f}" for way in ways)
        print(f"{number:6d}  {told}", flush=True)
    return found


def summary(way: str, runs: list[Measured]) -> str:
    """One line of the table of results."""
    medians = np.array([one.median_ms for one in runs])
    middle = float(np.median(medians))
    return (
        f"{way:<13}  {middle:9.4f}  {100 * spread(runs):7.2f} %  {100 * float(medians.std(ddof=1)) / middle:7.2f} %  "
        f"{kept_claims([one.interval_ms for one in runs], middle)}  {sum(one.seconds for one in runs):8.0f}"
    )


def kept_claims(intervals: list[tuple[float, float]], middle: float) -> str:
    """How many pairs of intervals overlap, and how many hold the middle of all medians."""
    pairs = list(combinations(intervals, 2))
    overlap = sum(a[0] <= b[1] and b[0] <= a[1] for a, b in pairs)
    holds = sum(low <= middle <= high for low, high in intervals)
    return f"{overlap:3d} of {len(pairs):3d}  {holds:2d} of {len(intervals):2d}"


def spread(runs: list[Measured]) -> float:
    """From the smallest median to the largest, as a share of the middle one."""
    medians = [one.median_ms for one in runs]
    return float((max(medians) - min(medians)) / np.median(medians))


def called_different(runs: list[Measured], reach: float) -> str:
    """How many pairs of runs are called different, with what sessions may differ by in the interval, of how many."""
    pairs = list(combinations([np.array(one.block_medians_ms) for one in runs], 2))
    called = sum(unpaired_ratio(a, b, reach=reach).verdict in (-1, 1) for a, b in pairs)
    return f"{called} of {len(pairs)}"


def session_reach() -> float:
    """What `ghostbench compare` assumes of two sessions on this machine, as long as none are kept."""
    with tempfile.TemporaryDirectory() as nothing_kept:
        virtual = open_device("host").info().virtual
        return SessionSpreads(Path(nothing_kept)).of("host", virtual=virtual).reach((1, 1))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=MODEL, help="a network or a .tflite file")
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--rounds", type=int, help="of each ghostbench run; without, as it comes")
    parser.add_argument("--long", action="store_true", help="take the long loop, too")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the three ways")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the campaigns there")
    arguments = parser.parse_args()
    model = find_artifacts([arguments.model], precision="fp32")[0].path
    print(f"{model.name}: median ms of each repeat")
    ways = WAYS if arguments.long else WAYS[:2]
    print(f"{'repeat':>6}  " + "  ".join(f"{way:>10}" for way in ways))
    found = measure_all(
        model, ways, arguments.repeats, arguments.rounds, arguments.seed, arguments.keep
    )
    print()
    print(
        f"{'way':<13}  {'middle ms':>9}  {'max - min':>9}  {'std':>9}  {'overlap':>10}  {'hold':>8}  "
        f"{'seconds':>8}"
    )
    for way in ways:
        print(summary(way, found[way]))
    over = [one.over_sessions_ms for one in found["ghostbench"] if one.over_sessions_ms]
    middle = float(np.median([one.median_ms for one in found["ghostbench"]]))
    print(f"{'over sessions':<46}  {kept_claims(over, middle)}   (the interval for any other time, too)")  # fmt: skip
    ours = spread(found["ghostbench"])
    for way in ways[1:]:
        print(f"spread of ghostbench against {way}: {ours / spread(found[way]):.2f} (aim: at most 0.33)")  # fmt: skip
    alone, compared = (
        called_different(found["ghostbench"], reach) for reach in (0.0, session_reach())
    )
    print(
        f"pairs of ghostbench runs called different: {compared} (claimed: at most 5 %); "
        f"by their blocks alone {alone}"
    )
    print(
        "overlap: pairs of intervals that overlap; hold: intervals that hold the middle of all medians"
    )


if __name__ == "__main__":
    main()
