"""What the profiler said, joined with the operators of the graph: one time for each, from one process."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ghostbench.bench.profile_kernels import Assigned, assign_kernels
from ghostbench.core.errors import RunnerError, UsageError
from ghostbench.core.profile import Op, ProfileRun
from ghostbench.graph.calls import called
from ghostbench.graph.partition import running_order
from ghostbench.graph.parts import Graph, Operator

Times = npt.NDArray[np.float64]

# XNNPACK cuts a kernel's time off to whole microseconds: half a microsecond is missing on average.
CUT_OFF_US = 0.5
# An operator of LiteRT's own that never reaches a microsecond shows 0; a time must be above zero to take its logarithm.
_LEAST_NS = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One operator of the graph, and which lines of the profile are its own."""

    operator: Operator
    lines: tuple[int, ...]
    kernels: tuple[str, ...]
    matched: bool


def group_lines(graph: Graph, ops: Sequence[Op]) -> tuple[Group, ...]:
    """Every line of the profile under an operator, in the order in which they run."""
    subgraph = graph.main
    if any(called(operator) for operator in subgraph.operators):
        raise UsageError(
            "this model runs subgraphs (IF, WHILE or CALL), whose time cannot be told by operator yet"
        )
    own = {op.place: op.index for op in ops if op.level == "operator"}
    parts = running_order(subgraph, own)
    order = [operator for part in parts for operator in part]
    if missing := set(own) - {operator.index for operator in order}:
        raise RunnerError(
            f"the profile names operator {min(missing)}, which the graph does not have"
        )
    taken_over = [operator for operator in order if operator.index not in own]
    kernels = [op for op in ops if op.level == "kernel"]
    if kernels and not taken_over:
        raise RunnerError("the profile has kernels, but no operator is left that they could be for")
    assigned = {
        one.operator.index: one
        for one in assign_kernels(taken_over, [kernel.name for kernel in kernels])
    }
    return tuple(_groups(order, own, assigned, kernels))


def _groups(
    order: Sequence[Operator],
    own: Mapping[int, int],
    assigned: Mapping[int, Assigned],
    kernels: Sequence[Op],
) -> Iterator[Group]:
    for operator in order:
        if operator.index in own:
            yield Group(operator=operator, lines=(own[operator.index],), kernels=(), matched=True)
            continue
        one = assigned[operator.index]
        mine = kernels[one.first : one.first + one.count]
        yield Group(
            operator=operator,
            lines=tuple(kernel.index for kernel in mine),
            kernels=tuple(kernel.name for kernel in mine),
            matched=one.matched,
        )


def times_ns(run: ProfileRun, groups: Sequence[Group]) -> Times:
    """The typical time of each group in one process, in nanoseconds."""
    wholes = np.array([one.duration_ns for one in run.profiled], dtype=np.float64)
    found = [_typical_ns([run.ops[line] for line in group.lines], wholes) for group in groups]
    return np.array(found, dtype=np.float64)


def _typical_ns(ops: Sequence[Op], wholes: Times) -> float:
    if not ops:
        return _LEAST_NS
    durations = np.array([op.durations_us for op in ops], dtype=np.float64) * 1e3
    # Longer than its whole inference: a subtraction that went wrong, and no time.
    fine = np.all(durations <= wholes[np.newaxis, :], axis=0)
    if not np.any(fine):
        raise RunnerError(f"not one duration of {ops[0].name} can be a time")
    cut_off = 1e3 * CUT_OFF_US * sum(op.level == "kernel" for op in ops)
    return max(middle_mean(durations[:, fine].sum(axis=0)) + cut_off, _LEAST_NS)


def middle_mean(values: Times) -> float:
    """The mean of the middle half: hardly moved by what comes between, and finer than whole microseconds.

    >>> middle_mean(np.array([1.0, 1.0, 2.0, 2.0, 90.0]))
    1.6666666666666667
    """
    ordered = np.sort(values)
    quarter = len(ordered) // 4
    return float(np.mean(ordered[quarter : len(ordered) - quarter]))


def check_same(runs: Sequence[ProfileRun]) -> None:
    """Every process ran the same operators in the same order. Raises RunnerError."""
    for one, other in pairwise(runs):
        if [_identity(op) for op in one.ops] != [_identity(op) for op in other.ops]:
            raise RunnerError("the processes differ in the operators that they ran")


def _identity(op: Op) -> tuple[str, str, int, int]:
    return op.level, op.name, op.place, op.subgraph
