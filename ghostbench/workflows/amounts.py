"""Amounts as people write them: `1%`, `10min`."""

import re

from ghostbench.core.errors import UsageError

_SECONDS = {"": 1.0, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


def parse_percent(text: str, what: str) -> float:
    """A percentage above zero, with or without its sign. Raises UsageError.

    >>> parse_percent("0.5%", "half-width"), parse_percent("2", "half-width")
    (0.5, 2.0)
    """
    return _above_zero(text.strip().removesuffix("%").strip(), 1.0, text, what, "such as 1%")


def parse_seconds(text: str, what: str) -> float:
    """A length of time above zero, in s, min or h; a bare number is seconds. Raises UsageError.

    >>> parse_seconds("10min", "budget"), parse_seconds("90", "budget"), parse_seconds("1.5 h", "budget")
    (600.0, 90.0, 5400.0)
    """
    match = re.fullmatch(r"\s*([^a-z\s]*)\s*([a-z]*)\s*", text)
    number, unit = (match[1], match[2]) if match else ("", "?")
    if unit not in _SECONDS:
        number = ""
    return _above_zero(number, _SECONDS.get(unit, 1.0), text, what, "such as 90s, 10min or 1h")


def _above_zero(number: str, factor: float, text: str, what: str, example: str) -> float:
    try:
        value = float(number) * factor
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise UsageError(f"{what} must be above zero, {example}, not {text!r}")
    return value
