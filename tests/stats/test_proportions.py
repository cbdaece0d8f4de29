import random

import pytest

from ghostbench.stats.proportions import paired_shares, same_share_p_value, share_interval


@pytest.mark.parametrize(("share", "of"), [(0.74, 500), (0.02, 200), (0.5, 40), (0.995, 1000)])
def test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says(share: float, of: int) -> None:
    rng = random.Random(1)
    held = 0
    for _ in range(1000):
        right = sum(rng.random() < share for _ in range(of))
        low, high = share_interval(right, of)
        held += low <= share <= high
    assert 930 <= held <= 985


def test_the_interval_of_a_difference_holds_the_truth_as_often_as_it_says() -> None:
    rng = random.Random(2)
    held = 0
    for _ in range(1000):
        draws = [rng.random() for _ in range(400)]
        only_first = sum(d < 0.05 for d in draws)
        only_second = sum(0.05 <= d < 0.08 for d in draws)
        _, (low, high) = paired_shares(only_first, only_second, 400)
        held += low <= 0.02 <= high
    assert 930 <= held <= 980


def test_equal_networks_are_called_different_at_most_as_often_as_claimed() -> None:
    rng = random.Random(3)
    called = 0
    for _ in range(2000):
        disagreements = [rng.random() < 0.5 for _ in range(30)]
        called += same_share_p_value(sum(disagreements), 30 - sum(disagreements)) < 0.05
    assert called <= 0.06 * 2000


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no share"):
        share_interval(0, 0)
    with pytest.raises(ValueError, match="no shares"):
        paired_shares(3, 3, 5)
