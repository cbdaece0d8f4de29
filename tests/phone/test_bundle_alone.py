"""The real bundle: what it is made of, and that it runs where there is nothing but a kernel, /proc and /sys."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ghostbench.core.elf import is_aarch64, load_alignment
from ghostbench.core.runner_events import End, Init
from ghostbench.engine.bundle import Bundle, find_flaws, load_bundle
from ghostbench.engine.litert import run_options
from ghostbench.engine.runner_wire import read_events
from tests.phone.lab import SHORT, TINY
from tests.virtual_phone.requirements import emulation_is_needed, emulator

CPUINFO = """processor\t: 0
BogoMIPS\t: 100
Features\t: fp asimd
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0b
CPU revision\t: 1
"""
PATHS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def test_every_piece_is_for_64_bit_arm_and_for_pages_of_16_kb(phone_bundle: Bundle) -> None:
    assert find_flaws(phone_bundle.folder) == []
    for path in phone_bundle.files:
        assert is_aarch64(path)
        assert (load_alignment(path) or 0) >= 16 * 1024


def test_it_is_verified_each_time_it_is_loaded(phone_bundle: Bundle) -> None:
    assert load_bundle(phone_bundle.folder) == phone_bundle
    assert phone_bundle.size_bytes < 16e6


# It needs what phones need: namespaces, and the emulator where there is one.
@pytest.mark.usefixtures("phone_root")
def test_it_runs_in_an_emptied_root(phone_bundle: Bundle, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "proc").mkdir(parents=True)
    for folder in ("bundle", "sys", "dev"):
        (root / folder).mkdir()
    for path in (*phone_bundle.files, TINY):
        shutil.copy(path, root / "bundle" / path.name)
    kernel, cpuinfo = "", ""
    if emulation_is_needed():  # the emulator stands in for the kernel, and a file for its cpuinfo
        given = emulator()
        assert given
        shutil.copy(given, root / "emulator")
        (root / "cpuinfo").write_text(CPUINFO)
        kernel = "/emulator -cpu cortex-a76 "
        cpuinfo = f"mount --bind {root}/cpuinfo {root}/proc/cpuinfo && "
    b = "/bundle"
    runner = (
        f"{kernel}{b}/ld-linux-aarch64.so.1 --library-path {b} {b}/ghostbench-runner "
        f"--library {b}/libLiteRt.so --model {b}/{TINY.name} {' '.join(run_options(SHORT))}"
    )
    # A root of its own with a new /proc.
    script = f"mount -t proc proc {root}/proc && {cpuinfo}mount --rbind /sys {root}/sys && exec chroot {root} {runner}"
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "--pid",
        "--fork",
        "sh",
        "-c",
        script,
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=PATHS)
    assert ran.returncode == 0, ran.stderr
    events = list(read_events(ran.stdout.splitlines()))
    (init,) = [event for event in events if isinstance(event, Init)]
    assert init.threads_asked == 1
    assert isinstance(events[-1], End)
