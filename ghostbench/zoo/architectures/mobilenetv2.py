"""MobileNetV2 (Sandler et al., 2018): inverted residuals with a linear bottleneck."""

from collections.abc import Iterator

import keras

from ghostbench.zoo.architectures.inverted_residuals import Stage, scaled, stage_blocks
from ghostbench.zoo.architectures.layers import Layers
from ghostbench.zoo.architectures.separable import (
    Block,
    separable_network,
    separable_trunk,
)

ACTIVATION = "relu6"
HEAD_CHANNELS = 1280  # scaled by widths above 1 only
STEM_CHANNELS = 32

# Table 2 of the paper.
STAGES = (
    Stage(3, 1, 16, 1, 1),
    Stage(3, 6, 24, 2, 2),
    Stage(3, 6, 32, 2, 3),
    Stage(3, 6, 64, 2, 4),
    Stage(3, 6, 96, 1, 3),
    Stage(3, 6, 160, 2, 3),
    Stage(3, 6, 320, 1, 1),
)


def blocks(width: float) -> Iterator[Block]:
    """All blocks in order."""
    return stage_blocks(
        STAGES, stem=scaled(STEM_CHANNELS * width), width=width, activation=ACTIVATION
    )


def trunk(layers: Layers, image: keras.KerasTensor, width: float) -> Iterator[keras.KerasTensor]:
    """What each block makes of the image, in order."""
    stem = scaled(STEM_CHANNELS * width)
    return separable_trunk(layers, image, stem, blocks(width), ACTIVATION)


def build(
    *, input_px: int, classes: int, width: float, padding: str, bn_epsilon: float
) -> keras.Model:
    """MobileNetV2 of any width."""
    return separable_network(
        Layers(padding, bn_epsilon),
        name="mobilenetv2",
        input_px=input_px,
        classes=classes,
        stem=scaled(STEM_CHANNELS * width),
        blocks=blocks(width),
        activation=ACTIVATION,
        head=max(HEAD_CHANNELS, scaled(HEAD_CHANNELS * width)),
    )
