"""RegNetY (Radosavovic et al., 2020): widths that grow along a line, convolutions in groups, squeeze-excite."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import keras

from ghostbench.zoo.architectures.layers import Layers, activate, classify, image_input
from ghostbench.zoo.architectures.squeeze_excite import squeeze_excite

SE_RATIO = 0.25  # of the channels that enter a block
STEM_CHANNELS = 32
WIDTH_MULTIPLE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The paper's parameters: block j has about `start + slope * j` channels, in steps of factor `step`."""

    start: int
    slope: float
    step: float
    depth: int
    group_width: int


# Table 11 of the paper's appendix.
SIZES = {
    "400mf": Line(start=48, slope=27.89, step=2.09, depth=16, group_width=8),
    "600mf": Line(start=48, slope=32.54, step=2.32, depth=15, group_width=16),
}


def stages(line: Line) -> Iterator[tuple[int, int]]:
    """Channels and number of blocks of each stage, in order."""
    widths = []
    for block in range(line.depth):
        steps = round(math.log(1 + line.slope * block / line.start) / math.log(line.step))
        width = round(line.start * line.step**steps / WIDTH_MULTIPLE) * WIDTH_MULTIPLE
        widths.append(round(width / line.group_width) * line.group_width)
    for width, blocks in groupby(widths):
        yield width, len(list(blocks))


def bottleneck(
    layers: Layers, x: keras.KerasTensor, out: int, stride: int, name: str, *, group_width: int
) -> keras.KerasTensor:
    """1x1, 3x3 in groups, squeeze-excite, 1x1, and the input added; none of them changes the width within a block."""
    names = (f"{name}_conv1_conv", f"{name}_conv1_bn")
    y = layers.conv_norm(x, out, 1, names, activation="relu")
    names = (f"{name}_conv2_conv", f"{name}_conv2_bn")
    groups = out // group_width
    y = layers.conv_norm(y, out, 3, names, stride=stride, groups=groups, activation="relu")
    y = squeeze_excite(
        layers,
        y,
        round(x.shape[-1] * SE_RATIO),
        f"{name}_se",
        activation="relu",
        gate="sigmoid",
        convolutions=("fc1", "fc2"),
    )
    y = layers.conv_norm(y, out, 1, (f"{name}_conv3_conv", f"{name}_conv3_bn"))
    if stride > 1 or x.shape[-1] != out:
        names = (f"{name}_downsample_conv", f"{name}_downsample_bn")
        x = layers.conv_norm(x, out, 1, names, stride=stride)
    return activate(keras.layers.Add(name=f"{name}_add")([y, x]), "relu", f"{name}_act")


def build(
    *, input_px: int, classes: int, size: str, padding: str, bn_epsilon: float
) -> keras.Model:
    """RegNetY of a published size."""
    layers, line = Layers(padding, bn_epsilon), SIZES[size]
    image = image_input(input_px)
    names = ("stem_conv", "stem_bn")
    x = layers.conv_norm(image, STEM_CHANNELS, 3, names, stride=2, activation="relu")
    for number, (channels, repeats) in enumerate(stages(line), start=1):
        for repeat in range(1, repeats + 1):
            stride = 2 if repeat == 1 else 1
            name = f"s{number}_b{repeat}"
            x = bottleneck(layers, x, channels, stride, name, group_width=line.group_width)
    logits = classify(x, classes, "head_fc")
    return keras.Model(image, logits, name=f"regnety_{size}")
