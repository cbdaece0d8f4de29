"""All that can go wrong with a block, planted in the simulated device: each fault must be caught, and by its name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.plan import RunSettings
from ghostbench.core.record import RunRecord
from ghostbench.core.verdict import Reason, Severity, Verdict
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_faults import Fault
from ghostbench.device.simulated_machine import MachineFault
from ghostbench.device.simulated_runner import Truth
from ghostbench.judging.gather import gathered_reasons
from ghostbench.judging.judge import Judgement, judge_campaign
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
