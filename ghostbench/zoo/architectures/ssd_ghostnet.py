"""SSD on GhostNet 1.3x for images of 300 pixels, as the authors of GhostNet published it for MindSpore.

Six sizes of maps, 1,917 boxes; one row for each: four offsets, then a logit for each class and the background. The
backbone is a table of its own, a little different from GhostNet times 1.3. Non-maximum suppression is the user's.
"""

import math
from collections.abc import Iterator

import keras

from ghostbench.zoo.architectures.detection_head import BOX, detections, joined
from ghostbench.zoo.architectures.ghost_blocks import Bottleneck, ghost_bottleneck
from ghostbench.zoo.architectures.layers import Layers, image_input

EPSILON = 1e-3
STEM_CHANNELS = 20
LAST_CHANNELS = 1248

# (kernel, expanded, out, has squeeze-excite, stride) of each bottleneck.
BOTTLENECKS = (
    (3, 24, 20, False, 1),
    (3, 64, 32, False, 2),
    (3, 96, 32, False, 1),
    (5, 96, 52, True, 2),
    (5, 160, 52, True, 1),
    (3, 312, 104, False, 2),
    (3, 264, 104, False, 1),
    (3, 240, 104, False, 1),
    (3, 240, 104, False, 1),
    (3, 624, 144, True, 1),
    (3, 864, 144, True, 1),
    (5, 864, 208, True, 2),
    (5, 1248, 208, False, 1),
    (5, 1248, 208, True, 1),
    (5, 1248, 208, False, 1),
    (5, 1248, 208, True, 1),
)
# After this many of them the first detections are made, from maps widened this much.
FIRST_DETECTIONS, WIDENING = 11, 6
# The layers beyond the backbone: (channels out, inner channels as a share of those that enter).
EXTRAS = ((512, 0.2), (256, 0.25), (256, 0.5), (128, 0.25))
ANCHORS = (3, 6, 6, 6, 6, 6)


def bottlenecks() -> Iterator[Bottleneck]:
    """All bottlenecks in order."""
    inputs = STEM_CHANNELS
    for number, (kernel, expanded, out, se, stride) in enumerate(BOTTLENECKS):
        yield Bottleneck(
            name=f"backbone_{number}",
            kernel=kernel,
            stride=stride,
            in_channels=inputs,
            expanded=expanded,
            out=out,
            se_channels=math.ceil(expanded // 4 / 4) * 4 if se else None,
            identity=stride == 1 and inputs == out,
        )
        inputs = out


def backbone_maps(layers: Layers, image: keras.KerasTensor) -> list[keras.KerasTensor]:
    """The backbone's two maps: a 16th of the image, widened, and a 32nd."""
    x = layers.stem(image, STEM_CHANNELS, "relu")
    maps = []
    for number, block in enumerate(bottlenecks(), start=1):
        x = ghost_bottleneck(layers, x, block, "hard_sigmoid")
        if number == FIRST_DETECTIONS:
            names = ("backbone_widen_conv", "backbone_widen_bn")
            widened = x.shape[-1] * WIDENING
            maps.append(layers.conv_norm(x, widened, 1, names, activation="relu"))
    names = ("backbone_last_conv", "backbone_last_bn")
    return [*maps, layers.conv_norm(x, LAST_CHANNELS, 1, names, activation="relu")]


def extra_layer(
    layers: Layers, x: keras.KerasTensor, out: int, share: float, name: str
) -> keras.KerasTensor:
    """1x1 to fewer channels, depthwise of stride 2, 1x1: maps of half the size."""
    inner = round(x.shape[-1] * share)
    x = layers.conv_norm(x, inner, 1, (f"{name}_conv1", f"{name}_bn1"), activation="relu")
    names = (f"{name}_conv2", f"{name}_bn2")
    x = layers.depthwise_norm(x, 3, names, stride=2, activation="relu")
    return layers.conv_norm(x, out, 1, (f"{name}_conv3", f"{name}_bn3"), activation="relu6")


def prediction(layers: Layers, x: keras.KerasTensor, out: int, name: str) -> keras.KerasTensor:
    """Depthwise 3x3, then 1x1 with a bias."""
    x = layers.depthwise_norm(x, 3, (f"{name}_conv1", f"{name}_bn1"), activation="relu6")
    return layers.conv(x, out, 1, f"{name}_conv2", bias=True)


def build(*, input_px: int, classes: int, padding: str) -> keras.Model:
    """SSD on GhostNet 1.3x."""
    layers = Layers(padding, EPSILON)
    image = image_input(input_px)
    maps = backbone_maps(layers, image)
    for number, (out, share) in enumerate(EXTRAS):
        maps.append(extra_layer(layers, maps[-1], out, share, f"extra_{number}"))
    boxes, logits = [], []
    for number, (x, anchors) in enumerate(zip(maps, ANCHORS, strict=True)):
        boxes.append(prediction(layers, x, anchors * BOX, f"boxes_{number}"))
        logits.append(prediction(layers, x, anchors * classes, f"classes_{number}"))
    out_maps = detections(joined(boxes, BOX, "boxes"), joined(logits, classes, "logits"))
    return keras.Model(image, out_maps, name="ssd_ghostnet")
