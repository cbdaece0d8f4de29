"""Several devices side by side: simulated ones here, virtual phones in tests/phone/test_many_phones.py."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import RunSettings
from ghostbench.core.progress import Progress, Silence
from ghostbench.store.campaign import campaign_folders, load_campaign
from ghostbench.workflows.many_devices import run_on_each
from ghostbench.workflows.measure import HowToMeasure

TINY = str(Path(__file__).parents[1] / "fixtures" / "tiny_conv.tflite")
SHORT = RunSettings(min_runs=3, min_ms=1, warmup_min_ms=1, warmup_max_ms=100)


def how(folder: Path, rounds: int = 2) -> HowToMeasure:
    return HowToMeasure(settings=SHORT, rounds=rounds, workspace=folder)


def silent(name: str) -> Progress:
    return Silence()


def test_each_device_gets_a_campaign_of_its_own(tmp_path: Path) -> None:
    names = ["simulated:1", "simulated:2", "simulated:3"]
    ended = run_on_each([TINY], devices=names, how=how(tmp_path), progress_of=silent)
    assert [one.device for one in ended] == names
    for one in ended:
        assert one.outcome is not None
        assert one.error is None
        (result,) = one.outcome.results
        assert result.device == one.device
        assert len(result.blocks) == 2
    plans = [load_campaign(f).plan for f in campaign_folders(tmp_path / "results")]
    assert {job.device for plan in plans for job in plan.jobs} == set(names)


def test_one_that_fails_does_not_end_the_others(tmp_path: Path) -> None:
    names = ["simulated:x", "simulated:2"]
    broken, fine = run_on_each([TINY], devices=names, how=how(tmp_path), progress_of=silent)
    assert broken.outcome is None
    assert broken.error == "the seed of a simulated device is a whole number, not 'x'"
    assert fine.outcome is not None
    assert fine.outcome.results


def test_a_device_that_is_named_twice_is_measured_once(tmp_path: Path) -> None:
    names = ["simulated", "simulated"]
    assert len(run_on_each([TINY], devices=names, how=how(tmp_path), progress_of=silent)) == 1


def test_host_is_not_timed_while_it_drives_others(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="time host by itself"):
        run_on_each([TINY], devices=["host", "simulated"], how=how(tmp_path), progress_of=silent)


def test_a_file_that_is_not_there_is_told_before_any_device_is_reached(tmp_path: Path) -> None:
    reached: list[str] = []

    def progress_of(name: str) -> Progress:
        reached.append(threading.current_thread().name)
        return Silence()

    with pytest.raises(Exception, match=r"missing\.tflite"):
        run_on_each(
            ["missing.tflite"],
            devices=["simulated", "simulated:2"],
            how=how(tmp_path),
            progress_of=progress_of,
        )
    assert reached == [threading.main_thread().name]


class Interrupted:
    """Progress of the second device; the user presses Ctrl-C in its second block."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop, self._blocks = stop, 0
        self.lines: list[str] = []

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None: ...

    def doing(self, what: str) -> None: ...

    def step(self, steps: int = 1) -> None:
        self._blocks += steps
        if self._blocks == 2:
            self._stop.set()

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_whoever_is_to_stop_learns_it_with_the_next_block_and_keeps_what_is_measured(
    tmp_path: Path,
) -> None:
    from ghostbench.workflows.many_devices import Stoppable
    from ghostbench.workflows.run import run

    stop = threading.Event()
    shown = Interrupted(stop)
    asked = HowToMeasure(device="simulated", settings=SHORT, rounds=50, workspace=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run([TINY], how=asked, progress=Stoppable(shown, stop))
    (folder,) = campaign_folders(tmp_path / "results")
    assert len(load_campaign(folder).records) == 2
    assert any("2 of 50 blocks are kept" in line for line in shown.lines)


def test_what_the_runner_printed_is_kept_beside_the_records(tmp_path: Path) -> None:
    from ghostbench.bench.measure import fold_events
    from ghostbench.engine.runner_wire import read_events
    from ghostbench.store.raw_output import RawOutput
    from ghostbench.workflows.run import run

    asked = HowToMeasure(device="simulated", settings=SHORT, rounds=2, workspace=tmp_path)
    campaign = load_campaign(run([TINY], how=asked).folder)
    assert campaign.records
    for record in campaign.records:
        (lines,) = RawOutput(campaign.folder).read(record.record_id)
        assert fold_events(read_events(lines)) == record.measurement


def test_after_ctrl_c_every_device_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[str] = []

    def slow(artifacts: object, bench: object, progress: Progress) -> None:
        interrupting.set()
        time.sleep(0.5)
        given_back.append("a device")

    def interrupt() -> None:
        interrupting.wait()
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    interrupting = threading.Event()
    monkeypatch.setattr("ghostbench.workflows.many_devices.measure", slow)
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run_on_each(
            [TINY], devices=["simulated:1", "simulated:2"], how=how(tmp_path), progress_of=silent
        )
    assert len(given_back) == 2
