import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ghostbench.core.errors import UnknownName
from ghostbench.device.journal import Journal, journal_of, phone_file
from ghostbench.device.session_settings import changed_settings, restore_settings
from ghostbench.device.settings import DEFAULT_SETTINGS, SETTINGS, choose
from tests.device.fake_settings import START, FakeSettingsPhone

EVERYTHING = choose(list(SETTINGS))


@pytest.fixture
def phone(tmp_path: Path) -> FakeSettingsPhone:
    return FakeSettingsPhone.new(tmp_path / "phone.json")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "j" / "phone.jsonl")


def test_settings_are_changed_and_come_back_as_they_were(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    before = phone.values()
    with changed_settings(phone, EVERYTHING, journal) as changes:
        assert {c.name: c.outcome for c in changes if c.outcome != "changed"} == {
            "fixed_performance": "requested"
        }
        assert phone.values()["global/airplane_mode_on"] == "1"
        assert phone.values()["wakefulness"] == "Awake"
        assert len(journal.pending()) == len(EVERYTHING)
    assert phone.values() == before
    assert not journal.path.exists()


def test_a_setting_that_was_never_set_is_deleted_again(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    phone.forget("global/window_animation_scale")
    with changed_settings(phone, choose(["window_animation_off"]), journal):
        assert phone.values()["global/window_animation_scale"] == "0"
    assert "global/window_animation_scale" not in phone.values()


def test_settings_are_restored_in_reverse(phone: FakeSettingsPhone, journal: Journal) -> None:
    with changed_settings(phone, choose(["stay_awake", "airplane_mode"]), journal):
        phone.forget_commands()
    written = [c for c in phone.commands if "get" not in c]
    assert [c[1] for c in written] == ["connectivity", "put"]


def test_what_was_so_already_is_neither_changed_nor_journaled(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    phone.put("global/low_power", "0")
    with changed_settings(phone, choose(["battery_saver_off"]), journal) as (change,):
        assert change.outcome == "was so already"
        assert journal.pending() == []


def test_the_journal_is_on_disk_before_the_phone_is_touched(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    seen: list[bool] = []
    phone.before_write = lambda: seen.append(bool(Journal(journal.path).pending()))
    with changed_settings(phone, choose(["stay_awake"]), journal):
        assert seen == [True]


def test_a_phone_with_adb_over_the_network_keeps_its_radio(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    said: list[str] = []
    with changed_settings(
        phone, choose(["airplane_mode"]), journal, over_usb=False, say=said.append
    ) as (change,):
        assert change.outcome == "not changed"
        assert phone.values()["global/airplane_mode_on"] == "0"
    assert said == ["airplane mode: not changed: adb is over the network, which it would cut"]


def test_an_old_android_is_not_asked_for_what_it_lacks(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    with changed_settings(phone, choose(["fixed_performance"]), journal, api=29) as (change,):
        assert change.reason == "needs Android API 30, this is 29"
    assert phone.commands == []


def test_a_refusal_is_said_and_nothing_is_left_in_the_journal(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    said: list[str] = []
    phone.refuse("settings put")
    with changed_settings(phone, choose(["stay_awake"]), journal, say=said.append) as (change,):
        assert change.outcome == "not changed"
    assert said[0].startswith("screen stays on while powered: not changed: the phone refused: ")
    assert journal.pending() == []


def test_a_phone_that_agrees_and_does_nothing_is_noticed(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    phone.ignore("connectivity")
    with changed_settings(phone, choose(["airplane_mode"]), journal) as (change,):
        assert (change.outcome, change.reason) == ("not changed", "the phone went on saying 0")


def test_what_the_user_changed_meanwhile_is_left(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    said: list[str] = []
    with changed_settings(phone, choose(["stay_awake"]), journal, say=said.append):
        phone.put("global/stay_on_while_plugged_in", "3")
    assert phone.values()["global/stay_on_while_plugged_in"] == "3"
    assert "it is 3 now, which ghostbench did not set" in said[0]
    assert not journal.path.exists()


def test_an_error_in_the_block_restores_too(phone: FakeSettingsPhone, journal: Journal) -> None:
    before = phone.values()
    with pytest.raises(KeyboardInterrupt), changed_settings(phone, EVERYTHING, journal):
        raise KeyboardInterrupt
    assert phone.values() == before


def test_a_phone_that_is_gone_keeps_its_journal_for_later(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    before, said = phone.values(), list[str]()
    with changed_settings(phone, EVERYTHING, journal, say=said.append):
        phone.gone = True
    assert len(journal.pending()) == len(EVERYTHING)
    assert "not restored: phone: gone" in said[0]
    phone.gone = False
    assert all(result.done for result in restore_settings(phone, journal))
    assert phone.values() == before


def test_what_an_earlier_run_left_is_restored_before_anything_is_read(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    before = phone.values()
    journal.note_change("stay_awake", before["global/stay_on_while_plugged_in"], "15")
    phone.put("global/stay_on_while_plugged_in", "15")
    with changed_settings(phone, choose(["stay_awake"]), journal) as (change,):
        assert change.before == before["global/stay_on_while_plugged_in"]
    assert phone.values() == before


def test_a_setting_of_another_version_is_said_and_kept(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    journal.note_change("turbo", "0", "1")
    (result,) = restore_settings(phone, journal)
    assert result.outcome == "not restored"
    assert len(journal.pending()) == 1


def test_a_phone_that_dozed_may_sleep_afterwards(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    phone.put("wakefulness", "Dozing")
    with changed_settings(phone, choose(["screen_on"]), journal):
        assert phone.values()["wakefulness"] == "Awake"
    assert phone.values()["wakefulness"] == "Asleep"
    assert journal.pending() == []


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="airplane_mode"):
        choose(["airplane"])
    assert "fixed_performance" not in DEFAULT_SETTINGS


# One process makes many victims, each of which is killed at another point: there is one before and one after each thing
# that is done to the phone. It prints how many points a whole run has, and the exit of each victim.
VICTIMS = """
import os, sys
from pathlib import Path
from ghostbench.device.journal import Journal
from ghostbench.device.session_settings import changed_settings
from ghostbench.device.settings import choose
from tests.device.fake_settings import FakeSettingsPhone

folder = Path(sys.argv[1])

def run(name, point):
    phone = FakeSettingsPhone.new(folder / f"{name}.json")
    phone.die_at(point)
    with changed_settings(phone, choose(sys.argv[2:]), Journal(folder / f"{name}.jsonl")):
        phone.point()
    return phone.points

points = run("whole", -1)
print(points)
for point in range(points):
    if not (victim := os.fork()):
        run(point, point)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1]))
"""


def test_a_kill_at_any_step_is_undone_by_restoring(tmp_path: Path) -> None:
    settings = ["screen_on", "stay_awake", "airplane_mode", "fixed_performance"]
    ran = subprocess.run(
        [sys.executable, "-c", VICTIMS, str(tmp_path), *settings],
        capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    points, *exits = map(int, ran.stdout.split())
    assert points > 30, ran.stderr
    assert exits == [-signal.SIGKILL] * points
    for point in range(points):
        phone = FakeSettingsPhone(tmp_path / f"{point}.json")
        journal = Journal(tmp_path / f"{point}.jsonl")
        assert all(result.done for result in restore_settings(phone, journal)), point
        assert phone.values() == START, point
        assert not journal.path.exists(), point


def test_a_line_cut_short_is_a_change_that_was_not_made(
    phone: FakeSettingsPhone, journal: Journal
) -> None:
    journal.note_change("stay_awake", "0", "15")
    whole = journal.path.read_bytes()
    journal.note_change("airplane_mode", "0", "1")
    second = journal.path.read_bytes()
    for end in range(len(whole), len(second) - 1):
        journal.path.write_bytes(second[:end])
        assert [entry.setting for entry in journal.pending()][:1] == ["stay_awake"]
        if end < len(second) - 1:
            journal.note_change("battery_saver_off", "1", "0")
            assert "battery_saver_off" in [entry.setting for entry in journal.pending()]


def test_a_file_in_which_all_is_restored_is_begun_anew(journal: Journal) -> None:
    change = journal.note_change("stay_awake", "0", "15")
    finished = journal.path.read_bytes()
    journal.note_restored(change)
    journal.path.write_bytes(
        finished + finished.replace(b'"change"', b'"restored"')
    )  # not removed any more
    assert journal.pending() == []
    journal.note_change("airplane_mode", "0", "1")
    assert [entry.setting for entry in journal.pending()] == ["airplane_mode"]
    assert journal.path.read_bytes().count(b"\n") == 1


def test_a_journal_that_cannot_be_written_stops_the_change(
    phone: FakeSettingsPhone, tmp_path: Path
) -> None:
    (tmp_path / "j.jsonl").symlink_to(tmp_path / "no such folder" / "j.jsonl")
    blocked = Journal(tmp_path / "j.jsonl")
    with changed_settings(phone, choose(["stay_awake"]), blocked) as (change,):
        assert "nothing was changed on the phone" in (change.reason or "")
        assert all("put" not in command for command in phone.commands)


@pytest.mark.parametrize(
    "serial", ["a/b", "..", "", "a b;$(x)", "ü" * 200, "-x", "10.0.0.1:5555", "\udcff"]
)
def test_any_serial_has_a_file_of_its_own_in_the_folder(serial: str, tmp_path: Path) -> None:
    path = phone_file(serial, ".lock", tmp_path)
    assert path.parent == tmp_path / "phones"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    assert path != phone_file(serial + "x", ".lock", tmp_path)


def test_the_state_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "s"))
    assert journal_of("S").path.is_relative_to(tmp_path / "s")
    monkeypatch.delenv("GHOSTBENCH_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "x"))
    assert journal_of("S").path.is_relative_to(tmp_path / "x" / "ghostbench")
