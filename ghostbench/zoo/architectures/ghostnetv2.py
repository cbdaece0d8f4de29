"""GhostNetV2 (Tang et al., 2022): GhostNet, with an attention over long distances on what the first modules make.

The attention (the paper: decoupled fully connected) looks at half the resolution along rows, then along columns. The
first two bottlenecks have none.
"""

import keras

from ghostbench.zoo.architectures.ghost_blocks import (
    BATCH_NORM_EPSILON,
    Bottleneck,
    finish_bottleneck,
    ghost_module,
)
from ghostbench.zoo.architectures.ghostnet import (
    FLAVOURS,
    LAST_CHANNELS,
    STAGES,
    STEM_CHANNELS,
    bottlenecks,
    head,
)
from ghostbench.zoo.architectures.layers import Layers, activate, image_input
from ghostbench.zoo.architectures.moving import enlarge_nearest

ATTENTION_SIZE = 5  # of its row and its column
WITHOUT_ATTENTION = 2  # bottlenecks


def attention(layers: Layers, x: keras.KerasTensor, channels: int, name: str) -> keras.KerasTensor:
    """A weight from 0 to 1 for every value of `channels` maps of the size of `x`."""
    _, height, width, _ = x.shape
    y = keras.layers.AveragePooling2D(
        2, strides=2, padding="valid", data_format="channels_last", name=f"{name}_pool"
    )(x)
    y = layers.conv_norm(y, channels, 1, (f"{name}_short_conv_0", f"{name}_short_conv_1"))
    along_row, along_column = (1, ATTENTION_SIZE), (ATTENTION_SIZE, 1)
    names = (f"{name}_short_conv_2", f"{name}_short_conv_3")
    y = layers.depthwise_norm(y, along_row, names)
    names = (f"{name}_short_conv_4", f"{name}_short_conv_5")
    y = layers.depthwise_norm(y, along_column, names)
    y = activate(y, "sigmoid", f"{name}_gate")
    return enlarge_nearest(y, height, width, f"{name}_enlarge")


def attended_bottleneck(
    layers: Layers, x: keras.KerasTensor, block: Bottleneck, *, attended: bool
) -> keras.KerasTensor:
    """A ghost bottleneck whose expansion is weighed by the attention."""
    name = f"{block.name}_ghost1"
    y = ghost_module(layers, x, block.expanded, name, relu=True)
    if attended:
        weight = attention(layers, x, block.expanded, name)
        y = keras.layers.Multiply(name=f"{name}_attend")([y, weight])
    return finish_bottleneck(layers, x, y, block, FLAVOURS["pytorch"].gate)


def build(*, input_px: int, classes: int, width: float, padding: str) -> keras.Model:
    """GhostNetV2 of any width."""
    flavour = FLAVOURS["pytorch"]
    layers = Layers(padding, BATCH_NORM_EPSILON)
    image = image_input(input_px)
    stem, last = flavour.scale(STEM_CHANNELS * width), flavour.scale(LAST_CHANNELS * width)
    x = layers.stem(image, stem, "relu")
    for number, block in enumerate(bottlenecks(width, flavour)):
        x = attended_bottleneck(layers, x, block, attended=number >= WITHOUT_ATTENTION)
    name = f"blocks_{len(STAGES)}_0"
    x = layers.conv_norm(x, last, 1, (f"{name}_conv", f"{name}_bn1"), activation="relu")
    return keras.Model(image, head(layers, x, classes, flavour), name="ghostnetv2")
