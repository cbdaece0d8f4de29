"""Several phones at once from one command: side by side, none ends another, all come back as they were."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ghostbench.cli.main import main
from tests.phone.conftest import StartPhone
from tests.phone.lab import CORE, TINY, records_in, runner_runs
from tests.virtual_phone.phone import VirtualPhone

pytestmark = pytest.mark.usefixtures("phone_bundle", "_own_folders")
OPTIONS = ("--core", CORE, "--rounds", "1")


@pytest.fixture
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def named(*phones: VirtualPhone) -> list[str]:
    return [word for phone in phones for word in ("--device", phone.serial)]


def test_two_phones_are_measured_at_the_same_time(
    start_phone: StartPhone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phones = [start_phone(), start_phone("samsung_cap")]
    before = [phone.settings() for phone in phones]
    assert main(["run", str(TINY), *OPTIONS, "--min-ms", "2000", "--json", *named(*phones)]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [result["device"] for result in results] == [phone.serial for phone in phones]
    assert [phone.settings() for phone in phones] == before
    one, two = sorted(records_in(tmp_path), key=lambda record: record.started_at)
    assert one.state_after is not None
    assert two.started_at < one.state_after.taken_at
    assert {one.job.device, two.job.device} == {phone.serial for phone in phones}


def test_a_phone_that_cannot_be_used_does_not_end_the_other(
    start_phone: StartPhone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, locked = start_phone(), start_phone("unauthorized")
    status = main(["run", str(TINY), *OPTIONS, "--min-ms", "1", *named(locked, good)])
    told = capsys.readouterr()
    assert status == 1
    assert f"{locked.serial}: unauthorized: unlock the phone" in told.err
    assert told.out.splitlines()[0] == good.serial
    assert {record.job.device for record in records_in(tmp_path)} == {good.serial}


def test_all_devices_are_those_that_can_be_used(
    start_phone: StartPhone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phones = [start_phone(), start_phone()]
    start_phone("unauthorized")
    assert main(["run", str(TINY), *OPTIONS, "--min-ms", "1", "--all-devices"]) == 0
    assert {r.job.device for r in records_in(tmp_path)} == {phone.serial for phone in phones}
    assert main(["run", str(TINY), "--all-devices", *named(phones[0])]) == 2
    assert "leave --device out" in capsys.readouterr().err


def test_a_plan_takes_one_device(start_phone: StartPhone, tmp_path: Path) -> None:
    phones = [start_phone(), start_phone()]
    assert main(["run", "--join", "some-campaign", *named(*phones)]) == 2


def test_ctrl_c_gives_every_phone_back_and_keeps_what_is_measured(
    start_phone: StartPhone, tmp_path: Path
) -> None:
    phones = [start_phone(), start_phone()]
    before = [phone.settings() for phone in phones]
    command = [sys.executable, "-m", "ghostbench", "run", str(TINY), "--core", CORE]
    command += ["--rounds", "30", "--min-ms", "300", *named(*phones)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        deadline = time.monotonic() + 60
        while not all(runner_runs(phone) for phone in phones):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert [phone.settings() for phone in phones] == before
    assert [phone.processes() for phone in phones] == [[], []]
    assert {record.job.device for record in records_in(tmp_path)} == {p.serial for p in phones}
