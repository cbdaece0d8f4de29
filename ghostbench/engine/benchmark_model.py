"""The engine `benchmark_model`: the tool that everyone knows, as a second opinion.

It tells of no single inference but the first, only of all together; that is kept as what it is, a `TimingSummary`, and
never made up into samples. See docs/decisions/0007-benchmark-model.md.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from ghostbench.core.device import Device
from ghostbench.core.engine import Command
from ghostbench.core.errors import DeviceError, RunnerError, RunnerGaveUp, UsageError
from ghostbench.core.plan import RunSettings
from ghostbench.core.record import EngineInfo
from ghostbench.core.runner_events import RunnerEvent
from ghostbench.engine.bm_classic import parse_classic
from ghostbench.engine.bm_compiled import parse_compiled
from ghostbench.engine.bm_events import log_events
from ghostbench.engine.bm_fetch import Fetched, fetch, program_cache
from ghostbench.engine.bm_frame import Frame, read_frame
from ghostbench.engine.bm_log import BenchmarkLog
from ghostbench.engine.bm_options import check_answer, run_options
from ghostbench.engine.bm_program import CLASSIC, Program, read_program
from ghostbench.engine.bm_sources import is_source, source_of
from ghostbench.engine.runner_binary import sha256_of

NAME = "benchmark_model"
SCRIPT = "bm_run.sh"


class BenchmarkModelEngine:
    """Times a model with one of the two programs called benchmark_model."""

    def __init__(
        self,
        program: Path | str,
        flavour: str | None = None,
        *,
        cache: Path | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        """`program` is a file, or an address, `classic`, `compiled` or `compiled@VERSION`: fetched for the device.

        `flavour` says which of the two a file is, where the file does not tell itself.
        """
        self._asked = str(program)
        self._cache = cache or program_cache()
        self._program: Program | None = None
        if not is_source(str(program)):
            self._program = read_program(Path(program).expanduser(), flavour)
        self._places: dict[str, tuple[PurePosixPath, PurePosixPath]] = {}  # program, script
        self._warn = warn

    def info(self) -> EngineInfo:
        """Which engine, exactly. A program that is to be fetched is known once it was installed."""
        program = self._found()
        return EngineInfo(
            name=NAME,
            version=f"{program.flavour} {program.sha256[:12]}",
            files={NAME: program.sha256, SCRIPT: sha256_of(_script())},
            source=program.source,
        )

    def choose_for(self, device: Device) -> None:
        """Have the program for a device. Raises RunnerError when there is none, DeviceError for another machine's."""
        info = device.info()
        if self._program is None:
            self._program = self._fetched(_system(info.kind), info.machine)
        program = self._found()
        if program.machine not in (None, *_RUNS.get(info.machine, (info.machine,))):
            raise DeviceError(
                f"{device.name} is an {info.machine} machine, {program.path.name} is a program for {program.machine}; "
                "give one for it with --runner"
            )

    def install(self, device: Device) -> None:
        """Bring the program to the device, once it is known to be one for it."""
        self.choose_for(device)
        program = self._found()
        self._places[device.name] = (
            device.install(program.path, executable=True),
            device.install(_script(), executable=True),
        )

    def command(self, device: Device, model: PurePosixPath, settings: RunSettings) -> Command:
        """The command that runs one block; every setting is stated in it."""
        if device.name not in self._places:
            self.install(device)
        if any(ord(character) < 32 for character in str(model)):
            raise UsageError(
                f"benchmark_model cannot be given a path with a line break: {str(model)!r}"
            )
        program, script = self._places[device.name]
        options = run_options(settings, self._found().flavour)
        argv = (
            *("sh", str(script)),
            *_pinning(device.info().kind, settings),
            *(str(model), str(program), f"--graph={model}", *options),
        )
        # A library that is pushed into every process would be measured too.
        return Command(argv=argv, environment={"LD_PRELOAD": ""})

    def events(self, lines: Iterable[str]) -> Iterator[RunnerEvent]:
        """Read what the command printed. Raises RunnerError when it is not whole, failed, or not what was asked for."""
        frame = read_frame(lines)
        if frame.status:
            raise RunnerGaveUp(NAME, frame.status, _last_words(frame))
        log = self._read(frame)
        check_answer(log, frame.arguments)
        yield from log_events(log, frame)

    def _read(self, frame: Frame) -> BenchmarkLog:
        program = self._found()
        if frame.program_sha256 != program.sha256:
            raise RunnerError(
                f"the device ran another benchmark_model (SHA-256 {frame.program_sha256[:12]}) than was brought there"
            )
        parse = parse_classic if program.flavour == CLASSIC else parse_compiled
        return parse(frame.stdout, frame.stderr)

    def _found(self) -> Program:
        if self._program is None:
            raise RunnerError(
                "benchmark_model has not been fetched yet: install it on a device first"
            )
        return self._program

    def _fetched(self, system: str, machine: str) -> Program:
        source = source_of(self._asked, system=system, machine=machine)
        fetched = fetch(source.url, self._cache)
        if fetched.warning and self._warn:
            self._warn(fetched.warning)
        return read_program(fetched.path, source.flavour, _described(fetched, moving=source.moving))


# A machine runs its own programs and the 32-bit ones of its kind.
_RUNS = {"x86_64": ("x86_64",), "aarch64": ("aarch64", "armv7l"), "arm64": ("aarch64", "armv7l")}


def _script() -> Path:
    return Path(__file__).resolve().parent / SCRIPT


def _system(kind: str) -> str:
    return "android" if kind == "android" else "linux"


def _described(fetched: Fetched, *, moving: bool) -> str:
    return f"{fetched.url} (a moving address)" if moving else fetched.url


def _pinning(kind: str, settings: RunSettings) -> tuple[str, str, str]:
    """How to pin, where to, and after how many seconds the device itself ends the program."""
    # A phone may lose its host while the program hangs; on this machine nothing outlives the caller's own limit.
    limit = "0" if kind == "host" else str(int(settings.timeout_s) + 1)
    if settings.cpu is None:
        return "none", "-", limit
    if kind == "host":
        return sys.executable, str(settings.cpu), limit
    return "taskset", f"{1 << settings.cpu:x}", limit  # toybox takes bare hex alone


def _last_words(frame: Frame) -> str:
    told = [line.strip() for line in (frame.stderr or frame.stdout).splitlines() if line.strip()]
    how = (
        f"it was ended by signal {frame.status - 128}"
        if frame.status > 128
        else f"it ended with status {frame.status}"
    )
    return f"{how}: {told[-1][:200]}" if told else how
