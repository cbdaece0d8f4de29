import csv
import io
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.report.claims import Claims, JudgedClaim, judge_claims
from ghostbench.report.claims_columns import CLAIM_COLUMNS
from ghostbench.report.claims_evidence import front_chances, times_together
from ghostbench.report.claims_judge import Answer, judge
from ghostbench.report.claims_text import (
    answer_text,
    claim_sentence,
    claims_lines,
    conditions_sentence,
)
from ghostbench.report.study import Group
from ghostbench.report.tables import claims_csv, study_claim_rows
from ghostbench.stats.pairing import SetAgainst
from tests.report.samples import PHONE, SIMULATED, campaign, with_times

NAMES = (
    "ghostnet-1.0x", "ghostnet-1.1x", "ghostnet-1.2x", "ghostnet-1.3x", "mobilenetv3-large-0.75x",
    "mobilenetv3-large-1.0x", "mobilenetv3-large-1.25x",
)  # fmt: skip
STUDY = campaign(names=NAMES, rounds=8).study()
GROUP = STUDY.groups[0]
# Figure 7 of the paper, in tens of milliseconds.
AS_PUBLISHED = {
    "ghostnet-1.0x": 3.11, "ghostnet-1.1x": 3.40, "ghostnet-1.2x": 4.08, "ghostnet-1.3x": 4.69,
    "mobilenetv3-large-0.75x": 3.22, "mobilenetv3-large-1.0x": 4.64, "mobilenetv3-large-1.25x": 6.63,
}  # fmt: skip


def judged(factors: Mapping[str, float], **options: float) -> Claims:
    return all_claims(with_times(GROUP, factors, **options))


def all_claims(group: Group) -> Claims:
    claims = judge_claims(STUDY, group)
    assert claims
    return claims


def claim(claims: Claims, words: str) -> JudgedClaim:
    return next(c for c in claims.judged if words in c.statement)


def against(ratio: float, spread: float = 0.001, rounds: int = 8) -> SetAgainst:
    logs = np.linspace(-spread, spread, rounds)
    return SetAgainst(a=ratio * np.exp(logs), b=np.ones(rounds), paired=True, unit="round")


def test_times_as_in_the_paper_make_every_claim_hold_with_its_gap() -> None:
    claims = judged(AS_PUBLISHED, noise=0.003)
    assert {c.judged.answer for c in claims.judged} == {Answer.HOLDS}
    assert {c.judged.gap.answer for c in claims.judged} == {Answer.HOLDS}
    assert claims.order
    assert claims.order.agreement.tau == 1.0
    assert claims.order.answer is Answer.HOLDS


def test_a_network_that_is_surely_slower_refutes_faster() -> None:
    claims = judged(AS_PUBLISHED | {"mobilenetv3-large-1.0x": 3.0})
    found = claim(claims, "GhostNet 1.2x is faster than MobileNetV3 Large 1.0x")
    assert (found.judged.answer, found.judged.why) == (Answer.FAILS, "surely slower")
    assert found.judged.gap.answer is Answer.FAILS


def test_a_difference_within_the_noise_cannot_be_told() -> None:
    claims = judged(AS_PUBLISHED | {"mobilenetv3-large-1.0x": 4.1}, noise=0.05)
    assert claim(claims, "GhostNet 1.2x is faster").judged.answer is Answer.OPEN


@pytest.mark.parametrize(
    ("ratio", "published", "answer", "gap"),
    [
        (0.88, 0.88, Answer.HOLDS, Answer.HOLDS),
        (0.50, 0.88, Answer.HOLDS, Answer.FAILS),
        (1.20, 0.88, Answer.FAILS, Answer.FAILS),
        (0.9999, 0.88, Answer.FAILS, Answer.FAILS),  # the same within 2 %
        (1.30, 1.30, Answer.HOLDS, Answer.HOLDS),
        (1.01, 1.01, Answer.HOLDS, Answer.HOLDS),  # about the same
        (1.20, 1.01, Answer.FAILS, Answer.FAILS),
        (0.80, 1.01, Answer.FAILS, Answer.FAILS),
    ],
)
def test_a_clear_ratio_gets_the_answer_that_its_side_asks_for(
    ratio: float, published: float, answer: Answer, gap: Answer
) -> None:
    found = judge(against(ratio), published)
    assert (found.answer, found.gap.answer) == (answer, gap)


def test_two_rounds_tell_nothing() -> None:
    for published in (0.88, 1.0):
        found = judge(against(0.88, rounds=2), published)
        assert (found.answer, found.gap.answer) == (Answer.OPEN, Answer.OPEN)
        assert "too few rounds" in found.why


def test_the_error_of_reading_a_figure_counts_against_both_answers_about_the_gap() -> None:
    assert judge(against(0.91), 0.88).gap.answer is Answer.HOLDS
    assert judge(against(0.91), 0.88, error=0.02).gap.answer is Answer.OPEN
    assert judge(against(0.94), 0.88).gap.answer is Answer.FAILS
    assert judge(against(0.94), 0.88, error=0.02).gap.answer is Answer.OPEN


@given(st.floats(min_value=0.3, max_value=3.0), st.floats(min_value=0.3, max_value=3.0))
def test_a_claim_never_holds_against_its_interval(ratio: float, published: float) -> None:
    found = judge(against(ratio, spread=0.02), published)
    low, high = found.ratio.interval or (0.0, 9.0)
    if found.expected and found.answer is Answer.HOLDS:
        assert (high < 1) if found.expected < 0 else (low > 1)
    if found.gap.answer is Answer.HOLDS:
        assert low / published < 1.05
        assert high / published > 1 / 1.05


def test_families_are_compared_at_equal_accuracy_where_all_curves_reach() -> None:
    found = claim(judged(AS_PUBLISHED, noise=0.003), "GhostNet is faster than MobileNetV3 Large")
    assert found.because == "curve against curve at 73.9 to 75.7 % top-1"
    assert [place for place, _ in found.places] == pytest.approx([73.9, 74.8, 75.7])
    for _, one in found.places:
        assert one.answer is Answer.HOLDS
    assert len(found.records) == len(NAMES)


def test_a_family_that_is_evenly_slower_is_slower_by_that_factor_at_every_accuracy() -> None:
    twice = {n: f * (2 if n.startswith("ghost") else 1) for n, f in AS_PUBLISHED.items()}
    one = claim(judged(AS_PUBLISHED, noise=0.003), "GhostNet is faster").judged
    other = claim(judged(twice, noise=0.003), "GhostNet is faster").judged
    assert other.ratio.value / one.ratio.value == pytest.approx(2)
    assert other.answer is Answer.FAILS


def test_where_device_and_runtime_differ_this_is_said_instead_of_failure() -> None:
    claims = judged(AS_PUBLISHED)
    assert claims.differs == ("device", "runtime")
    assert "on another device and runtime than the paper's" in conditions_sentence(claims)
    assert "fail" not in " ".join(claims_lines(claims))


def test_on_the_papers_own_conditions_nothing_is_said_to_differ() -> None:
    device = replace(PHONE, title="HUAWEI P30 Pro")
    engine = replace(GROUP.engine, name="TensorFlow Lite")
    claims = judge_claims(STUDY, replace(GROUP, device=device, engine=engine))
    assert claims
    assert (claims.differs, conditions_sentence(claims)) == ((), "")


def test_p_values_are_corrected_for_all_claims_together() -> None:
    for found in judged(AS_PUBLISHED).judged:
        assert found.p_corrected is not None
        assert found.judged.ratio.p_value is not None
        assert found.p_corrected >= found.judged.ratio.p_value


def test_the_rank_correlation_has_an_interval_for_noise_and_one_for_other_networks() -> None:
    order = judged(AS_PUBLISHED, noise=0.05).order
    assert order
    assert order.over_rounds
    assert order.agreement.interval
    assert order.over_rounds[0] <= order.agreement.tau <= order.over_rounds[1]
    assert judged({n: 1 / f for n, f in AS_PUBLISHED.items()}, noise=0.001).order != order


def test_the_opposite_order_refutes_the_papers() -> None:
    order = judged({n: 1 / f for n, f in AS_PUBLISHED.items()}, noise=0.001).order
    assert order
    assert (order.agreement.tau, order.answer) == (-1.0, Answer.FAILS)


def test_the_probability_of_the_front_is_certain_where_times_are_far_apart() -> None:
    chances = front_chances(with_times(GROUP, AS_PUBLISHED))
    by_model = {name.rpartition("/")[2]: chance for name, chance in chances.items()}
    assert by_model["ghostnet-1.2x-fp32"] == 1.0
    assert by_model["mobilenetv3-large-1.0x-fp32"] == 0.0  # as accurate, and slower


def test_two_equal_networks_share_the_front() -> None:
    same = AS_PUBLISHED | {"mobilenetv3-large-1.0x": AS_PUBLISHED["ghostnet-1.2x"]}
    chances = front_chances(with_times(GROUP, same))
    pair = [c for n, c in chances.items() if "ghostnet-1.2x" in n or "large-1.0x" in n]
    assert sum(pair) == pytest.approx(1.0)


def _sessions(group: Group, many: int) -> list[object]:
    networks = [
        replace(
            n.result,
            blocks=tuple(replace(b, session=b.round % many) for b in n.result.blocks),
        )
        for n in group.networks
    ]
    return [*networks]


def test_from_three_sessions_on_the_unit_is_the_session() -> None:
    two = times_together(_sessions(GROUP, 2))  # type: ignore[arg-type]  # results, made above
    four = times_together(_sessions(GROUP, 4))  # type: ignore[arg-type]
    assert two is not None
    assert four is not None
    assert (two.shape[1], four.shape[1]) == (8, 4)


def test_networks_of_different_campaigns_share_no_round() -> None:
    one, other = (n.result for n in GROUP.networks[:2])
    assert times_together([one, replace(other, campaign="another")]) is None


def test_made_up_times_are_no_evidence() -> None:
    study = campaign(names=NAMES, device=SIMULATED).study()
    assert judge_claims(study, study.groups[0]) is None
    assert front_chances(study.groups[0]) == {}
    assert claims_csv(study) == ""


def test_the_csv_has_a_line_for_each_claim_with_all_its_statistics() -> None:
    rows = list(csv.DictReader(io.StringIO(claims_csv(STUDY))))
    assert [row["kind"] for row in rows] == ["pair"] * 4 + ["family", "order"]
    for row in rows[:-1]:
        assert row["verdict"] in ("holds", "does not hold", "cannot be told")
        assert float(row["ci95_low"]) <= float(row["measured_ratio"]) <= float(row["ci95_high"])
        assert row["differs_from_paper"] == "device, runtime"
    assert -1 <= float(rows[-1]["kendall_tau"]) <= 1


def test_what_is_told_of_a_claim_is_what_is_documented_in_that_order() -> None:
    assert list(study_claim_rows(STUDY)[0]) == list(CLAIM_COLUMNS)
    assert list(study_claim_rows(STUDY)[-1]) == list(CLAIM_COLUMNS)


def test_where_conditions_differ_another_answer_is_no_failure() -> None:
    differs = ("device", "runtime")
    elsewhere, there = (answer_text(Answer.FAILS, told) for told in (differs, ()))
    assert elsewhere.endswith("does not hold here, on another device and runtime than the paper's")
    assert there.endswith("does not hold here")
    assert elsewhere[0] != there[0]
    assert answer_text(Answer.HOLDS, differs) == answer_text(Answer.HOLDS)


def test_a_claim_whose_ratio_was_the_goal_is_judged_by_the_wider_interval() -> None:
    plain = all_claims(GROUP).judged[0]
    first, second = (
        next(n for n in GROUP.networks if n.result.record_id == name) for name in plain.records
    )
    looked = [
        replace(n, result=replace(n.result, ratio_looks={other.result.job_id: 20}))
        for n, other in ((first, second), (second, first))
    ]
    rest = [n for n in GROUP.networks if n not in (first, second)]
    wider = claim(all_claims(replace(GROUP, networks=(*looked, *rest))), plain.statement)
    assert (plain.judged.looks, wider.judged.looks) == (1, 20)
    low, high = plain.judged.ratio.interval or (0.0, 0.0)
    wide_low, wide_high = wider.judged.ratio.interval or (1.0, 0.0)
    assert wide_low < low < high < wide_high
    assert "widened by 11.4 %" in claim_sentence(wider)
    assert "widened" not in claim_sentence(plain)
