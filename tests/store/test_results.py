import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ghostbench.bench.stopping import standing
from ghostbench.core.plan import StoppingRule
from ghostbench.core.record import RunRecord
from ghostbench.core.result import JobResult
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_faults import Fault
from ghostbench.device.simulated_runner import Truth
from ghostbench.stats.intervals import widening_for_looks
from ghostbench.store.campaign import load_campaign
from ghostbench.store.results import gathered_cautions, job_failures, job_results
from tests.bench.lab import QUICK
from tests.store.made_up import MadeUp, made_up_campaign


def results_of(campaign: MadeUp, records: list[RunRecord] | None = None) -> list[JobResult]:
    return job_results(load_campaign(campaign.store(records).folder))


def timed_of(record: RunRecord) -> list[int]:
    assert record.measurement is not None
    return record.measurement.samples.timed_ns()


def test_a_result_says_what_the_samples_say(tmp_path: Path) -> None:
    settings = replace(QUICK, min_runs=100)
    device = SimulatedDevice(truth=Truth(between_blocks=0.001))
    campaign = made_up_campaign(
        tmp_path / "results", "a", rounds=5, settings=settings, device=device
    )
    (result,) = results_of(campaign)
    blocks = [timed_of(record) for record in campaign.records]
    assert result.samples == tuple(ns for block in blocks for ns in block)
    assert result.median_ns == statistics.median(map(statistics.median, blocks))
    assert result.min_ns == min(map(min, blocks))
    for told, interval, quantile in (
        (result.p90_ns, result.p90_ci95_ns, 0.9),
        (result.p95_ns, result.p95_ci95_ns, 0.95),
    ):
        assert told == pytest.approx(np.quantile(np.concatenate(blocks), quantile), rel=0.02)
        assert interval is not None
        assert interval[0] <= (told or 0) <= interval[1]
    assert result.withheld == {}
    assert result.ci95_ns is not None
    assert result.ci95_ns[0] < result.median_ns < result.ci95_ns[1]
    assert [block.timed for block in result.blocks] == [len(block) for block in blocks]
    assert [block.round for block in result.blocks] == [0, 1, 2, 3, 4]
    assert result.record_id == f"{campaign.plan.campaign}/a-fp32"
    measurements = [record.measurement for record in campaign.records]
    assert result.init_ns == statistics.median(m.init.total_ns for m in measurements if m)
    assert result.first_ns == statistics.median(m.samples.duration_ns[0] for m in measurements if m)
    assert result.peak_rss_bytes == max(m.end.peak_rss_bytes for m in measurements if m)


def test_the_interval_of_a_campaign_holds_the_planted_truth(tmp_path: Path) -> None:
    truth = Truth(latency_ms={"a.tflite": 2.0, "b.tflite": 2.5}, tail_share=0.0)
    device = SimulatedDevice(3, truth=truth)
    campaign = made_up_campaign(tmp_path / "results", "a", "b", rounds=8, device=device)
    for result, planted_ns in zip(results_of(campaign), (2e6, 2.5e6), strict=True):
        low, high = result.ci95_ns or (0.0, 0.0)
        assert low < planted_ns < high
        assert high / low < 1.05


def test_too_few_blocks_or_samples_leave_a_gap_not_a_guess(tmp_path: Path) -> None:
    (result,) = results_of(made_up_campaign(tmp_path / "results", "a", rounds=2))
    assert result.ci95_ns is None
    assert result.p95_ns is None
    assert len(result.samples) < 72
    assert "needs 72 independent samples" in result.withheld["p95"]


def test_a_quantile_that_the_samples_cannot_tell_is_withheld_with_the_reason(
    tmp_path: Path,
) -> None:
    truth = Truth(latency_ms={"a.tflite": 2.0}, between_blocks=0.2)
    settings = replace(QUICK, min_runs=40)
    device = SimulatedDevice(truth=truth)
    (result,) = results_of(
        made_up_campaign(tmp_path / "results", "a", rounds=5, device=device, settings=settings)
    )
    assert len(result.samples) == 200
    assert (result.p95_ns, result.p95_ci95_ns) == (None, None)
    assert "resemble each other" in result.withheld["p95"]


def test_an_interval_that_ended_its_campaign_is_widened_for_the_looks(tmp_path: Path) -> None:
    campaign = made_up_campaign(tmp_path / "results", "a", rounds=12)
    loaded = load_campaign(campaign.store().folder)
    rule = StoppingRule(half_width_percent=1.0)
    (fixed,), (looked_at,) = (
        job_results(replace(loaded, plan=replace(loaded.plan, stopping=stopping)))
        for stopping in (None, rule)
    )
    factor = widening_for_looks(12 - rule.min_rounds + 1)
    assert factor > 1
    assert fixed.ci95_ns is not None
    assert looked_at.ci95_ns == pytest.approx(
        tuple(fixed.median_ns * (end / fixed.median_ns) ** factor for end in fixed.ci95_ns)
    )
    assert looked_at.ci95_ns is not None
    now = standing(loaded.plan, rule, loaded.records)
    half = 50 * (looked_at.ci95_ns[1] - looked_at.ci95_ns[0]) / looked_at.median_ns
    assert now.half_widths_percent["a-fp32"] == pytest.approx(half)


def faulty(tmp_path: Path, fault: Fault, when: set[int], *names: str, rounds: int = 4) -> MadeUp:
    device = SimulatedDevice(faults=lambda model, run: fault if run in when else None)
    return made_up_campaign(tmp_path / "results", *names, rounds=rounds, device=device)


def test_failed_blocks_are_counted_and_kept_out_of_the_figures(tmp_path: Path) -> None:
    campaign = faulty(tmp_path, "crash", {1}, "a")
    (result,) = results_of(campaign)
    assert result.failed_blocks == 1
    assert [block.round for block in result.blocks] == [0, 2, 3]


def test_a_block_that_was_measured_at_a_second_try_has_not_failed(tmp_path: Path) -> None:
    campaign = faulty(tmp_path, "crash", {1}, "a")
    second_try = replace(campaign.records[0], block=campaign.records[1].block, record_id="again")
    (result,) = results_of(campaign, [*campaign.records, second_try])
    assert result.failed_blocks == 0
    assert len(result.blocks) == 4


def test_a_job_that_was_never_measured_is_a_failure_with_its_reasons(tmp_path: Path) -> None:
    device = SimulatedDevice(faults=lambda model, run: "nan" if model == "b.tflite" else None)
    campaign = made_up_campaign(tmp_path / "results", "a", "b", device=device).store()
    loaded = load_campaign(campaign.folder)
    assert [result.job_id for result in job_results(loaded)] == ["a-fp32"]
    (failure,) = job_failures(loaded)
    assert (failure.job_id, failure.failed_blocks) == ("b-fp32", 2)
    assert len(failure.reasons) == 1  # twice the same
    assert "not a number" in failure.reasons[0]


def test_a_job_that_was_not_tried_yet_is_neither(tmp_path: Path) -> None:
    campaign = made_up_campaign(tmp_path / "results", "a", "b")
    first = campaign.records[0]
    loaded = load_campaign(campaign.store([first]).folder)
    assert [result.job_id for result in job_results(loaded)] == [first.job.job_id]
    assert job_failures(loaded) == []


def test_cautions_of_many_blocks_are_one_with_a_count(tmp_path: Path) -> None:
    campaign = faulty(tmp_path, "preempted", {1, 3}, "a")
    (result,) = results_of(campaign)
    kinds = [caution.partition(":")[0] for caution in result.cautions]
    assert kinds == ["emulated, 4 of 4 blocks", "preempted, 2 of 4 blocks"]


def test_a_caution_without_a_code_is_still_counted() -> None:
    assert gathered_cautions([["odd"], ["odd"]]) == ("odd, 2 of 2 blocks: ",)
