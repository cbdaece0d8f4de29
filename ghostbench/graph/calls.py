"""Which subgraphs an operator runs, and which of them a model reaches."""

from collections.abc import Mapping

from ghostbench.graph.parts import Graph, Operator, Subgraph

# The options that name them.
CALLS: Mapping[str, tuple[str, ...]] = {
    "CALL": ("subgraph",),
    "CALL_ONCE": ("init_subgraph_index",),
    "IF": ("then_subgraph_index", "else_subgraph_index"),
    "WHILE": ("cond_subgraph_index", "body_subgraph_index"),
    "STABLEHLO_CASE": ("branch_subgraph_indices",),
    "STABLEHLO_COMPOSITE": ("decomposition_subgraph_index",),
    "STABLEHLO_REDUCE": ("body_subgraph_index",),
    "STABLEHLO_REDUCE_WINDOW": ("body_subgraph_index",),
    "STABLEHLO_SCATTER": ("update_computation_subgraph_index",),
    "STABLEHLO_SORT": ("comparator_subgraph_index",),
    "STABLEHLO_WHILE": ("cond_subgraph_index", "body_subgraph_index"),
}


def called(operator: Operator) -> tuple[int, ...]:
    """The subgraphs that an operator runs; some may not exist in a damaged file."""
    numbers: list[int] = []
    for name in CALLS.get(operator.kind, ()):
        value = operator.options.get(name)
        if isinstance(value, tuple):
            numbers.extend(value)
        elif isinstance(value, int):
            numbers.append(value)
    return tuple(numbers)


def reachable(graph: Graph, start: int = 0) -> tuple[Subgraph, ...]:
    """The subgraph to start from and all that it runs, directly or not, each once and in their order."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        number = waiting.pop()
        if number in found or not 0 <= number < len(graph.subgraphs):
            continue
        found.add(number)
        for operator in graph.subgraphs[number].operators:
            waiting.extend(called(operator))
    return tuple(graph.subgraphs[number] for number in sorted(found))
