"""Quantiles of all inferences, claimed with an interval only when the samples can tell them, else withheld."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ghostbench.stats.distributions import student_quantile
from ghostbench.stats.intervals import MIN_BLOCKS
from ghostbench.stats.summary import CONFIDENCE, Numbers, Times, samples_needed


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileClaim:
    """The time within which a share of all inferences ended, in the unit of the samples."""

    quantile: float
    value: float
    interval: tuple[float, float]  # 95 %
    samples: int
    worth: float  # how many independent inferences the samples are worth for this quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """No claim, and why."""

    reason: str
    needed: int  # samples that would do if they went on as these did; blocks when `unit` says so
    unit: str = "samples"


def claim_quantile(blocks: Sequence[Times], quantile: float) -> QuantileClaim | Withheld:
    """The quantile over all inferences, every block with the same weight, or the reason why it cannot be told.

    From the share of each block's inferences below the value: how the shares of blocks differ says how sure the whole
    share is, and its interval is read back as times (Woodruff, 1952; by blocks as in surveys of clusters). The same
    spread says how many independent inferences the samples are worth; `samples_needed` of them must be there.

    >>> claim = claim_quantile(list(np.random.default_rng(0).normal(100, 1, (8, 200))), 0.95)
    >>> round(claim.value, 1), [round(end, 1) for end in claim.interval]
    (101.6, [101.5, 101.7])
    >>> claim_quantile([np.arange(1, 21)] * 3, 0.95).reason
    'the 95th percentile needs 72 independent samples, and 60 were taken'
    """
    needed, count = samples_needed(quantile), sum(map(len, blocks))
    filled = [np.sort(np.asarray(block, dtype=np.float64)) for block in blocks if len(block)]
    name = f"the {ordinal(100 * quantile)} percentile"
    if count < needed:
        text = f"{name} needs {needed} independent samples, and {count} were taken"
        return Withheld(reason=text, needed=needed)
    if len(filled) < MIN_BLOCKS:
        text = (
            f"{name} needs {MIN_BLOCKS} blocks to show how they differ, and there are {len(filled)}"
        )
        return Withheld(reason=text, needed=MIN_BLOCKS, unit="blocks")
    times, reached = _pooled(filled)
    value = _read(times, reached, quantile)
    shares = np.array([np.searchsorted(b, value, side="right") / len(b) for b in filled])
    error = float(np.std(shares, ddof=1)) / math.sqrt(len(filled))
    worth = min(float(count), quantile * (1 - quantile) / error**2) if error else float(count)
    if worth < needed:
        text = (
            f"{name} needs {needed} independent samples, and these {count} are worth {worth:.0f}, since those of "
            "one block resemble each other"
        )
        return Withheld(reason=text, needed=math.ceil(needed * count / worth))
    error = max(error, math.sqrt(quantile * (1 - quantile) / count))
    reach = student_quantile(1 - (1 - CONFIDENCE) / 2, len(filled) - 1)
    low, high = quantile - reach * error, quantile + reach * error
    if low <= 0 or high >= 1:
        more = math.ceil(len(filled) * (reach * error / min(quantile, 1 - quantile)) ** 2) + 1
        text = f"{name} differs so much between these {len(filled)} blocks that its interval ends beyond all samples"
        return Withheld(reason=text, needed=more, unit="blocks")
    interval = _read(times, reached, low), _read(times, reached, high)
    return QuantileClaim(
        quantile=quantile, value=value, interval=interval, samples=count, worth=worth
    )


def ordinal(percent: float) -> str:
    """A percentile in words.

    >>> ordinal(95), ordinal(50), ordinal(99.9)
    ('95th', '50th', '99.9th')
    """
    return f"{percent:.6g}th"


def _pooled(ordered: Sequence[Numbers]) -> tuple[Numbers, Numbers | None]:
    """All times, sorted, and the share reached at each; None where each has the same weight."""
    times = np.concatenate(ordered)
    if len({len(block) for block in ordered}) == 1:
        return np.sort(times, kind="stable"), None  # merges what is sorted already
    weights = np.concatenate([np.full(len(block), 1 / len(block)) for block in ordered])
    order = np.argsort(times, kind="stable")
    return times[order], np.cumsum(weights[order]) / len(ordered)


def _read(times: Numbers, reached: Numbers | None, share: float) -> float:
    if reached is None:
        place = math.ceil(round(share * len(times), 6)) - 1
    else:
        place = int(np.searchsorted(reached, share - 1e-9))
    return float(times[min(max(place, 0), len(times) - 1)])
