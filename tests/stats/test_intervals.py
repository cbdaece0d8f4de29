import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostbench.stats.intervals import (
    _STUDENT,
    LOOKS_WIDENING,
    MIN_BLOCKS,
    _straddling,
    interval_in_order,
    median_interval,
    widening_for_looks,
)
from ghostbench.stats.summary import typical_time

MEDIANS = st.lists(st.floats(1e-3, 1e12), min_size=MIN_BLOCKS, max_size=40).map(np.array)


@settings(deadline=None)
@given(MEDIANS)
def test_the_interval_holds_the_typical_time(medians: np.ndarray) -> None:
    interval = median_interval(medians)
    assert interval is not None
    low, high = interval
    assert low * (1 - 1e-9) <= typical_time(medians) <= high * (1 + 1e-9)


@settings(deadline=None)
@given(MEDIANS, st.floats(1e-3, 1e3))
def test_a_slower_clock_scales_the_interval(medians: np.ndarray, factor: float) -> None:
    assert median_interval(medians * factor) == pytest.approx(
        tuple(end * factor for end in median_interval(medians) or ())
    )


@settings(deadline=None)
@given(MEDIANS, st.integers(0, 2**32))
def test_the_order_of_blocks_does_not_matter(medians: np.ndarray, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(medians)
    assert median_interval(shuffled) == pytest.approx(median_interval(medians))


def test_one_wild_block_in_eight_does_not_reach_the_interval() -> None:
    calm = np.array([1.00, 1.01, 1.02, 1.01, 1.00, 1.02, 1.01, 1.01])
    wild = calm.copy()
    wild[3] = 50.0
    low, high = median_interval(wild) or (0.0, 0.0)
    assert low == pytest.approx(1.0, abs=0.01)
    assert high < 10.0  # an interval around the mean would start below zero or end above ten


def test_two_blocks_are_too_few_to_tell() -> None:
    assert median_interval(np.array([1.0, 1.1])) is None


def test_equal_blocks_have_an_interval_without_width() -> None:
    for blocks in (3, 5, 6, 12):
        assert median_interval(np.full(blocks, 7.0)) == pytest.approx((7.0, 7.0))


def test_a_time_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        median_interval(np.array([1.0, 0.0, 1.0]))


def test_thousands_of_blocks_do_not_overflow() -> None:
    low, high = median_interval(np.random.default_rng(0).normal(100, 1, 5000)) or (0.0, 0.0)
    assert 99.9 < low < 100 < high < 100.1


def test_the_student_quantiles_are_those_of_the_distribution() -> None:
    # Closed forms of the distribution function for 2, 3 and 4 degrees of freedom.
    def two(t: float) -> float:
        return 0.5 + t / (2 * math.sqrt(2 + t * t))

    def three(t: float) -> float:
        u = t / math.sqrt(3)
        return 0.5 + (u / (1 + u * u) + math.atan(u)) / math.pi

    def four(t: float) -> float:
        u = t * t / (1 + t * t / 4)
        return 0.5 + 3 / 8 * math.sqrt(u) * (1 - u / 12)

    for blocks, distribution in ((3, two), (4, three), (5, four)):
        assert distribution(_STUDENT[blocks]) == pytest.approx(0.975, abs=1e-7)


@pytest.mark.parametrize("blocks", [6, 7, 8, 9, 12, 25, 60])
def test_the_chance_to_enclose_the_median_is_binomial(blocks: int) -> None:
    def enclosed(k: int) -> float:
        return 1 - 2 * sum(math.comb(blocks, i) for i in range(k)) / 2.0**blocks

    k, wider, narrower = _straddling(blocks)
    assert (wider, narrower) == pytest.approx((enclosed(k), enclosed(k + 1)))
    assert wider >= 0.95 > narrower


def test_looking_often_widens_the_interval_to_both_sides_and_a_single_look_does_not() -> None:
    medians = np.array([1.0, 1.02, 0.99, 1.01, 1.0, 1.03, 0.98, 1.01, 1.0])
    once, often = interval_in_order(medians, 0.0), interval_in_order(medians, 0.0, looks=20)
    assert once == pytest.approx(median_interval(medians))
    assert once is not None
    assert often is not None
    assert often[0] < once[0] < once[1] < often[1]
    assert [widening_for_looks(looks) for looks in (0, 1)] == [1.0, 1.0]
    assert widening_for_looks(2) == pytest.approx(1.06)
    assert widening_for_looks(10**6) < 1 + LOOKS_WIDENING
