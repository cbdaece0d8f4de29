"""Every fault at every step of a campaign, one line a fault: what must come of it.

Here the engine is a stub of benchmark_model, which costs no emulation; what concerns the runner is tried with the real
one, too.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghostbench.core.record import RunRecord
from ghostbench.core.verdict import Verdict
from ghostbench.judging.judge import judge_block
from tests.phone import fault_lab as lab
from tests.phone.fault_lab import Scene
from tests.phone.hurried import PUSHED_BYTES, SHORT_PATIENCE_S
from tests.phone.lab import records_in
from tests.virtual_phone.phone import VirtualPhone

Fault = Callable[[Scene], None]

# What must come of a fault, beside what holds of all: bounded time, one line, finished records kept, no file taken for
# whole that is not, all settings as before, and a campaign that `--resume` finishes.
UNHARMED = "the campaign ends well, as if nothing had been"
RETRIED = "the campaign ends well; where a record follows, it counts what failed"
ENDS = "the campaign ends with one line that names the phone"
FAILS = "the block fails with one line, and nothing else does"
LEFT = "all is measured; the settings stay, which is said with the command that restores them"
NOTICED = "the block, or the whole run, does not pass as a good one"
ANY = "nothing is promised but what holds of all"


@dataclass(frozen=True, slots=True)
class Never:
    """A combination that makes no sense."""

    reason: str


NO_RUNNER_YET = Never("there is no runner yet")
NO_RUNNER_NOW = Never("there is no runner any more")

STEPS = ("connect", "push", "start", "sampling", "pull", "restore")
MATRIX: tuple[tuple[Fault, tuple[str | Never, ...]], ...] = (
    # fault                      connect        push           start     sampling  pull           restore
    (lab.power_cut,              (ENDS,          ENDS,          ENDS,     ENDS,     LEFT,          LEFT)),
    (lab.reset,                  (RETRIED,       RETRIED,       RETRIED,  RETRIED,  RETRIED,       RETRIED)),
    (lab.reboot,                 (RETRIED,       RETRIED,       RETRIED,  RETRIED,  RETRIED,       RETRIED)),
    (lab.pause,                  (RETRIED,       RETRIED,       UNHARMED, UNHARMED, RETRIED,       RETRIED)),
    (lab.cable_out_for_a_moment, (RETRIED,       RETRIED,       RETRIED,  RETRIED,  RETRIED,       RETRIED)),
    (lab.link_dead,              (ENDS,          ENDS,          ENDS,     ENDS,     LEFT,          LEFT)),
    (lab.adbd_crash,             (RETRIED,       RETRIED,       RETRIED,  RETRIED,  RETRIED,       RETRIED)),
    (lab.adb_server_killed,      (RETRIED,       RETRIED,       RETRIED,  RETRIED,  RETRIED,       RETRIED)),
    (lab.unauthorised,           (ENDS,          ENDS,          ENDS,     ENDS,     LEFT,          LEFT)),
    (lab.offline,                (RETRIED,       RETRIED,       RETRIED,  RETRIED,  RETRIED,       RETRIED)),
    (lab.storage_full,           (ENDS,          ENDS,          UNHARMED, UNHARMED, UNHARMED,      UNHARMED)),
    (lab.runner_killed,          (NO_RUNNER_YET, NO_RUNNER_YET, FAILS,    FAILS,    NO_RUNNER_NOW, NO_RUNNER_NOW)),
    (lab.runner_hung,            (NO_RUNNER_YET, NO_RUNNER_YET, FAILS,    FAILS,    NO_RUNNER_NOW, NO_RUNNER_NOW)),
    (lab.clock_jump,             (UNHARMED,      UNHARMED,      UNHARMED, UNHARMED, UNHARMED,      UNHARMED)),
    (lab.garbled,                (ANY,           ANY,           ANY,      ANY,      ANY,           ANY)),
    (lab.file_changed,           (UNHARMED,      RETRIED,       NOTICED,  NOTICED,  ANY,           UNHARMED)),
)  # fmt: skip

# What the one line says beside the phone.
WORDS: dict[Fault, tuple[str, ...]] = {
    lab.storage_full: ("free some space", "No space left"),
    lab.unauthorised: ("unauthorized", "not authorised", "failed to authenticate"),
    lab.runner_killed: ("signal 9",),
    lab.runner_hung: ("did not end within",),
    lab.file_changed: (
        *("changed on the phone", "than was brought there", "another model"),
        "is it a whole .tflite file",
    ),
}
STEP_WORDS = {
    "connect": ("asking what it is",),
    "settings": ("reading its state", "claiming the phone", "connection that kept the phone"),
    # And what comes next, when it strikes a moment late.
    "compare": ("comparing", "reading the free space"),
    "push": ("pushing", "comparing"),
    "start": ("measuring",),
    "sampling": ("measuring",),
    "pull": ("comparing",),
}
PUSH_BYTES_PER_S = 16e6  # so that a push lasts for half a second
LINKED = (lab.cable_out_for_a_moment, lab.link_dead, lab.garbled)
LASTING = (lab.power_cut, lab.link_dead, lab.unauthorised)
WITH_THE_REAL_RUNNER = (
    lab.reset, lab.adbd_crash, lab.adb_server_killed, lab.unauthorised, lab.runner_killed, lab.runner_hung, lab.garbled,
    lab.file_changed,
)  # fmt: skip

Cell = tuple[str, Fault, str]


def cells() -> Iterator[Cell]:
    for fault, row in MATRIX:
        for step, wanted in zip(STEPS, row, strict=True):
            if isinstance(wanted, str):
                yield step, fault, wanted


def cell_name(cell: Cell) -> str:
    return f"{cell[1].__name__}-{cell[0]}"


def test_the_matrix_leaves_nothing_out() -> None:
    assert all(len(row) == len(STEPS) for _, row in MATRIX)
    assert len(MATRIX) == 16
    left_out = [wanted for _, row in MATRIX for wanted in row if isinstance(wanted, Never)]
    assert len(left_out) == 8
    assert all(wanted.reason for wanted in left_out)


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


@pytest.mark.parametrize("cell", list(cells()), ids=cell_name)
def test_a_fault_does_no_harm(phone: VirtualPhone, tmp_path: Path, cell: Cell) -> None:
    check(phone, tmp_path, "benchmark_model", cell)


@pytest.mark.parametrize(
    "cell",
    [
        ("settings", lab.adbd_crash, RETRIED),
        ("settings", lab.reset, RETRIED),
        ("settings", lab.power_cut, ENDS),
        ("compare", lab.adb_server_killed, RETRIED),
        ("compare", lab.power_cut, ENDS),
    ],
    ids=cell_name,
)
def test_a_fault_between_the_steps_does_no_harm(
    phone: VirtualPhone, tmp_path: Path, cell: Cell
) -> None:
    check(phone, tmp_path, "benchmark_model", cell)


@pytest.mark.usefixtures("phone_bundle")
@pytest.mark.parametrize(
    "cell",
    [cell for cell in cells() if cell[0] == "sampling" and cell[1] in WITH_THE_REAL_RUNNER],
    ids=cell_name,
)
def test_a_fault_while_the_real_runner_measures_does_no_harm(
    phone: VirtualPhone, tmp_path: Path, cell: Cell
) -> None:
    check(phone, tmp_path, "litert", cell)


def check(phone: VirtualPhone, workspace: Path, engine: str, cell: Cell) -> None:
    step, fault, wanted = cell
    with ExitStack() as undo:
        link = None
        if fault in LINKED or step == "push":
            link = undo.enter_context(phone.link())
            link.connect()
            link.rate(PUSH_BYTES_PER_S if step == "push" else 0)
        scene = Scene(
            phone=phone,
            workspace=workspace,
            engine=engine,
            link=link,
            padding=PUSHED_BYTES if step == "push" else 0,
            **({"patience_s": SHORT_PATIENCE_S} if fault in LASTING else {}),
            **({"limit_s": 3.0} if fault in (lab.runner_hung, lab.link_dead) else {}),
        )
        before = phone.settings()
        if (step, fault) == ("connect", lab.file_changed):
            assert scene.run()[0] is None  # there must be a file to be changed
        told, said = lab.run_with_fault(scene, step, fault)
        kept = records_in(workspace)
        lab.assert_nothing_is_half_written(phone) if fault is not lab.file_changed else None
        check_outcome(scene, cell, told, said.lines)
        if wanted == RETRIED:
            assert_what_failed_is_counted(step, kept)
        assert_another_model_makes_no_valid_record(kept)
        if wanted in (UNHARMED, RETRIED, FAILS):  # without anybody's help
            assert phone.settings() == before
        assert_finished_records_are_kept(step, kept)
        lab.assert_all_is_well_again(scene, before, kept)


def check_outcome(scene: Scene, cell: Cell, told: str | None, said: list[str]) -> None:
    step, fault, wanted = cell
    assert "\n" not in (told or "")
    assert len(told or "") < 600
    if wanted in (UNHARMED, RETRIED):
        assert told is None
    elif wanted == LEFT:  # comparing files at the end may still be able to tell
        assert told is None or scene.serial in told
        assert any(f"ghostbench restore {scene.serial}" in line for line in said)
    elif wanted in (ENDS, FAILS, NOTICED):
        lines = [told, *(record.failure for record in records_in(scene.workspace))]
        words = WORDS.get(fault, STEP_WORDS.get(step, ()))
        assert any(word in line for word in words for line in lines if line), lines
        assert wanted != ENDS or scene.serial in str(told)


def assert_another_model_makes_no_valid_record(kept: list[RunRecord]) -> None:
    for record in kept:
        if record.measurement and record.measurement.loaded.model_sha256 != record.job.model_sha256:
            assert judge_block(record).verdict is Verdict.INVALID


def assert_what_failed_is_counted(step: str, records: list[RunRecord]) -> None:
    if step in ("connect", "push", "settings", "compare", "start", "sampling"):
        facts = records[-1].state_before.facts
        assert int(facts["pushes_again"]) + int(facts["adb_calls_failed"]) > 0
    if step in ("start", "sampling"):
        assert any(record.attempt > 1 for record in records)


def assert_finished_records_are_kept(step: str, kept: list[RunRecord]) -> None:
    if step in ("start", "sampling", "pull", "restore"):
        assert kept[0].block.round == 0
        assert kept[0].measurement is not None
