"""Every fault of a virtual phone, and what the real adb client does then (which is often not what one hopes)."""

import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.virtual_phone.link import Link
from tests.virtual_phone.phone import VirtualPhone

StartPhone = Callable[..., VirtualPhone]
CPU7 = "/sys/devices/system/cpu/cpu7"
TARGET = "/data/local/tmp/file"
HANG_S = 1.0
# What the client's exit status is when the connection is lost: nearly always 255, now and then 1 ("protocol fault").
LOST = (1, 255)


def in_background(phone: VirtualPhone, *arguments: str) -> subprocess.Popen[str]:
    """An adb client at work, not waited for."""
    command = [str(phone.adb_path), "-P", str(phone.adb_port), "-s", phone.serial, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def running(phone: VirtualPhone, program: str) -> bool:
    return any(process.program == program for process in phone.processes())


@pytest.fixture
def link(phone: VirtualPhone) -> Iterator[Link]:
    with phone.link() as link:
        assert "connected" in link.connect()
        yield link


# The phone as a whole.


def test_a_power_cut_in_a_command_is_a_lost_connection(phone: VirtualPhone) -> None:
    with in_background(phone, "shell", "echo begun; sleep 100") as client:
        wait_for(lambda: running(phone, "sleep"))
        phone.kill()
        output, _ = client.communicate(timeout=10)
    assert client.returncode in LOST
    assert output == "begun\n"


def test_a_power_cut_leaves_files_but_no_process(phone: VirtualPhone) -> None:
    phone.shell("echo kept > /data/local/tmp/file; sleep 100 </dev/null >/dev/null 2>&1 &")
    before = phone.shell("cat /proc/sys/kernel/random/boot_id")
    phone.reboot()
    phone.connect()
    assert phone.shell("cat /data/local/tmp/file") == "kept"
    assert phone.shell("cat /proc/sys/kernel/random/boot_id") != before
    assert phone.processes() == []


def test_history_and_files_can_be_read_after_a_power_cut(phone: VirtualPhone) -> None:
    phone.shell("echo last words > /data/local/tmp/file")
    phone.kill()
    assert phone.read(TARGET) == "last words\n"
    assert phone.commands() == ["echo last words > /data/local/tmp/file"]


def test_a_paused_phone_still_looks_fine_to_adb_but_no_command_ends(phone: VirtualPhone) -> None:
    phone.pause()
    with pytest.raises(subprocess.TimeoutExpired):
        phone.shell("true", timeout_s=HANG_S)
    assert phone.state() == "device"
    phone.resume()
    assert phone.shell("echo alive") == "alive"


def test_adbd_that_crashes_ends_the_command_for_adb_but_not_on_the_phone(
    phone: VirtualPhone,
) -> None:
    with in_background(phone, "shell", "sleep 100") as client:
        wait_for(lambda: running(phone, "sleep"))
        phone.restart_adbd()
        assert client.wait(timeout=10) in LOST
    assert running(phone, "sleep")
    phone.connect()
    assert phone.shell("echo again") == "again"


def test_a_phone_without_adbd_is_offline_and_refuses_with_exit_status_0(
    phone: VirtualPhone,
) -> None:
    phone.go_offline()
    wait_for(lambda: phone.state() == "offline")
    assert "device offline" in phone.shell("true")
    phone.disconnect()
    refused = phone.server.adb("connect", phone.serial)
    assert refused.returncode == 0
    assert "failed to connect" in refused.stdout
    phone.come_back()
    phone.connect()
    assert phone.state() == "device"


def test_an_adb_server_that_dies_forgets_the_phone(phone: VirtualPhone) -> None:
    with in_background(phone, "shell", "sleep 100") as client:
        wait_for(lambda: running(phone, "sleep"))
        phone.server.kill()
        assert client.wait(timeout=10) in LOST
    phone.server.ensure_running()
    assert phone.state() == "absent"
    phone.connect()
    assert phone.state() == "device"


def test_a_key_that_is_revoked_is_refused_at_the_next_connection(phone: VirtualPhone) -> None:
    phone.revoke()
    assert phone.state() == "device"
    phone.connect()
    assert phone.state() == "unauthorized"


# What it holds and runs.


def test_a_full_phone_refuses_a_push(phone: VirtualPhone, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(100_000))
    phone.fill_storage(free_bytes=50_000)
    push = phone.server.adb("-s", phone.serial, "push", str(tmp_path / "file"), TARGET)
    assert push.returncode == 1
    assert "No space left on device" in push.stdout + push.stderr
    phone.empty_storage()
    assert (
        phone.server.adb("-s", phone.serial, "push", str(tmp_path / "file"), TARGET).returncode == 0
    )


def test_a_small_phone_has_little_room(start_phone: StartPhone) -> None:
    phone = start_phone(data_bytes=2**20)
    assert phone.shell("df -k /data | tail -n 1").split()[1] == "1024"


def test_a_program_killed_for_its_memory_ends_with_137(
    phone: VirtualPhone, arm_program: Path
) -> None:
    phone.server.adb("-s", phone.serial, "push", str(arm_program), "/data/local/tmp/program")
    with in_background(
        phone, "shell", "cd /data/local/tmp; chmod 755 program; ./program wait"
    ) as client:
        wait_for(lambda: running(phone, "program"))
        assert phone.kill_program("program") == 1
        client.wait(timeout=10)
    assert client.returncode == 137


def test_a_file_can_change_behind_our_back(phone: VirtualPhone, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"what we pushed")
    phone.server.adb("-s", phone.serial, "push", str(tmp_path / "file"), TARGET)
    phone.write(TARGET, b"something else")
    changed = hashlib.sha256(b"something else").hexdigest()
    assert phone.shell(f"sha256sum {TARGET}").split()[0] == changed
    assert "file" in phone.files("/data/local/tmp")


def test_a_prepared_answer_replaces_a_command_line_or_a_call(phone: VirtualPhone) -> None:
    phone.answer("dumpsys battery", "garbage\x7f")
    phone.answer("cat /proc/cpuinfo; echo $?", "cut sho", status=3)
    assert phone.shell("dumpsys battery; echo next") == "garbage\x7fnext"
    assert phone.shell("cat /proc/cpuinfo; echo $?") == "cut sho"
    cut = phone.server.adb("-s", phone.serial, "shell", "cat /proc/cpuinfo; echo $?")
    assert cut.returncode == 3


# Its surroundings.


def test_heat_shows_in_the_kernel_and_in_the_thermal_service(phone: VirtualPhone) -> None:
    phone.heat(51.5, status=3)
    assert phone.shell("cat /sys/class/thermal/thermal_zone0/temp") == "51500"
    dump = phone.shell("dumpsys thermalservice")
    assert "Thermal Status: 3" in dump
    assert "Temperature{mValue=51.5, mType=3, mName=skin, mStatus=3}" in dump


def test_a_clock_goes_down_while_a_command_runs(phone: VirtualPhone) -> None:
    wait = f"while grep -q 2600000 {CPU7}/cpufreq/scaling_max_freq; do sleep 0.01; done; echo slow"
    with in_background(phone, "shell", wait) as client:
        wait_for(lambda: phone.processes() != [])
        phone.slow_clock(1402.5, cpu=7)
        assert client.communicate(timeout=10)[0] == "slow\n"
    clocks = phone.shell(f"cat {CPU7}/cpufreq/scaling_cur_freq {CPU7}/cpufreq/cpuinfo_max_freq")
    assert clocks == "1402500\n2600000"


def test_a_core_goes_and_comes(phone: VirtualPhone) -> None:
    phone.take_core_offline(6)
    assert (
        phone.shell("cat /sys/devices/system/cpu/online /sys/devices/system/cpu/offline")
        == "0-5,7\n6"
    )
    assert phone.shell("nproc") == "7"
    phone.bring_core_online(6)
    assert phone.shell("cat /sys/devices/system/cpu/online") == "0-7"


def test_the_battery_runs_down(phone: VirtualPhone) -> None:
    phone.battery(level=12, celsius=41.0, charging=False)
    dump = phone.shell("dumpsys battery")
    for line in "level: 12", "temperature: 410", "USB powered: false", "status: 3":
        assert line in dump


def test_the_date_is_wrong_after_a_jump(phone: VirtualPhone) -> None:
    phone.jump_clock(-40 * 365 * 86400)
    assert phone.shell("date +%Y") == str(time.gmtime(time.time() - 40 * 365 * 86400).tm_year)


# The line between.


def test_a_slow_link_slows_a_push(phone: VirtualPhone, link: Link, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(os.urandom(200_000))  # adb compresses what it can
    link.rate(400_000)
    started = time.monotonic()
    phone.server.adb("-s", link.serial, "push", str(tmp_path / "file"), TARGET)
    assert time.monotonic() - started > 0.4
    assert len(phone.path(TARGET).read_bytes()) == 200_000


def test_a_delayed_link_delays_every_answer(phone: VirtualPhone, link: Link) -> None:
    link.delay(0.1)
    started = time.monotonic()
    assert phone.server.adb("-s", link.serial, "shell", "echo late").stdout == "late\n"
    assert time.monotonic() - started >= 0.2  # there and back


def test_a_link_that_swallows_everything_hangs_the_client(phone: VirtualPhone, link: Link) -> None:
    link.blackhole()
    with pytest.raises(subprocess.TimeoutExpired):
        phone.server.adb("-s", link.serial, "shell", "true", timeout_s=HANG_S)
    link.clear()
    assert phone.server.adb("-s", link.serial, "shell", "echo back").stdout == "back\n"


@pytest.mark.parametrize("how", ["reset", "close_all"])
def test_a_broken_link_ends_the_command(phone: VirtualPhone, link: Link, how: str) -> None:
    command = [
        str(phone.adb_path),
        "-P",
        str(phone.adb_port),
        "-s",
        link.serial,
        "shell",
        "sleep 100",
    ]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as client:
        wait_for(lambda: running(phone, "sleep"))
        getattr(link, how)()
        assert client.wait(timeout=10) in LOST


def test_a_link_that_refuses_cannot_be_connected_again(phone: VirtualPhone, link: Link) -> None:
    link.refuse()
    assert "failed to connect" in link.connect()
    link.clear()
    assert "connected" in link.connect()


@pytest.mark.parametrize("how", ["cut_after", "finish_after"])
def test_a_link_cut_in_a_push_leaves_a_part(
    phone: VirtualPhone, link: Link, tmp_path: Path, how: str
) -> None:
    (tmp_path / "file").write_bytes(os.urandom(2_000_000))
    getattr(link, how)(500_000, to_phone=True)
    push = phone.server.adb("-s", link.serial, "push", str(tmp_path / "file"), TARGET)
    assert push.returncode == 1
    with suppress(FileNotFoundError):  # adbd may have removed the part already
        assert phone.path(TARGET).stat().st_size < 2_000_000


def test_output_cut_short_is_a_lost_connection(phone: VirtualPhone, link: Link) -> None:
    link.finish_after(100_000, to_phone=False)
    shell = phone.server.adb("-s", link.serial, "shell", "seq 100000")
    assert shell.returncode in LOST
    assert len(shell.stdout) < len("".join(f"{number}\n" for number in range(1, 100_001)))


def test_a_garbled_byte_reaches_the_reader(phone: VirtualPhone, link: Link) -> None:
    phone.shell("echo warm")
    whole = phone.server.adb("-s", link.serial, "shell", "seq 20000").stdout
    link.garble_after(60_000, to_phone=False)
    garbled = phone.server.adb("-s", link.serial, "shell", "seq 20000").stdout
    assert garbled != whole
