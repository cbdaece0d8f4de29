"""What a check of a phone may find, and all that a check may look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.device import DeviceInfo, DeviceState

PASS, WARN, FAIL, UNKNOWN = "pass", "warn", "fail", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check."""

    name: str  # "free-space"
    verdict: str  # "pass", "warn", "fail", "unknown"
    evidence: str  # what was seen
    remedy: str | None = None  # what to do, unless it passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the checks look at; read once."""

    info: DeviceInfo
    state: DeviceState
    more: Mapping[str, str]  # sections of DOCTOR_SCRIPT
    transport: str  # "usb", "tcp", "emulator"
    files: tuple[Path, ...] = ()  # programs and libraries that are to run on it
    needed_bytes: int = 0  # what is to be pushed
    unrestored: tuple[str, ...] = ()  # settings that an earlier run left changed
    host_time_s: float = 0.0


def passed(name: str, evidence: str) -> Finding:
    """All is well."""
    return Finding(name=name, verdict=PASS, evidence=evidence)


def warned(name: str, evidence: str, remedy: str) -> Finding:
    """It can be measured, with a doubt."""
    return Finding(name=name, verdict=WARN, evidence=evidence, remedy=remedy)


def failed(name: str, evidence: str, remedy: str) -> Finding:
    """It should not be measured like this."""
    return Finding(name=name, verdict=FAIL, evidence=evidence, remedy=remedy)


def unknown(name: str, evidence: str, remedy: str) -> Finding:
    """The phone does not tell."""
    return Finding(name=name, verdict=UNKNOWN, evidence=evidence, remedy=remedy)
