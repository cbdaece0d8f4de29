"""Several processes' profiles of one model to one figure for each operator, with MACs, bytes and the roofline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ghostbench.bench.profile_join import Group, Times, check_same, group_lines, times_ns
from ghostbench.core.device import DeviceInfo
from ghostbench.core.profile import (
    Figure,
    KindTime,
    ModelProfile,
    OperatorTime,
    Peak,
    ProfileRun,
    Roof,
)
from ghostbench.core.record import EngineInfo
from ghostbench.graph.macs import count_macs
from ghostbench.graph.moved import moved_bytes
from ghostbench.graph.parts import Graph, Subgraph
from ghostbench.stats.intervals import interval_in_order

# A whole inference this much above the sum of its operators was interrupted by other programs.
_INTERRUPTED = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatRan:
    """What is known of a model beside its profiles."""

    model: str
    precision: str
    model_sha256: str
    device: DeviceInfo
    engine: EngineInfo
    latencies_ns: tuple[float, ...] = ()  # medians of the processes without the profiler
    roof: Roof | None = None
    quantization: str | None = None  # in words; None where no weights are quantised


def profile_of(what: WhatRan, graph: Graph, runs: Sequence[ProfileRun]) -> ModelProfile:
    """Join the profiles of all processes. Raises RunnerError when they do not fit each other or the graph."""
    check_same(runs)
    groups = group_lines(graph, runs[0].ops)
    times = np.array([times_ns(run, groups) for run in runs])  # processes x operators
    sums = times.sum(axis=1)
    macs = {one.index: one.macs for one in count_macs(graph).per_operator}
    whole_ns = float(np.median(times, axis=0).sum())  # so that shares add up to one
    operators = tuple(
        _operator(graph.main, group, times[:, i], whole_ns, macs, what.roof)
        for i, group in enumerate(groups)
    )
    wholes = [float(np.median([one.duration_ns for one in run.profiled])) for run in runs]
    latency = figure(np.array(what.latencies_ns)) if what.latencies_ns else None
    total = figure(sums)
    return ModelProfile(
        model=what.model,
        precision=what.precision,
        model_sha256=what.model_sha256,
        device=what.device,
        engine=what.engine,
        kernel_mode=runs[0].init.kernel_mode,
        threads=runs[0].init.threads_asked,
        rounds=len(runs),
        repetitions=tuple(len(run.profiled) for run in runs),
        operators=operators,
        kinds=_kinds(operators),
        sum=total,
        profiled_inference=figure(np.array(wholes)),
        latency=latency,
        not_explained=_not_explained(latency, sums),
        roof=what.roof,
        quantization=what.quantization,
        cautions=tuple(_cautions(what.device, operators, runs, total.ns, wholes)),
    )


def figure(values: Times) -> Figure:
    """The median of the processes' figures, in the order they ran, and its interval."""
    return Figure(
        ns=float(np.median(values)),
        ci95_ns=interval_in_order(values),
        rounds_ns=tuple(float(value) for value in values),
    )


def roof_of(peaks: Sequence[Sequence[Peak]]) -> Roof:
    """The lids of the roofline from several measurements: other programs only lower them, so the highest counts."""
    best: dict[int, float] = {}
    for peak in (peak for measured in peaks for peak in measured):
        rate = peak.work / min(peak.durations_ns)  # a billion a second
        best[peak.block_bytes] = max(best.get(peak.block_bytes, 0.0), rate)
    return Roof(
        kernel=peaks[0][0].kernel,
        gmac_per_s=best[0],
        read_gb_per_s={size: rate for size, rate in sorted(best.items()) if size},
    )


def _operator(
    subgraph: Subgraph,
    group: Group,
    times: Times,
    whole_ns: float,
    macs: dict[int, int | None],
    roof: Roof | None,
) -> OperatorTime:
    operator, time = group.operator, figure(times)
    output = subgraph.output(operator)
    count, moved = macs.get(operator.index), moved_bytes(subgraph, operator)
    rate, bandwidth = (count or 0) / time.ns, moved / time.ns
    bound, share = _against(roof, count, moved, time.ns)
    return OperatorTime(
        index=operator.index,
        kind=operator.kind,
        name=output.name if output else "",
        shape=output.shape if output else (),
        ran_by="xnnpack" if group.kernels else "litert" if group.lines else "nothing",
        kernels=group.kernels,
        matched=group.matched,
        time=time,
        share=time.ns / whole_ns,
        macs=count,
        moved_bytes=moved,
        gmac_per_s=None if count is None else rate,
        gb_per_s=bandwidth,
        bound=bound,
        roof_share=share,
    )


def _against(
    roof: Roof | None, macs: int | None, moved: int, ns: float
) -> tuple[str | None, float | None]:
    """Which lid is the lower one, and how much of it was reached."""
    if roof is None or macs is None or not (macs or moved):
        return None, None
    arithmetic_ns = macs / roof.gmac_per_s
    memory_ns = moved / roof.bandwidth(moved)
    bound = "arithmetic" if arithmetic_ns >= memory_ns else "memory"
    return bound, max(arithmetic_ns, memory_ns) / ns


def _kinds(operators: Sequence[OperatorTime]) -> tuple[KindTime, ...]:
    found: list[KindTime] = []
    for kind in dict.fromkeys(operator.kind for operator in operators):
        mine = [operator for operator in operators if operator.kind == kind]
        time = figure(np.sum([operator.time.rounds_ns for operator in mine], axis=0))
        found.append(
            KindTime(
                kind=kind,
                count=len(mine),
                time=time,
                share=sum(operator.share for operator in mine),
                macs=sum(operator.macs or 0 for operator in mine),
            )
        )
    return tuple(sorted(found, key=lambda one: -one.time.ns))


def _not_explained(latency: Figure | None, sums: Times) -> Figure | None:
    """May lie below zero, so no interval on logarithms: each process's latency less the sum of the same round."""
    if latency is None or len(latency.rounds_ns) != len(sums):
        return None
    left = np.array(latency.rounds_ns) - sums
    return Figure(ns=float(np.median(left)), rounds_ns=tuple(float(value) for value in left))


def _cautions(
    device: DeviceInfo,
    operators: Sequence[OperatorTime],
    runs: Sequence[ProfileRun],
    sum_ns: float,
    wholes: Sequence[float],
) -> list[str]:
    cautions = []
    if device.emulated:
        cautions.append(
            "emulated: the device is made of software, so its times mean nothing; profile on a real one"
        )
    if lost := [operator for operator in operators if not operator.matched]:
        share = 100 * sum(operator.share for operator in lost)
        cautions.append(
            f"unmatched: the kernels of {len(lost)} operators ({share:.1f} % of the time) could not be told for sure, "
            "so the times of these and of their neighbours may be swapped; see the kernels' names"
        )
    if float(np.median(wholes)) > _INTERRUPTED * sum_ns:
        cautions.append(
            f"interrupted: whole inferences took {float(np.median(wholes)) / sum_ns:.1f} times as long as their "
            "operators typically do, so other programs ran in between; end them and profile again"
        )
    if len({run.loaded.model_sha256 for run in runs}) > 1:
        cautions.append("changed: the model file changed between processes; profile again")
    return cautions
