"""How far a distribution is from having one mode: the dip of Hartigan and Hartigan (1985).

The largest distance between the share of samples up to a time and the nearest distribution with a single mode.
"""

import numpy as np

from ghostbench.stats.summary import Numbers

# More points than these change the dip by less than a thousandth.
MAX_POINTS = 500


def dip(ordered: Numbers) -> float:
    """The dip of sorted values: from 1 / 2n (one mode) up to 0.25 (two heaps far apart).

    >>> one, two = np.linspace(0, 1, 50), np.concatenate([np.linspace(0, 1, 25), np.linspace(9, 10, 25)])
    >>> round(dip(one), 3), round(dip(two), 3)
    (0.01, 0.222)
    """
    values = ordered if len(ordered) <= MAX_POINTS else _thinned(ordered)
    upper = np.arange(1, len(values) + 1) / len(values)
    lower = upper - 1 / len(values)
    first, last, reached = 0, len(values) - 1, 1 / len(values)
    while last > first:  # each round leaves a narrower interval in which the mode must lie
        x, below, above = (part[first : last + 1] for part in (values, lower, upper))
        convex, concave = _hull(x, below), _hull(x, -above)
        rising, falling = (
            np.interp(x, x[convex], below[convex]),
            np.interp(x, x[concave], above[concave]),
        )
        gap, start, end = _modal_interval(falling - rising, convex, concave)
        if gap <= reached:
            break
        reached = max(
            reached,
            float(np.max((above - rising)[: start + 1])),
            float(np.max((falling - below)[end:])),
        )
        if start == 0 and end == len(x) - 1:
            break
        first, last = first + start, first + end
    return reached / 2


def _modal_interval(gaps: Numbers, convex: list[int], concave: list[int]) -> tuple[float, int, int]:
    """The widest gap between both hulls at a knot of either, and the pair of knots around it."""
    at_convex, at_concave = gaps[convex], gaps[concave]
    if at_concave.max() > at_convex.max():
        end = concave[len(concave) - 1 - int(np.argmax(at_concave[::-1]))]
        return float(at_concave.max()), max(knot for knot in convex if knot <= end), end
    start = convex[int(np.argmax(at_convex))]
    return float(at_convex.max()), start, min(knot for knot in concave if knot >= start)


def _hull(x: Numbers, y: Numbers) -> list[int]:
    """The places of the knots of the greatest convex function below the points."""
    knots: list[int] = []
    points = list(zip(x.tolist(), y.tolist(), strict=True))
    for place, (px, py) in enumerate(points):
        while len(knots) > 1:
            (ax, ay), (bx, by) = points[knots[-2]], points[knots[-1]]
            if (by - ay) * (px - bx) < (py - by) * (bx - ax):
                break
            knots.pop()
        knots.append(place)
    return knots


def _thinned(ordered: Numbers) -> Numbers:
    places = (np.arange(MAX_POINTS) + 0.5) / MAX_POINTS * len(ordered)
    return ordered[places.astype(np.int64)]
