from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghostbench.core.errors import UsageError
from ghostbench.zoo.calibration import (
    calibration_images,
    folder_source,
    load_image,
    synthetic_image,
    synthetic_source,
)


def never(line: str) -> None:
    raise AssertionError(line)


def save(path: Path, width: int = 12, height: int = 8, colour: object = (255, 0, 127)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), colour).save(path)  # type: ignore[arg-type]  # any colour
    return path


def test_synthetic_images_are_the_same_every_time_and_differ_from_each_other() -> None:
    one, again = ([*calibration_images(synthetic_source(seed=3, count=3), 32)] for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0], one[1])
    other = next(calibration_images(synthetic_source(seed=4, count=1), 32))
    assert not np.array_equal(one[0], other)


def test_synthetic_images_fill_the_range_of_pixels() -> None:
    images = np.concatenate([*calibration_images(synthetic_source(count=16), 64)])
    assert images.shape == (16, 64, 64, 3)
    assert images.dtype == np.float32
    assert images.min() == -1.0
    assert images.max() == 1.0


def test_synthetic_images_are_smooth_where_noise_is_not() -> None:
    image = synthetic_image("any", 64)[0]
    noise = np.random.default_rng(0).normal(0, image.std(), image.shape)
    steps, noise_steps = (np.abs(np.diff(pixels, axis=0)).mean() for pixels in (image, noise))
    assert steps < noise_steps / 2


def test_an_image_is_cut_from_the_middle_and_scaled_to_the_range(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    picture = Image.new("RGB", (300, 100), (0, 0, 0))
    picture.paste((255, 255, 255), (100, 0, 200, 100))
    picture.save(path)
    image = load_image(path, 64)
    assert image.shape == (1, 64, 64, 3)
    assert np.all(image == 1.0)  # the black sides are cut off


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16"])
def test_images_of_any_mode_have_three_channels(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "image.tiff"
    Image.new(mode, (40, 40)).save(path)
    assert load_image(path, 32).shape == (1, 32, 32, 3)


@pytest.mark.parametrize("size", [(1, 1), (1000, 3), (31, 33)])
def test_images_of_any_size_are_brought_to_the_input(tmp_path: Path, size: tuple[int, int]) -> None:
    path = save(tmp_path / "image.png", *size)
    assert load_image(path, 32).shape == (1, 32, 32, 3)


def test_images_are_found_in_folders_within_and_in_every_format(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.PNG", "class/c.webp", "class/deeper/d.bmp"):
        save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    source = folder_source(tmp_path, warn=never)
    assert sorted(path.name for path in source.files) == ["a.jpg", "b.PNG", "c.webp", "d.bmp"]
    assert source.count == 4


def test_no_more_images_are_taken_than_asked_for_and_not_only_the_first(tmp_path: Path) -> None:
    for index in range(40):
        save(tmp_path / f"{index:02}.png", colour=(index, 0, 0))
    source = folder_source(tmp_path, count=10, warn=never)
    assert source.count == len(source.files) == 10
    assert any(path.name >= "20" for path in source.files)


def test_unreadable_images_are_left_out_and_counted(tmp_path: Path) -> None:
    save(tmp_path / "good.png")
    (tmp_path / "text.jpg").write_text("not an image")
    (tmp_path / "empty.png").write_bytes(b"")
    whole = save(tmp_path / "cut.png", 200, 200).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    warnings: list[str] = []
    source = folder_source(tmp_path, warn=warnings.append)
    assert [path.name for path in source.files] == ["good.png"]
    assert len(warnings) == 1
    assert "3 of 4 images cannot be read" in warnings[0]


def test_a_folder_without_a_readable_image_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no readable image"):
        folder_source(tmp_path, warn=never)
    (tmp_path / "bad.jpg").write_text("x")
    with pytest.raises(UsageError, match="no readable image"):
        folder_source(tmp_path, warn=lambda line: None)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        folder_source(tmp_path / "none", warn=never)


def test_the_digest_follows_the_content_of_the_images(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    before = folder_source(tmp_path, warn=never).sha256
    assert folder_source(tmp_path, warn=never).sha256 == before
    save(tmp_path / "a.png", colour=(1, 2, 3))
    assert folder_source(tmp_path, warn=never).sha256 != before
