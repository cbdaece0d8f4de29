"""Signal-to-noise ratios."""

import math

# What is told of a layer that should be zero and is not, and of one that differs in the last bits.
LOWEST_DB, HIGHEST_DB = -120.0, 300.0


def decibels(signal: float, noise: float) -> float | None:
    """Ten times the decimal logarithm of the ratio of two sums of squares; None where there is no noise.

    >>> decibels(100.0, 1.0), decibels(1.0, 0.0), decibels(0.0, 1.0)
    (20.0, None, -120.0)
    """
    if noise <= 0:
        return None
    if not (math.isfinite(signal) and math.isfinite(noise)) or signal <= 0:
        return LOWEST_DB
    return min(max(10 * (math.log10(signal) - math.log10(noise)), LOWEST_DB), HIGHEST_DB)
