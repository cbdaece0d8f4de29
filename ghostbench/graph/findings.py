"""What a good graph would not hold: operators that could be folded, move data for nothing, or do not run everywhere.

A finding is not an error. Each says what it is and what to do about it; whether it matters is for the reader, or for
the gate of the zoo, to decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ghostbench.graph import finding_rules
from ghostbench.graph.calls import reachable
from ghostbench.graph.dataflow import dataflow
from ghostbench.graph.finding_rules import Occurrence
from ghostbench.graph.macs import operator_macs
from ghostbench.graph.parts import Graph, Subgraph
from ghostbench.graph.schema import SCHEMA_VERSION
from ghostbench.graph.weights import place


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of thing that a good graph would not hold, with all places where it stands."""

    kind: str
    message: str  # one sentence: how many, what it is, what to do
    subgraph: int = 0
    operators: tuple[int, ...] = ()  # indices in the subgraph; empty when it is not about operators
    macs: int = 0  # multiply-adds of these operators
    bytes: int = 0  # bytes moved, stored or wasted by it


def find_in_graph(graph: Graph) -> tuple[Finding, ...]:
    """Look through the file and all subgraphs that the model runs; constants' contents aside."""
    found = list(_in_file(graph))
    macs = operator_macs(graph)
    for subgraph in reachable(graph):
        found.extend(_in_subgraph(subgraph, [each.macs or 0 for each in macs[subgraph.index]]))
    return tuple(found)


def _in_file(graph: Graph) -> Iterator[Finding]:
    if graph.schema_version != SCHEMA_VERSION:
        yield Finding(
            kind="schema-version",
            message=f"the file says schema version {graph.schema_version}, and the runtime accepts "
            f"{SCHEMA_VERSION} only; convert the model again",
        )
    if not graph.main.operators:
        yield Finding(kind="empty", message="the model holds no operators; nothing would be run")
    if open_inputs := [t.name for t in graph.main.named(graph.main.inputs) if t.is_dynamic]:
        yield Finding(
            kind="dynamic-input",
            message=f"{len(open_inputs)} x input of open size; give every input a fixed shape when "
            "converting, since an open one can keep shapes from being known and operators from being fused",
        )
    if unused := _unused_bytes(graph):
        yield Finding(
            kind="unused-bytes",
            message=f"{unused:,} bytes of the file belong to no tensor; convert the model again to "
            "make it smaller",
            bytes=unused,
        )


def _unused_bytes(graph: Graph) -> int:
    used = {place(tensor) for part in graph.subgraphs for tensor in part.tensors}
    used |= {(b.at, b.size_bytes, b.elsewhere) for b in graph.metadata.values()}
    stored = {(b.at, b.size_bytes, b.elsewhere) for b in graph.buffers}
    return sum(size for _, size, _ in stored - used)


def _in_subgraph(subgraph: Subgraph, macs: Sequence[int]) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Occurrence]] = {}
    flow = dataflow(subgraph)
    for rule in finding_rules.RULES:
        for occurrence in rule(flow):
            groups.setdefault((occurrence.kind, occurrence.label), []).append(occurrence)
    for (kind, label), occurrences in groups.items():
        operators = tuple(dict.fromkeys(i for o in occurrences for i in o.operators))
        yield Finding(
            kind=kind,
            message=f"{len(occurrences)} x {label}: {finding_rules.MESSAGES[kind]}",
            subgraph=subgraph.index,
            operators=operators,
            macs=sum(macs[index] for index in operators),
            bytes=sum(occurrence.bytes for occurrence in occurrences),
        )
