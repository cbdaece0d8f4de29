"""Shares of right answers: their intervals, and the difference of two on the same images."""

import math

from ghostbench.stats.distributions import NORMAL


def share_interval(right: int, of: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a share by the score method, between 0 and 1.

    Wilson (1927), Journal of the American Statistical Association 22, 209-212. It holds near 0 and 1 too, where
    "p +- 1.96 standard errors" does not.

    >>> [round(end, 4) for end in share_interval(739, 1000)]
    [0.7109, 0.7653]
    >>> [round(end, 4) for end in share_interval(0, 10)]
    [0.0, 0.2775]
    """
    if not 0 <= right <= of or of == 0:
        raise ValueError(f"{right} of {of} is no share")
    z = NORMAL.inv_cdf((1 + confidence) / 2)
    share, weight = right / of, z * z / of
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / of + weight / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def paired_shares(
    only_first: int, only_second: int, of: int, *, confidence: float = 0.95
) -> tuple[float, tuple[float, float]]:
    """How far two shares of the same images lie apart (first minus second), with an interval.

    Agresti and Min (2005), Statistics in Medicine 24, 729-740: half an image is added to each of the four kinds.

    >>> difference, (low, high) = paired_shares(12, 30, 1000)
    >>> round(difference, 4), round(low, 4), round(high, 4)
    (-0.018, -0.0307, -0.0052)
    """
    if min(only_first, only_second) < 0 or only_first + only_second > of or of == 0:
        raise ValueError(f"{only_first} and {only_second} of {of} are no shares")
    z = NORMAL.inv_cdf((1 + confidence) / 2)
    first, second, total = only_first + 0.5, only_second + 0.5, of + 2
    middle = (first - second) / total
    half = z * math.sqrt((first + second) / total - middle**2) / math.sqrt(total)
    low, high = max(-1.0, middle - half), min(1.0, middle + half)
    return (only_first - only_second) / of, (low, high)


def same_share_p_value(only_first: int, only_second: int) -> float:
    """The p-value of "both get equally many right": McNemar's test with the mid-p correction.

    Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13:91. Only the images on which the two
    disagree count.

    >>> round(same_share_p_value(12, 30), 4), same_share_p_value(5, 5)
    (0.0054, 1.0)
    """
    disagree, fewer = only_first + only_second, min(only_first, only_second)
    if only_first == only_second:
        return 1.0
    at_most = sum(_binomial_half(k, disagree) for k in range(fewer + 1))
    return min(1.0, 2 * at_most - _binomial_half(fewer, disagree))


def _binomial_half(right: int, of: int) -> float:
    """The probability of so many heads in so many throws of a fair coin."""
    log = math.lgamma(of + 1) - math.lgamma(right + 1) - math.lgamma(of - right + 1)
    return math.exp(log - of * math.log(2))
