"""What GhostNets are made of: the Ghost module and the ghost bottleneck (Han et al., CVPR 2020, figures 2 and 3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.layers import Layers
from ghostbench.zoo.architectures.rounding import ceil_divide
from ghostbench.zoo.architectures.squeeze_excite import squeeze_excite

BATCH_NORM_EPSILON = 1e-5  # in both published definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottleneck:
    """One ghost bottleneck, its channels already scaled."""

    name: str
    kernel: int
    stride: int
    in_channels: int
    expanded: int
    out: int
    se_channels: int | None
    identity: bool  # the shortcut is the input itself


def ghost_module(
    layers: Layers,
    x: keras.KerasTensor,
    out: int,
    name: str,
    *,
    relu: bool,
    ratio: int = 2,
    dw_size: int = 3,
    kernel: int = 1,
    stride: int = 1,
) -> keras.KerasTensor:
    """A convolution makes out / ratio maps; a depthwise one of size `dw_size` makes the others from them."""
    intrinsic = ceil_divide(out, ratio)
    activation = "relu" if relu else None
    names = (f"{name}_primary_conv_0", f"{name}_primary_conv_1")
    primary = layers.conv_norm(x, intrinsic, kernel, names, stride=stride, activation=activation)
    if ratio == 1:
        return primary
    names = (f"{name}_cheap_operation_0", f"{name}_cheap_operation_1")
    cheap = layers.depthwise_norm(
        primary, dw_size, names, multiplier=ratio - 1, activation=activation
    )
    both = keras.layers.Concatenate(axis=-1, name=f"{name}_concat")([primary, cheap])
    # A slice that keeps everything would stay in the built file and make it a fifth slower.
    return both if intrinsic * ratio == out else both[..., :out]


def shortcut(layers: Layers, x: keras.KerasTensor, block: Bottleneck) -> keras.KerasTensor:
    """The input, brought to the shape of the output where it has another."""
    if block.identity:
        return x
    name = f"{block.name}_shortcut"
    x = layers.depthwise_norm(x, block.kernel, (f"{name}_0", f"{name}_1"), stride=block.stride)
    return layers.conv_norm(x, block.out, 1, (f"{name}_2", f"{name}_3"))


def ghost_bottleneck(
    layers: Layers,
    x: keras.KerasTensor,
    block: Bottleneck,
    gate: str,
    *,
    ratio: int = 2,
    dw_size: int = 3,
) -> keras.KerasTensor:
    """Ghost module to expand, depthwise convolution if strided, SE, ghost module to project, shortcut."""
    y = ghost_module(
        layers, x, block.expanded, f"{block.name}_ghost1", relu=True, ratio=ratio, dw_size=dw_size
    )
    return finish_bottleneck(layers, x, y, block, gate, ratio=ratio, dw_size=dw_size)


def finish_bottleneck(
    layers: Layers,
    x: keras.KerasTensor,
    expanded: keras.KerasTensor,
    block: Bottleneck,
    gate: str,
    *,
    ratio: int = 2,
    dw_size: int = 3,
) -> keras.KerasTensor:
    """All of a bottleneck that follows its expansion; `x` is what entered the bottleneck."""
    name, y = block.name, expanded
    if block.stride > 1:
        names = (f"{name}_conv_dw", f"{name}_bn_dw")
        y = layers.depthwise_norm(y, block.kernel, names, stride=block.stride)
    if block.se_channels:
        y = squeeze_excite(layers, y, block.se_channels, f"{name}_se", activation="relu", gate=gate)
    y = ghost_module(
        layers, y, block.out, f"{name}_ghost2", relu=False, ratio=ratio, dw_size=dw_size
    )
    return keras.layers.Add(name=f"{name}_add")([y, shortcut(layers, x, block)])


def trunk(
    layers: Layers,
    image: keras.KerasTensor,
    stem: int,
    blocks: Iterable[Bottleneck],
    gate: str,
    *,
    ratio: int = 2,
    dw_size: int = 3,
) -> Iterator[keras.KerasTensor]:
    """A stem of `stem` channels and the bottlenecks: what each of them makes, in order."""
    x = layers.stem(image, stem, "relu")
    for block in blocks:
        x = ghost_bottleneck(layers, x, block, gate, ratio=ratio, dw_size=dw_size)
        yield x
