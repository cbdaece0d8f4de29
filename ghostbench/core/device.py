"""A machine that models are timed on: what it is, how it is now, and what `bench` asks of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """One CPU core."""

    index: int
    cluster: str  # "prime", "big", "little", or "all" where the cores are alike
    max_mhz: float | None = None  # None where the system hides it
    capacity: int | None = None  # the kernel's 0 to 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """What a device is; does not change while it runs."""

    name: str  # "host", or the serial
    kind: str  # "host", "android", "simulated"
    title: str  # for people: "Pixel 8", "AMD EPYC"
    machine: str  # "x86_64", "aarch64"
    os: str
    kernel: str
    cores: tuple[Core, ...]
    memory_bytes: int | None = None
    page_bytes: int | None = None
    emulated: bool = False  # its timings mean nothing
    virtual: bool = False  # a virtual machine on shared hardware: neighbours may take time away
    build: str | None = None  # the build fingerprint of a phone
    facts: Mapping[str, str] = field(default_factory=dict)  # whatever else it says of itself


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """How a device is at one moment. What cannot be read is absent, never zero."""

    taken_at: str  # ISO 8601, UTC
    load_1min: float | None = None
    core_mhz: Mapping[str, float] = field(default_factory=dict)  # core index to clock
    governors: Mapping[str, str] = field(default_factory=dict)  # core index to cpufreq governor
    temperatures_celsius: Mapping[str, float] = field(default_factory=dict)  # sensor to temperature
    memory_available_bytes: int | None = None
    cpu_busy_s: float | None = None  # all cores together, since boot
    cpu_steal_s: float | None = None  # time a hypervisor gave to others, since boot
    facts: Mapping[str, str] = field(default_factory=dict)


class Device(Protocol):
    """A machine that holds files and runs commands."""

    @property
    def name(self) -> str:
        """The name or serial it is addressed by."""

    def info(self) -> DeviceInfo:
        """What it is."""

    def state(self) -> DeviceState:
        """How it is now. Never called between the first and the last sample of a block."""

    def install(self, local: Path, *, executable: bool = False) -> PurePosixPath:
        """Make sure that the device holds this very file, and say where."""

    def stream(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        """Run a command and yield its output line by line, without the line break.

        Raises CommandFailed when it ends with a non-zero status and CommandTimedOut when it does not end;
        the command is ended too when the iterator is closed early.
        """
