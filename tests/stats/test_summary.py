import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostbench.stats.summary import Times, block_medians, samples_needed, typical_time

TIMES = st.lists(st.integers(1, 10**9), min_size=1, max_size=60)
BLOCKS = st.lists(TIMES, min_size=1, max_size=8)


def arrays(blocks: list[list[int]]) -> list[Times]:
    return [np.array(block) for block in blocks]


@settings(deadline=None)
@given(BLOCKS)
def test_the_order_of_samples_and_of_blocks_does_not_matter(blocks: list[list[int]]) -> None:
    shuffled = [sorted(block, reverse=True) for block in reversed(blocks)]
    assert typical_time(block_medians(arrays(shuffled))) == typical_time(
        block_medians(arrays(blocks))
    )


@settings(deadline=None)
@given(BLOCKS, st.integers(2, 1000))
def test_a_slower_clock_scales_every_figure(blocks: list[list[int]], factor: int) -> None:
    slower = [block * factor for block in arrays(blocks)]
    assert typical_time(block_medians(slower)) == pytest.approx(
        factor * typical_time(block_medians(arrays(blocks)))
    )


def test_the_needed_number_is_the_least_that_can_enclose_the_quantile() -> None:
    for quantile in (0.05, 0.5, 0.9, 0.95, 0.99):
        needed = samples_needed(quantile)
        worse = max(quantile, 1 - quantile)
        assert worse**needed <= 0.025 < worse ** (needed - 1)


@pytest.mark.parametrize("quantile", [0.0, 1.0, -0.1, 1.5])
def test_a_quantile_outside_its_range_is_refused(quantile: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        samples_needed(quantile)
