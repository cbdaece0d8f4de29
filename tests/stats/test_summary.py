import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.stats.summary import (
    Times,
    block_medians,
    pooled_quantile,
    samples_needed,
    typical_time,
)

TIMES = st.lists(st.integers(1, 10**9), min_size=1, max_size=60)
BLOCKS = st.lists(TIMES, min_size=1, max_size=8)


def arrays(blocks: list[list[int]]) -> list[Times]:
    return [np.array(block) for block in blocks]


@given(BLOCKS, st.randoms(use_true_random=False))
def test_the_order_of_samples_and_of_blocks_does_not_matter(
    blocks: list[list[int]], random: object
) -> None:
    shuffled = [sorted(block, reverse=True) for block in reversed(blocks)]
    assert typical_time(block_medians(arrays(shuffled))) == typical_time(
        block_medians(arrays(blocks))
    )
    assert pooled_quantile(arrays(shuffled), 0.95) == pooled_quantile(arrays(blocks), 0.95)


@given(BLOCKS, st.integers(2, 1000))
def test_a_slower_clock_scales_every_figure(blocks: list[list[int]], factor: int) -> None:
    slower = [block * factor for block in arrays(blocks)]
    assert typical_time(block_medians(slower)) == pytest.approx(
        factor * typical_time(block_medians(arrays(blocks)))
    )
    fast, slow = pooled_quantile(arrays(blocks), 0.9), pooled_quantile(slower, 0.9)
    assert slow == (None if fast is None else fast * factor)


@given(st.lists(TIMES, min_size=2, max_size=6), st.floats(0.05, 0.95))
def test_a_pooled_quantile_splits_the_weight_of_all_blocks(
    blocks: list[list[int]], quantile: float
) -> None:
    found = pooled_quantile(arrays(blocks), quantile)
    if found is None:
        assert sum(map(len, blocks)) < samples_needed(quantile)
        return

    def share(keep: float) -> float:
        return float(np.mean([np.mean(np.array(block) <= keep) for block in blocks]))

    assert share(found) >= quantile - 1e-6
    assert share(found - 0.5) < quantile + 1e-6


def test_a_long_block_counts_no_more_than_a_short_one() -> None:
    short, long = np.full(50, 100), np.full(5000, 10)
    assert pooled_quantile([short, long], 0.6) == 100.0
    assert pooled_quantile([short, long], 0.4) == 10.0


def test_blocks_of_equal_length_give_the_same_quantile_by_either_way() -> None:
    rng = np.random.default_rng(3)
    blocks = [rng.integers(1, 1000, 100) for _ in range(5)]
    uneven = [*blocks[:-1], np.concatenate([blocks[-1], blocks[-1]])]  # same shares, other lengths
    for quantile in (0.05, 0.5, 0.9, 0.95):
        assert pooled_quantile(blocks, quantile) == pooled_quantile(uneven, quantile)


def test_a_quantile_is_told_from_the_needed_number_of_samples_on() -> None:
    needed = samples_needed(0.95)
    assert pooled_quantile([np.arange(1, needed)], 0.95) is None
    assert pooled_quantile([np.arange(1, needed + 1)], 0.95) is not None


def test_the_needed_number_is_the_least_that_can_enclose_the_quantile() -> None:
    for quantile in (0.05, 0.5, 0.9, 0.95, 0.99):
        needed = samples_needed(quantile)
        worse = max(quantile, 1 - quantile)
        assert worse**needed <= 0.025 < worse ** (needed - 1)


@pytest.mark.parametrize("quantile", [0.0, 1.0, -0.1, 1.5])
def test_a_quantile_outside_its_range_is_refused(quantile: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        samples_needed(quantile)
