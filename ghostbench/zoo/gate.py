"""What a built file must satisfy: it is refused with every reason at once, or its facts are returned.

A conversion can end without an error and still be wrong. One was seen to give a file full of NaN that a comparison with
`max(0, nan)`, which is 0 in Python, called perfect; so each comparison here is one that NaN fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ghostbench.core.errors import GateRefused, ModelFileError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.graph.facts import FileFacts, facts_of
from ghostbench.graph.parts import Graph
from ghostbench.graph.reader import read_graph
from ghostbench.zoo.agreement import (
    Agreement,
    Values,
    compare_outputs,
    disagreements,
    run_file,
)
from ghostbench.zoo.calibration import Pixels
from ghostbench.zoo.gate_content import (
    constant_reasons,
    own_size_reasons,
    shape_reasons,
    size_reasons,
)
from ghostbench.zoo.gate_operators import (
    float_islands,
    is_foreign,
    operator_reasons,
    own_operator_reasons,
    untidy_reasons,
)
from ghostbench.zoo.int8_ends import DEFAULT_ENDS, end_reasons
from ghostbench.zoo.network_facts import NetworkFacts


@dataclass(frozen=True, slots=True)
class Reference:
    """What the Keras network is, and what it says of some images."""

    network: NetworkFacts
    images: Sequence[Pixels]
    outputs: Values  # one row an image
    # A model of one's own: nobody has said what it should count to, and its graph may be as it likes.
    is_own: bool = False
    uncounted: tuple[str, ...] = ()  # kinds of its operations whose multiply-adds are not known
    remarks: tuple[str, ...] = ()  # what to tell the user of it
    source: str = "Keras network"  # what it is called in reasons


@dataclass(frozen=True, slots=True)
class Passed:
    """What was found of a file that satisfies the gate."""

    facts: FileFacts
    agreement: Agreement
    remarks: tuple[
        str, ...
    ] = ()  # on a model of one's own: what a network of the zoo would be refused for


def check_file(
    path: Path,
    reference: Reference,
    spec: ModelSpec,
    precision: str,
    int8_io: str = DEFAULT_ENDS,
) -> Passed:
    """Judge a built file. Raises GateRefused with all the reasons against it."""
    try:
        graph = read_graph(path)
    except ModelFileError as cause:
        raise GateRefused(spec.name, [cause.reason]) from cause
    facts = facts_of(graph)
    network, own = reference.network, reference.is_own
    untidy = untidy_reasons(graph, network)
    counting = own and (reference.uncounted or facts.uncounted)
    reasons = [
        *network_reasons(network, spec),
        *shape_reasons(graph, network),
        *(own_operator_reasons if own else operator_reasons)(graph, precision),
        *([] if own else untidy),
        *constant_reasons(graph, path),
        *(own_size_reasons if own else size_reasons)(graph, network, precision),
        *([] if counting else count_reasons(facts, network)),
        *(end_reasons(graph, int8_io) if precision == "int8" else []),
    ]
    agreement = None
    if _can_run(graph, reference.network):
        agreement, more = output_reasons(path, reference, precision)
        reasons += more
    if reasons or agreement is None:
        raise GateRefused(spec.name, reasons)
    if own and precision == "int8":
        untidy += float_islands(graph)
    return Passed(facts, agreement, _remarks(reference, facts, untidy) if own else ())


def network_reasons(network: NetworkFacts, spec: ModelSpec) -> list[str]:
    """Whether the Keras network is the one that the spec describes."""
    expected = spec.expected
    if expected is None:
        return []
    reasons = []
    if network.params != expected.params:
        reasons.append(
            f"the network has {network.params:,} trainable parameters, its spec says {expected.params:,}"
        )
    if not abs(network.macs - expected.macs) <= expected.macs * expected.tolerance_percent / 100:
        reasons.append(
            f"the network does {network.macs:,} multiply-adds, its spec says {expected.macs:,}"
            + (f" within {expected.tolerance_percent:g} %" if expected.tolerance_percent else "")
        )
    return reasons


def count_reasons(facts: FileFacts, network: NetworkFacts) -> list[str]:
    """Whether the file does the multiply-adds of the network, no more and no fewer."""
    # Foreign operators are refused by name elsewhere.
    uncounted = {kind: count for kind, count in facts.uncounted.items() if not is_foreign(kind)}
    if uncounted:
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(uncounted.items()))
        return [f"the multiply-adds of {listed} cannot be counted"]
    if facts.macs != network.macs:
        return [f"it does {facts.macs:,} multiply-adds, the network does {network.macs:,}"]
    return []


def output_reasons(
    path: Path, reference: Reference, precision: str
) -> tuple[Agreement | None, list[str]]:
    """Whether the file says of the images what the network says."""
    if not np.isfinite(reference.outputs).all():
        return None, [f"the {reference.source} itself gives NaN or infinity"]
    try:
        outputs = run_file(path, reference.images)
    except (RuntimeError, ValueError) as cause:
        return None, [f"the runtime cannot run it: {str(cause).strip().splitlines()[0]}"]
    if not np.isfinite(outputs).all():
        return None, ["its outputs are NaN or infinite"]
    agreement = compare_outputs(reference.outputs, outputs)
    return agreement, disagreements(agreement, precision, reference.source)


def _can_run(graph: Graph, network: NetworkFacts) -> bool:
    kinds = {operator.kind for operator in graph.main.operators}
    return not any(map(is_foreign, kinds)) and not shape_reasons(graph, network)


def _remarks(reference: Reference, facts: FileFacts, untidy: list[str]) -> tuple[str, ...]:
    uncounted = sorted({*reference.uncounted, *facts.uncounted})
    unchecked = [
        f"its multiply-adds were not checked: those of {', '.join(uncounted)} are not known"
    ]
    return (*reference.remarks, *untidy, *(unchecked if uncounted else []))
