"""What each precision means, as settings of TensorFlow's converter.

| precision | weights                   | arithmetic                                 | input, output    |
|-----------|---------------------------|--------------------------------------------|------------------|
| fp32      | float32                   | float32                                    | float32          |
| fp16      | float16                   | float32, unless the engine is told float16 | float32          |
| dynamic   | int8, one scale a channel | int8 where a kernel has it, else float32   | float32          |
| int8      | int8, one scale a channel | int8 throughout                            | int8, or float32 |

int8 takes and gives int8 unless asked otherwise: that is what phones are given, no conversion is timed with the
network, and accelerators without floating point can run the file. Whoever has pixels quantises them with the scale and
zero point of the input. With float ends the file does that itself, in an operator at each end that is timed with it.
"""

from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

from ghostbench.zoo.calibration import Pixels
from ghostbench.zoo.int8_ends import DEFAULT_ENDS, ENDS

Images = Callable[[], Iterable[Pixels]]


def set_precision(
    converter: Any, precision: str, images: Images, int8_io: str = DEFAULT_ENDS
) -> None:
    """Tell a TFLiteConverter which precision to build; `images` and `int8_io`, of `ENDS`, are for int8 only."""
    if precision == "fp32":
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "fp16":
        converter.target_spec.supported_types = [tf.float16]
    elif precision == "int8":
        converter.representative_dataset = lambda: ([image] for image in images())
        # An operator without an int8 kernel is then an error of the converter, not an island of floats.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        ends = tf.as_dtype(ENDS[int8_io])
        converter.inference_input_type = ends
        converter.inference_output_type = ends
    elif precision != "dynamic":
        raise ValueError(f"{precision!r} is no precision")
