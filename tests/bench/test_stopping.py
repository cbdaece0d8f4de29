from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.bench.planning import make_plan
from ghostbench.bench.stopping import MAX_ROUNDS
from ghostbench.core.errors import UsageError
from ghostbench.core.plan import Plan, StoppingRule
from ghostbench.core.record import RunRecord
from ghostbench.core.verdict import Verdict
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_faults import Fault
from ghostbench.device.simulated_runner import Truth
from ghostbench.judging.judge import judge_campaign
from tests.bench.lab import NOW, QUICK, Lab


def adaptive(lab: Lab, rule: StoppingRule, *names: str, rounds: int = MAX_ROUNDS) -> Plan:
    """The lab's plan with a stopping rule."""
    fixed = lab.plan(*names, rounds=1)
    return make_plan(
        fixed.jobs,
        campaign=fixed.campaign,
        rounds=rounds,
        seed=7,
        purpose="test",
        now=NOW,
        stopping=rule,
    )


def lab_with(tmp_path: Path, between_blocks: float) -> Lab:
    truth = Truth(latency_ms={"a.tflite": 1.0, "b.tflite": 1.3}, between_blocks=between_blocks)
    return Lab(tmp_path, device=SimulatedDevice(truth=truth))


def rounds_of(records: list[RunRecord]) -> int:
    return len({record.block.round for record in records})


def test_quiet_machines_need_fewer_rounds_than_noisy_ones(tmp_path: Path) -> None:
    rule = StoppingRule(half_width_percent=1.0)
    quiet, noisy = lab_with(tmp_path, 0.003), lab_with(tmp_path, 0.02)
    few = quiet.run(adaptive(quiet, rule, "a", "b"))
    many = noisy.run(adaptive(noisy, rule, "a", "b"))
    assert rounds_of(few) == rule.min_rounds
    assert rounds_of(few) < rounds_of(many) < MAX_ROUNDS
    assert "every 95 % interval is narrower than 1 %" in quiet.notes.said[-1]
    assert len(many) == 2 * rounds_of(many)


def test_a_budget_that_is_too_small_still_buys_the_three_rounds_of_an_interval(
    tmp_path: Path,
) -> None:
    lab = lab_with(tmp_path, 0.05)
    rule = StoppingRule(half_width_percent=0.1, budget_s=0.001)
    assert rounds_of(lab.run(adaptive(lab, rule, "a", "b"))) == 3


def test_the_budget_ends_what_cannot_become_precise_and_says_what_is_open(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, 0.05)
    rule = StoppingRule(half_width_percent=0.1, budget_s=2.0)
    records = lab.run(adaptive(lab, rule, "a", "b"))
    assert sum(record.seconds for record in records) <= 2.0
    assert lab.notes.said[-1].startswith("enough: another round would exceed the budget of 2 s")
    assert lab.notes.said[-1].endswith("not narrow enough yet: a-fp32, b-fp32")


def test_all_rounds_are_the_last_word(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, 0.05)
    rule = StoppingRule(half_width_percent=0.1)
    assert rounds_of(lab.run(adaptive(lab, rule, "a", rounds=8))) == 8
    assert lab.notes.said[-1].startswith("enough: all 8 rounds are measured")


def test_a_ratio_may_be_the_goal(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, 0.004)
    rule = StoppingRule(half_width_percent=1.0, ratio_of=("a-fp32", "b-fp32"))
    assert rounds_of(lab.run(adaptive(lab, rule, "a", "b"))) < 20
    wrong = adaptive(lab, replace(rule, ratio_of=("a-fp32", "c-fp32")), "a", "b")
    with pytest.raises(UsageError, match="there is no job 'c-fp32' in this plan"):
        lab.run(wrong)


def test_going_on_after_an_interruption_gives_the_same_blocks_as_without(tmp_path: Path) -> None:
    rule = StoppingRule(half_width_percent=1.0)
    lab = lab_with(tmp_path, 0.02)
    plan = adaptive(lab, rule, "a", "b")
    whole = lab.run(plan)
    again = lab_with(tmp_path, 0.02)
    first = again.run(plan)[:5]
    rest = again.run(plan, kept=first)
    assert [r.block for r in (*first, *rest)][: len(whole)] == [r.block for r in whole][
        : len(first) + len(rest)
    ]


def test_a_campaign_that_reached_its_goal_is_not_gone_on_with(tmp_path: Path) -> None:
    lab = lab_with(tmp_path, 0.003)
    plan = adaptive(lab, StoppingRule(half_width_percent=1.0), "a")
    records = lab.run(plan)
    assert lab.run(plan, kept=records) == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "must stop"),
        ({"half_width_percent": -1.0}, "half_width_percent must be above zero"),
        ({"budget_s": -5.0}, "budget_s must be above zero"),
        ({"budget_s": float("nan")}, "budget_s must be above zero"),
        ({"half_width_percent": 1.0, "ratio_of": ("a", "a")}, "two different jobs"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(values: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        StoppingRule(**values)  # type: ignore[arg-type]  # by name, on purpose


def faults(*bad_runs: int, fault: Fault = "throttled") -> SimulatedDevice:
    return SimulatedDevice(faults=lambda model, run: fault if run in bad_runs else None)


def by_round(records: list[RunRecord], number: int) -> Iterator[RunRecord]:
    return (record for record in records if record.block.round == number)


def test_an_invalid_block_is_measured_again_and_both_attempts_are_kept(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=faults(1))
    records = lab.run(lab.plan("a", rounds=3))
    judged = judge_campaign(records)
    verdicts = [(r.block.round, r.attempt, judged[r.record_id].verdict) for r in records]
    assert verdicts == [
        (0, 1, Verdict.SUSPECT),  # emulated
        (1, 1, Verdict.INVALID),
        (1, 2, Verdict.SUSPECT),
        (2, 1, Verdict.SUSPECT),
    ]
    assert lab.store.records == records
    (line,) = (line for line in lab.notes.said if "it is measured again" in line)
    assert line.startswith("a-fp32, round 2: INVALID, slowed: ")


def test_a_block_that_stays_invalid_is_tried_three_times_in_all(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=faults(1, 2, 3))
    records = lab.run(lab.plan("a", rounds=3))
    assert [record.attempt for record in by_round(records, 1)] == [1, 2, 3]
    assert [record.attempt for record in by_round(records, 2)] == [1]


def test_what_would_be_the_same_again_is_not_measured_again(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=faults(*range(9), fault="wrong-model"))
    records = lab.run(lab.plan("a", rounds=5))
    assert [record.attempt for record in records] == [1, 1]
    assert lab.notes.said[-1].endswith("it failed 2 times running and is left out from here on")


def test_settings_of_the_block_say_that_the_probe_runs(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    record = lab.run(lab.plan("a", rounds=1, settings=QUICK))[0]
    assert record.measurement is not None
    assert [probe.when for probe in record.measurement.probes] == ["before", "after"]


def test_a_model_so_small_that_its_inferences_would_fill_the_disk_ends_the_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghostbench.bench.ledger.MOST_SAMPLES", 200)
    lab = lab_with(tmp_path, 0.05)
    records = lab.run(adaptive(lab, StoppingRule(half_width_percent=0.1), "a"))
    kept = sum(len(r.measurement.samples.phase) for r in records if r.measurement)
    assert 3 <= rounds_of(records) < 12
    assert kept <= 200
    assert "another round would exceed the 200 inferences that are kept" in lab.notes.said[-1]
