"""Rules for work that a converter left behind: data moved, reshaped or changed in type for nothing."""

from collections.abc import Callable, Iterator, Mapping

from ghostbench.graph.dataflow import Dataflow
from ghostbench.graph.mac_counters import COUNTERS
from ghostbench.graph.occurrence import Occurrence, found
from ghostbench.graph.parts import Operator
from ghostbench.graph.schema import FLOATS

_RESHAPING = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS"})


def is_no_op(flow: Dataflow, operator: Operator) -> bool:
    """Whether it copies its input unchanged."""
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


def _looks_at_one(flow: Dataflow, operator: Operator) -> bool:
    sizes = ("filter_width", "filter_height", "stride_w", "stride_h")
    plain = operator.options.get("fused_activation_function") in ("NONE", None)
    return plain and all(operator.integer(name) == 1 for name in sizes)


_NO_OP_CHECKS: Mapping[str, Callable[[Dataflow, Operator], bool]] = {
    "RESHAPE": _same_shape_suffices,
    "SLICE": _same_shape_suffices,
    "PAD": _same_shape_suffices,
    "PADV2": _same_shape_suffices,
    "MIRROR_PAD": _same_shape_suffices,
    "CAST": _same_shape_suffices,
    "BROADCAST_TO": _same_shape_suffices,
    "TILE": _same_shape_suffices,
    "STRIDED_SLICE": _has_unit_strides,
    "TRANSPOSE": _keeps_order,
    "CONCATENATION": _is_alone,
    "MAX_POOL_2D": _looks_at_one,
    "AVERAGE_POOL_2D": _looks_at_one,
}


def is_layout_change(flow: Dataflow, operator: Operator) -> bool:
    """Whether a transpose moves the channels between last and second place, or is undone by the next one."""
    order = _order(flow, operator)
    if len(order) < 2:
        return False
    if order in _layout_orders(len(order)):
        return True
    behind, before = flow.only_reader(operator), _maker(flow, operator)
    return _undoes(order, flow, behind) or (
        flow.only_reader(before) is operator and _undoes(order, flow, before) if before else False
    )


def _order(flow: Dataflow, operator: Operator) -> tuple[int, ...]:
    order = flow.input(operator, 1)
    return (order.values or ()) if order else ()


def _layout_orders(rank: int) -> tuple[tuple[int, ...], ...]:
    """Channels last to first and back; height and width may change places. Below 4 it may be anything."""
    if rank < 4:
        return ()
    inner = tuple(range(1, rank - 1))
    swapped = ((0, 3, 2, 1),) if rank == 4 else ()
    return (0, rank - 1, *inner), (0, *range(2, rank), 1), *swapped


def _undoes(order: tuple[int, ...], flow: Dataflow, other: Operator | None) -> bool:
    if other is None or other.kind != "TRANSPOSE":
        return False
    second = _order(flow, other)
    if sorted(second) != list(range(len(order))) or sorted(order) != sorted(second):
        return False
    return all(second[order[place]] == place for place in range(len(order)))


def _maker(flow: Dataflow, operator: Operator) -> Operator | None:
    return flow.makers.get(operator.inputs[0]) if operator.inputs else None


def reshape_chains(flow: Dataflow) -> Iterator[Occurrence]:
    """Changes of shape whose only reader changes the shape once more."""
    for operator in flow.subgraph.operators:
        if operator.kind not in _RESHAPING or is_no_op(flow, operator):
            continue
        behind = flow.only_reader(operator)
        if behind and behind.kind in _RESHAPING and not is_no_op(flow, behind):
            given = flow.input(operator)
            if given and behind.inputs[0] == operator.outputs[0] and not given.is_dynamic:
                yield found("reshape-chain", flow, operator)


def quantizing(flow: Dataflow) -> Iterator[Occurrence]:
    """Ways between integers and floating point that a clean model does not take."""
    operators = flow.subgraph.operators
    computes_in_integers = any(_is_integer_layer(flow, operator) for operator in operators)
    for operator in operators:
        if operator.kind == "QUANTIZE" and _is_requantized_again(flow, operator):
            yield found("requantize-chain", flow, operator)
        if operator.kind == "DEQUANTIZE":
            yield from _dequantizing(flow, operator, computes_in_integers)


def _dequantizing(
    flow: Dataflow, operator: Operator, computes_in_integers: bool
) -> Iterator[Occurrence]:
    given, made = flow.input(operator), flow.output(operator)
    if given is None or made is None:
        return
    readers = flow.only_readers(operator)
    if given.is_constant:
        if given.dtype not in FLOATS:
            yield found("stored-small-used-large", flow, operator)
    elif readers and all(reader.kind == "QUANTIZE" for reader in readers):
        yield found("round-trip", flow, operator, *readers)
    elif computes_in_integers and made.index not in flow.results:
        yield found("float-island", flow, operator)


def _is_requantized_again(flow: Dataflow, operator: Operator) -> bool:
    behind = flow.only_reader(operator)
    return behind is not None and behind.kind == "QUANTIZE"


def _is_integer_layer(flow: Dataflow, operator: Operator) -> bool:
    made = flow.output(operator)
    return operator.kind in COUNTERS and made is not None and made.dtype not in FLOATS
