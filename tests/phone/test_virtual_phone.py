"""The phone that other tests rely on: what each kind of it says, and that it comes and goes cleanly."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import adbutils
import pytest

from tests.virtual_phone import requirements
from tests.virtual_phone.personality import load_personality, personality_names
from tests.virtual_phone.phone import VirtualPhone
from tests.virtual_phone.ports import answers
from tests.virtual_phone.requirements import INSTALL, REQUIRE_VARIABLE, phone_is_required

StartPhone = Callable[..., VirtualPhone]
REPOSITORY = Path(__file__).parents[2]
CPU7 = "/sys/devices/system/cpu/cpu7"


@pytest.mark.parametrize("phone", personality_names(), indirect=True)
def test_every_kind_of_phone_starts_and_lets_adb_in_once_it_may(phone: VirtualPhone) -> None:
    if not phone.personality.adb.knows_the_key:
        phone.authorize()
        phone.connect()
    assert (
        phone.shell("getprop ro.product.model") == phone.personality.properties["ro.product.model"]
    )


def test_a_phone_starts_in_less_than_a_second(start_phone: StartPhone) -> None:
    started = time.monotonic()
    phone = start_phone()
    assert phone.shell("echo up") == "up"
    assert time.monotonic() - started < 1.0


def test_eight_phones_live_side_by_side(start_phone: StartPhone) -> None:
    phones = [start_phone() for _ in range(8)]
    for number, phone in enumerate(phones):
        phone.shell(f"settings put global phone_number {number}")
    assert [phone.setting("global", "phone_number") for phone in phones] == list("01234567")


def test_adbutils_reaches_the_phone_through_the_private_server(phone: VirtualPhone) -> None:
    device = adbutils.AdbClient(host="127.0.0.1", port=phone.adb_port).device(phone.serial)
    assert device.shell("getprop ro.product.cpu.abi") == "arm64-v8a"


def test_a_pushed_aarch64_program_runs(phone: VirtualPhone, arm_program: Path) -> None:
    phone.server.adb("-s", phone.serial, "push", str(arm_program), "/data/local/tmp/program")
    assert phone.shell("cd /data/local/tmp && chmod 755 program && ./program") == "this is AArch64"


def test_the_shell_is_not_root_and_may_not_write_to_the_hardware(phone: VirtualPhone) -> None:
    assert "shell" in phone.shell("id")
    assert "Permission denied" in phone.shell(f"echo 0 > {CPU7}/online")
    assert phone.read(f"{CPU7}/online") == "1\n"


def test_clocks_and_clusters_of_the_default_phone_can_be_read(phone: VirtualPhone) -> None:
    highest = phone.shell("cat /sys/devices/system/cpu/cpu*/cpufreq/cpuinfo_max_freq").split()
    assert highest == ["1805000"] * 4 + ["1920000"] * 2 + ["2600000"] * 2
    assert phone.shell(f"cat {CPU7}/topology/core_siblings_list {CPU7}/cpu_capacity") == "6-7\n1024"
    assert phone.shell("cat /sys/devices/system/cpu/online") == "0-7"
    assert phone.shell("cat /proc/cpuinfo").count("processor") == 8
    assert phone.shell(f"cat {CPU7}/cpufreq/stats/time_in_state").count("\n") == 4


@pytest.mark.parametrize("phone", ["hidden_cpufreq"], indirect=True)
def test_a_secretive_phone_denies_clocks_and_temperatures(phone: VirtualPhone) -> None:
    assert "Permission denied" in phone.shell(f"cat {CPU7}/cpufreq/cpuinfo_max_freq")
    assert "Permission denied" in phone.shell("cat /sys/class/thermal/thermal_zone0/temp")
    assert phone.shell("dumpsys thermalservice").startswith("Permission Denial: ")
    assert phone.shell(f"cat {CPU7}/cpu_capacity") == "1024"


@pytest.mark.parametrize("phone", ["old_toybox"], indirect=True)
def test_an_old_phone_lacks_commands_and_the_thermal_service(phone: VirtualPhone) -> None:
    assert "not found" in phone.shell("nproc")
    assert "not found" in phone.shell("getconf PAGESIZE")
    assert phone.shell("dumpsys thermalservice") == "Can't find service: thermalservice"
    assert "Unknown command" in phone.shell("cmd power set-fixed-performance-mode-enabled true")
    assert phone.shell("taskset 0x8 echo ran") == "taskset: bad mask '0x8'"
    assert phone.shell("taskset 8 echo ran") == "ran"


@pytest.mark.parametrize("phone", ["pages_16k"], indirect=True)
def test_a_phone_with_large_pages_says_so(phone: VirtualPhone) -> None:
    assert phone.shell("getconf PAGE_SIZE; getprop ro.build.version.sdk") == "16384\n35"
    assert phone.shell("cmd thermalservice headroom 10") == "Headroom in 10 seconds: 0.62"


@pytest.mark.parametrize("phone", ["unauthorized"], indirect=True)
def test_a_locked_down_phone_lets_nobody_in_until_it_is_told_to(phone: VirtualPhone) -> None:
    assert phone.state() == "unauthorized"
    assert "device unauthorized" in phone.shell("true")
    phone.authorize()
    phone.connect()
    assert phone.state() == "device"


@pytest.mark.parametrize("phone", ["hot"], indirect=True)
def test_a_hot_phone_is_throttled_and_says_so(phone: VirtualPhone) -> None:
    assert "Thermal Status: 2" in phone.shell("dumpsys thermalservice")
    assert phone.shell(f"cat {CPU7}/cpufreq/scaling_max_freq") == "1804000"
    assert "temperature: 435" in phone.shell("dumpsys battery")


@pytest.mark.parametrize("phone", ["low_battery"], indirect=True)
def test_a_phone_with_a_low_battery_saves_power(phone: VirtualPhone) -> None:
    dump = phone.shell("dumpsys battery")
    assert "level: 7" in dump
    assert "USB powered: false" in dump
    assert phone.shell("settings get global low_power") == "1"


@pytest.mark.parametrize("phone", ["samsung_cap"], indirect=True)
def test_a_capped_phone_looks_cool_to_the_thermal_service(phone: VirtualPhone) -> None:
    assert "Thermal Status: 0" in phone.shell("dumpsys thermalservice")
    clocks = phone.shell(f"cat {CPU7}/cpufreq/cpuinfo_max_freq {CPU7}/cpufreq/scaling_max_freq")
    assert clocks == "2803200\n1824000"


@pytest.mark.parametrize("phone", ["userdebug"], indirect=True)
def test_a_developers_build_has_su(phone: VirtualPhone) -> None:
    assert phone.shell("getprop ro.build.type; getprop ro.debuggable") == "userdebug\n1"
    assert phone.shell("su 0 echo ran") == "ran"


def test_a_users_build_has_no_su(phone: VirtualPhone) -> None:
    assert "not found" in phone.shell("su 0 echo ran")


@pytest.mark.parametrize("phone", ["emulator"], indirect=True)
def test_an_emulator_gives_itself_away(phone: VirtualPhone) -> None:
    assert phone.shell("getprop ro.kernel.qemu") == "1"
    assert "No such file" in phone.shell(
        "cat /sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"
    )


def test_an_unknown_word_in_a_personality_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_personality("no_such_phone")


# What a killed test leaves: nothing.

ABANDONED = """
import sys, time
from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.phone import VirtualPhone
server = AdbServer()
phone = VirtualPhone(server)
phone.connect()
print(phone.port, server.port, flush=True)
time.sleep(600)
"""


@pytest.mark.usefixtures("phone_root")
def test_a_test_that_is_killed_leaves_no_process_no_port_and_no_file(tmp_path: Path) -> None:
    mounts_before = Path("/proc/self/mounts").read_text()
    environment = os.environ | {
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path]),
    }
    with subprocess.Popen(
        [sys.executable, "-c", ABANDONED], env=environment, stdout=subprocess.PIPE, text=True
    ) as test:
        assert test.stdout is not None
        ports = test.stdout.readline().split()
        assert len(_processes_naming(ports)) == 2  # the adb server and its guard
        test.kill()
    assert all(_becomes_free(int(port)) for port in ports)
    assert _soon(lambda: _processes_naming(ports) == [])
    assert list(tmp_path.iterdir()) == []
    assert Path("/proc/self/mounts").read_text() == mounts_before


def test_a_phone_that_ends_takes_everything_with_it(start_phone: StartPhone) -> None:
    before = _children()
    phone = start_phone()
    phone.shell("sleep 1000 </dev/null >/dev/null 2>&1 &")
    assert len(_children()) > len(before)
    phone.end()
    assert _children() == before
    assert _becomes_free(phone.port)


def _children() -> set[int]:
    me = os.getpid()
    stats = (path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists())
    parents = {int(s.split()[0]): int(s.rpartition(")")[2].split()[1]) for s in stats}
    found, todo = set(), {me}
    while todo:
        todo = {child for child, parent in parents.items() if parent in todo}
        found |= todo
    return found


def _processes_naming(words: list[str]) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(word in arguments for word in words):
            found.append(" ".join(arguments))
    return found


def _becomes_free(port: int) -> bool:
    return _soon(lambda: not answers(port))


def _soon(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10.0
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_so()


@pytest.mark.usefixtures("phone_root")  # all else is there
def test_where_packages_are_missing_the_reason_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    monkeypatch.setattr(requirements, "EMULATORS", ("no-such-emulator",))
    monkeypatch.setattr(requirements, "emulation_is_needed", lambda: True)
    assert (
        requirements.what_is_missing() == f"packages for the virtual phone are missing: {INSTALL}"
    )


def test_continuous_integration_may_demand_the_phone(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.delenv(REQUIRE_VARIABLE, raising=False)
    assert not phone_is_required()
    monkeypatch.setenv(REQUIRE_VARIABLE, "1")
    assert phone_is_required()
