"""The direct route: a Keras network to `.tflite`, batch 1.

The weights are written into the traced graph as constants before the converter sees it. `from_keras_model` gives the
same graph, but writes a SavedModel to disk and reads it back first, which takes seven times as long; and a function
that captures variables gives a file full of NaN and no error.
"""

import warnings
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.quantize import Images, set_precision

TracedNetwork = Any  # a tf.ConcreteFunction from (1, height, width, 3) to (1, classes)


def trace_network(model: keras.Model) -> TracedNetwork:
    """Trace a network with its weights as constants, once for all precisions."""
    (image,) = model.inputs
    if None in image.shape:
        raise ConversionError(f"{model.name}: the input {image.shape} leaves a size open")
    trainable = [np.asarray(v) for v in model.trainable_variables]
    fixed = [np.asarray(v) for v in model.non_trainable_variables]

    def infer(x: Any) -> Any:
        outputs, _ = model.stateless_call(
            [tf.constant(v) for v in trainable], [tf.constant(v) for v in fixed], x, training=False
        )
        return outputs

    signature = [tf.TensorSpec(image.shape, tf.float32, name=image.name)]
    return tf.function(infer, input_signature=signature, autograph=False).get_concrete_function()


def convert_network(network: TracedNetwork, precision: str, images: Images) -> bytes:
    """The content of a `.tflite` file. `images` are what int8 is calibrated on."""
    converter = tf.lite.TFLiteConverter.from_concrete_functions([network])
    set_precision(converter, precision, images)
    with warnings.catch_warnings():
        # Full int8 finds the input's range by calibration, later; the converter would have liked it sooner.
        warnings.filterwarnings("ignore", "Statistics for quantized inputs were expected")
        content: bytes = converter.convert()
    return content
