"""All that can go wrong with a block, planted in the simulated device: each fault must be caught, and by its name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.plan import RunSettings
from ghostbench.core.record import RunRecord
from ghostbench.core.verdict import Reason, Severity, Verdict
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_faults import Fault
from ghostbench.device.simulated_machine import MachineFault
from ghostbench.device.simulated_runner import Truth
from ghostbench.judging.course import about_course, course_of
from ghostbench.judging.gather import gathered_reasons
from ghostbench.judging.judge import Judgement, judge_campaign
from ghostbench.stats.summary import Times
from tests.bench.lab import Lab

PINNED = RunSettings(warmup_min_ms=5, min_ms=100, min_runs=20, cpu=0)
ONE_MS = Truth(latency_ms={"a.tflite": 1.0})
BAD_RUN = 3
ROUNDS = 6

IN_THE_RUN: Mapping[Fault, tuple[str, Verdict]] = {
    "crash": ("failed", Verdict.INVALID),
    "hang": ("failed", Verdict.INVALID),
    "refused": ("failed", Verdict.INVALID),
    "garbled": ("failed", Verdict.INVALID),
    "cut": ("failed", Verdict.INVALID),
    "lost-line": ("failed", Verdict.INVALID),
    "zero-duration": ("failed", Verdict.INVALID),
    "wrong-model": ("wrong-model", Verdict.INVALID),
    "wrong-library": ("wrong-library", Verdict.INVALID),
    "other-arguments": ("other-arguments", Verdict.INVALID),
    "other-kernels": ("not-as-asked", Verdict.INVALID),
    "other-inputs": ("inputs-differ", Verdict.INVALID),
    "other-outputs": ("outputs-differ", Verdict.SUSPECT),
    "nan": ("not-a-number", Verdict.INVALID),
    "infinite": ("infinite-output", Verdict.SUSPECT),
    "extra-thread": ("extra-threads", Verdict.SUSPECT),
    "not-accelerated": ("not-accelerated", Verdict.SUSPECT),
    "backwards": ("failed", Verdict.INVALID),
    "fast-clock": ("clock-disagrees", Verdict.INVALID),
    "coarse-clock": ("coarse-timer", Verdict.SUSPECT),
    "impossible-cpu-time": ("cpu-time-exceeds-wall", Verdict.INVALID),
    "repeated": ("repeated-samples", Verdict.INVALID),
    "drift": ("drift", Verdict.SUSPECT),
    "step": ("step", Verdict.SUSPECT),
    "two-modes": ("bimodal", Verdict.SUSPECT),
    "stalls": ("waited", Verdict.INVALID),
    "unsteady": ("unsteady", Verdict.SUSPECT),
    "migration": ("off-core", Verdict.INVALID),
    "unpinned": ("not-pinned", Verdict.SUSPECT),
    "preempted": ("preempted", Verdict.SUSPECT),
    "throttled": ("slowed", Verdict.INVALID),
    "slow-core": ("probe-slow", Verdict.INVALID),
}

AROUND_THE_RUN: Mapping[MachineFault, tuple[str, Verdict]] = {
    "hot": ("hot", Verdict.SUSPECT),
    "heated": ("heated", Verdict.SUSPECT),
    "not-cooled": ("not-cooled", Verdict.SUSPECT),
    "thermal-status": ("thermal-status", Verdict.INVALID),
    "thermal-override": ("thermal-override", Verdict.INVALID),
    "throttled-clock": ("clock-down", Verdict.INVALID),
    "capped-clock": ("clock-capped", Verdict.SUSPECT),
    "battery-saver": ("battery-saver", Verdict.SUSPECT),
    "low-battery": ("low-battery", Verdict.SUSPECT),
    "faked-battery": ("battery-faked", Verdict.SUSPECT),
    "asleep": ("screen-off", Verdict.SUSPECT),
    "other-load": ("busy", Verdict.SUSPECT),
    "stolen": ("stolen", Verdict.SUSPECT),
    "reboot": ("rebooted", Verdict.INVALID),
    "clock-set-back": ("time-backwards", Verdict.SUSPECT),
}


def campaign(
    folder: Path, device: SimulatedDevice, settings: RunSettings = PINNED, rounds: int = ROUNDS
) -> list[RunRecord]:
    """A campaign of one model; the device counts as a real one."""
    lab = Lab(folder, device=device)
    records = lab.run(lab.plan("a", rounds=rounds, settings=settings))
    return [replace(r, device=replace(r.device, emulated=False)) for r in records]


def graver(judgement: Judgement) -> list[Reason]:
    return [reason for reason in judgement.reasons if reason.severity is not Severity.NOTE]


def check_caught(records: list[RunRecord], code: str, verdict: Verdict) -> None:
    judged = judge_campaign(records)
    first_tries = [record for record in records if record.attempt == 1]
    bad = judged[first_tries[BAD_RUN].record_id]
    assert code in [reason.code for reason in graver(bad)]
    reason = next(reason for reason in graver(bad) if reason.code == code)
    assert reason.evidence
    assert reason.text.endswith(".")
    assert bad.verdict is verdict
    for number, record in enumerate(first_tries):
        if number != BAD_RUN:
            assert judged[record.record_id].verdict is Verdict.VALID


@pytest.mark.parametrize("fault", IN_THE_RUN)
def test_a_fault_in_a_run_is_caught_and_named(tmp_path: Path, fault: Fault) -> None:
    device = SimulatedDevice(
        truth=ONE_MS, faults=lambda model, run: fault if run == BAD_RUN else None
    )
    check_caught(campaign(tmp_path, device), *IN_THE_RUN[fault])


@pytest.mark.parametrize("fault", AROUND_THE_RUN)
def test_a_fault_around_a_run_is_caught_and_named(tmp_path: Path, fault: MachineFault) -> None:
    device = SimulatedDevice(
        truth=ONE_MS, machine_faults=lambda run: fault if run == BAD_RUN else None
    )
    check_caught(campaign(tmp_path, device), *AROUND_THE_RUN[fault])


def test_a_clock_that_jumps_back_is_told_of_records_that_no_parser_checked(tmp_path: Path) -> None:
    records = campaign(tmp_path, SimulatedDevice(truth=ONE_MS))
    measurement = records[BAD_RUN].measurement
    assert measurement is not None
    started = (*measurement.samples.started_ns[:-1], measurement.samples.started_ns[-2])
    samples = replace(measurement.samples, started_ns=started)
    records[BAD_RUN] = replace(records[BAD_RUN], measurement=replace(measurement, samples=samples))
    check_caught(records, "clock-backwards", Verdict.INVALID)


def test_moving_between_unlike_cores_is_caught(tmp_path: Path) -> None:
    free = replace(PINNED, cpu=None)
    device = SimulatedDevice(truth=ONE_MS, faults=lambda model, run: "migration")
    records = campaign(tmp_path, device, free, rounds=1)
    cores = records[0].device.cores
    unlike = tuple(replace(core, cluster="big" if core.index else "little") for core in cores)
    (record,) = (replace(r, device=replace(r.device, cores=unlike)) for r in records)
    codes = [reason.code for reason in graver(judge_campaign([record])[record.record_id])]
    assert codes == ["mixed-clusters", "migrated"]


def test_a_build_for_developers_and_an_emulator_are_told(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=SimulatedDevice(facts={"build_type": "userdebug"}))
    (record,) = lab.run(lab.plan("a", rounds=1))
    codes = [reason.code for reason in graver(judge_campaign([record])[record.record_id])]
    assert codes == ["emulated", "build-type"]


def test_a_block_under_other_conditions_than_the_rest_is_invalid(tmp_path: Path) -> None:
    records = campaign(tmp_path, SimulatedDevice(truth=ONE_MS))
    records[BAD_RUN] = replace(
        records[BAD_RUN], device=replace(records[BAD_RUN].device, kernel="6.1 patched")
    )
    check_caught(records, "conditions-changed", Verdict.INVALID)


def test_too_few_inferences_and_too_few_blocks_are_told(tmp_path: Path) -> None:
    short = replace(PINNED, min_runs=500, max_ms=300)
    records = campaign(tmp_path, SimulatedDevice(truth=ONE_MS), short, rounds=2)
    judged = judge_campaign(records)
    assert "cut-short" in [reason.code for reason in graver(judged[records[0].record_id])]
    assert "too-few-blocks" in [r.code for r in gathered_reasons(records, judged, excluded=0)]


def reshaped(record: RunRecord, factor: Callable[[int, int], float]) -> RunRecord:
    """The same block, had the i-th of its n timed inferences taken that many times as long."""
    assert record.measurement is not None
    samples = record.measurement.samples
    timed = samples.phase.count("timed")
    factors = [1.0] * (len(samples.phase) - timed) + [factor(i, timed) for i in range(timed)]
    durations = [round(ns * f) for ns, f in zip(samples.duration_ns, factors, strict=True)]
    later = accumulate(new - old for new, old in zip(durations, samples.duration_ns, strict=True))
    started = [ns + by for ns, by in zip(samples.started_ns, (0, *later), strict=False)]
    longer = replace(
        samples,
        started_ns=tuple(started),
        duration_ns=tuple(durations),
        cpu_time_ns=tuple(round(c * f) for c, f in zip(samples.cpu_time_ns, factors, strict=True)),
    )
    measurement = replace(record.measurement, samples=longer)
    return replace(record, seconds=1.1 * record.seconds, measurement=measurement)


# By round, inference and number of inferences: 6 to 12 %, which no single block is suspected for.
IN_THE_JOB: Mapping[str, Callable[[int, int, int], float]] = {
    "drift-of-campaign": lambda r, i, n: 1 + 0.01 * r,
    "step-of-campaign": lambda r, i, n: 1.08 if r >= 7 else 1.0,
    "two-kinds-of-blocks": lambda r, i, n: 1.08 if r in (1, 2, 4, 7, 9, 10) else 1.0,
    "drift-of-blocks": lambda r, i, n: 1 + 0.07 * i / n,
    "bimodal-blocks": lambda r, i, n: 1.07 if ((12 * r + i) * 2654435761 >> 7) % 5 < 2 else 1.0,
}


@pytest.mark.parametrize("code", IN_THE_JOB)
def test_what_only_all_blocks_together_show_is_caught_and_named(tmp_path: Path, code: str) -> None:
    calm = replace(ONE_MS, between_blocks=0.003)
    records = campaign(tmp_path, SimulatedDevice(truth=calm), rounds=12)
    change = IN_THE_JOB[code]
    planted = [reshaped(record, partial(change, record.block.round)) for record in records]
    judged = judge_campaign(planted)
    assert {one.verdict for one in judged.values()} == {Verdict.VALID}
    told = [r for r in gathered_reasons(planted, judged, 0) if r.severity is not Severity.NOTE]
    assert [reason.code for reason in told] == [code]
    assert told[0].evidence
    assert told[0].text.endswith(".")
    assert gathered_reasons(records, judge_campaign(records), 0) == ()


def test_the_more_blocks_are_looked_at_the_surer_a_drift_within_one_must_be(tmp_path: Path) -> None:
    one, *_ = campaign(tmp_path, SimulatedDevice(truth=ONE_MS), rounds=1)
    drifting = reshaped(one, lambda i, n: 1 + 0.12 * i / n)
    among_many = course_of(timed_of(drifting)).among(10**9)
    assert [seen.code for seen in about_course(course_of(timed_of(drifting)))] == ["drift"]
    assert list(about_course(among_many)) == []


def timed_of(record: RunRecord) -> Times:
    assert record.measurement is not None
    return np.array(record.measurement.samples.timed_ns())


def test_the_catalogue_has_at_least_25_kinds() -> None:
    kinds = {code for code, _ in (*IN_THE_RUN.values(), *AROUND_THE_RUN.values())}
    assert len(kinds) >= 25


def test_500_clean_campaigns_raise_no_alarm(tmp_path: Path) -> None:
    quick = replace(PINNED, min_ms=55)
    truth = replace(ONE_MS, latency_ms={"a.tflite": 0.9})
    alarms = {}
    for seed in range(500):
        records = campaign(tmp_path, SimulatedDevice(seed, truth=truth), quick, rounds=3)
        judged = judge_campaign(records)
        told = [reason for record in records for reason in graver(judged[record.record_id])]
        told += [r for r in gathered_reasons(records, judged, 0) if r.severity is not Severity.NOTE]
        if told:
            alarms[seed] = told
    assert alarms == {}


def test_clean_campaigns_of_many_rounds_raise_no_alarm(tmp_path: Path) -> None:
    quick = replace(PINNED, min_ms=55)
    alarms = {}
    for seed in range(500, 530):
        records = campaign(tmp_path, SimulatedDevice(seed, truth=ONE_MS), quick, rounds=9)
        judged = judge_campaign(records)
        told = [reason for one in judged.values() for reason in one.reasons]
        if told := [*told, *gathered_reasons(records, judged, 0)]:
            alarms[seed] = told
    assert alarms == {}
