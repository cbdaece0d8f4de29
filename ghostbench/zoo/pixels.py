"""Which numbers a network takes for the pixels of an image; no heavy imports.

Random weights are given statistics of images from -1 to 1 (`zoo/conditioning.py`). Trained ones expect what they were
trained on: int8 that is calibrated on anything else has ranges that real inputs leave.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelScale:
    """A pixel p of 0 to 255 becomes (p / 255 - mean) / std, channel by channel."""

    mean: Triple
    std: Triple
    source: str  # where it comes from

    def __str__(self) -> str:
        mean, std = (",".join(f"{value:g}" for value in values) for values in (self.mean, self.std))
        return f"pixels as (p / 255 - mean) / std, mean {mean}, std {std} ({self.source})"


def scale_of_range(low: float, high: float) -> PixelScale:
    """Black becomes `low` and white `high`.

    >>> scale_of_range(0, 255).std[0] * 255
    1.0
    """
    width = high - low
    mean, std = -low / width, 1 / width
    return PixelScale(
        mean=(mean, mean, mean), std=(std, std, std), source=f"--input-range {low:g} {high:g}"
    )


def scaled(image: NDArray[np.float32], scale: PixelScale | None) -> NDArray[np.float32]:
    """An image from -1 to 1 as the network takes it; with None it takes it so."""
    if scale is None:
        return image
    mean, std = np.array(scale.mean), np.array(scale.std)
    taken: NDArray[np.float32] = (((image + 1.0) / 2.0 - mean) / std).astype(np.float32)
    return taken
