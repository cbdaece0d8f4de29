"""The paired test on the rounds of one campaign: log ratios, the signed-rank test and the interval that inverts it."""

import math

import numpy as np

from ghostbench.stats.distributions import (
    signed_rank_reach,
    signed_rank_tail,
    student_quantile,
    student_tail,
)
from ghostbench.stats.intervals import MIN_BLOCKS
from ghostbench.stats.summary import Numbers

# Below six rounds not even signs that are all alike are rarer than 5 in 100, so Student's test is taken there.
MIN_SIGNED_RANK = 6


def log_ratios(a: Numbers, b: Numbers) -> Numbers:
    """The logarithm of A over B, by round."""
    if len(a) != len(b):
        raise ValueError(f"paired times come in pairs, not as {len(a)} and {len(b)}")
    if not len(a) or not (np.all(a > 0) and np.all(b > 0)):
        raise ValueError("times must be given and above zero")
    logs: Numbers = np.log(np.asarray(a, dtype=np.float64) / np.asarray(b, dtype=np.float64))
    return logs


def pairwise_means(logs: Numbers) -> Numbers:
    """The means of all pairs, each value with itself too (Walsh averages)."""
    first, second = np.triu_indices(len(logs))
    means: Numbers = (logs[first] + logs[second]) / 2
    return means


def paired_interval(logs: Numbers, confidence: float) -> tuple[float, float] | None:
    """The interval of the ratio with that confidence; None below three rounds."""
    n, outside = len(logs), (1 - confidence) / 2
    if n < MIN_BLOCKS:
        return None
    if n < MIN_SIGNED_RANK:
        middle = float(np.mean(logs))
        half = student_quantile(1 - outside, n - 1) * float(np.std(logs, ddof=1)) / math.sqrt(n)
        return math.exp(middle - half), math.exp(middle + half)
    means = np.sort(pairwise_means(logs))
    reach = signed_rank_reach(n, outside)
    return math.exp(means[reach - 1]), math.exp(means[len(means) - reach])


def p_above(logs: Numbers, limit: float) -> float:
    """The one-sided p-value of "the centre lies at the limit or below"; a tie speaks for that."""
    n = len(logs)
    if n < MIN_SIGNED_RANK:
        spread = float(np.std(logs, ddof=1)) / math.sqrt(n)
        distance = float(np.mean(logs)) - limit
        if spread == 0:
            return 0.0 if distance > 0 else 1.0
        return student_tail(distance / spread, n - 1)
    return signed_rank_tail(int(np.sum(pairwise_means(logs) > limit)), n)
