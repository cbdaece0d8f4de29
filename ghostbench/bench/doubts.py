"""What gives reason to doubt a block that was measured, and from where on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ghostbench.bench.cautions import (
    Busy,
    Caution,
    CoarseTimer,
    CutShort,
    Emulated,
    ExtraThreads,
    MixedClusters,
    NotAccelerated,
    OffCore,
    Preempted,
    Slowed,
    Stolen,
    Unsteady,
)
from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.plan import RunSettings
from ghostbench.core.record import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on something is worth a caution."""

    # More than one inference in twenty interrupted, and the 95th percentile is that of the interruptions.
    preempted_percent: float = 5.0
    # A clock that stands for 1 % of the time shows in the third digit; the runner's timer costs some 50 ns.
    timer_percent: float = 1.0
    # The probe 1.10 times as slow as before: where Jetpack Benchmark takes a phone for throttled.
    probe_slowdown: float = 1.10
    # A hypervisor that takes 1 % away moves a median by as much as models of one family differ.
    steal_percent: float = 1.0
    # Half a core of other work: enough to share caches and memory with the measured core all the time.
    other_cores_busy: float = 0.5


LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredBlock:
    """What is known of one measured block."""

    settings: RunSettings
    device: DeviceInfo
    before: DeviceState
    after: DeviceState | None
    seconds: float
    measurement: Measurement


def doubts(block: MeasuredBlock, limits: Limits = LIMITS) -> Iterator[Caution]:
    """Every reason to doubt this block."""
    if block.device.emulated:
        yield Emulated()
    yield from _about_runner(block, limits)
    yield from _about_cores(block, limits)
    yield from _about_machine(block, limits)


def _about_runner(block: MeasuredBlock, limits: Limits) -> Iterator[Caution]:
    measurement, settings = block.measurement, block.settings
    seen = max(measurement.init.threads_seen, measurement.end.threads_seen)
    if seen > settings.threads:
        yield ExtraThreads(asked=settings.threads, seen=seen)
    if settings.kernel_mode == "delegate" and not measurement.init.fully_accelerated:
        yield NotAccelerated()
    if not measurement.end.warmup_steady:
        yield Unsteady(warmup_max_ms=settings.warmup_max_ms)
    if measurement.end.timed < settings.min_runs:
        yield CutShort(timed=measurement.end.timed, wanted=settings.min_runs)
    overhead_ns = measurement.hello.clock_overhead_ns
    median_ns = float(np.median(measurement.samples.timed_ns()))
    if overhead_ns > limits.timer_percent / 100 * median_ns:
        yield CoarseTimer(overhead_ns=overhead_ns, median_ns=median_ns)


def _about_cores(block: MeasuredBlock, limits: Limits) -> Iterator[Caution]:
    samples, cpu = block.measurement.samples, block.settings.cpu
    timed = np.array(samples.phase) == "timed"
    cores = np.stack([np.array(samples.cpu_before), np.array(samples.cpu_after)])[:, timed]
    used = tuple(int(core) for core in np.unique(cores) if core >= 0)
    if cpu is not None and used != (cpu,):
        elsewhere = float(np.mean((cores != cpu).any(axis=0)))
        others = tuple(core for core in used if core != cpu)
        yield OffCore(asked=cpu, percent=100 * elsewhere, others=others)
    cluster = {core.index: core.cluster for core in block.device.cores}
    clusters = tuple(dict.fromkeys(cluster[core] for core in used if core in cluster))
    if cpu is None and len(clusters) > 1:
        yield MixedClusters(clusters=clusters)
    preempted = 100 * float(np.mean(np.array(samples.preemptions)[timed] > 0))
    if preempted > limits.preempted_percent:
        yield Preempted(percent=preempted)


def _about_machine(block: MeasuredBlock, limits: Limits) -> Iterator[Caution]:
    probes = {
        probe.when: float(np.median(probe.durations_ns)) for probe in block.measurement.probes
    }
    if {"before", "after"} <= probes.keys():
        factor = probes["after"] / probes["before"]
        if factor > limits.probe_slowdown:
            yield Slowed(factor=factor)
    if block.after is not None and block.seconds > 0:
        yield from _about_others(block, block.after, limits)


def _about_others(block: MeasuredBlock, after: DeviceState, limits: Limits) -> Iterator[Caution]:
    before, seconds = block.before, block.seconds
    if before.cpu_steal_s is not None and after.cpu_steal_s is not None:
        stolen = 100 * (after.cpu_steal_s - before.cpu_steal_s) / seconds
        if stolen > limits.steal_percent:
            yield Stolen(percent=stolen)
    others = 0.0
    if before.cpu_busy_s is not None and after.cpu_busy_s is not None:
        busy_s = after.cpu_busy_s - before.cpu_busy_s
        others = (busy_s - _own_cpu_s(block.measurement)) / seconds
    elif before.load_1min is not None:  # the minute before, in which the block before ran
        others = before.load_1min - block.settings.threads
    if others > limits.other_cores_busy:
        yield Busy(cores=others, of=len(block.device.cores))


def _own_cpu_s(measurement: Measurement) -> float:
    probes_ns = sum(sum(probe.durations_ns) for probe in measurement.probes)
    return (sum(measurement.samples.cpu_time_ns) + probes_ns + measurement.init.total_ns) / 1e9
