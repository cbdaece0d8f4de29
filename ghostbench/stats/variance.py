"""Where the variance comes from: sessions, blocks, or the inferences within a block."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ghostbench.stats.correlation import samples_worth
from ghostbench.stats.distributions import f_quantile
from ghostbench.stats.summary import CONFIDENCE, Numbers, Times

MIN_BLOCKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceShares:
    """Shares of the variance of a single inference, on logarithms; they add up to one."""

    sessions: float | None  # None with a single session
    blocks: float
    inferences: float
    blocks_interval: (
        tuple[float, float] | None
    )  # 95 %, of blocks against inferences; None with fewer than 3 blocks
    spread_percent: float  # the standard deviation of a single inference


def variance_shares(sessions: Sequence[Sequence[Times]]) -> VarianceShares | None:
    """Split the variance by the moments of nested groups (Searle, 1971); None where no session has two blocks.

    What blocks differ by through their inferences alone is taken off first, counting inferences as what they are worth
    (`correlation.samples_worth`), and likewise for sessions. Inferences are clipped at four robust standard deviations
    from their block's median: one stall of a second would else hold all the variance.

    >>> rng = np.random.default_rng(0)
    >>> blocks = [rng.lognormal(rng.normal(0, 0.02), 0.01, 100) for _ in range(40)]
    >>> shares = variance_shares([blocks])
    >>> round(shares.blocks, 1), round(shares.inferences, 1)
    (0.8, 0.2)
    """
    logs = [[_clipped(np.log(b)) for b in session if len(b) > 1] for session in sessions]
    logs = [session for session in logs if session]
    blocks = [block for session in logs for block in session]
    free = sum(len(session) - 1 for session in logs)
    if free < 1:
        return None
    within = float(
        np.average([np.var(b, ddof=1) for b in blocks], weights=[len(b) for b in blocks])
    )
    each_worth = max(samples_worth(blocks) / len(blocks), 1.0)
    means = [np.array([block.mean() for block in session]) for session in logs]
    around = sum(float(np.var(session)) * len(session) for session in means) / free
    between = max(around - within / each_worth, 0.0)
    apart = _between_sessions(means, around) if len(logs) > 1 else None
    total = (apart or 0.0) + between + within
    if total == 0:
        return None
    return VarianceShares(
        sessions=None if apart is None else apart / total,
        blocks=between / total,
        inferences=within / total,
        blocks_interval=_share_interval(around * each_worth / within, free, len(blocks), each_worth)
        if free >= MIN_BLOCKS - 1 and within > 0
        else None,
        spread_percent=100 * math.sqrt(total),
    )


def _between_sessions(means: Sequence[Numbers], around: float) -> float:
    centres = np.array([session.mean() for session in means])
    through_blocks = around * float(np.mean([1 / len(session) for session in means]))
    return max(float(np.var(centres, ddof=1)) - through_blocks, 0.0)


def _share_interval(f: float, free: int, blocks: int, each: float) -> tuple[float, float]:
    """The interval of blocks / (blocks + inferences), from the F distribution of their mean squares."""
    within_free = max(blocks * (each - 1), 1.0)
    outside = (1 - CONFIDENCE) / 2
    ratios = (
        max((f / f_quantile(1 - outside, free, within_free) - 1) / each, 0.0),
        max((f / f_quantile(outside, free, within_free) - 1) / each, 0.0),
    )
    return ratios[0] / (1 + ratios[0]), ratios[1] / (1 + ratios[1])


def _clipped(logs: Numbers) -> Numbers:
    middle = np.median(logs)
    reach = 4 * 1.4826 * float(np.median(np.abs(logs - middle)))
    return np.clip(logs, middle - reach, middle + reach) if reach else logs
