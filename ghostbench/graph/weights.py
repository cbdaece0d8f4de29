"""Which constants of a graph are weights, and in which precision they are kept and used."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ghostbench.graph.calls import reachable
from ghostbench.graph.parts import Graph, Operator, Subgraph, Tensor
from ghostbench.graph.schema import BITS, FLOATS

# Inputs of these kinds that hold weights or biases when they are constant. Others take them anywhere.
WEIGHT_INPUTS: Mapping[str, range] = {
    "CONV_2D": range(1, 3),
    "DEPTHWISE_CONV_2D": range(1, 3),
    "CONV_3D": range(1, 3),
    "FULLY_CONNECTED": range(1, 3),
    "TRANSPOSE_CONV": range(1, 4),
    "CONV_3D_TRANSPOSE": range(1, 4),
    "BATCH_MATMUL": range(2),
    "LSTM": range(1, 48),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": range(1, 48),
    "BIDIRECTIONAL_SEQUENCE_LSTM": range(1, 48),
    "RNN": range(1, 48),
    "UNIDIRECTIONAL_SEQUENCE_RNN": range(1, 48),
    "BIDIRECTIONAL_SEQUENCE_RNN": range(1, 48),
    "SVDF": range(1, 48),
}

Place = tuple[int, int, str | None]  # offset, bytes, and the other file if there is one


def place(tensor: Tensor) -> Place:
    """Where a constant stands; shared constants have the same place."""
    return tensor.buffer.at, tensor.buffer.size_bytes, tensor.buffer.elsewhere


def weight_tensors(graph: Graph) -> Iterator[Tensor]:
    """The constants that are weights, as `params` in `facts.py` defines them; shared ones come several times."""
    for subgraph in reachable(graph):
        for operator in subgraph.operators:
            for position in range(len(operator.inputs)):
                tensor = subgraph.input(operator, position)
                if tensor and tensor.is_constant and _is_weight(operator, position, tensor):
                    yield tensor


def _is_weight(operator: Operator, position: int, tensor: Tensor) -> bool:
    if position in WEIGHT_INPUTS.get(operator.kind, ()):
        return True
    quantised = tensor.quantization is not None
    return (tensor.dtype in FLOATS or quantised) and tensor.elements > 1


def count_params(graph: Graph) -> int:
    """Stored weights; see `FileFacts.params`."""
    found: dict[Place, int] = {}
    for tensor in weight_tensors(graph):
        here = place(tensor)
        found[here] = max(found.get(here, 0), tensor.stored_elements)
    return sum(found.values())


def stored_bytes(graph: Graph) -> dict[str, int]:
    """Type of constant to the bytes kept for it, the most first; places that are shared count once."""
    seen: set[Place] = set()
    sums: Counter[str] = Counter()
    for subgraph in graph.subgraphs:
        for tensor in subgraph.tensors:
            if tensor.is_constant and place(tensor) not in seen:
                seen.add(place(tensor))
                sums[tensor.dtype] += tensor.buffer_bytes
    return dict(sums.most_common())


def precision(graph: Graph) -> str | None:
    """How most weights of the operators that multiply are kept and used; None when there are none.

    "fp32", "fp16" (kept in 16 bits, used in 32 or 16), "dynamic" (kept in 8 bits or less while the data stay
    floating), "int8" (weights and data are integers), or "mixed" when none of these holds for more than half.
    """
    sums: Counter[str] = Counter()
    for subgraph in reachable(graph):
        made_from = {
            output: op.inputs[0]
            for op in subgraph.operators
            if op.kind == "DEQUANTIZE" and op.inputs
            for output in op.outputs
        }
        for operator in subgraph.operators:
            sums.update(_precisions(subgraph, operator, made_from))
    if not sums:
        return None
    name, most = sums.most_common(1)[0]
    return name if 2 * most > sums.total() else "mixed"


def _precisions(
    subgraph: Subgraph, operator: Operator, made_from: Mapping[int, int]
) -> dict[str, int]:
    result = subgraph.output(operator)
    found: Counter[str] = Counter()
    for position in WEIGHT_INPUTS.get(operator.kind, ()):
        tensor = subgraph.input(operator, position)
        if tensor is None or result is None:
            continue
        if not tensor.is_constant and made_from.get(tensor.index, -1) >= 0:
            tensor = subgraph.tensors[made_from[tensor.index]]
        if tensor.is_constant and len(tensor.shape) > 1:  # a bias keeps more bits than its weights
            found[_precision(tensor.dtype, result.dtype)] += tensor.elements
    return found


def _precision(kept: str, used: str) -> str:
    if used not in FLOATS:
        return "int8"
    if kept not in FLOATS or BITS[kept] < 16:
        return "dynamic"
    return "fp16" if BITS[kept] == 16 else "fp32"
