import numpy as np
import pytest

from ghostbench.stats.quantiles import QuantileClaim, Withheld, claim_quantile, ordinal
from ghostbench.stats.summary import Times, samples_needed


def blocks_of(rng: np.random.Generator, count: int, samples: int, apart: float) -> list[Times]:
    return [rng.lognormal(rng.normal(0, apart), 0.05, samples) for _ in range(count)]


@pytest.mark.parametrize("quantile", [0.9, 0.95, 0.99])
def test_too_few_samples_have_their_quantile_withheld_with_the_number_needed(
    quantile: float,
) -> None:
    needed = samples_needed(quantile)
    blocks = list(np.arange(1, 3 * (needed // 3 - 1) + 1).reshape(3, -1))
    withheld = claim_quantile(blocks, quantile)
    assert isinstance(withheld, Withheld)
    assert (withheld.needed, withheld.unit) == (needed, "samples")
    assert f"needs {needed} independent samples" in withheld.reason


def test_two_blocks_have_their_quantile_withheld_however_long() -> None:
    withheld = claim_quantile([np.arange(1, 10_000)] * 2, 0.9)
    assert isinstance(withheld, Withheld)
    assert (withheld.needed, withheld.unit) == (3, "blocks")


def test_samples_of_blocks_that_differ_are_worth_less_and_may_not_do() -> None:
    blocks = blocks_of(np.random.default_rng(0), 6, 60, apart=0.5)
    withheld = claim_quantile(blocks, 0.95)
    assert isinstance(withheld, Withheld)
    assert withheld.needed > 360
    assert "resemble each other" in withheld.reason


def test_an_interval_that_would_end_beyond_all_samples_is_withheld() -> None:
    blocks = [np.arange(100) + shift for shift in (1, 1, 11)]
    withheld = claim_quantile(blocks, 0.9)
    assert isinstance(withheld, Withheld)
    assert withheld.unit == "blocks"
    assert withheld.needed > 3
    assert "beyond all samples" in withheld.reason


def claimed(blocks: list[Times], quantile: float) -> QuantileClaim:
    claim = claim_quantile(blocks, quantile)
    assert isinstance(claim, QuantileClaim)
    return claim


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.95])
def test_a_claim_splits_the_weight_of_all_blocks(quantile: float) -> None:
    rng = np.random.default_rng(1)
    for blocks in (
        blocks_of(rng, 8, 200, 0.01),
        [*blocks_of(rng, 7, 150, 0.01), rng.lognormal(0, 0.05, 90)],
    ):
        claim = claimed(blocks, quantile)
        assert (
            float(np.mean([np.mean(block <= claim.value) for block in blocks])) >= quantile - 1e-6
        )
        assert float(np.mean([np.mean(block < claim.value) for block in blocks])) < quantile + 1e-6
        assert any(claim.value in block for block in blocks)  # a time that was seen
        assert claim.interval[0] < claim.value < claim.interval[1]
        assert claim.worth <= claim.samples


def test_a_long_block_counts_no_more_than_a_short_one() -> None:
    rng = np.random.default_rng(3)
    blocks = blocks_of(rng, 8, 200, 0.01)
    tiled = np.tile(np.asarray(blocks[0], dtype=np.float64), 25)  # the same shares
    longer: list[Times] = [tiled, *blocks[1:]]
    assert claimed(longer, 0.9).value == claimed(blocks, 0.9).value


def test_a_slower_clock_and_another_order_change_no_claim() -> None:
    blocks = blocks_of(np.random.default_rng(4), 6, 200, 0.01)
    claim = claimed(blocks, 0.9)
    slower: list[Times] = [1000.0 * np.asarray(block, dtype=np.float64) for block in blocks]
    assert claimed(slower, 0.9).value == 1000 * claim.value
    assert claimed([block[::-1] for block in reversed(blocks)], 0.9).value == claim.value


@pytest.mark.parametrize(("count", "apart"), [(4, 0.01), (8, 0.01), (8, 0.03), (20, 0.03)])
def test_the_interval_of_a_90th_percentile_holds_the_truth(count: int, apart: float) -> None:
    rng = np.random.default_rng(2)
    truth = float(np.quantile(np.exp(rng.normal(0, np.hypot(apart, 0.05), 1_000_000)), 0.9))
    claims = [claim_quantile(blocks_of(rng, count, 100, apart), 0.9) for _ in range(500)]
    held = [
        low <= truth <= high
        for low, high in (c.interval for c in claims if isinstance(c, QuantileClaim))
    ]
    assert len(held) > 400  # the others are withheld
    assert 0.9 <= np.mean(held) <= 0.985


def test_equal_times_have_equal_quantiles() -> None:
    claim = claim_quantile([np.full(100, 7)] * 3, 0.95)
    assert isinstance(claim, Withheld | QuantileClaim)
    assert ordinal(99) == "99th"
