"""MobileNetV3 (Howard et al., 2019), large and small: inverted residuals, some with squeeze-excite and h-swish."""

from collections.abc import Iterator
from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.layers import Layers, activate, global_average, image_input
from ghostbench.zoo.architectures.rounding import make_divisible
from ghostbench.zoo.architectures.separable import Block, separable_block

SE_RATIO = 0.25  # of the expanded channels
STEM_CHANNELS = 16
# Below this width the stem keeps its channels, as in the networks that were published.
STEM_SCALED_FROM = 0.75


@dataclass(frozen=True, slots=True)
class Row:
    """One or several blocks; the expansion multiplies the input's channels, None means that there is none."""

    kernel: int
    expansion: float | None
    channels: int
    se: bool
    activation: str
    stride: int
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class Size:
    """Large or small: rows by stage, the last convolution, and the layer after the pooling, which is never scaled."""

    stages: tuple[tuple[Row, ...], ...]
    last_channels: int
    head_channels: int


RELU, SWISH = "relu", "hard_swish"

# Tables 1 and 2 of the paper.
SIZES = {
    "large": Size(
        (
            (Row(3, None, 16, False, RELU, 1),),
            (Row(3, 4, 24, False, RELU, 2), Row(3, 3, 24, False, RELU, 1)),
            (Row(5, 3, 40, True, RELU, 2, 3),),
            (
                Row(3, 6, 80, False, SWISH, 2),
                Row(3, 2.5, 80, False, SWISH, 1),
                Row(3, 2.3, 80, False, SWISH, 1, 2),
            ),
            (Row(3, 6, 112, True, SWISH, 1, 2),),
            (Row(5, 6, 160, True, SWISH, 2, 3),),
        ),
        960,
        1280,
    ),
    "small": Size(
        (
            (Row(3, None, 16, True, RELU, 2),),
            (Row(3, 4.5, 24, False, RELU, 2), Row(3, 3.67, 24, False, RELU, 1)),
            (Row(5, 4, 40, True, SWISH, 2), Row(5, 6, 40, True, SWISH, 1, 2)),
            (Row(5, 3, 48, True, SWISH, 1, 2),),
            (Row(5, 6, 96, True, SWISH, 2, 3),),
        ),
        576,
        1024,
    ),
}


def row_blocks(
    layers: Layers, x: keras.KerasTensor, row: Row, width: float, stage: int, number: int
) -> keras.KerasTensor:
    """The blocks of one row; the first of them is number `number` of its stage."""
    for repeat in range(row.repeats):
        inputs = x.shape[-1]
        expanded = None if row.expansion is None else make_divisible(inputs * row.expansion, 8)
        block = Block(
            name=f"blocks_{stage}_{number + repeat}",
            kernel=row.kernel,
            stride=row.stride if repeat == 0 else 1,
            out=make_divisible(row.channels * width, 8),
            activation=row.activation,
            expanded=expanded,
            se_channels=make_divisible((expanded or inputs) * SE_RATIO, 8) if row.se else None,
        )
        x = separable_block(layers, x, block)
    return x


def trunk(
    layers: Layers, image: keras.KerasTensor, size: str, width: float
) -> Iterator[keras.KerasTensor]:
    """What each row of blocks makes of the image, in order."""
    scaled = width >= STEM_SCALED_FROM
    stem = make_divisible(STEM_CHANNELS * width, 8) if scaled else STEM_CHANNELS
    x = layers.stem(image, stem, SWISH)
    for stage, rows in enumerate(SIZES[size].stages):
        number = 0
        for row in rows:
            x = row_blocks(layers, x, row, width, stage, number)
            number += row.repeats
            yield x


def build(
    *,
    input_px: int,
    classes: int,
    size: str,
    width: float,
    padding: str,
    bn_epsilon: float,
) -> keras.Model:
    """MobileNetV3, large or small, of any width."""
    layers = Layers(padding, bn_epsilon)
    table = SIZES[size]
    image = image_input(input_px)
    *_, x = trunk(layers, image, size, width)
    last = f"blocks_{len(table.stages)}_0"
    channels = make_divisible(table.last_channels * width, 8)
    x = layers.conv_norm(x, channels, 1, (f"{last}_conv", f"{last}_bn1"), activation=SWISH)
    x = global_average(x, "global_pool")
    x = layers.conv(x, table.head_channels, 1, "conv_head", bias=True)
    x = activate(x, SWISH, "head_act")
    x = keras.layers.Flatten(name="flatten")(x)
    logits = keras.layers.Dense(classes, name="classifier")(x)
    return keras.Model(image, logits, name=f"mobilenetv3_{size}")
