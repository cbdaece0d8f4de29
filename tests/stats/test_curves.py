import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.stats.agreement import tau_over_rounds
from ghostbench.stats.curves import Curve, common_range, curve_of, ratios_along, times_at

TIMES = st.lists(st.floats(min_value=0.1, max_value=100), min_size=4, max_size=4)


def curve(times: list[float], *accuracies: float) -> Curve:
    return curve_of(np.array(accuracies), np.array(times)[:, None])


@given(TIMES, st.floats(min_value=0.1, max_value=10))
def test_a_curve_that_is_slower_by_a_factor_everywhere_is_slower_by_that_factor(
    times: list[float], factor: float
) -> None:
    one = curve(times, 70, 71, 73, 76)
    other = curve([t * factor for t in times], 70, 71, 73, 76)
    for between in ((70.0, 76.0), (70.5, 72.0), (71.0, 71.0)):
        assert ratios_along(other, one, between)[0] == pytest.approx(factor)


@given(TIMES, TIMES)
def test_swapping_two_curves_inverts_the_ratio(a: list[float], b: list[float]) -> None:
    one, other = curve(a, 70, 71, 73, 76), curve(b, 69, 72, 73, 75)
    between = common_range(one, other)
    assert between == (70.0, 75.0)
    there, back = ratios_along(one, other, between), ratios_along(other, one, between)
    assert there[0] * back[0] == pytest.approx(1)


@given(TIMES, TIMES)
def test_the_mean_over_a_range_lies_between_the_extremes(a: list[float], b: list[float]) -> None:
    one, other = curve(a, 70, 71, 73, 76), curve(b, 70, 71, 73, 76)
    knots = [times_at(one, k)[0] / times_at(other, k)[0] for k in (70, 71, 73, 76)]
    mean = ratios_along(one, other, (70.0, 76.0))[0]
    assert min(knots) * (1 - 1e-9) <= mean <= max(knots) * (1 + 1e-9)


def test_each_round_is_a_pair_of_curves_of_its_own() -> None:
    one = curve_of(np.array([70.0, 72.0]), np.array([[1.0, 2.0, 4.0], [1.0, 2.0, 4.0]]))
    other = curve_of(np.array([70.0, 72.0]), np.ones((2, 3)))
    assert ratios_along(one, other, (70.0, 72.0)).tolist() == pytest.approx([1, 2, 4])


def test_a_single_network_is_a_curve_of_one_place() -> None:
    assert common_range(curve([1.0], 74.4), curve([1.0, 2.0], 73, 76)) == (74.4, 74.4)
    assert common_range(curve([1.0], 74.4), curve([1.0, 2.0], 75, 76)) is None


def test_of_equally_accurate_networks_the_fastest_stands_for_all() -> None:
    assert curve([3.0, 2.0, 1.0], 75, 74, 75).times.ravel().tolist() == [2.0, 1.0]


def test_no_curve_is_drawn_out_beyond_its_ends() -> None:
    with pytest.raises(ValueError, match="reaches from 70"):
        times_at(curve([1.0, 2.0], 70, 71), 71.5)


@pytest.mark.parametrize(
    ("accuracies", "times"), [([], []), ([1.0], [[0.0]]), ([1.0, 2.0], [[1.0]])]
)
def test_what_is_no_curve_is_refused(accuracies: list[float], times: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="a curve needs"):
        curve_of(np.array(accuracies), np.array(times).reshape(len(times), 1))


def test_noise_moves_the_rank_correlation_only_where_networks_are_close() -> None:
    rng = np.random.default_rng(3)
    figures = np.arange(1.0, 7.0)
    apart = np.exp(np.arange(6.0))[:, None] * rng.normal(1, 0.01, (6, 8))
    close = np.linspace(1, 1.02, 6)[:, None] * rng.normal(1, 0.02, (6, 8))
    assert tau_over_rounds(apart, figures, np.random.default_rng(0)) == (1.0, 1.0)
    low, high = tau_over_rounds(close, figures, np.random.default_rng(0)) or (1.0, 1.0)
    assert low < 0.8 < high


def test_two_rounds_say_nothing_of_noise() -> None:
    rng = np.random.default_rng(0)
    assert tau_over_rounds(np.ones((3, 2)), np.arange(3.0), rng) is None


def test_the_interval_for_noise_holds_the_true_correlation() -> None:
    true_times, figures = np.array([1.0, 1.02, 1.5, 1.51, 2.0]), np.array([1.0, 3.0, 2.0, 4.0, 5.0])
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        medians = true_times[:, None] * rng.normal(1, 0.02, (5, 6))
        low, high = tau_over_rounds(medians, figures, rng, resamples=300) or (1.0, 1.0)
        held += low <= 0.8 <= high
    assert held >= 190
