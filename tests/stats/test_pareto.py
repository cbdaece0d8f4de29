import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.stats.pareto import pareto_front

Point = tuple[float, float]
COORDINATE = st.one_of(
    st.integers(0, 5).map(float),  # few values, so that ties are common
    st.floats(allow_nan=False),
)
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE), max_size=30)


def dominates(one: Point, other: Point) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(POINTS)
def test_the_front_is_exactly_what_nothing_dominates(points: list[Point]) -> None:
    front = pareto_front(points)
    undominated = {
        i for i, point in enumerate(points) if not any(dominates(other, point) for other in points)
    }
    assert set(front) == undominated
    assert len(front) == len(set(front))


@given(POINTS)
def test_the_front_rises_in_cost_and_in_value(points: list[Point]) -> None:
    front = [points[i] for i in pareto_front(points)]
    assert front == sorted(front)


def test_no_points_have_no_front() -> None:
    assert pareto_front([]) == []


def test_a_point_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        pareto_front([(1.0, 2.0), (math.nan, 3.0)])
