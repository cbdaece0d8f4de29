"""How many bytes an operator cannot help moving."""

from ghostbench.graph.parts import Operator, Subgraph


def moved_bytes(subgraph: Subgraph, operator: Operator) -> int:
    """Inputs, weights and outputs, each once."""
    indices = dict.fromkeys(i for i in (*operator.inputs, *operator.outputs) if i >= 0)
    tensors = (subgraph.tensors[index] for index in indices)
    return sum(
        tensor.buffer_bytes if tensor.is_constant else tensor.expected_bytes or 0
        for tensor in tensors
    )
