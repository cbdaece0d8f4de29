"""How far two sessions of the very same thing lie apart, which blocks of one session cannot show.

A machine is not the same an hour later: neighbours come and go, memory is laid out anew, rooms warm up. Two campaigns
compared by their blocks alone are therefore called different far too often. What is known of the device's sessions, or
else assumed of its kind, has to be added.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ghostbench.stats.compare import Ratio
from ghostbench.stats.distributions import student_quantile, student_tail
from ghostbench.stats.summary import Numbers

# Below this many degrees of freedom a deviation is known so badly that the assumed one is better.
MIN_DEGREES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSpread:
    """The standard deviation of a session's typical time, on logarithms."""

    deviation: float
    degrees: int | None  # None: assumed, not measured
    sessions: int = 0  # that it was measured on

    @property
    def percent(self) -> float:
        """The same in percent."""
        return 100 * self.deviation


def session_spread(groups: Sequence[Numbers]) -> SessionSpread | None:
    """Pool the deviation over groups; each holds the typical times of one job in several sessions.

    It includes what each session's own blocks leave open, so it errs to the wide side. None while fewer than
    MIN_DEGREES degrees of freedom are there.

    >>> spread = session_spread([np.array([1.00, 1.02, 0.98]), np.array([5.0, 5.1, 4.9])])
    >>> round(spread.percent, 1), spread.degrees
    (2.0, 4)
    """
    logs = [np.log(group) for group in groups if len(group) > 1]
    degrees = sum(len(group) - 1 for group in logs)
    if degrees < MIN_DEGREES:
        return None
    squares = sum(float(np.var(group)) * len(group) for group in logs)
    return SessionSpread(
        deviation=math.sqrt(squares / degrees), degrees=degrees, sessions=max(map(len, logs))
    )


def across_sessions(
    ratio: Ratio, spread: SessionSpread, sessions: tuple[int, int] = (1, 1)
) -> Ratio:
    """The ratio of two campaigns, with its interval widened by how sessions differ; so many sessions on each side.

    The two half widths add up in squares. Sessions that ran together (a paired ratio) share what makes them differ, so
    for those there is nothing to add.

    >>> ratio = Ratio(value=1.04, interval=(1.03, 1.05), p_value=0.001, paired=False, counts=(12, 12))
    >>> wide = across_sessions(ratio, SessionSpread(deviation=0.03, degrees=None))
    >>> [round(end, 2) for end in wide.interval or ()], wide.verdict
    ([0.96, 1.13], 0)
    """
    if ratio.paired or ratio.interval is None:
        return ratio
    degrees = spread.degrees if spread.degrees is not None else math.inf
    quantile = student_quantile(0.975, degrees) if math.isfinite(degrees) else 1.959964
    reach = quantile * spread.deviation * math.sqrt(sum(1 / count for count in sessions))
    low, high = (abs(math.log(end / ratio.value)) for end in ratio.interval)
    below, above = math.hypot(low, reach), math.hypot(high, reach)
    distance = math.log(ratio.value)
    towards_one = below if distance > 0 else above
    free = sum(ratio.counts) - 2
    tail = (
        student_tail(abs(distance) / towards_one * student_quantile(0.975, free), free)
        if towards_one
        else 0.0
    )
    return replace(
        ratio,
        interval=(math.exp(distance - below), math.exp(distance + above)),
        p_value=min(1.0, 2 * tail),
    )
