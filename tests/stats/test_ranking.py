import math

import numpy as np
import pytest

from ghostbench.stats.agreement import kendall_tau
from ghostbench.stats.ranking import front_probabilities, rank
from ghostbench.stats.summary import Numbers


def campaign(rng: np.random.Generator, factors: list[float], rounds: int) -> Numbers:
    device = np.exp(np.cumsum(rng.normal(0, 0.02, rounds)))
    noise = np.exp(0.01 * rng.standard_normal((len(factors), rounds)))
    return np.array(factors)[:, None] * noise * device


@pytest.mark.parametrize(("networks", "rounds"), [(5, 6), (5, 12), (12, 8)])
def test_alike_networks_are_torn_apart_in_one_of_twenty_campaigns(
    networks: int, rounds: int
) -> None:
    rng = np.random.default_rng(rounds)
    torn = []
    for _ in range(300):
        ranking = rank(campaign(rng, [1.0] * networks, rounds))
        assert ranking is not None
        torn.append(len(ranking.groups) > 1)
    assert np.mean(torn) <= 0.09


def test_clearly_different_networks_are_ranked_exactly() -> None:
    ranking = rank(campaign(np.random.default_rng(0), [1.3, 1.0, 1.6], 10))
    assert ranking is not None
    assert ranking.order == (1, 0, 2)
    assert ranking.ranks == ((2, 2), (1, 1), (3, 3))
    assert ranking.groups == ((1,), (0,), (2,))


def test_ranks_hold_the_true_order() -> None:
    rng = np.random.default_rng(1)
    factors = [1 + 0.01 * i for i in range(8)]
    for _ in range(60):
        ranking = rank(campaign(rng, factors, 10))
        assert ranking is not None
        held = [low <= place <= high for place, (low, high) in enumerate(ranking.ranks, 1)]
        assert np.mean(held) >= 0.75


def test_groups_may_overlap_and_cover_every_network() -> None:
    ranking = rank(campaign(np.random.default_rng(2), [1.0, 1.012, 1.024, 1.036], 14))
    assert ranking is not None
    assert {row for group in ranking.groups for row in group} == {0, 1, 2, 3}
    assert len(ranking.groups) < 4


def test_five_rounds_are_too_few_to_rank() -> None:
    assert rank(np.ones((3, 5))) is None
    alone = rank(np.ones((1, 6)))
    assert alone is not None
    assert alone.ranks == ((1, 1),)


def test_many_rounds_draw_signs_instead_of_trying_all() -> None:
    ranking = rank(campaign(np.random.default_rng(3), [1.0, 1.2], 20))
    assert ranking is not None
    assert ranking.groups == ((0,), (1,))


def test_what_is_no_table_of_times_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        rank(np.zeros((2, 6)))
    with pytest.raises(ValueError, match="as many accuracies"):
        front_probabilities(np.ones((2, 6)), np.ones(3), np.random.default_rng(0))


def test_a_dominated_network_is_never_and_a_best_one_always_on_the_front() -> None:
    times = campaign(np.random.default_rng(4), [1.0, 2.0, 1.5], 8)
    front = front_probabilities(times, np.array([70.0, 75.0, 69.0]), np.random.default_rng(0))
    assert front.tolist() == [1.0, 1.0, 0.0]


def test_a_toss_up_is_told_as_one() -> None:
    times = np.array([[1.0], [1.0]]) * np.exp(np.random.default_rng(5).normal(0, 0.01, (2, 400)))
    times[1] *= np.exp(np.log(times[0]).mean() - np.log(times[1]).mean())
    front = front_probabilities(times, np.array([70.0, 71.0]), np.random.default_rng(0))
    assert front[0] == pytest.approx(0.5, abs=0.05)
    assert front[1] == 1.0


def test_errors_of_accuracy_make_the_front_less_certain() -> None:
    times = campaign(np.random.default_rng(6), [1.0, 1.5], 8)
    sure = front_probabilities(times, np.array([70.0, 70.5]), np.random.default_rng(0))
    unsure = front_probabilities(
        times,
        np.array([70.0, 70.5]),
        np.random.default_rng(0),
        accuracy_errors=np.array([0.5, 0.5]),
    )
    assert sure[1] == 1.0
    assert unsure[1] == pytest.approx(0.76, abs=0.05)


def test_like_orders_agree_and_opposite_ones_do_not() -> None:
    up = np.arange(8.0)
    assert kendall_tau(up, 3 * up + 1).tau == 1.0
    assert kendall_tau(up, -up).tau == -1.0
    low, high = kendall_tau(up, up).interval or (math.nan, math.nan)
    assert 0.5 < low < high == 1.0
    assert kendall_tau(up[:4], up[:4]).interval is None


def test_equal_figures_count_for_neither_order() -> None:
    assert kendall_tau(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])).tau == pytest.approx(
        2 / math.sqrt(6)
    )
    with pytest.raises(ValueError, match="no order"):
        kendall_tau(np.ones(3), np.arange(3.0))
    with pytest.raises(ValueError, match="at least two"):
        kendall_tau(np.ones(1), np.ones(1))


def test_the_interval_of_tau_holds_the_truth() -> None:
    rng = np.random.default_rng(7)
    rho = 0.8
    truth = 2 / math.pi * math.asin(rho)  # of two normal figures with that correlation
    held = []
    for _ in range(600):
        one = rng.standard_normal(20)
        other = rho * one + math.sqrt(1 - rho**2) * rng.standard_normal(20)
        low, high = kendall_tau(one, other).interval or (math.nan, math.nan)
        held.append(low <= truth <= high)
    assert 0.92 <= np.mean(held) <= 0.98
