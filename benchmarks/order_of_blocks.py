"""How often the wrong network wins when one is 2 % faster: blocks one after the other against interleaved rounds.

    python -m benchmarks.order_of_blocks [--campaigns 2000]

Both have the same blocks on the same made-up device, which drifts, steps and hands disturbances on from block to
block. The winner is the network with the shorter time, whether or not the difference is beyond doubt; the last column
says how often the interleaved interval calls the wrong one surely faster. The table stands in
docs/decisions/0003-statistics.md.
"""

import argparse
from dataclasses import dataclass

import numpy as np

from benchmarks.simulated_campaigns import (
    Conditions,
    Numbers,
    block_effects,
    samples_of,
    trends,
)
from ghostbench.stats.compare import paired_ratio

SAMPLES = 40
FASTER = 0.98
ROUNDS = (5, 8, 12)
KINDS = {
    "steady device": Conditions(),
    "drift of 2 %": Conditions(drift=0.02),
    "drift of 5 %": Conditions(drift=0.05),
    "drift of 5 %, step of 2 %, correlated 0.3": Conditions(
        drift=0.05, step=0.02, from_block_to_block=0.3
    ),
    "drift of 10 %": Conditions(drift=0.10),
}


@dataclass(frozen=True, slots=True)
class Wins:
    """In percent of campaigns, how often the slower network came out ahead."""

    one_after_the_other: float
    interleaved: float
    surely_wrong: float


def wrong_wins(conditions: Conditions, rounds: int, campaigns: int) -> Wins:
    rng = np.random.default_rng(rounds)
    effects = block_effects(conditions, campaigns, 2 * rounds, rng)
    effects += trends(conditions, campaigns, rng).at_blocks(2 * rounds)
    effects -= effects.mean()
    medians = np.median(samples_of(effects, conditions, SAMPLES, rng), axis=2)
    return Wins(
        one_after_the_other=_wrong_in_turn(medians, rounds),
        **_wrong_interleaved(medians, rounds, rng),
    )


def _wrong_in_turn(medians: Numbers, rounds: int) -> float:
    """AAAA BBBB: all blocks of the faster one, then all of the slower one."""
    faster, slower = FASTER * medians[:, :rounds], medians[:, rounds:]
    return 100 * float(np.mean(np.median(faster, axis=1) > np.median(slower, axis=1)))


def _wrong_interleaved(medians: Numbers, rounds: int, rng: np.random.Generator) -> dict[str, float]:
    """One of each in every round, the order within it drawn by lot."""
    by_round = medians.reshape(-1, rounds, 2)
    swapped = rng.random((len(medians), rounds, 1)) < 0.5
    pairs = np.where(swapped, by_round[..., ::-1], by_round)
    ratios = [paired_ratio(FASTER * pair[:, 0], pair[:, 1]) for pair in pairs]
    return {
        "interleaved": 100 * float(np.mean([ratio.value > 1 for ratio in ratios])),
        "surely_wrong": 100 * float(np.mean([ratio.verdict == 1 for ratio in ratios])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=2000)
    campaigns = parser.parse_args().campaigns
    print(f"| wrong of {campaigns}, % | rounds | one after the other | interleaved | called sure |")
    print("|---|---|---|---|---|")
    for name, conditions in KINDS.items():
        for rounds in ROUNDS:
            wins = wrong_wins(conditions, rounds, campaigns)
            cells = (wins.one_after_the_other, wins.interleaved, wins.surely_wrong)
            print(
                f"| {name} | {rounds} | {' | '.join(f'{cell:.1f}' for cell in cells)} |", flush=True
            )


if __name__ == "__main__":
    main()
