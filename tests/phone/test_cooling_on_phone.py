"""A hot virtual phone is let cool before it is measured on; one that stays hot is given up, and its numbers say so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.cli.main import main
from ghostbench.core.verdict import Verdict
from ghostbench.judging.judge import judge_block
from ghostbench.workflows.phone_hold import PhoneWishes
from tests.phone.conftest import StartPhone
from tests.phone.lab import CORE, TINY, Said, how, records_in, time_tiny
from tests.virtual_phone.phone import VirtualPhone

pytestmark = pytest.mark.usefixtures("phone_bundle", "_own_state_folder")


@pytest.fixture
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


class Pauses:
    """Time that only pauses move, and what happens to the phone meanwhile."""

    def __init__(self, happens: Callable[[float], None]) -> None:
        self.now, self._happens = 0.0, happens

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._happens(self.now)

    def wishes(self, *, cool_for_s: float = 600.0) -> PhoneWishes:
        return PhoneWishes(
            cooling=True, cool_for_s=cool_for_s, sleep=self.sleep, clock=lambda: self.now
        )


def cooling_by_a_degree_in_ten_seconds(phone: VirtualPhone) -> Callable[[float], None]:
    def happens(now_s: float) -> None:
        celsius = max(46.0 - now_s / 10, 30.0)
        phone.heat(celsius, status=2 if celsius > 43 else 0)

    return happens


def test_a_hot_phone_is_waited_for_and_told_and_the_record_keeps_it(
    start_phone: StartPhone, tmp_path: Path
) -> None:
    phone, said = start_phone("hot"), Said()
    pauses = Pauses(cooling_by_a_degree_in_ten_seconds(phone))
    time_tiny(how(phone, tmp_path, rounds=2, wishes=pauses.wishes()), said)
    assert pauses.now >= 60.0
    told = next(line for line in said.lines if "cooled in" in line)
    assert told.startswith(f"{phone.serial}: cooled in 6")
    first, *_ = records_in(tmp_path)
    facts = first.state_before.facts
    assert facts["cooling_reached"] == "yes"
    assert float(facts["cooling_s"]) >= 60.0
    assert float(facts["cooling_to_celsius"]) <= 40.0
    assert facts["thermal_status"] == "0"
    assert first.device.facts["cooling"] == "to 41.0 C, for 600 s at most"


def test_a_phone_that_stays_hot_is_given_up_and_its_blocks_are_not_valid(
    start_phone: StartPhone, tmp_path: Path
) -> None:
    phone, said = start_phone("hot"), Said()
    pauses = Pauses(lambda now_s: phone.heat(44.0, status=0))
    time_tiny(how(phone, tmp_path, rounds=2, wishes=pauses.wishes(cool_for_s=30)), said)
    assert any("did not cool enough in 30 s" in line for line in said.lines)
    assert pauses.now < 120  # it is not waited for in vain again and again
    record, *_ = records_in(tmp_path)
    assert record.state_before.facts["cooling_reached"] == "no"
    judged = judge_block(replace(record, device=replace(record.device, emulated=False)))
    assert judged.verdict is not Verdict.VALID
    assert "not-cooled" in [reason.code for reason in judged.reasons]


def test_cooling_can_be_left_out_and_that_is_recorded(
    start_phone: StartPhone, tmp_path: Path
) -> None:
    phone = start_phone("hot")
    pauses = Pauses(lambda now_s: None)
    wishes = replace(pauses.wishes(), cooling=False)
    time_tiny(how(phone, tmp_path, wishes=wishes))
    record, *_ = records_in(tmp_path)
    assert record.device.facts["cooling"] == "none between blocks"
    assert "cooling_s" not in record.state_before.facts


def test_an_emulated_phone_is_not_waited_for_unless_somebody_wants_that(
    start_phone: StartPhone, tmp_path: Path
) -> None:
    phone = start_phone("hot")
    pauses = Pauses(lambda now_s: None)
    time_tiny(how(phone, tmp_path, wishes=replace(pauses.wishes(), cooling=None)))
    assert pauses.now < 30
    record, *_ = records_in(tmp_path)
    assert record.device.facts["cooling"] == "none between blocks"


def test_the_command_says_how_long_to_wait_and_the_record_keeps_that(
    start_phone: StartPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    phone = start_phone("hot")
    phone.heat(44.0, status=0)
    options = ("--core", CORE, "--rounds", "1", "--min-ms", "1", "--cool-for", "0")
    assert main(["run", str(TINY), "--device", phone.serial, *options]) == 0
    record, *_ = records_in(tmp_path)
    assert record.device.facts["cooling"].endswith(", for 0 s at most")
    assert record.state_before.facts["cooling_reached"] == "no"


def test_a_limit_for_cooling_that_is_left_out_is_refused(
    phone: VirtualPhone, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--no-cooling", "--cool-for", "60")
    assert main(["run", str(TINY), "--device", phone.serial, *options]) == 2
    assert "leave out --no-cooling" in capsys.readouterr().err
