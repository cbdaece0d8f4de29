"""Rules: whether the inferences themselves can be as they are told."""

import math
from collections.abc import Iterator

import numpy as np

from ghostbench.judging.facts import BlockFacts
from ghostbench.judging.grades import Seen

# Some kernels account a thread's time in ticks of 10 ms: a block may be wrong by two of them.
CPU_TIME_SLACK_NS = 20_000_000
# Fewer repeat themselves by chance where a clock is coarse and the model small.
MIN_FOR_REPEATS = 10


def about_samples(block: BlockFacts) -> Iterator[Seen]:
    """The clock and the count; how the time went is looked at beside other blocks (course.py)."""
    yield from _about_clock(block)
    yield from _about_cpu_time(block)
    yield from _about_count(block)


def _about_clock(block: BlockFacts) -> Iterator[Seen]:
    yield Seen(
        code="clock-backwards",
        value=block.overlaps,
        evidence={"inferences": block.overlaps},
        text=f"{block.overlaps} inferences began before the one before them had ended, so the device's clock cannot "
        "be right. Restart the device.",
    )
    overhead = block.measurement.hello.clock_overhead_ns
    step = math.gcd(*map(int, np.unique(block.duration_ns)[:1000]))
    coarse = max(overhead, step if len(np.unique(block.duration_ns)) > 1 else 0)
    yield Seen(
        code="coarse-timer",
        value=100 * coarse / block.median_ns,
        evidence={"overhead_ns": overhead, "step_ns": step, "median_ns": block.median_ns},
        text=f"reading the clock takes {overhead} ns and its steps are {step} ns, of {block.median_ns:.0f} ns, so the "
        "time is not the model's alone. Measure a larger model, or compare only with times from this device.",
    )
    if (count := len(block.duration_ns)) >= MIN_FOR_REPEATS:
        rows = np.stack((block.duration_ns, block.cpu_time_ns), axis=1)
        often = int(np.unique(rows, axis=0, return_counts=True)[1].max())
        yield Seen(
            code="repeated-samples",
            value=100 * (often - 1) / count,
            evidence={"equal": often, "inferences": count},
            text=f"{often} of {count} inferences took the very same time to the nanosecond, which real ones do not. "
            "Check what prints them.",
        )
    yield from _about_two_clocks(block)


def _about_two_clocks(block: BlockFacts) -> Iterator[Seen]:
    samples, seconds = block.measurement.samples, block.record.seconds
    told_s = (samples.started_ns[-1] + samples.duration_ns[-1] - samples.started_ns[0]) / 1e9
    if seconds > 0 and not block.record.device.emulated:  # whose time may be made up
        yield Seen(
            code="clock-disagrees",
            value=100 * (told_s / seconds - 1),
            evidence={"told_s": told_s, "host_s": seconds},
            text=f"the device tells of {told_s:.2f} s of inferences within {seconds:.2f} s of the host's clock, so "
            "one of the clocks is wrong. Restart the device.",
        )


def _about_cpu_time(block: BlockFacts) -> Iterator[Seen]:
    if block.record.job.settings.threads > 1:
        return  # what the other threads did is not told
    wall, cpu = int(block.span_ns.sum()), int(block.cpu_time_ns.sum())
    over = 100 * (cpu - CPU_TIME_SLACK_NS - wall) / wall if wall > 0 else 0.0
    yield Seen(
        code="cpu-time-exceeds-wall",
        value=over,
        evidence={"cpu_time_ns": cpu, "wall_ns": wall},
        text=f"the thread is said to have worked {cpu / 1e6:.0f} ms within {wall / 1e6:.0f} ms, which it cannot, so "
        "the clocks are wrong. Restart the device.",
    )
    if cpu < CPU_TIME_SLACK_NS:
        return
    waited = float(np.median(1 - block.cpu_time_ns / np.maximum(block.span_ns, 1)))
    off = 1 - (cpu + CPU_TIME_SLACK_NS) / wall  # beyond what ticks explain
    yield Seen(
        code="waited",
        value=100 * min(waited, max(off, 0.0)),
        evidence={"typical_percent": 100 * waited},
        text=f"the typical inference spent {100 * waited:.1f} % of its time waiting and not computing, so the time is "
        "not the model's alone. Close other programs, or use a machine of your own.",
    )


def _about_count(block: BlockFacts) -> Iterator[Seen]:
    timed, settings = len(block.duration_ns), block.record.job.settings
    yield Seen(
        code="cut-short",
        value=100 * (1 - timed / settings.min_runs),
        evidence={"timed": timed, "wanted": settings.min_runs},
        text=f"only {timed} of {settings.min_runs} inferences fitted into the time limit, so the block says less than "
        "planned. Raise `max_ms`.",
    )
    if not block.measurement.end.warmup_steady:
        yield Seen(
            code="unsteady",
            evidence={"warmup_max_ms": settings.warmup_max_ms},
            text=f"warm-up was not steady after {settings.warmup_max_ms} ms, so early inferences may differ from late "
            "ones. Quieten the device, or raise `warmup_max_ms`.",
        )
