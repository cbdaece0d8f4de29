"""The rules behind the findings: each walks the operators of a subgraph and yields where it applies."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ghostbench.graph.dataflow import Dataflow
from ghostbench.graph.mac_counters import COUNTERS
from ghostbench.graph.operator_kinds import BUILTIN_NAMES
from ghostbench.graph.parts import Operator, Tensor
from ghostbench.graph.schema import FLOATS

MESSAGES: Mapping[str, str] = {
    "transpose": "it only reorders data, as a change of layout leaves behind; convert so that the layout stays NHWC",
    "no-op": "it copies its input unchanged; remove it from the network",
    "shape-at-run-time": "a shape is computed while running; convert with fixed input shapes",
    "round-trip": "data go to floating point and straight back to integers; quantise both sides alike",
    "float-island": "an integer model computes in floating point here; quantise these operators too",
    "stored-small-used-large": "weights of 8 bits or less are expanded to floating point before use; quantise the "
    "operators that read them",
    "unfused-batch-norm": "a scale or shift per channel follows a layer that could absorb it; fold the batch "
    "normalisation when converting",
    "unfused-activation": "it follows an operator that could apply it for nothing; convert so that both are fused",
    "foldable-pad": "its padding is what SAME does by itself; use SAME padding in the layer behind it",
    "cast": "numbers are changed from one type to another; give the data in the type that is needed",
    "flex": "it needs TensorFlow's Flex delegate, which the plain runtime lacks; convert without select TensorFlow "
    "operators",
    "custom": "it runs only where somebody registers its code; use builtin operators",
    "unknown-operator": "it is newer than this version of ghostbench; its work is not counted",
    "grouped-conv": "kernels for phones are made for full or depthwise convolutions, and grouped ones are slow; "
    "split the layer or use DEPTHWISE_CONV_2D where there is one channel to a group",
    "control-flow": "what runs is decided while running, so the time depends on the input; unroll it",
    "constant-size": "the bytes stored for a constant do not fit its shape, and the runtime refuses the file; "
    "convert the model again",
}

_LONGEST_NAME = 80
_CONVOLUTIONS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D"})
_ABSORBING = _CONVOLUTIONS | {"TRANSPOSE_CONV", "CONV_3D", "FULLY_CONNECTED"}
_FUSING = _ABSORBING | {"ADD", "SUB", "MUL", "DIV", "AVERAGE_POOL_2D", "MAX_POOL_2D"}
_FUSED = frozenset({"RELU", "RELU6", "RELU_N1_TO_1"})
_SHIFTS_AND_SCALES = frozenset({"ADD", "SUB", "MUL", "DIV"})
_CONTROL_FLOW = frozenset({"IF", "WHILE", "STABLEHLO_CASE", "STABLEHLO_WHILE"})


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where a rule applies."""

    kind: str
    label: str  # the kind of operator, or the name of a custom one
    operators: tuple[int, ...]
    bytes: int = 0


Rule = Callable[[Dataflow], Iterator[Occurrence]]


def _bytes(tensor: Tensor | None) -> int:
    return (tensor.expected_bytes or 0) if tensor else 0


def _found(kind: str, flow: Dataflow, *operators: Operator) -> Occurrence:
    names = (operator.kind.removeprefix("custom:") for operator in operators)
    label = " and ".join(name[:_LONGEST_NAME] for name in names)
    indices = tuple(operator.index for operator in operators)
    return Occurrence(kind, label, indices, sum(_bytes(flow.output(o)) for o in operators))


def by_kind(flow: Dataflow) -> Iterator[Occurrence]:
    """What is worth telling wherever it stands."""
    for operator in flow.subgraph.operators:
        kind = operator.kind
        if _is_no_op(flow, operator):
            yield _found("no-op", flow, operator)
        elif kind in _CONTROL_FLOW:
            yield _found("control-flow", flow, operator)
        elif kind.startswith("custom:"):
            yield _found("flex" if kind.startswith("custom:Flex") else "custom", flow, operator)
        elif kind not in BUILTIN_NAMES:
            yield _found("unknown-operator", flow, operator)
        elif found := _SIMPLE.get(kind):
            yield _found(found, flow, operator)


_SIMPLE = {"TRANSPOSE": "transpose", "CAST": "cast", "SHAPE": "shape-at-run-time"}


def _is_no_op(flow: Dataflow, operator: Operator) -> bool:
    given, made = flow.input(operator), flow.output(operator)
    if given is None or made is None or given.dtype != made.dtype:
        return False
    if given.is_dynamic or not given.shape or given.shape != made.shape:
        return False
    check = _NO_OP_CHECKS.get(operator.kind)
    return check is not None and check(flow, operator)


def _same_shape_suffices(flow: Dataflow, operator: Operator) -> bool:
    return True


def _has_unit_strides(flow: Dataflow, operator: Operator) -> bool:
    strides = flow.input(operator, 3)
    return strides is not None and set(strides.values or ()) == {1}


def _keeps_order(flow: Dataflow, operator: Operator) -> bool:
    order = flow.input(operator, 1)
    return order is not None and order.values == tuple(range(len(order.values or ())))


def _is_alone(flow: Dataflow, operator: Operator) -> bool:
    return len(operator.inputs) == 1


_NO_OP_CHECKS: Mapping[str, Callable[[Dataflow, Operator], bool]] = {
    "RESHAPE": _same_shape_suffices,
    "SLICE": _same_shape_suffices,
    "PAD": _same_shape_suffices,
    "CAST": _same_shape_suffices,
    "BROADCAST_TO": _same_shape_suffices,
    "TILE": _same_shape_suffices,
    "STRIDED_SLICE": _has_unit_strides,
    "TRANSPOSE": _keeps_order,
    "CONCATENATION": _is_alone,
}


def dequantizing(flow: Dataflow) -> Iterator[Occurrence]:
    """Ways between integers and floating point that a clean model does not take."""
    operators = flow.subgraph.operators
    computes_in_integers = any(_is_integer_layer(flow, operator) for operator in operators)
    for operator in operators:
        given, made = flow.input(operator), flow.output(operator)
        if operator.kind != "DEQUANTIZE" or given is None or made is None:
            continue
        readers = flow.only_readers(operator)
        if given.is_constant:
            if given.dtype not in FLOATS:
                yield _found("stored-small-used-large", flow, operator)
        elif readers and all(reader.kind == "QUANTIZE" for reader in readers):
            yield _found("round-trip", flow, operator)
        elif computes_in_integers and made.index not in flow.results:
            yield _found("float-island", flow, operator)


def _is_integer_layer(flow: Dataflow, operator: Operator) -> bool:
    made = flow.output(operator)
    return operator.kind in COUNTERS and made is not None and made.dtype not in FLOATS


def unfused(flow: Dataflow) -> Iterator[Occurrence]:
    """Activations and batch normalisations that stand alone behind a layer that could take them in."""
    for layer in flow.subgraph.operators:
        if layer.options.get("fused_activation_function") not in ("NONE", None):
            continue
        behind = flow.only_reader(layer)
        if behind is None:
            continue
        if behind.kind in _FUSED and layer.kind in _FUSING:
            yield _found("unfused-activation", flow, behind)
        elif layer.kind in _ABSORBING and _is_per_channel(flow, layer, behind):
            further = flow.only_reader(behind)
            both = further is not None and _is_per_channel(flow, behind, further)
            yield _found(
                "unfused-batch-norm", flow, behind, *([further] if both and further else [])
            )


def _is_per_channel(flow: Dataflow, layer: Operator, behind: Operator) -> bool:
    made = flow.output(layer)
    if behind.kind not in _SHIFTS_AND_SCALES or len(behind.inputs) != 2:
        return False
    if made is None or not made.shape:
        return False
    channels = made.shape[-1]
    others = [t for t in flow.subgraph.named(behind.inputs) if t.index != made.index]
    return len(others) == 1 and others[0].is_constant and others[0].elements == channels > 1


def foldable_pads(flow: Dataflow) -> Iterator[Occurrence]:
    """Pads whose only readers are convolutions that would pad the same way by themselves."""
    for operator in flow.subgraph.operators:
        readers = flow.only_readers(operator) if operator.kind == "PAD" else ()
        if readers and all(_pads_like_same(flow, operator, reader) for reader in readers):
            yield _found("foldable-pad", flow, operator)


def _pads_like_same(flow: Dataflow, pad: Operator, layer: Operator) -> bool:
    given, sizes, kernel = flow.input(pad), flow.input(pad, 1), flow.input(layer, 1)
    if layer.kind not in _CONVOLUTIONS or layer.options.get("padding") != "VALID":
        return False
    if not (given and sizes and kernel and len(given.shape) == len(kernel.shape) == 4):
        return False
    values = sizes.values or ()
    if (
        len(values) != 8
        or any(values[:2])
        or any(values[6:])
        or not any(values)
        or given.is_dynamic
    ):
        return False
    return all(
        values[2 * axis : 2 * axis + 2]
        == _same_padding(
            given.shape[axis],
            kernel.dims[axis],
            layer.integer(f"stride_{name}"),
            layer.integer(f"dilation_{name}_factor", 1),
        )
        for axis, name in ((1, "h"), (2, "w"))
    )


def _same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int] | None:
    if stride < 1 or dilation < 1:
        return None
    reach = (kernel - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def grouped(flow: Dataflow) -> Iterator[Occurrence]:
    """Convolutions whose kernel takes only a part of the channels."""
    for operator in flow.subgraph.operators:
        given, kernel = flow.input(operator), flow.input(operator, 1)
        if operator.kind != "CONV_2D" or given is None or kernel is None:
            continue
        if len(given.shape) == len(kernel.shape) == 4 and given.dims[3] > kernel.dims[3]:
            yield _found("grouped-conv", flow, operator)


def misfit_constants(flow: Dataflow) -> Iterator[Occurrence]:
    """Constants with more or fewer bytes than their shape asks for."""
    for tensor in flow.subgraph.tensors:
        if tensor.is_constant and tensor.expected_bytes not in (None, tensor.buffer_bytes):
            readers = flow.readers.get(tensor.index, ())
            indices = tuple(reader.index for reader in readers)
            yield Occurrence(
                "constant-size", f"constant of {tensor.dtype}", indices, tensor.buffer_bytes
            )


RULES: tuple[Rule, ...] = (by_kind, dequantizing, unfused, foldable_pads, grouped, misfit_constants)
