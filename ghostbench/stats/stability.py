"""Did the time stay the same while it was measured? Drift and steps, each with a test and an effect.

Each finding is a value whether or not it matters; `matters` is true only for what is both beyond chance and large.
All p-values are for one look at one series, corrected for the places looked at within it. `ALARM_P` is so small since a
campaign takes many looks: docs/decisions/0003-statistics.md has the measured rates of false alarms and of finds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ghostbench.stats.distributions import student_tail
from ghostbench.stats.summary import Numbers, Times

# One alarm in 500 clean campaigns may be false; some eight looks are taken at each.
ALARM_P = 0.00025
# Smaller ones are hidden by what blocks differ anyway (half the 3 % that is to be found, 1 % the usual precision).
MIN_DRIFT_PERCENT = 1.5
MIN_STEP_PERCENT = 1.5

# A trend has two coefficients; with four points there are two degrees of freedom left to judge it by.
MIN_POINTS = 4
# The shortest stretch taken for a level of its own: a single slow block is no step.
MIN_LEVEL = 2
# Stretches of a block whose medians stand for its course.
STRETCHES = 12
MIN_STRETCH_SAMPLES = 5
# Neighbouring stretches of ten samples resemble each other by 0.15 when samples do by 0.7, as on a shared machine;
# a mean is then off by this factor more.
STRETCHES_ALIKE = math.sqrt(1.15 / 0.85)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A steady change over the blocks of a campaign, or over the stretches of a block."""

    total_percent: float  # from the first to the last; above zero: it got slower
    p_value: float | None  # two-sided, of "no trend"; None with too few points
    points: int

    @property
    def per_point_percent(self) -> float:
        """The change from one block (or stretch) to the next."""
        return self.total_percent / (self.points - 1) if self.points > 1 else 0.0

    @property
    def matters(self) -> bool:
        """Beyond chance, and large."""
        return (
            self.p_value is not None
            and self.p_value <= ALARM_P
            and abs(self.total_percent) >= MIN_DRIFT_PERCENT
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A sudden change from one level to another."""

    percent: float  # from the first level to the second
    first: (
        int  # the place of the first block (or stretch) on the second level; 0 with too few points
    )
    p_value: float | None  # of "no step anywhere", corrected for all places tried
    points: int

    @property
    def matters(self) -> bool:
        """Beyond chance, and large."""
        return (
            self.p_value is not None
            and self.p_value <= ALARM_P
            and abs(self.percent) >= MIN_STEP_PERCENT
        )


def drift_over_blocks(medians: Numbers, *, widen: float = 1.0, looks: int = 1) -> Drift:
    """The trend of block medians in the order they were measured, by least squares on logarithms with Student's test.

    >>> rising = drift_over_blocks(np.array([1.000, 1.005, 1.011, 1.014, 1.020, 1.026]))
    >>> round(rising.total_percent, 1), rising.matters
    (2.5, True)
    """
    logs, n = _logs(medians), len(medians)
    if n < 2:
        return Drift(total_percent=0.0, p_value=None, points=n)
    steps = np.arange(n) - (n - 1) / 2
    spread = float(steps @ steps)
    slope = float(steps @ logs) / spread
    total = 100 * math.expm1(slope * (n - 1))
    if n < MIN_POINTS:
        return Drift(total_percent=total, p_value=None, points=n)
    rest = logs - logs.mean() - slope * steps
    noise = math.sqrt(float(rest @ rest) / (n - 2) / spread)
    p_value = for_looks(_two_sided(slope, widen * noise, n - 2), looks)
    return Drift(total_percent=total, p_value=p_value, points=n)


def step_over_blocks(medians: Numbers, *, widen: float = 1.0, looks: int = 1) -> Step:
    """The best split of block medians into two levels, in the order they were measured, each of two blocks or more.

    Student's test at every place, corrected by Bonferroni's inequality for the number of places.

    >>> step = step_over_blocks(np.array([1.00, 1.001, 0.999, 1.0, 1.05, 1.051, 1.049, 1.05]))
    >>> step.first, round(step.percent, 1), step.matters
    (4, 5.0, True)
    """
    logs, n = _logs(medians), len(medians)
    if n < 2 * MIN_LEVEL:
        return Step(percent=0.0, first=0, p_value=None, points=n)
    before = np.arange(MIN_LEVEL, n - MIN_LEVEL + 1)
    after = n - before
    sums = np.cumsum(logs - logs.mean())[before - 1]
    explained = sums**2 * n / (before * after)  # by the two levels, out of all squares
    best = int(np.argmax(explained))
    size = -float(sums[best]) * n / float(before[best] * after[best])
    left_over = max(float(np.var(logs)) * n - float(explained[best]), 0.0)
    noise = math.sqrt(left_over / (n - 2) * n / float(before[best] * after[best]))
    p_value = for_looks(_two_sided(size, widen * noise, n - 2), looks * len(before))
    return Step(percent=100 * math.expm1(size), first=int(before[best]), p_value=p_value, points=n)


def stretch_medians(samples: Times) -> Numbers:
    """The course of a block: medians of stretches of equal length; fewer when samples are few.

    >>> stretch_medians(np.arange(1, 121))[:2].tolist()
    [5.5, 15.5]
    """
    stretches = min(STRETCHES, len(samples) // MIN_STRETCH_SAMPLES)
    if not stretches:
        return np.empty(0)
    return np.array([np.median(part) for part in np.array_split(samples, stretches)])


def drift_within_block(samples: Times, *, looks: int = 1) -> Drift:
    """The trend within one block, from the medians of its stretches; `looks` is how many blocks are examined alike."""
    return drift_over_blocks(stretch_medians(samples), widen=STRETCHES_ALIKE, looks=looks)


def drift_common_to_blocks(blocks: Sequence[Times], *, looks: int = 1) -> Drift:
    """The trend that all blocks have within them, such as a core that warms up anew in each.

    Student's test on one slope per block: blocks are independent, so it holds however alike the samples of one are.

    >>> within = 1 + 0.03 * np.linspace(0, 1, 60)
    >>> noise = np.random.default_rng(0).normal(1, 0.005, (6, 60))
    >>> drift_common_to_blocks(list(within * noise)).matters
    True
    """
    courses = [drift_over_blocks(stretch_medians(block)) for block in blocks]
    totals = np.array(
        [math.log1p(c.total_percent / 100) for c in courses if c.points >= MIN_POINTS]
    )
    n = len(totals)
    if n == 0:
        return Drift(total_percent=0.0, p_value=None, points=0)
    middle = float(np.mean(totals))
    noise = float(np.std(totals, ddof=1)) / math.sqrt(n) if n >= MIN_POINTS else 0.0
    return Drift(
        total_percent=100 * math.expm1(middle),
        p_value=for_looks(_two_sided(middle, noise, n - 1), looks) if n >= MIN_POINTS else None,
        points=min(c.points for c in courses if c.points >= MIN_POINTS),
    )


def step_within_block(samples: Times, *, looks: int = 1) -> Step:
    """A step within one block, from the medians of its stretches; `first` counts stretches."""
    return step_over_blocks(stretch_medians(samples), widen=STRETCHES_ALIKE, looks=looks)


def round_effects(medians: Numbers) -> Numbers:
    """What the networks of an interleaved campaign have in common: one factor per round, 1 for a typical round.

    Takes block medians by network (rows) and round (columns). Drift and steps of the device show more clearly here than
    in any one network, since the differences of single blocks cancel.

    >>> round_effects(np.array([[1.0, 1.0, 1.2], [2.0, 2.0, 2.4]])).round(6).tolist()
    [1.0, 1.0, 1.2]
    """
    logs = _logs(medians)
    effects: Numbers = np.exp((logs - np.median(logs, axis=1, keepdims=True)).mean(axis=0))
    return effects


def for_looks(p_value: float | None, looks: int) -> float | None:
    """A p-value of one of so many tests that are made alike (Bonferroni)."""
    return None if p_value is None else min(1.0, p_value * looks)


def _logs(times: Numbers) -> Numbers:
    if not np.all(np.asarray(times) > 0):
        raise ValueError("times must be above zero")
    logs: Numbers = np.log(np.asarray(times, dtype=np.float64))
    return logs


def _two_sided(effect: float, noise: float, degrees: int) -> float:
    # Times that agree to the last digit leave no noise to judge by.
    if noise <= 1e-12:
        return 0.0 if abs(effect) > 1e-9 else 1.0
    return 2 * student_tail(abs(effect) / noise, degrees)
