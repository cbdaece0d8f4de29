"""RetinaNet (Lin et al., 2017): a feature pyramid, and on its five levels two heads with the same weights.

As torchvision defines it: with a ResNet-50 it counts to what its `retinanet_resnet50_fpn` does. It ends with one row
for each of nine anchors at each place; non-maximum suppression is the user's.
"""

import keras

from ghostbench.zoo.architectures.backbones import feature_maps
from ghostbench.zoo.architectures.detection_head import (
    BOX,
    detections,
    joined,
    shared_conv,
    tower,
)
from ghostbench.zoo.architectures.feature_pyramid import CHANNELS, feature_pyramid
from ghostbench.zoo.architectures.layers import Layers, activate, image_input

ANCHORS = 9  # three sizes by three shapes
CONVOLUTIONS = 4  # of a head, before its predictions


def head(name: str, last: str, values: int) -> list[keras.layers.Layer]:
    """The layers of one head."""
    convolutions = [
        shared_conv(CHANNELS, 3, f"head_{name}_conv_{number}_0", "relu")
        for number in range(CONVOLUTIONS)
    ]
    return [*convolutions, shared_conv(ANCHORS * values, 3, f"head_{name}_{last}")]


def build(*, input_px: int, classes: int, backbone: str, width: float, padding: str) -> keras.Model:
    """RetinaNet on a backbone of any width."""
    image = image_input(input_px)
    layers = Layers(padding, epsilon=1e-5)  # no batch-norm outside of the backbone
    levels = feature_pyramid(
        layers, feature_maps(backbone, image, width=width, padding=padding)[1:]
    )
    p6 = layers.conv(levels[-1], CHANNELS, 3, "fpn_extra_blocks_p6", stride=2, bias=True)
    p7 = activate(p6, "relu", "fpn_extra_blocks_p6_act")
    p7 = layers.conv(p7, CHANNELS, 3, "fpn_extra_blocks_p7", stride=2, bias=True)
    levels += [p6, p7]
    boxes = tower(levels, head("regression_head", "bbox_reg", BOX))
    logits = tower(levels, head("classification_head", "cls_logits", classes))
    out = detections(joined(boxes, BOX, "boxes"), joined(logits, classes, "logits"))
    return keras.Model(image, out, name="retinanet")
