"""Look into a `.tflite` file: its facts, and what a good graph would not hold."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghostbench.core.strict import to_plain

if TYPE_CHECKING:
    from ghostbench.graph.facts import FileFacts
    from ghostbench.graph.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What is known of one file."""

    file: str  # as it was named, with a mark in place of what no text can hold
    facts: "FileFacts"
    findings: tuple["Finding", ...]


def inspect(path: Path) -> Inspection:
    """Inspect a file. Raises ModelFileError when it cannot be read."""
    from ghostbench.graph.constant_findings import find_in_constants
    from ghostbench.graph.facts import facts_of
    from ghostbench.graph.findings import find_in_graph
    from ghostbench.graph.reader import read_graph

    graph = read_graph(path)
    return Inspection(
        file=os.fsencode(path).decode("utf-8", errors="replace"),
        facts=facts_of(graph),
        findings=(*find_in_graph(graph), *find_in_constants(graph, path)),
    )


def as_record(inspection: Inspection) -> dict[str, Any]:
    """The same as one flat record: the facts at the top, the findings as a list."""
    facts, findings = to_plain(inspection.facts), to_plain(inspection.findings)
    return {"file": inspection.file, **facts, "findings": findings}
