"""MobileNetV2 (Sandler et al., 2018): inverted residuals with a linear bottleneck."""

import keras

from ghostbench.zoo.architectures.layers import Layers, global_average, image_input
from ghostbench.zoo.architectures.rounding import make_divisible
from ghostbench.zoo.architectures.separable import Block, separable_block

EXPANSION = 6
HEAD_CHANNELS = 1280  # scaled by widths above 1 only
STEM_CHANNELS = 32

# Table 2 of the paper: (channels, stride of the first one, how many). The first row has no expansion.
STAGES = ((16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))


def build(
    *, input_px: int, classes: int, width: float, padding: str, bn_epsilon: float
) -> keras.Model:
    """MobileNetV2 of any width."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    stem = make_divisible(STEM_CHANNELS * width, 8)
    x = layers.conv_norm(image, stem, 3, ("conv_stem", "bn1"), stride=2, activation="relu6")
    for stage, (channels, stride, repeats) in enumerate(STAGES):
        for repeat in range(repeats):
            block = Block(
                name=f"blocks_{stage}_{repeat}",
                kernel=3,
                stride=stride if repeat == 0 else 1,
                out=make_divisible(channels * width, 8),
                activation="relu6",
                expanded=x.shape[-1] * EXPANSION if stage > 0 else None,
            )
            x = separable_block(layers, x, block)
    head = max(HEAD_CHANNELS, make_divisible(HEAD_CHANNELS * width, 8))
    x = layers.conv_norm(x, head, 1, ("conv_head", "bn2"), activation="relu6")
    x = global_average(x, "global_pool", keep=False)
    logits = keras.layers.Dense(classes, name="classifier")(x)
    return keras.Model(image, logits, name="mobilenetv2")
