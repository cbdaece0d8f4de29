"""How much more measuring would settle what the data leave open."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ghostbench.core.comparison import GuardVerdict
from ghostbench.workflows.like_with_like import aligned

if TYPE_CHECKING:
    from ghostbench.stats.summary import Numbers

# Beyond this nobody waits, and what differs from day to day decides.
MOST = 10_000
# A ratio this close to a limit is on neither side of it for all that can be measured.
CLOSEST_PERCENT = 0.02


# A p-value up to this establishes something.
LEVEL = 0.05


def rounds_to_settle(
    mine: "Numbers",
    theirs: "Numbers",
    ratio: float,
    limit: float,
    *,
    paired: bool,
    reach: float = 0.0,
    level: float = LEVEL,
) -> int | None:
    """About how many more rounds would show on which side of a limit the ratio lies; None when no number would.

    `level` is the largest p-value that shows it. What sessions differ by, `reach`, no number of rounds narrows.
    """
    from ghostbench.stats.intervals import MIN_BLOCKS
    from ghostbench.stats.power import how_many_more_blocks, how_many_more_rounds

    many = min(len(mine), len(theirs))
    if many < MIN_BLOCKS:
        return MIN_BLOCKS - many
    distance = math.log(ratio / limit)
    if 100 * abs(distance) < CLOSEST_PERCENT:
        return None
    percent = 100 * math.expm1(distance)
    if paired:
        found = how_many_more_rounds(
            mine, theirs, difference_percent=percent, two_sided=False, level=level
        )
    else:
        found = how_many_more_blocks(
            mine, theirs, difference_percent=percent, reach=reach, level=level
        )
    return None if found is None or found > MOST else max(1, found)


def rounds_by_holm(
    needed: "Sequence[Callable[[float], int | None]]", among: int
) -> list[int | None]:
    """When each of some questions would be settled that are open of `among`, all corrected by Holm.

    `needed` says for each how many rounds it takes at a level; None where no number would do. The one that takes
    fewest is settled first, at the strictest level; the others are then corrected for one question less. None stands
    for those that are never reached.

    >>> rounds_by_holm([lambda level: round(1 / level), lambda level: round(0.1 / level)], among=2)
    [20, 4]
    """
    found: list[int | None] = [None] * len(needed)
    reached, left = 0, set(range(len(needed)))
    for many in range(among, among - len(needed), -1):
        told = {index: rounds for index in left if (rounds := needed[index](LEVEL / many))}
        if not told:
            break
        first = min(told, key=lambda index: (told[index], index))
        reached = max(reached, told[first])
        found[first] = reached
        left.remove(first)
    return found


def rounds_to_tell_alike(
    mine: "Numbers",
    theirs: "Numbers",
    ratio: float,
    within: float,
    *,
    paired: bool,
    reach: float = 0.0,
) -> int | None:
    """The same for whether the ratio lies within a margin around one: for the end of it that is nearer."""
    nearer = 1 + within if ratio > 1 else 1 / (1 + within)
    return rounds_to_settle(mine, theirs, ratio, nearer, paired=paired, reach=reach)


def with_more_rounds(verdicts: Sequence[GuardVerdict]) -> tuple[GuardVerdict, ...]:
    """Each open one with the rounds that would tell: corrected where it looks slower, which is then the answer."""
    open_ones = [place for place, verdict in enumerate(verdicts) if verdict.slower is None]
    slower = [place for place in open_ones if _looks_slower(verdicts[place])]
    settled = sum(verdict.slower is True for verdict in verdicts)
    among = max((verdict.among for verdict in verdicts), default=0) - settled
    by_holm = rounds_by_holm([_rounds_at(verdicts[place]) for place in slower], among)
    more = dict(zip(slower, by_holm, strict=True))
    for place in open_ones:
        if place not in more:
            more[place] = _rounds_at(verdicts[place])(LEVEL)
    return tuple(
        replace(verdict, more_rounds=more.get(place)) for place, verdict in enumerate(verdicts)
    )


def _looks_slower(verdict: GuardVerdict) -> bool:
    return verdict.p_slower is not None and verdict.comparison.ratio > 1 + verdict.max_slowdown


def _rounds_at(verdict: GuardVerdict) -> Callable[[float], int | None]:
    """How many more rounds one job takes, by the level that its p-value must reach."""
    comparison = verdict.comparison
    mine, theirs, paired = aligned(comparison.a, comparison.b)
    return lambda level: rounds_to_settle(
        mine,
        theirs,
        comparison.ratio,
        1 + verdict.max_slowdown,
        paired=paired,
        reach=comparison.session_reach,
        level=level,
    )
