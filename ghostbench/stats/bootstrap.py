"""The hierarchical bootstrap: intervals for any quantile and ratio, for questions without a closed form.

Sessions are drawn with replacement, then blocks within each, then samples within each block. It needs many of the
topmost: with few its intervals are too narrow (docs/decisions/0003-statistics.md), so the typical time takes
`intervals.interval_in_order` and joined sessions `sessions.join_medians`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ghostbench.stats.summary import CONFIDENCE, Numbers, Times

# With fewer blocks (or sessions) the interval misses the truth in more than one case of ten (decision 0003).
MIN_BLOCKS = 8

Sessions = Sequence[Sequence[Times]]
Places = npt.NDArray[np.int64]


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
    _check(quantile)
    if len(blocks) < min_blocks:
        return None
    drawn = rng.integers(0, len(blocks), (resamples, len(blocks)))
    return _middle_of(np.median(_redrawn_quantiles(blocks, drawn, quantile, rng), axis=1))


def bootstrap_sessions(
    sessions: Sessions,
    quantile: float,
    rng: np.random.Generator,
    *,
    resamples: int = 4000,
    min_sessions: int = MIN_BLOCKS,
) -> tuple[float, float] | None:
    """The 95 % interval of the median over sessions of the median over their blocks of each block's quantile.

    >>> day = [np.arange(100, 200) + shift for shift in range(4)]
    >>> low, high = bootstrap_sessions([day] * 8, 0.5, np.random.default_rng(0))
    >>> 148 < low < 151 < high < 155
    True
    """
    _check(quantile)
    if len(sessions) < min_sessions:
        return None
    drawn, kept = _draw(sessions, rng, resamples)
    return _middle_of(_estimates(sessions, drawn, kept, quantile, rng))


def bootstrap_ratio(
    a: Sessions,
    b: Sessions,
    quantile: float,
    rng: np.random.Generator,
    *,
    resamples: int = 4000,
    min_sessions: int = MIN_BLOCKS,
) -> tuple[float, float] | None:
    """The 95 % interval of the ratio of A's quantile to B's, measured in the same rounds of the same sessions.

    Sessions and rounds are drawn once for both, so what slowed a round down cancels; samples are drawn for each. One
    session passes as `[[block] for block in blocks]`: each round then stands for itself.

    >>> a = [[np.arange(100, 200) + shift] for shift in range(8)]
    >>> low, high = bootstrap_ratio(a, a, 0.5, np.random.default_rng(0))
    >>> 0.9 < low < 1 < high < 1.1
    True
    """
    _check(quantile)
    if [len(session) for session in a] != [len(session) for session in b]:
        raise ValueError("a ratio by rounds needs the same sessions and rounds of both")
    if len(a) < min_sessions:
        return None
    drawn, kept = _draw(a, rng, resamples)
    above = _estimates(a, drawn, kept, quantile, rng)
    return _middle_of(above / _estimates(b, drawn, kept, quantile, rng))


def _check(quantile: float) -> None:
    if not 0 < quantile < 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {quantile}")


def _draw(
    sessions: Sessions, rng: np.random.Generator, resamples: int
) -> tuple[Places, npt.NDArray[np.bool_]]:
    """Places among all blocks, by resample, session and block; and which count where sessions differ in length."""
    sizes = np.array([len(session) for session in sessions])
    starts = np.cumsum(sizes) - sizes
    chosen = rng.integers(0, len(sessions), (resamples, len(sessions)))
    shape = (*chosen.shape, int(sizes.max()))
    within = (rng.random(shape) * sizes[chosen][..., None]).astype(np.int64)
    return starts[chosen][..., None] + within, np.arange(shape[2]) < sizes[chosen][..., None]


def _estimates(
    sessions: Sessions,
    drawn: Places,
    kept: npt.NDArray[np.bool_],
    quantile: float,
    rng: np.random.Generator,
) -> Numbers:
    blocks = [block for session in sessions for block in session]
    redrawn = _redrawn_quantiles(blocks, drawn, quantile, rng)
    by_session = (
        np.median(redrawn, axis=2)
        if kept.all()
        else np.nanmedian(np.where(kept, redrawn, np.nan), axis=2)
    )
    estimates: Numbers = np.median(by_session, axis=1)
    return estimates


def _middle_of(estimates: Numbers) -> tuple[float, float]:
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
