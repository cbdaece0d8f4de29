"""What an int8 file takes and gives: whole numbers, or floats that it quantises and widens itself."""

from collections.abc import Iterator

from ghostbench.graph.parts import Graph, Operator, Subgraph
from ghostbench.graph.weights import precision

# As asked for, and what the tensors at both ends are then.
ENDS = {"int8": "int8", "float": "float32"}
DEFAULT_ENDS = "int8"


def end_reasons(graph: Graph, int8_io: str) -> list[str]:
    """Which ends of a file with int8 weights are of another type than was asked for."""
    wanted, main = ENDS[int8_io], graph.main
    if precision(graph) != "int8":  # that is told elsewhere
        return []
    return [
        f"its {side} is {tensor.dtype}, and {wanted} was asked for"
        for side, indices in (("input", main.inputs), ("output", main.outputs))
        for tensor in main.named(indices)
        if tensor.dtype != wanted
    ]


def without_ends(main: Subgraph) -> Iterator[Operator]:
    """The operators between the QUANTIZE of the input and the DEQUANTIZE of the output."""
    for operator in main.operators:
        opens = operator.kind == "QUANTIZE" and set(operator.inputs) <= set(main.inputs)
        closes = operator.kind == "DEQUANTIZE" and set(operator.outputs) <= set(main.outputs)
        if not (opens or closes):
            yield operator
