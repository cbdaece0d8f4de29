"""The hierarchical bootstrap: an interval for any quantile over blocks, for questions without a closed form.

Blocks are drawn with replacement, then samples within each drawn block. It needs many blocks: with few of them its
intervals are too narrow (docs/decisions/0003-statistics.md), so the typical time takes `intervals.median_interval`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ghostbench.stats.summary import CONFIDENCE, Numbers, Times

# Below this number of blocks the interval misses the truth in more than one case of ten (decision 0003).
MIN_BLOCKS = 8


def bootstrap_interval(
    blocks: Sequence[Times],
    quantile: float,
    rng: np.random.Generator,
    *,
    resamples: int = 4000,
    min_blocks: int = MIN_BLOCKS,
) -> tuple[float, float] | None:
    """The 95 % interval of the median over blocks of each block's quantile; None with too few blocks.

    >>> blocks = [np.arange(100, 200) + shift for shift in range(8)]
    >>> low, high = bootstrap_interval(blocks, 0.9, np.random.default_rng(0))
    >>> 185 < low < 190 < 195 < high < 200
    True
    """
    if not 0 < quantile < 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {quantile}")
    if len(blocks) < min_blocks:
        return None
    drawn = rng.integers(0, len(blocks), (resamples, len(blocks)))
    estimates = np.median(_redrawn_quantiles(blocks, drawn, quantile, rng), axis=1)
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(estimates, (outside, 1 - outside))
    return float(low), float(high)


def _redrawn_quantiles(
    blocks: Sequence[Times], drawn: npt.NDArray[np.int64], quantile: float, rng: np.random.Generator
) -> Numbers:
    """That quantile of a resample of each drawn block, without drawing the resample.

    The k-th smallest of n draws with replacement is the sample at the place of the k-th smallest of n uniform
    numbers, and that one is Beta(k, n - k + 1) distributed. So the cost does not grow with the block once sorted.
    """
    ordered = np.concatenate([np.sort(block) for block in blocks]).astype(np.float64)
    sizes = np.array([len(block) for block in blocks])
    starts = np.cumsum(sizes) - sizes
    n = sizes[drawn]
    k = np.ceil(quantile * n - 1e-9)  # so that 0.95 of 100 is the 95th, not the 96th
    places = np.minimum((rng.beta(k, n - k + 1) * n).astype(np.int64), n - 1)
    redrawn: Numbers = ordered[starts[drawn] + places]
    return redrawn
