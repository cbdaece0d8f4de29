"""Two curves of time against accuracy: how many times as long one takes as the other at equal accuracy."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ghostbench.stats.summary import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Networks of one family: their accuracies, and their times by network (rows) and round (columns)."""

    accuracies: Numbers  # rising, none twice
    times: Numbers

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest accuracy."""
        return float(self.accuracies[0]), float(self.accuracies[-1])


def curve_of(accuracies: Numbers, times: Numbers) -> Curve:
    """Put networks in order; of several with equal accuracy the fastest stands for all.

    >>> curve_of(np.array([75.0, 74.0, 75.0]), np.array([[2.0], [1.0], [3.0]])).times.ravel().tolist()
    [1.0, 2.0]
    """
    if len(accuracies) != len(times) or not len(accuracies) or not np.all(times > 0):
        raise ValueError("a curve needs an accuracy and times above zero for each network")
    middle = np.log(times).mean(axis=1)
    ordered = [int(place) for place in np.lexsort((middle, accuracies))]
    order = ordered[:1] + [
        place for before, place in pairwise(ordered) if accuracies[place] != accuracies[before]
    ]
    return Curve(accuracies=accuracies[order], times=times[order])


def common_range(*curves: Curve) -> tuple[float, float] | None:
    """The accuracies that all curves reach; None when there is none. Both ends are equal where one is a single point.

    >>> one, other = (curve_of(np.array(a), np.ones((2, 1))) for a in ([70.0, 74.0], [73.0, 76.0]))
    >>> common_range(one, other)
    (73.0, 74.0)
    """
    low, high = max(c.ends[0] for c in curves), min(c.ends[1] for c in curves)
    return (low, high) if low <= high else None


def times_at(curve: Curve, accuracy: float) -> Numbers:
    """The time by round at an accuracy between the networks: on a straight line between their logarithms.

    >>> times_at(curve_of(np.array([70.0, 72.0]), np.array([[1.0], [4.0]])), 71.0).tolist()
    [2.0]
    """
    low, high = curve.ends
    if not low <= accuracy <= high:
        raise ValueError(f"the curve reaches from {low} to {high}, not to {accuracy}")
    logs = [np.interp(accuracy, curve.accuracies, np.log(column)) for column in curve.times.T]
    times: Numbers = np.exp(np.array(logs))
    return times


def ratios_along(a: Curve, b: Curve, between: tuple[float, float]) -> Numbers:
    """How many times as long A takes as B, by round: the geometric mean over all accuracies of that range.

    >>> a = curve_of(np.array([70.0, 72.0]), np.array([[1.0], [4.0]]))
    >>> b = curve_of(np.array([70.0, 72.0]), np.array([[2.0], [2.0]]))
    >>> ratios_along(a, b, (70.0, 72.0)).round(6).tolist(), ratios_along(a, b, (72.0, 72.0)).round(6).tolist()
    ([1.0], [2.0])
    """
    low, high = between
    knots = {low, high, *(float(k) for k in (*a.accuracies, *b.accuracies) if low < k < high)}
    places = np.array(sorted(knots))
    gaps = np.array([np.log(times_at(a, p) / times_at(b, p)) for p in places])
    mean = np.trapezoid(gaps, places, axis=0) / (high - low) if high > low else gaps[0]
    ratios: Numbers = np.exp(mean)
    return ratios
