"""Ghost module and ghost bottleneck as Keras layers for your own networks: they train, save and load like any layer."""

from typing import Any

import keras

from ghostbench.core.errors import UsageError
from ghostbench.zoo.architectures.ghost_blocks import (
    BATCH_NORM_EPSILON,
    Bottleneck,
    ghost_bottleneck,
    ghost_module,
)
from ghostbench.zoo.architectures.layers import Layers


class GhostLayer(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A layer that is a small network; subclasses say which."""

    def _outputs(self, x: keras.KerasTensor) -> keras.KerasTensor:
        raise NotImplementedError

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the network for inputs of this shape."""
        x = keras.Input(batch_shape=input_shape, dtype=self.compute_dtype)
        self.network = keras.Model(x, self._outputs(x), name="network")

    def call(self, x: Any, training: bool | None = None) -> Any:
        """Run the network."""
        return self.network(x, training=training)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape that the network makes of an input's."""
        x = keras.Input(batch_shape=input_shape)
        shape: tuple[int | None, ...] = self._outputs(x).shape
        return shape


@keras.saving.register_keras_serializable(package="ghostbench")
class GhostModule(GhostLayer):
    """A convolution makes `filters / ratio` maps, a depthwise one of size `dw_size` makes the others from them.

    Batch-norm follows both, and ReLU where `relu` is true. Images are channels-last.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 1,
        *,
        strides: int = 1,
        ratio: int = 2,
        dw_size: int = 3,
        relu: bool = True,
        padding: str = "same",
        epsilon: float = BATCH_NORM_EPSILON,
        **kwargs: Any,
    ) -> None:
        """`padding` is "same" (TensorFlow's at stride 2) or "symmetric" (torch's)."""
        super().__init__(**kwargs)
        _check(filters=filters, ratio=ratio, dw_size=dw_size, padding=padding)
        self.filters, self.kernel_size, self.strides = filters, kernel_size, strides
        self.ratio, self.dw_size, self.relu = ratio, dw_size, relu
        self.padding, self.epsilon = padding, epsilon

    def _outputs(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return ghost_module(
            Layers(self.padding, self.epsilon),
            x,
            self.filters,
            "ghost",
            relu=self.relu,
            ratio=self.ratio,
            dw_size=self.dw_size,
            kernel=self.kernel_size,
            stride=self.strides,
        )

    def get_config(self) -> dict[str, Any]:
        """What makes the same layer again."""
        names = (
            "filters", "kernel_size", "strides", "ratio", "dw_size", "relu", "padding", "epsilon",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="ghostbench")
class GhostBottleneck(GhostLayer):
    """Ghost module to `expanded` channels, depthwise convolution if strided, squeeze-excite, ghost module to `filters`.

    What came in is added: as it is where its shape is that of the output, else through a depthwise and a 1x1
    convolution. `se_channels` of 0 means no squeeze-excite. Images are channels-last.
    """

    def __init__(
        self,
        expanded: int,
        filters: int,
        kernel_size: int = 3,
        *,
        strides: int = 1,
        se_channels: int = 0,
        gate: str = "hard_sigmoid",
        ratio: int = 2,
        dw_size: int = 3,
        padding: str = "same",
        epsilon: float = BATCH_NORM_EPSILON,
        **kwargs: Any,
    ) -> None:
        """`gate` is "hard_sigmoid" (as in PyTorch), "clip" (as in TensorFlow's definition) or "sigmoid"."""
        super().__init__(**kwargs)
        _check(filters=filters, ratio=ratio, dw_size=dw_size, padding=padding)
        self.expanded, self.filters, self.kernel_size = expanded, filters, kernel_size
        self.strides, self.se_channels, self.gate = strides, se_channels, gate
        self.ratio, self.dw_size = ratio, dw_size
        self.padding, self.epsilon = padding, epsilon

    def _outputs(self, x: keras.KerasTensor) -> keras.KerasTensor:
        inputs = x.shape[-1]
        block = Bottleneck(
            name="bottleneck",
            kernel=self.kernel_size,
            stride=self.strides,
            in_channels=inputs,
            expanded=self.expanded,
            out=self.filters,
            se_channels=self.se_channels or None,
            identity=self.strides == 1 and inputs == self.filters,
        )
        layers = Layers(self.padding, self.epsilon)
        return ghost_bottleneck(layers, x, block, self.gate, ratio=self.ratio, dw_size=self.dw_size)

    def get_config(self) -> dict[str, Any]:
        """What makes the same layer again."""
        names = (
            "expanded", "filters", "kernel_size", "strides", "se_channels", "gate", "ratio", "dw_size", "padding",
            "epsilon",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _check(*, filters: int, ratio: int, dw_size: int, padding: str) -> None:
    if filters < 1 or ratio < 1 or dw_size < 1 or dw_size % 2 == 0:
        raise UsageError(
            "a Ghost module has at least 1 filter, a ratio of at least 1 and an odd dw_size, "
            f"not {filters}, {ratio} and {dw_size}"
        )
    if padding not in ("same", "symmetric"):
        raise UsageError(f"the padding is same or symmetric, not {padding!r}")
