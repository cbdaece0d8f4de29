"""The only place where numbers become text.

Every function takes the unit of the values (nanoseconds, bytes, counts) and says in its name what it writes.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ghostbench.core.errors import UsageError

UNKNOWN = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_NS_PER_MS = 1_000_000


def ms_text(duration_ns: float | None, interval_ns: tuple[float, float] | None = None) -> str:
    """Milliseconds without the unit, with as many digits as the interval allows.

    The interval's width is shown to two digits, so nothing is written that the measurement cannot know.

    >>> ms_text(31_123_456, (30_950_000, 31_400_000))
    '31.12'
    >>> ms_text(31_123_456, (28_000_000, 35_000_000))
    '31.1'
    >>> ms_text(31_123_456)
    '31.1'
    """
    if duration_ns is None:
        return UNKNOWN
    decimals = ms_decimals(duration_ns, interval_ns)
    return _fixed(duration_ns / _NS_PER_MS, decimals)


def interval_text(
    interval_ns: tuple[float, float] | None, *, around_ns: float | None = None
) -> str:
    """Both ends of an interval in milliseconds, with the digits of the value that they surround.

    >>> interval_text((30_950_000, 31_400_000))
    '30.95 to 31.40'
    """
    if interval_ns is None:
        return UNKNOWN
    decimals = ms_decimals(interval_ns[1] if around_ns is None else around_ns, interval_ns)
    return " to ".join(_fixed(end / _NS_PER_MS, decimals) for end in interval_ns)


def ms_decimals(duration_ns: float, interval_ns: tuple[float, float] | None) -> int:
    """How many digits after the point a time in milliseconds deserves: 0 to 4."""
    if interval_ns is None or interval_ns[1] <= interval_ns[0]:
        known_to = abs(duration_ns) / _NS_PER_MS / 10  # three digits where nothing is known
    else:
        known_to = (interval_ns[1] - interval_ns[0]) / _NS_PER_MS
    if known_to <= 0:
        return 0
    return min(4, max(0, 1 - math.floor(math.log10(known_to))))


def millions_text(count: float | None, *, decimals: int | None = None) -> str:
    """A count in millions: to that many digits after the point, or to two where there are any.

    >>> millions_text(141_152_288), millions_text(141_000_000), millions_text(4_089_184_256)
    ('141.15', '141', '4,089.18')
    >>> millions_text(141_000_000, decimals=2)
    '141.00'
    """
    if count is None:
        return UNKNOWN
    if decimals is not None:
        return f"{count / 1e6:,.{decimals}f}"
    return f"{count / 1e6:,.2f}".rstrip("0").rstrip(".")


def megabytes_text(size_bytes: int | None) -> str:
    """Megabytes of a million bytes.

    >>> megabytes_text(20_812_345), megabytes_text(-1) == UNKNOWN
    ('20.8', True)
    """
    return UNKNOWN if size_bytes is None or size_bytes < 0 else f"{size_bytes / 1e6:,.1f}"


def percent_text(percent: float | None) -> str:
    """A percentage such as an accuracy, with its sign, to the digit that papers print.

    >>> percent_text(73.9), percent_text(79.844)
    ('73.9 %', '79.8 %')
    """
    return UNKNOWN if percent is None else f"{percent:.1f} %"


def change_text(percent: float | None) -> str:
    """A difference in percent, with its sign.

    >>> change_text(-0.064) == f"{_MINUS}0.06 %", change_text(1.25), change_text(0.001)
    (True, '+1.25 %', '0.00 %')
    """
    if percent is None:
        return UNKNOWN
    text = f"{abs(percent):.2f} %"
    if not text.strip("0. %"):
        return text
    return (_MINUS if percent < 0 else "+") + text


def ratio_text(ratio: float | None, interval: tuple[float, float] | None = None) -> str:
    """How many times as long, with the digits that the interval allows: two at least.

    >>> ratio_text(1.0783), ratio_text(1.07834, (1.0771, 1.0795))
    ('1.08', '1.0783')
    """
    if ratio is None:
        return UNKNOWN
    return f"{ratio:.{_ratio_decimals(interval)}f}"


def ratio_interval_text(interval: tuple[float, float] | None) -> str:
    """Both ends of the interval of a ratio.

    >>> ratio_interval_text((1.0551, 1.101))
    '1.055 to 1.101'
    """
    if interval is None:
        return UNKNOWN
    return " to ".join(f"{end:.{_ratio_decimals(interval)}f}" for end in interval)


def _ratio_decimals(interval: tuple[float, float] | None) -> int:
    if interval is None or interval[1] <= interval[0]:
        return 2
    return min(4, max(2, 1 - math.floor(math.log10(interval[1] - interval[0]))))


def share_text(share: float, width: float | None = None) -> str:
    """A share as a percentage, with the digits that an interval of that width allows.

    >>> share_text(0.061), share_text(0.0612, 0.0018), share_text(0.5, 0.3), share_text(0.03)
    ('6.1 %', '6.12 %', '50 %', '3 %')
    """
    if width is None:
        return f"{100 * share:.1f}".removesuffix(".0") + " %"
    return f"{100 * share:.{_share_decimals(width)}f} %"


def share_interval_text(low: float, high: float) -> str:
    """Both ends of an interval of shares, in percent.

    >>> share_interval_text(0.052, 0.07)
    '5.2-7.0 %'
    """
    decimals = _share_decimals(high - low)
    return f"{100 * low:.{decimals}f}-{100 * high:.{decimals}f} %"


def _share_decimals(width: float) -> int:
    if width <= 0:
        return 2
    return min(2, max(0, 1 - math.floor(math.log10(100 * width))))


def count_text(count: int | None) -> str:
    """A plain count.

    >>> count_text(12345)
    '12,345'
    """
    return UNKNOWN if count is None else f"{count:,}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> counted(1, "network"), counted(2, "network"), counted(0, "series", "series")
    ('1 network', '2 networks', '0 series')
    """
    return f"{count_text(count)} {one if count == 1 else many or one + 's'}"


def enumerated(words: Sequence[str]) -> str:
    """Words as people list them.

    >>> enumerated(["device", "runtime", "precision"]), enumerated(["device"])
    ('device, runtime and precision', 'device')
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def span_text(seconds: float) -> str:
    """How long something took, for people.

    >>> span_text(42), span_text(600), span_text(8_100)
    ('42 s', '10 min', '2 h 15 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def moment_text(iso_utc: str) -> str:
    """A moment of a record, for people.

    >>> moment_text("2026-11-22T09:14:03+00:00")
    '22 November 2026, 09:14 UTC'
    """
    moment = read_moment(iso_utc)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def day_text(iso_utc: str) -> str:
    """The day of a record, for people.

    >>> day_text("2026-11-22T09:14:03Z")
    '22 November 2026'
    """
    return moment_text(iso_utc).partition(",")[0]


def read_moment(iso_utc: str) -> datetime:
    """A moment of a record as a value."""
    try:
        moment = datetime.fromisoformat(iso_utc)
    except ValueError as cause:
        raise UsageError(f"{iso_utc!r} is not a moment in ISO 8601") from cause
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def elapsed_s(first_iso: str, last_iso: str) -> float:
    """Seconds from one moment to another."""
    return (read_moment(last_iso) - read_moment(first_iso)) / timedelta(seconds=1)


# Not `%B`, which follows the locale of the process.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.replace("-", _MINUS)
