"""Logs of LiteRT's benchmark_model for compiled models: loops on stdout, its block of results on stderr.

The block has two decimals of a millisecond, so the figures are those of the loops; the block must agree with them.
"""

import re

from ghostbench.core.errors import RunnerError
from ghostbench.engine import bm_lines
from ghostbench.engine.bm_log import BenchmarkLog, Memory
from ghostbench.engine.bm_stats import PRINTED_SHARE

_START = "========== BENCHMARK RESULTS =========="
_END = "======================================"
_NO_RUNS = "No inference runs were performed."
_LINE = re.compile(
    r"(?P<name>[A-Z][\w ]*(?: \((?:first|avg|min|max|std)\))?):\s+(?P<value>\d{1,12}\.\d\d)(?P<rest>.*)"
)
_RESTS = {
    "Model initialization": " ms",
    "Warmup (first)": " ms",
    "Warmup (avg)": " ms",
    "Inference (avg)": " ms",
    "Inference (min)": " ms",
    "Inference (max)": " ms",
    "Inference (std)": "",
    "Throughput": " MB/s",
    "Init footprint": " MB",
    "Overall footprint": " MB",
    "Peak memory": " MB",
}
_RUNS = re.compile(r" \((?P<runs>\d{1,9}) runs\)")
_COUNTED = ("Warmup (avg)", "Inference (avg)")
_NEEDED = (
    "Model initialization",
    "Warmup (first)",
    "Warmup (avg)",
    "Inference (avg)",
    "Inference (min)",
    "Inference (max)",
)
_HALF_DIGIT_MS = 0.005 + 1e-9


def parse_compiled(stdout: str, stderr: str) -> BenchmarkLog:
    """Read one run. Raises RunnerError when it is not whole, failed, or contradicts itself."""
    lines, complaints = bm_lines.clean_lines(stdout), bm_lines.clean_lines(stderr)
    bm_lines.refuse_failures(lines, complaints)
    if _NO_RUNS in complaints or _NO_RUNS in lines:
        raise RunnerError("benchmark_model ran not one inference")
    warmup, timed = bm_lines.find_loops(lines)
    values, runs = _block(complaints)
    session_us = bm_lines.session_us(lines)
    log = BenchmarkLog(
        flavour="compiled",
        threads=bm_lines.threads_of(lines),
        init_us=values["Model initialization"] * 1000 if session_us is None else session_us,
        first_us=warmup.stats.first_us,
        warmup_request=warmup.request,
        warmup=warmup.stats,
        request=timed.request,
        inference=timed.stats,
        delegation=bm_lines.delegation_of(lines, complaints),
        memory=Memory(
            init_mb=values.get("Init footprint"),
            overall_mb=values.get("Overall footprint"),
            peak_mb=values.get("Peak memory"),
        ),
        unconsumed=bm_lines.unconsumed_flags(lines, complaints),
        duplicate=bm_lines.duplicate_flags(lines, complaints),
        profiled=bm_lines.is_profiled([*lines, *complaints]),
    )
    _check_block(log, values, runs)
    return log


def _block(lines: list[str]) -> tuple[dict[str, float], dict[str, int]]:
    """Name to value, and to number of runs, of the block of results."""
    if lines.count(_START) != 1 or _END not in lines[lines.index(_START) :]:
        raise RunnerError(
            "benchmark_model did not print its block of results to the end: its output is cut"
        )
    start = lines.index(_START)
    values: dict[str, float] = {}
    runs: dict[str, int] = {}
    for line in lines[start + 1 : lines.index(_END, start)]:
        if (found := _LINE.fullmatch(line)) and found["name"] in _RESTS:
            _take(found, line, values, runs)
    if missing := [name for name in _NEEDED if name not in values]:
        raise RunnerError(
            f"benchmark_model's block of results lacks {missing[0]!r}: its output is cut"
        )
    return values, runs


def _take(found: re.Match[str], line: str, values: dict[str, float], runs: dict[str, int]) -> None:
    name, rest = found["name"], found["rest"]
    counted = _RUNS.fullmatch(rest.removeprefix(_RESTS[name])) if name in _COUNTED else None
    if (
        name in values
        or not (counted or rest == _RESTS[name])
        or (name in _COUNTED and not counted)
    ):
        raise RunnerError(f"benchmark_model: this line of results cannot be read: {line[:200]!r}")
    values[name] = float(found["value"])
    if counted:
        runs[name] = int(counted["runs"])


def _check_block(log: BenchmarkLog, values: dict[str, float], runs: dict[str, int]) -> None:
    """The block repeats what the loops said. Raises RunnerError when it does not."""
    expected_us = {
        "Model initialization": log.init_us,
        "Warmup (first)": log.first_us,
        "Warmup (avg)": log.warmup.avg_us,
        "Inference (avg)": log.inference.avg_us,
        "Inference (min)": log.inference.min_us,
        "Inference (max)": log.inference.max_us,
    }
    for name, told_us in expected_us.items():
        if abs(values[name] - told_us / 1000) > _HALF_DIGIT_MS + PRINTED_SHARE * told_us / 1000:
            raise RunnerError(
                f"benchmark_model contradicts itself: {name} is {values[name]:.2f} ms in its results, "
                f"and {told_us:g} us in its loops"
            )
    counts = {"Warmup (avg)": log.warmup.count, "Inference (avg)": log.inference.count}
    for name, count in counts.items():
        if runs[name] != count:
            raise RunnerError(
                f"benchmark_model contradicts itself: {runs[name]} or {count} runs in {name}"
            )
