"""MnasNet (Tan et al., 2019): inverted residuals found by a search that measured time on a phone.

A1 has squeeze-excite in three stages. B1 was found without it; the MnasNet that the authors of TensorFlow Lite host,
in several widths, has B1's blocks.
"""

from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.layers import Layers, global_average, image_input
from ghostbench.zoo.architectures.rounding import make_divisible
from ghostbench.zoo.architectures.separable import Block, separable_block

HEAD_CHANNELS = 1280  # never scaled
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
    se: bool = False


# Figures 7 and (for B1) the paper's appendix.
VARIANTS = {
    "a1": (
        Stage(3, 1, 16, 1, 1),
        Stage(3, 6, 24, 2, 2),
        Stage(5, 3, 40, 2, 3, se=True),
        Stage(3, 6, 80, 2, 4),
        Stage(3, 6, 112, 1, 2, se=True),
        Stage(5, 6, 160, 2, 3, se=True),
        Stage(3, 6, 320, 1, 1),
    ),
    "b1": (
        Stage(3, 1, 16, 1, 1),
        Stage(3, 3, 24, 2, 3),
        Stage(5, 3, 40, 2, 3),
        Stage(5, 6, 80, 2, 3),
        Stage(3, 6, 96, 1, 2),
        Stage(5, 6, 192, 2, 4),
        Stage(3, 6, 320, 1, 1),
    ),
}


def build(
    *, input_px: int, classes: int, variant: str, width: float, padding: str, bn_epsilon: float
) -> keras.Model:
    """MnasNet-A1 or B1 of any width."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    stem = make_divisible(STEM_CHANNELS * width, 8)
    x = layers.conv_norm(image, stem, 3, ("conv_stem", "bn1"), stride=2, activation="relu")
    for number, stage in enumerate(VARIANTS[variant]):
        for repeat in range(stage.repeats):
            inputs = x.shape[-1]
            block = Block(
                name=f"blocks_{number}_{repeat}",
                kernel=stage.kernel,
                stride=stage.stride if repeat == 0 else 1,
                out=make_divisible(stage.channels * width, 8),
                activation="relu",
                expanded=inputs * stage.expansion if stage.expansion > 1 else None,
                se_channels=round(inputs * SE_RATIO) if stage.se else None,
                se_gate="sigmoid",
            )
            x = separable_block(layers, x, block)
    x = layers.conv_norm(x, HEAD_CHANNELS, 1, ("conv_head", "bn2"), activation="relu")
    x = global_average(x, "global_pool", keep=False)
    logits = keras.layers.Dense(classes, name="classifier")(x)
    return keras.Model(image, logits, name=f"mnasnet_{variant}")
