"""Which profile of `devices/` fits a phone."""

from collections.abc import Mapping

from ghostbench.core.device import DeviceInfo
from ghostbench.device.android_cores import CoreChoice, choose_core
from ghostbench.device.android_text import parse_cpu_list
from ghostbench.device.profiles import DeviceProfile

# For every phone that no other profile fits.
GENERIC = "generic-arm64"


def profile_of(info: DeviceInfo, profiles: Mapping[str, DeviceProfile]) -> DeviceProfile | None:
    """The profile that names the phone's model and does not name another SoC; the generic one where none does."""
    model, soc = info.facts.get("model", ""), info.facts.get("soc", "")
    for profile in profiles.values():
        other_soc = bool(profile.soc and soc) and not _same_soc(profile.soc or "", soc)
        if model in profile.models and not other_soc:
            return profile
    return profiles.get(GENERIC)


def _same_soc(one: str, other: str) -> bool:
    def plain(name: str) -> str:
        return "".join(filter(str.isalnum, name.lower()))

    return plain(one) in plain(other) or plain(other) in plain(one)


def core_of(info: DeviceInfo, profile: DeviceProfile | None, wanted: str | None) -> CoreChoice:
    """The core to measure on: as wanted, else as the profile says, else the fastest kind there is."""
    return choose_core(
        info,
        wanted,
        default=profile.default_core if profile else "any",
        clusters=profile.clusters if profile else {},
        offline=parse_cpu_list(info.facts.get("cores_offline", "")),
    )
