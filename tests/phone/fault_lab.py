"""One campaign, one fault at one step of it: how steps are known, what the faults are, what must hold afterwards."""

import hashlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ghostbench.core.errors import GhostbenchError
from ghostbench.core.record import RunRecord
from ghostbench.device.android import FILES
from ghostbench.device.journal import journal_of
from ghostbench.workflows.devices import restore_phone
from tests.phone.hurried import (
    BLOCK_LIMIT_S,
    BOUND_S,
    MARK,
    MOMENT_S,
    PATIENCE_S,
    PAUSE_S,
    RESTART_S,
    hurried,
    with_stub,
)
from tests.phone.lab import LOADER, TINY, Said, once, records_in, time_tiny, was_told
from tests.virtual_phone.link import Link
from tests.virtual_phone.phone import VirtualPhone
from tests.virtual_phone.processes import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A phone, the campaign that is measured on it, and the line between."""

    phone: VirtualPhone
    workspace: Path
    engine: str
    link: Link | None = None
    padding: int = 0  # makes a push last long enough to be hit
    limit_s: float = BLOCK_LIMIT_S
    patience_s: float = PATIENCE_S

    @property
    def serial(self) -> str:
        return self.link.serial if self.link else self.phone.serial

    def run(self, *, resume: bool = False) -> tuple[str | None, Said]:
        """Run a campaign; the one line that it failed with, and what was said on the way."""
        wanted = hurried(self.serial, self.workspace, limit_s=self.limit_s, resume=resume)
        wanted = replace(wanted, phone=replace(wanted.phone, patience_s=self.patience_s))
        if self.engine == "benchmark_model":
            wanted = with_stub(wanted, padding=self.padding)
        said = Said()
        try:
            outcome = time_tiny(wanted, said)
        except GhostbenchError as error:
            return str(error), said
        return (outcome.failures[0].reasons[0] if outcome.failures else None), said

    def runners(self) -> list[Process]:
        """What times the model on the phone now."""
        return [process for process in self.phone.processes() if self._is_runner(process)]

    def _is_runner(self, process: Process) -> bool:
        if self.engine != "benchmark_model":
            return process.program == LOADER
        names = [PurePosixPath(word).name for word in process.argv]
        return "benchmark_model" in names and not {"timeout", "bm_run.sh"} & set(names)


# Steps: whether it has begun. `start` and `sampling` are of the second block, so that one is finished before.

Begun = Callable[[Scene], Callable[[], bool]]


def _times_begun(scene: Scene) -> int:
    return sum("ghostbench-pid" in command for command in scene.phone.commands())


def _times_two(scene: Scene) -> bool:
    if scene.engine != "benchmark_model":
        return _times_begun(scene) >= 2 and bool(scene.runners())
    path = scene.phone.path(MARK)
    return path.exists() and path.read_text().count("timing") >= 2


def _is_comparing_at_the_end(scene: Scene) -> bool:
    commands = scene.phone.commands()
    blocks = [number for number, text in enumerate(commands) if "ghostbench-pid" in text]
    return len(blocks) >= 2 and any("exec sha256sum" in text for text in commands[blocks[-1] :])


STEPS: dict[str, Begun] = {
    "connect": lambda scene: was_told(scene.phone, "section getprop"),
    "settings": lambda scene: was_told(scene.phone, "settings put"),
    "compare": lambda scene: was_told(scene.phone, "exec sha256sum"),
    "push": lambda scene: (
        lambda: any(
            path.stat().st_size for path in scene.phone.path(str(FILES)).rglob(".*.partial")
        )
    ),
    "start": lambda scene: lambda: _times_begun(scene) >= 2,
    "sampling": lambda scene: lambda: _times_two(scene),
    "pull": lambda scene: lambda: _is_comparing_at_the_end(scene),
    "restore": lambda scene: was_told(scene.phone, "window_animation_scale 1.0"),
}


# Faults.


def power_cut(scene: Scene) -> None:
    scene.phone.kill()


def reset(scene: Scene) -> None:
    scene.phone.reboot()


def reboot(scene: Scene) -> None:
    scene.phone.go_offline()  # in good order: adb ends first
    scene.phone.kill()
    time.sleep(RESTART_S)
    scene.phone.boot()


def pause(scene: Scene) -> None:
    scene.phone.pause()
    time.sleep(PAUSE_S)
    scene.phone.resume()


def cable_out_for_a_moment(scene: Scene) -> None:
    assert scene.link
    scene.link.refuse()
    scene.link.reset()
    time.sleep(MOMENT_S)
    scene.link.clear()


def link_dead(scene: Scene) -> None:
    assert scene.link
    scene.link.blackhole()


def adbd_crash(scene: Scene) -> None:
    scene.phone.restart_adbd()


def adb_server_killed(scene: Scene) -> None:
    scene.phone.server.kill()


def unauthorised(scene: Scene) -> None:
    scene.phone.revoke()
    (scene.link or scene.phone).connect()


def offline(scene: Scene) -> None:
    scene.phone.go_offline()
    time.sleep(MOMENT_S)
    scene.phone.come_back()


def storage_full(scene: Scene) -> None:
    scene.phone.fill_storage(free_bytes=0)


def runner_killed(scene: Scene) -> None:
    _signal_runner(scene, signal.SIGKILL)


def runner_hung(scene: Scene) -> None:
    _signal_runner(scene, signal.SIGSTOP)


def _signal_runner(scene: Scene, number: signal.Signals) -> None:
    deadline = time.monotonic() + 5.0
    while not (runners := scene.runners()):  # at the step `start` there is none yet
        assert time.monotonic() < deadline
    for process in runners:
        os.kill(process.outer_id, number)


def clock_jump(scene: Scene) -> None:
    scene.phone.jump_clock(-40 * 86400)


def garbled(scene: Scene) -> None:
    assert scene.link
    scene.link.garble_after(200, to_phone=False)


def file_changed(scene: Scene) -> None:
    """The model, or what is being pushed, is as long as before and something else."""
    folder = scene.phone.path(str(FILES))
    for path in [*folder.rglob(".*.partial"), *folder.rglob(TINY.name)]:
        scene.phone.write(f"{FILES}/{path.relative_to(folder)}", bytes(path.stat().st_size))


# Afterwards.


def heal(scene: Scene) -> None:
    """The phone is on, known, with room, and can be reached."""
    phone = scene.phone
    if not phone.is_on:
        phone.boot()
    phone.empty_storage()
    phone.authorize()
    if scene.link:
        scene.link.clear()
    phone.server.ensure_running()
    (scene.link or phone).connect()


def assert_nothing_is_half_written(phone: VirtualPhone) -> None:
    """A file on the phone is whole, or has a name that nobody takes it for."""
    for path in phone.path(str(FILES)).rglob("*"):
        if path.is_file() and not path.name.endswith(".partial"):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert digest.startswith(path.parent.name), path.name


def assert_all_is_well_again(
    scene: Scene, before: dict[str, str], kept: list[RunRecord], *, resume: bool = True
) -> None:
    """What was changed is restored, what was finished is there, and the campaign can be finished."""
    assert restored(scene)
    assert scene.phone.settings() == before
    assert not journal_of(scene.serial).path.exists()
    if resume:
        told, _ = scene.run(resume=True)
        assert told is None
    after = {record.record_id: record for record in records_in(scene.workspace)}
    assert all(after[record.record_id] == record for record in kept)
    measured = {record.block.round for record in after.values() if record.measurement}
    assert measured == {0, 1} or not resume
    assert scene.phone.settings() == before
    assert not any(scene.phone.path(str(FILES)).rglob(".*.partial"))
    assert nothing_runs_soon(scene)


def restored(scene: Scene) -> bool:
    return all(result.done for result in restore_phone(scene.serial))


def nothing_runs_soon(scene: Scene) -> bool:
    """The watcher of busybox' `timeout` looks once a second whether what it watches has ended, and ends then."""
    deadline = time.monotonic() + 10.0
    while scene.runners() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not scene.runners()


def run_with_fault(
    scene: Scene, step: str, fault: Callable[[Scene], None]
) -> tuple[str | None, Said]:
    """A campaign with that fault at that step, in bounded time; then the phone as it would be mended by hand."""
    begin = time.monotonic()
    with once(STEPS[step](scene), lambda: fault(scene)) as done:
        told, said = scene.run()
    assert time.monotonic() - begin < BOUND_S
    assert done, "the step was over before the fault came"
    heal(scene)
    return told, said
