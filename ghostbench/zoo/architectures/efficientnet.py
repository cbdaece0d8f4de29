"""EfficientNet (Tan and Le, 2019): inverted residuals with squeeze-excite and SiLU, scaled in width and depth.

B0 has width and depth 1. Its input is the plain image: where others carry a normalisation inside, this one does not.
"""

import math
from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.layers import Layers, global_average, image_input
from ghostbench.zoo.architectures.rounding import make_divisible
from ghostbench.zoo.architectures.separable import Block, separable_block

HEAD_CHANNELS = 1280
SE_RATIO = 0.25  # of the channels before expansion
STEM_CHANNELS = 32


@dataclass(frozen=True, slots=True)
class Stage:
    """Blocks of one kind; an expansion of 1 means that there is none."""

    kernel: int
    expansion: int
    channels: int
    stride: int
    repeats: int


# Table 1 of the paper.
STAGES = (
    Stage(3, 1, 16, 1, 1),
    Stage(3, 6, 24, 2, 2),
    Stage(5, 6, 40, 2, 2),
    Stage(3, 6, 80, 2, 3),
    Stage(5, 6, 112, 1, 3),
    Stage(5, 6, 192, 2, 4),
    Stage(3, 6, 320, 1, 1),
)


def build(
    *,
    input_px: int,
    classes: int,
    width: float,
    depth: float,
    padding: str,
    bn_epsilon: float,
) -> keras.Model:
    """EfficientNet of any width and depth."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    stem = make_divisible(STEM_CHANNELS * width, 8)
    x = layers.conv_norm(image, stem, 3, ("conv_stem", "bn1"), stride=2, activation="silu")
    for number, stage in enumerate(STAGES):
        for repeat in range(math.ceil(stage.repeats * depth)):
            inputs = x.shape[-1]
            block = Block(
                name=f"blocks_{number}_{repeat}",
                kernel=stage.kernel,
                stride=stage.stride if repeat == 0 else 1,
                out=make_divisible(stage.channels * width, 8),
                activation="silu",
                expanded=inputs * stage.expansion if stage.expansion > 1 else None,
                se_channels=max(1, int(inputs * SE_RATIO)),
                se_activation="silu",
                se_gate="sigmoid",
            )
            x = separable_block(layers, x, block)
    head = make_divisible(HEAD_CHANNELS * width, 8)
    x = layers.conv_norm(x, head, 1, ("conv_head", "bn2"), activation="silu")
    x = global_average(x, "global_pool", keep=False)
    logits = keras.layers.Dense(classes, name="classifier")(x)
    return keras.Model(image, logits, name="efficientnet")
