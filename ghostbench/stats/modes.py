"""Two modes: two kinds of inferences within blocks, or two kinds of blocks, each with a test and an effect."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ghostbench.stats.correlation import samples_worth
from ghostbench.stats.dip import dip
from ghostbench.stats.stability import ALARM_P, for_looks
from ghostbench.stats.summary import Numbers, Times

# Closer modes, or one that hardly ever comes, change no conclusion.
MIN_SEPARATION_PERCENT = 1.5
MIN_SHARE = 0.1
# With fewer blocks than these no split into two kinds is rarer than ALARM_P among alike blocks.
MIN_BLOCKS = 8

# How often dip * sqrt(n) of evenly spread values exceeds a bound: 100,000 draws of n = 500. No distribution with one
# mode has a larger dip in the limit (Hartigan and Hartigan, 1985), and fewer values have a smaller one.
_BOUNDS = np.array([0.3677, 0.4893, 0.5302, 0.5790, 0.6141, 0.6441, 0.6826, 0.7151, 0.7451, 0.8030])
_CHANCES = np.array([0.5, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001])

# Alike blocks drawn to judge two kinds of blocks by; the p-value is no smaller than one in as many.
_DRAWS = 20_000
_SEED = 1985


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """The best split into a faster and a slower mode."""

    separation_percent: float  # how much longer the slower mode takes
    slower_share: float  # of inferences or blocks in the slower mode
    p_value: float | None  # of "one mode"; None with too few to tell

    @property
    def matters(self) -> bool:
        """Beyond chance, far enough apart, and neither mode rare."""
        return (
            self.p_value is not None
            and self.p_value <= ALARM_P
            and self.separation_percent >= MIN_SEPARATION_PERCENT
            and MIN_SHARE <= self.slower_share <= 1 - MIN_SHARE
        )


def two_modes_within_blocks(blocks: Sequence[Times], *, looks: int = 1) -> Modes:
    """Test by the dip whether inferences come in two kinds, once blocks are laid on each other.

    Samples that resemble their neighbours count as fewer (`correlation.samples_worth`). `looks` is how many such tests
    are made alike.

    >>> rng = np.random.default_rng(0)
    >>> slow = rng.random((6, 100)) < 0.3
    >>> modes = two_modes_within_blocks(list(rng.normal(1, 0.005, (6, 100)) + 0.05 * slow))
    >>> round(modes.separation_percent), modes.matters
    (5, True)
    """
    logs = [np.log(_without_ties(block)) for block in blocks if len(block)]
    if not logs:
        return Modes(separation_percent=0.0, slower_share=0.0, p_value=None)
    # A block's own middle may lie in either mode, so blocks are laid on each other by their ends: by both, and by the
    # lower one alone, since in a short block a few stalls move the upper one. Modes must show either way.
    worth = samples_worth(blocks)
    lays = ((0.1,), (0.1, 0.9)) if len(logs) > 1 else ((0.1,),)
    ways = [_two_modes(logs, ends, worth, looks) for ends in lays]
    return max(ways, key=lambda modes: 1.0 if modes.p_value is None else modes.p_value)


def _two_modes(logs: Sequence[Numbers], ends: tuple[float, ...], worth: float, looks: int) -> Modes:
    laid = np.sort(np.concatenate([block - np.quantile(block, ends).mean() for block in logs]))
    split = _split(laid[len(laid) // 20 : len(laid) - len(laid) // 20])
    return Modes(
        separation_percent=split[0],
        slower_share=split[1],
        p_value=for_looks(_dip_chance(dip(laid) * math.sqrt(worth)) if worth >= 4 else None, looks),
    )


def two_kinds_of_blocks(medians: Numbers) -> Modes:
    """Test whether blocks come in two kinds, each of a quarter of them or more.

    The share of squares that the best split explains, against alike blocks (normal logarithms) from a fixed seed.

    >>> two_kinds_of_blocks(np.array([1, 1.05, 1.001, 1.051, 0.999, 1.05, 1.0, 1.05, 1.001, 1.049])).matters
    True
    """
    logs, n = np.sort(np.log(np.asarray(medians, dtype=np.float64))), len(medians)
    if n < MIN_BLOCKS:
        return Modes(separation_percent=0.0, slower_share=0.0, p_value=None)
    explained, place = _best_split(logs[None, :])
    as_good = int(np.sum(_shares_of_alike(n) >= explained[0]))
    cut = int(place[0])
    return Modes(
        separation_percent=100 * math.expm1(float(logs[cut:].mean() - logs[:cut].mean())),
        slower_share=1 - cut / n,
        p_value=(as_good + 1) / (_DRAWS + 1) if logs[-1] > logs[0] else 1.0,
    )


@lru_cache(maxsize=32)
def _shares_of_alike(blocks: int) -> Numbers:
    """What the best split explains of blocks that are alike."""
    rng = np.random.default_rng(_SEED)
    return _best_split(np.sort(rng.standard_normal((_DRAWS, blocks)), axis=1))[0]


def _best_split(ordered: Numbers) -> tuple[Numbers, Numbers]:
    """By row, the largest share of squares between two levels, and how many values lie on the lower one."""
    n = ordered.shape[1]
    cuts = np.arange(math.ceil(n / 4), n - math.ceil(n / 4) + 1)
    centred = ordered - ordered.mean(axis=1, keepdims=True)
    between = np.cumsum(centred, axis=1)[:, cuts - 1] ** 2 * n / (cuts * (n - cuts))
    best = np.argmax(between, axis=1)
    total = np.maximum((centred**2).sum(axis=1), 1e-300)
    shares: Numbers = between[np.arange(len(best)), best] / total
    return shares, cuts[best].astype(np.float64)


def _split(ordered: Numbers) -> tuple[float, float]:
    """How far in percent the two best levels lie apart, and the share of the upper one (Otsu, 1979)."""
    n = len(ordered)
    if n < 2:
        return 0.0, 0.0
    before = np.arange(1, n)
    sums = np.cumsum(ordered - ordered.mean())[:-1]
    cut = 1 + int(np.argmax(sums**2 / (before * (n - before))))
    lower, upper = np.median(ordered[:cut]), np.median(ordered[cut:])
    return 100 * math.expm1(float(upper - lower)), 1 - cut / n


def _without_ties(times: Times) -> Numbers:
    """The times, with equal ones spread over one tick of the clock: a coarse clock makes no modes."""
    values, place, count = np.unique(times, return_inverse=True, return_counts=True)
    if len(values) in (1, len(times)):
        return np.asarray(times, dtype=np.float64)
    tick = float(np.diff(values).min())
    order = np.argsort(place, kind="stable")
    first = np.repeat(np.cumsum(count) - count, count)
    share = (np.arange(len(times)) - first + 0.5) / np.repeat(count, count)
    spread = np.empty(len(times))
    spread[order] = np.repeat(values, count) + tick * (share - 0.5)
    return spread


def _dip_chance(scaled: float) -> float:
    """How often evenly spread values have as large a dip; beyond the table on the line it ends with."""
    if scaled >= _BOUNDS[-1]:
        fall = math.log(_CHANCES[-2] / _CHANCES[-1]) / (_BOUNDS[-1] ** 2 - _BOUNDS[-2] ** 2)
        return float(_CHANCES[-1] * math.exp(-fall * (scaled**2 - _BOUNDS[-1] ** 2)))
    if scaled <= _BOUNDS[0]:
        return 1.0
    return float(np.exp(np.interp(scaled, _BOUNDS, np.log(_CHANCES))))
