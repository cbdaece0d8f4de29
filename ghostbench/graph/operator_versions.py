"""Which runtime a graph needs, and which operators a runtime cannot load."""

import re
from collections.abc import Iterator

from ghostbench.core.errors import UsageError
from ghostbench.graph.calls import reachable
from ghostbench.graph.dataflow import dataflow
from ghostbench.graph.findings import Finding, make_finding, together
from ghostbench.graph.occurrence import Occurrence, found
from ghostbench.graph.operator_kinds import BUILTIN_NAMES
from ghostbench.graph.parts import Graph, Operator
from ghostbench.graph.version_table import NEWEST, PINNED_RUNTIME, SINCE

_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,3}")


def read_version(text: str) -> tuple[int, ...] | None:
    """The numbers of a version; None where it is none.

    >>> read_version("2.14.0"), read_version("2.14"), read_version("new")
    ((2, 14, 0), (2, 14, 0), None)
    """
    if not _VERSION.fullmatch(text):
        return None
    numbers = tuple(int(part) for part in text.split("."))
    return numbers + (0,) * (3 - len(numbers))


def first_runtime(operator: Operator) -> str | None:
    """The first TensorFlow Lite that loads this version of the operator; None where that was never published."""
    versions = SINCE.get(operator.kind, ())
    place = operator.version - 1
    return versions[place] if 0 <= place < len(versions) and versions[place] != "-" else None


def needed_runtime(graph: Graph) -> str | None:
    """The first TensorFlow Lite that loads all operators whose history is published."""
    needed = {
        first
        for subgraph in reachable(graph)
        for operator in subgraph.operators
        if (first := first_runtime(operator))
    }
    return max(needed, key=lambda one: read_version(one) or (), default=None)


def find_versions(graph: Graph, runtime: str | None = None) -> tuple[Finding, ...]:
    """What the pinned runtime cannot load, nor an older one that is asked about.

    Raises UsageError when `runtime` is no version.
    """
    asked = read_version(runtime) if runtime is not None else None
    if runtime is not None and asked is None:
        raise UsageError(f"a runtime's version looks like 2.14.0, not {runtime!r}")
    findings = [*_claims(graph)]
    for subgraph in reachable(graph):
        flow = dataflow(subgraph)
        occurrences: list[Occurrence] = []
        for operator in subgraph.operators:
            if why := _why_not_loaded(operator):
                occurrences.append(found("operator-version", flow, operator, why=why))
            elif asked and (why := _why_too_new(operator, asked, runtime or "")):
                occurrences.append(found("older-runtime", flow, operator, why=why))
        findings.extend(together(subgraph, occurrences, [0] * len(subgraph.operators)))
    return tuple(findings)


def _why_not_loaded(operator: Operator) -> str | None:
    if operator.kind not in BUILTIN_NAMES:  # custom or unknown: told elsewhere
        return None
    newest = NEWEST.get(operator.kind)
    if newest is None:
        return f"{PINNED_RUNTIME} has no kernel for it and refuses the file"
    if operator.version > newest:
        return f"the file asks for version {operator.version} of it, and {PINNED_RUNTIME} loads up to {newest}"
    return None


def _why_too_new(operator: Operator, asked: tuple[int, ...], runtime: str) -> str | None:
    first = first_runtime(operator)
    if first is None and operator.kind not in SINCE:
        return None
    version = f"version {operator.version} of it"
    if first is None:
        return f"{version} is newer than any runtime whose history is published, {runtime} included"
    if (read_version(first) or ()) > asked:
        return f"{version} loads from TensorFlow Lite {first} on, not on {runtime}"
    return None


def _claims(graph: Graph) -> Iterator[Finding]:
    claimed, needed = graph.min_runtime_version, needed_runtime(graph)
    if claimed is None or needed is None:
        return
    numbers = read_version(claimed)
    if numbers is not None and numbers < (read_version(needed) or ()):
        yield make_finding(
            "runtime-claim",
            f"the file claims to load from TensorFlow Lite {claimed} on, and its operators need {needed}",
        )
