"""One line of statistics of benchmark_model, `count=74 first=...`, read and checked against itself.

The program tells of many inferences in one line, so a figure that was damaged on the way could pass for a true one.
What can be told from the others is therefore checked: order, sums, and how far a deviation can be.
"""

import math
import re
from dataclasses import dataclass

from ghostbench.core.errors import RunnerError

_WHOLE = r"\d{1,15}"
REAL = r"\d{1,15}(?:\.\d{1,15})?(?:e[+-]\d{2,3})?"
_QUANTILES = rf"(?: p5=(?P<p5>{_WHOLE}) median=(?P<median>{_WHOLE}) p95=(?P<p95>{_WHOLE}))?"
_ALL_SAME = re.compile(
    rf"count=(?P<count>{_WHOLE}) curr=(?P<curr>{_WHOLE})(?P<many>\(all same\))?{_QUANTILES}"
)
_DIFFERENT = re.compile(
    rf"count=(?P<count>{_WHOLE}) first=(?P<first>{_WHOLE}) curr=(?P<curr>{_WHOLE}) min=(?P<min>{_WHOLE}) "
    rf"max=(?P<max>{_WHOLE}) avg=(?P<avg>{REAL}) std=(?P<std>{_WHOLE}){_QUANTILES}"
)
_NONE = re.compile(r"count=0(?: p5=\S+ median=\S+ p95=\S+)?")
# Averages are printed with six digits, so they may be off by half a unit of the sixth.
PRINTED_SHARE = 5e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStats:
    """What is told of the inferences of one loop. Microseconds, as printed."""

    count: int
    first_us: int
    last_us: int
    min_us: int
    max_us: int
    avg_us: float  # six digits
    std_us: int  # of the population, cut to a whole number
    p5_us: int | None = None  # programs from 2025 on tell these three
    median_us: int | None = None
    p95_us: int | None = None


def is_stats(line: str) -> bool:
    """Whether a line is one of statistics, and nothing else."""
    return any(form.fullmatch(line) for form in (_ALL_SAME, _DIFFERENT, _NONE))


def parse_stats(line: str) -> LoopStats:
    """Read one line without its prefix. Raises RunnerError.

    >>> parse_stats("count=2 first=12 curr=10 min=10 max=12 avg=11 std=1").avg_us
    11.0
    >>> parse_stats("count=5 curr=7(all same)").min_us
    7
    """
    if _NONE.fullmatch(line):
        raise RunnerError("benchmark_model ran not one inference: count=0")
    stats = _all_same(line) or _different(line)
    if stats is None:
        raise RunnerError(
            f"benchmark_model: this line of statistics cannot be read: {line[:200]!r}"
        )
    if reason := _contradiction(stats):
        raise RunnerError(f"benchmark_model contradicts itself ({reason}): {line[:200]!r}")
    return stats


def six_digits(value: float) -> str:
    """A number as the program prints averages.

    >>> six_digits(4385330.4), six_digits(13764.31)
    ('4.38533e+06', '13764.3')
    """
    return f"{value:.6g}"


def _all_same(line: str) -> LoopStats | None:
    if not (found := _ALL_SAME.fullmatch(line)):
        return None
    count, value = int(found["count"]), int(found["curr"])
    if (count > 1) != bool(found["many"]):
        raise RunnerError(f"benchmark_model contradicts itself (all same): {line[:200]!r}")
    return LoopStats(
        count=count,
        first_us=value,
        last_us=value,
        min_us=value,
        max_us=value,
        avg_us=float(value),
        std_us=0,
        **_quantiles(found),
    )


def _different(line: str) -> LoopStats | None:
    if not (found := _DIFFERENT.fullmatch(line)):
        return None
    return LoopStats(
        count=int(found["count"]),
        first_us=int(found["first"]),
        last_us=int(found["curr"]),
        min_us=int(found["min"]),
        max_us=int(found["max"]),
        avg_us=float(found["avg"]),
        std_us=int(found["std"]),
        **_quantiles(found),
    )


def _quantiles(found: re.Match[str]) -> dict[str, int]:
    return {f"{name}_us": int(found[name]) for name in ("p5", "median", "p95") if found[name]}


def _contradiction(stats: LoopStats) -> str | None:
    """What cannot be, in a few words; None when all fits."""
    if stats.count < 1:
        return "no inference"
    inside = {"first": stats.first_us, "curr": stats.last_us}
    told = {"p5": stats.p5_us, "median": stats.median_us, "p95": stats.p95_us}
    inside |= {name: value for name, value in told.items() if value is not None}
    for name, value in inside.items():
        if not stats.min_us <= value <= stats.max_us:
            return f"{name} outside min and max"
    if list(told.values()) != sorted(value or 0 for value in told.values()) and stats.p5_us:
        return "p5, median and p95 out of order"
    if stats.min_us == stats.max_us:
        return None if _is_even(stats) else "all same, and yet a spread"
    return _spread_contradiction(stats)


def _is_even(stats: LoopStats) -> bool:
    return stats.std_us == 0 and stats.avg_us == stats.min_us


def _spread_contradiction(stats: LoopStats) -> str | None:
    count, spread = stats.count, stats.max_us - stats.min_us
    if count < 2:
        return "one inference with a spread"
    slack = PRINTED_SHARE * stats.avg_us + 1e-6
    # At least one inference took the least time, and one the most.
    if (
        not stats.min_us + spread / count - slack
        <= stats.avg_us
        <= stats.max_us - spread / count + slack
    ):
        return "avg does not fit min, max and count"
    rounding = 1e-7 * stats.avg_us  # the program works with sums of squares
    if not spread / math.sqrt(2 * count) - 1 - rounding <= stats.std_us <= spread / 2 + rounding:
        return "std does not fit min, max and count"
    # A median lies within one standard deviation of the average, whatever the distribution.
    if (
        stats.median_us is not None
        and abs(stats.median_us - stats.avg_us) > stats.std_us + 1 + slack + rounding
    ):
        return "median does not fit avg and std"
    return None
