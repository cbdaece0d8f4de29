from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.core.result import JobResult
from ghostbench.report.comparisons import check_order, compare_claims, ratio
from tests.report.samples import SIMULATED, campaign

NAMES = ("ghostnet-1.2x", "ghostnet-1.3x", "mobilenetv3-large-1.0x")
BASE = campaign(names=NAMES[:1], rounds=3).results[0]
MEDIANS = st.lists(st.floats(min_value=1e6, max_value=1e8), min_size=3, max_size=9)


def result(medians: Sequence[float], first_round: int = 0) -> JobResult:
    blocks = tuple(
        replace(BASE.blocks[0], round=first_round + place, median_ns=median)
        for place, median in enumerate(medians)
    )
    return replace(BASE, blocks=blocks, median_ns=sorted(medians)[len(medians) // 2])


@given(st.integers(min_value=3, max_value=9).flatmap(lambda n: st.lists(
    st.tuples(st.floats(min_value=1e6, max_value=1e8), st.floats(min_value=1e6, max_value=1e8)),
    min_size=n, max_size=n,
)))  # fmt: skip
def test_swapping_two_networks_turns_the_verdict_around(pairs: list[tuple[float, float]]) -> None:
    mine, theirs = result([a for a, _ in pairs]), result([b for _, b in pairs])
    there, back = ratio(mine, theirs), ratio(theirs, mine)
    assert there.verdict is not None
    assert back.verdict is not None
    assert there.verdict == -back.verdict


@given(MEDIANS, st.floats(min_value=0.1, max_value=10))
def test_a_network_that_is_slower_by_a_factor_in_every_round_has_exactly_this_ratio(
    medians: list[float], factor: float
) -> None:
    found = ratio(result([m * factor for m in medians]), result(medians))
    assert found.value == pytest.approx(factor)
    assert found.interval == pytest.approx((factor, factor))


def test_a_round_that_slowed_both_does_not_widen_the_ratio() -> None:
    slow_round = [10.0, 10.0, 20.0, 10.0]
    assert ratio(result([2 * m for m in slow_round]), result(slow_round)).interval == (
        pytest.approx((2.0, 2.0))
    )


def test_without_a_common_round_the_two_are_compared_as_if_apart() -> None:
    found = ratio(result([2.0, 2.0, 2.0]), result([1.0, 1.0, 1.0], first_round=3))
    assert (found.value, found.paired, found.verdict) == (2.0, False, 1)


def test_a_claim_is_set_beside_the_published_times() -> None:
    study = campaign(names=NAMES).study()
    by_pair = {c.claim.model: c for c in compare_claims(study.paper, study.groups[0])}
    assert by_pair["ghostnet-1.2x"].published == pytest.approx(40.8 / 46.4)
    assert by_pair["ghostnet-1.2x"].agrees is False  # the made-up times say slower


def test_two_published_times_within_two_percent_confirm_and_refute_nothing() -> None:
    study = campaign(names=NAMES).study()
    by_pair = {c.claim.model: c for c in compare_claims(study.paper, study.groups[0])}
    assert by_pair["ghostnet-1.3x"].published_verdict == 0
    assert by_pair["ghostnet-1.3x"].agrees is None


def test_a_claim_of_which_one_network_is_missing_is_left_out() -> None:
    study = campaign(names=NAMES[:2]).study()
    assert compare_claims(study.paper, study.groups[0]) == []


def test_made_up_times_prove_nothing() -> None:
    study = campaign(names=NAMES, device=SIMULATED).study()
    assert compare_claims(study.paper, study.groups[0]) == []
    assert check_order(study.paper, study.groups[0]) is None


def test_every_pair_with_a_published_time_is_counted_once() -> None:
    study = campaign().study()
    order = check_order(study.paper, study.groups[0])
    assert order is not None
    assert order.networks == 8
    assert order.same + order.opposite + order.undecided == 8 * 7 // 2
