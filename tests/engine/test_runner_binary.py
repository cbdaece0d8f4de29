"""Which runner for which machine, and that a changed one is noticed."""

import os
import shutil
import struct
from pathlib import Path

import pytest

from ghostbench.core.errors import RunnerError
from ghostbench.engine.runner_binary import PREBUILT, find_runner

# e_machine of the ELF header.
ELF_MACHINES = {"x86_64": 62, "aarch64": 183}


@pytest.mark.parametrize(
    ("machine", "known"),
    [("x86_64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "aarch64"), ("arm64", "aarch64")],
)
def test_a_runner_is_found_under_every_name_of_a_machine(machine: str, known: str) -> None:
    runner = find_runner(machine)

    header = runner.path.read_bytes()[:20]
    assert runner.machine == known
    assert struct.unpack_from("<H", header, 18) == (ELF_MACHINES[known],)
    assert os.access(runner.path, os.X_OK)


@pytest.mark.parametrize("machine", ["riscv64", "armv7l", "i686", "", "../x86_64"])
def test_a_machine_without_a_runner_is_told_which_have_one(machine: str) -> None:
    with pytest.raises(RunnerError, match="aarch64, x86_64"):
        find_runner(machine)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PREBUILT, tmp_path / "prebuilt"))


def test_a_changed_runner_is_refused(copied: Path) -> None:
    runner = copied / "x86_64" / "ghostbench-runner"
    runner.write_bytes(runner.read_bytes() + b"\0")

    with pytest.raises(RunnerError, match="not the runner that was built"):
        find_runner("x86_64", copied)


def test_a_runner_that_is_not_listed_is_refused(copied: Path) -> None:
    (copied / "SHA256SUMS").write_text("")

    with pytest.raises(RunnerError, match="not the runner that was built"):
        find_runner("x86_64", copied)


def test_a_missing_runner_is_told_with_the_way_to_get_it(copied: Path) -> None:
    (copied / "aarch64" / "ghostbench-runner").unlink()
    with pytest.raises(RunnerError, match="make native"):
        find_runner("aarch64", copied)

    (copied / "SHA256SUMS").unlink()
    with pytest.raises(RunnerError, match="make native"):
        find_runner("x86_64", copied)


def test_the_runners_are_small() -> None:
    assert sum(path.stat().st_size for path in PREBUILT.rglob("*")) < 150_000


def test_the_runners_hold_no_path_of_the_machine_that_built_them() -> None:
    for runner in PREBUILT.glob("*/ghostbench-runner"):
        content = runner.read_bytes()
        for path in ("/home/", "/root/", "/tmp/", "/Users/", str(PREBUILT.parent)):
            assert path.encode() not in content
