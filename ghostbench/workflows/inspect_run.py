"""Run a file, with denormal numbers kept and flushed to zero, and look for what becomes too small.

LiteRT 2.3.0 flushes denormals for the time of an inference whatever its caller asked for, and so does XNNPACK in it;
then both ways take the same time. Whether that is so is measured here, not assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from ghostbench.core.engine import Command
from ghostbench.core.plan import RunSettings
from ghostbench.core.progress import Silence

if TYPE_CHECKING:
    from ghostbench.graph.findings import Finding
    from ghostbench.graph.parts import Graph
    from ghostbench.workflows.measure import Bench

ROUNDS = 6  # from six on the interval rests on ranks alone
SETTINGS = RunSettings(
    min_runs=10, min_ms=100, max_ms=5000, warmup_min_ms=50, warmup_max_ms=300, probe_ms=0
)
# A difference below this is no cost that anybody looks for.
LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFindings:
    """What running the file showed."""

    findings: tuple["Finding", ...]
    remarks: tuple[str, ...]


def run_and_look(path: Path, graph: "Graph") -> RunFindings:
    """Run the file on this machine.

    Raises ModelFileError when the runtime cannot run it, and RunnerError when the runner gives up.
    """
    from ghostbench.engine.activations import largest_magnitudes
    from ghostbench.graph.vanishing import find_vanishing

    vanishing = find_vanishing(graph, largest_magnitudes(path, SETTINGS.inputs))
    kept_ns, flushed_ns = _times(path)
    slow, remark = _compared(kept_ns, flushed_ns)
    return RunFindings(findings=(*vanishing, *slow), remarks=(remark,))


def _compared(
    kept_ns: Sequence[float], flushed_ns: Sequence[float]
) -> tuple[tuple["Finding", ...], str]:
    """What keeping denormals costs: a finding where it surely does, and a sentence in any case."""
    import numpy as np

    from ghostbench.graph.findings import make_finding
    from ghostbench.stats.compare import paired_ratio

    ratio = paired_ratio(np.array(kept_ns), np.array(flushed_ns))
    low, high = ratio.interval or (0.0, float("inf"))
    kept, flushed = median(kept_ns), median(flushed_ns)
    told = (
        f"{kept / 1e6:.3f} ms with denormals kept, {flushed / 1e6:.3f} ms with them flushed to zero "
        f"(ratio {ratio.value:.3f}, 95 % interval {low:.3f} to {high:.3f})"
    )
    if low <= 1 or ratio.value < 1 + LEAST_SHARE:
        return (), f"Run: {told}: no cost of keeping them can be told."
    finding = make_finding("denormal-activations", told)
    cost = replace(finding, ns=kept - flushed, share=(kept - flushed) / kept)
    return (cost,), f"Run: {told}."


def _times(path: Path) -> tuple[list[float], list[float]]:
    """Medians of fresh processes in nanoseconds: denormals kept, and flushed, turn about."""
    from ghostbench.workflows.measure import HowToMeasure, open_bench
    from ghostbench.workflows.phone_session import borrow

    bench = open_bench(HowToMeasure(settings=SETTINGS))
    kept: list[float] = []
    flushed: list[float] = []
    with borrow(bench.device, bench.how.phone, Silence()) as borrowed:
        borrowed.prepare(bench.engine, [path])
        for number in range(ROUNDS):
            both = [("keep", kept), ("flush", flushed)]
            for choice, times in both if number % 2 else reversed(both):
                times.append(_median_ns(bench, path, choice))
    return kept, flushed


def _median_ns(bench: "Bench", path: Path, choice: str) -> float:
    from ghostbench.bench.measure import fold_events

    device = bench.device
    plain = bench.engine.command(device, device.install(path), bench.settings)
    command = Command(argv=(*plain.argv, "--denormals", choice), environment=plain.environment)
    lines = device.stream(
        command.argv, timeout_s=bench.settings.timeout_s, environment=command.environment
    )
    return float(median(fold_events(bench.engine.events(lines)).samples.timed_ns()))
