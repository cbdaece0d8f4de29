"""ResNet-50 (He et al., 2016) with the stride in the 3x3 convolution, as it is trained and counted today (4.09 G MACs).

The first version had the stride in the 1x1 convolution before it and counts 3.86 G.
"""

from collections.abc import Iterator

import keras

from ghostbench.zoo.architectures.layers import Layers, activate, classify, image_input
from ghostbench.zoo.ghostify import ghostify

EXPANSION = 4
STEM_CHANNELS = 64

# Table 1 of the paper: (inner channels, stride of the first one, how many).
STAGES = ((64, 1, 3), (128, 2, 4), (256, 2, 6), (512, 2, 3))


def bottleneck(
    layers: Layers, x: keras.KerasTensor, channels: int, stride: int, name: str
) -> keras.KerasTensor:
    """1x1 to reduce, 3x3, 1x1 to widen; the shortcut is a 1x1 convolution where the shape changes."""
    y = layers.conv_norm(x, channels, 1, (f"{name}_conv1", f"{name}_bn1"), activation="relu")
    names = (f"{name}_conv2", f"{name}_bn2")
    y = layers.conv_norm(y, channels, 3, names, stride=stride, activation="relu")
    y = layers.conv_norm(y, channels * EXPANSION, 1, (f"{name}_conv3", f"{name}_bn3"))
    if stride > 1 or x.shape[-1] != channels * EXPANSION:
        names = (f"{name}_downsample_0", f"{name}_downsample_1")
        x = layers.conv_norm(x, channels * EXPANSION, 1, names, stride=stride)
    return activate(keras.layers.Add(name=f"{name}_add")([y, x]), "relu", f"{name}_act")


def trunk(layers: Layers, image: keras.KerasTensor) -> Iterator[keras.KerasTensor]:
    """What each bottleneck makes of the image, in order."""
    x = layers.conv_norm(image, STEM_CHANNELS, 7, ("conv1", "bn1"), stride=2, activation="relu")
    x = layers.max_pool(x, "maxpool")
    for number, (channels, stride, repeats) in enumerate(STAGES, start=1):
        for repeat in range(repeats):
            name = f"layer{number}_{repeat}"
            x = bottleneck(layers, x, channels, stride if repeat == 0 else 1, name)
            yield x


def build(
    *, input_px: int, classes: int, ratio: int, dw_size: int, padding: str, bn_epsilon: float
) -> keras.Model:
    """ResNet-50, or Ghost-ResNet-50 where the ratio is above 1: in it only the first convolution is ordinary."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    *_, x = trunk(layers, image)
    logits = classify(x, classes, "fc")
    network = keras.Model(image, logits, name="resnet50")
    return ghostify(network, ratio, dw_size, keep=("conv1",))
