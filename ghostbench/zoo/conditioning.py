"""Batch-norms set from a few images, so that random weights behave as trained ones do.

Nothing tells random weights how large the maps are that they get: over fifty layers they die out or run away. And where
errors grow from layer to layer a file cannot be checked, since the rounding of 8 bits then looks like a fault of the
conversion. So a network with random weights is conditioned, layer after layer:

- Each batch-norm is given the mean and the variance of what the layers before it make of some images, as training
  leaves it (Mishkin and Matas, "All you need is a good init", 2016, scale the weights to the same end).
- Where an activation follows, also after an addition, the batch-norm shifts by its own scale, so that most values lie
  where the activation is nearly a straight line. Around zero, each ReLU takes away more of what images differ by than
  of the errors: without the shift FBNet-C's int8 file had an error share of 1.09 (see `zoo.agreement` for what that
  means), with it a quarter of that.

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

Map = NDArray[np.float32]

# Enough values of a channel for a statistic, also in the last map, which has a 32nd of the input's side.
_LAST_MAP_STRIDE = 32
_WANTED_VALUES = 196
_FEWEST_IMAGES = 2
_MOST_IMAGES = 32
# What a standard deviation is divided into, and the leading power of two of a variance.
_STEPS = 8
# Of the layer's mean variance. To scale up a channel that is nearly dead would scale up its errors.
_LEAST_SHARE = 1 / 16
_SHIFT = 1.0
_JOINING = ("Add", "Concatenate")
_ACTIVATIONS = (keras.layers.ReLU, keras.layers.Activation)


def condition(model: keras.Model) -> None:
    """Set every batch-norm of a functional network, from the input on; other weights stay as they are."""
    (source,) = model.inputs
    images = conditioning_images(source.shape[1])
    calls = [node for node in nodes(model) if not node.is_input]
    activated = _activated(calls)
    readers = Counter(id(tensor) for node in calls for tensor in _taken(node))
    maps: dict[int, list[Any]] = {id(source): [keras.ops.convert_to_tensor(i) for i in images]}
    settled: set[int] = set()
    for node in calls:
        layer = node.operation
        # One that several maps pass keeps the statistics of the first: it cannot fit all.
        if isinstance(layer, keras.layers.BatchNormalization) and id(layer) not in settled:
            settled.add(id(layer))
            _settle(layer, [np.asarray(one) for one in maps[id(_taken(node)[0])]])
            if id(node.outputs[0]) in activated:
                layer.beta.assign_add(_SHIFT * layer.gamma)
        _call(node, maps, len(images))
        for tensor in map(id, _taken(node)):
            readers[tensor] -= 1
            if not readers[tensor]:
                maps.pop(tensor, None)  # the maps of a large network would fill the memory


def conditioning_images(input_px: int) -> list[Map]:
    """Images from -1 to 1, none of which is for calibration or for checking a file."""
    values = max(1, input_px // _LAST_MAP_STRIDE) ** 2
    count = min(_MOST_IMAGES, max(_FEWEST_IMAGES, -(-_WANTED_VALUES // values)))
    return [synthetic_image(f"conditioning:{index}", input_px) for index in range(count)]


def statistics(maps: Sequence[Map]) -> tuple[Map, Map]:
    """Mean and variance of each channel (the last axis) over all maps, rounded to a few bits."""
    rows = np.concatenate([one.reshape(-1, one.shape[-1]) for one in maps]).astype(np.float64)
    exact = rows.var(axis=0)
    exact = np.maximum(exact, _LEAST_SHARE * exact.mean())
    fraction, exponent = np.frexp(np.where(exact > 0, exact, 1.0))  # the fraction is from 1/2 to 1
    variance = np.ldexp(np.round(fraction * 2 * _STEPS) / (2 * _STEPS), exponent)
    step = np.ldexp(1.0, np.frexp(np.sqrt(variance))[1] - 1) / _STEPS
    mean = np.round(rows.mean(axis=0) / step) * step
    return mean.astype(np.float32), variance.astype(np.float32)


def _activated(calls: Sequence[Any]) -> set[int]:
    """The tensors that an activation follows, at once or after they were added to or joined with others."""
    found: set[int] = set()
    for node in reversed(calls):
        joins = type(node.operation).__name__ in _JOINING and id(node.outputs[0]) in found
        if joins or isinstance(node.operation, _ACTIVATIONS):
            found.update(id(tensor) for tensor in _taken(node))
    return found


def _taken(node: Any) -> list[Any]:
    return list(node.arguments.keras_tensors)


def _settle(layer: Any, maps: Sequence[Map]) -> None:
    mean, variance = statistics(maps)
    layer.moving_mean.assign(mean)
    layer.moving_variance.assign(variance)


def _call(node: Any, maps: dict[int, list[Any]], images: int) -> None:
    """Do with the maps of every image what the network does there, and keep what comes out."""
    made: list[list[Any]] = []
    for index in range(images):
        args, kwargs = node.arguments.fill_in({t: found[index] for t, found in maps.items()})
        if isinstance(node.operation, keras.layers.Layer):
            kwargs["training"] = False
        made.append(keras.tree.flatten(node.operation(*args, **kwargs)))
    for number, tensor in enumerate(node.outputs):
        maps[id(tensor)] = [outputs[number] for outputs in made]
