"""How channel counts are rounded when a width multiplies them. No Keras here."""

import math


def make_divisible(
    channels: float, divisor: int, *, at_least: int | None = None, least_share: float = 0.9
) -> int:
    """The multiple of `divisor` nearest to `channels`, halves up, and never less than 90 % (`least_share`) of it.

    >>> [make_divisible(c, 4) for c in (18, 30, 26.4)]
    [20, 32, 28]
    """
    minimum = divisor if at_least is None else at_least
    rounded = max(minimum, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < least_share * channels else rounded


def round_to_multiple(channels: float, divisor: int, *, at_least: int) -> int:
    """The multiple of `divisor` nearest to the whole part of `channels`, halves to the even multiple.

    The lower bound holds before rounding.

    >>> [round_to_multiple(c, 4, at_least=8) for c in (202.4, 26.4, 3)]
    [200, 24, 8]
    """
    return round(max(int(channels), at_least) / divisor) * divisor


def ceil_divide(number: int, parts: int) -> int:
    """The quotient, rounded up."""
    return math.ceil(number / parts)
