import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.simulated_campaigns import Conditions, block_effects
from ghostbench.stats.compare import (
    check_limit,
    equivalence,
    paired_ratio,
    unpaired_ratio,
)
from ghostbench.stats.intervals import median_interval, widening_for_looks
from ghostbench.stats.power import how_many_more_rounds
from ghostbench.stats.summary import Numbers

PAIRS = st.lists(
    st.tuples(st.floats(1e-3, 1e9), st.floats(1e-3, 1e9)), min_size=3, max_size=25
).map(lambda pairs: (np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])))


def interleaved(
    rng: np.random.Generator, rounds: int, slower: float = 1.0, spread: float = 0.01
) -> tuple[Numbers, Numbers]:
    """Two networks under what a device does to whole rounds."""
    device = np.exp(np.cumsum(rng.normal(0, 0.02, rounds)))
    a, b = np.exp(rng.normal(0, spread, (2, rounds)))
    return slower * a * device, b * device


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_the_ratio_lies_in_its_interval(pair: tuple[Numbers, Numbers]) -> None:
    ratio = paired_ratio(*pair)
    low, high = ratio.interval or (math.nan, math.nan)
    assert low * (1 - 1e-9) <= ratio.value <= high * (1 + 1e-9)


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_turning_the_question_round_turns_the_answer_round(pair: tuple[Numbers, Numbers]) -> None:
    for compare in (paired_ratio, unpaired_ratio):
        one, other = compare(*pair), compare(*pair[::-1])
        assert one.value == pytest.approx(1 / other.value)
        low, high = other.interval or (math.nan, math.nan)
        assert one.interval == pytest.approx((1 / high, 1 / low), rel=1e-6)
        assert one.p_value == pytest.approx(other.p_value, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(PAIRS, st.floats(1e-3, 1e3))
def test_a_slower_clock_changes_no_ratio(pair: tuple[Numbers, Numbers], factor: float) -> None:
    a, b = pair
    assert paired_ratio(a * factor, b * factor).value == pytest.approx(paired_ratio(a, b).value)


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_the_test_and_the_interval_say_the_same(pair: tuple[Numbers, Numbers]) -> None:
    for compare in (paired_ratio, unpaired_ratio):
        ratio = compare(*pair)
        low, high = ratio.interval or (math.nan, math.nan)
        if min(abs(math.log(low)), abs(math.log(high))) > 1e-9:  # not on the very edge
            assert ratio.p_value is not None
            assert (ratio.p_value <= 0.05) == (ratio.verdict != 0)


@pytest.mark.parametrize("rounds", [3, 5, 6, 8, 12, 70])
def test_alike_networks_are_called_different_in_at_most_one_of_twenty_campaigns(
    rounds: int,
) -> None:
    rng = np.random.default_rng(rounds)
    verdicts = [paired_ratio(*interleaved(rng, rounds)).verdict for _ in range(600)]
    assert np.mean(np.abs(np.array(verdicts, dtype=float))) <= 0.07


def test_pairing_cancels_what_whole_rounds_have_in_common() -> None:
    a, b = interleaved(np.random.default_rng(3), 12, slower=1.02, spread=0.003)
    assert paired_ratio(a, b).verdict == 1
    assert unpaired_ratio(a, b).verdict == 0


def test_the_paired_interval_is_no_wider_than_that_of_the_median_ratio() -> None:
    rng = np.random.default_rng(4)
    widths = []
    for _ in range(300):
        a, b = interleaved(rng, 12)
        mine, old = paired_ratio(a, b).interval, median_interval(a / b)
        assert mine is not None
        assert old is not None
        widths.append(math.log(mine[1] / mine[0]) / math.log(old[1] / old[0]))
    assert np.mean(widths) < 1


@pytest.mark.parametrize(("of_a", "of_b"), [(4, 4), (8, 8), (5, 20)])
def test_two_campaigns_of_unequal_spread_are_not_called_different_too_often(
    of_a: int, of_b: int
) -> None:
    rng = np.random.default_rng(of_a)
    wrong = [
        unpaired_ratio(
            np.exp(rng.normal(0, 0.02, of_a)), np.exp(rng.normal(0, 0.005, of_b))
        ).verdict
        for _ in range(1000)
    ]
    assert np.mean(np.abs(np.array(wrong, dtype=float))) <= 0.07


def test_two_rounds_are_too_few_for_any_statement() -> None:
    pair = np.array([1.0, 1.1]), np.array([1.0, 1.0])
    assert paired_ratio(*pair).verdict is None
    assert unpaired_ratio(*pair).p_value is None
    assert not equivalence(*pair, within_percent=50).established
    assert check_limit(*pair, limit_percent=3).outcome == "undecided"
    assert how_many_more_rounds(*pair, difference_percent=1) is None


@settings(deadline=None, max_examples=60)
@given(PAIRS, st.floats(0.1, 50), st.booleans())
def test_equivalence_is_established_exactly_when_the_90_interval_lies_within(
    pair: tuple[Numbers, Numbers], within: float, paired: bool
) -> None:
    found = equivalence(*pair, within_percent=within, paired=paired)
    assert found.interval is not None
    low, high = found.interval
    edge = 1 + within / 100
    if min(abs(low * edge - 1), abs(high / edge - 1)) > 1e-9:
        assert found.established == (1 / edge < low and high < edge)


def test_equivalence_is_claimed_at_most_one_time_in_twenty_when_just_not_true() -> None:
    rng = np.random.default_rng(5)
    claimed = [
        equivalence(*interleaved(rng, 10, slower=1.02), within_percent=2).established
        for _ in range(600)
    ]
    assert np.mean(claimed) <= 0.07


def test_a_limit_is_told_from_both_sides_and_else_left_open() -> None:
    rng = np.random.default_rng(6)
    assert check_limit(*interleaved(rng, 12, 1.06, 0.005), limit_percent=3).outcome == "above"
    assert check_limit(*interleaved(rng, 12, 1.00, 0.005), limit_percent=3).outcome == "below"
    assert check_limit(*interleaved(rng, 5, 1.03, 0.02), limit_percent=3).outcome == "undecided"
    assert (
        check_limit(*interleaved(rng, 12, 1.06, 0.005), limit_percent=3, paired=False).ratio.paired
        is False
    )


@pytest.mark.parametrize("paired", [True, False])
def test_a_slowdown_right_at_the_limit_is_rarely_called_either_way(paired: bool) -> None:
    rng = np.random.default_rng(7)
    outcomes = []
    for _ in range(800):
        a, b = np.exp(rng.normal(0, 0.01, (2, 8)))
        outcomes.append(check_limit(1.03 * a, b, limit_percent=3, paired=paired).outcome)
    assert outcomes.count("above") <= 0.065 * len(outcomes)
    assert outcomes.count("below") <= 0.065 * len(outcomes)


def test_the_number_of_rounds_asked_for_finds_the_difference_as_often_as_promised() -> None:
    rng = np.random.default_rng(8)
    spread, wanted = 0.01, 1.0
    more = how_many_more_rounds(
        *interleaved(rng, 200, spread=spread), difference_percent=wanted, power=0.9
    )
    assert more == 0
    needed = 2 * (1.96 + 1.28) ** 2  # both networks vary by as much as the difference
    few = interleaved(np.random.default_rng(80), 12, spread=spread)
    asked = 12 + (how_many_more_rounds(*few, difference_percent=wanted, power=0.9) or 0)
    assert 0.5 * needed < asked < 2 * needed
    found = [
        paired_ratio(*interleaved(rng, math.ceil(needed) + 2, 1.01, spread)).verdict == 1
        for _ in range(400)
    ]
    assert 0.84 <= np.mean(found) <= 0.96


def test_a_smaller_difference_and_more_power_take_more_rounds() -> None:
    pair = interleaved(np.random.default_rng(9), 8)
    rounds = [how_many_more_rounds(*pair, difference_percent=d) or 0 for d in (2, 1, 0.5, 0.1)]
    assert rounds == sorted(rounds)
    assert rounds[0] < rounds[-1]
    less = how_many_more_rounds(*pair, difference_percent=0.5, power=0.5) or 0
    assert less < rounds[2]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="in pairs"):
        paired_ratio(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match="above zero"):
        paired_ratio(np.array([1.0, 0.0, 1.0]), np.ones(3))
    with pytest.raises(ValueError, match="above zero"):
        equivalence(np.ones(3), np.ones(3), within_percent=0)
    with pytest.raises(ValueError, match="cannot change"):
        check_limit(np.ones(3), np.ones(3), limit_percent=-100)
    with pytest.raises(ValueError, match="power"):
        how_many_more_rounds(np.ones(3), np.ones(3), difference_percent=0)


def test_times_without_any_noise_are_compared_too() -> None:
    one = np.ones(4)
    assert paired_ratio(1.1 * one, one).verdict == 1
    assert paired_ratio(one, one).p_value == 1.0
    assert unpaired_ratio(1.1 * one, one).p_value == 0.0
    assert equivalence(one, one, within_percent=1).established


@pytest.mark.parametrize("blocks", [5, 8, 12])
def test_the_ratio_of_two_campaigns_holds_although_blocks_resemble_their_neighbours(
    blocks: int,
) -> None:
    alike = Conditions(from_block_to_block=0.3)
    rng = np.random.default_rng(blocks)
    a, b = (np.exp(block_effects(alike, 1000, blocks, rng)) for _ in range(2))
    intervals = [
        unpaired_ratio(1.02 * one, other).interval for one, other in zip(a, b, strict=True)
    ]
    held = np.mean([i is not None and i[0] <= 1.02 <= i[1] for i in intervals])
    assert 0.93 <= held <= 0.985


@settings(deadline=None, max_examples=60)
@given(PAIRS, st.integers(2, 60))
def test_an_interval_that_was_looked_at_is_wider_by_the_factor_and_its_test_says_the_same(
    pair: tuple[Numbers, Numbers], looks: int
) -> None:
    plain, looked = paired_ratio(*pair), paired_ratio(*pair, looks=looks)
    factor = widening_for_looks(looks)
    assert plain.interval is not None
    assert looked.value == pytest.approx(plain.value, rel=1e-12)
    assert looked.interval == pytest.approx(
        tuple(plain.value * (end / plain.value) ** factor for end in plain.interval), rel=1e-6
    )
    low, high = looked.interval or (0.0, 0.0)
    if min(abs(low - 1), abs(high - 1)) > 1e-9:
        assert ((looked.p_value or 0.0) <= 0.05) == (high < 1 or low > 1)


def test_ratios_of_campaigns_that_end_once_they_are_narrow_hold_as_often_as_they_claim() -> None:
    rng = np.random.default_rng(12)
    held = {True: 0, False: 0}
    campaigns = 400
    for _ in range(campaigns):
        a, b = interleaved(rng, 60, slower=1.02, spread=0.016)
        for widened in held:
            low, high = interval_at_the_end(a, b, widened=widened)
            held[widened] += low <= 1.02 <= high
    assert 0.93 <= held[True] / campaigns <= 0.97
    assert held[False] < held[True]


def interval_at_the_end(a: Numbers, b: Numbers, *, widened: bool) -> tuple[float, float]:
    """Of the first rounds, from the eighth on, after which it is narrower than 1 % to each side."""
    interval = (0.0, math.inf)
    for rounds in range(8, len(a) + 1):
        looks = rounds - 7 if widened else 1
        interval = paired_ratio(a[:rounds], b[:rounds], looks=looks).interval or interval
        if interval[1] - interval[0] <= 0.02:
            break
    return interval
