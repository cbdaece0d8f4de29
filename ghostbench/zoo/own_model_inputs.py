"""Inputs for a model of one's own: images, or numbers where it takes no images, of its shape and in its range."""

from collections.abc import Iterator, Sequence

import numpy as np

from ghostbench.core.errors import UsageError
from ghostbench.zoo.agreement import CHECKED_IMAGES
from ghostbench.zoo.calibration import Pixels, load_picture, synthetic_image
from ghostbench.zoo.random_weights import uniform
from ghostbench.zoo.recipe import CalibrationSource

Range = tuple[float, float]
Shape = Sequence[int]


def checked_inputs(shape: Shape, span: Range) -> list[Pixels]:
    """What every file of the model is checked on; none of it is among what int8 is calibrated on."""
    return [made_input(f"check:{index}", shape, span) for index in range(CHECKED_IMAGES)]


def calibration_inputs(source: CalibrationSource, shape: Shape, span: Range) -> Iterator[Pixels]:
    """What int8 is calibrated on. Raises UsageError when a folder of images is given to what takes no images."""
    if source.folder is None:
        for index in range(source.count):
            yield made_input(f"calibration:{source.seed}:{index}", shape, span)
        return
    if not is_image(shape) or shape[3] not in (1, 3):
        told = " x ".join(map(str, shape))
        raise UsageError(
            f"images of a folder cannot be given to an input of {told}; leave out --calibration"
        )
    _, height, width, channels = shape
    for path in source.files:
        picture = load_picture(path, height, width)
        if channels == 1:
            picture = picture.mean(axis=3, keepdims=True, dtype=np.float32)
        yield _spread(np.repeat(picture, shape[0], axis=0), span)


def made_input(key: str, shape: Shape, span: Range) -> Pixels:
    """An input that depends on the key alone."""
    if not is_image(shape):
        values = 2.0 * uniform(key, int(np.prod(shape))).reshape(shape) - 1.0
        return _spread(values.astype(np.float32), span)
    batch, height, width, channels = shape
    images = [synthetic_image(f"{key}:{index}", max(height, width)) for index in range(batch)]
    cut = np.concatenate(images)[:, :height, :width]
    if channels == 1:
        cut = cut.mean(axis=3, keepdims=True, dtype=np.float32)
    elif channels != 3:
        cut = np.tile(cut, -(-channels // 3))[..., :channels]
    return _spread(cut, span)


def is_image(shape: Shape) -> bool:
    """Whether a shape can be batch, height, width and channels."""
    return len(shape) == 4


def _spread(values: Pixels, span: Range) -> Pixels:
    """From between -1 and 1 to the range of the model."""
    low, high = span
    spread: Pixels = (low + (values + 1.0) * (high - low) / 2.0).astype(np.float32)
    return spread
