import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ghostbench.core.errors import UsageError
from ghostbench.report.quantities import (
    UNKNOWN,
    change_text,
    elapsed_s,
    interval_text,
    megabytes_text,
    millions_text,
    moment_text,
    ms_decimals,
    ms_text,
    percent_text,
    ratio_interval_text,
    ratio_text,
    span_text,
)

DURATION_NS = st.floats(min_value=1_000, max_value=1e12)
RELATIVE_WIDTH = st.floats(min_value=1e-5, max_value=0.5)


def around(duration_ns: float, width: float) -> tuple[float, float]:
    return duration_ns * (1 - width / 2), duration_ns * (1 + width / 2)


def number(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


@given(DURATION_NS, RELATIVE_WIDTH)
def test_a_time_as_text_is_the_time_to_half_of_its_last_digit(
    duration_ns: float, width: float
) -> None:
    interval = around(duration_ns, width)
    half_a_digit = 0.5 * 10 ** -ms_decimals(duration_ns, interval)
    read = number(ms_text(duration_ns, interval))
    assert math.isclose(read, duration_ns / 1e6, abs_tol=half_a_digit * (1 + 1e-9))


@given(DURATION_NS, RELATIVE_WIDTH)
def test_the_last_digit_of_a_time_is_finer_than_its_interval_but_not_by_a_hundred(
    duration_ns: float, width: float
) -> None:
    low, high = around(duration_ns, width)
    assume(1e-3 < (high - low) / 1e6 < 10)  # within the 0 to 4 decimals that are ever written
    last_digit = 10 ** -ms_decimals(duration_ns, (low, high))
    assert 9.99 < (high - low) / 1e6 / last_digit < 100.01


@given(DURATION_NS, DURATION_NS, RELATIVE_WIDTH)
def test_a_longer_time_never_reads_as_a_shorter_one(a: float, b: float, width: float) -> None:
    interval = around(max(a, b), width)
    assert number(ms_text(min(a, b), interval)) <= number(ms_text(max(a, b), interval))


@given(DURATION_NS, RELATIVE_WIDTH)
def test_a_median_and_its_interval_are_written_with_the_same_digits(
    duration_ns: float, width: float
) -> None:
    interval = around(duration_ns, width)
    low, high = interval_text(interval, around_ns=duration_ns).split(" to ")
    middle = ms_text(duration_ns, interval)
    assert {len(text.partition(".")[2]) for text in (low, middle, high)} == {
        ms_decimals(duration_ns, interval)
    }
    assert number(low) <= number(middle) <= number(high)


@given(st.floats(min_value=1e5, max_value=1e8))
def test_without_an_interval_a_time_has_three_digits(duration_ns: float) -> None:
    read = number(ms_text(duration_ns))
    assert math.isclose(read, duration_ns / 1e6, rel_tol=0.0051)


@given(st.integers(min_value=0, max_value=10**12))
def test_millions_are_right_to_the_hundredth(count: int) -> None:
    assert abs(number(millions_text(count)) - count / 1e6) <= 0.00501


@given(st.floats(min_value=-1000, max_value=1000))
def test_a_change_reads_back_with_its_sign(percent: float) -> None:
    text = change_text(percent).removesuffix(" %")
    assert abs(number(text) - percent) <= 0.00501
    assert text.startswith(("+", "\N{MINUS SIGN}")) == (number(text) != 0)


@given(st.floats(min_value=0.01, max_value=100), st.floats(min_value=1e-4, max_value=0.3))
def test_a_ratio_lies_between_the_ends_that_are_written_beside_it(
    ratio: float, width: float
) -> None:
    interval = ratio * (1 - width / 2), ratio * (1 + width / 2)
    low, high = ratio_interval_text(interval).split(" to ")
    assert number(low) <= number(ratio_text(ratio, interval)) <= number(high)


def test_what_is_unknown_is_a_dash_and_never_a_zero() -> None:
    told = {
        ms_text(None), interval_text(None), millions_text(None), megabytes_text(None),
        megabytes_text(-1), percent_text(None), change_text(None), ratio_text(None),
        ratio_interval_text(None),
    }  # fmt: skip
    assert told == {UNKNOWN}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "1 h"), (3660, "1 h 1 min")],
)
def test_a_span_is_told_in_the_units_of_people(seconds: float, text: str) -> None:
    assert span_text(seconds) == text


def test_a_moment_without_a_zone_counts_as_utc() -> None:
    assert moment_text("2026-01-02T03:04:05") == "2 January 2026, 03:04 UTC"
    assert elapsed_s("2026-01-02T03:00:00Z", "2026-01-02T05:00:30+01:00") == 3630


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="'yesterday' is not a moment"):
        moment_text("yesterday")
