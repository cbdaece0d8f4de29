"""A personality's hardware, as the kernel would show it in /sys and /proc/cpuinfo."""

from collections.abc import Iterator

from tests.virtual_phone.personality import Cluster, Personality

CPUS = "/phone/sys/devices/system/cpu"
ZONES = "/phone/sys/class/thermal"
READ_ONLY = 0o444
FEATURES = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp"


def hardware_files(personality: Personality) -> dict[str, tuple[int, str]]:
    """Path on the phone to mode and text."""
    files = {
        "/phone/proc/cpuinfo": _cpuinfo(personality),
        **dict(_cores(personality)),
        **dict(_thermal_zones(personality)),
        f"{CPUS}/kernel_max": "31",
    }
    for name in "online", "possible", "present":
        files[f"{CPUS}/{name}"] = core_list(range(personality.core_count))
    files[f"{CPUS}/offline"] = ""
    if personality.cpufreq.access != "absent":
        files |= dict(_clocks(personality))
    return {path: (READ_ONLY, f"{text}\n") for path, text in files.items()}


def hardware_links(personality: Personality) -> dict[str, str]:
    """Each core's `cpufreq` is a link to the policy of its cluster."""
    if personality.cpufreq.access == "absent":
        return {}
    return {
        f"{CPUS}/cpu{core}/cpufreq": f"../cpufreq/policy{cores[0]}"
        for _, cores in cluster_cores(personality)
        for core in cores
    }


def cluster_cores(personality: Personality) -> Iterator[tuple[Cluster, range]]:
    """Each cluster with the numbers of its cores."""
    first = 0
    for cluster in personality.clusters:
        yield cluster, range(first, first + cluster.cores)
        first += cluster.cores


def core_list(cores: range | list[int]) -> str:
    """Core numbers in the kernel's notation.

    >>> core_list([0, 1, 2, 5, 7, 8])
    '0-2,5,7-8'
    """
    runs: list[list[int]] = []
    for core in cores:
        if runs and core == runs[-1][-1] + 1:
            runs[-1].append(core)
        else:
            runs.append([core])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _cores(personality: Personality) -> Iterator[tuple[str, str]]:
    for number, (cluster, cores) in enumerate(cluster_cores(personality)):
        for core in cores:
            folder = f"{CPUS}/cpu{core}"
            yield f"{folder}/cpu_capacity", str(cluster.capacity)
            yield f"{folder}/online", "1"
            yield f"{folder}/topology/core_id", str(core - cores[0])
            yield f"{folder}/topology/physical_package_id", str(number)
            yield f"{folder}/topology/cluster_id", str(number)
            yield f"{folder}/topology/core_siblings_list", core_list(cores)
            yield f"{folder}/topology/package_cpus_list", core_list(cores)
            yield f"{folder}/topology/thread_siblings_list", str(core)


def _clocks(personality: Personality) -> Iterator[tuple[str, str]]:
    settings = personality.cpufreq
    caps = settings.capped_khz or tuple(c.highest_khz for c in personality.clusters)
    for (cluster, cores), cap_khz in zip(cluster_cores(personality), caps, strict=True):
        policy = f"{CPUS}/cpufreq/policy{cores[0]}"
        steps = _steps_khz(cluster)
        members = " ".join(map(str, cores))
        values = {
            "scaling_driver": settings.driver,
            "scaling_governor": settings.governor,
            "scaling_available_governors": f"performance powersave {settings.governor}",
            "scaling_available_frequencies": " ".join(map(str, steps)),
            "scaling_min_freq": str(cluster.lowest_khz),
            "scaling_max_freq": str(cap_khz),
            "scaling_cur_freq": str(cluster.lowest_khz),
            "cpuinfo_min_freq": str(cluster.lowest_khz),
            "cpuinfo_max_freq": str(cluster.highest_khz),
            "affected_cpus": members,
            "related_cpus": members,
            "stats/time_in_state": "\n".join(
                f"{khz} {1000 * (i + 1)}" for i, khz in enumerate(steps)
            ),
        }
        for name, text in values.items():
            yield f"{policy}/{name}", text


def _steps_khz(cluster: Cluster) -> list[int]:
    """Five clocks from the lowest to the highest."""
    span = cluster.highest_khz - cluster.lowest_khz
    return [cluster.lowest_khz + span * step // 4 for step in range(5)]


def _thermal_zones(personality: Personality) -> Iterator[tuple[str, str]]:
    for number, (celsius, _, _, _, zone) in enumerate(personality.thermal.sensors):
        folder = f"{ZONES}/thermal_zone{number}"
        yield f"{folder}/type", zone
        yield f"{folder}/temp", str(round(float(celsius) * 1000))
        yield f"{folder}/mode", "enabled"
    for number, (level, _, name) in enumerate(personality.thermal.cooling):
        yield f"{ZONES}/cooling_device{number}/type", name
        yield f"{ZONES}/cooling_device{number}/cur_state", str(level)
        yield f"{ZONES}/cooling_device{number}/max_state", "10"


def _cpuinfo(personality: Personality) -> str:
    blocks = [
        f"processor\t: {core}\nBogoMIPS\t: 3.84\nFeatures\t: {FEATURES}\nCPU implementer\t: {cluster.implementer}\n"
        f"CPU architecture: 8\nCPU variant\t: 0x1\nCPU part\t: {cluster.part}\nCPU revision\t: 0\n"
        for cluster, cores in cluster_cores(personality)
        for core in cores
    ]
    return "\n".join([*blocks, f"Hardware\t: {personality.properties['ro.hardware']}"])
