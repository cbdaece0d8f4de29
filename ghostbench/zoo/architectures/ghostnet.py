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

from ghostbench.zoo.architectures.layers import Layers, activate, global_average, image_input
from ghostbench.zoo.architectures.rounding import (
    ceil_divide,
    make_divisible,
    round_to_multiple,
)
from ghostbench.zoo.architectures.squeeze_excite import squeeze_excite

BATCH_NORM_EPSILON = 1e-5  # in both definitions
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottleneck:
    """One ghost bottleneck, its channels already scaled."""

    name: str
    kernel: int
    stride: int
    in_channels: int
    expanded: int
    out: int
    se_channels: int | None
    identity: bool  # the shortcut is the input itself


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


def ghost_module(
    layers: Layers,
    x: keras.KerasTensor,
    out: int,
    name: str,
    *,
    relu: bool,
    ratio: int = 2,
    dw_size: int = 3,
) -> keras.KerasTensor:
    """A 1x1 convolution makes out / ratio maps; a depthwise one of size `dw_size` makes the others from them."""
    intrinsic = ceil_divide(out, ratio)
    activation = "relu" if relu else None
    names = (f"{name}_primary_conv_0", f"{name}_primary_conv_1")
    primary = layers.conv_norm(x, intrinsic, 1, names, activation=activation)
    if ratio == 1:
        return primary
    names = (f"{name}_cheap_operation_0", f"{name}_cheap_operation_1")
    cheap = layers.depthwise_norm(
        primary, dw_size, names, multiplier=ratio - 1, activation=activation
    )
    both = keras.layers.Concatenate(axis=-1, name=f"{name}_concat")([primary, cheap])
    # A slice that keeps everything would stay in the built file and make it a fifth slower.
    return both if intrinsic * ratio == out else both[..., :out]


def shortcut(layers: Layers, x: keras.KerasTensor, block: Bottleneck) -> keras.KerasTensor:
    """The input, brought to the shape of the output where it has another."""
    if block.identity:
        return x
    name = f"{block.name}_shortcut"
    x = layers.depthwise_norm(x, block.kernel, (f"{name}_0", f"{name}_1"), stride=block.stride)
    return layers.conv_norm(x, block.out, 1, (f"{name}_2", f"{name}_3"))


def ghost_bottleneck(
    layers: Layers,
    x: keras.KerasTensor,
    block: Bottleneck,
    flavour: Flavour,
    *,
    ratio: int = 2,
    dw_size: int = 3,
) -> keras.KerasTensor:
    """Ghost module to expand, depthwise convolution if strided, SE, ghost module to project, shortcut."""
    y = ghost_module(
        layers, x, block.expanded, f"{block.name}_ghost1", relu=True, ratio=ratio, dw_size=dw_size
    )
    return finish_bottleneck(layers, x, y, block, flavour.gate, ratio=ratio, dw_size=dw_size)


def finish_bottleneck(
    layers: Layers,
    x: keras.KerasTensor,
    expanded: keras.KerasTensor,
    block: Bottleneck,
    gate: str,
    *,
    ratio: int = 2,
    dw_size: int = 3,
) -> keras.KerasTensor:
    """All of a bottleneck that follows its expansion; `x` is what entered the bottleneck."""
    name, y = block.name, expanded
    if block.stride > 1:
        names = (f"{name}_conv_dw", f"{name}_bn_dw")
        y = layers.depthwise_norm(y, block.kernel, names, stride=block.stride)
    if block.se_channels:
        y = squeeze_excite(layers, y, block.se_channels, f"{name}_se", activation="relu", gate=gate)
    y = ghost_module(
        layers, y, block.out, f"{name}_ghost2", relu=False, ratio=ratio, dw_size=dw_size
    )
    return keras.layers.Add(name=f"{name}_add")([y, shortcut(layers, x, block)])


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
    x = layers.conv_norm(image, stem, 3, ("conv_stem", "bn1"), stride=2, activation="relu")
    for block in bottlenecks(width, differences, se=se == "yes"):
        x = ghost_bottleneck(layers, x, block, differences, ratio=ratio, dw_size=dw_size)
    block_name = f"blocks_{len(STAGES)}_0"
    names = (f"{block_name}_conv", f"{block_name}_bn1")
    x = layers.conv_norm(x, last, 1, names, activation="relu")
    return keras.Model(image, head(layers, x, classes, differences), name="ghostnet")
