"""How far two sessions of the very same thing lie apart, which blocks of one session cannot show.

A machine is not the same an hour later: neighbours come and go, memory is laid out anew, rooms warm up. Two campaigns
compared by their blocks alone are therefore called different far too often. What is known of the device's sessions, or
else assumed of its kind, has to be added.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ghostbench.stats.distributions import NORMAL, student_quantile
from ghostbench.stats.intervals import MIN_BLOCKS
from ghostbench.stats.summary import CONFIDENCE, Numbers

# Below this many degrees of freedom a deviation is known so badly that the assumed one is better.
MIN_DEGREES = 4

# Standard deviations that are assumed until sessions of the device's own show better. Of a virtual machine: twelve
# sessions within ten minutes differed by 2.75 % (docs/measuring.md, "Repeated runs"), rounded up since days differ more
# than minutes. Of a machine of one's own: no figure of ours; the least that would be careless to leave out.
ASSUMED_VIRTUAL, ASSUMED_OWN = 0.03, 0.01


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

    def reach(self, sessions: tuple[int, int]) -> float:
        """By how much a log ratio of two medians may be off at 95 %, with so many sessions on each side.

        A side of MIN_BLOCKS sessions or more shows itself how they differ, in the numbers it is compared by.

        >>> round(SessionSpread(deviation=0.03, degrees=None).reach((1, 1)), 3)
        0.083
        """
        few = [count for count in sessions if count < MIN_BLOCKS]
        return self._half_width() * math.sqrt(sum(1 / count for count in few))

    def around(
        self, middle: float, interval: tuple[float, float] | None, sessions: int = 1
    ) -> tuple[float, float]:
        """The 95 % interval of a typical time whenever it is measured, from its interval within so many sessions.

        What blocks leave open and what sessions do are independent: half widths add in squares, on logarithms.

        >>> low, high = SessionSpread(deviation=0.03, degrees=None).around(1.0, (0.98, 1.02))
        >>> round(low, 3), round(high, 3)
        (0.94, 1.064)
        """
        sessions_reach = self._half_width() / math.sqrt(sessions)
        low, high = interval or (middle, middle)
        return (
            middle * math.exp(-math.hypot(math.log(middle / low), sessions_reach)),
            middle * math.exp(math.hypot(math.log(high / middle), sessions_reach)),
        )

    def _half_width(self) -> float:
        """Of the interval of one session, at 95 %."""
        outside = (1 + CONFIDENCE) / 2
        quantile = (
            NORMAL.inv_cdf(outside)
            if self.degrees is None
            else student_quantile(outside, self.degrees)
        )
        return quantile * self.deviation


def session_spread(groups: Sequence[Numbers]) -> SessionSpread | None:
    """Pool the deviation over groups; each holds the typical times of one job in several sessions.

    It includes what each session's own blocks leave open, so it errs to the wide side. None while fewer than
    MIN_DEGREES degrees of freedom are there. Jobs that ran in the same sessions share what made those differ, so
    together they count for no more degrees than the longest of them.

    >>> spread = session_spread([np.array([1.00, 1.02, 0.98, 1.0, 1.0]), np.array([5.0, 5.1, 4.9])])
    >>> round(spread.percent, 1), spread.degrees
    (1.6, 4)
    """
    logs = [np.log(group) for group in groups if len(group) > 1]
    longest = max(map(len, logs), default=0)
    if longest - 1 < MIN_DEGREES:
        return None
    squares = sum(float(np.var(group)) * len(group) for group in logs)
    free = sum(len(group) - 1 for group in logs)
    return SessionSpread(deviation=math.sqrt(squares / free), degrees=longest - 1, sessions=longest)
