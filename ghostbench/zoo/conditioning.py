"""Batch-norm statistics taken from a few images, so that random weights behave as trained ones do.

Nothing tells random weights how large the maps are that they get: over fifty layers they die out or run away, and a network
whose errors grow on the way cannot be checked, since rounding alone then looks like a fault of the conversion. Training
leaves every batch-norm with the mean and the variance of what enters it. So does this, without training: layer after
layer, each batch-norm is given the statistics of what the layers before it make of some images (Mishkin and Matas, "All you
need is a good init", 2016, scale the weights to the same end).

The statistics are rounded to a few bits. Sums come out a little different with other instructions or another number of
threads; after rounding they are nearly always the same, and so is the built file.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ghostbench.zoo.calibration import synthetic_image
from ghostbench.zoo.keras_graph import nodes

# Enough values for a statistic: a map has a 32nd of the input's side at the end.
_FEWEST_IMAGES = 4
_MOST_IMAGES = 32
_WANTED_VALUES = 196
_LAST_MAP_STRIDE = 32
# The steps that a standard deviation is divided into, and a variance is rounded to of its leading power of two.
_STEPS = 8
# A channel with less of the layer's mean variance is as good as dead; to scale it up would scale up errors.
_LEAST_SHARE = 1 / 16

Map = NDArray[np.float32]


def condition(model: keras.Model) -> None:
    """Give each batch-norm of a functional network the statistics of what enters it; no other weight changes."""
    (source,), images = model.inputs, conditioning_images(model.inputs[0].shape[1])
    calls = [node for node in nodes(model) if not node.is_input]
    readers = Counter(id(tensor) for node in calls for tensor in node.arguments.keras_tensors)
    values: dict[int, list[Any]] = {id(source): [keras.ops.convert_to_tensor(i) for i in images]}
    seen: set[int] = set()
    for node in calls:
        layer, taken = node.operation, [id(tensor) for tensor in node.arguments.keras_tensors]
        # One that looks at several maps keeps the statistics of the first, as they cannot fit all.
        if isinstance(layer, keras.layers.BatchNormalization) and id(layer) not in seen:
            _settle(layer, [np.asarray(value) for value in values[taken[0]]])
            seen.add(id(layer))
        _call(node, values, len(images))
        for tensor in taken:
            readers[tensor] -= 1
            if not readers[tensor]:
                values.pop(tensor, None)  # large networks would fill the memory with maps


def conditioning_images(input_px: int) -> list[Map]:
    """Images from -1 to 1 of their own: none is for calibration, and no file is checked on one."""
    values = max(1, input_px // _LAST_MAP_STRIDE) ** 2
    count = min(_MOST_IMAGES, max(_FEWEST_IMAGES, -(-_WANTED_VALUES // values)))
    return [synthetic_image(f"conditioning:{index}", input_px) for index in range(count)]


def statistics(maps: Sequence[Map]) -> tuple[Map, Map]:
    """Mean and variance of each channel (the last axis) over all maps, rounded to a few bits."""
    rows = np.concatenate([one.reshape(-1, one.shape[-1]) for one in maps]).astype(np.float64)
    variance = rows.var(axis=0)
    variance = np.maximum(variance, _LEAST_SHARE * variance.mean())
    variance = _rounded(np.where(variance > 0, variance, 1.0))
    _, exponent = np.frexp(np.sqrt(variance))
    step = np.ldexp(1.0, exponent - 1) / _STEPS
    mean = np.round(rows.mean(axis=0) / step) * step
    return mean.astype(np.float32), variance.astype(np.float32)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    fraction, exponent = np.frexp(values)  # the fraction is from a half to 1
    rounded: NDArray[np.float64] = np.ldexp(np.round(fraction * 2 * _STEPS) / (2 * _STEPS), exponent)
    return rounded


def _settle(layer: Any, maps: Sequence[Map]) -> None:
    mean, variance = statistics(maps)
    layer.moving_mean.assign(mean)
    layer.moving_variance.assign(variance)


def _call(node: Any, values: dict[int, list[Any]], images: int) -> None:
    """Do for every image what the node does, and keep what comes out."""
    made: list[list[Any]] = []
    for index in range(images):
        one = {tensor: found[index] for tensor, found in values.items()}
        args, kwargs = node.arguments.fill_in(one)
        if isinstance(node.operation, keras.layers.Layer):
            kwargs["training"] = False
        made.append(keras.tree.flatten(node.operation(*args, **kwargs)))
    for tensor, found in zip(node.outputs, zip(*made, strict=True), strict=True):
        values[id(tensor)] = list(found)
