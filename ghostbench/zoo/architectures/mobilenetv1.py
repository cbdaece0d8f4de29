"""MobileNetV1 (Howard et al., 2017): a depthwise convolution, then a 1x1 convolution, thirteen times."""

import keras

from ghostbench.zoo.architectures.layers import Layers, global_average, image_input
from ghostbench.zoo.architectures.rounding import make_divisible
from ghostbench.zoo.architectures.separable import Block, separable_block

STEM_CHANNELS = 32

# Table 1 of the paper: (channels, stride of the first one, how many).
STAGES = ((64, 1, 1), (128, 2, 2), (256, 2, 2), (512, 2, 6), (1024, 2, 2))


def build(
    *, input_px: int, classes: int, width: float, padding: str, bn_epsilon: float
) -> keras.Model:
    """MobileNetV1 of any width."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    stem = make_divisible(STEM_CHANNELS * width, 8)
    x = layers.conv_norm(image, stem, 3, ("conv_stem", "bn1"), stride=2, activation="relu6")
    for stage, (channels, stride, repeats) in enumerate(STAGES):
        for repeat in range(repeats):
            block = Block(
                name=f"blocks_{stage}_{repeat}",
                kernel=3,
                stride=stride if repeat == 0 else 1,
                out=make_divisible(channels * width, 8),
                activation="relu6",
                activation_at_end=True,
                residual=False,
            )
            x = separable_block(layers, x, block)
    x = global_average(x, "global_pool", keep=False)
    logits = keras.layers.Dense(classes, name="classifier")(x)
    return keras.Model(image, logits, name="mobilenetv1")
