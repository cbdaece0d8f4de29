"""How much more measuring would settle what the data leave open."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ghostbench.stats.summary import Numbers

# Beyond this nobody waits, and what differs from day to day decides.
MOST = 10_000
# A ratio this close to a limit is on neither side of it for all that can be measured.
CLOSEST_PERCENT = 0.02


def rounds_to_settle(
    mine: "Numbers", theirs: "Numbers", ratio: float, limit: float, *, reach: float = 0.0
) -> int | None:
    """About how many more rounds would show on which side of a limit the ratio lies; None when no number would.

    Blocks that do not come in pairs are taken in the order in which they ran: what counts is how far they differ. What
    sessions differ by, `reach`, no number of rounds narrows; it takes its part of the distance away.
    """
    from ghostbench.stats.compare import how_many_more_rounds
    from ghostbench.stats.intervals import MIN_BLOCKS

    many = min(len(mine), len(theirs))
    if many < MIN_BLOCKS:
        return MIN_BLOCKS - many
    distance = math.log(ratio / limit)
    if abs(distance) <= reach or 100 * abs(distance) < CLOSEST_PERCENT:
        return None
    distance_percent = 100 * math.expm1(math.copysign(math.sqrt(distance**2 - reach**2), distance))
    found = how_many_more_rounds(
        mine[:many], theirs[:many], difference_percent=distance_percent, two_sided=False
    )
    return None if found is None or found > MOST else max(1, found)


def rounds_to_tell_alike(
    mine: "Numbers", theirs: "Numbers", ratio: float, within: float, *, reach: float = 0.0
) -> int | None:
    """The same for whether the ratio lies within a margin around one: for the end of it that is nearer."""
    nearer = 1 + within if ratio > 1 else 1 / (1 + within)
    return rounds_to_settle(mine, theirs, ratio, nearer, reach=reach)
