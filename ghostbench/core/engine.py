"""What runs models on a device, as `bench` sees it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from ghostbench.core.device import Device
from ghostbench.core.plan import RunSettings
from ghostbench.core.record import EngineInfo
from ghostbench.core.runner_events import RunnerEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line for a device."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]


class Engine(Protocol):
    """A program that times a model and prints what it saw."""

    def info(self) -> EngineInfo:
        """Which engine, exactly."""

    def install(self, device: Device) -> None:
        """Bring to the device what the engine needs there."""

    def command(self, device: Device, model: PurePosixPath, settings: RunSettings) -> Command:
        """The command that runs one block; every setting is stated in it."""

    def events(self, lines: Iterable[str]) -> Iterator[RunnerEvent]:
        """Read what the command printed. Raises RunnerError at the first line that cannot be read."""
