import math
import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from ghostbench.bench.measure import fold_events
from ghostbench.core.device import Device
from ghostbench.core.errors import (
    CommandFailed,
    CommandTimedOut,
    GhostbenchError,
    RunnerError,
    TransientError,
)
from ghostbench.core.plan import RunSettings
from ghostbench.core.record import Measurement
from ghostbench.core.strict import to_json
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_faults import Fault
from ghostbench.device.simulated_runner import Truth
from tests.bench.lab import QUICK, Lab

FAULTS: tuple[Fault, ...] = get_args(Fault)
LONG = replace(QUICK, min_runs=2000)
CALM = Truth(latency_ms={"a.tflite": 2.0}, between_blocks=0.0, within_blocks=0.0, tail_share=0.0)


def lines_of(lab: Lab, settings: RunSettings = QUICK) -> list[str]:
    engine = lab.engine()
    model = lab.device.install(lab.artifact("a").path)
    command = engine.command(lab.device, model, settings)
    return list(lab.device.stream(command.argv, timeout_s=60, environment=command.environment))


def measured(
    tmp_path: Path, truth: Truth, settings: RunSettings = LONG, seed: int = 1
) -> Measurement:
    lab = Lab(tmp_path, device=SimulatedDevice(seed, truth=truth))
    return fold_events(lab.engine().events(lines_of(lab, settings)))


def logs(measurement: Measurement) -> list[float]:
    return [math.log(ns) for ns in measurement.samples.timed_ns()]


def test_it_is_a_device() -> None:
    device: Device = SimulatedDevice()
    assert device.info().emulated is True
    assert device.info().kind == "simulated"


def test_the_real_engine_reads_all_that_it_says(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    events = list(lab.engine().events(lines_of(lab, replace(QUICK, probe_ms=5))))
    assert len(events) == len(lines_of(Lab(tmp_path), replace(QUICK, probe_ms=5)))


def test_the_same_seed_says_the_same_and_another_does_not(tmp_path: Path) -> None:
    def said(seed: int) -> list[str]:
        return lines_of(Lab(tmp_path, device=SimulatedDevice(seed)))

    assert said(1) == said(1)
    assert said(1) != said(2)


def test_every_process_is_another_one(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lines_of(lab) != lines_of(lab)


def test_without_noise_every_inference_takes_the_planted_time(tmp_path: Path) -> None:
    measurement = measured(tmp_path, CALM)
    assert set(measurement.samples.timed_ns()) == {2_000_000}
    assert measurement.samples.duration_ns[0] == 5_000_000  # the first one is slower


def test_the_planted_spread_and_correlation_are_there(tmp_path: Path) -> None:
    found = logs(measured(tmp_path, replace(CALM, within_blocks=0.02, correlation=0.8)))
    assert statistics.stdev(found) == pytest.approx(0.02, rel=0.15)
    assert statistics.correlation(found[:-1], found[1:]) == pytest.approx(0.8, abs=0.06)


def test_the_planted_tail_is_there(tmp_path: Path) -> None:
    found = measured(tmp_path, replace(CALM, tail_share=0.1, tail_size=0.5)).samples.timed_ns()
    delayed = [ns for ns in found if ns >= 3_000_000]
    assert len(delayed) / len(found) == pytest.approx(0.1, abs=0.03)
    assert max(delayed) > 2 * min(delayed)


def level_logs(truth: Truth, tmp_path: Path, runs: int) -> list[float]:
    lab = Lab(tmp_path, device=SimulatedDevice(1, truth=truth))
    engine = lab.engine()
    blocks = (fold_events(engine.events(lines_of(lab))) for _ in range(runs))
    return [math.log(block.samples.timed_ns()[0]) for block in blocks]


def test_processes_differ_as_planted(tmp_path: Path) -> None:
    found = level_logs(replace(CALM, between_blocks=0.05), tmp_path, runs=100)
    assert statistics.stdev(found) == pytest.approx(0.05, rel=0.25)
    assert statistics.fmean(found) == pytest.approx(math.log(2e6), abs=0.02)


def test_a_planted_drift_makes_each_process_slower_than_the_one_before(tmp_path: Path) -> None:
    found = level_logs(replace(CALM, drift_per_run=0.01), tmp_path, runs=5)
    assert [later - found[0] for later in found] == pytest.approx(
        [0, 0.01, 0.02, 0.03, 0.04], abs=1e-6
    )


def test_threads_and_kernels_change_the_time(tmp_path: Path) -> None:
    one = measured(tmp_path, CALM, QUICK).samples.timed_ns()[0]
    four = measured(tmp_path, CALM, replace(QUICK, threads=4)).samples.timed_ns()[0]
    plain = measured(tmp_path, CALM, replace(QUICK, kernel_mode="builtin")).samples.timed_ns()[0]
    assert four < one < plain


def test_a_latency_can_be_planted_by_hash(tmp_path: Path) -> None:
    sha256 = Lab(tmp_path).artifact("a").sha256
    truth = replace(CALM, latency_ms={sha256: 7.0})
    assert measured(tmp_path, truth, QUICK).samples.timed_ns()[0] == 7_000_000


def test_the_limits_of_a_run_are_kept(tmp_path: Path) -> None:
    assert measured(tmp_path, CALM, replace(QUICK, min_runs=1, min_ms=100)).end.timed == 50
    assert measured(tmp_path, CALM, replace(QUICK, min_runs=1000, max_ms=40)).end.timed == 20
    slowed = replace(QUICK, min_runs=1, min_ms=100, delay_ms=3.0)
    assert measured(tmp_path, CALM, slowed).end.timed == 20


def outcome(tmp_path: Path, fault: Fault) -> str:
    """What the engine and the device make of that fault: an error, or a measurement that shows it."""
    lab = Lab(tmp_path, device=SimulatedDevice(faults=lambda model, run: fault))
    try:
        lines = lines_of(lab)
        return to_json(fold_events(lab.engine().events(lines))).decode()
    except GhostbenchError as error:
        return type(error).__name__


def test_every_fault_shows(tmp_path: Path) -> None:
    sound = to_json(fold_events(Lab(tmp_path).engine().events(lines_of(Lab(tmp_path))))).decode()
    shown = {fault: outcome(tmp_path, fault) for fault in FAULTS}
    assert {fault for fault, what in shown.items() if what == sound} == set()
    assert {fault: what for fault, what in shown.items() if what.isidentifier()} == {
        "unplugged": TransientError.__name__,
        "crash": CommandFailed.__name__,
        "hang": CommandTimedOut.__name__,
        "refused": CommandFailed.__name__,
        "garbled": RunnerError.__name__,
        "cut": RunnerError.__name__,
        "lost-line": RunnerError.__name__,
        "zero-duration": RunnerError.__name__,
        "backwards": RunnerError.__name__,
    }


def test_a_hang_takes_no_real_time_and_all_of_the_made_up_one(tmp_path: Path) -> None:
    lab = Lab(tmp_path, device=SimulatedDevice(faults=lambda model, run: "hang"))
    with pytest.raises(CommandTimedOut, match="did not end within 60 s"):
        lines_of(lab)
    assert lab.device.monotonic() == 60.0


def test_made_up_time_passes_as_long_as_the_run_took(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    before = lab.device.now()
    last = fold_events(lab.engine().events(lines_of(lab))).samples.started_ns[-1]
    assert lab.device.monotonic() > last / 1e9
    assert (lab.device.now() - before).total_seconds() == pytest.approx(
        lab.device.monotonic(), abs=1e-5
    )
    assert lab.device.state().taken_at > before.isoformat()


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["ls"], "has only the runner"),
        (["runner", "--library", "/x", "--model"], "has only the runner"),
        (["runner", "--model", "/x", "--library", "/y"], "/x: there is no such file"),
    ],
)
def test_other_commands_fail(argv: list[str], told: str) -> None:
    with pytest.raises(CommandFailed, match=told):
        list(SimulatedDevice().stream(argv, timeout_s=1))


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    device, path = SimulatedDevice(), tmp_path / "m.tflite"
    path.write_text("one")
    first = device.install(path)
    assert device.install(path) == first
    path.write_text("two")
    assert device.install(path) != first


def test_its_name_tells_the_seed() -> None:
    assert SimulatedDevice().name == "simulated"
    assert SimulatedDevice(seed=7).name == "simulated:7"


def test_faults_can_strike_one_run_of_one_model(tmp_path: Path) -> None:
    def strike(model: str, run: int) -> Fault | None:
        return "crash" if (model, run) == ("a.tflite", 1) else None

    faults: Callable[[str, int], Fault | None] = strike
    lab = Lab(tmp_path, device=SimulatedDevice(faults=faults))
    assert lines_of(lab)
    with pytest.raises(CommandFailed, match="Segmentation fault"):
        lines_of(lab)
    assert lines_of(lab)
