"""MobileNetV1 (Howard et al., 2017): a depthwise convolution, then a 1x1 convolution, thirteen times."""

from collections.abc import Iterator

import keras

from ghostbench.zoo.architectures.inverted_residuals import scaled
from ghostbench.zoo.architectures.layers import Layers
from ghostbench.zoo.architectures.separable import Block, separable_network

STEM_CHANNELS = 32

# Table 1 of the paper: (channels, stride of the first one, how many).
STAGES = ((64, 1, 1), (128, 2, 2), (256, 2, 2), (512, 2, 6), (1024, 2, 2))


def blocks(width: float) -> Iterator[Block]:
    """All blocks in order."""
    for stage, (channels, stride, repeats) in enumerate(STAGES):
        for repeat in range(repeats):
            yield Block(
                name=f"blocks_{stage}_{repeat}",
                kernel=3,
                stride=stride if repeat == 0 else 1,
                out=scaled(channels * width),
                activation="relu6",
                activation_at_end=True,
                residual=False,
            )


def build(
    *, input_px: int, classes: int, width: float, padding: str, bn_epsilon: float
) -> keras.Model:
    """MobileNetV1 of any width."""
    return separable_network(
        Layers(padding, bn_epsilon),
        name="mobilenetv1",
        input_px=input_px,
        classes=classes,
        stem=scaled(STEM_CHANNELS * width),
        blocks=blocks(width),
        activation="relu6",
    )
