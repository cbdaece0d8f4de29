"""`ghostbench run` from end to end on a real Arm kernel: the numbers are an emulator's, the outputs must be right."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ghostbench.cli.main import main
from ghostbench.core.plan import RunSettings
from ghostbench.core.record import RunRecord
from ghostbench.core.runner_events import End, Init, Output
from ghostbench.engine.bundle import Bundle
from ghostbench.engine.inputs import make_input
from ghostbench.engine.litert import run_options
from ghostbench.engine.runner_wire import read_events
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.phone_hold import PhoneWishes
from tests.phone.lab import LOADER, SHORT, TINY, Said, once, records_in, time_tiny
from tests.virtual_phone.machine import EmulatedMachine

pytestmark = [
    pytest.mark.machine,
    pytest.mark.usefixtures("phone_bundle", "_own_state_folder", "machine_environment"),
]
CORE = "1"
# Long enough for a restart to fall into the middle of a block, also on a busy computer.
LONG = RunSettings(min_runs=3, min_ms=4000, warmup_min_ms=1, warmup_max_ms=100, timeout_s=60)
DUMP = "/data/local/tmp/outputs"
# Kernels of x86-64 and of Arm round differently.
TOLERANCE = 1e-5


@pytest.fixture
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


def how(
    machine: EmulatedMachine, workspace: Path, *, rounds: int = 1, settings: RunSettings = SHORT
) -> HowToMeasure:
    return HowToMeasure(
        device=machine.serial,
        core=CORE,
        settings=replace(settings, timeout_s=60),
        rounds=rounds,
        workspace=workspace,
        phone=PhoneWishes(patience_s=180.0),
    )


def runner_runs(machine: EmulatedMachine) -> bool:
    return bool(machine.process_ids(LOADER))


class Begun(Said):
    """Progress that knows whether a block is on its way, so that the machine is not asked all the time."""

    def __init__(self, machine: EmulatedMachine) -> None:
        super().__init__()
        self._machine, self._has_begun = machine, False

    def doing(self, what: str) -> None:
        self._has_begun |= "round 1" in what

    def measures(self) -> bool:
        """Whether the runner runs."""
        return self._has_begun and runner_runs(self._machine)


def expected_output(record: RunRecord) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """What the model makes of the recorded input, by LiteRT's own interpreter on this computer."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(TINY), num_threads=1)
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    shape = tuple(int(size) for size in given["shape"])
    made = make_input(record.job.settings.inputs, 0, "float32", shape)
    interpreter.set_tensor(given["index"], made)
    interpreter.invoke()
    (wanted,) = interpreter.get_output_details()
    return np.asarray(interpreter.get_tensor(wanted["index"]), np.float32)


def test_the_command_times_a_model_on_a_real_kernel_and_the_outputs_are_right(
    machine: EmulatedMachine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = machine.settings()
    status = main(
        [
            *("run", str(TINY), "--device", machine.serial, "--core", CORE),
            *("--rounds", "2", "--min-ms", "1", "--json", "--no-cooling"),
        ]
    )
    assert status == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert result["device"] == machine.serial
    assert "emulated" in {reason["code"] for reason in result["reasons"]}
    assert result["verdict"] == "SUSPECT"
    records = records_in(tmp_path)
    assert {record.block.round for record in records} == {0, 1}
    for record in records:
        check_record(machine, record)
    assert machine.settings() == before
    assert not runner_runs(machine)
    check_outputs(machine, records[0], tmp_path)


def check_record(machine: EmulatedMachine, record: RunRecord) -> None:
    assert record.failure is None
    assert record.device.emulated
    assert record.device.facts["emulated_because"] == "ro.kernel.qemu is 1"
    assert record.device.kernel == machine.read("/proc/sys/kernel/osrelease").strip()
    assert record.device.page_bytes == 4096
    assert record.state_before.facts["boot_id"] == machine.boot_id()
    measured = record.measurement
    assert measured is not None
    assert measured.hello.machine == "aarch64"
    assert measured.hello.cpus_allowed == (1,)
    assert set(measured.samples.cpu_after) == {1}
    assert measured.init.threads_seen == 1  # a real kernel's count: qemu-user shows one more
    assert measured.samples.phase.count("timed") == measured.end.timed >= 3


def check_outputs(machine: EmulatedMachine, record: RunRecord, folder: Path) -> None:
    """The very command of the record again, with its outputs kept: the same bits, and the right numbers."""
    assert record.measurement is not None
    (recorded,) = record.measurement.outputs
    argv = _with_loader(machine, record.measurement.hello.argv)
    printed = machine.shell(f"{shlex.join([*argv, '--dump', DUMP])} 2>/dev/null", timeout_s=60)
    (again,) = (e for e in read_events(printed.splitlines()) if isinstance(e, Output))
    assert again.fnv1a == recorded.fnv1a
    machine.server.adb("-s", machine.serial, "pull", DUMP, str(folder / "outputs"))
    got = np.fromfile(folder / "outputs", np.float32)
    wanted = expected_output(record).ravel()
    assert np.ptp(wanted) > 1000 * TOLERANCE  # a dead model would pass any comparison
    np.testing.assert_allclose(got, wanted, rtol=0, atol=TOLERANCE)


def _with_loader(machine: EmulatedMachine, argv: tuple[str, ...]) -> tuple[str, ...]:
    """The recorded words begin with the runner, which a phone's loader starts."""
    places = machine.files("/data/local/tmp/ghostbench/files")
    loader = next(path for path in places if path.endswith(LOADER))
    folders = {path.rpartition("/")[0] for path in places}
    return (loader, "--library-path", ":".join(sorted(folders)), *argv)


def test_a_restart_in_the_middle_costs_an_attempt_and_nothing_else(
    machine: EmulatedMachine, tmp_path: Path
) -> None:
    before = machine.settings()

    def restart() -> None:
        machine.reboot()
        machine.connect()

    progress = Begun(machine)
    with once(progress.measures, restart) as done:
        outcome = time_tiny(how(machine, tmp_path, rounds=2, settings=LONG), progress)
    assert done
    assert not outcome.failures
    records = records_in(tmp_path)
    good = [record for record in records if record.measurement]
    assert {record.block.round for record in good} == {0, 1}
    assert max(record.attempt for record in records) > 1
    assert {record.state_before.facts["boot_id"] for record in good} == {machine.boot_id()}
    assert machine.settings() == before
    assert not any(path.endswith(".partial") for path in machine.files("/data/local/tmp"))
    assert not runner_runs(machine)


def test_a_runner_that_the_kernel_kills_for_memory_is_told_with_its_signal_and_the_rest_is_measured(
    machine: EmulatedMachine, tmp_path: Path
) -> None:
    progress = Begun(machine)
    with once(progress.measures, lambda: machine.run_out_of_memory(LOADER)) as done:
        time_tiny(how(machine, tmp_path, rounds=2, settings=LONG), progress)
    assert done
    records = records_in(tmp_path)
    (failed,) = (record for record in records if record.failure)
    assert "signal 9" in str(failed.failure)
    assert failed.measurement is None
    assert 1 in {record.block.round for record in records if record.measurement}


def test_the_bundle_needs_nothing_of_the_machine_but_its_kernel(
    machine: EmulatedMachine, phone_bundle: Bundle
) -> None:
    """A root with the bundle, /proc and /sys in it, and neither a program, a library nor a device."""
    place, root = "/data/local/tmp/alone", "/data/local/tmp/alone/root"
    for path in (*phone_bundle.files, TINY):
        machine.shell(f"mkdir -p {root}/bundle")
        machine.server.adb("-s", machine.serial, "push", str(path), f"{root}/bundle/{path.name}")
    machine.root(
        f"chmod 755 {root}/bundle/*; mkdir -p {root}/proc {root}/sys; "
        f"mount -t proc proc {root}/proc; mount -t sysfs sysfs {root}/sys"
    )
    b = "/bundle"
    runner = (
        f"{b}/{LOADER} --library-path {b} {b}/ghostbench-runner --library {b}/libLiteRt.so "
        f"--model {b}/{TINY.name} {' '.join(run_options(SHORT))}"
    )
    try:
        printed = machine.root(f"chroot {root} {runner} 2>/dev/null", timeout_s=60)
    finally:
        machine.root(f"umount {root}/proc {root}/sys; rm -r {place}")
    events = list(read_events(printed.splitlines()))
    (init,) = (event for event in events if isinstance(event, Init))
    assert init.threads_seen == 1
    assert isinstance(events[-1], End)
