"""A campaign on a virtual phone, and something that goes wrong at a chosen moment of it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ghostbench.core.plan import RunSettings
from ghostbench.core.record import RunRecord
from ghostbench.store.campaign import campaign_folders, load_campaign
from ghostbench.workflows.measure import HowToMeasure, MeasureOutcome
from ghostbench.workflows.phone_hold import PhoneWishes
from ghostbench.workflows.run import run
from tests.virtual_phone.phone import VirtualPhone

TINY = Path(__file__).parents[1] / "fixtures" / "tiny_conv.tflite"
# The phone's cores are made up, the kernel's are this machine's: one that both have.
CORE = str(max(core for core in os.sched_getaffinity(0) if core < 8))
SHORT = RunSettings(min_runs=3, min_ms=1, warmup_min_ms=1, warmup_max_ms=100, timeout_s=20)
RUNNER = "ghostbench-runner"
LOADER = "ld-linux-aarch64.so.1"  # what starts it


class Said:
    """Progress that remembers what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None: ...
    def doing(self, what: str) -> None: ...
    def step(self, steps: int = 1) -> None: ...

    def say(self, line: str) -> None:
        self.lines.append(line)


def how(
    phone: VirtualPhone | str,
    workspace: Path,
    *,
    rounds: int = 1,
    patience_s: float = 3.0,
    resume: bool = False,
    settings: RunSettings = SHORT,
    wishes: PhoneWishes | None = None,
) -> HowToMeasure:
    return HowToMeasure(
        device=phone if isinstance(phone, str) else phone.serial,
        core=CORE,
        settings=settings,
        rounds=rounds,
        resume=resume,
        workspace=workspace,
        phone=replace(wishes or PhoneWishes(), patience_s=patience_s),
    )


def time_tiny(how_to: HowToMeasure, progress: Said | None = None) -> MeasureOutcome:
    return run([str(TINY)], how=how_to, progress=progress or Said())


def records_in(workspace: Path) -> list[RunRecord]:
    """All records of all campaigns there; each campaign must be readable."""
    folders = campaign_folders(workspace / "results")
    return [record for folder in folders for record in load_campaign(folder).records]


def runner_runs(phone: VirtualPhone) -> bool:
    return any(process.program == LOADER for process in phone.processes())


def was_told(phone: VirtualPhone, *words: str, times: int = 1) -> Callable[[], bool]:
    """Whether the phone was given that many commands that hold all these words."""
    return lambda: sum(all(w in c for w in words) for c in phone.commands()) >= times


@contextmanager
def once(is_so: Callable[[], bool], act: Callable[[], object]) -> Iterator[list[float]]:
    """Do something in the background as soon as something is so; gives the moments at which it was done."""
    done: list[float] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            try:
                if is_so():
                    act()
                    done.append(time.monotonic())
                    return
            except OSError:  # the phone's files come and go with it
                pass
            time.sleep(0.002)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()
