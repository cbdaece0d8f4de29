"""Count the multiply-adds of a graph; what cannot be counted is named with the reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ghostbench.graph.calls import called, reachable
from ghostbench.graph.mac_counters import COUNTERS, Uncountable
from ghostbench.graph.operator_kinds import FREE, why_uncountable
from ghostbench.graph.parts import Graph, Operator

# More than any device does in a day; a file that asks for it has nonsensical sizes. Keeps sums in 64 bits.
MOST_MACS = 10**18
_DEEPEST = 32  # subgraphs within subgraphs
_BRANCHES = frozenset({"IF", "STABLEHLO_CASE"})
_LOOPS = frozenset({"WHILE", "STABLEHLO_WHILE"})
_WRAPPERS = frozenset({"CALL", "STABLEHLO_COMPOSITE"})
COUNTED = frozenset(COUNTERS) | _BRANCHES | _LOOPS | _WRAPPERS


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorMacs:
    """The multiply-adds of one operator of the subgraph that was counted."""

    index: int
    kind: str
    macs: int | None  # None when they cannot be counted
    reason: str | None = None  # why they cannot, or what is missing from them


@dataclass(frozen=True, slots=True, kw_only=True)
class MacCount:
    """The multiply-adds of one run."""

    total: int
    per_operator: tuple[OperatorMacs, ...]
    uncounted: Mapping[str, int]  # kind to number of operators, in all subgraphs that are run
    reasons: Mapping[str, str]  # kind to the reason, that of the first such operator

    @property
    def is_complete(self) -> bool:
        """Whether nothing was left out."""
        return not self.uncounted

    def by_kind(self) -> dict[str, int]:
        """Kind of operator to multiply-adds, the largest first, without those that have none."""
        sums: Counter[str] = Counter()
        for found in self.per_operator:
            sums[found.kind] += found.macs or 0
        return {kind: macs for kind, macs in sums.most_common() if macs}


@dataclass(frozen=True, slots=True)
class _SubgraphCount:
    total: int
    operators: tuple[OperatorMacs, ...]
    complete: bool  # with all that it runs


_EMPTY = _SubgraphCount(0, (), complete=True)
_Done = dict[int, _SubgraphCount]


def count_macs(graph: Graph, subgraph: int = 0) -> MacCount:
    """Count the multiply-adds of one run of a subgraph and of all that it runs."""
    done: _Done = {}
    found = _count(graph, subgraph, done, ()) if graph.subgraphs else _EMPTY
    uncounted: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for part in done.values():
        for operator in part.operators:
            if operator.macs is None:
                uncounted[operator.kind] += 1
                reasons.setdefault(operator.kind, operator.reason or "")
    return MacCount(
        total=found.total,
        per_operator=found.operators,
        uncounted=dict(sorted(uncounted.items())),
        reasons=dict(sorted(reasons.items())),
    )


def operator_macs(graph: Graph) -> dict[int, tuple[OperatorMacs, ...]]:
    """The operators of every subgraph that the model runs, each counted for one run of that subgraph."""
    done: _Done = {}
    return {
        subgraph.index: _count(graph, subgraph.index, done, ()).operators
        for subgraph in reachable(graph)
    }


def _count(graph: Graph, number: int, done: _Done, above: tuple[int, ...]) -> _SubgraphCount:
    if number in done:
        return done[number]
    if not 0 <= number < len(graph.subgraphs):
        raise Uncountable(f"it runs subgraph {number}, which the file does not hold")
    if number in above:
        raise Uncountable("it runs the subgraph that it stands in")
    if len(above) >= _DEEPEST:
        raise Uncountable(f"subgraphs are nested more than {_DEEPEST} deep")
    total, complete = 0, True
    operators: list[OperatorMacs] = []
    for operator in graph.subgraphs[number].operators:
        found, whole = _count_operator(graph, number, operator, done, (*above, number))
        if found.macs is not None and total + found.macs > MOST_MACS:
            reason = f"it would come to more than {MOST_MACS:.0e}"
            found = OperatorMacs(index=found.index, kind=found.kind, macs=None, reason=reason)
        total += found.macs or 0
        complete = complete and whole and found.macs is not None
        operators.append(found)
    done[number] = _SubgraphCount(total, tuple(operators), complete)
    return done[number]


def _count_operator(
    graph: Graph, number: int, operator: Operator, done: _Done, above: tuple[int, ...]
) -> tuple[OperatorMacs, bool]:
    """The count, and whether it is whole."""
    kind, whole, reason = operator.kind, True, None
    macs: int | None
    try:
        if kind in FREE:
            macs = 0
        elif counter := COUNTERS.get(kind):
            macs = counter(graph.subgraphs[number], operator)
        elif kind in COUNTED:
            bodies = _bodies(graph, operator, done, above)
            macs, whole = _of_bodies(kind, bodies)
            reason = None if whole else "it runs operators that cannot be counted"
        else:
            raise Uncountable(why_uncountable(kind))
    except Uncountable as cause:
        macs, reason = None, str(cause)
    return OperatorMacs(index=operator.index, kind=kind, macs=macs, reason=reason), whole


def _bodies(
    graph: Graph, operator: Operator, done: _Done, above: tuple[int, ...]
) -> list[_SubgraphCount]:
    numbers = called(operator)
    if not numbers:
        raise Uncountable("it does not say which subgraph it runs")
    return [_count(graph, number, done, above) for number in numbers]


def _of_bodies(kind: str, bodies: list[_SubgraphCount]) -> tuple[int, bool]:
    """What running these comes to, and whether that is whole; one body more for a `WHILE`'s condition."""
    if kind in _WRAPPERS:
        return bodies[0].total, bodies[0].complete
    if not all(body.complete for body in bodies):
        raise Uncountable("it runs operators that cannot be counted")
    totals = [body.total for body in bodies]
    if kind in _LOOPS and any(totals):
        raise Uncountable("how often its body runs is only known at run time")
    if len(set(totals)) > 1:
        raise Uncountable("which of its branches runs is only known at run time")
    return totals[0], True
