"""Student's t, the F and the signed-rank distribution, without further packages."""

import math
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

NORMAL = NormalDist()

# Above this number of rounds the exact signed-rank distribution differs from the normal one by less than 0.0005.
_EXACT_UP_TO = 60


def student_tail(t: float, degrees: float) -> float:
    """The probability that Student's t lies above that value.

    By the incomplete beta function, as in Abramowitz and Stegun (1964), 26.7.1.

    >>> round(student_tail(2.776445, 4), 6)
    0.025
    """
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    tail = 0.5 * _incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5)
    return tail if t >= 0 else 1 - tail


@cache
def student_quantile(probability: float, degrees: float) -> float:
    """The value that Student's t stays below with that probability.

    >>> round(student_quantile(0.975, 2), 6), round(student_quantile(0.025, 4), 6)
    (4.302653, -2.776445)
    """
    if not 0 < probability < 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    if probability < 0.5:
        return -student_quantile(1 - probability, degrees)
    low, high = 0.0, 1.0
    while student_tail(high, degrees) > 1 - probability:
        high *= 2
    for _ in range(80):  # halving: exact to the last digits, and taken a few times only
        middle = (low + high) / 2
        low, high = (
            (middle, high) if student_tail(middle, degrees) > 1 - probability else (low, middle)
        )
    return (low + high) / 2


@cache
def f_quantile(probability: float, above: float, below: float) -> float:
    """The value that a ratio of two mean squares stays below with that probability.

    >>> round(f_quantile(0.95, 3, 10), 4)
    3.7083
    """
    low, high = 0.0, 1.0
    while f_share(high, above, below) < probability:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if f_share(middle, above, below) < probability else (low, middle)
    return (low + high) / 2


def f_share(value: float, above: float, below: float) -> float:
    """The probability that a ratio of two mean squares with those degrees of freedom stays below that value.

    >>> round(f_share(1.0, 5, 5), 6)
    0.5
    """
    return _incomplete_beta(above * value / (above * value + below), above / 2, below / 2)


def signed_rank_tail(statistic: float, n: int) -> float:
    """The chance that the sum of positive ranks of n symmetric differences reaches that value.

    Exact up to 60 differences (every sign is a fair coin), the normal approximation above (Wilcoxon, 1945).

    >>> signed_rank_tail(21, 6) == 1 / 64
    True
    """
    if n <= _EXACT_UP_TO:
        chances = _signed_rank_chances(n)
        return float(chances[max(math.ceil(statistic), 0) :].sum())
    mean, variance = n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24
    return 1 - NORMAL.cdf((statistic - 0.5 - mean) / math.sqrt(variance))


def signed_rank_reach(n: int, outside: float) -> int:
    """How many of the sorted pairwise means may be left out at each end; 0 when none may.

    The largest k such that a statistic of k - 1 or less comes with a probability of at most `outside`.

    >>> [signed_rank_reach(n, 0.025) for n in (5, 6, 8, 12)]
    [0, 1, 4, 14]
    """
    if n <= _EXACT_UP_TO:
        below = np.cumsum(_signed_rank_chances(n))
        return int(np.searchsorted(below, outside + 1e-12, side="right"))
    mean, variance = n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24
    return math.floor(mean - 0.5 + NORMAL.inv_cdf(outside) * math.sqrt(variance)) + 1


@cache
def _signed_rank_chances(n: int) -> npt.NDArray[np.float64]:
    chances = np.ones(1)
    for rank in range(1, n + 1):
        longer = np.zeros(len(chances) + rank)
        longer[: len(chances)] += chances / 2
        longer[rank:] += chances / 2
        chances = longer
    return chances


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by Lentz's continued fraction (Numerical Recipes, 6.4)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return front * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1), tiny)
    fraction = d
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + term * d, tiny)
            c = _away_from_zero(1 + term / c, tiny)
            fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return fraction


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
