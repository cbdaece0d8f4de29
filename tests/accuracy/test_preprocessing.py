from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ghostbench.accuracy.preprocessing import prepare, preprocessing_for
from ghostbench.core.accuracy import Preprocessing

PLAIN = Preprocessing(
    resize_px=0, crop_px=4, interpolation="bilinear", mean=(0, 0, 0), std=(1, 1, 1), source="test"
)


def save(path: Path, pixels: NDArray[Any]) -> Path:
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def test_the_middle_is_cut_out(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3))
    found = prepare(save(tmp_path / "a.png", pixels), PLAIN)
    assert found.shape == (1, 4, 4, 3)
    np.testing.assert_allclose(found[0], pixels[1:5, 2:6] / 255, atol=1e-6)


def test_each_channel_has_its_mean_and_deviation(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", np.full((4, 4, 3), (255, 0, 51)))
    recipe = preprocessing_for("GhostNet", 224)
    found = prepare(
        path,
        Preprocessing(
            resize_px=4, crop_px=4, interpolation="bicubic", mean=recipe.mean, std=recipe.std, source=""
        ),
    )  # fmt: skip
    wanted = (np.array([1, 0, 0.2]) - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(found[0, 2, 2], wanted, rtol=1e-5)


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "P", "1", "I;16"])
def test_every_kind_of_picture_becomes_three_channels(tmp_path: Path, mode: str) -> None:
    suffix = ".jpg" if mode == "CMYK" else ".png"
    Image.new(mode, (9, 7)).save(tmp_path / f"a{suffix}")
    assert prepare(tmp_path / f"a{suffix}", PLAIN).shape == (1, 4, 4, 3)


def test_the_short_side_is_scaled_and_the_long_side_keeps_its_share(tmp_path: Path) -> None:
    pixels = np.zeros((40, 80, 3))
    pixels[:, 30:50] = 255  # a stripe in the middle, a quarter of the width
    recipe = Preprocessing(
        resize_px=8, crop_px=8, interpolation="bilinear", mean=(0, 0, 0), std=(1, 1, 1), source=""
    )
    row = prepare(save(tmp_path / "a.png", pixels), recipe)[0, 4, :, 0]
    assert row[3:5].min() > 0.9
    assert row[[0, 7]].max() < 0.1


def test_recipes_know_the_families_and_the_sizes() -> None:
    fbnet, b1 = preprocessing_for("FBNet", 224), preprocessing_for("EfficientNet", 240)
    assert (fbnet.resize_px, fbnet.interpolation) == (256, "bilinear")
    assert (b1.resize_px, b1.interpolation) == (272, "bicubic")
    assert preprocessing_for("GhostNet", 224).interpolation == "bicubic"
    assert preprocessing_for("MobileNetV1", 224).mean == (0.5, 0.5, 0.5)
    lite = preprocessing_for("EfficientNet-Lite", 300)
    assert (lite.resize_px, lite.interpolation) == (342, "bilinear")
    black, white = ((pixel / 255 - lite.mean[0]) / lite.std[0] for pixel in (0, 255))
    assert (black, white) == pytest.approx((-127 / 128, 1.0))
    assert preprocessing_for("ResNet", 32).resize_px == 0
    assert preprocessing_for(None, 224).resize_px == 256
