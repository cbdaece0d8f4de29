"""How much more measuring would settle what the data leave open."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ghostbench.stats.summary import Numbers

# Beyond this nobody waits, and what differs from day to day decides.
MOST = 10_000
# A ratio this close to a limit is on neither side of it for all that can be measured.
CLOSEST_PERCENT = 0.02


def rounds_to_settle(mine: "Numbers", theirs: "Numbers", ratio: float, limit: float) -> int | None:
    """About how many more rounds would show on which side of a limit the ratio lies; None when no number would.

    Blocks that do not come in pairs are taken in the order in which they ran: what counts is how far they differ.
    """
    from ghostbench.stats.compare import how_many_more_rounds
    from ghostbench.stats.intervals import MIN_BLOCKS

    many = min(len(mine), len(theirs))
    if many < MIN_BLOCKS:
        return MIN_BLOCKS - many
    distance_percent = 100 * (ratio / limit - 1)
    if abs(distance_percent) < CLOSEST_PERCENT:
        return None
    found = how_many_more_rounds(
        mine[:many], theirs[:many], difference_percent=distance_percent, two_sided=False
    )
    return None if found is None or found > MOST else max(1, found)


def rounds_to_tell_alike(
    mine: "Numbers", theirs: "Numbers", ratio: float, within: float
) -> int | None:
    """The same for whether the ratio lies within a margin around one: for the end of it that is nearer."""
    nearer = 1 + within if ratio > 1 else 1 / (1 + within)
    return rounds_to_settle(mine, theirs, ratio, nearer)
