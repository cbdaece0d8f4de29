import hashlib
from pathlib import Path
from typing import Any

import pytest

from ghostbench.zoo.planning import Asked, by_network, plan_recipes
from ghostbench.zoo.recipe import Recipe
from tests.zoo.recipes import expecting, recipe

TINY = "mobilenetv1-0.25x:input_px=32,classes=10"


def plan(
    folder: Path, names: list[str], warnings: list[str] | None = None, **more: Any
) -> list[Recipe]:
    asked = Asked(**{"precisions": ["fp32"], **more})
    warn = (warnings if warnings is not None else []).append
    return plan_recipes(names, asked, workspace=folder, warn=warn)


def test_names_come_first_and_precisions_within_them(tmp_path: Path) -> None:
    recipes = plan(tmp_path, [TINY, "ghostnet-1.0x"], precisions=["int8", "fp32", "int8"])
    assert [(r.spec.name.partition("-")[0], r.precision) for r in recipes] == [
        ("mobilenetv1", "int8"), ("mobilenetv1", "fp32"), ("ghostnet", "int8"), ("ghostnet", "fp32"),
    ]  # fmt: skip


def test_only_int8_depends_on_calibration(tmp_path: Path) -> None:
    fp32, int8 = plan(tmp_path, [TINY], precisions=["fp32", "int8"])
    assert fp32.calibration is None
    assert int8.calibration is not None
    assert int8.calibration.count == 64


def test_images_that_nothing_needs_are_said_so_and_not_read(tmp_path: Path) -> None:
    warnings: list[str] = []
    plan(tmp_path, [TINY], warnings, calibration=tmp_path / "none")
    assert len(warnings) == 1
    assert "used for int8 only" in warnings[0]


def test_weights_are_known_by_their_content(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"weights")
    (of,) = plan(tmp_path, [TINY], weights=file)
    assert of.weights.sha256 == hashlib.sha256(b"weights").hexdigest()
    assert of.weights.file == file


@pytest.mark.parametrize("count", [1, 3])
def test_files_of_one_network_are_built_together_and_none_twice(count: int) -> None:
    one, other = recipe(name="a"), recipe(name="b")
    int8 = recipe(name="a", precision="int8")
    groups = [*by_network([one, other, int8] * count)]
    assert sorted(groups, key=len) == [(other,), (one, int8)]


def test_the_network_that_takes_longest_is_built_first() -> None:
    small = recipe(name="small", expected=expecting(macs=10**6))
    large = recipe(name="large", expected=expecting(macs=10**9))
    middle = recipe(name="middle", expected=expecting(macs=10**8))
    ordered = [group[0].spec.name for group in by_network([small, large, middle])]
    assert ordered == ["large", "middle", "small"]
