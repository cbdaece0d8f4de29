"""What docs/decisions/0003-statistics.md claims; the benchmarks of the same names print whole tables."""

import time

import numpy as np
import pytest

from benchmarks.coverage_after_looks import KINDS as LOOKED_AT
from benchmarks.coverage_after_looks import ended
from benchmarks.coverage_of_intervals import (
    KINDS,
    naive_coverage_percent,
    ratio_coverage_percent,
    typical_coverage_percent,
)
from benchmarks.order_of_blocks import wrong_wins
from benchmarks.simulated_campaigns import MIXED, Conditions
from ghostbench.stats.intervals import interval_in_order
from ghostbench.stats.quantiles import QuantileClaim, claim_quantile
from ghostbench.stats.summary import Times, block_medians

CAMPAIGNS = 2000


@pytest.mark.parametrize("blocks", [5, 8])
def test_with_drift_steps_correlation_and_heavy_tails_95_of_100_intervals_hold_the_truth(
    blocks: int,
) -> None:
    assert 93 <= typical_coverage_percent(MIXED, blocks, CAMPAIGNS) <= 97.5
    assert 93 <= ratio_coverage_percent(MIXED, blocks, CAMPAIGNS) <= 97


@pytest.mark.parametrize("blocks", [5, 8])
def test_a_naive_interval_over_samples_holds_it_in_fewer_than_60(blocks: int) -> None:
    assert naive_coverage_percent(MIXED, blocks, CAMPAIGNS) < 60


@pytest.mark.parametrize("kind", ["drift of 2 %", "blocks correlated 0.5"])
def test_the_interval_of_a_ratio_holds_whatever_the_device_does(kind: str) -> None:
    assert 93 <= ratio_coverage_percent(KINDS[kind], 8, CAMPAIGNS) <= 97.5


def test_correlated_blocks_keep_their_coverage() -> None:
    correlated = Conditions(from_block_to_block=0.3)
    assert 92 <= typical_coverage_percent(correlated, 8, CAMPAIGNS) <= 97


def test_the_known_limits_of_one_session_are_where_they_are_said_to_be() -> None:
    assert typical_coverage_percent(KINDS["blocks correlated 0.5"], 8, CAMPAIGNS) < 93
    assert typical_coverage_percent(KINDS["drift of 2 %"], 8, CAMPAIGNS) > 97


@pytest.mark.parametrize("rounds", [5, 8])
def test_the_wrong_network_wins_one_after_the_other_and_not_interleaved(rounds: int) -> None:
    drifting = Conditions(drift=0.05, step=0.02, from_block_to_block=0.3)
    wins = wrong_wins(drifting, rounds, 1000)
    assert wins.one_after_the_other >= 20
    assert wins.interleaved <= 5
    assert wins.surely_wrong <= 2.5


def test_ten_million_samples_are_summarised_in_seconds() -> None:
    rng = np.random.default_rng(0)
    blocks: list[Times] = [rng.integers(1_900_000, 2_100_000, 1_250_000) for _ in range(8)]
    started = time.process_time()
    assert interval_in_order(block_medians(blocks)) is not None
    assert isinstance(claim_quantile(blocks, 0.95), QuantileClaim)
    assert time.process_time() - started < 30  # some 2 s: minutes are what must not be


@pytest.mark.parametrize("kind", ["1 %, normal", "1 %, heavy-tailed"])
def test_an_interval_whose_narrowness_ended_its_campaign_holds_as_often(kind: str) -> None:
    found = ended(LOOKED_AT[kind], 1000, widened=True)
    assert 93 <= found.coverage_percent <= 97.5
    assert found.reached_percent > 99


def test_where_blocks_resemble_their_neighbours_ending_early_costs_what_the_page_says() -> None:
    assert 89 <= ended(LOOKED_AT["1 %, correlated 0.3"], 1000, widened=True).coverage_percent < 94
