from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.errors import UsageError
from ghostbench.zoo.calibration import folder_source, synthetic_image, synthetic_source
from ghostbench.zoo.own_model_inputs import calibration_inputs, checked_inputs, made_input


@pytest.mark.parametrize(
    "shape", [(1, 32, 32, 3), (2, 24, 40, 3), (1, 40, 24, 1), (1, 8, 8, 5), (1, 20), (1, 6, 7)]
)
def test_inputs_have_the_shape_and_fill_the_range(shape: tuple[int, ...]) -> None:
    made = np.stack(checked_inputs(shape, (10.0, 20.0)))
    assert made.shape[1:] == shape
    assert made.dtype == np.float32
    assert 10.0 <= made.min() < 13.0
    assert 17.0 < made.max() <= 20.0
    assert not np.array_equal(made[0], made[1])


def test_a_square_image_from_minus_one_to_one_is_the_zoos() -> None:
    made = made_input("key", (1, 16, 16, 3), (-1.0, 1.0))
    np.testing.assert_allclose(made, synthetic_image("key:0", 16), atol=1e-6)


def test_nothing_is_checked_on_what_it_was_calibrated_on() -> None:
    shape, span = (1, 16, 16, 3), (0.0, 1.0)
    calibrated = [*calibration_inputs(synthetic_source(count=8), shape, span)]
    for image in checked_inputs(shape, span):
        assert not any(np.array_equal(image, other) for other in calibrated)


def test_images_of_a_folder_are_cut_to_the_shape_and_brought_to_the_range(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (90, 60), (255, 255, 255)).save(tmp_path / "white.png")
    Image.new("RGB", (60, 90), (0, 0, 0)).save(tmp_path / "black.png")
    source = folder_source(tmp_path, warn=print)
    images = [*calibration_inputs(source, (1, 20, 30, 1), (0.0, 255.0))]
    assert {image.shape for image in images} == {(1, 20, 30, 1)}
    assert sorted({float(image.mean()) for image in images}) == [0.0, 255.0]
    with pytest.raises(
        UsageError, match="images of a folder cannot be given to an input of 1 x 20"
    ):
        next(calibration_inputs(source, (1, 20), (0.0, 1.0)))
