"""What kind of phone to be: a personality, read from `personalities/*.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent / "personalities"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Cores of one kind, which share a clock."""

    cores: int
    implementer: str
    part: str
    lowest_khz: int
    highest_khz: int
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adb:
    """Whom the phone lets in."""

    secure: bool
    knows_the_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpufreq:
    """What the kernel shows of its clocks."""

    access: Literal["readable", "denied", "absent"]
    driver: str
    governor: str
    capped_khz: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermal:
    """What the thermal service and the kernel's thermal zones say."""

    access: Literal["allowed", "denied"]
    sysfs: Literal["readable", "denied"]
    status: int
    hal_ready: bool
    headroom: str
    sensors: tuple[tuple[str, int, int, str, str], ...]
    cooling: tuple[tuple[int, int, str], ...]
    hot_limits_celsius: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What `dumpsys battery` says."""

    level: int
    celsius: float
    millivolts: int
    ac: bool
    usb: bool
    max_charging_microamperes: int
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Screen, lock and modes."""

    wakefulness: str
    locked: bool
    pin: bool
    fixed_performance_supported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Personality:
    """One kind of phone."""

    taskset: Literal["bare", "any"]
    page_bytes: int
    su: bool
    remove: tuple[str, ...]
    missing_services: tuple[str, ...]
    kernel_release: str
    adb: Adb
    properties: Mapping[str, str]
    clusters: tuple[Cluster, ...]
    cpufreq: Cpufreq
    thermal: Thermal
    battery: Battery
    power: Power
    settings: Mapping[str, Mapping[str, str]]

    @property
    def core_count(self) -> int:
        """How many cores it has."""
        return sum(cluster.cores for cluster in self.clusters)


def personality_names() -> list[str]:
    """All there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_personality(name: str) -> Personality:
    """Read one, with those it extends."""
    return personality_from(_read(name))


def personality_from(table: Mapping[str, Any]) -> Personality:
    """A personality from a complete table; a key that means nothing is an error."""
    sections = {
        "adb": Adb,
        "cpufreq": Cpufreq,
        "thermal": Thermal,
        "battery": Battery,
        "power": Power,
    }
    values = {key: _frozen(value) for key, value in table.items() if key not in sections}
    values["clusters"] = tuple(Cluster(**cluster) for cluster in table["clusters"])
    for key, section in sections.items():
        values[key] = section(**{k: _frozen(v) for k, v in table[key].items()})
    return Personality(**values)


def _read(name: str) -> dict[str, Any]:
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    if parent := table.pop("extends", None):
        table = _merged(_read(parent), table)
    return table


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; everything else, lists too, is replaced."""
    result = dict(base)
    for key, value in changes.items():
        both_tables = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both_tables else value
    return result


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
