import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostbench.stats.multiplicity import holm

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_a_single_question_needs_no_correction() -> None:
    assert holm([0.03]) == (0.03,)


def test_the_textbook_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@settings(deadline=None)
@given(CHANCES)
def test_corrected_values_keep_their_order_and_are_never_smaller_nor_above_one(
    chances: list[float],
) -> None:
    corrected = holm(chances)
    assert all(old <= new <= 1 for old, new in zip(chances, corrected, strict=True))
    by_size = np.argsort(chances, kind="stable")
    assert list(np.array(corrected)[by_size]) == sorted(corrected)


def test_among_18_that_are_alike_one_is_called_different_in_at_most_one_of_twenty_cases() -> None:
    chances = np.random.default_rng(0).random((2000, 18))
    assert np.mean([min(row) <= 0.05 for row in chances]) > 0.5
    assert np.mean([min(holm(list(row))) <= 0.05 for row in chances]) <= 0.06
