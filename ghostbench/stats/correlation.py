"""How much blocks and samples resemble their neighbours, and how many independent ones they are worth."""

from collections.abc import Sequence

import numpy as np

from ghostbench.stats.distributions import NORMAL
from ghostbench.stats.summary import Numbers, Times

# Beyond this a series says next to nothing, and the correction itself is a guess.
MAX_CORRELATION = 0.8
# Over the number of blocks. With none, intervals of blocks correlated 0.3 hold in 92 of 100 cases; with three times as
# much, those of independent blocks hold in 98 (decision 0003).
ALLOWANCE = 0.5


def neighbour_correlation(series: Sequence[Numbers]) -> float:
    """How much a block resembles the one before it, at its upper reach: 0 (not at all) to 0.8.

    Every series is the block medians of one network in the order they were measured; those of one campaign share the
    machine and so one correlation. Of normal scores, which outliers cannot disturb. A short series looks less
    correlated than it is, by about one over its length (Kendall, 1954); an allowance is added for what so few blocks
    cannot show.

    >>> neighbour_correlation([np.arange(1.0, 41.0)])
    0.8
    """
    long_enough = [one for one in series if len(one) > 1]
    if not long_enough:
        return 0.0
    scores = [_normal_scores(one) for one in long_enough]
    power = sum(float(z @ z) for z in scores)
    alike = sum(_at(z, 1) for z in scores) / power if power else 0.0
    count = sum(map(len, scores))
    corrected = alike + (len(scores) + ALLOWANCE) / count
    return min(max(corrected, 0.0), MAX_CORRELATION)


def widening(correlation: float) -> float:
    """By what factor a correlation between neighbours widens an interval: that of the mean of a first-order series.

    >>> widening(0.0), widening(0.6)
    (1.0, 2.0)
    """
    return float(np.sqrt((1 + correlation) / (1 - correlation)))


def samples_worth(blocks: Sequence[Times]) -> float:
    """How many independent samples those of all blocks are worth.

    From the signs around each block's median, which heavy tails cannot disturb: the count divided by one plus twice the
    sum of their correlations over distance, up to the first pair of neighbouring distances whose sum is not above zero
    (Geyer, 1992).

    >>> rng = np.random.default_rng(0)
    >>> round(samples_worth(list(rng.random((5, 200)))), -2)
    1000.0
    """
    signs = [np.sign(block - np.median(block)) for block in blocks if len(block)]
    count = sum(map(len, signs))
    longest = min((len(series) for series in signs), default=0)
    power = sum(float(series @ series) for series in signs)
    if not power:
        return float(count)
    covered = 1.0
    for distance in range(1, longest - 2, 2):
        pair = sum(_at(series, distance) + _at(series, distance + 1) for series in signs) / power
        if pair <= 0:
            break
        covered += 2 * pair
    return count / max(covered, 1.0)


def _at(series: Numbers, distance: int) -> float:
    return float(series[:-distance] @ series[distance:])


def _normal_scores(values: Numbers) -> Numbers:
    """The ranks as places of a normal distribution; equal values share one."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return np.array([NORMAL.inv_cdf(rank / (len(values) + 1)) for rank in ranks])
