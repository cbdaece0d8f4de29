"""`ghostbench run --device SERIAL` from end to end, with Google's real adbd and real AArch64 programs."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.cli.main import main
from ghostbench.core.errors import DeviceError, UsageError
from ghostbench.core.plan import RunSettings
from ghostbench.device.android import FILES, open_phone
from ghostbench.device.claim import PhoneBusy, claim_phone
from ghostbench.engine.bundle import Bundle
from ghostbench.workflows.devices import restore_phone
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.phone_hold import PhoneWishes
from ghostbench.workflows.phone_session import only_device
from tests.phone.conftest import StartPhone
from tests.phone.lab import (
    CORE,
    RUNNER,
    TINY,
    Said,
    how,
    once,
    records_in,
    runner_runs,
    time_tiny,
)
from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.phone import VirtualPhone

pytestmark = pytest.mark.usefixtures("phone_bundle", "_own_state_folder")


@pytest.fixture
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


def test_a_model_is_timed_on_the_phone_and_the_record_says_how(
    phone: VirtualPhone, tmp_path: Path, phone_bundle: Bundle
) -> None:
    before = phone.settings()
    outcome = time_tiny(how(phone, tmp_path, rounds=2))
    assert not outcome.failures
    records = records_in(tmp_path)
    assert {record.block.round for record in records} == {0, 1}
    for record in records:
        assert record.failure is None
        measured = record.measurement
        assert measured is not None
        assert measured.hello.machine == "aarch64"
        assert measured.hello.cpus_allowed == (int(CORE),)
        assert set(measured.samples.cpu_after) == {int(CORE)}
        assert measured.init.threads_asked == 1
        assert measured.loaded.model_sha256 == hashlib.sha256(TINY.read_bytes()).hexdigest()
        assert record.device.emulated
        assert record.device.build == "example/PHN-L29/PHN:12/SP1A.210812.016/1:user/release-keys"
        assert record.device.facts["setting_stay_awake"] == "changed: 0 to 15"
        assert record.device.facts["setting_airplane_mode"].startswith("not changed")
        for state in (record.state_before, record.state_after):
            assert state is not None
            assert state.facts["wakefulness"] == "Awake"
            assert state.facts["thermal_status"] == "0"
            assert state.facts["battery_percent"] == "87"
            assert state.facts["residency_policy6"]
            assert state.facts["device_time_s"]
            assert state.core_mhz
        pieces = phone_bundle.manifest.pieces
        assert record.engine.files == {name: piece.sha256 for name, piece in pieces.items()}
        assert f"libLiteRt.so from {pieces['libLiteRt.so'].source}" in (record.engine.source or "")
        assert abs(float(record.state_before.facts["clock_offset_s"])) < 60
    assert phone.settings() == before
    assert phone.processes() == []


def test_nothing_is_pushed_twice_and_what_differs_is_pushed_again(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    time_tiny(how(phone, tmp_path))
    runner = next(path for path in _pushed(phone) if path.name == RUNNER)
    first = {path: path.stat().st_mtime_ns for path in _pushed(phone)}
    time_tiny(how(phone, tmp_path))
    assert {path: path.stat().st_mtime_ns for path in _pushed(phone)} == first
    size = runner.stat().st_size
    phone.write(f"{FILES}/{runner.parent.name}/{RUNNER}", bytes(size))  # as large as before
    assert not time_tiny(how(phone, tmp_path)).failures


def _pushed(phone: VirtualPhone) -> list[Path]:
    return sorted(path for path in phone.path(str(FILES)).rglob("*") if path.is_file())


def test_nothing_is_asked_of_the_phone_while_it_measures(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    seen: list[tuple[bool, int]] = []
    longer = RunSettings(min_runs=3, min_ms=1500, warmup_min_ms=1, warmup_max_ms=100, timeout_s=20)

    def look() -> bool:
        runs, told = runner_runs(phone), len(phone.commands())
        seen.append(
            (runs and runner_runs(phone), told)
        )  # it ran before and after they were counted
        return False

    with once(look, lambda: None):
        time_tiny(how(phone, tmp_path, settings=longer))
    while_running = {commands for runs, commands in seen if runs}
    assert len([runs for runs, _ in seen if runs]) > 3
    # One count for each block: an invalid one, on a busy computer, is measured again.
    assert len(while_running) <= len(records_in(tmp_path))


def test_the_newest_files_are_looked_for_on_a_phone_with_little_room_before_anything_is_pushed(
    start_phone: StartPhone, tmp_path: Path
) -> None:
    phone = start_phone(data_bytes=30 * 2**20)
    with pytest.raises(DeviceError, match="MB are free") as caught:
        time_tiny(how(phone, tmp_path))
    assert phone.serial in str(caught.value)
    assert not any(path.name.endswith(".partial") for path in _pushed(phone))


def test_the_core_is_chosen_by_the_name_of_its_cluster(
    start_phone: StartPhone, tmp_path: Path
) -> None:
    if not {0, 1} <= os.sched_getaffinity(0):
        pytest.skip("the two-core phone needs the cores 0 and 1 of this machine")
    phone = start_phone("two_cores")
    for core, index in (("little", 0), ("big", 1), (None, 1)):
        workspace = tmp_path / str(core)
        time_tiny(_with_core(how(phone, workspace), core))
        record, *_ = records_in(workspace)
        assert record.job.settings.cpu == index
        assert record.measurement is not None
        assert record.measurement.hello.cpus_allowed == (index,)


def _with_core(wanted: "HowToMeasure", core: str | None) -> "HowToMeasure":
    return replace(wanted, core=core)


def test_settings_can_be_left_alone(phone: VirtualPhone, tmp_path: Path) -> None:
    time_tiny(how(phone, tmp_path, wishes=PhoneWishes(settings=())))
    assert not any("settings put" in command for command in phone.commands())
    record, *_ = records_in(tmp_path)
    assert not any(name.startswith("setting_") for name in record.device.facts)


def test_a_phone_in_use_is_not_measured_on_and_no_campaign_begins(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    with (
        claim_phone(open_phone(phone.serial).phone, folder=tmp_path / "other host"),
        pytest.raises(PhoneBusy, match="in use by process"),
    ):
        time_tiny(how(phone, tmp_path))
    assert records_in(tmp_path) == []
    assert not list((tmp_path / "results").glob("*")) if (tmp_path / "results").exists() else True


def test_a_temperature_that_was_set_by_hand_is_refused(phone: VirtualPhone, tmp_path: Path) -> None:
    phone.shell("cmd thermalservice override-status 0")
    with pytest.raises(DeviceError, match="set by hand"):
        time_tiny(how(phone, tmp_path))


def test_a_hostile_name_and_a_link_as_model_arrive_as_they_are(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    from ghostbench.workflows.run import run

    hostile = tmp_path / "-a b'\"; $(touch pwned) `id` & ü\n模.tflite"
    hostile.write_bytes(TINY.read_bytes())
    outcome = run([str(hostile)], how=how(phone, tmp_path), progress=Said())
    assert not outcome.failures
    assert "pwned" not in {p.name for p in phone.path("/data").rglob("*")}


# Which device, when none is named.


def test_the_one_phone_that_is_connected_is_meant(phone: VirtualPhone) -> None:
    assert only_device() == phone.serial


def test_of_several_phones_one_must_be_named(
    start_phone: StartPhone, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = start_phone(), start_phone()
    with pytest.raises(UsageError, match="several phones"):
        only_device()
    assert main(["run", str(TINY)]) == 2
    told = capsys.readouterr().err
    assert one.serial in told
    assert two.serial in told


def test_without_an_adb_server_the_host_is_meant_and_none_is_started(
    adb_server: AdbServer, phone_environment: None
) -> None:
    adb_server.kill()
    assert only_device() == "host"
    assert not adb_server.is_running()


def test_a_phone_that_is_not_there_is_told_with_those_that_are(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    with pytest.raises(DeviceError, match=f"no such phone is connected; connected: {phone.serial}"):
        time_tiny(how("NOBODY", tmp_path))


# Being stopped.

COMMAND = [sys.executable, "-m", "ghostbench", "run", str(TINY), "--core", CORE, "--rounds", "1"]


def start(phone: VirtualPhone, folder: Path) -> "subprocess.Popen[str]":
    command = [*COMMAND, "--min-ms", "8000", "--device", phone.serial]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True)


def wait_until_it_measures(phone: VirtualPhone) -> None:
    deadline = time.monotonic() + 30
    while not runner_runs(phone):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_ctrl_c_ends_the_runner_and_gives_the_phone_back(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    before = phone.settings()
    with start(phone, tmp_path) as process:
        wait_until_it_measures(phone)
        assert phone.settings() != before
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopped" in told
    assert phone.settings() == before
    assert phone.processes() == []


def test_a_host_that_is_killed_is_repaired_by_restore(phone: VirtualPhone, tmp_path: Path) -> None:
    before = phone.settings()
    with start(phone, tmp_path) as process:
        wait_until_it_measures(phone)
        process.kill()
        process.communicate(timeout=20)
    assert phone.settings() != before
    assert all(result.done for result in restore_phone(phone.serial))
    assert phone.settings() == before


def test_the_command_prints_records_of_the_phone(
    phone: VirtualPhone, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    server = f"127.0.0.1:{phone.adb_port}"
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "1")
    status = main(
        [
            *("run", str(TINY), "--device", phone.serial, "--adb-server", server, "--core", CORE),
            *("--rounds", "1", "--min-ms", "1", "--json", "--no-cooling"),
        ]
    )
    assert status == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert result["device"] == phone.serial
    assert result["engine"] == "litert"
