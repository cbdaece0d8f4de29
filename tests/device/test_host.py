"""The device `host`, on this machine and on captured files of others."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ghostbench.device.host import HostDevice
from ghostbench.device.linux_files import LinuxFiles

ARM_BLOCK = "processor\t: {index}\nBogoMIPS\t: 38.40\nCPU implementer\t: 0x41\nCPU part\t: {part}\n"


def captured(root: Path, files: dict[str, str]) -> LinuxFiles:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return LinuxFiles(root)


@pytest.fixture
def board(tmp_path: Path) -> LinuxFiles:
    """An aarch64 board with four little, three big and one prime core."""
    files = {"proc/device-tree/model": "Example Board 8\0"}
    for index in range(8):
        capacity, clock = (
            (325, 1800000) if index < 4 else (844, 2400000) if index < 7 else (1024, 2900000)
        )
        folder = f"sys/devices/system/cpu/cpu{index}"
        files |= {
            f"{folder}/cpu_capacity": f"{capacity}\n",
            f"{folder}/cpufreq/cpuinfo_max_freq": f"{clock}\n",
            f"{folder}/cpufreq/scaling_cur_freq": f"{clock // 2}\n",
            f"{folder}/cpufreq/scaling_governor": "schedutil\n",
        }
    parts = ["0xd05"] * 4 + ["0xd41"] * 3 + ["0xd44"]
    files["proc/cpuinfo"] = "\n".join(
        ARM_BLOCK.format(index=index, part=part) for index, part in enumerate(parts)
    )
    files |= {
        "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
        "sys/class/thermal/thermal_zone0/temp": "41500\n",
        "sys/class/thermal/thermal_zone1/type": "broken\n",
        "sys/class/hwmon/hwmon0/name": "soc\n",
        "sys/class/hwmon/hwmon0/temp1_input": "38000\n",
    }
    return captured(tmp_path, files)


def test_cores_of_a_board_are_told_apart_by_capacity(board: LinuxFiles) -> None:
    cores = board.cores(range(8), "aarch64")

    assert [core.cluster for core in cores] == ["little"] * 4 + ["big"] * 3 + ["prime"]
    assert [core.capacity for core in cores] == [325] * 4 + [844] * 3 + [1024]
    assert cores[7].max_mhz == 2900


def test_only_cores_that_may_be_used_are_listed(board: LinuxFiles) -> None:
    assert [core.index for core in board.cores({6, 4}, "aarch64")] == [4, 6]


def test_clocks_tell_cores_apart_where_capacity_is_hidden_or_all_the_same(
    board: LinuxFiles, tmp_path: Path
) -> None:
    capacities = list(tmp_path.rglob("cpu_capacity"))
    for hide in (lambda file: file.write_text("1024\n"), Path.unlink):
        for file in capacities:
            hide(file)
        clusters = [core.cluster for core in board.cores(range(8), "aarch64")]
        assert clusters == ["little"] * 4 + ["big"] * 3 + ["prime"]


def test_boost_clocks_of_equal_x86_cores_make_no_clusters(tmp_path: Path) -> None:
    folder = "sys/devices/system/cpu"
    files = captured(
        tmp_path,
        {
            f"{folder}/cpu0/cpufreq/cpuinfo_max_freq": "5000000",
            f"{folder}/cpu1/cpufreq/cpuinfo_max_freq": "5100000",
        },
    )

    assert [core.cluster for core in files.cores(range(2), "x86_64")] == ["all", "all"]


def test_clocks_governors_and_temperatures_are_read(board: LinuxFiles) -> None:
    assert board.core_mhz()["7"] == 1450
    assert list(board.core_mhz()) == [str(index) for index in range(8)]
    assert set(board.governors().values()) == {"schedutil"}
    assert board.temperatures_celsius() == {
        "thermal_zone0:cpu-thermal": 41.5,
        "hwmon0:soc:temp1": 38.0,
    }


def test_a_board_is_called_by_its_cores_and_its_name(board: LinuxFiles) -> None:
    assert board.board() == "Example Board 8"


def test_a_machine_that_hides_everything_has_no_values_and_no_zeros(tmp_path: Path) -> None:
    device = HostDevice(root=tmp_path)
    info, state = device.info(), device.state()

    assert {core.cluster for core in info.cores} == {"all"}
    assert {core.max_mhz for core in info.cores} == {None}
    assert info.memory_bytes is None
    assert not info.virtual
    assert (state.load_1min, state.cpu_busy_s, state.cpu_steal_s) == (None, None, None)
    assert (state.core_mhz, state.temperatures_celsius, state.governors) == ({}, {}, {})
    assert state.memory_available_bytes is None


@pytest.mark.parametrize(
    ("files", "virtual"),
    [
        ({"proc/cpuinfo": "processor : 0\nflags : fpu hypervisor sse\n"}, True),
        ({"proc/cpuinfo": "processor : 0\nflags : fpu sse\nmodel name: hypervisor\n"}, False),
        ({"sys/class/dmi/id/sys_vendor": "QEMU\n"}, True),
        (
            {
                "sys/class/dmi/id/sys_vendor": "Amazon EC2",
                "sys/class/dmi/id/product_name": "c7g.large",
            },
            True,
        ),
        (
            {
                "sys/class/dmi/id/sys_vendor": "Amazon EC2",
                "sys/class/dmi/id/product_name": "c7g.metal",
            },
            False,
        ),
        ({"sys/class/dmi/id/sys_vendor": "LENOVO"}, False),
        ({"sys/hypervisor/type": "xen\n"}, True),
        ({"proc/device-tree/hypervisor/compatible": "linux,kvm"}, True),
        ({"proc/device-tree/compatible": "linux,dummy-virt\0"}, True),
        ({"proc/device-tree/fw-cfg@9020000/compatible": "qemu,fw-cfg-mmio"}, True),
        ({"proc/device-tree/compatible": "raspberrypi,5-model-b\0brcm,bcm2712\0"}, False),
        ({"sys/class/dmi/id/product_name": "Apple Virtualization Generic Platform"}, True),
        ({}, False),
    ],
)
def test_a_virtual_machine_is_noticed(tmp_path: Path, files: dict[str, str], virtual: bool) -> None:
    assert captured(tmp_path, files).is_virtual() == virtual


@pytest.mark.parametrize(
    ("machine", "files", "reason"),
    [
        ("aarch64", {"proc/sys/kernel/arch": "x86_64\n"}, "its kernel is one for x86_64"),
        ("x86_64", {"proc/sys/kernel/arch": "aarch64\n"}, "its kernel is one for aarch64"),
        (
            "aarch64",
            {"proc/cpuinfo": "processor : 0\nflags : fpu\n"},
            "its kernel is one for x86_64",
        ),
        ("aarch64", {"proc/cpuinfo": ARM_BLOCK.format(index=0, part="0xd0c")}, None),
        ("aarch64", {"proc/sys/kernel/arch": "aarch64\n"}, None),
        ("x86_64", {"proc/sys/kernel/arch": "x86_64\n"}, None),
        ("x86_64", {"proc/cpuinfo": "processor : 0\nflags : fpu\n"}, None),
        ("i686", {"proc/sys/kernel/arch": "x86_64\n"}, None),  # runs there without translation
        ("armv8l", {"proc/sys/kernel/arch": "aarch64\n"}, None),
        ("aarch64", {}, None),
    ],
)
def test_programs_on_the_kernel_of_another_machine_are_emulated(
    tmp_path: Path, machine: str, files: dict[str, str], reason: str | None
) -> None:
    assert captured(tmp_path, files).emulated_because(machine) == reason


def test_an_emulated_machine_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    captured(tmp_path, {"proc/sys/kernel/arch": "x86_64\n"})
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    info = HostDevice(root=tmp_path).info()
    assert info.emulated
    assert info.facts["emulated_because"] == "its kernel is one for x86_64"


def test_this_machine_says_what_can_be_known() -> None:
    info, state = HostDevice().info(), HostDevice().state()

    assert {core.index for core in info.cores} == os.sched_getaffinity(0)
    assert info.memory_bytes is not None
    assert info.memory_bytes > 1 << 28
    assert info.page_bytes in (4096, 16384, 65536)
    assert state.cpu_busy_s is not None
    assert state.cpu_busy_s > 0
    assert state.memory_available_bytes is not None
    assert 0 < state.memory_available_bytes <= info.memory_bytes


def test_busy_seconds_grow_while_something_works() -> None:
    device = HostDevice()
    before = device.state().cpu_busy_s
    sum(index * index for index in range(3_000_000))
    after = device.state().cpu_busy_s

    assert before is not None
    assert after is not None
    assert after > before


def test_a_program_that_may_run_is_left_where_it_is(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)

    assert Path(HostDevice(cache=tmp_path / "cache").install(program, executable=True)) == program
    assert not (tmp_path / "cache").exists()


def test_a_program_that_may_not_run_is_copied_once(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o644)
    device = HostDevice(cache=tmp_path / "cache")

    copy = Path(device.install(program, executable=True))
    made_at = copy.stat().st_mtime_ns
    assert copy.is_relative_to(tmp_path / "cache")
    assert copy.stat().st_mode & stat.S_IXUSR
    assert stat.S_IMODE(program.stat().st_mode) == 0o644
    assert Path(device.install(program, executable=True)) == copy
    assert copy.stat().st_mtime_ns == made_at


def test_a_copy_that_was_tampered_with_is_made_anew(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho good\n")
    program.chmod(0o644)
    device = HostDevice(cache=tmp_path / "cache")
    copy = Path(device.install(program, executable=True))
    copy.write_text("#!/bin/sh\necho evil\n")

    argv = [str(device.install(program, executable=True))]
    assert list(device.stream(argv, timeout_s=10)) == ["good"]


def test_a_kernel_without_process_handles_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    device = HostDevice()

    assert list(device.stream(["sh", "-c", "sleep 30 & echo one"], timeout_s=10)) == ["one"]
    assert list(device.stream(["sh", "-c", "exec >&- 2>&-; sleep 0.5"], timeout_s=10)) == []


def test_many_commands_leave_no_file_open() -> None:
    device = HostDevice()
    for _ in range(5):
        list(device.stream(["true"], timeout_s=10))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(30):
        list(device.stream(["true"], timeout_s=10))
        lines = device.stream(["sh", "-c", "echo x; sleep 9"], timeout_s=10)
        next(lines)
        del lines  # dropped, not closed: the collector closes it

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_a_command_prints_just_before_its_end_is_never_lost() -> None:
    device = HostDevice()
    for _ in range(200):
        assert list(device.stream(["echo", "last words"], timeout_s=10)) == ["last words"]


def test_a_command_gets_no_input_to_wait_for() -> None:
    assert list(HostDevice().stream(["cat"], timeout_s=10)) == []


def test_commands_can_be_run_from_threads() -> None:
    results: list[list[str]] = []

    def work() -> None:
        results.append(list(HostDevice().stream(["echo", "x"], timeout_s=10)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [["x"]] * 8


def test_an_interrupt_from_the_keyboard_leaves_no_process_behind(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from ghostbench.device.host import HostDevice\n"
        "lines = HostDevice().stream(['sh', '-c', 'echo $$; exec sleep 60'], timeout_s=60)\n"
        "print(next(lines), flush=True)\n"
        "signal.alarm(0)\n"
        "signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.3)\n"
        "next(lines)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )

    assert "KeyboardInterrupt" in result.stderr
    assert not Path(f"/proc/{result.stdout.strip()}").exists()
