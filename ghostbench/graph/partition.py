"""In which order the operators of a graph run when XNNPACK has taken over some of them.

LiteRT cuts a graph into parts that are wholly XNNPACK's or wholly its own, as few as it can: it goes through the
operators again and again and adds whatever is ready to the part it is at. So the file's order may change.
"""

from collections.abc import Collection

from ghostbench.graph.parts import Operator, Subgraph


def running_order(subgraph: Subgraph, own: Collection[int]) -> tuple[tuple[Operator, ...], ...]:
    """The parts in the order in which they run; `own` are the operators that LiteRT runs itself."""
    made = {tensor for operator in subgraph.operators for tensor in operator.outputs}
    ready = {index for index in range(len(subgraph.tensors)) if index not in made} | {-1}
    waiting = list(subgraph.operators)
    parts: list[tuple[Operator, ...]] = []
    while waiting:
        part = _next_part(waiting, own, ready)
        if not part:  # a graph that waits for itself; LiteRT would not have run it
            part = tuple(waiting)
        taken = {operator.index for operator in part}
        waiting = [operator for operator in waiting if operator.index not in taken]
        parts.append(part)
    return tuple(parts)


def _next_part(
    waiting: list[Operator], own: Collection[int], ready: set[int]
) -> tuple[Operator, ...]:
    """What is ready and of one side, with what becomes ready by it. Adds to `ready`."""
    part: list[Operator] = []
    left, side = waiting, None
    while True:
        still: list[Operator] = []
        for operator in left:
            is_own = operator.index in own
            if side in (None, is_own) and ready.issuperset(operator.inputs):
                side = is_own
                part.append(operator)
                ready.update(operator.outputs)
            else:
                still.append(operator)
        if len(still) == len(left):
            return tuple(part)
        left = still
