"""Which operators a clean graph does not hold: foreign, useless, of another precision, or left unfolded."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ghostbench.graph.parts import Graph, Operator, Subgraph, Tensor
from ghostbench.graph.quantization import works_on_floats
from ghostbench.zoo.int8_ends import without_ends
from ghostbench.zoo.network_facts import NetworkFacts

# Operators that compute nothing. They cost time, and stand in a clean graph only where the network has them too.
MOVERS = frozenset(
    {
        "BATCH_TO_SPACE_ND", "BROADCAST_TO", "CAST", "EXPAND_DIMS", "FILL", "GATHER", "GATHER_ND", "MIRROR_PAD",
        "PACK", "PAD", "PADV2", "RESHAPE", "RESIZE_NEAREST_NEIGHBOR", "REVERSE_V2", "SHAPE", "SLICE",
        "SPACE_TO_BATCH_ND", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "TILE", "TRANSPOSE", "UNPACK",
    }
)  # fmt: skip
# Which quantising operators belong to a precision: in fp16 what widens stored weights, in int8 what changes a scale.
QUANTISERS = frozenset({"DEQUANTIZE", "FAKE_QUANT", "QUANTIZE"})
ALLOWED_QUANTISERS: Mapping[str, frozenset[str]] = {
    "fp32": frozenset(),
    "fp16": frozenset({"DEQUANTIZE"}),
    "dynamic": frozenset(),
    "int8": frozenset({"QUANTIZE"}),
}

# What can take in the batch-norm that follows it, and what the activation.
_TAKES_NORM = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})
_TAKES_ACTIVATION = _TAKES_NORM | {"ADD", "MUL", "SUB", "AVERAGE_POOL_2D", "MAX_POOL_2D"}
# An unfolded batch-norm: a MUL and an ADD of a constant for every channel.
_NORMS = frozenset({"ADD", "MUL", "SUB", "DIV"})
_ACTIVATIONS = frozenset({"RELU", "RELU6", "RELU_N1_TO_1"})


def operator_reasons(graph: Graph, precision: str) -> list[str]:
    """Which operators are wrong: foreign, or of another precision."""
    kinds = Counter(operator.kind for operator in graph.main.operators)
    inside = Counter(operator.kind for operator in without_ends(graph.main))
    return [
        *_foreign_reasons(kinds),
        *_quantiser_reasons(inside if precision == "int8" else kinds, precision),
        *_arithmetic_reasons(graph.main, precision),
    ]


def own_operator_reasons(graph: Graph, precision: str) -> list[str]:
    """The same of a model of one's own, in which int8 may leave to floats what has no kernel of whole numbers."""
    if precision == "int8":
        return [*_foreign_reasons(Counter(operator.kind for operator in graph.main.operators))]
    return operator_reasons(graph, precision)


def float_islands(graph: Graph) -> list[str]:
    """What of an int8 file stays in floats, for the user."""
    kinds = Counter(o.kind for o in graph.main.operators if works_on_floats(graph.main, o))
    computing = {kind: count for kind, count in kinds.items() if kind not in QUANTISERS}
    return [f"in int8, these stay in floats: {_listed(computing)}"] if computing else []


def untidy_reasons(graph: Graph, network: NetworkFacts) -> list[str]:
    """Which operators a clean graph would not hold: they cost time, and compute what they should."""
    kinds = Counter(operator.kind for operator in graph.main.operators)
    return [*_mover_reasons(kinds, network), *_unfolded_reasons(graph.main)]


def is_foreign(kind: str) -> bool:
    """Whether the runtime has no kernel for it: a custom operator, one of TensorFlow's, or one it does not know."""
    return kind.startswith(("custom:", "BUILTIN_", "STABLEHLO_"))


def _foreign_reasons(kinds: Counter[str]) -> Iterator[str]:
    if foreign := {kind: count for kind, count in kinds.items() if is_foreign(kind)}:
        yield f"it needs operators that the runtime does not have: {_listed(foreign)}"


def _mover_reasons(kinds: Counter[str], network: NetworkFacts) -> Iterator[str]:
    surplus = {kind: kinds[kind] - network.moves.get(kind, 0) for kind in MOVERS & kinds.keys()}
    if surplus := {kind: count for kind, count in surplus.items() if count > 0}:
        yield f"it moves data about where the network does not: {_listed(surplus)}"


def _quantiser_reasons(kinds: Counter[str], precision: str) -> Iterator[str]:
    misplaced = QUANTISERS & kinds.keys() - ALLOWED_QUANTISERS[precision]
    if misplaced:
        yield f"{precision} has no place for {_listed({kind: kinds[kind] for kind in misplaced})}"


def _arithmetic_reasons(main: Subgraph, precision: str) -> Iterator[str]:
    if precision == "fp16":
        loose = sum(o.kind == "DEQUANTIZE" and not _widens(main, o) for o in main.operators)
        if loose:
            yield f"{loose} DEQUANTIZE widen data at run time, not stored weights"
    if precision == "int8":
        floats = sum(works_on_floats(main, operator) for operator in without_ends(main))
        if floats:
            yield f"{floats} operators still work on floats"


def _widens(main: Subgraph, operator: Operator) -> bool:
    source = main.input(operator, 0)
    return source is not None and source.is_constant and source.dtype == "float16"


def _unfolded_reasons(main: Subgraph) -> Iterator[str]:
    norms = activations = 0
    makers = {output: operator for operator in main.operators for output in operator.outputs}
    users = Counter(tensor for operator in main.operators for tensor in set(operator.inputs))
    users.update(main.outputs)
    for operator in main.operators:
        before = [
            makers[tensor]
            for tensor in operator.inputs
            if tensor in makers
            and users[tensor] == 1
            and makers[tensor].options.get("fused_activation_function", "NONE") == "NONE"
        ]
        norms += _is_norm(main, operator, makers) and any(o.kind in _TAKES_NORM for o in before)
        activations += operator.kind in _ACTIVATIONS and any(
            o.kind in _TAKES_ACTIVATION for o in before
        )
    if norms:
        yield f"{norms} batch-norms are not folded into the convolution before them"
    if activations:
        yield f"{activations} activations are not folded into the operator before them"


def _is_norm(main: Subgraph, operator: Operator, makers: Mapping[int, Operator]) -> bool:
    """Whether it scales or shifts every channel by a constant of its own."""
    return operator.kind in _NORMS and any(
        tensor.elements > 1 and _is_stored(main, tensor, makers)
        for tensor in main.named(operator.inputs)
    )


def _is_stored(main: Subgraph, tensor: Tensor, makers: Mapping[int, Operator]) -> bool:
    maker = makers.get(tensor.index)
    widened = maker is not None and maker.kind == "DEQUANTIZE" and _widens(main, maker)
    return tensor.is_constant or widened


def _listed(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
