"""Two graphs operator by operator: what was added, removed and changed.

Operators whose result has the same name, kind and shape in both graphs, and no other of that name, are the fixed
points: of these, the longest chain that keeps its order in both. Between two fixed points the operators are aligned at
the least cost (Needleman and Wunsch), where leaving one out on either side costs less than pairing strangers.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ghostbench.graph.differences import differences, distance
from ghostbench.graph.parts import Graph, Operator, Subgraph

_GAP = 0.5  # an operator that the other graph does not have
# Pairs that are looked at in one stretch; beyond, it is aligned by halves, which may miss the best.
_MOST_PAIRS = 250_000

SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedPair:
    """An operator of A and what it is in B; None where the other graph has no such operator."""

    status: str  # "same", "changed", "added" (B alone has it) or "removed" (A alone)
    a: int | None
    b: int | None
    changes: tuple[str, ...] = ()  # what is different, one phrase each


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """All operators of both first subgraphs, in order."""

    pairs: tuple[AlignedPair, ...]

    def count(self, status: str) -> int:
        """How many pairs have that status."""
        return sum(pair.status == status for pair in self.pairs)


def align(a: Graph, b: Graph) -> Alignment:
    """Align the operators of the first subgraphs."""
    pairs: list[tuple[int | None, int | None]] = []
    of_a, of_b = a.main.operators, b.main.operators
    fixed = [(-1, -1), *_fixed_points(a.main, b.main), (len(of_a), len(of_b))]
    for (a_before, b_before), (a_next, b_next) in pairwise(fixed):
        if a_before >= 0:
            pairs.append((a_before, b_before))
        stretch = _Stretch(a.main, b.main, of_a[a_before + 1 : a_next], of_b[b_before + 1 : b_next])
        pairs.extend(stretch.align())
    return Alignment(pairs=tuple(_pair(a.main, b.main, one, other) for one, other in pairs))


def _pair(a: Subgraph, b: Subgraph, one: int | None, other: int | None) -> AlignedPair:
    if one is None or other is None:
        return AlignedPair(status=ADDED if one is None else REMOVED, a=one, b=other)
    changes = differences(a, a.operators[one], b, b.operators[other])
    return AlignedPair(status=CHANGED if changes else SAME, a=one, b=other, changes=changes)


Key = tuple[str, str, tuple[int, ...]]


def _fixed_points(a: Subgraph, b: Subgraph) -> list[tuple[int, int]]:
    of_a, of_b = _keys(a), _keys(b)
    places = {key: place for place, key in enumerate(of_b) if key}
    once_a, once_b = Counter(of_a), Counter(of_b)
    both = [
        (place, places[key])
        for place, key in enumerate(of_a)
        if key and key in places and once_a[key] == once_b[key] == 1
    ]
    return _longest_rising(both)


def _keys(subgraph: Subgraph) -> list[Key | None]:
    keys: list[Key | None] = []
    for operator in subgraph.operators:
        made = subgraph.output(operator)
        keys.append((made.name, operator.kind, made.shape) if made and made.name else None)
    return keys


def _longest_rising(points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of points that rises on both sides; they rise on the first already.

    >>> _longest_rising([(0, 5), (1, 1), (2, 2), (3, 0), (4, 7)])
    [(1, 1), (2, 2), (4, 7)]
    """
    ends: list[int] = []  # the smallest last value of a chain of each length
    last: list[int] = []  # the point that has it
    before: list[int] = []
    for place, (_, value) in enumerate(points):
        length = bisect_left(ends, value)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1], last[length : length + 1] = [value], [place]
    chain = []
    place = last[-1] if last else -1
    while place >= 0:
        chain.append(points[place])
        place = before[place]
    return chain[::-1]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The operators of both graphs between two fixed points."""

    a: Subgraph
    b: Subgraph
    of_a: Sequence[Operator]
    of_b: Sequence[Operator]

    def align(self) -> Iterator[tuple[int | None, int | None]]:
        """Pairs of indices, in order."""
        if len(self.of_a) * len(self.of_b) > _MOST_PAIRS:
            half_a, half_b = len(self.of_a) // 2, len(self.of_b) // 2
            yield from _Stretch(self.a, self.b, self.of_a[:half_a], self.of_b[:half_b]).align()
            yield from _Stretch(self.a, self.b, self.of_a[half_a:], self.of_b[half_b:]).align()
            return
        yield from self._walk(self._costs())

    def _costs(self) -> list[list[float]]:
        """The least cost of aligning the last operators of both, from each place on."""
        rows, columns = len(self.of_a), len(self.of_b)
        costs = [[0.0] * (columns + 1) for _ in range(rows + 1)]
        costs[rows] = [_GAP * (columns - place) for place in range(columns + 1)]
        for i in range(rows - 1, -1, -1):
            here, below = costs[i], costs[i + 1]
            here[columns] = _GAP * (rows - i)
            for j in range(columns - 1, -1, -1):
                paired = below[j + 1] + self._distance(i, j)
                here[j] = min(paired, _GAP + below[j], _GAP + here[j + 1])
        return costs

    def _walk(self, costs: list[list[float]]) -> Iterator[tuple[int | None, int | None]]:
        i = j = 0
        while i < len(self.of_a) or j < len(self.of_b):
            if (
                i < len(self.of_a)
                and j < len(self.of_b)
                and costs[i][j] == costs[i + 1][j + 1] + self._distance(i, j)
            ):
                yield self.of_a[i].index, self.of_b[j].index
                i, j = i + 1, j + 1
            elif i < len(self.of_a) and costs[i][j] == _GAP + costs[i + 1][j]:
                yield self.of_a[i].index, None
                i += 1
            else:
                yield None, self.of_b[j].index
                j += 1

    def _distance(self, i: int, j: int) -> float:
        return distance(self.a, self.of_a[i], self.b, self.of_b[j])
