"""Which operators XNNPACK takes in the pinned runtime, and why it leaves the others.

The rules were found by asking LiteRT 2.3.0 itself, with its profiler: every form of operator in
`tests/graph/delegate_cases.py` is asked again by a test. What was never asked about counts as left.
"""

from collections.abc import Callable, Iterator, Mapping

from ghostbench.graph.dataflow import Dataflow
from ghostbench.graph.parts import Operator, Tensor

Check = Callable[[Dataflow, Operator], str | None]

_FLOAT = frozenset({"float32"})
_SIGNED = _FLOAT | {"int8"}
_ALL = _SIGNED | {"uint8"}
_TYPES: Mapping[frozenset[str], str] = {
    _FLOAT: """
        ABS CEIL COS EXP FLOOR GELU HARD_SWISH LOG NEG RELU RELU6 RELU_N1_TO_1 ROUND RSQRT SIN SQRT SQUARE SOFTMAX
        DIV MAXIMUM MINIMUM SQUARED_DIFFERENCE PRELU AVERAGE_POOL_2D""",
    _SIGNED: "ELU MEAN SUM REDUCE_MAX REDUCE_MIN BATCH_MATMUL",
    _ALL: """
        LEAKY_RELU LOGISTIC TANH ADD SUB MUL RESHAPE TRANSPOSE PAD SLICE CONCATENATION SPLIT STRIDED_SLICE
        RESIZE_BILINEAR SPACE_TO_DEPTH DEPTH_TO_SPACE MAX_POOL_2D CONV_2D DEPTHWISE_CONV_2D FULLY_CONNECTED
        TRANSPOSE_CONV QUANTIZE DEQUANTIZE""",
}
TYPES: Mapping[str, frozenset[str]] = {
    kind: types for types, kinds in _TYPES.items() for kind in kinds.split()
}
_MOST_DIMENSIONS = 6
_MOST_CONCATENATED = 5
_MOST_SPLIT = 4
_FUSED = frozenset({"NONE", "RELU", "RELU6", "RELU_N1_TO_1"})
# Inputs that must stand in the file: axes, shapes, weights.
_STORED: Mapping[str, tuple[int, ...]] = {
    "MEAN": (1,), "SUM": (1,), "REDUCE_MAX": (1,), "REDUCE_MIN": (1,), "TRANSPOSE": (1,), "PAD": (1,),
    "SLICE": (1, 2), "STRIDED_SLICE": (1, 2, 3), "RESHAPE": (1,), "RESIZE_BILINEAR": (1,), "SPLIT": (0,),
    "PRELU": (1,), "CONV_2D": (1, 2), "DEPTHWISE_CONV_2D": (1, 2), "FULLY_CONNECTED": (1, 2),
    "TRANSPOSE_CONV": (0, 1, 3),
}  # fmt: skip
# Where the data come in, for those that have something else in front of them.
_DATA_INPUT = {"SPLIT": 1, "TRANSPOSE_CONV": 2}


def why_not_taken(flow: Dataflow, operator: Operator) -> str | None:
    """Why LiteRT runs it itself; None when XNNPACK does."""
    if operator.kind not in TYPES:
        return "it has no kernel for it"
    if _widens_a_constant(flow, operator):
        return None
    reasons = (check(flow, operator) for check in (*_COMMON, *_OWN.get(operator.kind, ())))
    return next((reason for reason in reasons if reason), None)


def _widens_a_constant(flow: Dataflow, operator: Operator) -> bool:
    given = flow.input(operator)
    return (
        operator.kind == "DEQUANTIZE"
        and given is not None
        and given.is_constant
        and given.dtype == "float16"
    )


def _data(flow: Dataflow, operator: Operator) -> Iterator[Tensor]:
    given = flow.input(operator, _DATA_INPUT.get(operator.kind, 0))
    made = flow.output(operator)
    return (tensor for tensor in (given, made) if tensor is not None)


def _has_types(flow: Dataflow, operator: Operator) -> str | None:
    for tensor in _data(flow, operator):
        if tensor.dtype not in TYPES[operator.kind]:
            return f"it has no kernel for {tensor.dtype}"
    return None


def _has_few_dimensions(flow: Dataflow, operator: Operator) -> str | None:
    most = max((len(tensor.shape) for tensor in _data(flow, operator)), default=0)
    return (
        f"its data have {most} dimensions, more than {_MOST_DIMENSIONS}"
        if most > _MOST_DIMENSIONS
        else None
    )


def _has_plain_activation(flow: Dataflow, operator: Operator) -> str | None:
    fused = operator.options.get("fused_activation_function", "NONE")
    return None if fused in _FUSED else f"{fused} is fused into it"


def _has_stored_inputs(flow: Dataflow, operator: Operator) -> str | None:
    for position in _STORED.get(operator.kind, ()):
        tensor = flow.input(operator, position)
        if tensor is not None and not _is_stored(flow, tensor):
            return f"input {position} ({_ROLES.get(operator.kind, 'sizes or axes')}) is computed while running"
    return None


_HAVE_WEIGHTS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "PRELU")
_ROLES = dict.fromkeys(_HAVE_WEIGHTS, "weights or bias")


def _is_stored(flow: Dataflow, tensor: Tensor) -> bool:
    maker = flow.makers.get(tensor.index)
    return tensor.is_constant or (maker is not None and _widens_a_constant(flow, maker))


def _joins_few(flow: Dataflow, operator: Operator) -> str | None:
    count = len(operator.inputs)
    return (
        f"it joins {count} tensors, more than {_MOST_CONCATENATED}"
        if count > _MOST_CONCATENATED
        else None
    )


def _splits_into_few(flow: Dataflow, operator: Operator) -> str | None:
    count = len(operator.outputs)
    return f"it splits into {count}, more than {_MOST_SPLIT}" if count > _MOST_SPLIT else None


def _takes_whole_slices(flow: Dataflow, operator: Operator) -> str | None:
    strides = flow.input(operator, 3)
    if strides is None or set(strides.values or (0,)) != {1}:
        return "it takes steps other than one"
    masks = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    return "it drops or adds a dimension" if any(operator.integer(name) for name in masks) else None


def _pools_more_than_one(flow: Dataflow, operator: Operator) -> str | None:
    one = operator.integer("filter_width") == operator.integer("filter_height") == 1
    moves = max(operator.integer("stride_w"), operator.integer("stride_h")) > 1
    return "it only picks every other position" if one and moves else None


def _keeps_sign(flow: Dataflow, operator: Operator) -> str | None:
    types = {tensor.dtype for tensor in _data(flow, operator)}
    return "it changes int8 to uint8 or back" if types == {"int8", "uint8"} else None


def _has_kernel_for_weights(flow: Dataflow, operator: Operator) -> str | None:
    given, weights = flow.input(operator), flow.input(operator, 1)
    if given is None or weights is None or given.dtype != "float32" or weights.dtype == "float32":
        return None
    if weights.dtype == "int8" and operator.kind != "DEPTHWISE_CONV_2D":
        return None
    return f"it has no kernel for {weights.dtype} weights with float32 data"


def _scales_softmax_by_one(flow: Dataflow, operator: Operator) -> str | None:
    beta = operator.options.get("beta", 1.0)
    return None if beta == 1.0 else "its beta is not 1"


_COMMON: tuple[Check, ...] = (
    _has_types,
    _has_few_dimensions,
    _has_plain_activation,
    _has_stored_inputs,
)
_OWN: Mapping[str, tuple[Check, ...]] = {
    "CONCATENATION": (_joins_few,),
    "SPLIT": (_splits_into_few,),
    "STRIDED_SLICE": (_takes_whole_slices,),
    "MAX_POOL_2D": (_pools_more_than_one,),
    "AVERAGE_POOL_2D": (_pools_more_than_one,),
    "QUANTIZE": (_keeps_sign,),
    "CONV_2D": (_has_kernel_for_weights,),
    "DEPTHWISE_CONV_2D": (_has_kernel_for_weights,),
    "FULLY_CONNECTED": (_has_kernel_for_weights,),
    "SOFTMAX": (_scales_softmax_by_one,),
}
