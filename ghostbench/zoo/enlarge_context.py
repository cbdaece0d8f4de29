"""What a score function is given beside the network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghostbench.core.errors import UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.calibration import load_image
from ghostbench.zoo.enlarge_messages import TrainingImage

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreContext:
    """The candidate, the user's images, and what was asked for."""

    spec: ModelSpec
    seed: int
    epochs: int
    training: tuple[TrainingImage, ...] = ()
    held_out: tuple[TrainingImage, ...] = ()
    unreadable: list[str] = field(default_factory=list)  # filled in while images are read

    def pictures(self, images: tuple[TrainingImage, ...]) -> tuple[Pixels, Labels]:
        """(count, height, width, 3) bytes of the candidate's input size, and the classes; the unreadable are left out.

        Raises UsageError when not one can be read.
        """
        pixels, labels = [], []
        for image in images:
            try:
                one = load_image(image.path, self.spec.input_px)[0]
            except (OSError, ValueError, SyntaxError):
                self.unreadable.append(str(image.path))
                continue
            pixels.append(np.round((one + 1) * 127.5).astype(np.uint8))
            labels.append(image.label)
        if not pixels:
            raise UsageError(f"not one of {len(images)} images can be read")
        return np.stack(pixels), np.array(labels, np.int64)


# Higher is better. The network is a `keras.Model` with its initial weights; it takes any number of images at
# once, though it was built for one.
ScoreFunction = Callable[[Any, ScoreContext], float]


def to_floats(pixels: Pixels) -> NDArray[np.float32]:
    """From -1 to 1, as the networks of the zoo take them."""
    return pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)
