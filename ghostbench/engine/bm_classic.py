"""Logs of the classic benchmark_model, of TensorFlow 1.13 to LiteRT 2: read by their shape, not by a version."""

import re
from dataclasses import dataclass

from ghostbench.core.errors import RunnerError
from ghostbench.engine import bm_lines
from ghostbench.engine.bm_log import BenchmarkLog, Memory
from ghostbench.engine.bm_stats import REAL, LoopStats, six_digits

_SUMMARY = re.compile(
    rf"Inference timings in us: Init: (?P<init>{REAL}), First inference: (?P<first>{REAL}), "
    rf"Warmup \(avg\): (?P<warmup>{REAL}), Inference \(avg\): (?P<inference>{REAL})"
)
# Up to TensorFlow 2.2; the oldest say "no stats" in place of "Inference".
_OLD_SUMMARY = re.compile(
    rf"Average inference timings in us: Warmup: (?P<warmup>{REAL}), Init: (?P<init>{REAL}), "
    rf"(?:Inference|no stats): (?P<inference>{REAL})"
)
_ANY_SUMMARY = re.compile(r".*nference timings in us.*")
_FOOTPRINT = re.compile(
    rf"(?:Memory footprint delta from the start of the tool|Peak memory footprint) \(MB\): "
    rf"init=(?P<init>{REAL}) overall=(?P<overall>{REAL})"
)
_PEAK = re.compile(
    rf"Overall peak memory footprint \(MB\) via periodic monitoring: (?P<peak>{REAL})"
)

_AFTER_MEMORY = ("Overall peak memory", "Memory status at the end")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Summary:
    init_us: float
    first_us: float | None
    warmup_avg_us: float
    avg_us: float


def parse_classic(stdout: str, stderr: str = "") -> BenchmarkLog:
    """Read one run. Raises RunnerError when it is not whole, failed, or contradicts itself."""
    lines, complaints = bm_lines.clean_lines(stdout), bm_lines.clean_lines(stderr)
    bm_lines.refuse_failures(lines, complaints)
    warmup, timed = bm_lines.find_loops(lines)
    summary = _summary(lines)
    _check_summary(summary, warmup.stats, timed.stats, bm_lines.session_us(lines))
    return BenchmarkLog(
        flavour="classic",
        threads=bm_lines.threads_of(lines),
        init_us=summary.init_us,
        first_us=warmup.stats.first_us,
        warmup_request=warmup.request,
        warmup=warmup.stats,
        request=timed.request,
        inference=timed.stats,
        delegation=bm_lines.delegation_of(lines, complaints),
        memory=_memory(lines),
        unconsumed=bm_lines.unconsumed_flags(lines, complaints),
        duplicate=bm_lines.duplicate_flags(lines, complaints),
        profiled=bm_lines.is_profiled(lines),
    )


def _summary(lines: list[str]) -> _Summary:
    told = [line for line in lines if _ANY_SUMMARY.fullmatch(line)]
    if len(told) != 1:
        raise RunnerError(
            f"benchmark_model printed {len(told)} lines of results in place of one: its output is cut"
        )
    if any(map(bm_lines.is_loop_line, lines[lines.index(told[0]) :])):
        raise RunnerError("benchmark_model: a loop after the results; lines are out of order")
    found = _SUMMARY.fullmatch(told[0]) or _OLD_SUMMARY.fullmatch(told[0])
    if not found:
        raise RunnerError(
            f"benchmark_model: this line of results cannot be read: {told[0][:200]!r}"
        )
    told_of = found.groupdict()
    return _Summary(
        init_us=float(found["init"]),
        first_us=float(found["first"]) if "first" in told_of else None,
        warmup_avg_us=float(found["warmup"]),
        avg_us=float(found["inference"]),
    )


def _check_summary(
    summary: _Summary, warmup: LoopStats, timed: LoopStats, session_us: float | None
) -> None:
    """The results repeat what the loops said. Raises RunnerError when they do not."""
    pairs = {
        "the warm-up's average": (summary.warmup_avg_us, warmup.avg_us),
        "the average": (summary.avg_us, timed.avg_us),
        "the first inference": (summary.first_us, warmup.first_us),
        "the initialisation": (summary.init_us, session_us),
    }
    for what, (here, there) in pairs.items():
        if here is not None and there is not None and six_digits(here) != six_digits(there):
            raise RunnerError(
                f"benchmark_model contradicts itself: {what} is {here:g} us in one line and {there:g} us in another"
            )


def _memory(lines: list[str]) -> Memory:
    """What is told of memory; of a line that lost its neighbour the end may be missing too, so it is left out."""
    sure = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if following.startswith(_AFTER_MEMORY) or line.startswith("Peak memory footprint")
    ]
    footprint = bm_lines.only_one(
        _FOOTPRINT, sure, lambda found: (float(found["init"]), float(found["overall"]))
    )
    init_mb, overall_mb = footprint or (None, None)
    return Memory(
        init_mb=init_mb,
        overall_mb=overall_mb,
        peak_mb=bm_lines.only_one(_PEAK, sure, lambda found: float(found["peak"])),
    )
