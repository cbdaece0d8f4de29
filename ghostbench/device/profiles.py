"""What is known of a device before it is asked: one TOML file each, in `devices/`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ghostbench.core.errors import SpecError, UnknownName
from ghostbench.core.folders import find_files
from ghostbench.core.strict import from_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """A known device."""

    name: str  # the file's name without `.toml`
    title: str  # for people
    default_core: str  # "prime", "big", "little", "any", or a number
    clusters: Mapping[str, tuple[int, ...]] = field(
        default_factory=dict
    )  # cluster name to core indices; empty where the device itself is asked
    models: tuple[str, ...] = ()  # what `ro.product.model` says on phones of this kind
    soc: str | None = None
    notes: tuple[str, ...] = ()


def load_profiles(workspace: Path | None = None) -> dict[str, DeviceProfile]:
    """Every profile by name, of the working directory, the checkout and the wheel."""
    paths = find_files("devices", "*.toml", workspace)
    return {path.stem: load_profile(path) for path in paths.values()}


def find_profile(name: str, workspace: Path | None = None) -> DeviceProfile:
    """The profile of that name. Raises UnknownName."""
    profiles = load_profiles(workspace)
    if name not in profiles:
        raise UnknownName("device profile", name, profiles)
    return profiles[name]


def load_profile(path: Path) -> DeviceProfile:
    """Read one file. Raises SpecError naming the file and what is wrong in it."""
    try:
        with path.open("rb") as file:
            profile = from_plain(tomllib.load(file), DeviceProfile)
    except (OSError, ValueError) as cause:  # a TOML error is a ValueError
        raise SpecError(f"{path}: {cause}") from cause
    if profile.name != path.stem:
        raise SpecError(f"{path}: the name is {profile.name!r}, the file is called {path.stem!r}")
    known = {"prime", "big", "little", "any", *profile.clusters}
    if profile.default_core not in known and not profile.default_core.isdecimal():
        raise SpecError(
            f"{path}: default_core {profile.default_core!r} is no cluster and no number"
        )
    return profile
