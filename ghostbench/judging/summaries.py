"""Rules: blocks of an engine that tells of its inferences only all together."""

from collections.abc import Iterator

from ghostbench.core.runner_events import TimingSummary
from ghostbench.judging.facts import BlockFacts
from ghostbench.judging.grades import Seen


def about_summary(block: BlockFacts, told: TimingSummary) -> Iterator[Seen]:
    """What can still be seen without samples, and that there are none."""
    what = "mean, which a few slow ones move" if told.median_ns is None else "median"
    yield Seen(
        code="summary-only",
        evidence={"inferences": told.count, "statistic": what.partition(",")[0]},
        text=f"the engine tells of {told.count} inferences only together, so the block's time is their {what}, and "
        "which core they ran on, interruptions and steadiness are not known. Use `--engine litert` for samples.",
    )
    settings, hello = block.record.job.settings, block.measurement.hello
    if settings.cpu is not None:
        beside = [core for core in hello.cpus_allowed if core != settings.cpu]
        yield Seen(
            code="not-pinned",
            value=len(beside),
            evidence={"asked": settings.cpu, "allowed": " ".join(map(str, hello.cpus_allowed))},
            text=f"the process was free to run on cores {', '.join(map(str, hello.cpus_allowed))} though core "
            f"{settings.cpu} was asked for. Choose a core that the system lets processes be pinned to.",
        )
    yield Seen(
        code="cut-short",
        value=100 * (1 - told.count / settings.min_runs),
        evidence={"timed": told.count, "wanted": settings.min_runs},
        text=f"only {told.count} of {settings.min_runs} inferences fitted into the time limit, so the block says less "
        "than planned. Raise `max_ms`.",
    )
    yield Seen(
        code="coarse-timer",
        value=100 * hello.clock_overhead_ns / block.median_ns,
        evidence={"step_ns": hello.clock_overhead_ns, "median_ns": block.median_ns},
        text=f"the engine's clock has steps of {hello.clock_overhead_ns} ns, of {block.median_ns:.0f} ns, so the time "
        "is rounded. Measure a larger model, or use `--engine litert`.",
    )
