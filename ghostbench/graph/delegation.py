"""Which operators XNNPACK takes over from LiteRT, and into how many parts that cuts the graph."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ghostbench.graph.dataflow import dataflow
from ghostbench.graph.findings import Finding, together
from ghostbench.graph.occurrence import found
from ghostbench.graph.partition import running_order
from ghostbench.graph.parts import Graph
from ghostbench.graph.xnnpack import why_not_taken

# Finding the parts takes time with the square of this in a file that was made to be awkward.
MOST_OPERATORS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Operators that run in one go."""

    by: str  # "xnnpack" or "litert"
    operators: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """How the pinned runtime divides the operators of the first subgraph, on one thread with XNNPACK on."""

    taken: int
    own: Mapping[int, str]  # operators that LiteRT runs itself, and why
    parts: tuple[Part, ...]  # in the order in which they run

    @property
    def xnnpack_parts(self) -> int:
        """How many parts XNNPACK has."""
        return sum(part.by == "xnnpack" for part in self.parts)


def delegation(graph: Graph) -> Delegation | None:
    """What XNNPACK takes; None for a graph with too many operators to tell."""
    main = graph.main
    if len(main.operators) > MOST_OPERATORS:
        return None
    flow = dataflow(main)
    own = {
        operator.index: why
        for operator in main.operators
        if (why := why_not_taken(flow, operator)) is not None
    }
    parts = tuple(
        Part(
            by="litert" if part[0].index in own else "xnnpack",
            operators=tuple(operator.index for operator in part),
        )
        for part in running_order(main, own)
    )
    return Delegation(taken=len(main.operators) - len(own), own=own, parts=parts)


def find_not_delegated(
    graph: Graph, divided: Delegation, macs: Sequence[int], told: Collection[int] = ()
) -> tuple[Finding, ...]:
    """The operators that XNNPACK leaves, save those that another finding tells of."""
    main = graph.main
    flow = dataflow(main)
    cut = divided.xnnpack_parts
    result = f", which cuts what it takes into {cut} parts" if cut > 1 else ""
    occurrences = [
        found(
            "not-delegated",
            flow,
            main.operators[index],
            why=f"XNNPACK does not take it, since {why}{result}",
        )
        for index, why in divided.own.items()
        if index not in told
    ]
    return tuple(together(main, occurrences, macs))
