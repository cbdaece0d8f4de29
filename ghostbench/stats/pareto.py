"""Which points nothing beats: the front of cost against value."""

import math
from collections.abc import Sequence


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The places of the (cost, value) points that no other dominates, by rising cost.

    A point dominates another when it costs no more and is worth no less, and differs in at least one. Equal points
    do not dominate each other, so both stay.

    >>> pareto_front([(10.0, 70.0), (12.0, 69.0), (15.0, 75.0), (15.0, 74.0)])
    [0, 2]
    """
    if any(math.isnan(number) for point in points for number in point):
        raise ValueError("a point with a NaN can neither dominate nor be dominated")
    front: list[int] = []
    for place in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1], i)):
        cost, value = points[place]
        if not front or value > points[front[-1]][1] or (cost, value) == points[front[-1]]:
            front.append(place)
    return front
