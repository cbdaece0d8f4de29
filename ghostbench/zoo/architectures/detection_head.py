"""Heads that look at several levels with the same weights, and how their predictions become one output."""

from collections.abc import Iterable, Sequence

import keras

from ghostbench.zoo.architectures.moving import concatenate

BOX = 4  # numbers that place a box


def shared_conv(
    filters: int, kernel: int, name: str, activation: str | None = None
) -> keras.layers.Conv2D:
    """A convolution of stride 1 with bias, to be used on several levels."""
    return keras.layers.Conv2D(
        filters,
        kernel,
        padding="same",
        activation=activation,
        data_format="channels_last",
        name=name,
    )


def tower(
    levels: Iterable[keras.KerasTensor], layers: Sequence[keras.layers.Layer]
) -> list[keras.KerasTensor]:
    """Every level through the same layers."""
    out = []
    for x in levels:
        for layer in layers:
            x = layer(x)
        out.append(x)
    return out


def joined(levels: Sequence[keras.KerasTensor], values: int, name: str) -> keras.KerasTensor:
    """(1, height, width, anchors * values) of all levels to (1, boxes, values)."""
    rows = [
        keras.layers.Reshape((-1, values), name=f"{name}_rows_{number}")(x)
        for number, x in enumerate(levels)
    ]
    return concatenate(rows, 1, name)


def detections(boxes: keras.KerasTensor, classes: keras.KerasTensor) -> keras.KerasTensor:
    """One row for each box: four offsets from its anchor, then a logit for each class."""
    return keras.layers.Concatenate(axis=-1, name="detections")([boxes, classes])
