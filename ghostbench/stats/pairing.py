"""Blocks of two jobs, brought together by the session and the round they ran in."""

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ghostbench.stats.intervals import MIN_BLOCKS
from ghostbench.stats.rounds import log_ratios, pairwise_means
from ghostbench.stats.summary import Numbers, typical_time

Key = TypeVar("Key", bound=Hashable)
Place = tuple[Hashable, int]  # the session and the round that a block ran in


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgainst:
    """Two rows of numbers that a test may be made on."""

    a: Numbers
    b: Numbers
    paired: bool
    unit: str  # what each number stands for: "round", "block" or "session"
    looks: int = 1  # how often was asked whether the interval of this very ratio is narrow enough

    def looked_at(self, looks: int) -> "SetAgainst":
        """The same as the goal of its campaign; sessions of three and more are not chosen by it."""
        return replace(self, looks=looks) if self.unit == "round" else self


def in_rounds(a: Mapping[Key, float], b: Mapping[Key, float]) -> tuple[Numbers, Numbers, bool]:
    """The medians of both by round, and whether they come in pairs: then only rounds that both have are left.

    >>> in_rounds({0: 1.0, 1: 2.0, 2: 3.0}, {1: 20.0, 2: 30.0, 3: 40.0})
    (array([2., 3.]), array([20., 30.]), True)
    >>> in_rounds({0: 1.0}, {1: 20.0})
    (array([1.]), array([20.]), False)
    """
    common = [each for each in a if each in b]
    if not common:
        return np.array([*a.values()]), np.array([*b.values()]), False
    return np.array([a[each] for each in common]), np.array([b[each] for each in common]), True


def set_against(a: Mapping[Place, float], b: Mapping[Place, float]) -> SetAgainst:
    """The medians of both, by session from three sessions on: then how sessions differ is in what is made of them.

    In pairs where both have blocks in the same rounds. A session's ratio is then the Hodges-Lehmann estimate of its
    rounds, and stands against 1.

    >>> days = {(day, number): 1.0 + day / 10 for day in range(3) for number in range(4)}
    >>> found = set_against(days, {place: 2 * median for place, median in days.items()})
    >>> found.a.round(6).tolist(), found.b.tolist(), found.paired, found.unit
    ([0.5, 0.5, 0.5], [1.0, 1.0, 1.0], True, 'session')
    """
    mine, theirs, paired = in_rounds(a, b)
    if not paired:
        by_session = _sessions(a), _sessions(b)
        enough = [len(sessions) >= MIN_BLOCKS for sessions in by_session]
        mine, theirs = (
            _typical(sessions) if several else blocks
            for sessions, several, blocks in zip(by_session, enough, (mine, theirs), strict=True)
        )
        return SetAgainst(
            a=mine, b=theirs, paired=False, unit="session" if all(enough) else "block"
        )
    of_a, of_b = (_sessions({p: side[p] for p in a if p in b}) for side in (a, b))
    if len(of_a) < MIN_BLOCKS:
        return SetAgainst(a=mine, b=theirs, paired=True, unit="round")
    ratios = [_ratio(np.array(of_a[each]), np.array(of_b[each])) for each in of_a]
    return SetAgainst(a=np.array(ratios), b=np.ones(len(ratios)), paired=True, unit="session")


def _sessions(medians: Mapping[Place, float]) -> dict[Hashable, list[float]]:
    found: dict[Hashable, list[float]] = defaultdict(list)
    for (session, _), median in medians.items():
        found[session].append(median)
    return found


def _typical(sessions: Mapping[Hashable, list[float]]) -> Numbers:
    return np.array([typical_time(np.array(medians)) for medians in sessions.values()])


def _ratio(a: Numbers, b: Numbers) -> float:
    return math.exp(float(np.median(pairwise_means(log_ratios(a, b)))))
