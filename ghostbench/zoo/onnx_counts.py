"""Count an ONNX model: what the `.tflite` made of it has to come to, found without the converter.

Part of what runs in the environment of the ONNX route's tools, so it imports nothing of ghostbench.
"""

import importlib
from collections import Counter
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

# Shapes of all tensors by name; a size that is not known is 0.
Shapes = Mapping[str, tuple[int, ...]]


def _conv(node: Any, shapes: Shapes) -> int:
    return prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:])


def _transposed(node: Any, shapes: Shapes) -> int:
    return prod(shapes[node.input[0]]) * prod(shapes[node.input[1]][1:])


def _gemm(node: Any, shapes: Shapes) -> int:
    flags = {attribute.name: attribute.i for attribute in node.attribute}
    return prod(shapes[node.output[0]]) * shapes[node.input[0]][0 if flags.get("transA") else -1]


def _matmul(node: Any, shapes: Shapes) -> int:
    return prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]


_COUNTERS: Mapping[str, Callable[[Any, Shapes], int]] = {
    "Conv": _conv,
    "ConvTranspose": _transposed,
    "Gemm": _gemm,
    "MatMul": _matmul,
}
# They multiply, and how much is not counted here.
_UNKNOWN = frozenset(
    {
        "Attention", "ConvInteger", "DeformConv", "Einsum", "GRU", "If", "LSTM", "Loop", "MatMulInteger", "QLinearConv",
        "QLinearMatMul", "RNN", "Scan",
    }
)  # fmt: skip
# Operators that move data about, and the kinds of `.tflite` operators they may become.
_MOVES: Mapping[str, tuple[str, ...]] = {
    "Cast": ("CAST",),
    "DepthToSpace": ("RESHAPE", "TRANSPOSE"),
    "Expand": ("BROADCAST_TO", "TILE"),
    "Flatten": ("RESHAPE",),
    "Gather": ("GATHER",),
    "Pad": ("PAD", "PADV2", "MIRROR_PAD"),
    "Reshape": ("RESHAPE",),
    "Resize": ("RESIZE_NEAREST_NEIGHBOR",),
    "Slice": ("STRIDED_SLICE", "SLICE"),
    "Split": ("SPLIT", "SPLIT_V", "STRIDED_SLICE"),
    "Squeeze": ("RESHAPE", "SQUEEZE"),
    "Tile": ("TILE",),
    "Transpose": ("TRANSPOSE",),
    "Unsqueeze": ("RESHAPE", "EXPAND_DIMS"),
}
_PADDED = frozenset({"AveragePool", "Conv", "ConvTranspose", "MaxPool"})
_FLOATS = frozenset({1, 10, 11, 16})  # FLOAT, FLOAT16, DOUBLE and BFLOAT16 of onnx.TensorProto
# Of batch-norm: the moving mean and variance, which are not trained.
_MOVING = slice(3, 5)


def count_params(model: Any) -> int:
    """Trainable parameters: the stored floats that are more than a single number, moving statistics left out."""
    moving = {
        name
        for node in model.graph.node
        if node.op_type == "BatchNormalization"
        for name in node.input[_MOVING]
    }
    return sum(
        prod(tensor.dims)
        for tensor in model.graph.initializer
        if tensor.data_type in _FLOATS and prod(tensor.dims) > 1 and tensor.name not in moving
    )


def count_model(model: Any) -> dict[str, Any]:
    """Multiply-adds, kernels and moves of a model whose sizes are all fixed."""
    graph = importlib.import_module("onnx").shape_inference.infer_shapes(model).graph
    stored = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    shapes = {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*graph.input, *graph.value_info, *graph.output)
    } | stored
    counted = [node for node in graph.node if node.op_type in _COUNTERS]
    unknown = {node.op_type for node in graph.node if node.op_type in _UNKNOWN}
    macs, kernels, channels = 0, dict[str, int](), 0
    for node in counted:
        if not all(name in shapes and all(shapes[name]) for name in _ends(node)):
            unknown.add(node.op_type)
            continue
        macs += _COUNTERS[node.op_type](node, shapes)
        kernels |= {name: prod(stored[name]) for name in node.input[:2] if name in stored}
        result = shapes[node.output[0]]
        channels += result[1] if "Conv" in node.op_type and len(result) > 1 else result[-1]
    return {
        "macs": macs,
        "weights": sum(kernels.values()),
        "channels": channels,
        "moves": _moves(graph),
        "uncounted": sorted(unknown),
    }


def _ends(node: Any) -> tuple[str, ...]:
    return (*node.input[:2], node.output[0])


def _moves(graph: Any) -> dict[str, int]:
    moves = Counter(kind for node in graph.node for kind in _MOVES.get(node.op_type, ()))
    # Padding that TensorFlow's "same" and "valid" do not have becomes an operator of its own.
    moves["PAD"] += sum(node.op_type in _PADDED and _is_padded(node) for node in graph.node)
    moves["PADV2"] += sum(node.op_type == "MaxPool" and _is_padded(node) for node in graph.node)
    return dict(moves)


def _is_padded(node: Any) -> bool:
    return any(attribute.name == "pads" and any(attribute.ints) for attribute in node.attribute)
