import itertools
import math

import pytest

from ghostbench.stats.distributions import (
    f_quantile,
    f_share,
    signed_rank_reach,
    signed_rank_tail,
    student_quantile,
    student_tail,
)


def test_the_student_tail_has_its_closed_form_with_two_degrees_of_freedom() -> None:
    for t in (-40.0, -3.0, -0.1, 0.0, 0.5, 4.0, 60.0, 1000.0):
        exact = 0.5 - t / (2 * math.sqrt(2 + t * t))
        assert student_tail(t, 2) == pytest.approx(exact, rel=1e-6, abs=1e-15)


def test_the_student_tail_of_many_degrees_of_freedom_is_the_normal_one() -> None:
    assert student_tail(1.96, 1e6) == pytest.approx(0.0249979, rel=1e-4)
    assert student_tail(math.inf, 3) == 0.0
    assert student_tail(-math.inf, 3) == 1.0


@pytest.mark.parametrize("degrees", [1, 2, 3.5, 10, 400])
@pytest.mark.parametrize("probability", [0.001, 0.3, 0.5, 0.95, 0.9999])
def test_a_student_quantile_is_where_the_tail_has_that_probability(
    probability: float, degrees: float
) -> None:
    quantile = student_quantile(probability, degrees)
    assert 1 - student_tail(quantile, degrees) == pytest.approx(probability, abs=1e-9)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_quantile_at_certainty_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        student_quantile(probability, 3)


def test_the_f_distribution_is_that_of_squared_student_values() -> None:
    assert f_share(student_quantile(0.975, 7) ** 2, 1, 7) == pytest.approx(0.95, abs=1e-9)
    assert f_quantile(0.95, 1, 7) == pytest.approx(student_quantile(0.975, 7) ** 2)


def test_signed_ranks_are_counted_as_by_trying_all_signs() -> None:
    for n in (1, 4, 7):
        sums = [
            sum(rank for rank, plus in enumerate(signs, 1) if plus)
            for signs in itertools.product((False, True), repeat=n)
        ]
        for statistic in range(n * (n + 1) // 2 + 1):
            share = sum(total >= statistic for total in sums) / len(sums)
            assert signed_rank_tail(statistic, n) == pytest.approx(share)


def test_the_exact_and_the_approximate_signed_ranks_meet() -> None:
    for n, step in ((60, 61), (61, 62)):
        assert abs(signed_rank_reach(step, 0.025) - signed_rank_reach(n, 0.025)) < 40
    assert signed_rank_tail(1200, 60) == pytest.approx(0.018, abs=0.002)
    assert signed_rank_tail(1245, 61) == pytest.approx(
        1 - 0.5 * math.erfc(-(1244.5 - 945.5) / math.sqrt(19381.75 * 2)), abs=1e-3
    )


@pytest.mark.parametrize("n", [6, 10, 40, 100])
def test_as_many_means_are_left_out_as_the_level_allows(n: int) -> None:
    total = n * (n + 1) // 2
    reach = signed_rank_reach(n, 0.025)
    assert signed_rank_tail(total - reach + 1, n) <= 0.025 + 1e-9
    assert signed_rank_tail(total - reach, n) > 0.025
