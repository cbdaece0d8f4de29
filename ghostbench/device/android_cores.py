"""Which cores a phone has, which of them are alike, and which one to measure on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ghostbench.core.device import Core, DeviceInfo
from ghostbench.core.errors import DeviceError, UnknownName, UsageError
from ghostbench.device.android_text import parse_cpu_list, parse_cpu_parts
from ghostbench.device.clusters import name_clusters

# The cluster of a core of which nothing tells how fast it is. It is never taken for equal to another.
UNKNOWN = "unknown"
# Cores by implementer and part number (MIDR_EL1, in the manual of each core), by size within their family.
_ARM, _HISILICON, _QUALCOMM = 0x41, 0x48, 0x51
_SIZES: Mapping[str, Mapping[tuple[int, int], str]] = {
    "little": {
        (_ARM, 0xD03): "Cortex-A53", (_ARM, 0xD04): "Cortex-A35", (_ARM, 0xD05): "Cortex-A55",
        (_ARM, 0xD46): "Cortex-A510", (_ARM, 0xD80): "Cortex-A520", (_QUALCOMM, 0x801): "Kryo 2xx Silver",
        (_QUALCOMM, 0x803): "Kryo 3xx Silver", (_QUALCOMM, 0x805): "Kryo 4xx Silver",
    },
    "big": {
        (_ARM, 0xD08): "Cortex-A72", (_ARM, 0xD09): "Cortex-A73", (_ARM, 0xD0A): "Cortex-A75",
        (_ARM, 0xD0B): "Cortex-A76", (_ARM, 0xD0D): "Cortex-A77", (_ARM, 0xD41): "Cortex-A78",
        (_ARM, 0xD47): "Cortex-A710", (_ARM, 0xD4D): "Cortex-A715", (_ARM, 0xD81): "Cortex-A720",
        (_ARM, 0xD87): "Cortex-A725", (_HISILICON, 0xD40): "Cortex-A76 (Kirin)",
        (_QUALCOMM, 0x800): "Kryo 2xx Gold", (_QUALCOMM, 0x802): "Kryo 3xx Gold", (_QUALCOMM, 0x804): "Kryo 4xx Gold",
    },
    "prime": {
        (_ARM, 0xD44): "Cortex-X1", (_ARM, 0xD48): "Cortex-X2", (_ARM, 0xD4E): "Cortex-X3",
        (_ARM, 0xD82): "Cortex-X4", (_ARM, 0xD85): "Cortex-X925",
    },
}  # fmt: skip
# Fastest first: what is measured on when nobody says.
_ORDER = ("prime", "big", "all", "little", UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreFacts:
    """All cores, and where their clusters come from."""

    cores: tuple[Core, ...]
    clusters_from: str  # "capacity", "maximum clock", "part number", "nothing"
    offline: tuple[int, ...]
    designs: Mapping[int, str]  # core to "Cortex-A76", or to the bare part number


def read_cores(sysfs: Mapping[str, str], cpuinfo: str) -> CoreFacts:
    """The cores from `path=value` lines of /sys/devices/system/cpu and from /proc/cpuinfo."""
    capacity = {i: int(v) for i, v in _per_core(sysfs, "cpu_capacity").items()}
    clock = {i: int(v) for i, v in _per_core(sysfs, "cpufreq/cpuinfo_max_freq").items()}
    parts = parse_cpu_parts(cpuinfo)
    online = _listed(sysfs, "online")
    indices = sorted({*_listed(sysfs, "present"), *_listed(sysfs, "possible"), *online, *parts})
    clusters, source = _clusters(indices, capacity, clock, parts)
    return CoreFacts(
        cores=tuple(
            Core(
                index=i,
                cluster=clusters.get(i, UNKNOWN),
                max_mhz=clock[i] / 1000 if i in clock else None,
                capacity=capacity.get(i),
            )
            for i in indices
        ),
        clusters_from=source,
        offline=tuple(i for i in indices if online and i not in online),
        designs={i: _design(*part) for i, part in parts.items()},
    )


def _listed(sysfs: Mapping[str, str], name: str) -> tuple[int, ...]:
    return parse_cpu_list(sysfs.get(f"/sys/devices/system/cpu/{name}", ""))


def _per_core(sysfs: Mapping[str, str], name: str) -> dict[int, str]:
    found = {}
    for path, value in sysfs.items():
        match = re.fullmatch(rf"/sys/devices/system/cpu/cpu(\d+)/{name}", path)
        if match and value.strip().isdecimal():
            found[int(match[1])] = value.strip()
    return found


def _clusters(
    indices: Sequence[int],
    capacity: Mapping[int, int],
    clock: Mapping[int, int],
    parts: Mapping[int, tuple[int, int]],
) -> tuple[dict[int, str], str]:
    # Kernels without an energy model give every core the same capacity; then the clocks tell more.
    for source, levels in (("capacity", capacity), ("maximum clock", clock)):
        if len(set(levels.values())) > 1:
            return name_clusters(levels), source
    if len(clock) == len(capacity) == len(indices) > 0:
        return name_clusters(clock), "maximum clock"
    # One part number may stand for cores of different clocks, so it never says that cores are alike.
    named = {i: size for i, part in parts.items() for size in _SIZES if part in _SIZES[size]}
    return named, "part number" if named else "nothing"


def _design(maker: int, part: int) -> str:
    for names in _SIZES.values():
        if (maker, part) in names:
            return names[maker, part]
    return f"implementer 0x{maker:02x} part 0x{part:03x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreChoice:
    """The one core that is measured on."""

    index: int
    cluster: str
    reason: str


def choose_core(
    info: DeviceInfo,
    wanted: str | None,
    *,
    default: str = "any",
    clusters: Mapping[str, Sequence[int]] | None = None,
    offline: Sequence[int] = (),
) -> CoreChoice:
    """One core of the cluster, or of the number, that was asked for; the profile's default when nothing was.

    `clusters` of a profile give names to cores where the phone itself says nothing. Core 0 is left to the
    interrupts where there is another one. Raises UnknownName, UsageError or DeviceError.
    """
    cores = _named(info, clusters or {})
    by_name = _by_cluster(cores)
    asked = wanted or default
    if asked.isdecimal():
        return _by_number(int(asked), cores, offline)
    if asked == "any" or (wanted is None and asked not in by_name):
        asked = next((name for name in _ORDER if name in by_name), UNKNOWN)
    if asked not in by_name:
        raise UnknownName(f"cluster of {info.name}", asked, [*by_name, "a core's number"])
    usable = [core for core in by_name[asked] if core.index not in offline]
    if not usable:
        raise DeviceError(
            f"{info.name}: all {asked} cores are switched off; let the phone rest, or choose another cluster"
        )
    # The fastest of the cluster; among equals the last, which is farthest from core 0 and its interrupts.
    best = max(usable, key=lambda core: (core.max_mhz or 0.0, core.index))
    return CoreChoice(
        index=best.index, cluster=asked, reason="asked for" if wanted else "by default"
    )


def _named(info: DeviceInfo, clusters: Mapping[str, Sequence[int]]) -> dict[int, Core]:
    names = {index: name for name, indices in clusters.items() for index in indices}
    cores = {}
    for core in info.cores:
        cluster = (
            names.get(core.index, core.cluster)
            if core.cluster in (UNKNOWN, "all")
            else core.cluster
        )
        cores[core.index] = Core(
            index=core.index, cluster=cluster, max_mhz=core.max_mhz, capacity=core.capacity
        )
    return cores


def _by_cluster(cores: Mapping[int, Core]) -> dict[str, list[Core]]:
    found: dict[str, list[Core]] = {}
    for core in cores.values():
        found.setdefault(core.cluster, []).append(core)
    return found


def _by_number(index: int, cores: Mapping[int, Core], offline: Sequence[int]) -> CoreChoice:
    if index not in cores:
        raise UsageError(
            f"there is no core {index}; the cores are {', '.join(map(str, cores)) or 'not known'}"
        )
    if index in offline:
        raise DeviceError(
            f"core {index} is switched off; let the phone rest, or choose another one"
        )
    return CoreChoice(index=index, cluster=cores[index].cluster, reason="asked for by its number")
