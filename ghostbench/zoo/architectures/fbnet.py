"""FBNet (Wu et al., 2019): every layer's block chosen by gradient descent, with the phone's time in the loss.

A block of the paper is named by kernel, expansion and groups ("k5_e6", "k3_e1_g2"), or "skip". Two definitions of what
expansion 1 means are published: in the authors' release of the weights there is then no 1x1 convolution before the
depthwise one (FBNet-C 378 M multiply-adds); in timm's FBNet-C there is (385 M). `definition` chooses. The
release gives its convolutions a bias, which batch-norm behind it swallows: there is none here.
"""

from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.layers import Layers, classify, image_input
from ghostbench.zoo.architectures.moving import channel_shuffle

STEM_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class Choice:
    """The block of one layer."""

    kernel: int
    expansion: int
    channels: int
    stride: int = 1
    groups: int = 1


@dataclass(frozen=True, slots=True)
class Variant:
    """Blocks by stage, and the channels of the last convolution; a "skip" that changes nothing is left out."""

    stages: tuple[tuple[Choice, ...], ...]
    head_channels: int


# Figure 4 of the paper, with the details of the released definitions.
VARIANTS = {
    "a": Variant(
        (
            (),
            (Choice(3, 3, 24, 2), Choice(3, 1, 24)),
            (Choice(5, 6, 32, 2), Choice(3, 3, 32), Choice(5, 1, 32), Choice(3, 3, 32)),
            (
                Choice(5, 6, 64, 2),
                Choice(5, 3, 64),
                Choice(5, 1, 64, groups=2),
                Choice(5, 6, 64),
            ),
            (
                Choice(3, 6, 112),
                Choice(5, 1, 112, groups=2),
                Choice(5, 3, 112),
                Choice(3, 1, 112, groups=2),
            ),
            (Choice(5, 6, 184, 2), Choice(5, 6, 184), Choice(5, 3, 184), Choice(5, 6, 184)),
            (Choice(5, 6, 352),),
        ),
        1504,
    ),
    "b": Variant(
        (
            (Choice(3, 1, 16),),
            (Choice(3, 6, 24, 2), Choice(5, 1, 24), Choice(3, 1, 24), Choice(3, 1, 24)),
            (Choice(5, 6, 32, 2), Choice(5, 3, 32), Choice(3, 6, 32), Choice(5, 6, 32)),
            (Choice(5, 6, 64, 2), Choice(5, 6, 64), Choice(5, 3, 64)),
            (Choice(5, 6, 112), Choice(3, 1, 112), Choice(5, 1, 112), Choice(5, 3, 112)),
            (Choice(5, 6, 184, 2), Choice(5, 1, 184), Choice(5, 6, 184), Choice(5, 6, 184)),
            (Choice(3, 6, 352),),
        ),
        1984,
    ),
    "c": Variant(
        (
            (Choice(3, 1, 16),),
            (Choice(3, 6, 24, 2), Choice(3, 1, 24), Choice(3, 1, 24)),
            (Choice(5, 6, 32, 2), Choice(5, 3, 32), Choice(5, 6, 32), Choice(3, 6, 32)),
            (Choice(5, 6, 64, 2), Choice(5, 3, 64), Choice(5, 6, 64), Choice(5, 6, 64)),
            (Choice(5, 6, 112), Choice(5, 6, 112), Choice(5, 6, 112), Choice(5, 3, 112)),
            (Choice(5, 6, 184, 2), Choice(5, 6, 184), Choice(5, 6, 184), Choice(5, 6, 184)),
            (Choice(3, 6, 352),),
        ),
        1984,
    ),
}


def fbnet_block(
    layers: Layers, x: keras.KerasTensor, choice: Choice, name: str, *, expand_always: bool
) -> keras.KerasTensor:
    """[1x1 to expand] -> [channel shuffle] -> depthwise -> 1x1 -> [add the input]."""
    y, groups = x, choice.groups
    if expand_always or choice.expansion > 1:
        names = (f"{name}_conv_pw", f"{name}_bn1")
        expanded = x.shape[-1] * choice.expansion
        y = layers.conv_norm(y, expanded, 1, names, groups=groups, activation="relu")
    if groups > 1:
        y = channel_shuffle(y, groups, f"{name}_shuffle")
    names = (f"{name}_conv_dw", f"{name}_bn2")
    y = layers.depthwise_norm(y, choice.kernel, names, stride=choice.stride, activation="relu")
    names = (f"{name}_conv_pwl", f"{name}_bn3")
    y = layers.conv_norm(y, choice.channels, 1, names, groups=groups)
    if choice.stride == 1 and x.shape[-1] == choice.channels:
        y = keras.layers.Add(name=f"{name}_add")([y, x])
    return y


def build(
    *,
    input_px: int,
    classes: int,
    variant: str,
    definition: str,
    padding: str,
    bn_epsilon: float,
) -> keras.Model:
    """FBNet-A, B or C, by the definition "release" or "timm"."""
    layers = Layers(padding, bn_epsilon)
    network = VARIANTS[variant]
    image = image_input(input_px)
    x = layers.stem(image, STEM_CHANNELS, "relu")
    for number, stage in enumerate(network.stages):
        for position, choice in enumerate(stage):
            name = f"blocks_{number}_{position}"
            x = fbnet_block(layers, x, choice, name, expand_always=definition == "timm")
    x = layers.head(x, network.head_channels, "relu")
    logits = classify(x, classes)
    return keras.Model(image, logits, name=f"fbnet_{variant}")
