"""FBNetV2-L1 (Wan et al., 2020): a search over channels and expansions as well as blocks, by masks on channels.

Table and rules are those of the authors' repository (facebookresearch/mobile-vision, FBNetV2_L1). Its FBNetV2-L2 is
the same network on images of 256 pixels.
"""

from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.layers import Layers, activate, global_average, image_input
from ghostbench.zoo.architectures.rounding import make_divisible
from ghostbench.zoo.architectures.separable import Block, separable_block

ACTIVATION = "hard_swish"
CHANNEL_MULTIPLE = 8
HEAD_CHANNELS = 1984
HEAD_EXPANSION = 6
LEAST_SHARE = 0.95  # of channels, where they are rounded
SE_RATIO = 0.25
STEM_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One block. Kernel 0 stands for a "skip": a plain 1x1 convolution with ReLU, or nothing at all."""

    kernel: int
    expansion: float
    channels: int
    stride: int = 1
    se: bool = False


SKIP = 0

STAGES = (
    (Row(3, 1, 16),),
    (Row(5, 5.4566, 24, 2), Row(5, 1.7912, 24), Row(3, 1.7912, 24), Row(5, 1.7912, 24)),
    (
        Row(5, 5.3501, 40, 2, se=True),
        Row(5, 3.5379, 32, se=True),
        Row(5, 4.5379, 32, se=True),
        Row(5, 4.5379, 32, se=True),
    ),
    (
        Row(5, 5.7133, 64, 2),
        Row(3, 2.1212, 64),
        Row(3, 3.1246, 64),
        Row(3, 5.0333, 112),
        Row(5, 2.5070, 112, se=True),
        Row(5, 1.7712, 112, se=True),
        Row(5, 2.7712, 112, se=True),
        Row(5, 3.7712, 112, se=True),
        Row(5, 3.7712, 112, se=True),
    ),
    (
        Row(3, 5.5685, 184, 2, se=True),
        Row(5, 2.8400, 184, se=True),
        Row(5, 2.8400, 184, se=True),
        Row(5, 4.8754, 184, se=True),
        Row(5, 4.8754, 184, se=True),
        Row(SKIP, 1, 224),
    ),
)


def scaled(channels: float) -> int:
    """Channels as the authors round them."""
    return make_divisible(channels, CHANNEL_MULTIPLE, least_share=LEAST_SHARE)


def row_block(layers: Layers, x: keras.KerasTensor, row: Row, name: str) -> keras.KerasTensor:
    """One block of the table."""
    if row.kernel == SKIP:
        names = (f"{name}_conv", f"{name}_bn1")
        return layers.conv_norm(x, row.channels, 1, names, activation="relu")
    expanded = scaled(x.shape[-1] * row.expansion)
    block = Block(
        name=name,
        kernel=row.kernel,
        stride=row.stride,
        out=row.channels,
        activation=ACTIVATION,
        expanded=expanded if expanded != x.shape[-1] else None,
        se_channels=scaled(int(expanded * SE_RATIO)) if row.se else None,
        se_activation=ACTIVATION,
    )
    return separable_block(layers, x, block)


def build(*, input_px: int, classes: int, padding: str, bn_epsilon: float) -> keras.Model:
    """FBNetV2-L1."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    x = layers.stem(image, STEM_CHANNELS, ACTIVATION)
    for number, rows in enumerate(STAGES):
        for position, row in enumerate(rows):
            x = row_block(layers, x, row, f"blocks_{number}_{position}")
    last = f"blocks_{len(STAGES)}_0"
    names = (f"{last}_conv", f"{last}_bn1")
    x = layers.conv_norm(x, scaled(x.shape[-1] * HEAD_EXPANSION), 1, names, activation=ACTIVATION)
    x = global_average(x, "global_pool")
    x = activate(layers.conv(x, HEAD_CHANNELS, 1, "conv_head"), ACTIVATION, "head_act")
    x = keras.layers.Flatten(name="flatten")(x)
    logits = keras.layers.Dense(classes, name="classifier")(x)
    return keras.Model(image, logits, name="fbnetv2_l1")
