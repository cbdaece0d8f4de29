"""How far off the typical time may be: a 95 % interval from the medians of a few blocks.

The blocks are the repetitions, not the samples: ten thousand samples of one process say nothing about the next
process. Below six blocks Student's interval is taken, on logarithms since times differ by factors; from six on the
interval between order statistics, which holds for every distribution. Reasons and measured coverage:
docs/decisions/0003-statistics.md.
"""

import math

import numpy as np

from ghostbench.stats.correlation import neighbour_correlation, widening
from ghostbench.stats.summary import CONFIDENCE, Numbers, typical_time

# With two blocks the interval would be thirteen standard deviations wide, or by luck deceptively narrow.
MIN_BLOCKS = 3

# What ever more looks cost: with it, campaigns that end when their interval is narrow keep 93 to 97 % (decision 0003).
LOOKS_WIDENING = 0.12

# The 0.975 quantiles of Student's t with n - 1 degrees of freedom, by number of blocks.
_STUDENT = {3: 4.302653, 4: 3.182446, 5: 2.776445}


def median_interval(medians: Numbers) -> tuple[float, float] | None:
    """The 95 % interval of the typical time, from block medians; None below three blocks.

    It always holds the median of the medians. The same function serves one level up, on medians of sessions.

    >>> low, high = median_interval(np.array([1.00, 1.01, 1.02, 1.01, 1.03]))
    >>> round(low, 3), round(high, 3)
    (1.0, 1.028)
    >>> median_interval(np.array([1.0, 1.1])) is None
    True
    """
    if len(medians) < MIN_BLOCKS:
        return None
    if not np.all(medians > 0):
        raise ValueError("times must be above zero")
    logs = np.sort(np.log(medians))
    low, high = _student(logs) if len(logs) in _STUDENT else _between_order_statistics(logs)
    return math.exp(low), math.exp(high)


def interval_in_order(
    medians: Numbers, correlation: float | None = None, *, looks: int = 1
) -> tuple[float, float] | None:
    """The 95 % interval of the typical time from block medians in the order they were measured.

    As `median_interval`, but widened for what a block takes over from the one before it. The correlation is that of
    the medians themselves unless given: `neighbour_correlation` of all networks of the campaign tells it better.
    `looks` is how often was asked whether it is narrow enough to end the campaign (`widening_for_looks`).

    >>> low, high = interval_in_order(np.array([1.00, 1.01, 1.02, 1.01, 1.03]), correlation=0.3)
    >>> round(low, 3), round(high, 3)
    (0.996, 1.035)
    """
    plain = median_interval(medians)
    if plain is None:
        return None
    alike = neighbour_correlation([medians]) if correlation is None else correlation
    factor = widening(alike) * widening_for_looks(looks)
    middle = typical_time(medians)
    low, high = (middle * (end / middle) ** factor for end in plain)
    return low, high


def widening_for_looks(looks: int) -> float:
    """By what factor an interval is widened that ended a campaign by being narrow, at the last of so many looks.

    A campaign that ends when its interval is narrow ends more often when it is so by luck. One look has no choice.

    >>> widening_for_looks(1), round(widening_for_looks(10), 3)
    (1.0, 1.108)
    """
    return 1 + LOOKS_WIDENING * (1 - 1 / max(looks, 1))


def _student(logs: Numbers) -> tuple[float, float]:
    half = _STUDENT[len(logs)] * float(np.std(logs, ddof=1)) / math.sqrt(len(logs))
    middle = float(np.mean(logs))
    return middle - half, middle + half


def _between_order_statistics(logs: Numbers) -> tuple[float, float]:
    """Between two neighbouring pairs of order statistics, weighted as Hettmansperger and Sheather (1986) do.

    The k-th smallest and k-th largest value enclose the median with a probability that only the binomial
    distribution decides. It jumps from one k to the next, so the ends are interpolated to reach 95 %.
    """
    n = len(logs)
    k, wider, narrower = _straddling(n)
    share = (wider - CONFIDENCE) / (wider - narrower)
    weight = (n - k) * share / (k + (n - 2 * k) * share)
    low = (1 - weight) * logs[k - 1] + weight * logs[k]
    high = (1 - weight) * logs[n - k] + weight * logs[n - k - 1]
    return float(low), float(high)


def _straddling(n: int) -> tuple[int, float, float]:
    """The largest k whose pair still encloses the median of n values often enough; how often k and k + 1 do.

    >>> k, wider, narrower = _straddling(8)
    >>> print(f"{k} {wider:.3f} {narrower:.3f}")
    1 0.992 0.930
    """
    k, wider = 0, 1.0
    while (narrower := wider - 2 * _chance(n, k)) >= CONFIDENCE:
        k, wider = k + 1, narrower
    return k, wider, narrower


def _chance(n: int, k: int) -> float:
    """The probability that exactly k of n values lie below their median."""
    # Through logarithms of factorials: 2 to the n leaves the range of a float above 1023 blocks.
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways - n * math.log(2))
