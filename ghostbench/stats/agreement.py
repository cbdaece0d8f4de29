"""How far two orders of the same networks agree: Kendall's tau."""

import math
from dataclasses import dataclass

import numpy as np

from ghostbench.stats.distributions import NORMAL, student_quantile
from ghostbench.stats.intervals import MIN_BLOCKS
from ghostbench.stats.summary import CONFIDENCE, Numbers

# The variance of the interval has the number of networks less four below it.
MIN_NETWORKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAgreement:
    """1: the same order, -1: the opposite, 0: nothing in common."""

    tau: float
    interval: tuple[float, float] | None  # 95 %, for networks like these; None with fewer than six
    networks: int


def kendall_tau(one: Numbers, other: Numbers) -> OrderAgreement:
    """Kendall's tau-b between two lists of figures of the same networks: pairs in like order less pairs in unlike.

    The interval is that of Fieller, Hartley and Pearson (1957): on Fisher's scale with variance 0.437 / (n - 4). It
    says how the agreement might differ for other networks, not what noise in the figures does.

    >>> kendall_tau(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 4.0, 3.0])).tau.__round__(3)
    0.667
    """
    if len(one) != len(other) or len(one) < 2:
        raise ValueError("two orders of the same networks, at least two, can be compared")
    first, second = np.triu_indices(len(one), 1)
    ups, others = np.sign(one[first] - one[second]), np.sign(other[first] - other[second])
    pairs = math.sqrt(float(ups @ ups) * float(others @ others))
    if not pairs:
        raise ValueError("figures that are all equal have no order")
    tau = float(ups @ others) / pairs
    return OrderAgreement(tau=tau, interval=_interval(tau, len(one)), networks=len(one))


def _interval(tau: float, networks: int) -> tuple[float, float] | None:
    if networks < MIN_NETWORKS:
        return None
    inner = min(
        max(tau, -1 + 1 / networks**2), 1 - 1 / networks**2
    )  # perfect order has no Fisher value
    half = NORMAL.inv_cdf(1 - (1 - CONFIDENCE) / 2) * math.sqrt(0.437 / (networks - 4))
    low, high = math.tanh(math.atanh(inner) - half), math.tanh(math.atanh(inner) + half)
    return min(low, tau), max(high, tau)


def tau_over_rounds(
    medians: Numbers, figures: Numbers, rng: np.random.Generator, *, resamples: int = 2000
) -> tuple[float, float] | None:
    """The 95 % interval of tau for what noise does to the measured side: medians by network (rows) and round (columns).

    Rounds are drawn with replacement, all networks together. The draws are spread by as much as Student's quantile
    exceeds the normal one, since a bootstrap of few rounds is too narrow. None below three rounds.

    >>> times = np.array([[1.0], [2.0], [2.001]]) * np.random.default_rng(1).normal(1, 0.01, (3, 8))
    >>> low, high = tau_over_rounds(times, np.array([1.0, 2.0, 3.0]), np.random.default_rng(1))
    >>> round(low, 2), high
    (0.33, 1.0)
    """
    count, rounds = medians.shape
    if rounds < MIN_BLOCKS:
        return None
    logs = np.log(medians)
    middle = logs.mean(axis=1)
    outside = (1 - CONFIDENCE) / 2
    wider = student_quantile(1 - outside, rounds - 1) / NORMAL.inv_cdf(1 - outside)
    drawn = rng.multinomial(rounds, np.full(rounds, 1 / rounds), resamples) / rounds
    times = middle + wider * math.sqrt(rounds / (rounds - 1)) * (drawn @ logs.T - middle)
    first, second = np.triu_indices(count, 1)
    ups, others = (
        np.sign(times[:, first] - times[:, second]),
        np.sign(figures[first] - figures[second]),
    )
    pairs = np.sqrt((ups**2).sum(axis=1) * float(others @ others))
    low, high = np.quantile((ups @ others) / np.maximum(pairs, 1e-300), (outside, 1 - outside))
    return float(low), float(high)
