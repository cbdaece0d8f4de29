"""What a million multiply-adds cost in time, by network and by family: why counting them misleads."""

import math
from collections.abc import Sequence

import pandas as pd

from ghostbench.core.errors import UsageError

PER_NETWORK = ("ms_per_million_macs", "low_ms_per_million_macs", "high_ms_per_million_macs")


def cost_of_networks(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of results with the time of a million multiply-adds and its 95 % interval, the cheapest first.

    The count is exact, so the interval is that of the median time. Raises UsageError where nothing was counted.
    """
    counted = frame[frame["macs"] > 0]
    if counted.empty:
        raise UsageError("there is no network with counted multiply-adds in the results")
    millions = counted["macs"].astype("float64") / 1e6
    times = ("median_ms", "ci95_low_ms", "ci95_high_ms")
    costs = {name: counted[time] / millions for name, time in zip(PER_NETWORK, times, strict=True)}
    return counted.assign(**costs).sort_values(PER_NETWORK[0], kind="stable").reset_index(drop=True)


def cost_of_families(networks: pd.DataFrame) -> pd.DataFrame:
    """By family the geometric mean over its networks, with the 95 % interval that measuring leaves, and their range.

    The interval is of these very networks: it says how well they were measured, not how others of the family would
    be. Errors of networks are taken as independent. It is left open where one of them has none.
    """
    rows = []
    for family, members in networks.groupby("family", sort=False):
        costs, lows, highs = (members[name].tolist() for name in PER_NETWORK)
        middle = _geometric_mean(costs)
        below, above = (_relative_error(costs, ends) for ends in (lows, highs))
        rows.append(
            {
                "family": family,
                "networks": len(members),
                PER_NETWORK[0]: middle,
                PER_NETWORK[1]: middle * math.exp(-below),
                PER_NETWORK[2]: middle * math.exp(above),
                "cheapest": min(costs),
                "dearest": max(costs),
            }
        )
    return pd.DataFrame(rows).sort_values(PER_NETWORK[0]).reset_index(drop=True)


def in_words(families: pd.DataFrame) -> str:
    """What the table comes to in one sentence."""
    first, last = families.iloc[0], families.iloc[-1]
    if len(families) < 2:
        return f"There is one family only, {first['family']}: nothing to compare."
    ratio = last[PER_NETWORK[0]] / first[PER_NETWORK[0]]
    apart = first[PER_NETWORK[2]] < last[PER_NETWORK[1]]
    certainty = (
        "their intervals do not touch" if apart else "their intervals touch, or are not known"
    )
    return (
        f"A million multiply-adds of {last['family']} take {ratio:.1f} times as long as of {first['family']} "
        f"({certainty})."
    )


def _geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def _relative_error(values: Sequence[float], ends: Sequence[float]) -> float:
    """Of the mean of logarithms, when each value reaches to its end."""
    distances = [math.log(end / value) for value, end in zip(values, ends, strict=True)]
    return math.sqrt(sum(distance**2 for distance in distances)) / len(values)
