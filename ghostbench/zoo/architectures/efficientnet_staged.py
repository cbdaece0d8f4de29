"""EfficientNet with any blocks and channels in each of its seven stages: what greedy enlarging searches among."""

from dataclasses import replace

import keras

from ghostbench.core.enlarging import read_dashed
from ghostbench.zoo.architectures.efficientnet import ACTIVATION, SE_RATIO, STAGES
from ghostbench.zoo.architectures.inverted_residuals import scaled, stage_blocks
from ghostbench.zoo.architectures.layers import Layers
from ghostbench.zoo.architectures.separable import separable_network
from ghostbench.zoo.enlarge_counts import efficientnet_head, efficientnet_stem


def build(
    *,
    input_px: int,
    classes: int,
    blocks: str,
    channels: str,
    padding: str,
    bn_epsilon: float,
) -> keras.Model:
    """The network of that shape; stem and head follow the first and the last stage."""
    stages = [
        replace(stage, repeats=count, channels=width)
        for stage, count, width in zip(
            STAGES, read_dashed(blocks), read_dashed(channels), strict=True
        )
    ]
    stem = efficientnet_stem(scaled(stages[0].channels))
    return separable_network(
        Layers(padding, bn_epsilon),
        name="efficientnet",
        input_px=input_px,
        classes=classes,
        stem=stem,
        blocks=stage_blocks(
            stages,
            stem=stem,
            width=1.0,
            activation=ACTIVATION,
            se_channels=lambda inputs: max(1, int(inputs * SE_RATIO)),
        ),
        activation=ACTIVATION,
        head=efficientnet_head(scaled(stages[-1].channels)),
    )
