"""Faster R-CNN with a feature pyramid (Ren et al., 2015; Lin et al., 2017), as far as it is one graph of fixed shapes.

That is the backbone, the pyramid and the region proposal network, as in torchvision's `fasterrcnn_resnet50_fpn`. It
ends with one row for each of three anchors at each place. The second stage is not in it: how many regions it looks at
depends on the image, and TensorFlow Lite has no operator that cuts a region out of a map (RoIAlign). For each region it
is two dense layers of 1024 on 7x7 places: 14.4 M parameters in all with 91 classes, and as many multiply-adds a region.
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
from ghostbench.zoo.architectures.layers import Layers, image_input

ANCHORS = 3  # shapes; each level has one size


def build(*, input_px: int, classes: int, backbone: str, width: float, padding: str) -> keras.Model:
    """Backbone, pyramid and region proposals; one class says whether there is an object."""
    image = image_input(input_px)
    layers = Layers(padding, epsilon=1e-5)  # no batch-norm outside of the backbone
    levels = feature_pyramid(layers, feature_maps(backbone, image, width=width, padding=padding))
    # The coarsest level is every second place of the one before it.
    levels.append(
        keras.layers.MaxPooling2D(
            1, strides=2, data_format="channels_last", name="fpn_extra_blocks_pool"
        )(levels[-1])
    )
    seen = tower(levels, [shared_conv(CHANNELS, 3, "rpn_head_conv_0_0", "relu")])
    boxes = tower(seen, [shared_conv(ANCHORS * BOX, 1, "rpn_head_bbox_pred")])
    logits = tower(seen, [shared_conv(ANCHORS * classes, 1, "rpn_head_cls_logits")])
    out = detections(joined(boxes, BOX, "boxes"), joined(logits, classes, "logits"))
    return keras.Model(image, out, name="faster_rcnn")
