"""Layers whose results are too small for full precision, from the magnitudes that a run showed."""

from collections.abc import Iterator, Mapping

from ghostbench.graph.dataflow import dataflow
from ghostbench.graph.findings import Finding, together
from ghostbench.graph.mac_counters import COUNTERS
from ghostbench.graph.macs import count_macs
from ghostbench.graph.occurrence import found
from ghostbench.graph.parts import Graph, Operator

# The smallest float32 of full precision. What is below is denormal, or zero where the runtime flushes it.
SMALLEST = 2.0**-126


def find_vanishing(graph: Graph, largest: Mapping[int, float]) -> tuple[Finding, ...]:
    """Layers that read numbers other than zero, with weights other than zero, and make nothing of full precision."""
    flow = dataflow(graph.main)
    macs = [each.macs or 0 for each in count_macs(graph).per_operator]
    occurrences = [
        found("vanishing-activations", flow, operator)
        for operator in graph.main.operators
        if operator.kind in COUNTERS and _vanishes(operator, largest)
    ]
    return tuple(together(graph.main, occurrences, macs))


def _vanishes(operator: Operator, largest: Mapping[int, float]) -> bool:
    made = list(_known(operator.outputs[:1], largest))
    read = list(_known(operator.inputs[:2], largest))
    if not made or len(read) < 2:
        return False
    return made[0] < SMALLEST and min(read) > 0 and _is_no_clipping(operator)


def _is_no_clipping(operator: Operator) -> bool:
    """An activation may make zeros of good numbers, so zeros behind one prove nothing."""
    return operator.options.get("fused_activation_function") in ("NONE", None)


def _known(indices: tuple[int, ...], largest: Mapping[int, float]) -> Iterator[float]:
    return (largest[index] for index in indices if index in largest)
