"""The emulated machine that other tests rely on: a kernel of its own, and faults that only a kernel can have."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.virtual_phone.kernel import have_kernel
from tests.virtual_phone.machine import (
    FOLDER_PREFIX,
    EmulatedMachine,
    remove_abandoned_folders,
)
from tests.virtual_phone.machine_image import first_files

pytestmark = pytest.mark.machine
REPOSITORY = Path(__file__).parents[2]
FOLDER = "/data/local/tmp"
A_DAY_S = 86400
HANG_S = 2.0
MEBIBYTE = 2**20


def wait_for(is_so: Callable[[], bool], *, timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def adb(machine: EmulatedMachine, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return machine.server.adb("-s", machine.serial, *arguments, timeout_s=60.0)


def hangs(machine: EmulatedMachine) -> bool:
    try:
        machine.shell("true", timeout_s=HANG_S)
    except subprocess.TimeoutExpired:
        return True
    return False


@contextmanager
def waiting_program(machine: EmulatedMachine, program: Path) -> Iterator["subprocess.Popen[str]"]:
    """A program that waits to be killed, started over adb."""
    adb(machine, "push", str(program), f"{FOLDER}/waiting")
    line = f"chmod 755 {FOLDER}/waiting; {FOLDER}/waiting for ever"
    command = [str(machine.adb_path), "-P", str(machine.adb_port), "-s", machine.serial]
    with subprocess.Popen(
        [*command, "shell", line],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as client:
        try:
            wait_for(lambda: bool(machine.process_ids("waiting")))
            yield client
        finally:
            machine.root("killall -9 waiting 2>/dev/null; true")


def test_it_has_an_arm_kernel_of_its_own_and_a_shell_that_is_not_root(
    machine: EmulatedMachine,
) -> None:
    release = machine.read("/proc/sys/kernel/osrelease").strip()
    assert release.endswith("cloud-arm64")
    assert machine.shell("uname -rm; id -u") == f"{release} aarch64\n2000"
    assert machine.shell("getconf PAGE_SIZE") == "4096"
    assert "Permission denied" in machine.shell("echo 0 > /sys/devices/system/cpu/cpu1/online")


def test_the_kernel_shows_one_task_for_one_thread(
    machine: EmulatedMachine, arm_program: Path
) -> None:
    with waiting_program(machine, arm_program):
        (process_id,) = machine.process_ids("waiting")
        assert machine.root(f"ls /proc/{process_id}/task").split() == [str(process_id)]


def test_the_kernel_keeps_a_program_on_its_core(machine: EmulatedMachine) -> None:
    assert machine.shell("taskset 2 grep Cpus_allowed_list /proc/self/status").split()[-1] == "1"


@pytest.mark.parametrize("way", ["adb shell reboot", "held button", "power cut"])
def test_after_a_restart_the_kernel_has_another_name_and_data_is_kept(
    machine: EmulatedMachine, way: str
) -> None:
    boot_id, starts = machine.boot_id(), machine.starts()
    machine.shell(f"echo kept > {FOLDER}/kept && settings put global kept yes && sync")
    if way == "adb shell reboot":
        adb(machine, "shell", "reboot")
        machine.wait_for_restart(starts)
    elif way == "held button":
        machine.reset()
    else:
        machine.kill()
        machine.boot()
    machine.connect()
    assert machine.boot_id() != boot_id
    assert machine.shell(f"cat {FOLDER}/kept; settings get global kept") == "kept\nyes"
    machine.shell(f"rm {FOLDER}/kept; settings delete global kept")


def test_a_paused_machine_hangs_and_then_runs_on(machine: EmulatedMachine) -> None:
    machine.pause()
    assert hangs(machine)
    assert machine.state() == "device"  # what adb says is not what is
    machine.resume()
    assert machine.shell("echo on") == "on"


def test_without_network_commands_hang_until_it_is_back(machine: EmulatedMachine) -> None:
    machine.cut_network()
    assert hangs(machine)
    machine.mend_network()
    machine.connect()
    assert machine.shell("echo back") == "back"


def test_the_clock_jumps_for_files_too_while_the_time_since_start_goes_on(
    machine: EmulatedMachine,
) -> None:
    command = f"touch {FOLDER}/new; stat -c %Y {FOLDER}/new; date +%s; cut -d. -f1 /proc/uptime"
    before = [int(word) for word in machine.shell(command).split()]
    machine.jump_clock(-A_DAY_S)
    file_s, date_s, uptime_s = (int(word) for word in machine.shell(command).split())
    assert file_s < before[0] - A_DAY_S / 2
    assert date_s < before[1] - A_DAY_S / 2
    assert uptime_s >= before[2]


def test_a_core_that_is_switched_off_takes_no_program(machine: EmulatedMachine) -> None:
    machine.take_core_offline(1)
    assert machine.shell("nproc; cat /sys/devices/system/cpu/online") == "1\n0"
    assert "Invalid argument" in machine.shell("taskset 2 true")
    machine.bring_core_online(1)
    assert machine.shell("nproc; taskset 2 echo there") == "2\nthere"


def test_a_full_disk_refuses_a_push_and_takes_it_when_there_is_room(
    machine: EmulatedMachine, tmp_path: Path
) -> None:
    (tmp_path / "large").write_bytes(os.urandom(MEBIBYTE))
    push = ("push", str(tmp_path / "large"), f"{FOLDER}/large")
    machine.fill_storage()
    refused = adb(machine, *push)
    assert refused.returncode != 0
    assert "No space left on device" in refused.stdout + refused.stderr
    machine.fill_storage(free_bytes=20 * MEBIBYTE)
    (free_kb,) = machine.root("df -k /data | tail -n 1 | awk '{print $4}'").split()
    assert abs(int(free_kb) * 1024 - 20 * MEBIBYTE) < MEBIBYTE
    machine.empty_storage()
    assert adb(machine, *push).returncode == 0


def available_bytes(machine: EmulatedMachine) -> int:
    line = machine.root("grep MemAvailable /proc/meminfo")
    return int(line.split()[1]) * 1024


def test_memory_is_short_by_the_kernels_own_account(machine: EmulatedMachine) -> None:
    before = available_bytes(machine)
    machine.use_up_memory(left_bytes=64 * MEBIBYTE)
    assert available_bytes(machine) < 96 * MEBIBYTE
    machine.free_memory()
    assert available_bytes(machine) > before - 64 * MEBIBYTE


def test_the_kernels_out_of_memory_killer_takes_the_program_and_nothing_else(
    machine: EmulatedMachine, arm_program: Path
) -> None:
    with waiting_program(machine, arm_program) as client:
        assert machine.run_out_of_memory("waiting") == 1
        client.communicate(timeout=30)
    assert client.returncode == 128 + signal.SIGKILL
    killed = machine.root("dmesg | grep 'Killed process'").splitlines()
    assert "(waiting)" in killed[-1]
    assert machine.shell("echo alive") == "alive"


def test_adbd_comes_back_after_a_crash_and_programs_run_on(
    machine: EmulatedMachine, arm_program: Path
) -> None:
    adb(machine, "push", str(arm_program), f"{FOLDER}/waiting")
    machine.shell(f"chmod 755 {FOLDER}/waiting; setsid {FOLDER}/waiting for ever >/dev/null 2>&1 &")
    wait_for(lambda: bool(machine.process_ids("waiting")))
    machine.restart_adbd()
    wait_for(lambda: "connected" in machine.connect() and machine.shell("echo up") == "up")
    assert machine.process_ids("waiting")
    machine.root("killall -9 waiting")


# Nothing may outlive a test.

SWITCH_ON = """
import sys, time
from pathlib import Path
from tests.virtual_phone.ports import free_port
from tests.virtual_phone.qemu import MEBIBYTE, Hardware, Qemu
kernel, files, folder = map(Path, sys.argv[1:])
hardware = Hardware(
    kernel=kernel, first_files=files, disks=(), cores=1, memory_bytes=256 * MEBIBYTE, adb_port=free_port()
)
qemu = Qemu(hardware, folder)
print("on", flush=True)
sys.stdin.readline()
qemu.end()
print("off", flush=True)
"""


def emulators(folder: Path) -> list[int]:
    """Processes whose command line names this folder as theirs."""
    wanted, found = f"file,id=console,path={folder}/console.log,append=on".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:  # gone
            continue
    return found


@contextmanager
def machine_of_another_process(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    kernel = have_kernel()
    files = (kernel.image, first_files(kernel), folder)
    command = [sys.executable, "-c", SWITCH_ON, *map(str, files)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "on\n"
        wait_for(lambda: len(emulators(folder)) == 2)  # qemu, and who watches over it
        yield owner


@pytest.mark.usefixtures("machine_kernel")
def test_what_is_switched_off_leaves_no_process(tmp_path: Path) -> None:
    with machine_of_another_process(tmp_path) as owner:
        owner.communicate("off\n", timeout=60)
    assert owner.returncode == 0
    assert not emulators(tmp_path)


@pytest.mark.usefixtures("machine_kernel")
def test_it_ends_when_the_test_process_is_killed(tmp_path: Path) -> None:
    with machine_of_another_process(tmp_path) as owner:
        owner.kill()
    wait_for(lambda: not emulators(tmp_path))


def test_folders_of_killed_test_processes_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with subprocess.Popen(["true"]) as gone:
        pass
    for owner in gone.pid, os.getpid():
        (tmp_path / f"{FOLDER_PREFIX}{owner}-abc").mkdir()
    remove_abandoned_folders()
    assert [path.name for path in tmp_path.iterdir()] == [f"{FOLDER_PREFIX}{os.getpid()}-abc"]
