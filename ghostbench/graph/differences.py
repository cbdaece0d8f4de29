"""How two operators differ, in words, and how far apart they are."""

from ghostbench.graph.parts import Operator, Subgraph, Tensor
from ghostbench.graph.weights import WEIGHT_INPUTS

# Kinds that converters put in each other's place.
_RELATED = (
    frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "BATCH_MATMUL"}),
    frozenset({"ADD", "SUB"}),
    frozenset({"MUL", "DIV"}),
    frozenset({"RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "MINIMUM", "MAXIMUM"}),
    frozenset({"MEAN", "AVERAGE_POOL_2D", "SUM"}),
    frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE"}),
    frozenset({"SLICE", "STRIDED_SLICE", "SPLIT", "SPLIT_V", "GATHER"}),
    frozenset({"PAD", "PADV2", "MIRROR_PAD"}),
)
_RELATIVES = {kind: number for number, related in enumerate(_RELATED) for kind in related}
STRANGERS = 2.0  # more than leaving both out

# Only how an operator is stored, not what it does.
_UNTOLD_OPTIONS = frozenset({"offset", "name"})


def distance(a: Subgraph, one: Operator, b: Subgraph, other: Operator) -> float:
    """0 for the same operator, 2 for strangers; below 1 where it is likelier that one became the other."""
    if one.kind == other.kind:
        apart = 0.0
    elif one.kind in _RELATIVES and _RELATIVES[one.kind] == _RELATIVES.get(other.kind):
        apart = 0.4
    else:
        return STRANGERS
    first, second = a.output(one), b.output(other)
    if first is None or second is None:
        return apart
    return apart + _shape_distance(first, second) + (0.0 if _share_name(first, second) else 0.1)


def _shape_distance(first: Tensor, second: Tensor) -> float:
    if first.shape == second.shape:
        return 0.0
    if sorted(first.shape) == sorted(second.shape):  # another layout
        return 0.2
    return 0.35 if first.elements == second.elements else 0.45


def _share_name(first: Tensor, second: Tensor) -> bool:
    """Names of fused operators are lists: `conv/Relu;conv/bias`."""
    if first.name == second.name:
        return True
    return not {*first.name.split(";")[:8]}.isdisjoint(second.name.split(";")[:8])


def differences(a: Subgraph, one: Operator, b: Subgraph, other: Operator) -> tuple[str, ...]:
    """What is different, one phrase each; names aside, which mean nothing to the runtime."""
    changes: list[str] = []
    if one.kind != other.kind:
        changes.append(f"{one.kind} became {other.kind}")
    changes += _tensor_changes("output", a.output(one), b.output(other))
    if one.kind == other.kind:
        changes += _option_changes(one, other)
    for position in WEIGHT_INPUTS.get(one.kind, ()) if other.kind in WEIGHT_INPUTS else ():
        what = "weights" if position == 1 else "bias" if position == 2 else f"input {position}"
        changes += _tensor_changes(what, a.input(one, position), b.input(other, position))
    if one.kind == other.kind:
        changes += _value_changes(a, one, b, other)
    if one.kind == other.kind and one.version != other.version:
        changes.append(f"version {one.version} became {other.version}")
    return tuple(changes)


def _tensor_changes(what: str, first: Tensor | None, second: Tensor | None) -> list[str]:
    if first is None or second is None:
        if first is second:
            return []
        return [f"{what} {'appeared' if first is None else 'is gone'}"]
    changes = []
    if first.open_shape != second.open_shape:
        changes.append(f"{what} {_sizes(first)} became {_sizes(second)}")
    if first.dtype != second.dtype:
        changes.append(f"{what} {first.dtype} became {second.dtype}")
    if what == "weights" and first.is_constant != second.is_constant:
        changes.append(f"weights are {'stored' if second.is_constant else 'computed'} now")
    return changes


def _option_changes(one: Operator, other: Operator) -> list[str]:
    names = dict.fromkeys((*one.options, *other.options))
    return [
        f"{name.replace('_', ' ')} {one.options[name]} became {other.options[name]}"
        for name in names
        if name in one.options
        and name in other.options
        and name not in _UNTOLD_OPTIONS
        and one.options[name] != other.options[name]
    ]


def _value_changes(a: Subgraph, one: Operator, b: Subgraph, other: Operator) -> list[str]:
    """Axes, orders, paddings and the like."""
    changes = []
    for position in range(min(len(one.inputs), len(other.inputs))):
        first, second = a.input(one, position), b.input(other, position)
        if position in WEIGHT_INPUTS.get(one.kind, ()) or first is None or second is None:
            continue
        if first.values is not None and second.values is not None and first.values != second.values:
            changes.append(f"input {position} {_list(first)} became {_list(second)}")
    return changes


def _list(tensor: Tensor) -> str:
    return ",".join(map(str, tensor.values or ()))


def _sizes(tensor: Tensor) -> str:
    return "x".join("?" if size < 0 else str(size) for size in tensor.open_shape) or "one number"
