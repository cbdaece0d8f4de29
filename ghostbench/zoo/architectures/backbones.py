"""Classifiers as backbones of detectors: the last feature maps of each size, without the classifier's head."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures import ghostnet, mobilenetv2, mobilenetv3, resnet
from ghostbench.zoo.architectures.ghost_blocks import BATCH_NORM_EPSILON, trunk
from ghostbench.zoo.architectures.layers import Layers

Maps = Iterator[keras.KerasTensor]


@dataclass(frozen=True, slots=True)
class Backbone:
    """What each block makes of an image, at a width, and the epsilon that the network has as a classifier."""

    maps: Callable[[Layers, keras.KerasTensor, float], Maps]
    epsilon: float


def _ghostnet(flavour: str) -> Callable[[Layers, keras.KerasTensor, float], Maps]:
    definition = ghostnet.FLAVOURS[flavour]

    def maps(layers: Layers, image: keras.KerasTensor, width: float) -> Maps:
        stem = definition.scale(ghostnet.STEM_CHANNELS * width)
        blocks = ghostnet.bottlenecks(width, definition)
        return trunk(layers, image, stem, blocks, definition.gate)

    return maps


def _mobilenetv3_large(layers: Layers, image: keras.KerasTensor, width: float) -> Maps:
    return mobilenetv3.trunk(layers, image, "large", width)


def _resnet50(layers: Layers, image: keras.KerasTensor, width: float) -> Maps:
    if width != 1:
        raise ValueError(f"ResNet-50 has the width 1 alone, not {width:g}")
    return resnet.trunk(layers, image)


BACKBONES: Mapping[str, Backbone] = {
    "ghostnet": Backbone(_ghostnet("pytorch"), BATCH_NORM_EPSILON),
    "ghostnet-tf": Backbone(_ghostnet("tensorflow"), BATCH_NORM_EPSILON),
    "mobilenetv2": Backbone(mobilenetv2.trunk, 1e-3),
    "mobilenetv3-large": Backbone(_mobilenetv3_large, 1e-3),
    "resnet50": Backbone(_resnet50, 1e-5),
}


def feature_maps(
    name: str, image: keras.KerasTensor, *, width: float, padding: str
) -> list[keras.KerasTensor]:
    """The last maps at a quarter, an 8th, a 16th and a 32nd of the image's size."""
    backbone = BACKBONES[name]
    maps = backbone.maps(Layers(padding, backbone.epsilon), image, width)
    last_of_size = {x.shape[1]: x for x in maps}  # a later one of the same size takes the place
    return list(last_of_size.values())[-4:]
