"""The power goes in the middle of a campaign, on a machine with disks of its own: what was not written out is lost.

On a namespace phone nothing of this can be tried: its files are the computer's.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.errors import DeviceError
from ghostbench.device.android import FILES
from ghostbench.device.journal import journal_of
from ghostbench.workflows.measure import HowToMeasure
from tests.phone.lab import RUNNER, Said, once, records_in, time_tiny
from tests.phone.test_run_on_machine import LONG, Begun, how, runner_runs
from tests.virtual_phone.machine import EmulatedMachine

pytestmark = [
    pytest.mark.machine,
    pytest.mark.usefixtures("phone_bundle", "_own_state_folder", "machine_environment"),
]
# The phone is not waited for: it stays off until the campaign has ended.
IMPATIENT_S = 1.0


@pytest.fixture
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


def impatient(wanted: HowToMeasure) -> HowToMeasure:
    wishes = replace(wanted.phone, patience_s=IMPATIENT_S, sleep=pause_briefly)
    return replace(wanted, phone=wishes)


def pause_briefly(seconds: float) -> None:
    time.sleep(min(seconds, IMPATIENT_S))


def ends_without_power(wanted: HowToMeasure, progress: Said) -> str:
    """The line that the campaign ends with."""
    with pytest.raises(DeviceError) as ended:
        time_tiny(impatient(wanted), progress)
    return str(ended.value)


def switch_on(machine: EmulatedMachine) -> None:
    machine.boot()
    machine.connect()


def goes_on(machine: EmulatedMachine, wanted: HowToMeasure, before: dict[str, str]) -> None:
    """`--resume` finishes the campaign, and nothing of it is left on the machine."""
    outcome = time_tiny(replace(wanted, resume=True))
    assert not outcome.failures
    assert wanted.workspace
    records = records_in(wanted.workspace)
    assert {record.block.round for record in records if record.measurement} == {0, 1}
    assert len({record.campaign for record in records}) == 1
    assert machine.settings() == before
    assert not journal_of(machine.serial).path.exists()
    assert not any(path.endswith(".partial") for path in machine.files(str(FILES)))
    assert not runner_runs(machine)


def digests(machine: EmulatedMachine) -> dict[str, str]:
    """Every file that ghostbench brought there, under the name by which it is taken for whole."""
    lines = machine.root(f"find {FILES} -type f ! -name '.*' | xargs -r sha256sum").splitlines()
    return {path: digest for digest, path in (line.split(maxsplit=1) for line in lines)}


def assert_none_is_half_written(machine: EmulatedMachine) -> set[str]:
    """The names of the files there, each of which is what its folder says."""
    found = digests(machine)
    for path, digest in found.items():
        assert Path(path).parent.name == digest[:16], path
    return {Path(path).name for path in found}


def test_a_file_that_has_its_name_when_the_power_goes_is_whole_when_it_is_back(
    machine: EmulatedMachine, tmp_path: Path
) -> None:
    before = machine.settings()
    machine.root(f"rm -rf {FILES}; sync")
    wanted, said = how(machine, tmp_path, rounds=2), Said()

    def lose_power() -> None:
        # The disk's journal is written out, which names the file for good, but nobody's content: a file that was
        # not written out before it was named is empty from now on.
        machine.root("dd if=/dev/zero of=/data/other bs=1 count=1 conv=fsync")
        machine.kill()

    with once(lambda: RUNNER in names_there(machine), lose_power) as done:
        told = ends_without_power(wanted, said)
    assert done
    assert machine.serial in told
    switch_on(machine)
    assert RUNNER in assert_none_is_half_written(machine)
    machine.root("rm /data/other")
    goes_on(machine, wanted, before)


def names_there(machine: EmulatedMachine) -> set[str]:
    """The names of the files there at this moment, in which some come and go."""
    return {
        Path(path).name for path in machine.root(f"find {FILES} -type f 2>&1; true").splitlines()
    }


def test_a_power_loss_while_sampling_keeps_what_was_measured_and_says_what_was_not_restored(
    machine: EmulatedMachine, tmp_path: Path
) -> None:
    before = machine.settings()
    wanted, progress = how(machine, tmp_path, rounds=2, settings=LONG), InRound(machine, 2)
    changed: list[dict[str, str]] = []

    def lose_power() -> None:
        changed.append(machine.settings())
        machine.kill()

    with once(progress.measures, lose_power) as done:
        told = ends_without_power(wanted, progress)
    assert done
    assert changed[0] != before
    assert machine.serial in told
    assert "--resume" in told
    assert any(f"ghostbench restore {machine.serial}" in line for line in progress.lines)
    kept = records_in(tmp_path)
    assert [record.block.round for record in kept if record.measurement] == [0]
    switch_on(machine)
    assert machine.settings() == changed[0]  # what the journal is for
    assert_none_is_half_written(machine)
    goes_on(machine, wanted, before)
    assert records_in(tmp_path)[: len(kept)] == kept


class InRound(Begun):
    """Progress that knows whether a block of a certain round is on its way."""

    def __init__(self, machine: EmulatedMachine, number: int) -> None:
        super().__init__(machine)
        self._wanted = f"round {number}"

    def doing(self, what: str) -> None:
        """A block begins."""
        self._has_begun |= self._wanted in what


def test_a_machine_that_is_reset_without_a_word_is_found_again_and_costs_an_attempt(
    machine: EmulatedMachine, tmp_path: Path
) -> None:
    before = machine.settings()
    boot_id, wanted = machine.boot_id(), how(machine, tmp_path, rounds=2, settings=LONG)
    progress = Begun(machine)
    reset: Callable[[], None] = machine.reset
    with once(progress.measures, reset) as done:
        outcome = time_tiny(wanted, progress)
    assert done
    assert not outcome.failures
    records = records_in(tmp_path)
    assert {record.block.round for record in records if record.measurement} == {0, 1}
    assert max(record.attempt for record in records) > 1
    assert machine.boot_id() != boot_id
    assert_none_is_half_written(machine)
    assert machine.settings() == before
