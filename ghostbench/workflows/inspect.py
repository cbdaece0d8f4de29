"""Look into a `.tflite` file: its facts, what a good graph would not hold, what that costs and what to do."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghostbench.core.strict import to_plain

if TYPE_CHECKING:
    from ghostbench.core.profile import ModelProfile
    from ghostbench.graph.alignment import Alignment
    from ghostbench.graph.delegation import Delegation
    from ghostbench.graph.facts import FileFacts
    from ghostbench.graph.findings import Finding
    from ghostbench.graph.parts import Graph
    from ghostbench.workflows.inspect_run import RunFindings

_CANNOT_RUN = frozenset(
    {
        "flex",
        "custom",
        "unknown-operator",
        "operator-version",
        "schema-version",
        "constant-size",
        "empty",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What else to look at than the file itself."""

    profile: Path | None = None  # a profile.json; None: the newest stored one of this very file
    network: str | None = None  # of the zoo; None: what the file beside a built one says
    runtime: str | None = None  # a version of TensorFlow Lite that should load the file
    run: bool = False  # run it too, and look for numbers that become too small
    workspace: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What is known of one file."""

    file: str  # as it was named, with a mark in place of what no text can hold
    facts: "FileFacts"
    findings: tuple["Finding", ...]  # what breaks it first, then by cost
    needed_runtime: str | None  # the first TensorFlow Lite that loads it
    delegation: "Delegation | None"  # None for a graph that is too large to tell
    profile: "ModelProfile | None" = None  # where the milliseconds come from
    remarks: tuple[str, ...] = ()  # what a run showed beside the findings


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphComparison:
    """Two files operator by operator."""

    a: Inspection
    b: Inspection
    graph_a: "Graph"
    graph_b: "Graph"
    alignment: "Alignment"


def inspect(path: Path, questions: Questions | None = None) -> Inspection:
    """Inspect a file.

    Raises ModelFileError when it cannot be read, UsageError for a question that makes no sense, and UnknownName for a
    network that is not in the zoo.
    """
    return _inspect(path, questions or Questions())[0]


def compare_graphs(path: Path, other: Path, questions: Questions | None = None) -> GraphComparison:
    """Align a file with another, operator by operator. Raises what `inspect` raises."""
    from ghostbench.graph.alignment import align

    asked = questions or Questions()
    a, graph_a = _inspect(path, asked)
    b, graph_b = _inspect(other, replace(asked, profile=None, network=None))
    return GraphComparison(
        a=a, b=b, graph_a=graph_a, graph_b=graph_b, alignment=align(graph_a, graph_b)
    )


def _inspect(path: Path, questions: Questions) -> tuple[Inspection, "Graph"]:
    from ghostbench.graph.delegation import delegation
    from ghostbench.graph.facts import facts_of
    from ghostbench.graph.operator_versions import needed_runtime
    from ghostbench.graph.reader import read_graph
    from ghostbench.workflows.inspect_costs import by_cost, find_profile, with_times

    graph = read_graph(path)
    facts = facts_of(graph)
    profile = find_profile(graph.sha256, questions.profile, questions.workspace)
    divided = delegation(graph)
    found = (*_findings(path, graph, divided, questions), *_counted(path, facts, questions))
    shown = _run(path, graph, found) if questions.run else None
    inspection = Inspection(
        file=os.fsencode(path).decode("utf-8", errors="replace"),
        facts=facts,
        findings=by_cost((*with_times(found, profile), *(shown.findings if shown else ()))),
        needed_runtime=needed_runtime(graph),
        delegation=divided,
        profile=profile,
        remarks=shown.remarks if shown else (),
    )
    return inspection, graph


def _run(path: Path, graph: "Graph", found: Iterable["Finding"]) -> "RunFindings":
    from ghostbench.workflows.inspect_run import RunFindings, run_and_look

    # What the runtime has no kernel for, or refuses, needs no run to be told.
    if any(one.kind in _CANNOT_RUN for one in found):
        told = "Run: not tried, since the runtime would refuse the file."
        return RunFindings(findings=(), remarks=(told,))
    return run_and_look(path, graph)


def _findings(
    path: Path, graph: "Graph", divided: "Delegation | None", questions: Questions
) -> Iterator["Finding"]:
    from ghostbench.graph.constant_findings import find_in_constants
    from ghostbench.graph.delegation import find_not_delegated
    from ghostbench.graph.findings import find_in_graph
    from ghostbench.graph.macs import count_macs
    from ghostbench.graph.operator_versions import find_versions

    found = (*find_in_graph(graph), *find_versions(graph, questions.runtime))
    yield from found
    yield from find_in_constants(graph, path)
    if divided is not None:
        # One word on an operator is enough: what should not be there, or cannot run, need not be delegated either.
        told = {
            index
            for one in found
            if not one.subgraph and one.kind != "older-runtime"
            for index in one.operators
        }
        macs = [each.macs or 0 for each in count_macs(graph).per_operator]
        yield from find_not_delegated(graph, divided, macs, told)


def _counted(path: Path, facts: "FileFacts", questions: Questions) -> Iterator["Finding"]:
    from ghostbench.graph.findings import make_finding
    from ghostbench.workflows.inspect_network import expected_of

    expected = expected_of(path, facts.sha256, questions.network, questions.workspace)
    if expected is None or expected.macs is None:
        return
    if abs(facts.macs - expected.macs) > expected.macs * expected.tolerance_percent / 100:
        yield make_finding(
            "macs-differ",
            f"{facts.macs:,} multiply-adds, where {expected.network} has {expected.macs:,} "
            f"({100 * (facts.macs / expected.macs - 1):+.1f} %)",
            macs=abs(facts.macs - expected.macs),
        )


def as_record(inspection: Inspection) -> dict[str, Any]:
    """The same as one flat record: the facts at the top, the findings as a list."""
    profile, divided = inspection.profile, inspection.delegation
    return {
        "file": inspection.file,
        **to_plain(inspection.facts),
        "needed_runtime": inspection.needed_runtime,
        "xnnpack": None
        if divided is None
        else {
            "taken": divided.taken,
            "own": {str(index): why for index, why in divided.own.items()},
            "parts": to_plain(divided.parts),
        },
        "profile": None
        if profile is None
        else {
            "device": profile.device.title,
            "rounds": profile.rounds,
            "sum_ns": profile.sum.ns,
        },
        "remarks": list(inspection.remarks),
        "findings": to_plain(inspection.findings),
    }


def comparison_record(comparison: GraphComparison) -> dict[str, Any]:
    """Both files and the alignment as one record; operators with their kinds and names."""
    from ghostbench.graph.findings import operator_name

    def named(graph: "Graph", index: int | None) -> dict[str, Any] | None:
        return None if index is None else {"index": index, "name": operator_name(graph.main, index)}

    return {
        "a": as_record(comparison.a),
        "b": as_record(comparison.b),
        "operators": [
            {
                "status": pair.status,
                "a": named(comparison.graph_a, pair.a),
                "b": named(comparison.graph_b, pair.b),
                "changes": list(pair.changes),
            }
            for pair in comparison.alignment.pairs
        ],
    }
