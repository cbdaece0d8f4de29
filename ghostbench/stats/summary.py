"""Medians and quantiles of samples that come in blocks, and how many samples a quantile needs.

A block is one fresh process. Blocks differ from each other by more than the samples of one block do, so every
block counts the same, however many samples it holds.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Numbers = npt.NDArray[np.float64]

CONFIDENCE = 0.95


def block_medians(blocks: Sequence[Times]) -> Numbers:
    """The median of each block.

    >>> block_medians([np.array([3, 1, 2]), np.array([10, 20])]).tolist()
    [2.0, 15.0]
    """
    return np.array([np.median(block) for block in blocks], dtype=np.float64)


def typical_time(medians: Numbers) -> float:
    """The time of a typical process: the median of the block medians.

    Not their mean: a neighbour that disturbs one process in ten must not move the figure.

    >>> typical_time(np.array([1.0, 1.1, 9.0]))
    1.1
    """
    return float(np.median(medians))


def samples_needed(quantile: float, confidence: float = CONFIDENCE) -> int:
    """The fewest independent samples from which that quantile can be told at all.

    With n samples, the true quantile q lies above all of them with probability q to the n. An interval that holds
    whatever the distribution needs this to be at most half of what may go wrong, at the worse of the two ends.

    >>> [samples_needed(q) for q in (0.5, 0.9, 0.95, 0.99)]
    [6, 36, 72, 368]
    """
    if not 0 < quantile < 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {quantile}")
    return math.ceil(math.log((1 - confidence) / 2) / math.log(max(quantile, 1 - quantile)))
