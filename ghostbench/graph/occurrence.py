"""One place where a rule applies, and what every rule needs to tell it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ghostbench.graph.dataflow import Dataflow
from ghostbench.graph.moved import moved_bytes
from ghostbench.graph.parts import Operator

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where a rule applies."""

    kind: str
    label: str  # the kind of operator, or the name of a custom one
    operators: tuple[int, ...]
    bytes: int = 0
    why: str = ""  # where the kind's own explanation is not enough


Rule = Callable[[Dataflow], Iterator[Occurrence]]


def found(kind: str, flow: Dataflow, *operators: Operator, why: str = "") -> Occurrence:
    """An occurrence at these operators, with the bytes that they move."""
    names = (operator.kind.removeprefix("custom:") for operator in operators)
    label = " and ".join(name[:_LONGEST_NAME] for name in names)
    indices = tuple(operator.index for operator in operators)
    moved = sum(moved_bytes(flow.subgraph, operator) for operator in operators)
    return Occurrence(kind, label, indices, moved, why)
