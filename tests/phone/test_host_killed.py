"""The computer dies at every boundary between two steps of a campaign; what is on disk suffices to mend everything.

All boundaries are tried with GHOSTBENCH_EXHAUSTIVE=1, some of them always.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ghostbench.cli.main import main
from ghostbench.device.android import FILES, open_phone
from ghostbench.device.claim import claim_phone
from ghostbench.device.journal import journal_of
from tests.phone.fault_lab import assert_nothing_is_half_written
from tests.phone.lab import records_in
from tests.virtual_phone.phone import VirtualPhone

EXHAUSTIVE = os.environ.get("GHOSTBENCH_EXHAUSTIVE") == "1"
# Where to go on after it was ended early.
FIRST = int(os.environ.get("GHOSTBENCH_EXHAUSTIVE_FROM", "0")) if EXHAUSTIVE else 0
SOME = 10
# At the boundary, and in the middle of what comes after it.
DELAYS_S = (0.0, 0.004) if EXHAUSTIVE else (0.0,)

Ask = Callable[..., tuple[int, int]]


@pytest.fixture
def ask(phone: VirtualPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Run a campaign that dies at a boundary: how it ended, and how many boundaries it came to."""
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # what forks has no threads
    with host(phone) as process:

        def ask(
            workspace: Path, boundary: int, *, delay_s: float = 0.0, resume: bool = False
        ) -> tuple[int, int]:
            workspace.mkdir(exist_ok=True)
            assert process.stdin
            assert process.stdout
            process.stdin.write(
                f"{workspace} {boundary} {delay_s} {'resume' if resume else 'begin'}\n"
            )
            process.stdin.flush()
            status, count = process.stdout.readline().split()
            return int(status), int(count)

        yield ask


@contextmanager
def host(phone: VirtualPhone) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.phone.host_to_kill", phone.serial]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_computer_that_dies_at_any_boundary_leaves_nothing_that_cannot_be_mended(
    phone: VirtualPhone, tmp_path: Path, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    before = phone.settings()
    status, boundaries = ask(tmp_path / "whole", -1)
    assert status == 0
    assert boundaries > 60
    step = 1 if EXHAUSTIVE else boundaries // SOME
    died = 0
    for boundary in range(FIRST + step // 2, boundaries, step):
        for delay_s in DELAYS_S:
            forget_what_was_pushed(phone)
            workspace = tmp_path / f"{boundary}-{delay_s}"
            status, _ = ask(workspace, boundary, delay_s=delay_s)
            if (
                status == 0
            ):  # it needed fewer steps than the first, or was through before the signal came
                continue
            assert status in (-signal.SIGKILL, -signal.SIGALRM), boundary
            died += 1
            print(f"boundary {boundary} of {boundaries}, {delay_s} s later", flush=True)
            check_the_end_state(phone, workspace, before, boundary)
            kept = records_in(workspace)
            assert ask(workspace, -1, resume=True)[0] == 0, boundary
            after = records_in(workspace)
            assert after[: len(kept)] == kept, boundary
            assert {record.block.round for record in after if record.measurement} == {0, 1}, (
                boundary
            )
            assert phone.settings() == before, boundary
            assert not journal_of(phone.serial).path.exists(), boundary
            assert not any(phone.path(str(FILES)).rglob(".*.partial")), boundary
    assert died >= (boundaries - FIRST if EXHAUSTIVE else SOME) * 0.9
    print(f"{died} deaths at {boundaries} boundaries were mended")


def check_the_end_state(
    phone: VirtualPhone, workspace: Path, before: dict[str, str], boundary: int
) -> None:
    """What anybody finds who comes back to the computer; before anything is measured again."""
    restored_by_command(phone.serial)
    assert phone.settings() == before, boundary
    assert not journal_of(phone.serial).pending(), boundary
    with claim_phone(
        open_phone(phone.serial).phone, wait_s=5.0, sleep=lambda _: time.sleep(0.02)
    ) as claim:
        claim.check()
    for record in records_in(workspace):  # readable, each of them
        assert record.measurement or record.failure, boundary
    assert_nothing_is_half_written(phone)


def restored_by_command(serial: str) -> None:
    """`ghostbench restore SERIAL`; the claim of the dead goes when the phone hears that their connection ended."""
    deadline = time.monotonic() + 10.0
    while main(["restore", serial]) != 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def forget_what_was_pushed(phone: VirtualPhone) -> None:
    shutil.rmtree(phone.path(str(FILES)), ignore_errors=True)
