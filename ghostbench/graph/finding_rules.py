"""The rules behind the findings: each walks the operators of a subgraph and yields where it applies."""

from collections.abc import Iterator

from ghostbench.graph.conversion_rules import (
    is_layout_change,
    is_no_op,
    quantizing,
    reshape_chains,
)
from ghostbench.graph.dataflow import Dataflow
from ghostbench.graph.occurrence import Occurrence, Rule, found
from ghostbench.graph.operator_kinds import BUILTIN_NAMES
from ghostbench.graph.parts import Operator, Tensor

_CONVOLUTIONS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D"})
_ABSORBING = _CONVOLUTIONS | {"TRANSPOSE_CONV", "CONV_3D", "FULLY_CONNECTED"}
_FUSING = _ABSORBING | {"ADD", "SUB", "MUL", "DIV", "AVERAGE_POOL_2D", "MAX_POOL_2D"}
_FUSED = frozenset({"RELU", "RELU6", "RELU_N1_TO_1"})
_SHIFTS_AND_SCALES = frozenset({"ADD", "SUB", "MUL", "DIV"})
_CONTROL_FLOW = frozenset({"IF", "WHILE", "STABLEHLO_CASE", "STABLEHLO_WHILE"})
_WORKS_ON_STATE = ("ASSIGN_VARIABLE", "CALL", "HASHTABLE", "VAR_HANDLE", "STABLEHLO_COMPOSITE")


def by_kind(flow: Dataflow) -> Iterator[Occurrence]:
    """What is worth telling wherever it stands."""
    for operator in flow.subgraph.operators:
        if kind := _kind_found(flow, operator):
            yield found(kind, flow, operator)


def _kind_found(flow: Dataflow, operator: Operator) -> str | None:
    kind = operator.kind
    if is_no_op(flow, operator):
        return "no-op"
    if kind in _CONTROL_FLOW:
        return "control-flow"
    if kind.startswith("custom:"):
        return "flex" if kind.startswith("custom:Flex") else "custom"
    if kind not in BUILTIN_NAMES:
        return "unknown-operator"
    if kind == "TRANSPOSE" and is_layout_change(flow, operator):
        return "transpose"
    return {"CAST": "cast", "SHAPE": "shape-at-run-time"}.get(kind)


def unfused(flow: Dataflow) -> Iterator[Occurrence]:
    """Activations and batch normalisations that stand alone behind a layer that could take them in."""
    for layer in flow.subgraph.operators:
        if layer.options.get("fused_activation_function") not in ("NONE", None):
            continue
        behind = flow.only_reader(layer)
        if behind is None:
            continue
        if behind.kind in _FUSED and layer.kind in _FUSING:
            yield found("unfused-activation", flow, behind)
        elif layer.kind in _ABSORBING and _is_per_channel(flow, layer, behind):
            further = flow.only_reader(behind)
            both = further is not None and _is_per_channel(flow, behind, further)
            yield found(
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
    return len(others) == 1 and _is_stored(flow, others[0]) and others[0].elements == channels > 1


def _is_stored(flow: Dataflow, tensor: Tensor) -> bool:
    """Whether it is a constant, or one that is only widened from a smaller type."""
    maker = flow.makers.get(tensor.index)
    if maker is None or maker.kind != "DEQUANTIZE":
        return tensor.is_constant
    given = flow.input(maker)
    return given is not None and given.is_constant


def foldable_pads(flow: Dataflow) -> Iterator[Occurrence]:
    """Pads whose only readers are convolutions that would pad the same way by themselves."""
    for operator in flow.subgraph.operators:
        readers = flow.only_readers(operator) if operator.kind == "PAD" else ()
        if readers and all(_pads_like_same(flow, operator, reader) for reader in readers):
            yield found("foldable-pad", flow, operator)


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
    """Convolutions with one channel to a group, which a converter should have made depthwise.

    With more channels to a group it is the network's own design, as in ShuffleNet or RegNet.
    """
    for operator in flow.subgraph.operators:
        given, kernel = flow.input(operator), flow.input(operator, 1)
        if operator.kind != "CONV_2D" or given is None or kernel is None:
            continue
        if len(given.shape) == len(kernel.shape) == 4 and given.dims[3] > kernel.dims[3] == 1:
            yield found("grouped-conv", flow, operator)


def unread(flow: Dataflow) -> Iterator[Occurrence]:
    """Operators whose results nobody reads."""
    for operator in flow.subgraph.operators:
        made = [index for index in operator.outputs if index >= 0]
        used = any(index in flow.readers or index in flow.results for index in made)
        if made and not used and not operator.kind.startswith(_WORKS_ON_STATE):
            yield found("unread", flow, operator)


def misfit_constants(flow: Dataflow) -> Iterator[Occurrence]:
    """Constants with more or fewer bytes than their shape asks for."""
    for tensor in flow.subgraph.tensors:
        if tensor.is_constant and tensor.expected_bytes not in (None, tensor.buffer_bytes):
            readers = flow.readers.get(tensor.index, ())
            indices = tuple(reader.index for reader in readers)
            yield Occurrence(
                "constant-size", f"constant of {tensor.dtype}", indices, tensor.buffer_bytes
            )


RULES: tuple[Rule, ...] = (
    by_kind,
    reshape_chains,
    quantizing,
    unfused,
    foldable_pads,
    grouped,
    unread,
    misfit_constants,
)
