"""Several sessions joined: the same plan on other days, each with its blocks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ghostbench.stats.intervals import MIN_BLOCKS, interval_in_order, median_interval
from ghostbench.stats.quantiles import QuantileClaim, Withheld, claim_quantile
from ghostbench.stats.summary import Numbers, Times, typical_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A time over all sessions, and what its interval speaks of."""

    value: float
    interval: tuple[float, float] | None  # 95 %
    covers: Literal["further sessions", "these sessions"]  # "these": says nothing of another day
    sessions: int
    blocks: int


def join_medians(sessions: Sequence[Numbers]) -> Joined:
    """The typical time from the block medians of each session, in the order they were measured.

    The median of the sessions' typical times. From three sessions on its interval is taken from them alone, so it holds
    for a further day. Two cannot show how days differ: their interval adds up what is open within each.

    >>> joined = join_medians([np.array([1.0, 1.01, 0.99]), np.array([1.1, 1.11, 1.09]), np.array([1.2, 1.2, 1.2])])
    >>> round(joined.value, 2), joined.covers, [round(end, 2) for end in joined.interval or ()]
    (1.1, 'further sessions', [0.87, 1.38])
    """
    filled = [session for session in sessions if len(session)]
    if not filled:
        raise ValueError("no session has a block")
    typical = np.array([typical_time(session) for session in filled])
    within = [interval_in_order(session) for session in filled]
    return Joined(
        value=typical_time(typical),
        interval=median_interval(typical) if _enough(filled) else _added(typical, within),
        covers="further sessions" if _enough(filled) else "these sessions",
        sessions=len(filled),
        blocks=sum(map(len, filled)),
    )


def join_quantile(sessions: Sequence[Sequence[Times]], quantile: float) -> Joined | Withheld:
    """A quantile over all inferences of every session; withheld as soon as one session cannot tell it.

    >>> days = [list(np.random.default_rng(day).normal(100 + day, 1, (4, 100))) for day in range(3)]
    >>> round(join_quantile(days, 0.9).value)
    102
    """
    claims: list[QuantileClaim] = []
    for session in sessions:
        claim = claim_quantile(session, quantile)
        if isinstance(claim, Withheld):
            return claim
        claims.append(claim)
    if not claims:
        raise ValueError("no session has a block")
    values = np.array([claim.value for claim in claims])
    return Joined(
        value=typical_time(values),
        interval=median_interval(values)
        if _enough(claims)
        else _added(values, [c.interval for c in claims]),
        covers="further sessions" if _enough(claims) else "these sessions",
        sessions=len(claims),
        blocks=sum(map(len, sessions)),
    )


def _enough(sessions: Sequence[object]) -> bool:
    return len(sessions) >= MIN_BLOCKS


def _added(
    values: Numbers, intervals: Sequence[tuple[float, float] | None]
) -> tuple[float, float] | None:
    """The interval of the mean of independent logarithms: the squares of their half widths add up."""
    known = [interval for interval in intervals if interval is not None]
    if len(known) < len(values):
        return None
    below = math.hypot(*(math.log(v / low) for v, (low, _) in zip(values, known, strict=True)))
    above = math.hypot(*(math.log(high / v) for v, (_, high) in zip(values, known, strict=True)))
    middle = typical_time(values)
    return middle * math.exp(-below / len(known)), middle * math.exp(above / len(known))
