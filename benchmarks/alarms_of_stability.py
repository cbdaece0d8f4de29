"""How often drift, steps and two modes are found where they were planted, and where they were not.

    python -m benchmarks.alarms_of_stability [--campaigns 500]

Each campaign is looked at in all ways at once: drift, step and two kinds of blocks over its blocks; drift and step
within every block, drift common to them, two modes within them. The table stands in
docs/decisions/0003-statistics.md.
"""

import argparse
from collections import Counter
from collections.abc import Callable

import numpy as np

from benchmarks.simulated_campaigns import Conditions, Numbers, block_effects, samples_of
from ghostbench.stats.modes import two_kinds_of_blocks, two_modes_within_blocks
from ghostbench.stats.stability import (
    drift_common_to_blocks,
    drift_over_blocks,
    drift_within_block,
    step_over_blocks,
    step_within_block,
)

SAMPLES = 120
Plant = Callable[
    [np.random.Generator, int], Numbers
]  # what to add to a campaign, by block and sample

CLEAN = {
    "5 blocks, differing by 0.5 %": (5, Conditions(block_spread=0.005)),
    "8 blocks, differing by 0.5 %": (8, Conditions(block_spread=0.005)),
    "8 blocks, differing by 1 %": (8, Conditions()),
    "8 blocks, heavy-tailed": (8, Conditions(heavy_blocks=True)),
    "8 blocks, samples differing by 3 %": (8, Conditions(sample_noise=0.03)),
    "20 blocks, differing by 1 %": (20, Conditions()),
}


def no_change(_: np.random.Generator, blocks: int) -> Numbers:
    return np.zeros((blocks, SAMPLES))


def drift(_: np.random.Generator, blocks: int) -> Numbers:
    return no_change(_, blocks) + np.linspace(0, 0.03, blocks)[:, None]


def step(rng: np.random.Generator, blocks: int) -> Numbers:
    place = rng.integers(blocks // 4, blocks - blocks // 4 + 1)
    return no_change(rng, blocks) + 0.03 * (np.arange(blocks) >= place)[:, None]


def drift_within(_: np.random.Generator, blocks: int) -> Numbers:
    return no_change(_, blocks) + np.linspace(0, 0.03, SAMPLES)


def step_within_one(rng: np.random.Generator, blocks: int) -> Numbers:
    planted = no_change(rng, blocks)
    planted[rng.integers(blocks), SAMPLES // 2 :] = 0.03
    return planted


def two_modes(rng: np.random.Generator, blocks: int) -> Numbers:
    planted: Numbers = np.where(rng.random((blocks, SAMPLES)) < 0.3, 0.03, 0.0)
    return planted


def two_kinds(rng: np.random.Generator, blocks: int) -> Numbers:
    planted: Numbers = no_change(rng, blocks) + 0.03 * (rng.permutation(blocks) % 2)[:, None]
    return planted


PLANTED: dict[str, tuple[Plant, str]] = {
    "drift of 3 %": (drift, "drift"),
    "step of 3 %": (step, "step"),
    "two kinds of blocks, 3 %": (two_kinds, "two kinds of blocks"),
    "drift of 3 % within blocks": (drift_within, "drift common to blocks"),
    "step of 3 % within one block": (step_within_one, "step within a block"),
    "two modes, 3 %": (two_modes, "two modes within blocks"),
}


def found(blocks: list[Numbers]) -> set[str]:
    """The names of all that matters in a campaign."""
    medians, looks = np.array([np.median(block) for block in blocks]), len(blocks)
    matters = {
        "drift": drift_over_blocks(medians).matters,
        "step": step_over_blocks(medians).matters,
        "two kinds of blocks": two_kinds_of_blocks(medians).matters,
        "drift common to blocks": drift_common_to_blocks(blocks).matters,
        "two modes within blocks": two_modes_within_blocks(blocks).matters,
        "drift within a block": any(drift_within_block(b, looks=looks).matters for b in blocks),
        "step within a block": any(step_within_block(b, looks=looks).matters for b in blocks),
    }
    return {name for name, does in matters.items() if does}


def alarms(
    conditions: Conditions, blocks: int, campaigns: int, plant: Plant = no_change
) -> Counter[str]:
    """In how many campaigns each was found; `any` counts campaigns with one or more."""
    rng = np.random.default_rng(blocks)
    effects = block_effects(conditions, campaigns, blocks, rng)
    times = samples_of(effects, conditions, SAMPLES, rng)
    counts: Counter[str] = Counter()
    for one in times:
        names = found(list(one * np.exp(plant(rng, blocks))))
        counts.update(names | ({"any"} if names else set()))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=500)
    campaigns = parser.parse_args().campaigns
    print(f"| nothing planted | campaigns of {campaigns} with an alarm | of which |\n|---|---|---|")
    for name, (blocks, conditions) in CLEAN.items():
        counts = alarms(conditions, blocks, campaigns)
        of_which = ", ".join(f"{n} {c}" for n, c in counts.items() if n != "any")
        print(f"| {name} | {counts['any']} | {of_which} |", flush=True)
    cells = [(b, spread) for spread in (0.003, 0.005, 0.01) for b in (8, 12, 20)]
    heads = " | ".join(f"{b} blocks, {100 * spread:.1f} %" for b, spread in cells)
    print(f"\n| planted, found in % | {heads} |\n|---|{'---|' * len(cells)}")
    for name, (plant, what) in PLANTED.items():
        row = []
        for blocks, spread in cells:
            conditions = Conditions(block_spread=spread, sample_noise=spread)
            counts = alarms(conditions, blocks, campaigns // 5, plant)
            row.append(f"{100 * counts[what] / (campaigns // 5):.0f}")
        print(f"| {name} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
