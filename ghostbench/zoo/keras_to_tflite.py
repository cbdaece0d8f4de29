"""The direct route: a Keras network to `.tflite`, batch 1.

The weights are written into the traced graph as constants before the converter sees it. `from_keras_model` gives the
same graph, but writes a SavedModel to disk and reads it back first, which takes seven times as long; and a function
that captures variables gives a file full of NaN and no error.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.int8_ends import DEFAULT_ENDS
from ghostbench.zoo.quantize import Images, set_precision

TracedNetwork = (
    Any  # a tf.ConcreteFunction of one input and one output, with its weights as constants
)


def trace_network(model: keras.Model, shape: Sequence[int] | None = None) -> TracedNetwork:
    """Trace a network with its weights as constants, once for all precisions; `shape` where it leaves one open."""
    (image,) = model.inputs
    fixed_shape = tuple(shape or image.shape)
    if None in fixed_shape:
        raise ConversionError(f"{model.name}: the input {image.shape} leaves a size open")
    trainable = [np.asarray(v) for v in model.trainable_variables]
    fixed = [np.asarray(v) for v in model.non_trainable_variables]

    def infer(x: Any) -> Any:
        outputs, _ = model.stateless_call(
            [tf.constant(v) for v in trainable], [tf.constant(v) for v in fixed], x, training=False
        )
        return outputs

    signature = [tf.TensorSpec(fixed_shape, tf.float32, name=image.name)]
    return tf.function(infer, input_signature=signature, autograph=False).get_concrete_function()


def graph_network(content: bytes, source: str, target: str) -> TracedNetwork:
    """A network from a TensorFlow graph that holds its weights as constants, and the names of its two ends."""
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(content)
    wrapped = tf.compat.v1.wrap_function(
        lambda: tf.compat.v1.import_graph_def(graph, name=""), signature=[]
    )
    return wrapped.prune(
        wrapped.graph.get_tensor_by_name(source), wrapped.graph.get_tensor_by_name(target)
    )


def convert_network(
    network: TracedNetwork, precision: str, images: Images, int8_io: str = DEFAULT_ENDS
) -> bytes:
    """The content of a `.tflite` file. `images` are what int8 is calibrated on, `int8_io` what it takes and gives."""
    converter = tf.lite.TFLiteConverter.from_concrete_functions([network])
    set_precision(converter, precision, images, int8_io)
    with warnings.catch_warnings():
        # Full int8 finds the input's range by calibration, later; the converter would have liked it sooner.
        warnings.filterwarnings("ignore", "Statistics for quantized inputs were expected")
        content: bytes = converter.convert()
    return content
