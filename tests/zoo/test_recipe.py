from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ghostbench.core.strict import from_json, to_json
from ghostbench.zoo.recipe import (
    CalibrationSource,
    Recipe,
    WeightsSource,
    calibration_label,
    recipe_key,
    weights_label,
)
from tests.zoo.recipes import expecting, images, recipe


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "mobilenetv2"},
        {"input_px": 64},
        {"classes": 11},
        {"options": {"width": 0.5}},
        {"options": {"width": 0.25, "padding": "symmetric"}},
        {"expected": expecting(params=2)},
        {"expected": expecting(macs=2)},
        {"expected": expecting(tolerance_percent=1.0)},
        {"precision": "fp16"},
        {"route": "onnx"},
        {"weights": WeightsSource(seed=1)},
        {"weights": WeightsSource(file=Path("w.safetensors"), sha256="a")},
        {"calibration": images(seed=1)},
        {"calibration": CalibrationSource(count=4, folder=Path("d"), sha256="b")},
        {"tools": {"keras": "4"}},
        {"tools": {"keras": "3", "tensorflow": "2"}},
        {"sources_sha256": "t"},
    ],
)
def test_whatever_changes_the_file_or_its_judgement_changes_the_key(change: dict[str, Any]) -> None:
    base = recipe(calibration=images(), expected=expecting())
    spec = {k: v for k, v in change.items() if hasattr(base.spec, k)}
    rest = {k: v for k, v in change.items() if k not in spec}
    assert recipe_key(replace(base, spec=replace(base.spec, **spec), **rest)) != recipe_key(base)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"title": "Other"},
        {"family": "Other"},
        {"options": {"width": 0.25, "padding": "same"}},  # what is left out has its default
        {"weights": WeightsSource(seed=0)},
    ],
)
def test_what_does_not_matter_to_the_file_leaves_the_key(change: dict[str, Any]) -> None:
    assert recipe_key(recipe(**change)) == recipe_key(recipe())


def test_the_order_of_options_and_tools_does_not_matter() -> None:
    one = recipe(options={"width": 0.5, "padding": "same"}, tools={"a": "1", "b": "2"})
    other = recipe(options={"padding": "same", "width": 0.5}, tools={"b": "2", "a": "1"})
    assert recipe_key(one) == recipe_key(other)


def test_the_same_images_in_another_folder_give_the_same_key() -> None:
    here = CalibrationSource(
        count=1, folder=Path("/here"), files=(Path("/here/a.png"),), sha256="x"
    )
    there = replace(here, folder=Path("/there"), files=(Path("/there/b.png"),))
    assert recipe_key(recipe(calibration=here)) == recipe_key(recipe(calibration=there))


def test_a_recipe_survives_the_way_to_a_worker() -> None:
    sent = recipe(calibration=images(), expected=expecting(), weights=WeightsSource(file=Path("w")))
    received = from_json(to_json(sent), Recipe)
    assert received == sent
    assert recipe_key(received) == recipe_key(sent)


def test_labels_say_where_weights_and_images_come_from() -> None:
    assert weights_label(WeightsSource(seed=3)) == "random(seed=3)"
    assert weights_label(WeightsSource(file=Path("w"), sha256="abc")) == "abc"
    assert calibration_label(images(seed=5)) == "24 synthetic images (seed 5)"
    folder = CalibrationSource(count=2, folder=Path("/photos"), sha256="abc")
    assert calibration_label(folder) == "2 images of /photos, sha256 abc"
