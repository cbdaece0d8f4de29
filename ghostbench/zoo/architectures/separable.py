"""The block of the MobileNets and EfficientNet, a depthwise convolution with expansion or without, and their frame."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import keras

from ghostbench.zoo.architectures.layers import Layers, classify, image_input
from ghostbench.zoo.architectures.squeeze_excite import squeeze_excite


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block, its channels already scaled."""

    name: str
    kernel: int
    stride: int
    out: int
    activation: str
    expanded: int | None = None  # None for a block without expansion
    se_channels: int | None = None
    se_activation: str = "relu"
    se_gate: str = "hard_sigmoid"
    activation_at_end: bool = False
    residual: bool = True  # add the input where it has the shape of the output


def separable_block(layers: Layers, x: keras.KerasTensor, block: Block) -> keras.KerasTensor:
    """[Expand] -> depthwise -> [squeeze-excite] -> project -> [add the input]."""
    # timm numbers the batch-norms of a block in their order, and calls the projection after what comes before it.
    name, before = block.name, 0
    y = x
    if block.expanded is not None:
        names = (f"{name}_conv_pw", f"{name}_bn1")
        y = layers.conv_norm(y, block.expanded, 1, names, activation=block.activation)
        before = 1
    names = (f"{name}_conv_dw", f"{name}_bn{before + 1}")
    y = layers.depthwise_norm(
        y, block.kernel, names, stride=block.stride, activation=block.activation
    )
    if block.se_channels is not None:
        y = squeeze_excite(
            layers,
            y,
            block.se_channels,
            f"{name}_se",
            activation=block.se_activation,
            gate=block.se_gate,
        )
    projection = f"{name}_conv_pw" if block.expanded is None else f"{name}_conv_pwl"
    y = layers.conv_norm(
        y,
        block.out,
        1,
        (projection, f"{name}_bn{before + 2}"),
        activation=block.activation if block.activation_at_end else None,
    )
    if block.residual and block.stride == 1 and x.shape[-1] == block.out:
        y = keras.layers.Add(name=f"{name}_add")([y, x])
    return y


def separable_trunk(
    layers: Layers, image: keras.KerasTensor, stem: int, blocks: Iterable[Block], activation: str
) -> Iterator[keras.KerasTensor]:
    """A stem of `stem` channels and the blocks: what each block makes, in order."""
    x = layers.stem(image, stem, activation)
    for block in blocks:
        x = separable_block(layers, x, block)
        yield x


def separable_network(
    layers: Layers,
    *,
    name: str,
    input_px: int,
    classes: int,
    stem: int,
    blocks: Iterable[Block],
    activation: str,
    head: int | None = None,
) -> keras.Model:
    """Stem, blocks, a last 1x1 convolution of `head` channels where given, the mean and a dense layer."""
    image = image_input(input_px)
    *_, x = separable_trunk(layers, image, stem, blocks, activation)
    if head is not None:
        x = layers.head(x, head, activation)
    return keras.Model(image, classify(x, classes), name=name)
