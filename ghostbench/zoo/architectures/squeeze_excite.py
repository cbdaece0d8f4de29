"""Squeeze-and-excitation: weigh every channel by what the whole image says of it."""

import keras

from ghostbench.zoo.architectures.layers import Layers, activate, global_average


def squeeze_excite(
    layers: Layers,
    x: keras.KerasTensor,
    reduced: int,
    name: str,
    *,
    activation: str,
    gate: str,
    convolutions: tuple[str, str] = ("conv_reduce", "conv_expand"),
) -> keras.KerasTensor:
    """Mean over the image, two 1x1 convolutions with `reduced` channels between them, a gate on every channel.

    The mean keeps its two axes of size 1, so that the built file needs no RESHAPE.
    """
    weight = global_average(x, f"{name}_squeeze")
    weight = layers.conv(weight, reduced, 1, f"{name}_{convolutions[0]}", bias=True)
    weight = activate(weight, activation, f"{name}_act1")
    weight = layers.conv(weight, x.shape[-1], 1, f"{name}_{convolutions[1]}", bias=True)
    weight = activate(weight, gate, f"{name}_gate")
    return keras.layers.Multiply(name=f"{name}_excite")([x, weight])
