"""The layers that all families are made of, so that padding and batch-norm are decided in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras

# How torch and timm name the same constant, 0.1, is its complement. It matters to training only.
BATCH_NORM_MOMENTUM = 0.9


@dataclass(frozen=True, slots=True)
class Layers:
    """Makes the layers of one network.

    `padding` says what a convolution of stride 2 sees beyond the edge: "same" is TensorFlow's way, which pads
    an even image at the right and bottom only; "symmetric" is torch's way, k // 2 at every side. The two differ
    in the result, and "symmetric" costs a PAD operator. At stride 1, and on images of odd size, they are the
    same.
    """

    padding: str
    epsilon: float

    def conv(
        self,
        x: keras.KerasTensor,
        filters: int,
        kernel: int,
        name: str,
        *,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> keras.KerasTensor:
        """An ordinary convolution; with `groups`, each part of the outputs sees its part of the inputs alone."""
        x, padding = self.pad(x, kernel, stride, name)
        return keras.layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            padding=padding,
            groups=groups,
            use_bias=bias,
            data_format="channels_last",
            name=name,
        )(x)

    def depthwise(
        self,
        x: keras.KerasTensor,
        kernel: int | tuple[int, int],
        name: str,
        *,
        stride: int = 1,
        multiplier: int = 1,
    ) -> keras.KerasTensor:
        """A convolution of each channel by itself; each gives `multiplier` channels."""
        x, padding = self.pad(x, kernel, stride, name)
        return keras.layers.DepthwiseConv2D(
            kernel,
            strides=stride,
            padding=padding,
            depth_multiplier=multiplier,
            use_bias=False,
            data_format="channels_last",
            name=name,
        )(x)

    def norm(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        """Batch-norm. The converter folds it into the convolution before it."""
        return keras.layers.BatchNormalization(
            axis=-1, momentum=BATCH_NORM_MOMENTUM, epsilon=self.epsilon, name=name
        )(x)

    def conv_norm(
        self,
        x: keras.KerasTensor,
        filters: int,
        kernel: int,
        names: tuple[str, str],
        *,
        stride: int = 1,
        groups: int = 1,
        activation: str | None = None,
    ) -> keras.KerasTensor:
        """Convolution, batch-norm and, where given, activation; `names` are those of the first two."""
        x = self.norm(
            self.conv(x, filters, kernel, names[0], stride=stride, groups=groups), names[1]
        )
        return activate(x, activation, f"{names[1]}_act") if activation else x

    def depthwise_norm(
        self,
        x: keras.KerasTensor,
        kernel: int | tuple[int, int],
        names: tuple[str, str],
        *,
        stride: int = 1,
        multiplier: int = 1,
        activation: str | None = None,
    ) -> keras.KerasTensor:
        """The same with a depthwise convolution."""
        x = self.depthwise(x, kernel, names[0], stride=stride, multiplier=multiplier)
        x = self.norm(x, names[1])
        return activate(x, activation, f"{names[1]}_act") if activation else x

    def stem(self, image: keras.KerasTensor, channels: int, activation: str) -> keras.KerasTensor:
        """The 3x3 convolution of stride 2 that all of timm's mobile networks begin with."""
        names = ("conv_stem", "bn1")
        return self.conv_norm(image, channels, 3, names, stride=2, activation=activation)

    def head(self, x: keras.KerasTensor, channels: int, activation: str) -> keras.KerasTensor:
        """The 1x1 convolution that many of them end with."""
        return self.conv_norm(x, channels, 1, ("conv_head", "bn2"), activation=activation)

    def max_pool(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        """3x3 of stride 2, after ReLU: there the zeros of a symmetric padding never win over a value."""
        x, padding = self.pad(x, 3, 2, name)
        return keras.layers.MaxPooling2D(
            3, strides=2, padding=padding, data_format="channels_last", name=name
        )(x)

    def pad(
        self, x: keras.KerasTensor, kernel: int | tuple[int, int], stride: int, name: str
    ) -> tuple[keras.KerasTensor, str]:
        """Pad symmetrically where TensorFlow would not; the second value is the padding still to do."""
        if self.padding == "same" or stride == 1 or kernel == 1:
            return x, "same"
        if all(size is not None and size % 2 for size in x.shape[1:3]):
            return x, "same"  # on odd sizes it is symmetric
        rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
        padded = keras.layers.ZeroPadding2D(
            (rows // 2, columns // 2), data_format="channels_last", name=f"{name}_pad"
        )(x)
        return padded, "valid"


def image_input(input_px: int) -> keras.KerasTensor:
    """One square colour image; the batch size is fixed, so that no shape is left open in the built file."""
    return keras.Input(batch_shape=(1, input_px, input_px, 3), name="image")


def global_average(x: keras.KerasTensor, name: str, *, keep: bool = True) -> keras.KerasTensor:
    """The mean over the image: one MEAN operator, of shape (1, 1, 1, C) when `keep`."""
    return keras.layers.GlobalAveragePooling2D(
        keepdims=keep, data_format="channels_last", name=name
    )(x)


def classify(x: keras.KerasTensor, classes: int, name: str = "classifier") -> keras.KerasTensor:
    """The mean over the image and a dense layer: logits."""
    return keras.layers.Dense(classes, name=name)(global_average(x, "global_pool", keep=False))


def activate(x: keras.KerasTensor, activation: str, name: str) -> keras.KerasTensor:
    """Apply one of `ACTIVATIONS`."""
    return ACTIVATIONS[activation](name)(x)


@keras.saving.register_keras_serializable(package="ghostbench")  # type: ignore[untyped-decorator]  # no types in Keras
def clip_between_0_and_1(x: keras.KerasTensor) -> keras.KerasTensor:
    """ReLU comes first, so that it is fused into the convolution before it; one MINIMUM operator is left."""
    return keras.ops.minimum(keras.ops.relu(x), 1.0)


ACTIVATIONS: Mapping[str, Callable[[str], keras.Layer]] = {
    "relu": lambda name: keras.layers.ReLU(name=name),
    "relu6": lambda name: keras.layers.ReLU(max_value=6.0, name=name),
    "hard_swish": lambda name: keras.layers.Activation(
        "hard_swish", name=name
    ),  # x relu6(x + 3) / 6
    "silu": lambda name: keras.layers.Activation("silu", name=name),  # x / (1 + exp(-x))
    "sigmoid": lambda name: keras.layers.Activation("sigmoid", name=name),
    "hard_sigmoid": lambda name: keras.layers.Activation(
        "hard_sigmoid", name=name
    ),  # relu6(x + 3) / 6
    "clip": lambda name: keras.layers.Activation(clip_between_0_and_1, name=name),
}
