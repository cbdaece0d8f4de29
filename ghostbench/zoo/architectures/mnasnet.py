"""MnasNet (Tan et al., 2019): inverted residuals found by a search that measured time on a phone.

A1 has squeeze-excite in three stages. B1 was found without it; the MnasNet that the authors of TensorFlow Lite host,
in several widths, has B1's blocks.
"""

import keras

from ghostbench.zoo.architectures.inverted_residuals import Stage, scaled, stage_blocks
from ghostbench.zoo.architectures.layers import Layers
from ghostbench.zoo.architectures.separable import separable_network

HEAD_CHANNELS = 1280  # never scaled
SE_RATIO = 0.25  # of the channels before expansion
STEM_CHANNELS = 32

# Figures 7 and (for B1) the paper's appendix.
VARIANTS = {
    "a1": (
        Stage(3, 1, 16, 1, 1),
        Stage(3, 6, 24, 2, 2),
        Stage(5, 3, 40, 2, 3, se=True),
        Stage(3, 6, 80, 2, 4),
        Stage(3, 6, 112, 1, 2, se=True),
        Stage(5, 6, 160, 2, 3, se=True),
        Stage(3, 6, 320, 1, 1),
    ),
    "b1": (
        Stage(3, 1, 16, 1, 1),
        Stage(3, 3, 24, 2, 3),
        Stage(5, 3, 40, 2, 3),
        Stage(5, 6, 80, 2, 3),
        Stage(3, 6, 96, 1, 2),
        Stage(5, 6, 192, 2, 4),
        Stage(3, 6, 320, 1, 1),
    ),
}


def build(
    *, input_px: int, classes: int, variant: str, width: float, padding: str, bn_epsilon: float
) -> keras.Model:
    """MnasNet-A1 or B1 of any width."""
    stem = scaled(STEM_CHANNELS * width)
    blocks = stage_blocks(
        VARIANTS[variant],
        stem=stem,
        width=width,
        activation="relu",
        se_channels=lambda inputs: round(inputs * SE_RATIO),
    )
    return separable_network(
        Layers(padding, bn_epsilon),
        name=f"mnasnet_{variant}",
        input_px=input_px,
        classes=classes,
        stem=stem,
        blocks=blocks,
        activation="relu",
        head=HEAD_CHANNELS,
    )
