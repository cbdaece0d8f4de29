"""ResNet-56 (He et al., 2016) for the 32-pixel images of CIFAR-10: 6n + 2 layers with n = 9.

Shortcuts have no parameters: where the image is halved, every second pixel is taken, and new channels are zero.
"""

import keras

from ghostbench.zoo.architectures.layers import Layers, activate, classify, image_input
from ghostbench.zoo.ghostify import ghostify

BLOCKS = 9
STAGES = (16, 32, 64)


def shortcut(x: keras.KerasTensor, channels: int, name: str) -> keras.KerasTensor:
    """Every second pixel, and zeros for the channels that are new, half of them on either side."""
    more = channels - x.shape[-1]
    if not more:
        return x
    # ZeroPadding2D pads the last two axes but one; rows and columns go together to bring channels there.
    x = x[:, ::2, ::2, :]
    _, height, width, before = x.shape
    x = keras.layers.Reshape((height * width, before, 1), name=f"{name}_lay_flat")(x)
    padding = ((0, 0), (more // 2, more - more // 2))
    x = keras.layers.ZeroPadding2D(padding, data_format="channels_last", name=f"{name}_pad")(x)
    return keras.layers.Reshape((height, width, channels), name=f"{name}_shortcut")(x)


def basic_block(
    layers: Layers, x: keras.KerasTensor, channels: int, name: str
) -> keras.KerasTensor:
    """Two 3x3 convolutions and the input added."""
    stride = 1 if x.shape[-1] == channels else 2
    names = (f"{name}_conv1", f"{name}_bn1")
    y = layers.conv_norm(x, channels, 3, names, stride=stride, activation="relu")
    y = layers.conv_norm(y, channels, 3, (f"{name}_conv2", f"{name}_bn2"))
    added = keras.layers.Add(name=f"{name}_add")([y, shortcut(x, channels, name)])
    return activate(added, "relu", f"{name}_act")


def build(
    *,
    input_px: int,
    classes: int,
    ratio: int,
    dw_size: int,
    padding: str,
    bn_epsilon: float,
) -> keras.Model:
    """ResNet-56, or Ghost-ResNet-56 where the ratio is above 1: in it every convolution is a Ghost module."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    x = layers.conv_norm(image, STAGES[0], 3, ("conv1", "bn1"), activation="relu")
    for number, channels in enumerate(STAGES, start=1):
        for position in range(BLOCKS):
            x = basic_block(layers, x, channels, f"layer{number}_{position}")
    logits = classify(x, classes, "fc")
    return ghostify(keras.Model(image, logits, name="resnet56"), ratio, dw_size)
