"""Two networks against each other: the ratio of their times with a test, an interval, equivalence and power.

Everything is done on logarithms, since times differ by factors. A ratio of 0.94 says that A takes 6 % less time than B.

**Paired** is what an interleaved campaign gives: one block of each in every round. What slows a round down slows both,
and since the order within each round was drawn by lot, a log ratio is as likely to be x as -x when there is no
difference, whatever the rounds have in common or one takes over from the last. Wilcoxon's signed-rank test needs no
more than that.
**Unpaired** is for two campaigns. Their blocks do not show how two days differ: `reach` adds it (`session_spread`).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ghostbench.stats.distributions import student_quantile, student_tail
from ghostbench.stats.intervals import interval_in_order, widening_for_looks
from ghostbench.stats.rounds import MIN_SIGNED_RANK as MIN_SIGNED_RANK
from ghostbench.stats.rounds import log_ratios, p_above, paired_interval, pairwise_means
from ghostbench.stats.summary import CONFIDENCE, Numbers, typical_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times as long A takes as B."""

    value: float  # below one: A is faster
    interval: tuple[float, float] | None  # 95 %; None with fewer than three rounds or blocks
    p_value: (
        float | None
    )  # two-sided, of "no difference"; at most 0.05 exactly when one lies outside the interval
    paired: bool
    counts: tuple[int, int]  # blocks of A and of B; when paired, the rounds they have in common

    @property
    def percent(self) -> float:
        """By how many percent of B's time A takes longer; negative when A is faster."""
        return 100 * (self.value - 1)

    @property
    def verdict(self) -> int | None:
        """-1 when A is surely faster, 1 when surely slower, 0 when one is possible, None when unknown."""
        if self.interval is None:
            return None
        low, high = self.interval
        return -1 if high < 1 else 1 if low > 1 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """Whether A and B take the same time but for x percent: two one-sided tests (Schuirmann, 1987)."""

    within_percent: float
    p_value: float | None  # the larger of the two; None with too few rounds or blocks
    interval: (
        tuple[float, float] | None
    )  # 90 %: it lies within the limits exactly when equivalence is established

    @property
    def established(self) -> bool:
        """False also when it cannot be told."""
        return self.p_value is not None and self.p_value <= 1 - CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitCheck:
    """Whether the ratio lies above a limit, from both sides, each with a one-sided test at 5 %."""

    limit_percent: float  # by how much A may be slower than B
    ratio: Ratio
    p_above: float | None  # small: A is slower by more than the limit
    p_below: float | None  # small: A is not slower by as much

    @property
    def outcome(self) -> Literal["above", "below", "undecided"]:
        """Above the limit, below it, or not to be told from these data."""
        if self.p_above is not None and self.p_above <= 1 - CONFIDENCE:
            return "above"
        if self.p_below is not None and self.p_below <= 1 - CONFIDENCE:
            return "below"
        return "undecided"


def paired_ratio(a: Numbers, b: Numbers, *, looks: int = 1) -> Ratio:
    """Compare block medians of the same rounds, in the same order; any unit of time.

    The value is the Hodges-Lehmann estimate: the median over all means of two log ratios. From six rounds on the
    interval inverts the signed-rank test (Hollander and Wolfe, 1999, 3.3), below it is Student's. `looks` is how often
    was asked whether this very interval is narrow enough to end the campaign: it is widened, and the test with it.

    >>> ratio = paired_ratio(np.array([9.4, 9.5, 9.3, 9.4, 9.6, 9.4]), np.full(6, 10.0))
    >>> round(ratio.value, 3), tuple(round(end, 3) for end in ratio.interval or ()), ratio.p_value
    (0.94, (0.93, 0.96), 0.03125)
    """
    logs = _widened_ratios(a, b, looks)
    interval = paired_interval(logs, CONFIDENCE)
    p_value = None if interval is None else min(1.0, 2 * min(p_above(logs, 0), p_above(-logs, 0)))
    return Ratio(
        value=math.exp(float(np.median(pairwise_means(logs)))),
        interval=interval,
        p_value=p_value,
        paired=True,
        counts=(len(logs), len(logs)),
    )


def unpaired_ratio(a: Numbers, b: Numbers, *, reach: float = 0.0) -> Ratio:
    """Compare block medians (or session medians) of two campaigns, in the order measured; the ratio of typical times.

    Each side's own interval, widened for blocks that resemble their neighbours, gives its share of the doubt, so that
    neither equal spread nor equal shape is assumed (the square-and-add rule of Newcombe, 1998, and of Zou and Donner,
    2008). `reach` is a further half width on logarithms: by how much sessions differ.

    >>> ratio = unpaired_ratio(np.array([9.4, 9.5, 9.3, 9.4]), np.array([10.0, 10.1, 9.9]))
    >>> round(ratio.value, 3), ratio.verdict
    (0.94, -1)
    """
    value = typical_time(a) / typical_time(b)
    sides = interval_in_order(a), interval_in_order(b)
    counts = (len(a), len(b))
    if sides[0] is None or sides[1] is None:
        return Ratio(value=value, interval=None, p_value=None, paired=False, counts=counts)
    below, above = (math.hypot(half, reach) for half in _square_and_add(a, b, sides[0], sides[1]))
    distance = math.log(value)
    return Ratio(
        value=value,
        interval=(math.exp(distance - below), math.exp(distance + above)),
        p_value=2 * _unpaired_tail(abs(distance), below if distance > 0 else above, counts),
        paired=False,
        counts=counts,
    )


def equivalence(
    a: Numbers,
    b: Numbers,
    *,
    within_percent: float,
    paired: bool = True,
    reach: float = 0.0,
    looks: int = 1,
) -> Equivalence:
    """Test whether A's time lies within x percent of B's, on the log scale: between 1/(1 + x) and 1 + x.

    >>> equivalence(np.array([1.0, 1.001, 0.999]), np.ones(3), within_percent=2).established
    True
    """
    if within_percent <= 0:
        raise ValueError(f"a margin lies above zero, not at {within_percent} %")
    low, high = 100 / (1 + within_percent / 100) - 100, within_percent
    above_low, below_high = (
        check_limit(a, b, limit_percent=limit, paired=paired, reach=reach, looks=looks)
        for limit in (low, high)
    )
    if above_low.p_above is None or below_high.p_below is None:
        return Equivalence(within_percent=within_percent, p_value=None, interval=None)
    interval = (
        paired_interval(_widened_ratios(a, b, looks), 2 * CONFIDENCE - 1)
        if paired
        else _unpaired_90(below_high.ratio)
    )
    return Equivalence(
        within_percent=within_percent,
        p_value=max(above_low.p_above, below_high.p_below),
        interval=interval,
    )


def check_limit(
    a: Numbers,
    b: Numbers,
    *,
    limit_percent: float,
    paired: bool = True,
    reach: float = 0.0,
    looks: int = 1,
) -> LimitCheck:
    """Test whether A is slower than B by more than a limit, and whether it is not.

    >>> slow, base = np.array([1.09, 1.10, 1.11, 1.10]), np.ones(4)
    >>> check_limit(slow, base, limit_percent=3).outcome, check_limit(base, base, limit_percent=3).outcome
    ('above', 'below')
    """
    if limit_percent <= -100:
        raise ValueError(f"a time cannot change by {limit_percent} %")
    ratio = paired_ratio(a, b, looks=looks) if paired else unpaired_ratio(a, b, reach=reach)
    if ratio.interval is None:
        return LimitCheck(limit_percent=limit_percent, ratio=ratio, p_above=None, p_below=None)
    limit = math.log1p(limit_percent / 100)
    if paired:
        logs = _widened_ratios(a, b, looks)
        above, below = p_above(logs, limit), p_above(-logs, -limit)
    else:
        distance = math.log(ratio.value) - limit
        down, up = (abs(math.log(end / ratio.value)) for end in ratio.interval)
        above = _unpaired_tail(distance, down, ratio.counts)
        below = _unpaired_tail(-distance, up, ratio.counts)
    return LimitCheck(limit_percent=limit_percent, ratio=ratio, p_above=above, p_below=below)


def _widened_ratios(a: Numbers, b: Numbers, looks: int) -> Numbers:
    """The log ratios by round, drawn away from their Hodges-Lehmann estimate by the factor for so many looks.

    That widens every interval that is made of them around it by the very factor, and changes every test alike, so
    that a test and its interval keep saying the same.
    """
    logs = log_ratios(a, b)
    if looks <= 1:
        return logs
    middle = float(np.median(pairwise_means(logs)))
    widened: Numbers = middle + widening_for_looks(looks) * (logs - middle)
    return widened


def _square_and_add(
    a: Numbers, b: Numbers, of_a: tuple[float, float], of_b: tuple[float, float]
) -> tuple[float, float]:
    """How far the log ratio may lie below and above its value."""
    middle_a, middle_b = math.log(typical_time(a)), math.log(typical_time(b))
    below = math.hypot(middle_a - math.log(of_a[0]), math.log(of_b[1]) - middle_b)
    above = math.hypot(math.log(of_a[1]) - middle_a, middle_b - math.log(of_b[0]))
    return below, above


def _unpaired_tail(distance: float, half_width: float, counts: tuple[int, int]) -> float:
    """The one-sided p-value that belongs to the interval: 0.025 where the distance is just its half width."""
    degrees = sum(counts) - 2
    if half_width == 0:
        return 0.0 if distance > 0 else 1.0
    return student_tail(distance / half_width * student_quantile(0.975, degrees), degrees)


def _unpaired_90(ratio: Ratio) -> tuple[float, float] | None:
    """The 90 % interval that belongs to the 95 % one."""
    if ratio.interval is None:
        return None
    degrees = sum(ratio.counts) - 2
    shrink = student_quantile(0.95, degrees) / student_quantile(0.975, degrees)
    low, high = (ratio.value * (end / ratio.value) ** shrink for end in ratio.interval)
    return low, high
