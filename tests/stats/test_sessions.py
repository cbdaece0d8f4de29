import numpy as np
import pytest

from ghostbench.stats.bootstrap import bootstrap_ratio, bootstrap_sessions
from ghostbench.stats.correlation import neighbour_correlation, samples_worth, widening
from ghostbench.stats.intervals import interval_in_order, median_interval
from ghostbench.stats.quantiles import Withheld
from ghostbench.stats.sessions import Joined, join_medians, join_quantile
from ghostbench.stats.summary import Numbers, Times
from ghostbench.stats.variance import variance_shares


def days_of(rng: np.random.Generator, days: int, blocks: int, apart: float) -> list[Numbers]:
    return [np.exp(rng.normal(0, apart) + rng.normal(0, 0.01, blocks)) for _ in range(days)]


@pytest.mark.parametrize("days", [3, 5, 8])
def test_joined_sessions_hold_the_truth_of_further_days(days: int) -> None:
    rng = np.random.default_rng(days)
    joined = [join_medians(days_of(rng, days, 5, apart=0.03)) for _ in range(500)]
    held = [j.interval[0] <= 1 <= j.interval[1] for j in joined if j.interval]
    assert len(held) == 500
    assert 0.925 <= np.mean(held) <= 0.975


def test_blocks_of_all_days_thrown_together_would_be_far_too_sure() -> None:
    rng = np.random.default_rng(1)
    pooled = [np.concatenate(days_of(rng, 3, 8, apart=0.03)) for _ in range(300)]
    held = [low <= 1 <= high for low, high in filter(None, map(median_interval, pooled))]
    assert np.mean(held) < 0.8


def test_fewer_than_three_sessions_speak_of_themselves_only() -> None:
    one, two = np.array([1.0, 1.01, 0.99]), np.array([1.1, 1.11, 1.09])
    single, pair = join_medians([one]), join_medians([one, two])
    assert single.interval == pytest.approx(interval_in_order(one))
    assert single.covers == pair.covers == "these sessions"
    assert pair.value == pytest.approx(1.05)
    assert pair.interval is not None
    assert pair.interval[0] < 1.05 < pair.interval[1]
    assert join_medians([one, two, one]).covers == "further sessions"
    assert join_medians([one, two[:2]]).interval is None


def test_no_sessions_cannot_be_joined() -> None:
    with pytest.raises(ValueError, match="no session"):
        join_medians([np.empty(0)])
    with pytest.raises(ValueError, match="no session"):
        join_quantile([], 0.9)


def test_a_quantile_of_sessions_is_joined_or_withheld() -> None:
    rng = np.random.default_rng(2)
    days: list[list[Times]] = [list(rng.normal(100 + day, 1, (4, 60))) for day in range(3)]
    for count in (1, 2, 3):
        joined = join_quantile(days[:count], 0.9)
        assert isinstance(joined, Joined)
        assert joined.interval is not None
        assert joined.interval[0] <= joined.value <= joined.interval[1]
        assert (joined.sessions, joined.blocks) == (count, 4 * count)
    assert isinstance(join_quantile([*days, [np.arange(1, 9)]], 0.9), Withheld)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_the_correlation_of_neighbours_is_found_in_a_long_series(rho: float) -> None:
    rng = np.random.default_rng(3)
    series = rng.standard_normal(3000)
    for i in range(1, len(series)):
        series[i] = rho * series[i - 1] + np.sqrt(1 - rho**2) * series[i]
    assert neighbour_correlation([series]) == pytest.approx(rho, abs=0.05)
    together = neighbour_correlation(list(series.reshape(300, 10)))
    # Ten blocks at a time hide part of a strong correlation (decision 0003).
    assert 0.5 * rho - 0.03 <= together <= rho + 0.1
    assert samples_worth([series]) == pytest.approx(
        3000 / (1 + 2 * sum(2 / np.pi * np.arcsin(rho**k) for k in range(1, 40))), rel=0.15
    )


def test_correlation_never_narrows_an_interval() -> None:
    turning = np.tile([1.0, 1.02], 6)
    assert neighbour_correlation([turning]) == 0.0
    assert interval_in_order(turning) == pytest.approx(median_interval(turning))
    assert widening(0.0) == 1.0
    assert interval_in_order(np.ones(2)) is None
    assert neighbour_correlation([np.ones(1)]) == 0.0
    assert samples_worth([np.ones(5)]) == 5.0


def test_the_share_of_each_level_is_found() -> None:
    rng = np.random.default_rng(4)
    sessions = [
        [np.exp(day + rng.normal(0, 0.02) + rng.normal(0, 0.02, 60)) for _ in range(20)]
        for day in rng.normal(0, 0.02, 60)
    ]
    shares = variance_shares(sessions)
    assert shares is not None
    assert shares.sessions == pytest.approx(1 / 3, abs=0.1)
    assert shares.blocks == pytest.approx(1 / 3, abs=0.07)
    assert shares.inferences == pytest.approx(1 / 3, abs=0.07)
    assert shares.spread_percent == pytest.approx(100 * 0.02 * np.sqrt(3), rel=0.1)
    assert (shares.sessions or 0) + shares.blocks + shares.inferences == pytest.approx(1)


def test_the_interval_of_the_share_between_blocks_holds_the_truth() -> None:
    rng = np.random.default_rng(5)
    held = []
    for _ in range(400):
        blocks = [np.exp(rng.normal(0, 0.01) + rng.normal(0, 0.02, 40)) for _ in range(8)]
        shares = variance_shares([blocks])
        assert shares is not None
        assert shares.blocks_interval is not None
        held.append(shares.blocks_interval[0] <= 0.2 <= shares.blocks_interval[1])
    assert 0.92 <= np.mean(held) <= 0.985


def test_variance_needs_two_blocks_and_an_interval_three() -> None:
    rng = np.random.default_rng(6)
    blocks: list[Times] = list(rng.normal(100, 1, (3, 30)))
    assert variance_shares([blocks[:1]]) is None
    assert variance_shares([]) is None
    assert variance_shares([[np.ones(5), np.ones(5)]]) is None
    two = variance_shares([blocks[:2]])
    assert two is not None
    assert (two.sessions, two.blocks_interval) == (None, None)


def test_the_bootstrap_over_sessions_is_as_wide_as_days_differ() -> None:
    rng = np.random.default_rng(7)
    days: list[list[Times]] = [
        [np.exp(day + rng.normal(0, 0.01, 50)) for _ in range(2 + i % 3)]
        for i, day in enumerate(rng.normal(0, 0.05, 12))
    ]
    interval = bootstrap_sessions(days, 0.5, np.random.default_rng(0), resamples=1000)
    assert interval is not None
    assert 0.02 < np.log(interval[1] / interval[0]) < 0.15
    assert bootstrap_sessions(days[:7], 0.5, rng) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap_sessions(days, 0.0, rng)


def test_the_bootstrap_of_a_ratio_cancels_what_rounds_have_in_common() -> None:
    rng = np.random.default_rng(8)
    device = np.exp(rng.normal(0, 0.1, 10))
    a: list[list[Times]] = [[1.02 * d * np.exp(rng.normal(0, 0.01, 60))] for d in device]
    b: list[list[Times]] = [[d * np.exp(rng.normal(0, 0.01, 60))] for d in device]
    interval = bootstrap_ratio(a, b, 0.5, np.random.default_rng(0), resamples=1000)
    assert interval is not None
    # The medians over rounds are not paired in value, so some of the device's spread remains.
    assert interval[0] < 1.02 < interval[1]
    assert bootstrap_ratio(a[:3], b[:3], 0.5, rng) is None
    with pytest.raises(ValueError, match="same sessions"):
        bootstrap_ratio(a, b[:9], 0.5, rng)
