"""A Keras network's parameters under the names and in the layout that timm gives them.

A layer `blocks_0_0_ghost1_primary_conv_0` holds what timm calls `blocks.0.0.ghost1.primary_conv.0`, and its kernel
(height, width, in, out) is timm's weight (out, in, height, width). ShuffleNetV2, which timm lacks, has torchvision's
names; ShuffleNetV1, IGCV3 and ProxylessNAS, which torchvision lacks too, those of the PyPI package pytorchcv.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ghostbench.core.errors import WeightsError

if TYPE_CHECKING:
    import keras

Values = NDArray[np.float32]

# The parts of timm's names that have a "_" of their own; every other "_" of a layer's name stands for ".".
_WORDS = re.compile(
    r"primary_conv|cheap_operation|short_conv|running_mean|running_var|conv_(?:stem|dw|pwl?|reduce|expand|head)"
    r"|bn_dw|norm_head|(?:init|final)_block|(?:compress|expand)_(?:conv|bn)\d|dw_(?:conv|bn)\d|(?:bc|dw|pw)_conv"
    r"|(?:inner|layer|extra)_blocks|(?:classification|regression)_head|cls_logits|bbox_(?:reg|pred)|[^_]+"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a Keras network, seen as timm sees it."""

    name: str  # timm's
    shape: tuple[int, ...]  # timm's
    variable: Any  # keras.Variable
    to_keras: Callable[[Values], Values]

    def assign(self, values: Values) -> None:
        """Put values of timm's layout into the network."""
        self.variable.assign(self.to_keras(values))


def dotted(name: str) -> str:
    """A layer's or parameter's name as timm writes it.

    >>> dotted("blocks_0_0_ghost1_primary_conv_1_running_var")
    'blocks.0.0.ghost1.primary_conv.1.running_var'
    """
    return ".".join(_WORDS.findall(name))


def timm_parameters(model: "keras.Model") -> Iterator[Parameter]:
    """Every parameter of the network, moving statistics included."""
    for layer in model.layers:
        for variable in layer.weights:
            kind = type(layer).__name__
            try:
                name, view = _VIEWS[kind, variable.name]
            except KeyError:
                raise WeightsError(
                    f"{model.name}: no name is known for {variable.name} of {layer.name}, a {kind}; "
                    "weights can be given to convolutions, dense layers and batch-norms"
                ) from None
            shape, to_keras = view(tuple(variable.shape))
            yield Parameter(dotted(f"{layer.name}_{name}"), shape, variable, to_keras)


_View = tuple[tuple[int, ...], Callable[[Values], Values]]


def _conv(shape: tuple[int, ...]) -> _View:
    height, width, inputs, outputs = shape
    return (outputs, inputs, height, width), lambda values: values.transpose(2, 3, 1, 0)


def _depthwise(shape: tuple[int, ...]) -> _View:
    height, width, channels, multiplier = shape

    def to_keras(values: Values) -> Values:
        return values.reshape(channels, multiplier, height, width).transpose(2, 3, 0, 1)

    return (channels * multiplier, 1, height, width), to_keras


def _dense(shape: tuple[int, ...]) -> _View:
    return shape[::-1], lambda values: values.T


def _as_is(shape: tuple[int, ...]) -> _View:
    return shape, lambda values: values


_VIEWS: dict[tuple[str, str], tuple[str, Callable[[tuple[int, ...]], _View]]] = {
    ("Conv2D", "kernel"): ("weight", _conv),
    ("Conv2D", "bias"): ("bias", _as_is),
    ("DepthwiseConv2D", "kernel"): ("weight", _depthwise),
    ("Dense", "kernel"): ("weight", _dense),
    ("Dense", "bias"): ("bias", _as_is),
    ("BatchNormalization", "gamma"): ("weight", _as_is),
    ("BatchNormalization", "beta"): ("bias", _as_is),
    ("BatchNormalization", "moving_mean"): ("running_mean", _as_is),
    ("BatchNormalization", "moving_variance"): ("running_var", _as_is),
}
