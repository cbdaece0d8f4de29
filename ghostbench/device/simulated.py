"""A made-up device: it plays the native runner from a seed, with a truth that a measurement should find out.

No process runs and no time passes. It takes the runner's own command line and speaks its wire format, so that
everything above it is the real thing. It serves tests, and users who want to see how ghostbench behaves.
"""

import hashlib
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import msgspec

from ghostbench.core.device import Core, DeviceInfo, DeviceState
from ghostbench.core.errors import CommandFailed, CommandTimedOut, TransientError
from ghostbench.core.runner_events import EVENT_TYPES, Failure, RunnerEvent, SampleEvent
from ghostbench.device.simulated_faults import Fault
from ghostbench.device.simulated_machine import (
    TOP_MHZ,
    Elapsed,
    MachineFault,
    calm_state,
    state_with,
)
from ghostbench.device.simulated_runner import InstalledFile, SimulatedRunner, Truth

NAME = "simulated"
CORES = 4

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_FOLDER = PurePosixPath("/simulated")
_TYPE_NAMES = {kind: name for name, kind in EVENT_TYPES.items()}


def no_fault(model: str, run: int) -> Fault | None:
    """Nothing goes wrong."""
    return None


def no_machine_fault(run: int) -> MachineFault | None:
    """Nothing disturbs."""
    return None


class SimulatedDevice:
    """Implements `core.device.Device` without any machine. The same seed and calls give the same lines."""

    def __init__(
        self,
        seed: int = 0,
        *,
        truth: Truth | None = None,
        faults: Callable[[str, int], Fault | None] = no_fault,
        machine_faults: Callable[[int], MachineFault | None] = no_machine_fault,
        machine: str | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """`faults` says, by model file and number of the run on this device from 0, what goes wrong in it.

        `machine_faults` says, by number of the run, what goes wrong around it; `facts` are what it says of itself.
        """
        self.seed = seed
        self._truth, self._faults, self._machine_faults = truth or Truth(), faults, machine_faults
        self._facts = dict(facts or {})
        self._machine = machine or platform.machine()
        self._files: dict[PurePosixPath, InstalledFile] = {}
        self._runs = 0
        self._elapsed_s = self._busy_s = self._low_clock_s = self._stolen_s = 0.0
        self._ran_last = False  # the next state is that after a run

    @property
    def name(self) -> str:
        """`simulated`, with the seed where it is not 0."""
        return f"{NAME}:{self.seed}" if self.seed else NAME

    def info(self) -> DeviceInfo:
        """Marked as emulated, so that it is never drawn beside real devices."""
        return DeviceInfo(
            name=self.name,
            kind="simulated",
            title=f"made up from seed {self.seed}",
            machine=self._machine,
            os="simulated",
            kernel="0",
            cores=tuple(Core(index=i, cluster="all", max_mhz=float(TOP_MHZ)) for i in range(CORES)),
            emulated=True,
            facts=self._facts,
        )

    def state(self) -> DeviceState:
        """Calm, unless something is planted around the run that follows, or that has just ended."""
        after, self._ran_last = self._ran_last, False
        fault = self._machine_faults(self._runs - 1 if after else self._runs)
        elapsed = Elapsed(
            seconds=self._elapsed_s,
            busy_s=self._busy_s,
            low_clock_s=self._low_clock_s,
            stolen_s=self._stolen_s,
        )
        taken_at = self.now().isoformat(timespec="milliseconds")
        return state_with(fault, calm_state(taken_at, elapsed), after=after)

    def install(self, local: Path, *, executable: bool = False) -> PurePosixPath:
        """Remember the file by its content."""
        with local.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        path = _FOLDER / sha256[:16] / local.name
        self._files[path] = InstalledFile(
            path=str(path), sha256=sha256, size_bytes=local.stat().st_size
        )
        return path

    def stream(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        """Answer the runner's command line as the runner would; there are no other commands."""
        model, library = self._file_of("--model", argv), self._file_of("--library", argv)
        run, self._runs, self._ran_last = self._runs, self._runs + 1, True
        fault = self._faults(model.name, run)
        if fault == "unplugged":
            raise TransientError(f"{self.name} cannot be reached")
        runner = SimulatedRunner(
            argv,
            model=model,
            library=library,
            truth=self._truth,
            fault=fault,
            seed=self.seed,
            run=run,
        )
        yield from self._told(fault, runner.events(), argv, timeout_s)
        self._pass_run(run, runner.now_ns / 1e9)

    def _pass_run(self, run: int, seconds: float) -> None:
        """Let a run's time pass, and count it as the machine would."""
        fault = self._machine_faults(run)
        self.sleep(seconds)
        self._busy_s += seconds * (CORES + 1 if fault == "other-load" else 1)
        self._low_clock_s += seconds * (0.6 if fault == "throttled-clock" else 0)
        self._stolen_s += seconds * (0.12 if fault == "stolen" else 0)

    def now(self) -> datetime:
        """The made-up time of day."""
        return _EPOCH + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """The made-up clock."""
        return self._elapsed_s

    def sleep(self, seconds: float) -> None:
        """Let made-up time pass."""
        self._elapsed_s += seconds

    def _file_of(self, option: str, argv: Sequence[str]) -> InstalledFile:
        if option not in argv[:-1]:
            raise CommandFailed(self.name, argv, 127, "a simulated device has only the runner")
        path = PurePosixPath(argv[argv.index(option) + 1])
        if path not in self._files:
            raise CommandFailed(self.name, argv, 1, f"{path}: there is no such file")
        return self._files[path]

    def _told(
        self, fault: Fault | None, events: list[RunnerEvent], argv: Sequence[str], timeout_s: float
    ) -> Iterator[str]:
        """The lines of a run, up to where a fault of the process ends or changes them."""
        middle = next(i for i, event in enumerate(events) if isinstance(event, SampleEvent)) + 2
        broken_off = fault in ("crash", "hang", "cut", "refused")
        for place, event in enumerate(events[:middle] if broken_off else events):
            line = _line(event)
            if place != middle or fault not in ("garbled", "lost-line"):
                yield line
            elif fault == "garbled":
                yield line[: len(line) // 2]
        if fault == "crash":
            raise CommandFailed(self.name, argv, -11, "Segmentation fault")
        if fault == "hang":
            self.sleep(timeout_s)
            raise CommandTimedOut(self.name, argv, timeout_s)
        if fault == "refused":
            yield _line(Failure(step="run", status=3, message="an inference returned status 3"))
            raise CommandFailed(self.name, argv, 1)


def _line(event: RunnerEvent) -> str:
    plain = {"type": _TYPE_NAMES[type(event)], **msgspec.to_builtins(event)}
    return msgspec.json.encode(plain).decode()
