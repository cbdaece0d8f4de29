"""Which quantisation a file has: scales of the weights, types of its ends, and the operators that stay in floats."""

from collections.abc import Iterator

from ghostbench.core.artifact import Quantization
from ghostbench.graph.parts import Graph, Operator, Subgraph, Tensor
from ghostbench.graph.schema import BITS, FLOATS
from ghostbench.graph.weights import WEIGHT_INPUTS, precision

# These change numbers from floats to whole ones and back; they compute nothing.
QUANTISERS = frozenset({"QUANTIZE", "DEQUANTIZE"})
# Where the channels of the result stand in the weights; else in the first dimension.
_CHANNEL_AXIS = {"DEPTHWISE_CONV_2D": 3}


def quantization_of(graph: Graph) -> Quantization | None:
    """The quantisation of the first subgraph; None where no operator has quantised weights."""
    main = graph.main
    by_channel = [
        _has_scale_for_each_channel(operator, weights)
        for operator in main.operators
        if (weights := _quantised_weights(main, operator))
    ]
    if not by_channel:
        return None
    all_of_them = precision(graph) == "int8"
    return Quantization(
        per_channel=sum(by_channel),
        per_tensor=len(by_channel) - sum(by_channel),
        takes=_types(main, main.inputs),
        gives=_types(main, main.outputs),
        float_layers=tuple(_float_layers(main, all_of_them=all_of_them)),
    )


def _quantised_weights(main: Subgraph, operator: Operator) -> Tensor | None:
    """The first kernel of an operator that is kept in whole numbers of 8 bits or less; a bias is none."""
    for position in WEIGHT_INPUTS.get(operator.kind, ()):
        tensor = main.input(operator, position)
        if tensor and tensor.is_constant and tensor.quantization and len(tensor.shape) > 1:
            return tensor if BITS.get(tensor.dtype, 32) <= 8 else None
    return None


def _has_scale_for_each_channel(operator: Operator, weights: Tensor) -> bool:
    found = weights.quantization
    if found is None:
        return False
    axis = found.axis if found.scales > 1 else _CHANNEL_AXIS.get(operator.kind, 0)
    return 0 <= axis < len(weights.shape) and found.scales == weights.shape[axis]


def _float_layers(main: Subgraph, *, all_of_them: bool) -> Iterator[str]:
    for operator in main.operators:
        if operator.kind in QUANTISERS or not (all_of_them or operator.kind in WEIGHT_INPUTS):
            continue
        if works_on_floats(main, operator) and _quantised_weights(main, operator) is None:
            made = main.output(operator)
            yield f"{operator.index} {operator.kind} {made.name if made else ''}".rstrip()


def works_on_floats(main: Subgraph, operator: Operator) -> bool:
    """Whether it takes or gives floats."""
    return any(t.dtype in FLOATS for t in main.named((*operator.inputs, *operator.outputs)))


def _types(main: Subgraph, indices: tuple[int, ...]) -> str:
    return " and ".join(dict.fromkeys(tensor.dtype for tensor in main.named(indices))) or "nothing"
