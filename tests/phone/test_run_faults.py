"""Every fault in the middle of every step of a campaign: bounded time, one clear line, nothing lost, nothing left."""

import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ghostbench.core.errors import GhostbenchError
from ghostbench.core.plan import RunSettings
from ghostbench.device.android import FILES
from ghostbench.workflows.devices import restore_phone
from tests.phone.lab import (
    LOADER,
    Said,
    how,
    once,
    records_in,
    runner_runs,
    time_tiny,
    was_told,
)
from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.phone import VirtualPhone

pytestmark = pytest.mark.usefixtures("phone_bundle", "_own_state_folder", "_hurried")
LONG = RunSettings(min_runs=3, min_ms=700, warmup_min_ms=1, warmup_max_ms=100, timeout_s=6)
BOUND_S = 45.0

When = Callable[[VirtualPhone], Callable[[], bool]]
STEPS: dict[str, When] = {
    "connecting": lambda phone: was_told(phone, "section getprop"),
    "changing settings": lambda phone: was_told(phone, "settings put"),
    "comparing": lambda phone: was_told(phone, "sha256sum"),
    "pushing": lambda phone: lambda: any(phone.path(str(FILES)).rglob(".*.partial")),
    "sampling": lambda phone: lambda: runner_runs(phone),
    "restoring": lambda phone: was_told(phone, "window_animation_scale 1.0"),
}


def reboot(phone: VirtualPhone) -> None:
    phone.reboot()
    phone.connect()


def pause(phone: VirtualPhone) -> None:
    phone.pause()
    time.sleep(1.5)
    phone.resume()


def away_for_a_moment(phone: VirtualPhone) -> None:
    phone.go_offline()
    time.sleep(0.5)
    phone.come_back()
    phone.connect()


def adbd_crash(phone: VirtualPhone) -> None:
    phone.restart_adbd()
    phone.connect()


def revoke(phone: VirtualPhone) -> None:
    phone.revoke()
    phone.connect()


PASSING: dict[str, Callable[[VirtualPhone], object]] = {
    "reboot": reboot,
    "pause": pause,
    "adbd crash": adbd_crash,
    "adb server killed": lambda phone: phone.server.kill(),
    "offline": away_for_a_moment,
    "clock jump": lambda phone: phone.jump_clock(-86400),
}
LASTING: dict[str, Callable[[VirtualPhone], object]] = {
    "power cut": lambda phone: phone.kill(),
    "unauthorised": revoke,
}


@pytest.fixture
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses and time limits as short as virtual phones need them."""
    monkeypatch.setattr("ghostbench.bench.block.PAUSE_S", 0.2)
    monkeypatch.setattr("ghostbench.workflows.borrowed_phone.PUSH_PAUSE_S", 0.2)
    monkeypatch.setattr("ghostbench.workflows.phone_hold.POLL_S", 0.2)
    monkeypatch.setattr("ghostbench.workflows.phone_hold.LEASE_WAIT_S", 3.0)
    monkeypatch.setattr("ghostbench.device.claim.POLL_S", 0.2)
    monkeypatch.setattr("ghostbench.device.adb.TRANSFER_EXTRA_S", 4.0)
    monkeypatch.setattr("ghostbench.device.android.READ_TIMEOUT_S", 4.0)
    monkeypatch.setattr("ghostbench.device.session_settings.TIMEOUT_S", 4.0)


def try_it(phone: VirtualPhone | str, workspace: Path, *, resume: bool = False) -> str | None:
    """Run a campaign; what it failed with, in the one line that a user sees."""
    wanted = how(phone, workspace, resume=resume, settings=LONG, patience_s=4.0)
    try:
        outcome = time_tiny(wanted, Said())
    except GhostbenchError as error:
        return str(error)
    return outcome.failures[0].reasons[0] if outcome.failures else None


def assert_nothing_is_half_written(phone: VirtualPhone) -> None:
    """A file on the phone is whole, or has a name that nobody takes it for."""
    for path in phone.path(str(FILES)).rglob("*"):
        if path.is_file() and not path.name.endswith(".partial"):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert digest.startswith(path.parent.name)


def assert_all_is_well_again(phone: VirtualPhone, workspace: Path, before: dict[str, str]) -> None:
    kept = [record.record_id for record in records_in(workspace)]
    assert_nothing_is_half_written(phone)
    assert all(result.done for result in restore_phone(phone.serial))
    assert phone.settings() == before
    assert try_it(phone, workspace, resume=True) is None
    after = records_in(workspace)
    assert [
        record.record_id for record in after[: len(kept)]
    ] == kept  # in one campaign: appended to
    assert any(record.measurement for record in after)
    assert phone.settings() == before
    assert not runner_runs(phone)


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ("connecting", "reboot"),
        ("changing settings", "adbd crash"),
        ("comparing", "adb server killed"),
        ("pushing", "adbd crash"),
        ("pushing", "reboot"),
        ("sampling", "reboot"),
        ("sampling", "pause"),
        ("sampling", "adbd crash"),
        ("sampling", "adb server killed"),
        ("sampling", "offline"),
        ("sampling", "clock jump"),
        ("restoring", "adbd crash"),
    ],
)
def test_a_passing_fault_costs_time_and_nothing_else(
    phone: VirtualPhone, adb_server: AdbServer, tmp_path: Path, step: str, fault: str
) -> None:
    before = phone.settings()
    begin = time.monotonic()
    with once(STEPS[step](phone), lambda: PASSING[fault](phone)) as done:
        told = try_it(phone, tmp_path)
    assert time.monotonic() - begin < BOUND_S
    assert done
    if told is not None:
        assert phone.serial in told or f"127.0.0.1:{phone.adb_port}" in told
        assert "\n" not in told
    if step == "sampling":
        assert told is None
    adb_server.ensure_running()
    phone.connect()
    assert_all_is_well_again(phone, tmp_path, before)


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ("connecting", "power cut"),
        ("changing settings", "power cut"),
        ("pushing", "power cut"),
        ("sampling", "power cut"),
        ("restoring", "power cut"),
        ("sampling", "unauthorised"),
    ],
)
def test_a_lasting_fault_ends_the_campaign_with_one_line_and_resume_goes_on(
    phone: VirtualPhone, tmp_path: Path, step: str, fault: str
) -> None:
    before = phone.settings()
    begin = time.monotonic()
    with once(STEPS[step](phone), lambda: LASTING[fault](phone)) as done:
        told = try_it(phone, tmp_path)
    assert time.monotonic() - begin < BOUND_S
    assert done
    if step != "restoring":  # then all was measured
        assert told is not None
        assert phone.serial in told
        assert "\n" not in told
    if fault == "power cut":
        phone.boot()
    phone.authorize()
    phone.connect()
    assert_all_is_well_again(phone, tmp_path, before)


def test_a_runner_that_is_killed_for_its_memory_is_told_with_its_signal(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    with once(lambda: runner_runs(phone), lambda: phone.kill_program(LOADER)):
        told = try_it(phone, tmp_path)
    if told is not None:
        assert "signal 9" in told
    failed = [record for record in records_in(tmp_path) if record.failure]
    assert "signal 9" in str(failed[0].failure)
    assert failed[0].measurement is None


def test_a_runner_that_hangs_is_ended_on_the_phone(phone: VirtualPhone, tmp_path: Path) -> None:
    def hang() -> None:
        for process in phone.processes():
            if process.program == LOADER:
                os.kill(process.outer_id, signal.SIGSTOP)

    with once(lambda: runner_runs(phone), hang):
        try_it(phone, tmp_path)
    failed = [record for record in records_in(tmp_path) if record.failure]
    assert "did not end within 6 s" in str(failed[0].failure)
    assert not runner_runs(phone)


def test_a_full_phone_is_told_and_nothing_half_written_stays(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    before = phone.settings()
    with once(STEPS["pushing"](phone), lambda: phone.fill_storage(free_bytes=0)):
        told = try_it(phone, tmp_path)
    assert told is not None
    assert phone.serial in told
    phone.empty_storage()
    assert_all_is_well_again(phone, tmp_path, before)


def test_a_model_that_is_changed_behind_our_back_is_noticed_and_mended(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    """The runner says which bytes it opened; the next attempt gets the right ones again."""

    def change() -> None:
        (model,) = phone.path(str(FILES)).rglob("tiny_conv.tflite")
        phone.write(f"{FILES}/{model.parent.name}/{model.name}", bytes(model.stat().st_size))

    with once(lambda: runner_runs(phone), change):
        wanted = how(phone, tmp_path, rounds=3, settings=LONG)
        try:
            time_tiny(wanted, Said())
        except GhostbenchError as error:
            assert "changed on the phone" in str(error)  # noqa: PT017  either way is right
    for record in records_in(tmp_path):
        if record.measurement:
            assert record.measurement.loaded.model_sha256 == record.job.model_sha256
    assert any(record.measurement for record in records_in(tmp_path))


def test_garbled_output_is_never_taken_for_samples(phone: VirtualPhone, tmp_path: Path) -> None:
    with phone.link() as link:
        assert "connected" in link.connect()
        with once(lambda: runner_runs(phone), lambda: link.garble_after(400, to_phone=False)):
            wanted = how(link.serial, tmp_path, settings=LONG)
            try:
                time_tiny(wanted, Said())
            except GhostbenchError as error:
                assert link.serial in str(error)  # noqa: PT017  either way is right
    good = [record for record in records_in(tmp_path) if record.measurement]
    for record in good:
        assert record.measurement is not None
        assert record.measurement.end.timed == record.measurement.samples.phase.count("timed")


def test_a_link_that_goes_dead_is_not_waited_for_longer_than_the_block_may_take(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    before = phone.settings()
    with phone.link() as link:
        assert "connected" in link.connect()
        begin = time.monotonic()
        with once(lambda: runner_runs(phone), link.blackhole):
            told = try_it(link.serial, tmp_path)
        assert told is not None
        assert link.serial in told
        assert time.monotonic() - begin < 2 * BOUND_S
        link.clear()
        phone.server.adb("disconnect", link.serial)
        link.connect()
        assert all(result.done for result in restore_phone(link.serial))
    assert phone.settings() == before
