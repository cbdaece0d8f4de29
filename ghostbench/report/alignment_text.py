"""Two aligned graphs in words: the answer first, then operator by operator."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ghostbench.core.profile import ModelProfile
from ghostbench.graph.alignment import ADDED, CHANGED, REMOVED, SAME, AlignedPair, Alignment
from ghostbench.graph.facts import FileFacts
from ghostbench.graph.findings import operator_name
from ghostbench.graph.parts import Graph
from ghostbench.report.quantities import counted, millions_text

MOST_LINES = 60  # `--json` has all
_MARKS = {ADDED: "+", REMOVED: "-", CHANGED: "~"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two files."""

    graph: Graph
    facts: FileFacts
    profile: ModelProfile | None = None


def alignment_verdict(alignment: Alignment, a: Side, b: Side) -> str:
    """What makes B different from A, in one line."""
    added, removed = (_kinds(alignment, status, a, b) for status in (ADDED, REMOVED))
    changed = alignment.count(CHANGED)
    if not (added or removed or changed):
        return f"the same {counted(alignment.count(SAME), 'operator')} in the same order"
    parts = []
    if added:
        parts.append(f"B has {_listed(added)} more")
    if removed:
        parts.append(f"{'' if added else 'B '}lacks {_listed(removed)}")
    if changed:
        parts.append(f"{counted(changed, 'operator')} changed")
    return f"{', '.join(parts)}; the same: {alignment.count(SAME):,}"


def _kinds(alignment: Alignment, status: str, a: Side, b: Side) -> Counter[str]:
    graph = b.graph if status == ADDED else a.graph
    indices = [
        pair.b if status == ADDED else pair.a for pair in alignment.pairs if pair.status == status
    ]
    return Counter(graph.main.operators[index].kind for index in indices if index is not None)


def _listed(kinds: Counter[str]) -> str:
    common = kinds.most_common(4)
    rest = kinds.total() - sum(count for _, count in common)
    names = [f"{count:,} {kind}" for kind, count in common]
    return ", ".join([*names, *([f"{rest:,} others"] if rest else [])])


def pair_lines(alignment: Alignment, a: Side, b: Side) -> Iterator[str]:
    """One line for each operator that is not the same."""
    told = [pair for pair in alignment.pairs if pair.status != SAME]
    for pair in told[:MOST_LINES]:
        yield _pair_line(pair, a, b)
    if len(told) > MOST_LINES:
        yield f"... and {len(told) - MOST_LINES:,} more; --json has all"


def _pair_line(pair: AlignedPair, a: Side, b: Side) -> str:
    mark = _MARKS[pair.status]
    if pair.a is None and pair.b is not None:
        return f"{mark} B {pair.b} {_described(b.graph, pair.b)}"
    if pair.b is None and pair.a is not None:
        return f"{mark} A {pair.a} {_described(a.graph, pair.a)}"
    return f"{mark} A {pair.a}, B {pair.b} {operator_name(b.graph.main, pair.b or 0)}: {', '.join(pair.changes)}"


def _described(graph: Graph, index: int) -> str:
    made = graph.main.output(graph.main.operators[index])
    sizes = "x".join("?" if n < 0 else str(n) for n in made.open_shape) if made else ""
    return f"{operator_name(graph.main, index)} {sizes}".rstrip()


_COLUMNS = ("operator", "in A", "in B", "M MACs in A", "in B", "ms in A", "in B")


def kind_table(a: Side, b: Side) -> tuple[tuple[str, ...], list[list[str]]]:
    """Kinds of operators side by side, those that differ first; times where a profile tells them."""
    kinds = sorted(
        dict.fromkeys((*a.facts.operators, *b.facts.operators)),
        key=lambda kind: -abs(a.facts.operators.get(kind, 0) - b.facts.operators.get(kind, 0)),
    )
    width = len(_COLUMNS) - (2 if a.profile is None and b.profile is None else 0)
    rows = [
        [
            kind,
            *(f"{side.facts.operators.get(kind, 0):,}" for side in (a, b)),
            *(_macs(side, kind) for side in (a, b)),
            *(_ms(side, kind) for side in (a, b)),
        ]
        for kind in kinds
    ]
    return _COLUMNS[:width], [row[:width] for row in rows]


def _macs(side: Side, kind: str) -> str:
    macs = side.facts.macs_by_operator.get(kind)
    return millions_text(macs, decimals=2) if macs else "-"


def _ms(side: Side, kind: str) -> str:
    if side.profile is None:
        return "-"
    return f"{sum(one.time.ns for one in side.profile.kinds if one.kind == kind) / 1e6:.3f}"
