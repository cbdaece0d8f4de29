"""Which operator makes a tensor and which ones read it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghostbench.graph.parts import Operator, Subgraph, Tensor


@dataclass(frozen=True, slots=True)
class Dataflow:
    """A subgraph with its connections."""

    subgraph: Subgraph
    makers: Mapping[int, Operator]  # tensor index to the operator that makes it
    readers: Mapping[int, tuple[Operator, ...]]
    results: frozenset[int]  # tensors that the subgraph hands out

    def input(self, operator: Operator, position: int = 0) -> Tensor | None:
        """An input of an operator."""
        return self.subgraph.input(operator, position)

    def output(self, operator: Operator) -> Tensor | None:
        """The first output of an operator."""
        return self.subgraph.output(operator)

    def only_readers(self, operator: Operator) -> tuple[Operator, ...]:
        """Who reads the result of an operator; nobody when it is also a result of the subgraph."""
        result = self.output(operator)
        if result is None or result.index in self.results or len(operator.outputs) > 1:
            return ()
        if self.makers.get(result.index) is not operator:  # a damaged file may name several makers
            return ()
        return self.readers.get(result.index, ())

    def only_reader(self, operator: Operator) -> Operator | None:
        """The one operator that reads the result of another; None when there are more or none."""
        readers = self.only_readers(operator)
        return readers[0] if len(readers) == 1 else None


def dataflow(subgraph: Subgraph) -> Dataflow:
    """Connect the operators of a subgraph."""
    makers: dict[int, Operator] = {}
    readers: dict[int, list[Operator]] = {}
    for operator in subgraph.operators:
        makers.update(dict.fromkeys(operator.outputs, operator))
        for index in dict.fromkeys(operator.inputs):
            readers.setdefault(index, []).append(operator)
    makers.pop(-1, None)
    return Dataflow(
        subgraph,
        makers,
        {index: tuple(found) for index, found in readers.items()},
        frozenset(subgraph.outputs),
    )
