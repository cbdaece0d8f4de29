"""GhostNet enlarged step by step (Greedy Network Enlarging, 2021): stages of any width and depth.

Blocks follow the authors' S-GhostNet: squeeze-excite everywhere with a tenth of the channels, h-swish in the stem and
the head, and an expansion that each stage has by rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.ghost_blocks import (
    BATCH_NORM_EPSILON,
    Bottleneck,
    finish_bottleneck,
    ghost_module,
)
from ghostbench.zoo.architectures.layers import Layers, activate, global_average, image_input
from ghostbench.zoo.architectures.rounding import make_divisible

HEAD_CHANNELS = 1280  # or, where that is more, HEAD_FACTOR times those of the last stage
HEAD_FACTOR = 5
SE_RATIO = 0.1


@dataclass(frozen=True, slots=True)
class Rule:
    """What is the same for a stage however large: expansions multiply the channels that enter a block."""

    kernel: int
    stride: int
    first_expansion: float
    expansion: float


RULES = (
    Rule(3, 1, 1, 1),
    Rule(3, 2, 3, 3),
    Rule(5, 2, 3, 3),
    Rule(3, 2, 6, 2.5),
    Rule(3, 1, 6, 6),
    Rule(5, 2, 6, 6),
)

# Blocks and channels of each stage.
VARIANTS = {
    "b1": ((1, 2, 3, 4, 3, 6), (28, 44, 72, 140, 196, 280)),
    "b4": ((3, 5, 5, 12, 6, 14), (36, 60, 108, 168, 232, 336)),
}


def enlarged(
    *,
    input_px: int,
    classes: int,
    blocks: Sequence[int],
    channels: Sequence[int],
    padding: str = "same",
) -> keras.Model:
    """The network with so many blocks and channels in each of its six stages."""
    layers = Layers(padding, BATCH_NORM_EPSILON)
    image = image_input(input_px)
    x = layers.stem(image, make_divisible(channels[0], 4), "hard_swish")
    for number, (rule, count, width) in enumerate(zip(RULES, blocks, channels, strict=True)):
        for position in range(count):
            factor = rule.expansion if position else rule.first_expansion
            x = bottleneck(layers, x, rule, width, factor, position, f"blocks_{number}_{position}")
    last, name = make_divisible(channels[-1] * RULES[-1].expansion, 4), f"blocks_{len(RULES)}"
    x = layers.conv_norm(x, last, 1, (f"{name}_conv", f"{name}_bn1"), activation="relu")
    x = global_average(x, "global_pool")
    x = layers.conv(
        x, max(HEAD_CHANNELS, HEAD_FACTOR * x_channels(channels)), 1, "conv_head", bias=True
    )
    x = keras.layers.Flatten(name="flatten")(activate(x, "hard_swish", "head_act"))
    logits = keras.layers.Dense(classes, name="classifier")(x)
    return keras.Model(image, logits, name="ghostnet_enlarged")


def x_channels(channels: Sequence[int]) -> int:
    """The channels that leave the last stage."""
    return make_divisible(channels[-1], 4)


def bottleneck(
    layers: Layers,
    x: keras.KerasTensor,
    rule: Rule,
    width: int,
    factor: float,
    position: int,
    name: str,
) -> keras.KerasTensor:
    """One ghost bottleneck with squeeze-excite."""
    out, inputs = make_divisible(width, 4), x.shape[-1]
    expanded = make_divisible(inputs * factor, 4)
    stride = 1 if position else rule.stride
    block = Bottleneck(
        name=name,
        kernel=rule.kernel,
        stride=stride,
        in_channels=inputs,
        expanded=expanded,
        out=out,
        se_channels=make_divisible(expanded * SE_RATIO, 8),
        identity=stride == 1 and inputs == out,
    )
    y = ghost_module(layers, x, expanded, f"{name}_ghost1", relu=True)
    return finish_bottleneck(layers, x, y, block, "hard_sigmoid")


def build(*, input_px: int, classes: int, variant: str, padding: str) -> keras.Model:
    """GhostNet-B1 or B4."""
    blocks, channels = VARIANTS[variant]
    return enlarged(
        input_px=input_px, classes=classes, blocks=blocks, channels=channels, padding=padding
    )
