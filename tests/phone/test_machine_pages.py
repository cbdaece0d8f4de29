"""A kernel with pages of 16 KB, as phones have them since Android 15: what is aligned for less does not start."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ghostbench.core.elf import load_alignment
from tests.phone.lab import Said, records_in, time_tiny
from tests.phone.test_run_on_machine import how
from tests.virtual_phone.machine import EmulatedMachine
from tests.virtual_phone.rootfs import NATIVE

pytestmark = [
    pytest.mark.machine,
    pytest.mark.usefixtures("phone_bundle", "machine_environment", "pages_of_16_kb"),
]


@pytest.fixture
def machine(
    start_machine: Callable[..., EmulatedMachine],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> EmulatedMachine:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))
    return start_machine("machine_16k")


def test_the_bundle_runs_there_and_a_program_aligned_for_4_kb_does_not(
    machine: EmulatedMachine, arm_program: Path, tmp_path: Path
) -> None:
    assert machine.shell("getconf PAGE_SIZE") == "16384"
    outcome = time_tiny(how(machine, tmp_path), Said())
    assert not outcome.failures
    record, *_ = records_in(tmp_path)
    assert record.measurement is not None
    assert record.device.page_bytes == 16384
    assert run_there(machine, arm_program) == "this is AArch64\n0"
    said = run_there(machine, build_for_4_kb(tmp_path / "small"))
    assert "this is AArch64" not in said
    assert not said.endswith("\n0")


def run_there(machine: EmulatedMachine, program: Path) -> str:
    """What a program says, and its exit status."""
    place = "/data/local/tmp/program"
    machine.server.adb("-s", machine.serial, "push", str(program), place)
    return machine.shell(f"chmod 755 {place}; {place}; echo $?")


def build_for_4_kb(program: Path) -> Path:
    """The tests' own small program, as compilers made them before there were larger pages."""
    pages = ["-O2", "-Wl,-z,max-page-size=4096"]
    bare = ["-target", "aarch64-linux-none", "-nostdlib", "-static", "-fno-stack-protector"]
    source = str(NATIVE / "arm_program.c")
    command = [sys.executable, "-m", "ziglang", "cc", *bare, *pages, "-o", str(program), source]
    subprocess.run(command, check=True, capture_output=True)
    assert load_alignment(program) == 4096
    return program
