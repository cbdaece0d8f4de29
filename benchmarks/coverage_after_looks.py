"""How often the interval holds the truth when it was its own narrowness that ended the campaign.

    python -m benchmarks.coverage_after_looks [--campaigns 2000]

Rounds are added until the 95 % interval is narrower than 1 % to each side: a look after every round from the eighth on,
at most 100 rounds, as `ghostbench run` does. *Widened*: with the factor for the looks taken, both for stopping and in
the result. *Plain*: without it. In brackets the mean number of rounds. The table stands in
docs/decisions/0003-statistics.md.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.simulated_campaigns import MIXED, Conditions, Numbers, block_effects, trends
from ghostbench.core.plan import StoppingRule
from ghostbench.stats.intervals import interval_in_order
from ghostbench.stats.summary import typical_time

MOST_ROUNDS = 100
# Drift and step are of 2 % each in as many rounds; the drift goes on.
TREND_ROUNDS = 30
RULE = StoppingRule(half_width_percent=1.0)
KINDS = {
    "1 %, normal": Conditions(),
    "2 %, normal": Conditions(block_spread=0.02),
    "3 %, normal": Conditions(block_spread=0.03),
    "1 %, heavy-tailed": Conditions(heavy_blocks=True),
    "2 %, heavy-tailed": Conditions(heavy_blocks=True, block_spread=0.02),
    "1 %, correlated 0.3": Conditions(from_block_to_block=0.3),
    "1 %, heavy-tailed, correlated 0.3": Conditions(heavy_blocks=True, from_block_to_block=0.3),
    "2 %, heavy-tailed, correlated 0.3": Conditions(
        heavy_blocks=True, from_block_to_block=0.3, block_spread=0.02
    ),
    "1 %, all together": MIXED,
    "2 %, all together": replace(MIXED, block_spread=0.02),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How campaigns of one kind ended."""

    coverage_percent: float
    mean_rounds: float
    reached_percent: float  # ended because they were narrow enough


def ended(conditions: Conditions, campaigns: int, *, widened: bool) -> Ended:
    """Campaigns of one network."""
    rng = np.random.default_rng(2020)
    along = trends(conditions, campaigns, rng).at((np.arange(MOST_ROUNDS) + 0.5) / TREND_ROUNDS)
    medians = np.exp(block_effects(conditions, campaigns, MOST_ROUNDS, rng) + along)
    alike = np.quantile(block_effects(conditions, 1, 40_000, rng), (np.arange(101) + 0.5) / 101)
    ends = [_campaign(*row, alike, widened=widened) for row in zip(medians, along, strict=True)]
    return Ended(
        coverage_percent=100 * float(np.mean([held for held, _, _ in ends])),
        mean_rounds=float(np.mean([rounds for _, rounds, _ in ends])),
        reached_percent=100 * float(np.mean([reached for _, _, reached in ends])),
    )


def _campaign(
    medians: Numbers, along: Numbers, alike: Numbers, *, widened: bool
) -> tuple[bool, int, bool]:
    """Whether its interval holds the truth, after how many rounds, and whether it is narrow enough.

    The truth is the typical time of ever more blocks in the rounds that it took.
    """
    goal = RULE.half_width_percent or 0.0
    for rounds in range(RULE.min_rounds, len(medians) + 1):
        looks = RULE.looks(rounds) if widened else 1
        interval = interval_in_order(medians[:rounds], looks=looks)
        assert interval is not None
        low, high = interval
        narrow = 100 * (high - low) / 2 / typical_time(medians[:rounds]) <= goal
        if narrow or rounds == len(medians):
            truth = np.exp(np.median(np.add.outer(alike, along[:rounds])))
            return bool(low <= truth <= high), rounds, narrow
    raise AssertionError("a campaign ends")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=2000)
    campaigns = parser.parse_args().campaigns
    print(f"| {campaigns} campaigns, blocks differ by | widened | plain |\n|---|---|---|")
    for name, conditions in KINDS.items():
        cells = (ended(conditions, campaigns, widened=widened) for widened in (True, False))
        told = (f"{cell.coverage_percent:.1f} ({cell.mean_rounds:.0f})" for cell in cells)
        print(f"| {name} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()
