"""ShuffleNet (Zhang et al., 2018): 1x1 convolutions in groups, and a shuffle of channels between them.

Timm and torchvision have none of it; layers bear the names of the PyPI package pytorchcv. Widths and stems are those
of the authors' repository, whose accuracies the GhostNet paper quotes.
"""

import keras

from ghostbench.zoo.architectures.layers import Layers, classify, image_input
from ghostbench.zoo.architectures.moving import channel_shuffle

REPEATS = (4, 8, 4)

# Channels of stage 2 at width 1, by the number of groups (Table 1 of the paper); they double from stage to stage.
FIRST_CHANNELS = {3: 240, 8: 384}
# Where the stem is not 24 channels: (groups, width).
STEMS = {(3, 0.5): 12, (8, 0.5): 16, (3, 2.0): 48, (8, 2.0): 48}
STEM_CHANNELS = 24


def shuffle_unit(
    layers: Layers, x: keras.KerasTensor, out: int, groups: int, name: str, *, first: bool
) -> keras.KerasTensor:
    """1x1 in groups, shuffle, depthwise, 1x1 in groups; where the channels change, the image is halved.

    Few channels enter the first unit of all: there the first 1x1 convolution has no groups.
    """
    halves = x.shape[-1] != out
    made = out - x.shape[-1] if halves else out
    names = (f"{name}_compress_conv1", f"{name}_compress_bn1")
    y = layers.conv_norm(x, out // 4, 1, names, groups=1 if first else groups, activation="relu")
    y = channel_shuffle(y, groups, f"{name}_shuffle")
    names = (f"{name}_dw_conv2", f"{name}_dw_bn2")
    y = layers.depthwise_norm(y, 3, names, stride=2 if halves else 1)
    names = (f"{name}_expand_conv3", f"{name}_expand_bn3")
    y = layers.conv_norm(y, made, 1, names, groups=groups)
    if not halves:
        added = keras.layers.Add(name=f"{name}_add")([y, x])
        return keras.layers.ReLU(name=f"{name}_act")(added)
    # The input went through ReLU already, and so its average needs none.
    y = keras.layers.ReLU(name=f"{name}_act")(y)
    return keras.layers.Concatenate(name=f"{name}_concat")([y, average_pool(layers, x, name)])


def average_pool(layers: Layers, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """3x3 of stride 2. Torch counts the zeros beyond the edge, TensorFlow takes the mean of what is there."""
    x, padding = layers.pad(x, 3, 2, f"{name}_avgpool")
    return keras.layers.AveragePooling2D(
        3, strides=2, padding=padding, data_format="channels_last", name=f"{name}_avgpool"
    )(x)


def build(
    *, input_px: int, classes: int, width: float, groups: int, padding: str, bn_epsilon: float
) -> keras.Model:
    """ShuffleNet of a published width and number of groups."""
    if groups not in FIRST_CHANNELS:
        raise ValueError(f"groups are {' or '.join(map(str, FIRST_CHANNELS))}, not {groups}")
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    stem = STEMS.get((groups, width), STEM_CHANNELS)
    names = ("features_init_block_conv", "features_init_block_bn")
    x = layers.conv_norm(image, stem, 3, names, stride=2, activation="relu")
    x = layers.max_pool(x, "features_init_block_pool")
    channels = round(FIRST_CHANNELS[groups] * width / (4 * groups)) * 4 * groups
    for number, repeats in enumerate(REPEATS, start=1):
        for repeat in range(1, repeats + 1):
            name = f"features_stage{number}_unit{repeat}"
            first = number == repeat == 1
            x = shuffle_unit(layers, x, channels, groups, name, first=first)
        channels *= 2
    logits = classify(x, classes, "output")
    return keras.Model(image, logits, name="shufflenetv1")
