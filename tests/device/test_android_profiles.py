from pathlib import Path

import pytest

from ghostbench.core.device import Core, DeviceInfo
from ghostbench.device.phone_profile import GENERIC, core_of, profile_of
from ghostbench.device.profiles import DeviceProfile, load_profile

FOLDER = Path(__file__).parents[2] / "devices"
PHONES = ("huawei-p30-pro", "pixel-8", "galaxy-s24", GENERIC)
PROFILES = {name: load_profile(FOLDER / f"{name}.toml") for name in PHONES}


def phone(model: str, soc: str = "", *clusters: str) -> DeviceInfo:
    return DeviceInfo(
        name="S",
        kind="android",
        title=model,
        machine="aarch64",
        os="Android",
        kernel="5",
        cores=tuple(Core(index=i, cluster=name) for i, name in enumerate(clusters)),
        facts={name: value for name, value in {"model": model, "soc": soc}.items() if value},
    )


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_the_clusters_of_a_profile_number_every_core_once(profile: DeviceProfile) -> None:
    cores = sorted(core for cluster in profile.clusters.values() for core in cluster)
    assert cores == list(range(len(cores)))
    assert profile.notes


@pytest.mark.parametrize(
    ("model", "soc", "name"),
    [
        ("VOG-L29", "kirin980", "huawei-p30-pro"),
        ("VOG-L29", "", "huawei-p30-pro"),
        ("Pixel 8", "Tensor G3", "pixel-8"),
        ("Pixel 8", "tensor-g3", "pixel-8"),
        ("SM-S921U", "SM8650", "galaxy-s24"),
        ("SM-S921U", "s5e9945", GENERIC),
        ("SM-S921B", "s5e9945", GENERIC),
        ("Something", "SM8650", GENERIC),
        ("", "", GENERIC),
    ],
)
def test_a_phone_finds_its_profile_by_model_and_soc(model: str, soc: str, name: str) -> None:
    profile = profile_of(phone(model, soc), PROFILES)
    assert profile is not None
    assert profile.name == name


def test_without_any_profile_there_is_none_and_the_phone_still_has_a_core() -> None:
    info = phone("X", "", "little", "big")
    assert profile_of(info, {}) is None
    assert core_of(info, None, None).cluster == "big"


def test_a_phone_that_hides_its_clusters_is_read_by_its_profile() -> None:
    info = phone("VOG-L29", "kirin980", *["unknown"] * 8)
    profile = profile_of(info, PROFILES)
    assert core_of(info, profile, None).index == 7
    assert core_of(info, profile, "big").index == 5
    assert core_of(info, profile, "0").index == 0
