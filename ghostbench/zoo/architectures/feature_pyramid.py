"""Feature Pyramid Network (Lin et al., 2017): coarse maps lend their meaning to finer ones.

As torchvision defines it, convolutions with bias and without batch-norm; layers bear its names.
"""

from collections.abc import Sequence

import keras

from ghostbench.zoo.architectures.layers import Layers
from ghostbench.zoo.architectures.moving import enlarge_nearest

CHANNELS = 256


def feature_pyramid(layers: Layers, maps: Sequence[keras.KerasTensor]) -> list[keras.KerasTensor]:
    """One level for each of the maps, all of 256 channels; `maps` begin with the finest."""
    inner = [
        layers.conv(x, CHANNELS, 1, f"fpn_inner_blocks_{level}_0", bias=True)
        for level, x in enumerate(maps)
    ]
    merged = [inner[-1]]
    for level in range(len(maps) - 2, -1, -1):
        _, height, width, _ = inner[level].shape
        coarse = enlarge_nearest(merged[0], height, width, f"fpn_enlarge_{level}")
        merged.insert(0, keras.layers.Add(name=f"fpn_add_{level}")([inner[level], coarse]))
    return [
        layers.conv(x, CHANNELS, 3, f"fpn_layer_blocks_{level}_0", bias=True)
        for level, x in enumerate(merged)
    ]
