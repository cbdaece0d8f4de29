"""EfficientNet (Tan and Le, 2019): inverted residuals with squeeze-excite and SiLU, scaled in width and depth.

B0 has width and depth 1. Its input is the plain image: where others carry a normalisation inside, this one does not.
"""

import keras

from ghostbench.zoo.architectures.inverted_residuals import Stage, scaled, stage_blocks
from ghostbench.zoo.architectures.layers import Layers
from ghostbench.zoo.architectures.separable import separable_network

ACTIVATION = "silu"
HEAD_CHANNELS = 1280
SE_RATIO = 0.25  # of the channels before expansion
STEM_CHANNELS = 32

# Table 1 of the paper.
STAGES = (
    Stage(3, 1, 16, 1, 1, se=True),
    Stage(3, 6, 24, 2, 2, se=True),
    Stage(5, 6, 40, 2, 2, se=True),
    Stage(3, 6, 80, 2, 3, se=True),
    Stage(5, 6, 112, 1, 3, se=True),
    Stage(5, 6, 192, 2, 4, se=True),
    Stage(3, 6, 320, 1, 1, se=True),
)


def build(
    *,
    input_px: int,
    classes: int,
    width: float,
    depth: float,
    padding: str,
    bn_epsilon: float,
) -> keras.Model:
    """EfficientNet of any width and depth."""
    stem = scaled(STEM_CHANNELS * width)
    blocks = stage_blocks(
        STAGES,
        stem=stem,
        width=width,
        depth=depth,
        activation=ACTIVATION,
        se_channels=lambda inputs: max(1, int(inputs * SE_RATIO)),
    )
    return separable_network(
        Layers(padding, bn_epsilon),
        name="efficientnet",
        input_px=input_px,
        classes=classes,
        stem=stem,
        blocks=blocks,
        activation=ACTIVATION,
        head=scaled(HEAD_CHANNELS * width),
    )
