"""Phones end to end: a virtual phone with Google's real adbd answers, hangs, dies and comes back."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
import typer
from typer.testing import CliRunner

pytest.importorskip("adbutils")

from ghostbench.cli import devices as commands
from ghostbench.core.errors import (
    CommandFailed,
    CommandTimedOut,
    DeviceError,
    TransientError,
)
from ghostbench.device.adb import AdbPhone, ShellResult
from ghostbench.device.adb_server import disconnect
from ghostbench.device.android import FILES, AndroidDevice, open_phone
from ghostbench.device.android_state import reference_temperature
from ghostbench.device.claim import LEASE_SCRIPT, PhoneBusy, claim_phone
from ghostbench.device.journal import journal_of
from ghostbench.device.phone_profile import core_of
from ghostbench.device.session_settings import changed_settings
from ghostbench.device.settings import DEFAULT_SETTINGS, choose
from ghostbench.workflows.devices import check_phone, describe_phone, list_phones, restore_phone
from tests.phone.conftest import StartPhone
from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.phone import VirtualPhone

pytestmark = pytest.mark.usefixtures("_own_state_folder")
HOSTILE = "a b'\"; $(touch /data/local/tmp/pwned) `id` & | * ü\n模型"


@pytest.fixture
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def device(phone: VirtualPhone) -> AndroidDevice:
    return open_phone(phone.serial)


def command_line(*arguments: str) -> tuple[int, str, str]:
    """What the commands print, as the lead command line would register them."""
    app = typer.Typer()
    for command in (commands.devices, commands.doctor, commands.restore):
        app.command()(command)
    ran = CliRunner().invoke(app, list(arguments), env={"TERM": "dumb", "COLUMNS": "80"})
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ran.stdout, ran.stderr


# The list.


def test_a_phone_is_listed_with_what_it_is(phone: VirtualPhone) -> None:
    (listed,) = [p for p in list_phones() if p.serial == phone.serial]
    assert (listed.state, listed.transport, listed.title) == ("device", "tcp", "Example PHN-L29")
    assert (listed.soc, listed.android, listed.profile) == ("Kirin980", "12", "generic-arm64")
    assert listed.emulated


def test_a_phone_that_is_not_authorised_is_listed_with_the_remedy(start_phone: StartPhone) -> None:
    phone = start_phone("unauthorized")
    (listed,) = [p for p in list_phones() if p.serial == phone.serial]
    assert listed.state == "unauthorized"
    assert "allow USB debugging on its screen" in (listed.remedy or "")
    with pytest.raises(DeviceError, match="unlock the phone"):
        open_phone(phone.serial)


def test_one_phone_that_hangs_does_not_hide_the_others(
    start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghostbench.device.android.READ_TIMEOUT_S", 1.5)
    hanging, fine = start_phone(), start_phone()
    hanging.pause()
    states = {p.serial: p.state for p in list_phones()}
    hanging.resume()
    assert states[hanging.serial] == "does not answer"
    assert states[fine.serial] == "device"


def test_a_server_that_was_killed_is_started_again(
    phone: VirtualPhone, adb_server: AdbServer
) -> None:
    adb_server.kill()
    try:
        assert phone.serial not in [p.serial for p in list_phones()]
        # An address is connected to when it is not listed.
        assert open_phone(phone.serial).name == phone.serial
    finally:
        adb_server.adb("kill-server")  # the one that we started is not the fixture's own


def test_another_adb_server_is_reached_by_its_address(
    phone: VirtualPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "1")
    listed = list_phones(f"127.0.0.1:{phone.adb_port}")
    assert phone.serial in [p.serial for p in listed]


# One phone in detail.


def test_a_phone_is_described_in_full(phone: VirtualPhone) -> None:
    detail = describe_phone(phone.serial)
    cores = [(core.cluster, core.max_mhz, core.capacity) for core in detail.info.cores]
    assert cores[0] == ("little", 1805.0, 312)
    assert cores[4] == ("big", 1920.0, 756)
    assert cores[7] == ("prime", 2600.0, 1024)
    assert (detail.default_core, detail.default_cluster) == (7, "prime")
    assert detail.info.page_bytes == 4096
    assert detail.info.build == "example/PHN-L29/PHN:12/SP1A.210812.016/1:user/release-keys"
    assert all(detail.can_read.values())
    assert detail.state.facts["thermal_status"] == "0"


def test_a_virtual_phone_is_known_to_be_none(device: AndroidDevice) -> None:
    assert device.info().emulated


@pytest.mark.parametrize("phone", ["hidden_cpufreq"], indirect=True)
def test_hidden_clocks_are_unknown_and_never_equal(phone: VirtualPhone) -> None:
    detail = describe_phone(phone.serial)
    assert not detail.can_read["clocks now"]
    assert not detail.can_read["maximum clocks"]
    assert "all" not in {core.cluster for core in detail.info.cores}
    assert all(core.max_mhz is None for core in detail.info.cores)


@pytest.mark.parametrize("phone", ["old_toybox"], indirect=True)
def test_an_old_android_is_described_as_far_as_it_tells(phone: VirtualPhone) -> None:
    detail = describe_phone(phone.serial)
    assert detail.info.os == "Android 8.1.0"
    assert detail.info.page_bytes == 4096
    assert detail.info.cores[0].cluster == "all"
    assert not detail.can_read["thermal status"]
    assert detail.can_read["battery"]


@pytest.mark.parametrize("phone", ["samsung_cap"], indirect=True)
def test_a_cap_that_android_does_not_tell_is_seen_in_the_clocks(device: AndroidDevice) -> None:
    state = device.state()
    assert state.facts["thermal_status"] == "0"
    assert "7:1824" in state.facts["allowed_mhz"].split()
    assert "battery:SUBBAT=0" in state.facts["implausible_temperatures"]


def test_a_state_takes_one_round_trip(phone: VirtualPhone, device: AndroidDevice) -> None:
    device.info()
    phone.forget_commands()
    device.state()
    assert len(phone.commands()) == 1


def test_a_state_follows_the_phone(phone: VirtualPhone, device: AndroidDevice) -> None:
    before = device.state()
    phone.heat(52.5, status=3)
    phone.slow_clock(1200, cpu=7)
    phone.battery(level=12, celsius=41.0)
    after = device.state()
    assert (reference_temperature(before), reference_temperature(after)) != (None, None)
    assert after.facts["thermal_status"] == "3"
    assert after.core_mhz["7"] == 1200.0
    assert after.facts["battery_percent"] == "12"
    assert after.temperatures_celsius["battery"] == 41.0


def test_a_core_that_was_switched_off_is_not_chosen(phone: VirtualPhone) -> None:
    phone.take_core_offline(7)
    info = open_phone(phone.serial).info()
    assert core_of(info, None, "prime").index == 6


def test_a_reboot_between_two_states_shows(phone: VirtualPhone, device: AndroidDevice) -> None:
    before = device.state()
    phone.reboot()
    phone.connect()
    assert device.state().facts["boot_id"] != before.facts["boot_id"]


def test_an_answer_in_an_unknown_form_is_unknown(
    phone: VirtualPhone, device: AndroidDevice
) -> None:
    phone.answer("dumpsys thermalservice", "nothing of the kind")
    phone.answer("dumpsys battery", "")
    facts = device.state().facts
    assert facts["thermal_missing"] == "the phone's answer is not the one known"
    assert "battery_percent" not in facts


# The doctor.


def verdicts(phone: VirtualPhone) -> dict[str, str]:
    return {f.name: f.verdict for f in check_phone(phone.serial).findings}


def test_the_doctor_finds_nothing_worse_than_that_the_phone_is_not_real(
    phone: VirtualPhone,
) -> None:
    found = verdicts(phone)
    found.pop("load")  # that of this computer
    assert [name for name, verdict in found.items() if verdict == "fail"] == ["real"]
    assert found["screen"] == found["animations"] == found["connection"] == "warn"
    assert found["free-space"] == "warn"  # a quarter of a gigabyte in all
    assert found["tools"] == found["mirroring"] == found["date"] == found["battery"] == "pass"


@pytest.mark.parametrize(
    ("phone", "name", "verdict"),
    [
        ("hot", "thermal-status", "fail"),
        ("hot", "temperature", "warn"),
        ("low_battery", "battery", "fail"),
        ("userdebug", "build", "warn"),
        ("emulator", "real", "fail"),
        ("hidden_cpufreq", "clocks", "warn"),
        ("old_toybox", "android", "warn"),
        ("old_toybox", "thermal-status", "unknown"),
        ("samsung_cap", "sensors", "warn"),
    ],
    indirect=["phone"],
)
def test_the_doctor_sees_each_kind_of_trouble(phone: VirtualPhone, name: str, verdict: str) -> None:
    assert verdicts(phone)[name] == verdict


@pytest.mark.parametrize("phone", ["pages_16k"], indirect=True)
def test_a_library_for_small_pages_is_refused_on_large_ones(phone: VirtualPhone) -> None:
    small = next(Path(sys.prefix).glob("lib/python*/site-packages/**/*.so"))
    found = {f.name: f for f in check_phone(phone.serial, files=[small]).findings}
    assert describe_phone(phone.serial).info.page_bytes == 16384
    # A library of this computer: for another processor, or aligned to its pages.
    assert "fail" in (found["page-size"].verdict, found["abi"].verdict)


def test_values_that_somebody_set_by_hand_are_found(phone: VirtualPhone) -> None:
    phone.shell("cmd thermalservice override-status 0")
    phone.shell("dumpsys battery set level 100")
    found = verdicts(phone)
    assert found["thermal-status"] == "fail"
    assert found["battery"] == "fail"


def test_the_doctor_leaves_nothing_on_the_phone(phone: VirtualPhone) -> None:
    before = phone.files("/data/local/tmp")
    check_phone(phone.serial)
    assert phone.files("/data/local/tmp") == before


# Files.


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(os.urandom(300_000))
    return path


def pushes(phone: VirtualPhone) -> int:
    return sum("exec mv" in command for command in phone.commands())


def test_a_file_is_pushed_once_and_found_again(
    phone: VirtualPhone, device: AndroidDevice, model: Path
) -> None:
    there = device.install(model)
    assert phone.path(str(there)).read_bytes() == model.read_bytes()
    assert device.install(model) == there
    assert open_phone(phone.serial).install(model) == there
    assert pushes(phone) == 1


def test_a_change_that_keeps_the_size_is_seen_and_mended(
    phone: VirtualPhone, device: AndroidDevice, model: Path
) -> None:
    there = device.install(model)
    assert device.changed_files() == []
    phone.write(str(there), bytes(300_000))
    assert device.changed_files() == [there]
    assert device.install(model) == there
    assert device.changed_files() == []


def test_an_executable_can_be_run(
    phone: VirtualPhone, device: AndroidDevice, tmp_path: Path
) -> None:
    script = tmp_path / "runner"
    script.write_text('#!/system/bin/sh\necho "$1"\n')
    there = device.install(script)
    with pytest.raises(CommandFailed):
        list(device.stream([str(there)], timeout_s=10))
    assert device.install(script, executable=True) == there
    assert list(device.stream([str(there), "it runs"], timeout_s=10)) == ["it runs"]


def test_hostile_names_reach_no_shell(
    phone: VirtualPhone, device: AndroidDevice, tmp_path: Path
) -> None:
    hostile = tmp_path / "-rf; $(touch pwned) `touch pwned` 'q' ü\n模.tflite"
    hostile.write_bytes(b"model")
    there = device.install(hostile)
    assert phone.path(str(there)).read_bytes() == b"model"
    lines = list(device.stream(["echo", HOSTILE], timeout_s=10, environment={"X": HOSTILE}))
    assert "\n".join(lines) == HOSTILE
    assert phone.files("/data/local/tmp") == {"ghostbench"}


def test_a_full_phone_is_told_before_anything_is_sent(
    phone: VirtualPhone, device: AndroidDevice, model: Path
) -> None:
    phone.fill_storage(free_bytes=1_000_000)
    with pytest.raises(DeviceError, match=r"MB are free, model.tflite needs .* free some space"):
        device.install(model)
    phone.empty_storage()
    device.install(model)


def test_a_phone_that_fills_up_meanwhile_is_told_too(
    phone: VirtualPhone, device: AndroidDevice, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghostbench.device.android.SPARE_BYTES", 0)
    phone.fill_storage(free_bytes=200_000)
    big = model.with_name("big.tflite")
    big.write_bytes(bytes(390_000))
    phone.answer("df -k /data/local/tmp", "/dev/x 100000 1 90000 1% /data")
    with pytest.raises(DeviceError, match="No space left"):
        device.install(big)
    assert "partial" not in "".join(map(str, phone.path(str(FILES)).rglob("*")))


@pytest.mark.parametrize("after", [20_000, 150_000, 290_000])
def test_a_push_that_is_cut_leaves_nothing_that_looks_like_the_file(
    phone: VirtualPhone, model: Path, after: int
) -> None:
    with phone.link() as link:
        device = open_phone(link.serial)
        link.cut_after(after, to_phone=True)
        with pytest.raises(TransientError):
            device.install(model)
    whole = open_phone(phone.serial)
    there = whole.install(model)
    assert phone.path(str(there)).read_bytes() == model.read_bytes()


def test_only_ghostbenchs_own_folder_can_be_removed(
    phone: VirtualPhone, device: AndroidDevice, model: Path
) -> None:
    device.install(model)
    for path in ("/data/local/tmp", "/", "/data/local/tmp/ghostbench/../x", "/sdcard"):
        with pytest.raises(DeviceError, match="not ghostbench's to remove"):
            device.remove(PurePosixPath(path))
    device.remove()
    assert "files" not in phone.files("/data/local/tmp/ghostbench")
    assert device.changed_files() == []


def test_a_missing_file_here_is_told(device: AndroidDevice, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="not a file"):
        device.install(tmp_path / "nowhere")
    assert FILES.is_absolute()


# Commands under faults. Each must end in time, with an error that says what happened.


def test_many_commands_take_one_round_trip_and_each_has_its_own_outcome(
    phone: VirtualPhone, device: AndroidDevice
) -> None:
    phone.forget_commands()
    answers = device.phone.run_all(
        [
            ["echo", HOSTILE],
            ["sh", "-c", "echo out; echo err >&2; exit 3"],
            ["no-such-command"],
            ["sh", "-c", "kill -9 $$"],
            ["printf", "no line break"],
        ],
        step="trying",
    )
    assert len(phone.commands()) == 1
    assert answers[0].stdout == HOSTILE + "\n"
    assert (answers[1].stdout, answers[1].stderr, answers[1].status) == ("out\n", "err\n", 3)
    assert answers[2].status == 127
    assert answers[3].status == -9
    assert (answers[4].stdout, answers[4].status) == ("no line break", 0)
    assert not phone.path("/data/local/tmp/pwned").exists()


def test_settings_are_changed_in_three_round_trips(
    phone: VirtualPhone, device: AndroidDevice
) -> None:
    phone.forget_commands()
    with changed_settings(device.phone, choose(DEFAULT_SETTINGS), journal_of(device.name)):
        assert len(phone.commands()) == 3


def test_lines_come_while_the_command_runs(device: AndroidDevice) -> None:
    lines = device.stream(["sh", "-c", "echo one; sleep 2; echo two"], timeout_s=20)
    started = time.monotonic()
    assert next(lines) == "one"
    assert time.monotonic() - started < 1.5
    assert list(lines) == ["two"]


def running(phone: VirtualPhone, word: str) -> bool:
    return any(word in " ".join(process.command) for process in phone.processes())


def wait_until_gone(phone: VirtualPhone, word: str) -> bool:
    for _ in range(50):
        if not running(phone, word):
            return True
        time.sleep(0.1)
    return False


def test_a_stream_that_is_left_early_leaves_no_process(
    phone: VirtualPhone, device: AndroidDevice
) -> None:
    loop = "trap '' HUP TERM; while true; do echo tick; sleep 0.1; done; echo marked"
    lines = device.stream(["sh", "-c", loop], timeout_s=20)
    assert next(lines) == "tick"
    assert running(phone, "marked")
    lines.close()  # type: ignore[attr-defined]  # a generator, typed as the protocol's Iterator
    assert wait_until_gone(phone, "marked")


def test_a_command_that_hangs_is_ended(phone: VirtualPhone, device: AndroidDevice) -> None:
    with pytest.raises(CommandTimedOut, match="did not end within 1 s"):
        list(device.stream(["sh", "-c", "trap '' HUP; sleep 55; echo marked"], timeout_s=1))
    assert wait_until_gone(phone, "marked")


def test_a_runner_killed_for_memory_is_told_as_killed(
    phone: VirtualPhone, device: AndroidDevice
) -> None:
    lines = device.stream(["sh", "-c", "echo started; exec sleep 55"], timeout_s=20)
    assert next(lines) == "started"
    assert phone.kill_program("sleep") == 1
    with pytest.raises(CommandFailed, match="was ended by signal 9"):
        list(lines)


@pytest.mark.parametrize("fault", ["kill", "restart_adbd", "go_offline"])
def test_a_phone_lost_in_the_middle_may_be_tried_again(
    phone: VirtualPhone, device: AndroidDevice, fault: str
) -> None:
    lines = device.stream(["sh", "-c", "echo started; sleep 55"], timeout_s=30)
    assert next(lines) == "started"
    getattr(phone, fault)()
    with pytest.raises(TransientError):
        list(lines)


@pytest.mark.parametrize("fault", ["restart_adbd", "reboot"])
def test_after_a_fault_the_next_try_connects_anew(
    phone: VirtualPhone, device: AndroidDevice, fault: str
) -> None:
    lines = device.stream(["sh", "-c", "echo started; sleep 55"], timeout_s=30)
    assert next(lines) == "started"
    getattr(phone, fault)()
    with pytest.raises(TransientError):
        list(lines)
    assert list(device.stream(["echo", "again"], timeout_s=10)) == ["again"]


def test_an_adb_server_lost_in_the_middle_may_be_tried_again(
    phone: VirtualPhone, device: AndroidDevice, adb_server: AdbServer
) -> None:
    lines = device.stream(["sh", "-c", "echo started; sleep 55"], timeout_s=30)
    assert next(lines) == "started"
    adb_server.kill()
    with pytest.raises(TransientError, match=r"connection was lost while measuring \(sh\)"):
        list(lines)
    assert list(device.stream(["echo", "again"], timeout_s=10)) == ["again"]
    adb_server.adb("kill-server")  # the one that ghostbench started is not the fixture's own


def test_a_command_that_outlived_its_connection_is_ended_before_the_next(
    phone: VirtualPhone, device: AndroidDevice
) -> None:
    script = "trap '' HUP; echo started; sleep 55; echo marked"
    lines = device.stream(["sh", "-c", script], timeout_s=30)
    assert next(lines) == "started"
    phone.restart_adbd()
    with pytest.raises(TransientError):
        list(lines)
    assert list(device.stream(["echo", "next"], timeout_s=10)) == ["next"]
    assert wait_until_gone(phone, "marked")


def test_it_is_ended_although_the_first_words_to_the_phone_are_lost(
    phone: VirtualPhone, device: AndroidDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str] = []
    answered = AdbPhone._run_once

    def forgetful(adb: AdbPhone, command: str, step: str, timeout_s: float) -> ShellResult:
        if step.startswith("ending") and len(lost) < 2:
            lost.append(step)
            raise TransientError("the word was lost")
        return answered(adb, command, step, timeout_s)

    monkeypatch.setattr(AdbPhone, "_run_once", forgetful)
    lines = device.stream(
        ["sh", "-c", "trap '' HUP; echo started; sleep 55; echo marked"], timeout_s=30
    )
    assert next(lines) == "started"
    phone.restart_adbd()
    with pytest.raises(TransientError):
        list(lines)
    assert list(device.stream(["echo", "next"], timeout_s=10)) == ["next"]
    assert lost == ["ending sh", "ending sh"]
    assert wait_until_gone(phone, "marked")


def test_a_phone_that_hangs_in_the_middle_is_not_waited_for(
    phone: VirtualPhone, device: AndroidDevice
) -> None:
    lines = device.stream(["sh", "-c", "echo started; sleep 55"], timeout_s=2)
    assert next(lines) == "started"
    phone.pause()
    started = time.monotonic()
    with pytest.raises(TransientError, match="no answer within"):
        list(lines)
    assert time.monotonic() - started < 15
    phone.resume()


def test_a_link_that_swallows_everything_is_not_waited_for(
    phone: VirtualPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghostbench.device.android.READ_TIMEOUT_S", 1.0)
    with phone.link() as link:
        device = open_phone(link.serial)
        device.state()
        link.blackhole()
        with pytest.raises(TransientError, match="no answer within 1 s while reading its state"):
            device.state()


# Settings.


def test_settings_come_back_as_they_were(phone: VirtualPhone, device: AndroidDevice) -> None:
    before, journal = phone.settings(), journal_of(phone.serial)
    with changed_settings(device.phone, choose(DEFAULT_SETTINGS), journal) as changes:
        assert phone.setting("global", "stay_on_while_plugged_in") == "15"
        assert "mWakefulness=Awake" in phone.shell("dumpsys power")
        assert {c.name for c in changes if c.outcome == "changed"} >= {
            "screen_on",
            "stay_awake",
            "airplane_mode",
        }
        assert journal.path.exists()
    assert phone.settings() == before
    assert "mWakefulness=Asleep" in phone.shell("dumpsys power")
    assert phone.shell("cmd connectivity airplane-mode") == "disabled"
    assert not journal.path.exists()


def test_a_wish_that_the_phone_does_not_know_is_said(start_phone: StartPhone) -> None:
    phone = start_phone("old_toybox")
    said: list[str] = []
    wishes = choose(["fixed_performance"])
    with changed_settings(
        open_phone(phone.serial).phone, wishes, journal_of(phone.serial), say=said.append
    ):
        pass
    assert said[0].startswith("fixed-performance mode: not changed: the phone refused: ")


VICTIM = """
import sys, time
from ghostbench.device.android import open_phone
from ghostbench.device.claim import claim_phone
from ghostbench.device.journal import journal_of
from ghostbench.device.session_settings import changed_settings
from ghostbench.device.settings import DEFAULT_SETTINGS, choose
phone = open_phone(sys.argv[1]).phone
with claim_phone(phone), changed_settings(phone, choose(DEFAULT_SETTINGS), journal_of(sys.argv[1])):
    print("changed", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def victim(phone: VirtualPhone) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, phone.serial], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "changed\n"
        yield process
        process.kill()


def test_restoring_undoes_what_a_killed_run_left(
    phone: VirtualPhone, victim: "subprocess.Popen[str]"
) -> None:
    victim.send_signal(signal.SIGKILL)
    victim.wait(10)
    assert phone.setting("global", "airplane_mode_on") == "1"
    assert "airplane_mode" in describe_phone(phone.serial).unrestored
    code, out, _ = command_line("restore", phone.serial)
    assert code == 0, out
    assert "restored" in out
    assert phone.setting("global", "airplane_mode_on") == "0"
    assert phone.setting("global", "stay_on_while_plugged_in") == "0"
    assert restore_phone(phone.serial) == ()
    assert "nothing to restore" in command_line("restore", phone.serial)[2]


def test_nothing_is_restored_under_a_run_that_still_goes_on(
    phone: VirtualPhone, victim: "subprocess.Popen[str]"
) -> None:
    with pytest.raises(PhoneBusy, match=f"is in use by process {victim.pid} on .* since"):
        restore_phone(phone.serial)
    assert phone.setting("global", "airplane_mode_on") == "1"


def test_what_cannot_be_restored_is_said_and_kept(
    phone: VirtualPhone, victim: "subprocess.Popen[str]"
) -> None:
    victim.kill()
    victim.wait(10)
    phone.answer("cmd connectivity airplane-mode disable", "Failure", status=255)
    code, out, _ = command_line("restore", phone.serial)
    assert code == 1
    assert "airplane_mode" in out
    assert "not restored" in out
    assert [entry.setting for entry in journal_of(phone.serial).pending()] == ["airplane_mode"]


# One at a time.


def test_a_second_ghostbench_says_who_has_the_phone(device: AndroidDevice, tmp_path: Path) -> None:
    # Another folder stands for another computer: only the lease on the phone can tell.
    with claim_phone(device.phone) as claim:
        for folder in (None, tmp_path / "other computer"):
            with (
                pytest.raises(PhoneBusy, match=f"in use by process {os.getpid()} on "),
                claim_phone(device.phone, folder=folder),
            ):
                pytest.fail("two have the phone")
        claim.check()


def test_a_second_ghostbench_waits_until_the_first_has_ended(
    device: AndroidDevice, tmp_path: Path
) -> None:
    said: list[str] = []
    first = claim_phone(device.phone)
    first.__enter__()
    ending = threading.Timer(1.0, lambda: first.__exit__(None, None, None))
    ending.start()
    with claim_phone(device.phone, folder=tmp_path / "other", wait_s=30, say=said.append):
        assert said
    ending.join()


def test_a_killed_ghostbench_leaves_no_claim(
    phone: VirtualPhone, victim: "subprocess.Popen[str]"
) -> None:
    victim.kill()
    victim.wait(10)
    with claim_phone(open_phone(phone.serial).phone, wait_s=5) as claim:
        claim.check()


def test_a_shell_that_got_the_number_of_a_holder_before_the_restart_does_not_take_itself_for_it(
    device: AndroidDevice,
) -> None:
    # `exec` keeps the number.
    lease = "/data/local/tmp/ghostbench/lease"
    before = f'mkdir -p {lease}; echo me >{lease}/owner; echo $$ >{lease}/pid; exec sh -c "$@"'
    command = ["sh", "-c", before, "sh", LEASE_SCRIPT, "ghostbench-lease", "me"]
    with device.phone.hold_open(command, step="claiming", timeout_s=20) as (held, lines):
        assert lines == ["ready"]
        held.end()


def test_a_claim_that_was_lost_is_noticed(phone: VirtualPhone, device: AndroidDevice) -> None:
    with claim_phone(device.phone) as claim:
        phone.restart_adbd()
        time.sleep(0.5)
        with pytest.raises(TransientError, match="was lost"):
            claim.check()
    phone.connect()
    with claim_phone(open_phone(phone.serial).phone, wait_s=5):
        pass


# The commands.


def test_the_list_is_a_table_and_json(phone: VirtualPhone) -> None:
    code, out, _ = command_line("devices")
    assert code == 0
    assert out.splitlines()[0].split() == [
        "serial",
        "state",
        "phone",
        "SoC",
        "Android",
        "over",
        "profile",
    ]
    assert "Example PHN-L29 (emulated)" in out
    listed = json.loads(command_line("devices", "--json")[1])
    assert phone.serial in [entry["serial"] for entry in listed]


def test_one_phone_is_shown_and_printed_as_json(phone: VirtualPhone) -> None:
    code, out, _ = command_line("devices", phone.serial)
    assert code == 0
    assert "7     prime       2600" in out
    detail = json.loads(command_line("devices", phone.serial, "--json")[1])
    assert detail["info"]["cores"][7]["capacity"] == 1024
    assert detail["can_read"]["battery"] is True


def test_the_doctor_fails_with_remedies_on_stderr(phone: VirtualPhone) -> None:
    code, out, err = command_line("doctor", phone.serial)
    assert code == 1
    assert "real" in out
    assert f"animations: adb -s {phone.serial} shell settings put" in err
    found = json.loads(command_line("doctor", phone.serial, "--json")[1])
    assert found["usable"] is False
    assert {"name", "verdict", "evidence", "remedy"} == set(found["findings"][0])


def test_without_a_phone_it_is_told_how_to_connect_one(
    phone: VirtualPhone, adb_server: AdbServer
) -> None:
    phone.disconnect()
    code, out, err = command_line("devices")
    assert (code, out) == (0, "")
    assert "Build number seven times" in err
    disconnect(open_phone(phone.serial).phone.address, phone.serial)
