"""How far two orders of the same networks agree: Kendall's tau."""

import math
from dataclasses import dataclass

import numpy as np

from ghostbench.stats.distributions import NORMAL
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
