"""What a good graph would not hold: operators that could be folded, move data for nothing, or do not run everywhere.

A finding is not an error. Each says what it is, what it costs and what to do about it; whether it matters is for the
reader to decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ghostbench.graph import finding_rules
from ghostbench.graph.calls import reachable
from ghostbench.graph.dataflow import dataflow
from ghostbench.graph.explanations import EXPLANATIONS
from ghostbench.graph.macs import operator_macs
from ghostbench.graph.occurrence import Occurrence
from ghostbench.graph.parts import Graph, Subgraph
from ghostbench.graph.schema import SCHEMA_VERSION
from ghostbench.graph.weights import place


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of thing that a good graph would not hold, with all places where it stands."""

    kind: str
    severity: str  # "broken", "slow" or "suspect"
    message: str  # one sentence: how many, what it is
    advice: str  # what to do
    subgraph: int = 0
    operators: tuple[int, ...] = ()  # indices in the subgraph; empty when it is not about operators
    names: tuple[str, ...] = ()  # of these operators: kind and first output
    vanishes: bool = False  # when mended, all the time of these operators is saved
    macs: int = 0  # multiply-adds of these operators
    bytes: int = 0  # bytes moved, stored or wasted by it
    ns: float | None = None  # time of these operators in a profile of this very file
    ci95_ns: tuple[float, float] | None = None
    share: float | None = None  # of the time of all operators


def make_finding(
    kind: str,
    what: str,
    *,
    why: str = "",
    subgraph: Subgraph | None = None,
    operators: Sequence[int] = (),
    macs: int = 0,
    moved_bytes: int = 0,
) -> Finding:
    """A finding of that kind: `what` was found, and `why` it matters where the kind alone does not say."""
    told = EXPLANATIONS[kind]
    return Finding(
        kind=kind,
        severity=told.severity,
        message=f"{what}: {why or told.why}",
        advice=told.advice,
        subgraph=subgraph.index if subgraph else 0,
        operators=tuple(operators),
        names=tuple(operator_name(subgraph, index) for index in operators) if subgraph else (),
        vanishes=told.vanishes,
        macs=macs,
        bytes=moved_bytes,
    )


def operator_name(subgraph: Subgraph, index: int) -> str:
    """What people know an operator by: its kind and the name of its first output."""
    operator = subgraph.operators[index]
    made = subgraph.output(operator)
    # What was fused is named by a list; its first entry is the outermost.
    name = made.name.split(";")[0] if made else ""
    return f"{operator.kind} {_short(name)}" if name else operator.kind


def _short(name: str, longest: int = 100) -> str:
    return name if len(name) <= longest else f"{name[: longest // 2]}...{name[-longest // 2 :]}"


def find_in_graph(graph: Graph) -> tuple[Finding, ...]:
    """Look through the file and all subgraphs that the model runs; constants' contents aside."""
    found = list(_in_file(graph))
    macs = operator_macs(graph)
    for subgraph in reachable(graph):
        found.extend(_in_subgraph(subgraph, [each.macs or 0 for each in macs[subgraph.index]]))
    return tuple(found)


def _in_file(graph: Graph) -> Iterator[Finding]:
    if graph.schema_version != SCHEMA_VERSION:
        yield make_finding(
            "schema-version",
            f"the file says schema version {graph.schema_version}, not {SCHEMA_VERSION}",
        )
    if not graph.main.operators:
        yield make_finding("empty", "the model holds no operators")
    open_inputs = [t.name for t in graph.main.named(graph.main.inputs) if t.is_dynamic]
    if open_inputs:
        yield make_finding("dynamic-input", f"{len(open_inputs)} x input of open size")
    if unused := _unused_bytes(graph):
        yield make_finding(
            "unused-bytes", f"{unused:,} bytes of the file are kept for nothing", moved_bytes=unused
        )


def _unused_bytes(graph: Graph) -> int:
    used = {place(tensor) for part in graph.subgraphs for tensor in part.tensors}
    used |= {(b.at, b.size_bytes, b.elsewhere) for b in graph.metadata.values()}
    stored = {(b.at, b.size_bytes, b.elsewhere) for b in graph.buffers}
    return sum(size for _, size, _ in stored - used)


def _in_subgraph(subgraph: Subgraph, macs: Sequence[int]) -> Iterator[Finding]:
    flow = dataflow(subgraph)
    occurrences = [one for rule in finding_rules.RULES for one in rule(flow)]
    yield from together(subgraph, occurrences, macs)


def together(
    subgraph: Subgraph, occurrences: Sequence[Occurrence], macs: Sequence[int]
) -> Iterator[Finding]:
    """One finding for all occurrences that say the same."""
    groups: dict[tuple[str, str, str], list[Occurrence]] = {}
    for one in occurrences:
        groups.setdefault((one.kind, one.label, one.why), []).append(one)
    for (kind, label, why), alike in groups.items():
        operators = tuple(dict.fromkeys(i for one in alike for i in one.operators))
        yield make_finding(
            kind,
            f"{len(alike)} x {label}",
            why=why,
            subgraph=subgraph,
            operators=operators,
            macs=sum(macs[index] for index in operators),
            moved_bytes=sum(one.bytes for one in alike),
        )
