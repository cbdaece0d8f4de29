"""How many rounds a question takes, shown by simulation."""

import math

import numpy as np
import pytest

from ghostbench.stats.compare import check_limit
from ghostbench.stats.multiplicity import holm
from ghostbench.stats.power import how_many_more_blocks, how_many_more_rounds
from ghostbench.stats.summary import Numbers

LIMIT_PERCENT = 3.0
NETWORKS = 12


def rounds_that_look_like(difference: float, spread: float, rounds: int) -> tuple[Numbers, Numbers]:
    """Rounds whose log ratios have just that mean and deviation, so that the advice goes by the truth."""
    logs = np.random.default_rng(3).normal(size=rounds)
    logs = (logs - logs.mean()) / logs.std(ddof=1) * spread + difference
    return np.exp(logs), np.ones(rounds)


def established(rounds: int, difference: float, spread: float, rng: np.random.Generator) -> bool:
    """Whether the slower one of many is called slower, all of them corrected together."""
    limit = math.log1p(LIMIT_PERCENT / 100)
    centres = np.array([difference, *[0.0] * (NETWORKS - 1)])
    logs = centres[:, None] + rng.normal(0, spread, (NETWORKS, rounds))
    assert limit < difference
    p_values = [
        check_limit(np.exp(one), np.ones(rounds), limit_percent=LIMIT_PERCENT).p_above or 0.0
        for one in logs
    ]
    return holm(p_values)[0] <= 0.05


@pytest.mark.parametrize(("difference", "spread"), [(0.040, 0.012), (0.045, 0.01), (0.06, 0.02)])
def test_as_many_rounds_as_are_advised_establish_a_slowdown_among_many(
    difference: float, spread: float
) -> None:
    done = rounds_that_look_like(difference, spread, 8)
    distance = 100 * math.expm1(difference - math.log1p(LIMIT_PERCENT / 100))
    asked = {
        level: 8
        + (
            how_many_more_rounds(*done, difference_percent=distance, two_sided=False, level=level)
            or 0
        )
        for level in (0.05, 0.05 / NETWORKS)
    }
    rng = np.random.default_rng(11)
    found = {
        level: np.mean([established(rounds, difference, spread, rng) for _ in range(200)])
        for level, rounds in asked.items()
    }
    print(asked, found)
    assert found[0.05 / NETWORKS] >= 0.8
    assert found[0.05] <= found[0.05 / NETWORKS] - 0.1


def test_a_level_that_few_rounds_can_never_reach_asks_for_more() -> None:
    clear = rounds_that_look_like(1.0, 0.001, 6)
    asked = [
        how_many_more_rounds(*clear, difference_percent=100, two_sided=False, level=level)
        for level in (0.05, 0.05 / 18)
    ]
    assert asked == [0, 3]  # 2^-9 is below the stricter one, 2^-8 is not


@pytest.mark.parametrize("sessions_differ_by", [0.0, 0.002])
def test_as_many_blocks_as_are_advised_establish_a_slowdown_between_two_campaigns(
    sessions_differ_by: float,
) -> None:
    rng = np.random.default_rng(21)
    reach = 1.96 * math.sqrt(2) * sessions_differ_by
    advised, found = [], []
    for _ in range(200):
        first = np.exp(rng.normal(0.02, 0.01, 15)), np.exp(rng.normal(0, 0.01, 15))
        advised.append(how_many_more_blocks(*first, difference_percent=0.99, reach=reach) or 0)
    blocks = 15 + round(float(np.median(advised)))
    for _ in range(200):
        apart = rng.normal(0, math.sqrt(2) * sessions_differ_by)
        a = np.exp(rng.normal(0.02 + apart, 0.01, blocks))
        b = np.exp(rng.normal(0, 0.01, blocks))
        check = check_limit(a, b, limit_percent=1, paired=False, reach=reach)
        found.append(check.outcome == "above")
    assert 0.75 <= np.mean(found) <= 0.99
