from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.bench.run import run_plan
from ghostbench.core.device import DeviceState
from ghostbench.core.errors import CommandFailed, DeviceError, StoreError, UnknownName
from ghostbench.core.record import RunRecord
from ghostbench.core.verdict import Verdict
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_faults import Fault
from ghostbench.device.simulated_runner import Truth
from ghostbench.judging.judge import judge_block
from tests.bench.lab import QUICK, KeptInMemory, Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def faulty(tmp_path: Path, faults: Callable[[str, int], Fault | None]) -> Lab:
    return Lab(tmp_path, device=SimulatedDevice(faults=faults))


def always(fault: Fault) -> Callable[[str, int], Fault | None]:
    """That fault with every run of the model b."""
    return lambda model, run: fault if model == "b.tflite" else None


def of_job(records: Sequence[RunRecord], job_id: str) -> list[RunRecord]:
    return [record for record in records if record.job.job_id == job_id]


def test_every_block_of_the_plan_becomes_a_stored_record(lab: Lab) -> None:
    plan = lab.plan("a", "b", "c", rounds=4)
    records = lab.run(plan)
    assert [record.block for record in records] == list(plan.blocks)
    assert lab.store.records == records
    assert all(record.measurement and record.failure is None for record in records)
    assert len({record.record_id for record in records}) == 12
    assert lab.notes.steps == 12


def test_a_record_holds_what_is_needed_to_judge_it(lab: Lab) -> None:
    record = lab.run(lab.plan("a", rounds=1))[0]
    assert record.device == lab.device.info()
    assert record.engine == lab.engine().info()
    assert record.state_after is not None
    assert record.state_before.taken_at < record.state_after.taken_at
    assert record.argv[record.argv.index("--min-ms") + 1] == "20"
    assert record.measurement is not None
    assert record.seconds == pytest.approx(record.measurement.samples.started_ns[-1] / 1e9, rel=0.5)
    assert (record.attempt, record.failure) == (1, None)


def test_a_measurement_finds_the_planted_latency(tmp_path: Path) -> None:
    truth = Truth(latency_ms={"a.tflite": 3.0, "b.tflite": 3.6}, between_blocks=0.002)
    lab = Lab(tmp_path, device=SimulatedDevice(truth=truth))
    records = lab.run(lab.plan("a", "b", rounds=5))

    def typical_ms(job_id: str) -> float:
        times = [
            ns
            for record in of_job(records, job_id)
            if record.measurement
            for ns in record.measurement.samples.timed_ns()
        ]
        return sorted(times)[len(times) // 2] / 1e6

    assert typical_ms("a-fp32") == pytest.approx(3.0, rel=0.01)
    assert typical_ms("b-fp32") == pytest.approx(3.6, rel=0.01)


def test_a_record_is_stored_before_it_is_seen(lab: Lab) -> None:
    plan = lab.plan("a", "b")
    for seen, record in enumerate(
        run_plan(
            plan,
            devices={lab.device.name: lab.device},
            engines={"litert": lab.engine()},
            store=lab.store,
        ),
        start=1,
    ):
        assert len(lab.store.records) == seen
        assert lab.store.records[-1] is record


def test_only_the_missing_blocks_are_run(lab: Lab) -> None:
    plan = lab.plan("a", "b", "c", rounds=3)
    done = [(block.round, block.job_id) for block in plan.blocks[:4]]
    records = lab.run(plan, done=done)
    assert [record.block for record in records] == list(plan.blocks[4:])
    assert lab.notes.steps == 5


def test_a_finished_campaign_touches_no_device(lab: Lab) -> None:
    plan = lab.plan("a")
    done = {(block.round, block.job_id) for block in plan.blocks}
    assert list(run_plan(plan, devices={}, engines={}, store=lab.store, done=done)) == []


# What the record of a faulty block says, by fault.
FAILURES: Mapping[Fault, str] = {
    "crash": "simulated: ghostbench-runner was ended by signal 11: Segmentation fault",
    "hang": "simulated: ghostbench-runner did not end within 120 s and was ended",
    "refused": "the runner gave up in step 'run': an inference returned status 3",
    "garbled": "runner output, line 9:",
    "cut": "the runner's output stops after 8 lines",
    "lost-line": "runner output, line 9:",
}


@pytest.mark.parametrize("fault", FAILURES)
def test_a_block_that_fails_is_recorded_and_harms_no_other(tmp_path: Path, fault: Fault) -> None:
    lab = faulty(tmp_path, always(fault))
    records = lab.run(lab.plan("a", "b", "c", rounds=2))
    assert all(r.measurement for r in records if r.job.job_id != "b-fp32")
    failed = of_job(records, "b-fp32")
    assert len(failed) == 2
    for record in failed:
        assert record.measurement is None
        assert record.failure is not None
        assert FAILURES[fault] in record.failure
        assert "\n" not in record.failure
        assert record.argv


def test_a_failed_block_still_says_how_long_it_took(tmp_path: Path) -> None:
    lab = faulty(tmp_path, always("hang"))
    record = of_job(lab.run(lab.plan("a", "b", rounds=1)), "b-fp32")[0]
    assert record.seconds == 120.0


def test_a_job_that_fails_twice_running_is_left_out_and_the_reason_said_once(
    tmp_path: Path,
) -> None:
    lab = faulty(tmp_path, always("crash"))
    records = lab.run(lab.plan("a", "b", rounds=6))
    assert len(of_job(records, "a-fp32")) == 6
    assert len(of_job(records, "b-fp32")) == 2
    said = [line for line in lab.notes.said if line.startswith("b-fp32")]
    assert said == [
        "b-fp32, round 1 failed: simulated: ghostbench-runner was ended by signal 11: Segmentation fault",
        "b-fp32, round 2 failed: simulated: ghostbench-runner was ended by signal 11: Segmentation fault; "
        "it failed 2 times running and is left out from here on",
    ]
    assert lab.notes.steps == 12


def test_a_job_that_fails_now_and_then_stays(tmp_path: Path) -> None:
    lab = faulty(tmp_path, lambda model, run: "crash" if run % 2 else None)
    records = lab.run(lab.plan("a", rounds=6))
    assert [record.measurement is None for record in records] == [False, True] * 3


def test_a_device_that_comes_back_is_tried_again_and_the_record_keeps_the_count(
    tmp_path: Path,
) -> None:
    lab = faulty(tmp_path, lambda model, run: "unplugged" if run in (0, 1) else None)
    records = lab.run(lab.plan("a", rounds=2))
    assert [record.attempt for record in records] == [3, 1]
    assert lab.notes.said[:2] == ["a-fp32, round 1: simulated cannot be reached; trying again"] * 2


def test_a_device_that_stays_away_makes_a_failed_record(tmp_path: Path) -> None:
    lab = faulty(tmp_path, lambda model, run: "unplugged")
    records = lab.run(lab.plan("a", rounds=5))
    assert [(r.attempt, r.failure) for r in records] == [(3, "simulated cannot be reached")] * 2


def test_a_caution_is_said_once_however_many_blocks_have_it(tmp_path: Path) -> None:
    lab = faulty(tmp_path, lambda model, run: "unsteady")
    records = lab.run(lab.plan("a", "b", rounds=3))
    assert sum("unsteady" in line for line in lab.notes.said) == 1
    assert all(any(c.startswith("unsteady: ") for c in r.cautions) for r in records)


class Interrupted(SimulatedDevice):
    """The user presses Ctrl-C in the middle of the sixth block."""

    calls = 0
    ended = 0

    def stream(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        self.calls += 1
        lines = super().stream(argv, timeout_s=timeout_s, environment=environment)
        try:
            for number, line in enumerate(lines):
                if self.calls == 6 and number == 10:
                    raise KeyboardInterrupt
                yield line
        finally:
            self.ended += 1


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=Interrupted())
    plan = lab.plan("a", "b", rounds=4)
    with pytest.raises(KeyboardInterrupt):
        lab.run(plan)
    assert [record.block for record in lab.store.records] == list(plan.blocks[:5])
    assert lab.notes.said[-1] == (
        "stopped; 5 of 8 blocks are kept, go on with the same command and --resume"
    )


def test_every_command_is_ended_before_the_next_begins(tmp_path: Path) -> None:
    device = Interrupted(faults=always("garbled"))
    lab = Lab(tmp_path, device=device)
    plan = lab.plan("a", "b", rounds=2)
    for count, _ in enumerate(
        run_plan(
            plan,
            devices={device.name: device},
            engines={"litert": lab.engine()},
            store=lab.store,
        ),
        start=1,
    ):
        assert device.ended == count


def test_a_store_that_fails_ends_the_campaign(lab: Lab) -> None:
    class Full(KeptInMemory):
        def append(self, record: RunRecord) -> None:
            raise StoreError("no space left")

    lab.store = Full()
    with pytest.raises(StoreError, match="no space left"):
        lab.run(lab.plan("a", "b"))


def test_a_model_file_that_is_gone_fails_its_own_blocks_alone(lab: Lab) -> None:
    plan = lab.plan("a", "b", rounds=1)
    (lab.folder / "b.tflite").unlink()
    records = lab.run(plan)
    assert of_job(records, "a-fp32")[0].measurement
    failure = of_job(records, "b-fp32")[0].failure
    assert failure is not None
    assert failure.endswith("b.tflite: is not there any more; build it again")


def test_a_model_file_may_have_moved(lab: Lab) -> None:
    plan = lab.plan("a", rounds=1)
    moved = (lab.folder / "a.tflite").rename(lab.folder / "moved.tflite")
    records = run_plan(
        plan,
        devices={lab.device.name: lab.device},
        engines={"litert": lab.engine()},
        store=lab.store,
        model_files={plan.jobs[0].model_sha256: moved},
    )
    assert next(records).measurement


def test_a_model_file_that_was_built_anew_is_not_measured_as_the_old_one(lab: Lab) -> None:
    plan = lab.plan("a", rounds=1)
    (lab.folder / "a.tflite").write_text("another network")
    (record,) = lab.run(plan)
    judged = judge_block(record)
    assert judged.verdict is Verdict.INVALID
    assert judged.reasons[0].code == "wrong-model"
    assert "another model than planned" in lab.notes.said[-1]


def test_an_unknown_device_or_engine_is_named_before_anything_runs(lab: Lab) -> None:
    plan = lab.plan("a")
    engines = {"litert": lab.engine()}
    with pytest.raises(UnknownName, match="no device 'simulated'"):
        next(run_plan(plan, devices={}, engines=engines, store=lab.store))
    with pytest.raises(UnknownName, match="no engine 'litert'"):
        next(run_plan(plan, devices={"simulated": lab.device}, engines={}, store=lab.store))


def test_an_engine_that_does_not_fit_the_device_ends_the_campaign_at_once(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=SimulatedDevice(machine="riscv64"))
    with pytest.raises(DeviceError, match="riscv64"):
        lab.run(lab.plan("a"))
    assert lab.store.records == []


class LosesItsState(SimulatedDevice):
    """Can be asked how it is only before the first run."""

    gone = False

    def stream(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        yield from super().stream(argv, timeout_s=timeout_s, environment=environment)
        self.gone = True

    def state(self) -> DeviceState:
        if self.gone:
            raise DeviceError("gone")
        return super().state()


def test_samples_stay_when_the_state_after_them_cannot_be_read(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=LosesItsState())
    record = lab.run(lab.plan("a", rounds=1))[0]
    assert record.measurement is not None
    assert record.state_after is None


def test_the_same_seed_makes_the_same_campaign(tmp_path: Path) -> None:
    def samples(seed: int, folder: str) -> Counter[int]:
        (tmp_path / folder).mkdir()
        lab = Lab(tmp_path / folder, device=SimulatedDevice(seed))
        records = lab.run(lab.plan("a", "b"))
        return Counter(
            ns for r in records if r.measurement for ns in r.measurement.samples.timed_ns()
        )

    assert samples(1, "one") == samples(1, "two")
    assert samples(1, "three") != samples(2, "four")


def test_every_setting_reaches_the_runner(lab: Lab) -> None:
    settings = replace(QUICK, min_runs=40, min_ms=1, probe_ms=10)
    plan = lab.plan("a", rounds=1, settings=settings)
    measurement = lab.run(plan)[0].measurement
    assert measurement is not None
    assert measurement.end.timed == 40
    assert [probe.when for probe in measurement.probes] == ["before", "after"]


def test_errors_of_programming_are_not_hidden_in_records(lab: Lab) -> None:
    class Wrong(SimulatedDevice):
        def state(self) -> DeviceState:
            raise ZeroDivisionError

    lab.device = Wrong()
    with pytest.raises(ZeroDivisionError):
        lab.run(lab.plan("a"))


class FailsAtTheEnd(SimulatedDevice):
    """Prints a whole measurement, and then ends with a status that says it failed."""

    def stream(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        yield from super().stream(argv, timeout_s=timeout_s, environment=environment)
        raise CommandFailed(self.name, argv, 1, "double free")


def test_a_runner_that_fails_after_its_last_line_is_not_believed(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=FailsAtTheEnd())
    record = lab.run(lab.plan("a", rounds=1))[0]
    assert record.measurement is None
    assert record.failure == "simulated: ghostbench-runner ended with status 1: double free"
