"""Stages of inverted residuals: the table that MobileNetV2, MnasNet and EfficientNet each are, and its blocks."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ghostbench.zoo.architectures.rounding import make_divisible
from ghostbench.zoo.architectures.separable import Block

CHANNEL_MULTIPLE = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """Blocks of one kind, the first one with the stride; an expansion of 1 means that there is none."""

    kernel: int
    expansion: int
    channels: int
    stride: int
    repeats: int
    se: bool = False


def scaled(channels: float) -> int:
    """Channels as all these networks round them."""
    return make_divisible(channels, CHANNEL_MULTIPLE)


def stage_blocks(
    stages: Sequence[Stage],
    *,
    stem: int,
    width: float,
    activation: str,
    depth: float = 1.0,
    se_channels: Callable[[int], int] = lambda inputs: inputs // 4,
) -> Iterator[Block]:
    """All blocks in order, scaled. `stem` channels enter the first; `se_channels` says how many of those that enter."""
    inputs = stem
    for number, stage in enumerate(stages):
        for repeat in range(math.ceil(stage.repeats * depth)):
            out = scaled(stage.channels * width)
            yield Block(
                name=f"blocks_{number}_{repeat}",
                kernel=stage.kernel,
                stride=stage.stride if repeat == 0 else 1,
                out=out,
                activation=activation,
                expanded=inputs * stage.expansion if stage.expansion > 1 else None,
                se_channels=se_channels(inputs) if stage.se else None,
                se_activation=activation,
                se_gate="sigmoid",
            )
            inputs = out
