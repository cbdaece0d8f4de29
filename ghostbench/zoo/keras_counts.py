"""Count a Keras network, layer by layer and without any converter: an independent check of what a built file does."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import keras

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.ghost_layers import GhostLayer
from ghostbench.zoo.keras_graph import nodes
from ghostbench.zoo.network_facts import NetworkFacts


def _conv(layer: Any, made: Sequence[int]) -> int:
    return _elements(made) * _elements(layer.kernel.shape[:3])


def _depthwise(layer: Any, made: Sequence[int]) -> int:
    return _elements(made) * _elements(layer.kernel.shape[:2])


def _dense(layer: Any, made: Sequence[int]) -> int:
    return _elements(made) * _elements(layer.kernel.shape[:1])


def _elements(shape: Sequence[int]) -> int:
    return prod(shape)


# A kernel is (height, width, in / groups, out), a depthwise one (height, width, in, multiplier), a dense one (in, out).
_COUNTERS: Mapping[type, Callable[[Any, Sequence[int]], int]] = {
    keras.layers.Conv2D: _conv,
    keras.layers.DepthwiseConv2D: _depthwise,
    keras.layers.Dense: _dense,
}
# No multiply-adds that anybody counts.
_FREE = frozenset(
    {
        keras.layers.InputLayer,
        keras.layers.Activation,
        keras.layers.Add,
        keras.layers.AveragePooling2D,
        keras.layers.BatchNormalization,
        keras.layers.Concatenate,
        keras.layers.Cropping2D,
        keras.layers.Dropout,
        keras.layers.Flatten,
        keras.layers.GlobalAveragePooling2D,
        keras.layers.MaxPooling2D,
        keras.layers.Multiply,
        keras.layers.Permute,
        keras.layers.ReLU,
        keras.layers.Reshape,
        keras.layers.Softmax,
        keras.layers.UpSampling2D,
        keras.layers.ZeroPadding2D,
    }
)
# Operations of `keras.ops` have no public classes; these are the names of the free ones.
_FREE_OPERATIONS = frozenset(
    {
        "Add",
        "Concatenate",
        "GetItem",
        "Mean",
        "Multiply",
        "Relu",
        "Relu6",
        "Reshape",
        "Split",
        "Transpose",
    }
)

# The Keras operations that move data about, and the kinds of operators they may become.
_MOVES: Mapping[str, tuple[str, ...]] = {
    "Cropping2D": ("STRIDED_SLICE",),
    "Flatten": ("RESHAPE",),
    "GetItem": ("STRIDED_SLICE",),
    "Permute": ("TRANSPOSE",),
    "Reshape": ("RESHAPE",),
    "Split": ("SPLIT",),
    "Transpose": ("TRANSPOSE",),
    "UpSampling2D": ("RESIZE_NEAREST_NEIGHBOR",),
    "ZeroPadding2D": ("PAD",),
}


@dataclass(frozen=True, slots=True)
class _Call:
    """One use of a layer or operation; a layer that is used several times has several."""

    layer: Any
    taken: tuple[int, ...]  # the shape of its first input
    made: tuple[int, ...]  # the shape of its first output


def count_network(model: keras.Model) -> NetworkFacts:
    """Count a network. Raises ConversionError where a layer's multiply-adds are not known."""
    calls = list(_calls(model))
    moves = Counter(kind for call in calls for kind in _moves(call))
    # A layer that looks at several maps with the same weights has them once.
    weighted = {id(call.layer): call.layer for call in calls if type(call.layer) in _COUNTERS}
    (source,), (target,) = model.inputs, model.outputs
    return NetworkFacts(
        params=sum(_elements(v.shape) for v in model.trainable_variables),
        macs=sum(map(_macs, calls)),
        weights=sum(_elements(layer.kernel.shape) for layer in weighted.values()),
        channels=sum(map(_channels, weighted.values())),
        input_shape=tuple(source.shape),
        output_shape=tuple(target.shape),
        moves=moves,
    )


def _calls(model: keras.Model) -> Iterator[_Call]:
    for node in nodes(model):
        operation = node.operation
        if isinstance(operation, keras.Model):
            yield from _calls(operation)
        elif isinstance(operation, GhostLayer):
            yield from _calls(operation.network)
        else:
            taken = node.arguments.keras_tensors[:1] or node.outputs
            yield _Call(operation, tuple(taken[0].shape), tuple(node.outputs[0].shape))


def _macs(call: _Call) -> int:
    layer = call.layer
    if counter := _COUNTERS.get(type(layer)):
        return counter(layer, call.made[1:])
    if type(layer) in _FREE or (
        not isinstance(layer, keras.layers.Layer) and type(layer).__name__ in _FREE_OPERATIONS
    ):
        return 0
    raise ConversionError(
        f"the multiply-adds of a {type(layer).__name__} ({layer.name}) are not known; "
        "say in zoo/keras_counts.py how to count them"
    )


def _moves(call: _Call) -> tuple[str, ...]:
    layer = call.layer
    if isinstance(layer, keras.layers.GlobalAveragePooling2D) and call.taken[1:3] == (1, 1):
        return ("RESHAPE",)  # the mean of a single pixel is the pixel
    return _MOVES.get(type(layer).__name__, ())


def _channels(layer: Any) -> int:
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return _elements(layer.kernel.shape[2:])
    return int(layer.kernel.shape[-1])
