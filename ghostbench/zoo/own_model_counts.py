"""Count a traced TensorFlow graph: what the `.tflite` made of it has to come to, found without the converter."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from ghostbench.zoo.network_facts import NetworkFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A network in numbers, and what its numbers leave out."""

    facts: NetworkFacts
    uncounted: tuple[
        str, ...
    ]  # kinds of operations that multiply, whose multiply-adds are not known


def _conv(operation: Any) -> int:
    return _elements(operation.outputs[0]) * _product(operation.inputs[1].shape[:3])


def _depthwise(operation: Any) -> int:
    return _elements(operation.outputs[0]) * _product(operation.inputs[1].shape[:2])


def _transposed(operation: Any) -> int:
    kernel = operation.inputs[1].shape  # (height, width, out, in)
    return _elements(operation.inputs[2]) * _product(kernel[:3])


def _matmul(operation: Any) -> int:
    shape = operation.inputs[0].shape
    is_transposed = operation.type == "MatMul" and operation.get_attr("transpose_a")
    is_adjoint = operation.type.startswith("BatchMatMul") and operation.get_attr("adj_x")
    return _elements(operation.outputs[0]) * int(shape[-2 if is_transposed or is_adjoint else -1])


_COUNTERS: Mapping[str, Callable[[Any], int]] = {
    "Conv2D": _conv,
    "DepthwiseConv2dNative": _depthwise,
    "Conv2DBackpropInput": _transposed,
    "MatMul": _matmul,
    "BatchMatMul": _matmul,
    "BatchMatMulV2": _matmul,
    "BatchMatMulV3": _matmul,
}
# They multiply, and how much is not known from the shapes of their ends alone.
_UNKNOWN = frozenset({"Conv3D", "Einsum", "While", "StatelessWhile", "If", "StatelessIf", "XlaDot"})
# Operations that move data about, and the kinds of operators they may become.
_MOVES: Mapping[str, tuple[str, ...]] = {
    "Cast": ("CAST",),
    "ExpandDims": ("EXPAND_DIMS", "RESHAPE"),
    "GatherV2": ("GATHER",),
    "MirrorPad": ("MIRROR_PAD",),
    "Pack": ("PACK", "RESHAPE"),
    "Pad": ("PAD",),
    "PadV2": ("PADV2", "PAD"),
    "Reshape": ("RESHAPE",),
    "ResizeNearestNeighbor": ("RESIZE_NEAREST_NEIGHBOR",),
    "Slice": ("SLICE", "STRIDED_SLICE"),
    "SpaceToBatchND": ("SPACE_TO_BATCH_ND",),
    "BatchToSpaceND": ("BATCH_TO_SPACE_ND",),
    "Split": ("SPLIT",),
    "SplitV": ("SPLIT_V", "SPLIT"),
    "Squeeze": ("SQUEEZE", "RESHAPE"),
    "StridedSlice": ("STRIDED_SLICE", "SLICE"),
    "Tile": ("TILE",),
    "Transpose": ("TRANSPOSE",),
    "Unpack": ("UNPACK",),
}


def count_graph(graph: Any, input_shape: Iterable[int], output_shape: Iterable[int]) -> Counted:
    """Count the operations of a tf.Graph whose weights are constants."""
    operations = graph.get_operations()
    kernels = {
        tensor.name: tensor
        for operation in operations
        if operation.type in _COUNTERS
        for tensor in _constants(operation.inputs)
    }
    constants = [op.outputs[0] for op in operations if op.type == "Const" and _is_float(op)]
    facts = NetworkFacts(
        params=sum(_elements(tensor) for tensor in constants if _elements(tensor) > 1),
        macs=sum(_COUNTERS[op.type](op) for op in operations if op.type in _COUNTERS),
        weights=sum(_elements(kernel) for kernel in kernels.values()),
        channels=sum(int(op.outputs[0].shape[-1]) for op in operations if op.type in _COUNTERS),
        input_shape=tuple(input_shape),
        output_shape=tuple(output_shape),
        moves=Counter(kind for op in operations for kind in _MOVES.get(op.type, ())),
    )
    unknown = sorted({op.type for op in operations if op.type in _UNKNOWN})
    return Counted(facts=facts, uncounted=tuple(unknown))


def _constants(tensors: Iterable[Any]) -> list[Any]:
    """Those of the tensors that are constants, looked at through what only passes them on."""
    found = []
    for tensor in tensors:
        operation = tensor.op
        while operation.type in ("Identity", "Reshape", "Transpose") and operation.inputs:
            operation = operation.inputs[0].op
        if operation.type == "Const" and _is_float(operation):
            found.append(operation.outputs[0])
    return found


def _is_float(operation: Any) -> bool:
    return bool(operation.outputs[0].dtype.is_floating)


def _elements(tensor: Any) -> int:
    return _product(tensor.shape)


def _product(shape: Iterable[Any]) -> int:
    return prod(int(size) for size in shape)
