"""GhostNet with any blocks and channels in each of its six stages: what greedy enlarging searches among."""

import keras

from ghostbench.core.enlarging import read_dashed
from ghostbench.zoo.architectures.ghostnet_enlarged import enlarged


def build(*, input_px: int, classes: int, blocks: str, channels: str, padding: str) -> keras.Model:
    """The network of that shape, by the rules of GhostNet-B1 and B4."""
    return enlarged(
        input_px=input_px,
        classes=classes,
        blocks=read_dashed(blocks),
        channels=read_dashed(channels),
        padding=padding,
    )
