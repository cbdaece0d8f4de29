"""IGCV3-D (Sun et al., 2018): MobileNetV2's blocks, deeper, with 1x1 convolutions in two groups.

Timm and torchvision have none of it; layers bear the names of the PyPI package pytorchcv.
"""

import keras

from ghostbench.zoo.architectures.layers import Layers, classify, image_input
from ghostbench.zoo.architectures.moving import channel_shuffle

EXPANSION = 6
GROUPS = 2
HEAD_CHANNELS = 1280  # scaled by widths above 1 only
STEM_CHANNELS = 32

# Stages of one resolution; rows of (channels, how many). The first unit of all has no expansion.
STAGES = (
    ((16, 1),),
    ((24, 4),),
    ((32, 6),),
    ((64, 8), (96, 6)),
    ((160, 6), (320, 1)),
)


def even(channels: float) -> int:
    """The whole part, made even upwards, so that two groups are equal."""
    return int(channels) + int(channels) % 2


def interleaved_unit(
    layers: Layers, x: keras.KerasTensor, out: int, stride: int, name: str, *, expansion: int
) -> keras.KerasTensor:
    """1x1 in groups to expand, shuffle, depthwise, 1x1 in groups; linear but after the depthwise one."""
    names = (f"{name}_conv1_conv", f"{name}_conv1_bn")
    y = layers.conv_norm(x, x.shape[-1] * expansion, 1, names, groups=GROUPS)
    y = channel_shuffle(y, GROUPS, f"{name}_shuffle")
    names = (f"{name}_conv2_conv", f"{name}_conv2_bn")
    y = layers.depthwise_norm(y, 3, names, stride=stride, activation="relu6")
    names = (f"{name}_conv3_conv", f"{name}_conv3_bn")
    y = layers.conv_norm(y, out, 1, names, groups=GROUPS)
    if stride == 1 and x.shape[-1] == out:
        y = keras.layers.Add(name=f"{name}_add")([y, x])
    return y


def build(
    *, input_px: int, classes: int, width: float, padding: str, bn_epsilon: float
) -> keras.Model:
    """IGCV3-D of any width."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    names = ("features_init_block_conv", "features_init_block_bn")
    x = layers.conv_norm(image, even(STEM_CHANNELS * width), 3, names, stride=2, activation="relu6")
    for number, rows in enumerate(STAGES, start=1):
        channels = [even(row * width) for row, repeats in rows for _ in range(repeats)]
        for position, out in enumerate(channels, start=1):
            stride = 2 if position == 1 and number > 1 else 1
            expansion = 1 if number == position == 1 else EXPANSION
            name = f"features_stage{number}_unit{position}"
            x = interleaved_unit(layers, x, out, stride, name, expansion=expansion)
    head = max(HEAD_CHANNELS, even(HEAD_CHANNELS * width))
    names = ("features_final_block_conv", "features_final_block_bn")
    x = layers.conv_norm(x, head, 1, names, activation="relu6")
    logits = classify(x, classes, "output")
    return keras.Model(image, logits, name="igcv3")
