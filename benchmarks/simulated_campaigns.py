"""Made-up campaigns whose truth is known: what the benchmarks and tests of the statistics measure.

A campaign is an array of times by campaign, block and sample. What acts on the device (drift, step, what a block hands
on to the next) goes through all blocks in the order of time, whichever network runs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

BASE_NS = 2_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How hard it is. Shares of one, on the log scale."""

    block_spread: float = 0.01
    heavy_blocks: bool = (
        False  # Student's t with 3 degrees of freedom in place of a normal distribution
    )
    from_block_to_block: float = 0.0  # correlation of neighbouring blocks
    sample_noise: float = 0.01
    from_sample_to_sample: float = 0.7
    stalls: float = (
        0.05  # share of inferences delayed by a tenth and more, with a Pareto tail (exponent 3)
    )
    drift: float = 0.0  # over the campaign, up or down by lot
    step: float = 0.0  # at a place drawn by lot, up or down by lot


MIXED = Conditions(heavy_blocks=True, from_block_to_block=0.3, drift=0.02, step=0.02)


def block_effects(
    conditions: Conditions, campaigns: int, blocks: int, rng: np.random.Generator
) -> Numbers:
    """How much slower each block in turn is, of a process that stays the same, whose typical block is at zero."""
    rho = conditions.from_block_to_block
    shape = (campaigns, blocks)
    own: Numbers = (
        rng.standard_t(3, shape) if conditions.heavy_blocks else rng.standard_normal(shape)
    )
    for i in range(1, blocks):
        own[:, i] = rho * own[:, i - 1] + np.sqrt(1 - rho * rho) * own[:, i]
    return conditions.block_spread * own


@dataclass(frozen=True, slots=True)
class Trends:
    """Of each campaign, drift and step, up or down."""

    drift: Numbers
    step: Numbers
    place: Numbers  # where the step is: 0 at the start, 1 at the end

    def at(self, moments: Numbers) -> Numbers:
        """How much slower everything is, by campaign and moment from 0 to 1; zero in the middle of the change."""
        after = moments > self.place[:, None]
        return self.drift[:, None] * (moments - 0.5) + self.step[:, None] * (after - 0.5)

    def at_blocks(self, blocks: int) -> Numbers:
        """The same at the middle of each of so many blocks."""
        return self.at((np.arange(blocks) + 0.5) / blocks)


def trends(conditions: Conditions, campaigns: int, rng: np.random.Generator) -> Trends:
    """Draw by lot which way, and where the step is."""
    up = rng.choice((-1.0, 1.0), (2, campaigns))
    return Trends(conditions.drift * up[0], conditions.step * up[1], rng.random(campaigns))


def truths(of: Trends, conditions: Conditions, samples: int, rng: np.random.Generator) -> Numbers:
    """Of each campaign, the typical time if ever more blocks had been measured in the same period."""
    medians = np.median(
        samples_of(block_effects(conditions, 1, 40_000, rng), conditions, samples, rng), axis=2
    )
    spread = np.quantile(np.log(medians), (np.arange(101) + 0.5) / 101)
    along = of.at_blocks(100)
    return np.array([np.exp(np.median(np.add.outer(spread, one))) for one in along])


def samples_of(
    effects: Numbers, conditions: Conditions, count: int, rng: np.random.Generator
) -> Numbers:
    """Times of every inference in ns: a last axis is added to the effects of the blocks."""
    rho = conditions.from_sample_to_sample
    logs = np.empty((*effects.shape, count))
    noise = rng.standard_normal(effects.shape)
    for i in range(count):
        noise = rho * noise + np.sqrt(1 - rho * rho) * rng.standard_normal(effects.shape)
        logs[..., i] = conditions.sample_noise * noise
    logs += effects[..., None]
    times: Numbers = BASE_NS * np.exp(logs)
    times *= 1 + (rng.random(logs.shape) < conditions.stalls) * 0.1 * rng.pareto(3, logs.shape)
    return times
