"""Networks with one planted fault each, by the kind of finding that each must yield, and no other."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.graph.build import (
    OperatorPlan,
    TensorPlan,
    constant,
    model,
    model_table,
    numbers,
    op,
    subgraph,
    tensor,
    write,
)

IMAGE = tensor(1, 8, 8, 4, name="image")
DATA = tensor(1, 8, 8, 4)
KERNEL = constant(4, 3, 3, 4)
BIAS = constant(4)
BYTES = tensor(1, 8, 8, 4, dtype="int8", scales=(0.5,))
BYTE_KERNEL = constant(4, 3, 3, 4, dtype="int8", scales=(0.01,))
BYTE_BIAS = TensorPlan(shape=(4,), dtype="int32", data=np.ones(4, "<i4").tobytes(), scales=(0.005,))


def network(tensors: Sequence[TensorPlan], *steps: OperatorPlan, **more: Any) -> bytes:
    return model(subgraph(tensors, steps, **more))


def conv(inputs: Sequence[int], output: int, **options: Any) -> OperatorPlan:
    whole = {"strideW": 1, "strideH": 1, **options}
    return op("CONV_2D", inputs, [output], "Conv2DOptions", **whole)


def good(*, layers: int = 2) -> bytes:
    """Convolutions with a fused activation, and a sum at the end."""
    tensors, steps = [IMAGE], []
    for _ in range(layers):
        first = len(tensors)
        tensors += [KERNEL, BIAS, DATA]
        steps.append(conv([first - 1, first, first + 1], first + 2, fusedActivationFunction=1))
    tensors.append(DATA)
    steps.append(op("ADD", [0, len(tensors) - 2], [len(tensors) - 1], "AddOptions"))
    return network(tensors, *steps)


def _behind_a_layer(*tensors: TensorPlan, steps: Sequence[OperatorPlan]) -> bytes:
    """A convolution that makes tensor 3, and what comes after it: tensors from 4 on."""
    return network([IMAGE, KERNEL, BIAS, DATA, *tensors], conv([0, 1, 2], 3), *steps)


def channels_first() -> bytes:
    tensors = [tensor(1, 4, 8, 8), KERNEL, BIAS, numbers(0, 2, 3, 1), DATA, DATA]
    return network(tensors, op("TRANSPOSE", [0, 3], [4]), conv([4, 1, 2], 5))


def transposes_that_undo_each_other() -> bytes:
    turned = tensor(1, 8, 4, 8)
    return _behind_a_layer(
        numbers(0, 2, 3, 1), turned, numbers(0, 3, 1, 2), DATA, DATA,
        steps=[op("TRANSPOSE", [3, 4], [5]), op("TRANSPOSE", [5, 6], [7]), op("ABS", [7], [8])],
    )  # fmt: skip


def foldable_pad() -> bytes:
    wide = tensor(1, 10, 10, 4)
    sizes = numbers(0, 0, 1, 1, 1, 1, 0, 0, shape=(4, 2))
    tensors = [IMAGE, KERNEL, BIAS, sizes, wide, DATA]
    return network(tensors, op("PAD", [0, 3], [4]), conv([4, 1, 2], 5, padding=1))


def batch_norm() -> bytes:
    steps = [op("MUL", [3, 4], [5], "MulOptions"), op("ADD", [5, 6], [7], "AddOptions")]
    return _behind_a_layer(BIAS, DATA, BIAS, DATA, steps=steps)


def batch_norm_in_half_precision() -> bytes:
    half = constant(4, dtype="float16")
    steps = [op("DEQUANTIZE", [4], [5]), op("MUL", [3, 5], [6], "MulOptions")]
    return _behind_a_layer(half, tensor(4), DATA, steps=steps)


def activation() -> bytes:
    return _behind_a_layer(DATA, steps=[op("RELU6", [3], [4])])


def slice_of_everything() -> bytes:
    tensors = (numbers(0, 0, 0, 0), numbers(1, 8, 8, 4), DATA)
    return _behind_a_layer(*tensors, steps=[op("SLICE", [3, 4, 5], [6])])


def strided_slice_of_everything() -> bytes:
    zeros, ends, ones = numbers(0, 0, 0, 0), numbers(1, 8, 8, 4), numbers(1, 1, 1, 1)
    step = op("STRIDED_SLICE", [3, 4, 5, 6], [7], "StridedSliceOptions")
    return _behind_a_layer(zeros, ends, ones, DATA, steps=[step])


def reshape_to_the_same() -> bytes:
    step = op("RESHAPE", [3, 4], [5])
    return _behind_a_layer(numbers(1, 8, 8, 4), DATA, steps=[step])


def two_reshapes() -> bytes:
    steps = [op("RESHAPE", [3, 4], [5]), op("RESHAPE", [5, 6], [7])]
    flat, out = tensor(1, 256), tensor(16, 16)
    return _behind_a_layer(numbers(1, 256), flat, numbers(16, 16), out, steps=steps)


def unread_result() -> bytes:
    steps = [op("ABS", [3], [4]), op("ADD", [0, 3], [5], "AddOptions")]
    return _behind_a_layer(DATA, DATA, steps=steps)


def casts() -> bytes:
    whole = tensor(1, 8, 8, 4, dtype="int32")
    steps = [
        op("CAST", [3], [4], "CastOptions", inDataType=0, outDataType=2),
        op("CAST", [4], [5], "CastOptions", inDataType=2, outDataType=0),
    ]
    return _behind_a_layer(whole, DATA, steps=steps)


def _bytes_layer(*tensors: TensorPlan, steps: Sequence[OperatorPlan]) -> bytes:
    first = [BYTES, BYTE_KERNEL, BYTE_BIAS, BYTES]
    return network([*first, *tensors], conv([0, 1, 2], 3), *steps)


def there_and_back() -> bytes:
    steps = [op("DEQUANTIZE", [3], [4]), op("QUANTIZE", [4], [5])]
    return _bytes_layer(DATA, BYTES, steps=steps)


def float_in_the_middle() -> bytes:
    steps = [op("DEQUANTIZE", [3], [4]), op("ABS", [4], [5]), op("QUANTIZE", [5], [6])]
    return _bytes_layer(DATA, DATA, BYTES, steps=steps)


def quantised_twice() -> bytes:
    other = tensor(1, 8, 8, 4, dtype="int8", scales=(0.25,))
    steps = [op("QUANTIZE", [3], [4]), op("QUANTIZE", [4], [5])]
    return _bytes_layer(other, BYTES, steps=steps)


def expanded_weights() -> bytes:
    flat = [tensor(1, 8), constant(8, 8, dtype="int8", scales=(0.01,)), tensor(8, 8), tensor(1, 8)]
    steps = [op("DEQUANTIZE", [1], [2]), op("BATCH_MATMUL", [0, 2], [3], "BatchMatMulOptions")]
    return network(flat, *steps)


def depthwise_as_grouped() -> bytes:
    return network([IMAGE, constant(4, 3, 3, 1), BIAS, DATA], conv([0, 1, 2], 3))


def not_for_xnnpack() -> bytes:
    return _behind_a_layer(
        constant(1), DATA, DATA, steps=[op("POW", [3, 4], [5]), op("ABS", [5], [6])]
    )


def fused_tanh() -> bytes:
    return network([IMAGE, KERNEL, BIAS, DATA], conv([0, 1, 2], 3, fusedActivationFunction=4))


def many_joined() -> bytes:
    step = op("CONCATENATION", [3] * 6, [4], "ConcatenationOptions", axis=3)
    return _behind_a_layer(tensor(1, 8, 8, 24), steps=[step])


def open_batch() -> bytes:
    made = tensor(1, 8, 8, 4, signature=(-1, 8, 8, 4))
    return network([made, KERNEL, BIAS, made], conv([0, 1, 2], 3))


def shape_while_running() -> bytes:
    return network([IMAGE, tensor(4, dtype="int32")], op("SHAPE", [0], [1]))


def _weights(*changed: float) -> bytes:
    values = np.full((4, 3, 3, 4), 0.5, "float32")
    values.flat[: len(changed)] = changed
    kernel = constant(4, 3, 3, 4, data=values.tobytes())
    return network([IMAGE, kernel, BIAS, DATA], conv([0, 1, 2], 3))


def zero_weights() -> bytes:
    kernel = constant(4, 3, 3, 4, data=bytes(4 * 144))
    return network([IMAGE, kernel, BIAS, DATA], conv([0, 1, 2], 3))


def scale_of_zero() -> bytes:
    kernel = constant(4, 3, 3, 4, dtype="int8", scales=(0.0,))
    return network([BYTES, kernel, BYTE_BIAS, BYTES], conv([0, 1, 2], 3))


def newer_than_the_runtime() -> bytes:
    step = conv([0, 1, 2], 3)
    newer = OperatorPlan(
        kind="CONV_2D", inputs=step.inputs, outputs=step.outputs, options=step.options, version=99
    )
    return network([IMAGE, KERNEL, BIAS, DATA], newer)


def no_kernel_at_all() -> bytes:
    return network([IMAGE, DATA], op("STABLEHLO_TANH", [0], [1]))


def claims_an_older_runtime() -> bytes:
    gelu = op("GELU", [0], [1], "GeluOptions")  # since TensorFlow Lite 2.9.0
    made = model_table(subgraph([IMAGE, DATA], [gelu]))
    version = schema.BufferT()
    version.data = list(b"1.5.0\0")
    made.buffers.append(version)
    metadata = schema.MetadataT()
    metadata.name, metadata.buffer = "min_runtime_version", len(made.buffers) - 1
    made.metadata = [metadata]
    return write(made)


def of_tensorflow() -> bytes:
    return network([IMAGE, DATA], op("custom:FlexErf", [0], [1]))


def of_somebody() -> bytes:
    return network([IMAGE, DATA], op("custom:Odd", [0], [1]))


def of_the_future() -> bytes:
    return network([IMAGE, DATA], op(999, [0], [1]))


def too_few_bytes() -> bytes:
    short = constant(4, data=b"\0\0\x80\x3f" * 3)
    return network([IMAGE, KERNEL, short, DATA], conv([0, 1, 2], 3))


def bytes_for_nothing() -> bytes:
    made = model_table(subgraph([IMAGE, constant(4), DATA], [op("ADD", [0, 1], [2], "AddOptions")]))
    unused = schema.BufferT()
    unused.data = [1] * 400
    made.buffers.append(unused)
    return write(made)


def another_schema() -> bytes:
    made = model_table(subgraph([IMAGE, DATA], [op("ABS", [0], [1])]))
    made.version = 2
    return write(made)


def nothing_in_it() -> bytes:
    return model()


# What is planted, and at which operators: () where it is not about operators.
BAD: Mapping[str, tuple[Callable[[], bytes], str, tuple[int, ...]]] = {
    make.__name__: (make, kind, operators)
    for make, kind, operators in (
        (channels_first, "transpose", (0,)),
        (transposes_that_undo_each_other, "transpose", (1, 2)),
        (foldable_pad, "foldable-pad", (0,)),
        (batch_norm, "unfused-batch-norm", (1, 2)),
        (batch_norm_in_half_precision, "unfused-batch-norm", (2,)),
        (activation, "unfused-activation", (1,)),
        (slice_of_everything, "no-op", (1,)),
        (strided_slice_of_everything, "no-op", (1,)),
        (reshape_to_the_same, "no-op", (1,)),
        (two_reshapes, "reshape-chain", (1,)),
        (unread_result, "unread", (1,)),
        (casts, "cast", (1, 2)),
        (there_and_back, "round-trip", (1, 2)),
        (float_in_the_middle, "float-island", (1,)),
        (quantised_twice, "requantize-chain", (1,)),
        (expanded_weights, "stored-small-used-large", (0,)),
        (depthwise_as_grouped, "grouped-conv", (0,)),
        (not_for_xnnpack, "not-delegated", (1,)),
        (fused_tanh, "not-delegated", (0,)),
        (many_joined, "not-delegated", (1,)),
        (open_batch, "dynamic-input", ()),
        (shape_while_running, "shape-at-run-time", (0,)),
        (zero_weights, "all-zero", (0,)),
        (scale_of_zero, "bad-scale", (0,)),
        (newer_than_the_runtime, "operator-version", (0,)),
        (no_kernel_at_all, "operator-version", (0,)),
        (claims_an_older_runtime, "runtime-claim", ()),
        (of_tensorflow, "flex", (0,)),
        (of_somebody, "custom", (0,)),
        (of_the_future, "unknown-operator", (0,)),
        (too_few_bytes, "constant-size", (0,)),
        (bytes_for_nothing, "unused-bytes", ()),
        (another_schema, "schema-version", ()),
        (nothing_in_it, "empty", ()),
    )
} | {
    "not_a_number": (lambda: _weights(float("nan")), "nan", (0,)),
    "infinity": (lambda: _weights(float("-inf")), "infinite", (0,)),
    "denormal_weights": (lambda: _weights(1e-40, -1e-42), "subnormal", (0,)),
}
