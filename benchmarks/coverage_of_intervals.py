"""How often 95 % intervals hold the truth, over 2,000 made-up campaigns of each kind; a naive interval beside them.

    python -m benchmarks.coverage_of_intervals [--campaigns 2000]

*Typical time*: the truth is the typical time had ever more blocks been measured in the same period. *Ratio*: two
networks in the same rounds, one 2 % slower. *Naive*: mean +- 1.96 std / sqrt(n) over all samples, for the mean
without end of the same period. The table stands in docs/decisions/0003-statistics.md.
"""

import argparse
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.simulated_campaigns import (
    MIXED,
    Conditions,
    Numbers,
    block_effects,
    samples_of,
    trends,
    truths,
)
from ghostbench.stats.compare import paired_ratio
from ghostbench.stats.intervals import interval_in_order

SAMPLES = 60
PLANTED = 1.02
BLOCKS = (3, 5, 8, 12, 20)
KINDS = {
    "blocks differ by 1 %, normal": Conditions(),
    "heavy-tailed blocks": Conditions(heavy_blocks=True),
    "drift of 2 %": Conditions(drift=0.02),
    "a step of 2 %": Conditions(step=0.02),
    "blocks correlated 0.15": Conditions(from_block_to_block=0.15),
    "blocks correlated 0.3": Conditions(from_block_to_block=0.3),
    "blocks correlated 0.5": Conditions(from_block_to_block=0.5),
    "all together": MIXED,
}


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Times by campaign, block and sample, and the truth of each campaign."""

    times: Numbers
    typical: Numbers
    means: Numbers


@cache
def campaigns_of(conditions: Conditions, blocks: int, campaigns: int) -> Campaigns:
    rng = np.random.default_rng(blocks)
    drawn = trends(conditions, campaigns, rng)
    effects = block_effects(conditions, campaigns, blocks, rng) + drawn.at_blocks(blocks)
    times = samples_of(effects, conditions, SAMPLES, rng)
    steady = samples_of(block_effects(conditions, 1, 40_000, rng), conditions, SAMPLES, rng).mean()
    means = steady * np.exp(drawn.at_blocks(100)).mean(axis=1)
    return Campaigns(times, truths(drawn, conditions, SAMPLES, rng), means)


def typical_coverage_percent(conditions: Conditions, blocks: int, campaigns: int) -> float:
    made_up = campaigns_of(conditions, blocks, campaigns)
    medians = np.median(made_up.times, axis=2)
    return _held([interval_in_order(row) for row in medians], made_up.typical)


def naive_coverage_percent(conditions: Conditions, blocks: int, campaigns: int) -> float:
    made_up = campaigns_of(conditions, blocks, campaigns)
    times = made_up.times.reshape(campaigns, -1)
    half = 1.96 * times.std(axis=1, ddof=1) / np.sqrt(times.shape[1])
    return 100 * float(np.mean(np.abs(times.mean(axis=1) - made_up.means) <= half))


def ratio_coverage_percent(conditions: Conditions, rounds: int, campaigns: int) -> float:
    """Two networks interleaved, their order drawn by lot in every round."""
    rng = np.random.default_rng(rounds)
    effects = block_effects(conditions, campaigns, 2 * rounds, rng)
    effects += trends(conditions, campaigns, rng).at_blocks(2 * rounds)
    by_round = effects.reshape(campaigns, rounds, 2)
    swapped = rng.random((campaigns, rounds, 1)) < 0.5
    of_each = np.where(swapped, by_round[..., ::-1], by_round)
    medians = np.median(samples_of(of_each, conditions, SAMPLES, rng), axis=3)
    intervals = [paired_ratio(PLANTED * m[:, 0], m[:, 1]).interval for m in medians]
    return _held(intervals, np.full(campaigns, PLANTED))


def _held(intervals: list[tuple[float, float] | None], truth: Numbers) -> float:
    known = [interval for interval in intervals if interval is not None]
    assert len(known) == len(intervals)
    return 100 * float(
        np.mean([low <= true <= high for (low, high), true in zip(known, truth, strict=True)])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=2000)
    campaigns = parser.parse_args().campaigns
    print(
        f"| share of {campaigns} intervals that hold the truth, % | | {' | '.join(map(str, BLOCKS))} |"
    )
    print(f"|---|---|{'---|' * len(BLOCKS)}")
    for name, conditions in KINDS.items():
        for what, coverage in (
            ("typical time", typical_coverage_percent),
            ("ratio", ratio_coverage_percent),
            ("naive", naive_coverage_percent),
        ):
            cells = [f"{coverage(conditions, blocks, campaigns):.1f}" for blocks in BLOCKS]
            print(f"| {name} | {what} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
