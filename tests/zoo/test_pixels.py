"""What becomes of the pixels that int8 is calibrated on, and when."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.accuracy.preprocessing import preprocessing_for
from ghostbench.core.errors import UnknownName, UsageError
from ghostbench.workflows.convert import trained_on
from ghostbench.zoo.own_model import Wishes
from ghostbench.zoo.pixels import PixelScale, scale_of_range, scaled
from ghostbench.zoo.planning import Asked, plan_recipes
from ghostbench.zoo.recipe import Recipe, recipe_key
from tests.zoo.recipes import recipe

IMAGENET = PixelScale(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), source="test")


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"weights")
    return path


def planned(*names: str, **asked: Any) -> Recipe:
    wanted = Asked(precisions=["int8"], trained_on=trained_on, **asked)
    (found,) = plan_recipes(names, wanted, workspace=None, warn=lambda line: None)
    return found


def test_black_and_white_become_what_the_formula_says() -> None:
    image = np.array([[[[-1.0] * 3, [1.0] * 3]]], np.float32)

    (black, white) = scaled(image, IMAGENET)[0, 0]

    assert black == pytest.approx([-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225])
    assert white == pytest.approx([0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225])


@pytest.mark.parametrize("span", [(0.0, 1.0), (0.0, 255.0), (-1.0, 1.0), (-2.0, 6.0)])
def test_a_range_is_kept_at_both_ends(span: tuple[float, float]) -> None:
    image = np.array([[[[-1.0] * 3, [1.0] * 3]]], np.float32)

    found = scaled(image, scale_of_range(*span))

    assert (found.min(), found.max()) == pytest.approx(span)


def test_without_a_scale_an_image_stays_as_it_is() -> None:
    image = np.zeros((1, 2, 2, 3), np.float32)

    assert scaled(image, None) is image


@pytest.mark.parametrize("name", ["ghostnet-1.0x", "mobilenetv1-1.0x"])
def test_trained_weights_take_what_accuracy_prepares(trained: Path, name: str) -> None:
    found = planned(name, weights=trained)

    expected = preprocessing_for(found.spec.family, found.spec.input_px)
    assert found.pixels is not None
    assert (found.pixels.mean, found.pixels.std) == (expected.mean, expected.std)
    assert expected.source in str(found.pixels)


def test_random_weights_take_from_minus_1_to_1() -> None:
    assert planned("ghostnet-1.0x").pixels is None


def test_the_range_of_trained_weights_can_be_told(trained: Path) -> None:
    found = planned("ghostnet-1.0x", weights=trained, own=Wishes(input_range=(0.0, 1.0)))

    assert found.pixels == scale_of_range(0.0, 1.0)


def test_a_range_for_random_weights_is_refused() -> None:
    with pytest.raises(UsageError, match="random weights take -1 to 1"):
        planned("ghostnet-1.0x", own=Wishes(input_range=(0.0, 1.0)))


def test_a_range_that_cannot_be_is_refused(trained: Path) -> None:
    with pytest.raises(UsageError, match="the smaller one first"):
        planned("ghostnet-1.0x", weights=trained, own=Wishes(input_range=(1.0, 0.0)))


def test_ends_that_nobody_knows_are_refused() -> None:
    with pytest.raises(UnknownName, match="int8 ends"):
        planned("ghostnet-1.0x", int8_io="uint8")


def test_scale_and_ends_change_the_key_and_where_the_scale_is_from_does_not() -> None:
    keys = [
        recipe_key(recipe(**more))
        for more in (
            {},
            {"pixels": IMAGENET},
            {"int8_io": "float"},
            {"pixels": scale_of_range(0, 1)},
        )
    ]
    other = PixelScale(mean=IMAGENET.mean, std=IMAGENET.std, source="elsewhere")

    assert len(set(keys)) == 4
    assert recipe_key(recipe(pixels=other)) == keys[1]


def test_trained_weights_of_timm_need_their_range_for_int8(trained: Path) -> None:
    with pytest.raises(UsageError, match=r"--input-range -2\.12 2\.64"):
        planned("timm:mobilenetv3_large_100", weights=trained)
