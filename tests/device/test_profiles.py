"""Device profiles: every one of the checkout loads, and a wrong one is told what is wrong."""

from pathlib import Path

import pytest

from ghostbench.core.errors import SpecError, UnknownName
from ghostbench.device.profiles import find_profile, load_profile, load_profiles

GOOD = 'name = "board"\ntitle = "Board"\ndefault_core = "big"\n[clusters]\nbig = [4, 5]\n'


def written(folder: Path, text: str, name: str = "board") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def test_every_profile_of_the_checkout_loads() -> None:
    profiles = load_profiles()

    assert "host" in profiles
    assert all(profile.name == name for name, profile in profiles.items())


def test_a_profile_of_the_working_directory_comes_first(tmp_path: Path) -> None:
    (tmp_path / "devices").mkdir()
    written(tmp_path / "devices", 'name = "host"\ntitle = "Mine"\ndefault_core = "3"\n', "host")

    assert find_profile("host", tmp_path).title == "Mine"


def test_a_profile_is_read() -> None:
    assert find_profile("host").default_core == "any"


def test_an_unknown_profile_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="host"):
        find_profile("hosst")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('colour = "red"\n' + GOOD, "colour"),
        (GOOD.replace('title = "Board"\n', ""), "title"),
        (GOOD.replace("[4, 5]", '["4"]'), "int"),
        (GOOD.replace('"big"', '"fast"', 1), "fast"),
        (GOOD.replace('"board"', '"other"'), "other"),
        ("name = ", "Invalid value"),
        ('name = "\xff', "board.toml"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_name_and_fault(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        load_profile(written(tmp_path, text))
    assert "board.toml" in str(caught.value)


def test_a_good_profile_keeps_its_clusters(tmp_path: Path) -> None:
    assert load_profile(written(tmp_path, GOOD)).clusters == {"big": (4, 5)}


def test_a_profile_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"absent\.toml"):
        load_profile(tmp_path / "absent.toml")
