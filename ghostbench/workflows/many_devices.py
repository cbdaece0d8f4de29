"""The same models on several phones side by side: one campaign for each, and none ends another."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import GhostbenchError, UsageError
from ghostbench.core.progress import Progress
from ghostbench.workflows.measure import HowToMeasure, MeasureOutcome, measure, open_bench


@dataclass(frozen=True, slots=True, kw_only=True)
class OneDevice:
    """What became of one device."""

    device: str
    outcome: MeasureOutcome | None
    error: str | None = None  # one line, when there is no outcome


def run_on_each(
    targets: Sequence[str],
    *,
    devices: Sequence[str],
    how: HowToMeasure,
    progress_of: Callable[[str], Progress],
    precision: str | Sequence[str] = "fp32",
) -> tuple[OneDevice, ...]:
    """Time models on every device at the same time, each in a campaign of its own, in the order of `devices`.

    What goes wrong with one stands in its place and harms no other. After Ctrl-C each device ends the block that it is
    in and is given back as it was, and KeyboardInterrupt goes on. Raises UsageError for a request that cannot be.
    """
    names = tuple(dict.fromkeys(devices))
    if "host" in names and len(names) > 1:
        raise UsageError("driving phones would disturb what is timed on host; time host by itself")
    artifacts = _made_ready(targets, names, precision, how, progress_of(names[0]))
    stop = threading.Event()
    runs = []
    for name in names:
        own = replace(how, device=name, phone=replace(how.phone, sleep=_sleep(stop)))
        runs.append(_Run(artifacts, own, Stoppable(progress_of(name), stop)))
    for run in runs:
        run.start()
    try:
        _wait(runs)
    except KeyboardInterrupt:  # a second one goes through; the journals know what to restore then
        stop.set()
        _wait(runs)
        raise
    return tuple(run.result() for run in runs)


def usable_phones(adb_server: str | None = None) -> tuple[str, ...]:
    """The serials of all phones that can be used. Raises UsageError when there is none, saying what to do."""
    from ghostbench.device.adb_address import server_address
    from ghostbench.device.adb_server import NO_PHONE, list_connected

    found = list_connected(server_address(adb_server))
    usable = tuple(phone.serial for phone in found if phone.usable)
    if not usable:
        told = "; ".join(f"{phone.serial} is {phone.state}: {phone.remedy}" for phone in found)
        raise UsageError(f"no phone can be used: {told}" if told else NO_PHONE)
    return usable


def _made_ready(
    targets: Sequence[str],
    devices: Sequence[str],
    precision: str | Sequence[str],
    how: HowToMeasure,
    progress: Progress,
) -> list[Artifact]:
    """What is to be built and brought to phones is made once, before all would make it at the same time."""
    from ghostbench.engine.bundle_build import have_bundle
    from ghostbench.workflows.run import find_artifacts

    if not targets:
        raise UsageError("name the networks or .tflite files to time")
    precisions = [precision] if isinstance(precision, str) else precision
    artifacts = [
        artifact
        for each in precisions
        for artifact in find_artifacts(
            targets, precision=each, workspace=how.workspace, progress=progress
        )
    ]
    if how.engine == "litert" and any(_is_phone(name) for name in devices):
        have_bundle(progress=progress)
    return artifacts


def _is_phone(name: str) -> bool:
    return name.partition(":")[0] not in ("host", "simulated")


class _Run:
    """A campaign on one device, in a thread of its own."""

    def __init__(
        self, artifacts: Sequence[Artifact], how: HowToMeasure, progress: Progress
    ) -> None:
        self._artifacts, self._how, self._progress = artifacts, how, progress
        self._outcome: MeasureOutcome | None = None
        self._error: BaseException | None = None
        # A daemon: a second Ctrl-C ends the program at once.
        self._thread = threading.Thread(target=self._work, name=how.device, daemon=True)
        # And not `Thread.join`: interrupted by Ctrl-C it takes a thread that still runs for ended (CPython, bpo-45274),
        # so the program would end while a phone is being given back.
        self._ended = threading.Event()

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        self._ended.wait()

    def result(self) -> OneDevice:
        """What became of it. Raises what nobody expected."""
        if self._error is None:
            return OneDevice(device=self._how.device, outcome=self._outcome)
        if isinstance(self._error, GhostbenchError):
            line = " ".join(str(self._error).split())
            return OneDevice(device=self._how.device, outcome=None, error=line)
        raise self._error

    def _work(self) -> None:
        try:
            bench = open_bench(self._how, self._progress)
            self._outcome = measure(self._artifacts, bench, self._progress)
        except BaseException as error:  # noqa: BLE001  carried to the thread that waits
            self._error = error
        finally:
            self._ended.set()


def _wait(runs: Sequence[_Run]) -> None:
    for run in runs:
        run.wait()


def _sleep(stop: threading.Event) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise KeyboardInterrupt

    return sleep


class Stoppable:
    """Progress of one device; whoever begins something and tells of it learns that the user wants to stop."""

    def __init__(self, shown: Progress, stop: threading.Event) -> None:
        self._shown, self._stop = shown, stop

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None:
        """A stage begins. Raises KeyboardInterrupt when the user wants to stop."""
        self._look()
        self._shown.start(title, steps=steps, expected_s=expected_s)

    def doing(self, what: str) -> None:
        """What is being done now. Raises KeyboardInterrupt when the user wants to stop."""
        self._look()
        self._shown.doing(what)

    def step(self, steps: int = 1) -> None:
        """That many steps more are done."""
        self._shown.step(steps)

    def say(self, line: str) -> None:
        """A line that stays."""
        self._shown.say(line)

    def _look(self) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt
