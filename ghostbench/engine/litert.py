"""The engine `litert`: our own runner on the LiteRT library of this environment, or of a bundle."""

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from ghostbench.core.device import Device
from ghostbench.core.engine import Command
from ghostbench.core.errors import DeviceError, RunnerError, UsageError
from ghostbench.core.plan import InputSettings, RunSettings
from ghostbench.core.record import EngineInfo
from ghostbench.core.runner_events import RunnerEvent
from ghostbench.engine.runner_binary import find_runner, sha256_of
from ghostbench.engine.runner_wire import read_events

PACKAGE = "ai-edge-litert"
# The runner passes options that are internal to LiteRT and were checked with this version alone.
SUPPORTED_VERSION = "2.3.0"
LIBRARY_NAME = "libLiteRt.so"
_LARGEST_SEED = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The files that time a model on one kind of machine."""

    machine: str
    version: str  # of LiteRT
    runner: Path
    library: Path
    loader: Path | None = None  # the dynamic linker, for a device that has none of its own
    companions: tuple[Path, ...] = ()  # the libraries that the loader finds beside it
    source: str | None = None  # where the files came from, when not from this environment


def local_runtime() -> Runtime:
    """The files for this machine: the LiteRT of this environment, and the runner that fits."""
    runner = find_runner(platform.machine())
    installed = _installed_version()
    return Runtime(
        machine=runner.machine, version=installed, runner=runner.path, library=_library()
    )


class LiteRtEngine:
    """Times a model with ghostbench's own runner."""

    def __init__(self, runtime: Runtime | None = None) -> None:
        self._given = runtime
        self._places: dict[str, dict[Path, PurePosixPath]] = {}  # device name to where files are

    @cached_property
    def runtime(self) -> Runtime:
        """The files in use, found when first needed."""
        return self._given or local_runtime()

    @cached_property
    def _info(self) -> EngineInfo:
        files = (self.runtime.runner, *self._libraries())
        return EngineInfo(
            name="litert",
            version=self.runtime.version,
            files={path.name: sha256_of(path) for path in files},
            source=self.runtime.source,
        )

    def info(self) -> EngineInfo:
        """Which engine, exactly."""
        return self._info

    def files(self) -> dict[Path, bool]:
        """Every file that a device needs, and whether it is to be executable."""
        programs = {self.runtime.runner, self.runtime.loader}
        return {path: path in programs for path in (self.runtime.runner, *self._libraries())}

    def install(self, device: Device) -> None:
        """Bring the runner and its libraries to the device."""
        machine = device.info().machine
        if machine != self.runtime.machine:
            raise DeviceError(
                f"{device.name} is an {machine} machine, these engine files are for {self.runtime.machine}; "
                "make files for it with: ghostbench bundle"
            )
        self._places[device.name] = {
            path: device.install(path, executable=executable)
            for path, executable in self.files().items()
        }

    def command(self, device: Device, model: PurePosixPath, settings: RunSettings) -> Command:
        """The command that runs one block; every setting is stated in it."""
        if device.name not in self._places:
            self.install(device)
        places = self._places[device.name]
        inputs = tuple(str(device.install(Path(file))) for file in settings.inputs.files)
        argv = (
            *self._start(places),
            *("--library", str(places[self.runtime.library])),
            *("--model", str(model)),
            *run_options(settings),
            *(word for file in inputs for word in ("--input", file)),
        )
        # A library that is pushed into every process would be measured too.
        return Command(argv=argv, environment={"LD_PRELOAD": ""})

    def events(self, lines: Iterable[str]) -> Iterator[RunnerEvent]:
        """Read what the command printed. Raises RunnerError at the first line that cannot be read."""
        return read_events(lines)

    def _libraries(self) -> tuple[Path, ...]:
        loader = (self.runtime.loader,) if self.runtime.loader else ()
        return (self.runtime.library, *loader, *self.runtime.companions)

    def _start(self, places: dict[Path, PurePosixPath]) -> tuple[str, ...]:
        runner = str(places[self.runtime.runner])
        if self.runtime.loader is None:
            return (runner,)
        folders = dict.fromkeys(
            str(places[path].parent) for path in (self.runtime.library, *self.runtime.companions)
        )
        return (str(places[self.runtime.loader]), "--library-path", ":".join(folders), runner)


def run_options(settings: RunSettings) -> tuple[str, ...]:
    """Every setting of a run, as the runner's options.

    >>> run_options(RunSettings(threads=1, cpu=3))[:6]
    ('--kernel-mode', 'delegate', '--threads', '1', '--cpu', '3')
    """
    options: dict[str, object] = {
        "--kernel-mode": settings.kernel_mode,
        "--threads": settings.threads,
        "--cpu": "any" if settings.cpu is None else settings.cpu,
        "--warmup-min-runs": settings.warmup_min_runs,
        "--warmup-min-ms": settings.warmup_min_ms,
        "--warmup-max-ms": settings.warmup_max_ms,
        "--warmup-tolerance": settings.warmup_tolerance,
        "--min-runs": settings.min_runs,
        "--min-ms": settings.min_ms,
        "--max-ms": settings.max_ms,
        "--delay-ms": settings.delay_ms,
        "--probe-ms": settings.probe_ms,
    }
    options |= _input_options(settings.inputs)
    return tuple(str(word) for pair in options.items() for word in pair)


def _input_options(inputs: InputSettings) -> dict[str, object]:
    if not 0 <= inputs.seed <= _LARGEST_SEED:
        raise UsageError(f"the input seed must be from 0 to 2^62, not {inputs.seed}")
    return {
        "--distribution": inputs.distribution,
        "--low": inputs.low,
        "--high": inputs.high,
        "--seed": inputs.seed,
    }


def _installed_version() -> str:
    try:
        installed = version(PACKAGE)
    except PackageNotFoundError as cause:
        raise RunnerError(
            f"{PACKAGE} is not installed; install it with: pip install {PACKAGE}=={SUPPORTED_VERSION}"
        ) from cause
    if installed != SUPPORTED_VERSION:
        raise RunnerError(
            f"{PACKAGE} {installed} is installed, but the runner works with {SUPPORTED_VERSION} alone; "
            f"install it with: pip install {PACKAGE}=={SUPPORTED_VERSION}"
        )
    return installed


def _library() -> Path:
    spec = find_spec("ai_edge_litert")  # finds the package without running any of it
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        if (path := Path(folder) / LIBRARY_NAME).is_file():
            return path
    raise RunnerError(
        f"{PACKAGE} is installed without {LIBRARY_NAME}; install it again with: "
        f"pip install --force-reinstall {PACKAGE}=={SUPPORTED_VERSION}"
    )
