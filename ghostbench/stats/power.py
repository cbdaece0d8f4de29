"""How many rounds a question takes: the size of a sample."""

import math
from collections.abc import Callable

from ghostbench.stats.compare import unpaired_ratio
from ghostbench.stats.distributions import NORMAL, student_quantile
from ghostbench.stats.intervals import MIN_BLOCKS
from ghostbench.stats.rounds import MIN_SIGNED_RANK, log_ratios, paired_interval
from ghostbench.stats.summary import CONFIDENCE, Numbers


def how_many_more_rounds(
    a: Numbers,
    b: Numbers,
    *,
    difference_percent: float,
    power: float = 0.9,
    two_sided: bool = True,
    level: float = 1 - CONFIDENCE,
) -> int | None:
    """How many rounds are still missing to find a true difference of that size in that share of campaigns.

    For a limit, `difference_percent` is the distance of the ratio from it and the test one-sided; `level` is the
    largest p-value that counts. By Student's formula for the size of a sample, with the spread of the rounds so far,
    and not fewer than the signed-rank test needs to reach the level at all. 0 when there are enough; None below three
    rounds, which do not show the spread.

    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> how_many_more_rounds(rng.normal(1, 0.01, 20), rng.normal(1, 0.01, 20), difference_percent=1)
    12
    """
    if not 0 < power < 1 or difference_percent == 0:
        raise ValueError("a power lies between 0 and 1, and a difference is not zero")
    interval = paired_interval(log_ratios(a, b), CONFIDENCE)
    if interval is None:
        return None
    done, outside = len(a), level / (2 if two_sided else 1)
    half = math.log(interval[1] / interval[0]) / 2
    spread = half * math.sqrt(done) / student_quantile(1 - (1 - CONFIDENCE) / 2, done - 1)
    wanted = abs(math.log1p(difference_percent / 100))

    def enough(rounds: int) -> bool:
        reach = student_quantile(1 - outside, rounds - 1) + student_quantile(power, rounds - 1)
        return bool(reach * spread <= wanted * math.sqrt(rounds))

    needed = _smallest(enough)
    if max(needed, done) >= MIN_SIGNED_RANK:  # there the smallest p-value of n rounds is 1 / 2^n
        needed = max(needed, math.ceil(-math.log2(outside)))
    return max(needed - done, 0)


def how_many_more_blocks(
    a: Numbers,
    b: Numbers,
    *,
    difference_percent: float,
    reach: float = 0.0,
    power: float = 0.9,
    level: float = 1 - CONFIDENCE,
) -> int | None:
    """The same for two campaigns, each to be measured with as many blocks, and a one-sided test.

    What sessions differ by, `reach` as in `unpaired_ratio`, no number of blocks narrows: None where that decides.

    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> pair = rng.normal(1, 0.01, 12), rng.normal(1, 0.01, 12)
    >>> [how_many_more_blocks(*pair, difference_percent=1, reach=reach) for reach in (0.0, 0.01, 0.02)]
    [7, 173, None]
    """
    if not 0 < power < 1 or difference_percent == 0:
        raise ValueError("a power lies between 0 and 1, and a difference is not zero")
    interval = unpaired_ratio(a, b).interval
    if interval is None:
        return None
    done, wanted = min(len(a), len(b)), abs(math.log1p(difference_percent / 100))
    half = math.log(interval[1] / interval[0]) / 2
    spread = half * math.sqrt(done) / student_quantile(1 - (1 - CONFIDENCE) / 2, 2 * done - 2)
    apart = reach / NORMAL.inv_cdf(1 - (1 - CONFIDENCE) / 2)

    def enough(blocks: int) -> bool:
        degrees, of_blocks = 2 * blocks - 2, spread / math.sqrt(blocks)
        doubt = student_quantile(1 - level, degrees) * math.hypot(of_blocks, apart)
        return doubt + student_quantile(power, degrees) * of_blocks <= wanted

    if NORMAL.inv_cdf(1 - level) * apart >= wanted:
        return None
    return max(_smallest(enough) - done, 0)


def _smallest(enough: Callable[[int], bool]) -> int:
    """The smallest number of rounds that is enough, from three on; more are enough, too."""
    needed = next(1 << k for k in range(2, 64) if enough(1 << k))
    low = max(needed // 2, MIN_BLOCKS - 1)
    while needed - low > 1:
        middle = (needed + low) // 2
        low, needed = (low, middle) if enough(middle) else (middle, needed)
    return needed
