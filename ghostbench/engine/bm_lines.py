"""The lines of a log of benchmark_model: cleaned, and the forms that more than one kind of log has."""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ghostbench.core.errors import RunnerError
from ghostbench.engine.bm_log import Delegation, LoopRequest
from ghostbench.engine.bm_stats import REAL, LoopStats, is_stats, parse_stats

T = TypeVar("T")

# What lies between inferences (inputs, clocks, sleeping) counts for the limit of time, and is not told.
_LEAST_SHARE_OF_LIMIT = 0.5

# `11-22 10:50:20.123  1234  1250 I tflite  : text`, `I/tflite  ( 1234): text`, `--------- beginning of main`
_LOGCAT = re.compile(
    r"(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6}\s.*|[VDIWEF]/[^(:]*\(\s*\d+\): .*|-{5,} beginning of \w+"
)
_PREFIX = re.compile(r"(?:INFO|WARN|WARNING|VERBOSE|ERROR|FATAL): (?:\[[^\[\] ]+:\d+\] ?)?")
_RUNNING = re.compile(
    rf"Running benchmark for (?:at least )?(?P<runs>\d{{1,9}}) iterations"
    rf"(?: and at least (?P<min>{REAL}) seconds)?(?: but terminate if exceeding (?P<max>{REAL}) seconds)?\.?"
)
_STARTING = "STARTING!"
_RUNS = re.compile(r"(?:Min num runs|Num runs): \[(?P<n>\d{1,9})\]")
_SESSION = re.compile(rf"Initialized session in (?P<ms>{REAL})ms\.?")
_UNCONSUMED = re.compile(r"Unconsumed cmdline flags:(?P<flags>.*)")
_DUPLICATE = re.compile(r"Duplicate flags:(?P<flags>.*)")
_THREADS = re.compile(r"(?:Num threads|#threads used for CPU inference): \[(?P<n>\d{1,4})\]")
_FULL = re.compile(r"the model graph will be completely executed (?:by|w/) the delegate")
_PARTIAL = re.compile(
    r"the model graph will be partially executed (?:by|w/) the delegate(?: w/ (?P<n>\d{1,6}) delegate kernels)?"
)
_NOT = re.compile(r"the model graph will not be executed (?:by|w/) the delegate")
_REPLACING = re.compile(
    r"Replacing (?P<n>\d{1,7}) out of (?P<of>\d{1,7}) node\(s\) with delegate \([^)]*\) node, "
    r"yielding (?P<parts>\d{1,7}) partitions"
)
_FAILED = re.compile(r"benchmarking failed|failed to invoke|invoke failed", re.IGNORECASE)
_PROFILE = re.compile(
    r"Profiling Info for Benchmark Initialization:|Operator-wise Profiling Info for "
)
# A figure that stands alone was torn off a line.
_FRAGMENT = re.compile(
    r"[\d.]+(?:e[+-]\d+)?(?:ms|us)?\.?|.*(?<![\w(])(?:first|curr|min|max|avg|std|p5|median|p95)=\d.*"
)
_FOOTER = re.compile(r".*\b(?:Timings \(microseconds\)|Memory \(bytes\)): count=.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A loop as announced, and what came of it."""

    request: LoopRequest
    stats: LoopStats


def clean_lines(text: str) -> list[str]:
    r"""The lines that a program printed to the end, without prefixes, line breaks and what logcat put between.

    A last line without a line break may be half of one, and is left out.

    >>> clean_lines("INFO: STARTING!\r\nWARN: x\nI/tflite  (12): count=3\nhalf")
    ['STARTING!', 'x']
    """
    whole = text.split("\n")[:-1]
    lines = (line.rstrip("\r").rstrip() for line in whole)
    return [
        _PREFIX.sub("", line, count=1) if _PREFIX.match(line) else line
        for line in lines
        if not _LOGCAT.fullmatch(line)
    ]


def refuse_failures(*streams: Iterable[str]) -> None:
    """Raise RunnerError when the program says that something failed: its figures then average failures in."""
    for lines in streams:
        for line in lines:
            if _FAILED.search(line):
                raise RunnerError(f"benchmark_model reports a failure: {line[:200]!r}")


def find_loops(lines: list[str]) -> tuple[Loop, Loop]:
    """The warm-up and the timed loop, in this order and nothing else. Raises RunnerError."""
    if lines.count(_STARTING) != 1:
        raise RunnerError(
            "benchmark_model's output does not begin with its beginning: lines are missing"
        )
    loops = list(_loops(lines))
    if len(loops) != 2:
        raise RunnerError(
            f"benchmark_model told of {len(loops)} loops in place of warm-up and measurement: its output is cut"
        )
    if only_one(_RUNS, lines, lambda found: int(found["n"])) not in (None, loops[1].request.runs):
        raise RunnerError(
            "benchmark_model's loops are not those it was asked for; lines are out of order"
        )
    return loops[0], loops[1]


def _loops(lines: list[str]) -> Iterator[Loop]:
    """Each loop that was announced and told of."""
    announced: LoopRequest | None = None
    for number, line in enumerate(lines):
        if found := _RUNNING.fullmatch(line):
            if announced:
                raise RunnerError("benchmark_model started a loop before the one before it ended")
            announced = _request(found)
        elif is_stats(line):
            if announced is None:
                raise RunnerError(
                    "benchmark_model: a line of statistics without its loop; lines are missing"
                )
            yield _loop(announced, line, following=lines[number + 1 : number + 2])
            announced = None
        elif _is_fragment(line):
            raise RunnerError(
                f"benchmark_model: line {number + 1} is part of another: {line[:200]!r}"
            )
    if announced:
        raise RunnerError("benchmark_model began a loop and did not end it: its output is cut")


def _loop(request: LoopRequest, line: str, *, following: list[str]) -> Loop:
    """Raises RunnerError when its line may be torn, or it ended before it was to, and not by its limit of time."""
    if following != [""]:  # the programs leave an empty line there
        raise RunnerError(
            "benchmark_model: no empty line after one of statistics, so its end may be missing"
        )
    stats = parse_stats(line)
    lasted_s = stats.count * stats.avg_us / 1e6
    if stats.count < request.runs and lasted_s < _LEAST_SHARE_OF_LIMIT * (
        request.max_s or math.inf
    ):
        raise RunnerError(
            f"benchmark_model ended a loop after {stats.count} of {request.runs} inferences, before its limit of time"
        )
    return Loop(request=request, stats=stats)


def is_loop_line(line: str) -> bool:
    """Whether a line announces a loop or tells what came of one."""
    return bool(_RUNNING.fullmatch(line)) or is_stats(line)


def session_us(lines: Iterable[str]) -> float | None:
    """How long it took to get ready, as told beside the loops."""
    return only_one(_SESSION, lines, lambda found: float(found["ms"]) * 1000)


def threads_of(lines: Iterable[str]) -> int | None:
    """The number of threads, as the program understood it."""
    return only_one(_THREADS, lines, lambda found: int(found["n"]))


def unconsumed_flags(*streams: Iterable[str]) -> tuple[str, ...]:
    """Flags that the program did not know, and ignored."""
    return tuple(flag for lines in streams for flag in _flags(_UNCONSUMED, lines))


def duplicate_flags(*streams: Iterable[str]) -> tuple[str, ...]:
    """Flags that were given twice."""
    return tuple(flag for lines in streams for flag in _flags(_DUPLICATE, lines))


def is_profiled(lines: Iterable[str]) -> bool:
    """Whether operators were timed in the same run."""
    return any(_PROFILE.search(line) for line in lines)


def delegation_of(*streams: Iterable[str]) -> Delegation | None:
    """What is said of delegates; None where nothing is. Raises RunnerError when it is said in two ways."""
    lines = [line for stream in streams for line in stream]
    said = {told for line in lines if (told := _delegation(line))}
    if len(said) > 1:
        raise RunnerError("benchmark_model says two things of its delegate")
    return said.pop() if said else _from_partitions(lines)


def only_one(
    form: re.Pattern[str], lines: Iterable[str], read: Callable[[re.Match[str]], T]
) -> T | None:
    """What lines of that form say; they must all say the same. Raises RunnerError."""
    told = {read(found) for line in lines if (found := form.fullmatch(line))}
    if len(told) > 1:
        raise RunnerError(f"benchmark_model says different things of one: {sorted(map(str, told))}")
    return told.pop() if told else None


def _request(found: re.Match[str]) -> LoopRequest:
    return LoopRequest(
        runs=int(found["runs"]),
        min_s=float(found["min"]) if found["min"] else None,
        max_s=float(found["max"]) if found["max"] else None,
    )


def _is_fragment(line: str) -> bool:
    return bool(_FRAGMENT.fullmatch(line)) and not _FOOTER.fullmatch(line)


def _flags(form: re.Pattern[str], lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if found := form.search(line):
            yield from found["flags"].split() or ["(unnamed)"]


def _delegation(line: str) -> Delegation | None:
    if _FULL.search(line):
        return Delegation(share="full")
    if found := _PARTIAL.search(line):
        return Delegation(share="partial", kernels=int(found["n"]) if found["n"] else None)
    return Delegation(share="none") if _NOT.search(line) else None


def _from_partitions(lines: list[str]) -> Delegation | None:
    """What the runtime itself says, one line for each subgraph."""
    told = [found for line in lines if (found := _REPLACING.search(line))]
    if not told:
        return None
    if all(found["n"] == found["of"] and found["parts"] == "1" for found in told):
        return Delegation(share="full")
    return Delegation(share="partial" if any(int(found["n"]) for found in told) else "none")
