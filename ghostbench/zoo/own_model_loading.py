"""A Keras file or a SavedModel folder, read, given a fixed shape, traced, and asked what it says of some inputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.agreement import Values
from ghostbench.zoo.calibration import Pixels
from ghostbench.zoo.keras_to_tflite import TracedNetwork, trace_network
from ghostbench.zoo.own_model import OwnModel

_SIGNATURE = "serving_default"
# What reading a file that is damaged, of another version, or of classes that nobody has raises.
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RuntimeError,
    ImportError,
    EOFError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedNetwork:
    """A network of one input and one output."""

    traced: TracedNetwork
    input_shape: tuple[int, ...]
    params: int | None  # trainable ones; None where the file does not tell them from others
    ask: Callable[[Pixels], Values]  # by the framework itself, layer after layer
    model: keras.Model | None = None


def load_network(own: OwnModel) -> LoadedNetwork:
    """Read the file or folder. Raises ConversionError when it cannot be read or is not of one input and one output."""
    try:
        return _LOADERS[own.kind](own)
    except ConversionError:
        raise
    except _UNREADABLE as cause:
        lines = str(cause).strip().splitlines() or [type(cause).__name__]
        raise ConversionError(f"it cannot be read: {lines[0]}") from cause


def _load_keras(own: OwnModel) -> LoadedNetwork:
    model = keras.saving.load_model(
        own.path, compile=False
    )  # safe mode: no code of the file is run
    inputs, outputs = (list(ends or ()) for ends in (model.inputs, model.outputs))
    refuse_several(len(inputs), len(outputs))
    refuse_other_types(inputs[0].name, inputs[0].dtype)
    shape = fixed_shape(inputs[0].name, inputs[0].shape, own)

    def ask(image: Pixels) -> Values:
        said: Values = np.asarray(model(image, training=False))
        return said

    return LoadedNetwork(
        traced=trace_network(model, shape),
        input_shape=shape,
        params=sum(int(np.prod(v.shape)) for v in model.trainable_variables),
        ask=ask,
        model=model,
    )


def _load_saved_model(own: OwnModel) -> LoadedNetwork:
    loaded = tf.saved_model.load(str(own.path))
    signature = _signature(loaded.signatures)
    _, inputs = signature.structured_input_signature
    outputs = signature.structured_outputs
    refuse_several(len(inputs), len(outputs))
    ((name, spec),) = inputs.items()
    (target,) = outputs
    refuse_other_types(name, spec.dtype.name)
    if spec.shape.rank is None:
        raise ConversionError(f"its input {name} has no shape at all; save it with one")
    shape = fixed_shape(name, spec.shape.as_list(), own)

    def infer(x: Any) -> Any:
        return signature(**{name: x})[target]

    traced = tf.function(
        infer, input_signature=[tf.TensorSpec(shape, tf.float32, name="image")], autograph=False
    ).get_concrete_function()

    def ask(image: Pixels) -> Values:
        said: Values = infer(tf.constant(image)).numpy()
        return said

    return LoadedNetwork(
        traced=convert_variables_to_constants_v2(traced), input_shape=shape, params=None, ask=ask
    )


_LOADERS: dict[str, Callable[[OwnModel], LoadedNetwork]] = {
    "keras": _load_keras,
    "saved_model": _load_saved_model,
}


def _signature(signatures: Any) -> Any:
    names = list(signatures)
    if _SIGNATURE in names:
        return signatures[_SIGNATURE]
    if len(names) == 1:
        return signatures[names[0]]
    told = ", ".join(names) or "none"
    raise ConversionError(
        f"it has to have a signature called {_SIGNATURE}, or only one; it has {told}"
    )


def refuse_several(inputs: int, outputs: int) -> None:
    """Raises ConversionError unless there is one of each."""
    if (inputs, outputs) != (1, 1):
        raise ConversionError(
            f"it has {inputs} inputs and {outputs} outputs; networks with one of each can be converted"
        )


def refuse_other_types(name: str, dtype: str) -> None:
    """Raises ConversionError unless the input takes 32-bit floats."""
    if dtype != "float32":
        raise ConversionError(
            f"its input {name} takes {dtype}; networks that take float32 can be converted"
        )


def fixed_shape(name: str, found: Sequence[int | None], own: OwnModel) -> tuple[int, ...]:
    """The shape to build: as the user says, else as the model says; only a batch that is left open is taken for 1."""
    told = " x ".join("?" if size is None else str(size) for size in found)
    asked = own.input_shape
    if asked is None:
        asked = tuple(
            1 if size is None and index == 0 else size or 0 for index, size in enumerate(found)
        )
        if 0 in asked:
            example = ",".join(str(size or 224) for size in asked)
            raise ConversionError(
                f"its input {name} is {told} and leaves a size open; say the size: --input-shape {example}"
            )
    if len(asked) != len(found) or any(
        size is not None and size != wanted for size, wanted in zip(found, asked, strict=False)
    ):
        wanted = " x ".join(map(str, asked))
        raise ConversionError(f"its input {name} is {told}; --input-shape {wanted} does not fit it")
    return tuple(asked)
