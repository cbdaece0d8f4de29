"""GhostNet (Han et al., CVPR 2020): half of the feature maps are cheap copies of the other half.

Two published definitions differ, and both are here. "pytorch" is the one whose weights are distributed;
"tensorflow" is the one the paper's networks were trained with.

|                         | pytorch                                     | tensorflow                              |
|-------------------------|---------------------------------------------|-----------------------------------------|
| channels x width        | nearest multiple of 4, halves up, >= 90 %   | whole part, then halves to even, >= 8   |
| SE channels             | C / 4, rounded in the same way              | whole part of C / 4                     |
| SE gate                 | relu6(x + 3) / 6                            | clip(x, 0, 1)                           |
| the layer of 1280       | convolution with bias, ReLU                 | convolution, batch-norm, ReLU           |
| shortcut is the input   | if the scaled channels are equal            | if the unscaled channels are equal      |
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.ghost_blocks import BATCH_NORM_EPSILON, Bottleneck, trunk
from ghostbench.zoo.architectures.layers import Layers, activate, global_average, image_input
from ghostbench.zoo.architectures.rounding import (
    make_divisible,
    round_to_multiple,
)

DROPOUT = 0.2
HEAD_CHANNELS = 1280  # never scaled
LAST_CHANNELS = 960
SE_RATIO = 0.25
STEM_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class Stage:
    """Bottlenecks of one resolution, one row of (expanded, out, has SE) for each; the first one has the stride."""

    kernel: int
    stride: int
    rows: tuple[tuple[int, int, bool], ...]


# Table 1 of the paper.
STAGES = (
    Stage(3, 1, ((16, 16, False),)),
    Stage(3, 2, ((48, 24, False),)),
    Stage(3, 1, ((72, 24, False),)),
    Stage(5, 2, ((72, 40, True),)),
    Stage(5, 1, ((120, 40, True),)),
    Stage(3, 2, ((240, 80, False),)),
    Stage(
        3,
        1,
        (
            (200, 80, False),
            (184, 80, False),
            (184, 80, False),
            (480, 112, True),
            (672, 112, True),
        ),
    ),
    Stage(5, 2, ((672, 160, True),)),
    Stage(5, 1, ((960, 160, False), (960, 160, True), (960, 160, False), (960, 160, True))),
)


@dataclass(frozen=True, slots=True)
class Flavour:
    """Where the two published definitions differ."""

    scale: Callable[[float], int]
    se_channels: Callable[[int], int]
    gate: str
    head_norm: bool
    identity_by_scaled_channels: bool


FLAVOURS = {
    "pytorch": Flavour(
        scale=lambda channels: make_divisible(channels, 4),
        se_channels=lambda channels: make_divisible(channels * SE_RATIO, 4),
        gate="hard_sigmoid",
        head_norm=False,
        identity_by_scaled_channels=True,
    ),
    "tensorflow": Flavour(
        scale=lambda channels: round_to_multiple(channels, 4, at_least=8),
        se_channels=lambda channels: int(channels * SE_RATIO),
        gate="clip",
        head_norm=True,
        identity_by_scaled_channels=False,
    ),
}


def bottlenecks(width: float, flavour: Flavour, *, se: bool = True) -> Iterator[Bottleneck]:
    """All bottlenecks in order, scaled, with squeeze-excite where the paper has it or nowhere."""
    unscaled_in = STEM_CHANNELS
    for stage_number, stage in enumerate(STAGES):
        for row_number, (expanded, out, has_se) in enumerate(stage.rows):
            stride = stage.stride if row_number == 0 else 1
            in_channels, out_channels = (
                flavour.scale(unscaled_in * width),
                flavour.scale(out * width),
            )
            expanded_channels = flavour.scale(expanded * width)
            equal = (
                in_channels == out_channels
                if flavour.identity_by_scaled_channels
                else unscaled_in == out
            )
            yield Bottleneck(
                name=f"blocks_{stage_number}_{row_number}",
                kernel=stage.kernel,
                stride=stride,
                in_channels=in_channels,
                expanded=expanded_channels,
                out=out_channels,
                se_channels=flavour.se_channels(expanded_channels) if has_se and se else None,
                identity=stride == 1 and equal,
            )
            unscaled_in = out


def head(layers: Layers, x: keras.KerasTensor, classes: int, flavour: Flavour) -> keras.KerasTensor:
    """From the last feature maps to logits."""
    x = global_average(x, "global_pool")
    x = layers.conv(x, HEAD_CHANNELS, 1, "conv_head", bias=not flavour.head_norm)
    if flavour.head_norm:
        x = layers.norm(x, "norm_head")
    x = activate(x, "relu", "head_act")
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dropout(DROPOUT, name="dropout")(x)
    return keras.layers.Dense(classes, name="classifier")(x)


def build(
    *,
    input_px: int,
    classes: int,
    width: float,
    flavour: str,
    se: str,
    padding: str,
    ratio: int,
    dw_size: int,
) -> keras.Model:
    """GhostNet of any width."""
    differences = FLAVOURS[flavour]
    layers = Layers(padding, BATCH_NORM_EPSILON)
    image = image_input(input_px)
    stem, last = differences.scale(STEM_CHANNELS * width), differences.scale(LAST_CHANNELS * width)
    blocks = bottlenecks(width, differences, se=se == "yes")
    *_, x = trunk(layers, image, stem, blocks, differences.gate, ratio=ratio, dw_size=dw_size)
    block_name = f"blocks_{len(STAGES)}_0"
    names = (f"{block_name}_conv", f"{block_name}_bn1")
    x = layers.conv_norm(x, last, 1, names, activation="relu")
    return keras.Model(image, head(layers, x, classes, differences), name="ghostnet")
