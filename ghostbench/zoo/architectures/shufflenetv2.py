"""ShuffleNetV2 (Ma et al., 2018), as torchvision defines it: half of the channels pass each unit untouched."""

import keras

from ghostbench.zoo.architectures.layers import Layers, activate, classify, image_input
from ghostbench.zoo.architectures.moving import channel_shuffle, split_in_half

STEM_CHANNELS = 24
REPEATS = (4, 8, 4)

# Table 5 of the paper: channels of the three stages and of the last convolution, by width.
WIDTHS = {
    "0.5x": (48, 96, 192, 1024),
    "1.0x": (116, 232, 464, 1024),
    "1.5x": (176, 352, 704, 1024),
    "2.0x": (244, 488, 976, 2048),
}


def working_branch(
    layers: Layers, x: keras.KerasTensor, out: int, stride: int, name: str
) -> keras.KerasTensor:
    """1x1, depthwise, 1x1."""
    x = layers.conv_norm(x, out, 1, (f"{name}_0", f"{name}_1"), activation="relu")
    x = layers.depthwise_norm(x, 3, (f"{name}_3", f"{name}_4"), stride=stride)
    return layers.conv_norm(x, out, 1, (f"{name}_5", f"{name}_6"), activation="relu")


def halving_branch(layers: Layers, x: keras.KerasTensor, out: int, name: str) -> keras.KerasTensor:
    """The other branch where the image is halved: depthwise, 1x1."""
    x = layers.depthwise_norm(x, 3, (f"{name}_0", f"{name}_1"), stride=2)
    return layers.conv_norm(x, out, 1, (f"{name}_2", f"{name}_3"), activation="relu")


def unit(layers: Layers, x: keras.KerasTensor, out: int, name: str) -> keras.KerasTensor:
    """Two branches, joined and shuffled; the image is halved where the channels change."""
    if x.shape[-1] == out:
        kept, worked = split_in_half(x)
        stride = 1
    else:
        kept, worked = halving_branch(layers, x, out // 2, f"{name}_branch1"), x
        stride = 2
    worked = working_branch(layers, worked, out // 2, stride, f"{name}_branch2")
    x = keras.layers.Concatenate(name=f"{name}_concat")([kept, worked])
    return channel_shuffle(x, 2, f"{name}_shuffle")


def build(
    *, input_px: int, classes: int, size: str, padding: str, bn_epsilon: float
) -> keras.Model:
    """ShuffleNetV2 of a published width."""
    layers = Layers(padding, bn_epsilon)
    *stages, last = WIDTHS[size]
    image = image_input(input_px)
    x = layers.conv(image, STEM_CHANNELS, 3, "conv1_0", stride=2)
    x = activate(layers.norm(x, "conv1_1"), "relu", "conv1_act")
    x = layers.max_pool(x, "maxpool")
    for number, (channels, repeats) in enumerate(zip(stages, REPEATS, strict=True), start=2):
        for repeat in range(repeats):
            x = unit(layers, x, channels, f"stage{number}_{repeat}")
    x = layers.conv_norm(x, last, 1, ("conv5_0", "conv5_1"), activation="relu")
    logits = classify(x, classes, "fc")
    return keras.Model(image, logits, name="shufflenetv2")
