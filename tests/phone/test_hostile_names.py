"""Names that a shell would obey, of models, programs, folders, paths on the phone and serials: none is ever obeyed."""

from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath

import pytest

from ghostbench.device.adb import AdbPhone
from ghostbench.device.android import FOLDER, open_phone
from ghostbench.device.journal import phone_file
from ghostbench.store.campaign import new_campaign_folder
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.run import run
from tests.device.fake_adb import FakeAdbServer
from tests.phone.hurried import hurried, with_stub
from tests.phone.lab import TINY, Said
from tests.virtual_phone.phone import VirtualPhone

HOSTILE = (
    "a b", "it's", 'say "x"', "x;touch pwned", "$(touch pwned)", "`touch pwned`", "a&touch pwned&", "|touch pwned",
    ">pwned", "-rf", "--help", "*", "?", "~", "${PATH}", "\\", "#x", "!!", "new\nline", "cr\rx", "tab\tx", "ümläut",
    "模型", "\x1b[31m", "x\n$(touch pwned)\n-f",
)  # fmt: skip
# With AArch64 emulated, three blocks are enough: together these hold what the others have.
TOGETHER = (
    "-a b'\"; $(touch pwned) `touch pwned` & ü\n模",
    "--rm -rf *;touch pwned",
    "|touch pwned>pwned",
)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def assert_nothing_was_obeyed(phone: VirtualPhone, here: Path) -> None:
    for folder in (here, phone.path("/data"), phone.path("/phone")):
        assert "pwned" not in {path.name for path in folder.rglob("*")}


def measured(how: HowToMeasure, folder: Path, names: tuple[str, ...]) -> None:
    models = [folder / f"{name}.tflite" for name in names]
    for number, model in enumerate(models):
        model.write_bytes(TINY.read_bytes() + bytes(4 * (number + 1)))  # each another file
    outcome = run([str(model) for model in models], how=replace(how, rounds=1), progress=Said())
    assert not outcome.failures
    assert len(outcome.results) == len(names)


def test_models_and_a_program_and_a_folder_with_hostile_names_are_timed_by_benchmark_model(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    workspace = tmp_path / "w $(touch pwned);'\n"
    workspace.mkdir()
    how = with_stub(hurried(phone.serial, workspace), takes_s=0)
    program = Path(str(how.runner)).rename(workspace / "-b m;$(touch pwned)\n'模")
    measured(replace(how, runner=str(program)), workspace, HOSTILE)
    assert_nothing_was_obeyed(phone, tmp_path)


@pytest.mark.usefixtures("phone_bundle")
def test_models_with_hostile_names_are_timed_by_the_runner(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    measured(hurried(phone.serial, tmp_path), tmp_path, TOGETHER)
    assert_nothing_was_obeyed(phone, tmp_path)


def test_hostile_paths_on_the_phone_are_written_read_run_and_removed_as_they_are(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    adb, local, back = open_phone(phone.serial), tmp_path / "program", tmp_path / "back"
    local.write_text('#!/bin/sh\nprintf \'%s\\0\' "$0" "$@"\n')
    for name in HOSTILE:
        remote = FOLDER / "odd" / name / name
        adb.phone.check(["mkdir", "-p", "--", str(remote.parent)], step="trying")
        adb.phone.push(local, remote, executable=True)
        assert phone.path(str(remote)).read_bytes() == local.read_bytes()
        adb.phone.pull(remote, back)
        assert back.read_bytes() == local.read_bytes()
        told = adb.phone.check([str(remote), *HOSTILE], step="trying")
        assert tuple(told.split("\0")[:-1]) == (str(remote), *HOSTILE)
        lines = adb.stream([str(remote), *HOSTILE], timeout_s=10, environment={"X": name})
        assert "\n".join(lines).split("\0")[1:-1] == "\0".join(HOSTILE).split("\0")
        adb.remove(PurePosixPath(remote.parent))
        assert not phone.path(str(remote.parent)).exists()
    assert_nothing_was_obeyed(phone, tmp_path)


@pytest.mark.parametrize("name", [name for name in HOSTILE if not set(name) & set("\n\t")])
def test_a_hostile_serial_reaches_the_server_as_it_is_and_stays_in_its_folders(
    name: str, tmp_path: Path
) -> None:
    server = FakeAdbServer()
    try:
        phone = AdbPhone(name, server.address)
        phone.run(["true"], step="trying")
        phone.check(["settings", "get", "global", "x"], step="trying")
    finally:
        server.close()
    assert server.requests[::2] == [f"host:transport:{name}"] * 2
    assert server.requests[1::2] == [
        "shell,v2,raw:exec true",
        "shell,v2,raw:exec settings get global x",
    ]
    assert phone_file(name, ".lock", tmp_path).parent == tmp_path / "phones"
    folder = new_campaign_folder(tmp_path / "results", device=name, today=date(2026, 1, 1))
    assert folder.parent == tmp_path / "results"
