"""EfficientNet-Lite (TensorFlow, 2020): EfficientNet for phones, with ReLU6 for SiLU and without squeeze-excite.

From Lite0 to Lite4 the stages between grow in width and depth. The stem, the head and how many blocks the first and the
last stage have stay the same, which keeps the larger ones small and fast.
"""

import math
from dataclasses import replace

import keras

from ghostbench.zoo.architectures.efficientnet import HEAD_CHANNELS, STAGES, STEM_CHANNELS
from ghostbench.zoo.architectures.inverted_residuals import stage_blocks
from ghostbench.zoo.architectures.layers import Layers
from ghostbench.zoo.architectures.separable import separable_network

ACTIVATION = "relu6"
NO_DEEPER = (STAGES[0], STAGES[-1])


def build(
    *,
    input_px: int,
    classes: int,
    width: float,
    depth: float,
    padding: str,
    bn_epsilon: float,
) -> keras.Model:
    """EfficientNet-Lite of any width and depth."""
    stages = [
        replace(
            stage,
            se=False,
            repeats=stage.repeats if stage in NO_DEEPER else math.ceil(stage.repeats * depth),
        )
        for stage in STAGES
    ]
    return separable_network(
        Layers(padding, bn_epsilon),
        name="efficientnet_lite",
        input_px=input_px,
        classes=classes,
        stem=STEM_CHANNELS,
        blocks=stage_blocks(stages, stem=STEM_CHANNELS, width=width, activation=ACTIVATION),
        activation=ACTIVATION,
        head=HEAD_CHANNELS,
    )
