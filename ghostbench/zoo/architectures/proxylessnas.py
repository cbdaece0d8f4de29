"""ProxylessNAS (Cai et al., 2019), the network found for phones.

Timm and torchvision have none of it; layers bear the names of the PyPI package pytorchcv.
"""

from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.layers import Layers, classify, image_input

HEAD_CHANNELS = 1280
STEM_CHANNELS = 32


@dataclass(frozen=True, slots=True)
class Choice:
    """The block of one layer."""

    kernel: int
    expansion: int
    channels: int


# Figure 4 of the paper, without the layers for which the search chose to have none. The first block of each
# stage but the first has stride 2.
STAGES = (
    (Choice(3, 1, 16),),
    (Choice(5, 3, 32), Choice(3, 3, 32)),
    (Choice(7, 3, 40), Choice(3, 3, 40), Choice(5, 3, 40), Choice(5, 3, 40)),
    (
        Choice(7, 6, 80),
        *(Choice(5, 3, 80),) * 3,
        Choice(5, 6, 96),
        *(Choice(5, 3, 96),) * 3,
    ),
    (
        *(Choice(7, 6, 192),) * 2,
        *(Choice(7, 3, 192),) * 2,
        Choice(7, 6, 320),
    ),
)


def inverted_residual(
    layers: Layers, x: keras.KerasTensor, choice: Choice, stride: int, name: str
) -> keras.KerasTensor:
    """[1x1 to expand] -> depthwise -> 1x1 -> [add the input]."""
    y = x
    expanded = x.shape[-1] * choice.expansion
    if choice.expansion > 1:
        names = (f"{name}_bc_conv_conv", f"{name}_bc_conv_bn")
        y = layers.conv_norm(y, expanded, 1, names, activation="relu6")
    names = (f"{name}_dw_conv_conv", f"{name}_dw_conv_bn")
    y = layers.depthwise_norm(y, choice.kernel, names, stride=stride, activation="relu6")
    names = (f"{name}_pw_conv_conv", f"{name}_pw_conv_bn")
    y = layers.conv_norm(y, choice.channels, 1, names)
    if stride == 1 and x.shape[-1] == choice.channels:
        y = keras.layers.Add(name=f"{name}_add")([y, x])
    return y


def build(*, input_px: int, classes: int, padding: str, bn_epsilon: float) -> keras.Model:
    """ProxylessNAS for phones."""
    layers = Layers(padding, bn_epsilon)
    image = image_input(input_px)
    names = ("features_init_block_conv", "features_init_block_bn")
    x = layers.conv_norm(image, STEM_CHANNELS, 3, names, stride=2, activation="relu6")
    for number, stage in enumerate(STAGES, start=1):
        for position, choice in enumerate(stage, start=1):
            stride = 2 if position == 1 and number > 1 else 1
            name = f"features_stage{number}_unit{position}_body"
            x = inverted_residual(layers, x, choice, stride, name)
    names = ("features_final_block_conv", "features_final_block_bn")
    x = layers.conv_norm(x, HEAD_CHANNELS, 1, names, activation="relu6")
    logits = classify(x, classes, "output")
    return keras.Model(image, logits, name="proxylessnas_mobile")
